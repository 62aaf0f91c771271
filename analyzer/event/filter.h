/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which exits are looked at: what the options say (struct filter_options), and
 * what that means for one recording (struct filter).
 *
 * A value may be given several times, or several values with commas in
 * between; one of them has to fit, and none of those that "!" precedes.  What is
 * not given fits all.
 */
#ifndef ANALYZER_FILTER_H
#define ANALYZER_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/recording.h"
#include "event/key.h"
#include "event/reasons.h"

#define FILTER_MAX	64u		/* values of one kind */

/* From @first to @last, or all but these */
struct filter_range {
	uint32_t first, last;
	bool not;
};

struct filter_list {
	struct filter_range ranges[FILTER_MAX];
	unsigned int nr;
};

/* A point of time, as given */
struct filter_time {
	bool given;
	bool absolute;		/* as trace-cmd report prints it; else since the
				   first event */
	uint64_t ns;		/* absolute: the first that is printed so */
};

struct filter_options {
	struct filter_list vms, vcpus, threads, cpus;
	const char *reasons[FILTER_MAX];	/* as given, with their commas */
	unsigned int nr_reasons;
	struct filter_time from, to;
	bool has_longer_than, longer_than_ns;
	uint64_t longer_than;		/* ns, or in the unit of the figures */
};

/* Parse the argument of an option.  Return -1 after an error. */
int filter_parse_numbers(struct filter_list *l, const char *what,
			 const char *arg);
int filter_parse_reasons(struct filter_options *opt, const char *arg);
int filter_parse_time(struct filter_time *time, const char *arg);
int filter_parse_length(struct filter_options *opt, const char *arg);

/*
 * "50us", "1.5ms", "7": a number up to @end, of ns if it @has_unit, no finer than a
 * ns.  Return false if it is none.
 */
bool filter_parse_duration(const char *text, const char *end, uint64_t *v,
			   bool *has_unit);

#define FILTER_RANGE_MAX	32u	/* bytes, the end included */

/* "7", "0-3", "!7" */
const char *filter_range_text(char buf[FILTER_RANGE_MAX],
			      const struct filter_range *range);

/* Do they leave any exit out? */
bool filter_options_any(const struct filter_options *opt);

/*
 * Copy @from with its texts, which are those of the command line.  Return -1 only
 * if memory is short.  Release is for copies only.
 */
int filter_options_copy(struct filter_options *to,
			const struct filter_options *from);
void filter_options_release(struct filter_options *copy);

/*
 * The reasons as given, one by one:
 *
 *	struct filter_word w = { .opt = opt };
 *
 *	while (filter_next_reason(&w))
 *		... the bytes from w.text up to w.end
 */
struct filter_word {
	const struct filter_options *opt;
	const char *text, *end;
	unsigned int next;		/* argument */
};

bool filter_next_reason(struct filter_word *w);

struct filter_reason {
	uint32_t isa;
	bool any_isa;
	bool rest;		/* any that has no names of its own */
	bool not;
	uint64_t first, last;	/* codes */
};

struct filter {
	const struct filter_options *opt;
	const struct reasons *names;
	struct filter_reason *reasons;
	unsigned int nr_reasons;
	size_t reasons_allocated;
	bool any;			/* something is left out */
	const struct recording *info;
	uint64_t begin, end;		/* time stamps, the end exclusive */
	uint64_t from_ns, to_ns;	/* the same, since the first event */
	uint64_t longer_than;		/* in the unit of the figures */
};

/*
 * Look up reasons and clock.  Return -1 after an error: that is wrong usage.
 * The options, the reasons and @info outlive the filter.
 */
int filter_init(struct filter *f, const struct filter_options *opt,
		const struct reasons *reasons,
		const struct recording *info);
void filter_release(struct filter *f);

/* The time stamp of the first event is known now: needed before filter_takes(). */
void filter_begin(struct filter *f, uint64_t first_ts);

/*
 * The figures are in @unit, "cycles" or "ns".  Return false if that takes to know
 * how long a cycle is, which the recording does not say: filter_takes_cycles()
 * then means nothing, and once it is sure that figures are in that unit,
 * filter_unit_error() reports it.
 */
bool filter_set_unit(struct filter *f, const struct recording *info,
		     const char *unit);

/* The same once it is known: a cycle is a second / @hz. */
void filter_set_rate(struct filter *f, uint64_t hz);

/* Return -1, always. */
int filter_unit_error(const struct recording *info);

static inline bool filter_takes_cycles(const struct filter *f, uint64_t cycles)
{
	return !f->opt->has_longer_than || cycles > f->longer_than;
}

bool filter_takes(const struct filter *f, const struct group_key *key,
		  uint64_t ts);

#endif /* ANALYZER_FILTER_H */
