/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A brute-force model of a patched kernel under a recorder.
 *
 * It plays vCPUs that exit, migrate and enter, closes epochs and reports as the
 * contract says, and keeps every exit in an array.  Reports are summed up from
 * that array, over and over: slow, and without anything of the analyzer's.  The
 * events go to a trace.dat; which of them get lost is part of the play, and
 * noted in the array.
 */
#ifndef TESTS_MODEL_H
#define TESTS_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mktrace.h"

struct model_config {
	uint64_t seed;
	unsigned int cpus, vms, vcpus;	/* vcpus: of each VM */
	unsigned int exits;		/* how many are accounted */
	uint32_t interval;
	int isa;			/* MKTRACE_ISA_...; 0: both */
	int version;			/* of the file */
	enum mktrace_compression compression;
	const char *clock;
	bool big_endian;
	uint32_t long_bytes;		/* [8] of the kernel and the recorder */

	unsigned int close_every;	/* epochs: exits between two; 0: one */
	unsigned int reset_percent;	/* of the closed epochs */
	bool change_interval;
	bool empty_epochs;		/* some numbers are left out */
	uint32_t first_epoch;		/* [1] */
	bool older_since;		/* the first epoch counts older ones */
	uint64_t older_exits;		/* ... which had as many */
	bool unfinished;		/* the last epoch is not closed */
	unsigned int skip_percent;	/* of the reports */

	bool no_exit, no_report, no_stats;	/* events that are not recorded */
	unsigned int begin_percent;	/* of the events come before the start */
	unsigned int end_percent;	/* of the events come after the end */
	unsigned int holes;		/* losses in the middle, flagged */
	unsigned int hole_events;	/* how long a loss is, at most */
	bool migrate;
};

struct model_exit {
	uint32_t epoch, vm, vcpu;
	uint64_t seq, report;
	unsigned int reason;		/* index of the model's table */
	uint64_t tsc, exit_tsc, user, halted, off_cpu;
	uint32_t traced;
	bool recorded;			/* its kvm_entry */
};

struct model_report {
	uint32_t epoch, since;
	uint64_t report, seq;
	bool last;			/* of its epoch, and not at a multiple */
	bool skipped;
	bool recorded;			/* kvm_exit_report */
	bool total_recorded;		/* the total of its kvm_exit_stats */
	bool stats_recorded;		/* all of it, or that it was skipped */
	char *text;			/* what the kernel prints, if it does */
};

struct model_epoch {
	uint32_t number, since, interval;
	uint64_t seq;			/* of its last exit */
	bool closed;
};

struct model {
	struct model_exit *exits;
	size_t nr_exits;
	struct model_report *reports;
	size_t nr_reports;
	struct model_epoch *epochs;
	size_t nr_epochs;
	bool lossless;			/* no hole was flagged */
};

/* Play, and write the recording to @path. */
struct model *model_run(const struct model_config *config, const char *path);
void model_free(struct model *m);


/* One block, headed @which, over the exits that @take accepts. */
char *model_block(const struct model *m, const char *which,
		  bool (*take)(const struct model_exit *e, const void *arg),
		  const void *arg);

#endif /* TESTS_MODEL_H */
