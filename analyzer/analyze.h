/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The driving loops: reports on recordings of patched (stamped.c) and unpatched
 * (unstamped.c) kernels, and views of both (views.c).  Figures and verdicts go
 * to standard output, all else to standard error.
 */
#ifndef ANALYZER_ANALYZE_H
#define ANALYZER_ANALYZE_H

#include <stdbool.h>
#include <stdio.h>

#include "epochs.h"
#include "error.h"
#include "ledger.h"
#include "parse.h"
#include "progress.h"
#include "records.h"
#include "tracedat.h"
#include "view.h"

/* Exit statuses */
#define STATUS_OK		0
#define STATUS_FAILED		1	/* file, format, I/O */
#define STATUS_USAGE		2
#define STATUS_LOSSES		3	/* complete but with losses */
#define STATUS_DIFFERENT	4	/* check: something differs */
#define STATUS_NOT_COMPARED	5	/* check: nothing could be compared */
#define STATUS_INTERRUPTED	130	/* what was known until then: 128 + SIGINT */

/* More would not help: what they read comes from one memory. */
#define THREADS_MAX		32u

struct options {
	const char *path;	/* of the recording */
	struct tracedat_request request;	/* what to read of it */
	uint32_t isa;		/* where the recording does not say; or 0 */
	bool check;
	const char *log;	/* NULL: compare with kvm_exit_stats */
	bool last;		/* print the last report only */
	bool one_epoch;		/* print the reports of @epoch only */
	uint32_t epoch;
	uint64_t report;	/* of these, only this one; 0: all */
	unsigned int threads;	/* at the most; 0 is taken for 1 */
	struct view_options view;	/* other than reports, if there is a format */
	struct progress *progress;	/* NULL: nobody waits */
	FILE *out;
};

#define NOT_ACCOUNTED \
	"no exit was accounted: is the parameter exit_cycles of kvm on?"

/* Return an exit status; what failed has been reported. */
int analyze(const struct options *opt);

/* All for analyze() */
int analyze_stamped(const struct options *opt, const struct tracedat *td,
		    const struct parse *p);
int analyze_unstamped(const struct options *opt, const struct tracedat *td,
		      const struct parse *p);
int analyze_view(const struct options *opt, const struct tracedat *td,
		 const struct parse *p);

/*
 * There is no event @name in what was read: an error, unless reading was stopped
 * before there could be one.  Return -1; 0 if @name is NULL.
 */
int analyze_no_event(const struct tracedat *td, const char *name);

/*
 * Warn of what all recordings can lack: dropped events, those that the file does
 * not have, a cut file, damage.
 * Return STATUS_LOSSES then, STATUS_OK otherwise.
 */
int analyze_losses(const struct tracedat *td, const struct losses *l);

/*
 * The same for a recording with stamps, where lost events need not be lost exits;
 * and if each exit is there, as @epochs tell, nothing is lost, whatever statistics
 * say.  @accounted: it has exits with a number.
 */
int analyze_stamped_losses(const struct tracedat *td, const struct losses *l,
			   const struct epochs *epochs, bool accounted);

/* What was said of epochs, and the sums of what is missing.  At first zeroed. */
struct analyze_epochs {
	struct few missing, late, endless;
	uint64_t before, lost;		/* exits; they saturate */
};

/*
 * Warn of what is missing of an epoch of which all is known: of the last one, if
 * @is_last.  @reports: there are kvm_exit_report events.
 * Return STATUS_LOSSES then, STATUS_OK otherwise.
 */
int analyze_epoch(struct analyze_epochs *all, const struct ledger_epoch *e,
		  bool is_last, bool reports);

/* All epochs were seen: what was not said of each of them. */
void analyze_epochs_end(const struct analyze_epochs *all);

#endif /* ANALYZER_ANALYZE_H */
