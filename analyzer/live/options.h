/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The command line of "live".  Options of views go to the library as they are.
 */
#ifndef ANALYZER_LIVE_OPTIONS_H
#define ANALYZER_LIVE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "kvmexits.h"

/* Since when figures are */
enum live_since {
	LIVE_SINCE_START,
	LIVE_SINCE_INTERVAL,		/* since those before */
	LIVE_SINCE_RESET,		/* of the kernel's counters */
};

struct live_options {
	bool help;
	bool batch;			/* text, */
	bool screen;			/* or a terminal */
	bool json, csv, prometheus;
	bool counters;			/* the kernel's, nothing recorded */
	bool since_set;
	enum live_since since;
	const char *output;		/* a file for metrics; NULL: standard output */
	const char *listen;		/* an address for metrics; NULL: none */
	const char *not_screen;		/* an option that a screen has not */
	const char *of_exits;		/* an option that only recorded exits have */
	const char *format;		/* as given; NULL: not */
	bool interval_set;
	uint64_t interval_ms;		/* 0: figures at the end only */
	uint64_t count;			/* of intervals; 0: any number */
	uint64_t for_ms;		/* 0: until it is stopped */
	const char *save;		/* a file to keep, a state or a trace.dat; NULL: none */
	const char *by;			/* as given; NULL: not */
	const char *stop_after;		/* an exit longer than that; NULL: never */
	uint64_t buffer_kb;		/* of each CPU; 0: chosen */
	uint32_t pid;			/* of the only process; 0: all */
	bool details;			/* events inside exits are needed */
	bool times;			/* all that says where time went is needed */
	bool needs_exits;		/* kvm_entry alone will not do */
	const char *replay;		/* for tests: see tracing.h */
};

/*
 * Parse, and set what is the library's in @k.  Return -1 after an error, which is
 * wrong usage.
 */
int live_options_parse(struct live_options *o, struct kvx *k, int argc,
		       char **argv);

void live_options_help(FILE *out);

#endif /* ANALYZER_LIVE_OPTIONS_H */
