/* SPDX-License-Identifier: GPL-2.0 */
/* What the user asks for, once the command line is understood */
#ifndef ANALYZER_REQUEST_H
#define ANALYZER_REQUEST_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/threads.h"
#include "base/progress.h"
#include "result/compare.h"
#include "result/view.h"
#include "source/source.h"

/* Who takes the figures of reports, beside what is printed */
struct taker {
	void *user;
	/* @v shows the next one.  Return -1 after an error. */
	int (*report)(void *user, const struct view *v);
};

/*
 * Who takes the exits of a list, with stamps, one by one: each as it is read, by one
 * thread.  Only sums are kept then.  Both return -1 for no more.
 */
struct exit_taker {
	void *user;
	/* Before the first one: @v has all but figures. */
	int (*begin)(void *user, const struct view *v);
	int (*take)(void *user, const struct group_key *key, uint64_t ts,
		    const struct stats_sample *sample);
};

/* The exit to show: by its number, or one that lasted at @time */
struct show_request {
	const char *text;	/* as given; NULL: none */
	bool has_number, has_epoch;
	uint32_t epoch;
	uint64_t seq;
	struct filter_time time;
};

/* An input that is not read from its file: a state, or nothing, if it is left out */
struct input_state {
	bool given;
	const void *data;	/* NULL: left out */
	size_t bytes;
};

struct options {
	const char *path;	/* of the recording, or of the first input */
	char *const *more;	/* further inputs: */
	unsigned int nr_more;
	const struct input_state *states;	/* of each input; NULL: all are read */
	struct source_request request;	/* what to read of it */
	uint32_t isa;		/* where the recording does not say; or 0 */
	bool check;
	const char *log;	/* NULL: compare with kvm_exit_stats */
	bool last;		/* print the last report only */
	bool one_epoch;		/* print the reports of @epoch only */
	uint32_t epoch;
	uint64_t report;	/* of these, only this one; 0: all */
	struct show_request show;
	unsigned int threads;	/* at the most; 0 is taken for 1 */
	bool unproven;		/* of what is of all: what it proves is known already */
	uint64_t slice_bytes;	/* for tests: see struct slicing */
	struct view_options view;	/* other than reports, if there is a format */
	struct compare_options compare;
	struct progress *progress;	/* NULL: nobody waits */
	FILE *out;
	const struct taker *taker;	/* NULL: reports are printed only */
	const struct exit_taker *exits;	/* NULL: a list keeps those that it shows */
};

#endif /* ANALYZER_REQUEST_H */
