/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The driving loops: reports on recordings of patched (stamped.c) and unpatched
 * (unstamped.c) kernels, and views of both (views.c).  Figures and verdicts go
 * to standard output, all else to standard error.
 */
#ifndef ANALYZER_ANALYZE_H
#define ANALYZER_ANALYZE_H

#include "base/status.h"
#include "parse.h"
#include "sink/request.h"
#include "source/source.h"

/* Return an exit status; what failed has been reported. */
int analyze(const struct options *opt);

/*
 * Of a view of one recording, all but its printing: @v is complete, or it is not,
 * and to be released in any case.  Reports are printed.
 */
int analyze_recording(const struct options *opt, struct view *v);

/* Several inputs, or states: of all of them, one view or one state */
int analyze_inputs(const struct options *opt);

/* All for analyze(): the first two print reports, the third one fills @v */
int analyze_stamped(const struct options *opt, const struct source *src,
		    const struct parse *p);
int analyze_unstamped(const struct options *opt, const struct source *src,
		      const struct parse *p);
int analyze_view(const struct options *opt, const struct source *src,
		 const struct parse *p, struct view *v);

#endif /* ANALYZER_ANALYZE_H */
