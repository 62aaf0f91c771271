/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Exits one by one, in the order of time: what is behind kvx_each(), for who has a
 * recording and no handle; and what those have in common who walk by time themselves.
 */
#ifndef ANALYZER_EXITS_H
#define ANALYZER_EXITS_H

#include <stdbool.h>
#include <stdint.h>

#include "analyze.h"
#include "kvmexits.h"
#include "walk/by_time.h"
#include "walk/epochs.h"

/* What details lack, once all is read */
struct exits_lacking {
	uint64_t unknown, unattached;	/* see missing_details() */
	uint64_t mismatch;		/* MISSING_MISMATCH */
};

/* Of each exit: one of two functions is called, which return not 0 for no more. */
struct exits_request {
	const struct options *opt;
	kvx_exit_fn fn;
	int (*take)(void *user, const struct group_key *key, uint64_t ts,
		    const struct stats_sample *sample);	/* if it is not NULL */
	void *user;
	const struct view *known;	/* with @take: of all that is read once more, */
	struct exits_lacking *lacking;	/* or NULL: what that does not say */
};

/* As kvx_each() */
enum kvx_status exits_read(const struct exits_request *request,
			   const struct recorded *r);

/*
 * Is there an exit with a number?  Of @all, read all, so that it is known what is
 * missing before it is read by time: up to so many threads do.  Return 1, 0 or -1.
 */
int exits_scan(const struct source *src, const struct parse *p, bool all,
	       unsigned int threads);

/*
 * Names of reasons are asked for: find out which ISA exits are of, for who names one
 * that is not there.  Return -1 after an error.
 */
int exits_find_isa(const struct recorded *r, const struct filter_options *opt);

/*
 * All was read by @w: say what is missing.  @oddities: exits that are left out.  Return
 * a status.
 */
int exits_missing(const struct by_time *w, struct epochs *epochs, uint64_t oddities);

#endif /* ANALYZER_EXITS_H */
