/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a recording says of its epochs.
 *
 * Whether a report can be proven depends on facts that may be recorded long
 * after it, on any CPU: that the kernel skipped it, where its epoch ended, since
 * when it counts.  So they are collected while the
 * recording is read: one struct epoch for each epoch and one number for each
 * skipped report, and nothing for an exit.
 *
 * Where the facts come from, and what is done without them:
 *
 * interval	from any kvm_exit_report of the epoch.  Otherwise from the
 *		entries: seq in report r means (r - 1) * I < seq <= r * I, which
 *		leaves one I as soon as the last exit of one report and the
 *		first of the next are recorded, and often without them.
 * since	from any kvm_exit_report of the epoch.  Epoch 1 counts since 1.
 *		If a later epoch counts since an epoch up to this one, so does
 *		this one.  Otherwise it is unknown, and nothing of the epoch can
 *		be proven: its reports may contain what is not recorded.  There
 *		is one assumption: if kvm_exit_report was not recorded at all
 *		(kvm_entry alone was), nothing was lost, and the recording has
 *		the first exit of its first epoch, that one is taken to count
 *		since itself.  So it is if the counters were reset, or the
 *		module was loaded, after the recording began, and the user is
 *		told.
 * end of r	r * interval, if that many exits are recorded.  The last report
 *		of an epoch may end before: then its kvm_exit_report says where,
 *		or the total of its kvm_exit_stats does (less what the epochs
 *		before it had).  That entries stop is no proof of an end.
 * skipped	from kvm_exit_stats.
 *
 * An end that is a multiple of the interval need not be the end of the epoch,
 * and an epoch of which nothing is recorded need not be empty.  The proof
 * (proof.h) says what is done about it.
 */
#ifndef ANALYZER_EPOCHS_H
#define ANALYZER_EPOCHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/table.h"
#include "parse.h"

/* The kernel's own total of one report; report 0: none is recorded. */
struct epoch_total {
	uint32_t report;
	uint64_t exits;
};

struct epoch {
	uint32_t number;
	uint32_t since;			/* 0: unknown */
	bool since_assumed;
	bool has_interval;
	uint32_t interval;
	uint64_t interval_min, interval_max;	/* that the entries allow */
	uint64_t first_seq, last_seq;	/* of all entries; 0: there are none */
	uint64_t entries;		/* as many; repeated ones count twice */
	uint64_t repeated;		/* of these: their number was there before */
	bool contradicts;		/* events of it cannot all be true */
	uint64_t sum;			/* of epochs_step() of all entries */
	uint64_t full_report;		/* highest closed at a multiple; 0: none */
	uint64_t short_report;		/* closed before; 0: none */
	uint64_t short_seq;
	struct epoch_total low, high;	/* of the lowest, the highest report */
};

struct epochs {
	struct epoch *list;		/* ascending after epochs_finish() */
	size_t nr, allocated;
	struct table table;		/* by number */
	uint64_t *skipped;		/* epoch << 32 | report */
	size_t nr_skipped, skipped_allocated;
	uint64_t contradictions;	/* report events and entries that cannot
					   all be true */
};

/* Entries of one stream, one epoch and one report in a row, ascending */
struct epochs_run {
	uint32_t epoch, report;
	uint64_t first_seq, last_seq;	/* 0: the run is empty */
	uint64_t entries;
	uint64_t sum;			/* of epochs_step(), if that is wanted */
	uint32_t begin_epoch;		/* of the first one of the stream, whatever */
	uint64_t begin_seq;		/* run it was in; 0: there is none */
};

/*
 * What an entry adds to a sum that shows whether each number from a to b is there
 * once: then all but f(b + 1) - f(a) cancels out.  Of other numbers, as many,
 * the sum is another one, unless by chance of some 1 in a million: who wrote the
 * file does not know f(), which has a random seed.
 */
static inline uint64_t epochs_step(uint64_t seq)
{
	return hash_two(seq + 1, 0) - hash_two(seq, 0);
}

void epochs_init(struct epochs *es);
void epochs_release(struct epochs *es);

/* Return -1 only if memory is short. */
int epochs_add_report(struct epochs *es, const struct event_report *e);
int epochs_add_stats(struct epochs *es, const struct event_stats *e);
int epochs_add_run(struct epochs *es, const struct epochs_run *run);

/* An entry of a stream that does not go on with @run, which is finished */
int epochs_begin_run(struct epochs *es, struct epochs_run *run, uint32_t epoch,
		     uint32_t report, uint64_t seq);

/*
 * Is the entry one more of @run?  Its number is higher; 1 less, so that none is
 * higher than the 0 of an empty run.
 */
ALWAYS_INLINE bool epochs_run_goes_on(const struct epochs_run *run,
				      uint32_t epoch, uint32_t report,
				      uint64_t seq)
{
	return epoch == run->epoch && report == run->report &&
	       seq - 1 > run->last_seq - 1;
}

ALWAYS_INLINE void epochs_run_add(struct epochs_run *run, uint64_t seq)
{
	run->entries++;
	run->last_seq = seq;
}

/* Is (@epoch, @seq) not higher than the latest of @run?  No kernel writes that. */
static inline bool epochs_run_is_late(const struct epochs_run *run,
				      uint32_t epoch, uint64_t seq)
{
	return epoch < run->epoch ||
	       (epoch == run->epoch && seq <= run->last_seq);
}

/* The next entry of a stream, of any run, with the sum */
static inline int epochs_add_entry(struct epochs *es, struct epochs_run *run,
				   uint32_t epoch, uint32_t report,
				   uint64_t seq)
{
	if (!epochs_run_goes_on(run, epoch, report, seq))
		return epochs_begin_run(es, run, epoch, report, seq);
	epochs_run_add(run, seq);
	run->sum += epochs_step(seq);
	return 0;
}

/* @nr entries of @epoch have a number that another one has. */
int epochs_add_repeated(struct epochs *es, uint32_t epoch, uint64_t nr);

/*
 * Does each number from the first to the last one of an epoch belong to one
 * entry?  Then no exit is recorded twice.  See epochs_step() for what proves it.
 */
bool epochs_gapless(const struct epochs *es);

/*
 * After epochs_finish(): is each exit there from the first one of the first epoch
 * to the last one that is recorded?
 */
bool epochs_whole(const struct epochs *es);

/*
 * Add what @from has.  epochs_finish() was called for neither.  Which of two
 * events that contradict each other is believed depends on the order of such
 * calls; that they do does not.
 */
int epochs_merge(struct epochs *to, const struct epochs *from);

/*
 * Sort, and derive what was not recorded.  @assume: no kvm_exit_report was
 * recorded, and nothing was lost.
 */
void epochs_finish(struct epochs *es, bool assume);

/* After epochs_finish() */
bool epochs_skipped(const struct epochs *es, uint32_t epoch, uint64_t report);

/* The number of the report that exit @seq belongs to; 1 without interval. */
static inline uint64_t epoch_report_of(const struct epoch *e, uint64_t seq)
{
	return e->interval ? 1 + (seq - 1) / e->interval : 1;
}

/*
 * How many exits the epochs before @e had that its reports count, by the kernel's
 * total of a report whose end is known.  Return false if that cannot be told.
 */
bool epoch_kernel_base(const struct epoch *e, uint64_t *base);

/* Highest seq known of @e, by entries and kvm_exit_report. */
uint64_t epoch_highest_seq(const struct epoch *e);

#endif /* ANALYZER_EPOCHS_H */
