/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A kernel log -> lines of reports for check.h.
 *
 * What precedes "kvm_exit_cycles: " in a line is not looked at, so any prefix
 * will do: dmesg with or without -t or -T, journalctl -k, syslog, "<6>",
 * CONFIG_PRINTK_CALLER.  Each load of the module begins with the line
 * "kvm_exit_cycles: counting, interval N": the last load is what counts.  A line
 * of ours that does not follow the grammar to the end, or comes where it
 * cannot, is counted; the first one is quoted.  So is one with a NUL in it: that
 * is no space.
 */
#ifndef ANALYZER_KLOG_H
#define ANALYZER_KLOG_H

#include <stdint.h>

#include "sink/check.h"

struct klog_counts {
	uint64_t lines;		/* of reports, in all loads */
	uint64_t malformed;	/* since the last load */
	uint64_t loads;
};

/* @path "-" is standard input.  Return -1 on a reported error. */
int klog_read(struct check *c, const char *path, struct klog_counts *counts);

enum klog_kind {
	KLOG_OTHER,		/* not of ours, or without figures */
	KLOG_LOAD,
	KLOG_LINE,
	KLOG_MALFORMED,
};

/*
 * Parse one line, which is terminated and has no newline.  KLOG_LINE sets
 * @line.
 */
enum klog_kind klog_parse(const struct reasons *reasons, const char *text,
			  struct check_line *line);

#endif /* ANALYZER_KLOG_H */
