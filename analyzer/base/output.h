/* SPDX-License-Identifier: GPL-2.0 */
/* Where results are printed: a FILE of the caller's */
#ifndef ANALYZER_OUTPUT_H
#define ANALYZER_OUTPUT_H

#include <stdio.h>

/* Write what is still buffered of @out.  Return -1 if a write failed, unreported. */
int output_flush(FILE *out);

#endif /* ANALYZER_OUTPUT_H */
