/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The text format 0.0.4 of Prometheus, and the metrics that recordings and the kernel's
 * counters both have.  Text is UTF-8, without characters of control.
 *
 * The library and the program have it both: it sees nothing else.
 */
#ifndef ANALYZER_EXPOSITION_H
#define ANALYZER_EXPOSITION_H

#include <stdio.h>

struct exposition_metric {
	const char *name, *type, *help;
};

extern const struct exposition_metric exposition_build, exposition_exits,
	exposition_cycles, exposition_backwards, exposition_written;

/* What all samples of a metric stand behind */
void exposition_begin(FILE *out, const struct exposition_metric *m);

/* NAME="VALUE", behind a comma, unless @out is empty: a memory stream. */
void exposition_label(FILE *out, const char *name, const char *value);

/* "svm hlt" is the reason hlt of the ISA svm; "": which one is not known. */
void exposition_reason(FILE *out, const char *isa, const char *reason);

/* All but the value.  @label is one more, behind @labels; each may be "". */
void exposition_sample(FILE *out, const char *name, const char *suffix,
		       const char *labels, const char *label);

#endif /* ANALYZER_EXPOSITION_H */
