/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The driving loops: reports on recordings of patched (stamped.c) and unpatched
 * (unstamped.c) kernels, and views of both (views.c).  Figures and verdicts go
 * to standard output, all else to standard error.
 */
#ifndef ANALYZER_ANALYZE_H
#define ANALYZER_ANALYZE_H

#include <stdbool.h>

#include "base/status.h"
#include "parse.h"
#include "sink/request.h"
#include "source/source.h"

/* A recording that is open */
struct recorded {
	struct source *src;
	struct parse *p;
};

/*
 * Open opt->path, and say what is to be known before it is read.  Return -1 after
 * an error; analyze_close() also then.  A zeroed struct is closed.
 */
int analyze_open(struct recorded *r, const struct options *opt);
void analyze_close(struct recorded *r);

/*
 * Read it, any number of times.  Reports are printed; a view is not: it is in @v,
 * zeroed before, to be finished and printed if it is complete.  Return an exit
 * status; what failed has been reported.
 */
int analyze_opened(const struct options *opt, const struct recorded *r,
		   struct view *v);

/*
 * Does nothing have to be known before, of what @opt asks for?  Then a recording can be
 * opened to be read once (source.h), or else takes source_know_all().
 */
bool analyze_reads_once(const struct options *opt);

/* Does it take analyze_inputs() to do what @opt asks for? */
bool analyze_needs_inputs(const struct options *opt);

/*
 * The same with several inputs, or states: of all of them, one view, or a state or
 * a summary, which is printed.  @first: opt->path, if it is open; or NULL.
 */
int analyze_inputs(const struct options *opt, const struct recorded *first,
		   struct view *v);

struct state;

/* All inputs of @opt as parts of @state, each recording one.  Return likewise. */
int analyze_collect(const struct options *opt, const struct recorded *first,
		    struct state *state);

/* @v is complete: all that is done before it is printed.  Return an exit status. */
int analyze_finish(struct view *v);

/* All of these; the view is printed when the recording is closed. */
int analyze(const struct options *opt);

/* All for analyze_opened(): the first three print, the fourth one fills @v */
int analyze_stamped(const struct options *opt, const struct source *src,
		    const struct parse *p);
int analyze_unstamped(const struct options *opt, const struct source *src,
		      const struct parse *p);
int analyze_show(const struct options *opt, const struct source *src,
		 const struct parse *p);

/* A timeline, which is printed */
int analyze_tracks(const struct options *opt, const struct recorded *r);

int analyze_view(const struct options *opt, const struct source *src,
		 const struct parse *p, struct view *v);

/*
 * A view of time into @v, as @times has it, and what else a page has of exits into @w, as
 * @exits has it, in one reading.  Of the latter nothing is said.  Return their statuses:
 * that of @w in @status.  What is not complete then is to be read by itself.
 */
int analyze_both(const struct options *times, const struct options *exits,
		 const struct source *src, const struct parse *p, struct view *v,
		 struct view *w, int *status);

/* The same of a recording at hand, as analyze_opened() */
int analyze_opened_both(const struct options *times, const struct options *exits,
			const struct recorded *r, struct view *v, struct view *w,
			int *status);

#endif /* ANALYZER_ANALYZE_H */
