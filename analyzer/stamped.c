// SPDX-License-Identifier: GPL-2.0
/*
 * The driving loop for patched kernels: one pass over the per-CPU streams, which
 * are never merged (report_sums.h), then the proof (proof.h).
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analyze.h"
#include "base/error.h"
#include "base/output.h"
#include "output/writer.h"
#include "result/report.h"
#include "sink/check.h"
#include "sink/report_sums.h"
#include "sink/klog.h"
#include "sink/missing.h"
#include "sink/prove.h"
#include "sink/proven.h"

struct stamped {
	const struct options *opt;
	const struct source *src;
	const struct parse *p;
	struct report_sums g;
	struct prove prove;
	struct proven proven;
	uint64_t chosen;		/* reports that were asked for */
	struct stats_table last;	/* the latest of them, if only that is */
	struct report_id last_id;
	struct check check;
	struct view view;		/* of the report that is printed */
	struct klog_counts log;
	struct missing_epochs said;	/* of epochs, and more of them: */
	struct few unproven, endless, unseen, assumed;
	int status;
};

static void lossy(struct stamped *s)
{
	s->status = STATUS_LOSSES;
}

static bool is_chosen(const struct options *opt, const struct proof_report *r)
{
	return !opt->one_epoch ||
	       (r->epoch == opt->epoch &&
		(!opt->report || r->report == opt->report));
}

/* @id: NULL for all recorded exits */
static int print_report(struct stamped *s, const struct report_id *id,
			const struct stats_table *table)
{
	const struct taker *taker = s->opt->taker;

	if (report_set(&s->view, id, table) < 0 ||
	    writer_block(&s->view, s->opt->out) < 0 ||
	    (taker && taker->report(taker->user, &s->view) < 0))
		return -1;
	s->view.report.index++;
	return 0;
}

static int emit(struct prove *p, const struct proof_report *r)
{
	struct stamped *s = p->arg;
	const struct report_id id = { r->epoch, r->since, r->report, r->seq };

	if (s->opt->check) {
		check_recorded(&s->check, r);
		return 0;
	}
	if (!r->proven || r->skipped)
		return 0;
	proven_add(&s->proven, r->epoch, r->report);
	if (!is_chosen(s->opt, r))
		return 0;
	s->chosen++;
	if (s->opt->last) {
		s->last_id = id;
		stats_table_clear(&s->last);
		stats_table_merge(&s->last, r->total);
		return 0;
	}
	return print_report(s, &id, r->total);
}

/* An epoch of which all is known: say what is missing, and why. */
static void report_epoch(struct prove *p, const struct proof_epoch *e,
			 bool is_last)
{
	struct stamped *s = p->arg;

	/* What was not read is not missing. */
	if (s->g.walk.losses.unread)
		return;
	if (missing_epoch(&s->said, e, is_last, s->g.walk.counts.reports,
			  false) != STATUS_OK)
		lossy(s);
	if (!e->provable && e->recorded > e->open && !e->since_known &&
	    few_more(&s->unproven))
		note("epoch %" PRIu32 ": cannot prove its reports: no kvm_exit_report says since when they count",
		     e->number);
	if (!e->provable && e->unseen && !e->late && few_more(&s->unseen))
		note("epoch %" PRIu32 ": cannot prove its reports: they count an epoch of which nothing is recorded, and no kvm_exit_stats says that it had no exits",
		     e->number);
	if (e->end_assumed && e->recorded > e->open && few_more(&s->assumed))
		note("epoch %" PRIu32 ": assumed that the epochs before ended with their last recorded report, as nothing is marked as lost: no kvm_exit_stats says it",
		     e->number);
	if (e->since_assumed && e->recorded > e->open)
		note("epoch %" PRIu32 ": assumed to start from zero, as no kvm_exit_report was recorded: right if the counters were reset after the recording began",
		     e->number);
	if (is_last && e->open)
		note("epoch %" PRIu32 ": unfinished: %" PRIu64 " exit%s after the last closed report",
		     e->number, e->open, plural_s(e->open));
	if (!is_last && !e->end_known && !s->g.walk.counts.reports &&
	    few_more(&s->endless))
		note("epoch %" PRIu32 ": its end is unknown: no kvm_exit_report is recorded",
		     e->number);
}

/* @uncovered: some recorded exits are in no proven report. */
static int finish_output(struct stamped *s, bool uncovered)
{
	if (s->opt->check)
		return 0;
	if (s->opt->last && s->chosen &&
	    print_report(s, &s->last_id, &s->last) < 0)
		return -1;
	if (uncovered && !s->opt->last && !s->opt->one_epoch &&
	    print_report(s, NULL, &s->prove.proof.recorded) < 0)
		return -1;
	return writer_end(&s->view, s->opt->out);
}

/* What is known of the recording before any of its reports is proven */
static int begin_output(struct stamped *s)
{
	const struct by_number *w = &s->g.walk;
	struct view *v = &s->view;

	if (s->opt->check)
		return 0;
	if (report_init(v, &s->opt->view, source_recording(s->src),
			&s->p->reasons) < 0)
		return -1;
	v->unit = "cycles";
	v->patched = true;
	v->stamped = true;
	v->exits = w->counts.accounted - w->counts.bad_isa - w->counts.late;
	v->losses = w->losses;
	v->lacking = missing_lacking(s->src, &w->losses, &w->epochs);
	view_set_span(v, w->first_ts, w->last_ts);
	if (!w->losses.unread &&
	    proof_count_missing(&w->epochs, s->g.lossless, &v->before,
				 &v->lost) < 0)
		return -1;
	return writer_begin(v, s->opt->out);
}

static int prove(struct stamped *s)
{
	if (begin_output(s) < 0 || prove_run(&s->prove) < 0)
		return -1;
	missing_epochs_end(&s->said);
	if (s->said.before)
		note("reports that count exits from before the recording cannot be proven: once it runs: echo reset > /sys/kernel/debug/kvm/exit_cycles");
	few_end(&s->unproven, "epochs whose reports cannot be proven");
	few_end(&s->endless, "epochs whose end is unknown");
	few_end(&s->unseen, "epochs whose reports count others that are not recorded");
	few_end(&s->assumed, "epochs that rest on an assumed end of another");
	return finish_output(s, s->prove.uncovered);
}

/* What is said at the end, on standard error */

static void warn_odd(struct stamped *s, uint64_t n, const char *what)
{
	if (!n)
		return;
	warning("%s: %s: %" PRIu64, what, s->opt->path, n);
	lossy(s);
}

static void report_oddities(struct stamped *s)
{
	const struct by_number *w = &s->g.walk;

	warn_odd(s, w->losses.short_records, "records too short for their event");
	warn_odd(s, w->counts.bad_isa, "exits that are neither of VMX nor of SVM");
	warn_odd(s, w->counts.late, "exits out of order, not used");
	warn_odd(s, w->counts.repeated, "exits with a number that another one has");
	warn_odd(s, s->prove.proof.oversized,
		 "reports of more reasons than a kernel has lines for, 255, not proven");
	warn_odd(s, w->epochs.contradictions,
		 "events that contradict each other on since, interval or end of a report");
	warn_odd(s, s->g.walk.joins.mismatch,
		 "kvm_exit events with another reason than their kvm_entry");
}

static void report_joins(const struct stamped *s)
{
	const struct pair_counts *n = &s->g.walk.joins;

	if (!s->g.walk.counts.exits)
		return;
	if (n->no_exit)
		note("missing kvm_exit events: %" PRIu64 ": the figures do not need them",
		     n->no_exit);
	if (n->no_entry)
		note("kvm_exit events without kvm_entry: %" PRIu64, n->no_entry);
}

static void report_end(struct stamped *s)
{
	if (missing_stamped(s->src, &s->g.walk.losses,
				   &s->g.walk.epochs,
				   s->g.walk.counts.accounted) != STATUS_OK)
		lossy(s);
	report_oddities(s);
	report_joins(s);
}

/* Check mode: the kernel's figures, before anything is compared */
static int load_log(struct stamped *s)
{
	if (klog_read(&s->check, s->opt->log, &s->log) < 0)
		return -1;
	if (s->log.malformed) {
		warning("malformed lines in log: %s: %" PRIu64, s->opt->log,
			s->log.malformed);
		lossy(s);
	}
	return 0;
}

static bool nothing_to_compare(const struct stamped *s)
{
	if (s->check.nr_lines)
		return false;
	if (!s->opt->log)
		error("nothing to compare: %s: no kvm_exit_stats events: record them too, or name a log: --check=LOG",
		      s->opt->path);
	else if (s->log.lines)
		error("nothing to compare: %s: no report after the last load of the module",
		      s->opt->log);
	else
		error("nothing to compare: %s: no line \"kvm_exit_cycles: epoch ...\"",
		      s->opt->log);
	return true;
}

static int check_status(const struct stamped *s)
{
	const struct check_counts *n = &s->check.counts;

	if (n->different)
		return STATUS_DIFFERENT;
	if (!n->equal)
		return STATUS_NOT_COMPARED;
	if (n->not_recorded || n->only_recorded || n->cut)
		return STATUS_LOSSES;
	return s->status;
}

/* What an unpatched kernel records is there all the same. */
static int fall_back(struct stamped *s)
{
	if (source_read_again(s->src) < 0)
		return STATUS_FAILED;
	if (s->g.walk.counts.entries)
		note(NOT_ACCOUNTED);
	progress_expect(s->opt->progress, source_recording(s->src)->data_bytes);
	return analyze_unstamped(s->opt, s->src, s->p);
}

static int load_kernel(struct stamped *s)
{
	if (s->opt->log)
		return load_log(s);
	return check_add_stats(&s->check, &s->g.walk);
}

/* Of no report that is proven at all: why that is so, if it is known */
static const char *why_none(const struct stamped *s)
{
	if (s->proven.first)
		return "";
	return s->said.before ? ": all count exits from before the recording" :
	       s->said.lost ? ": exits of each are lost" :
			      ": none ended while it was recorded";
}

static int run(struct stamped *s)
{
	const char *why;

	const struct by_number_plan plan = {
		.threads = s->opt->threads, .slice_bytes = s->opt->slice_bytes,
	};

	if (report_sums_run(&s->g, s->src, s->p, plan,
		       s->opt->check && !s->opt->log ? REPORT_SUMS_STATS : 0) < 0)
		return STATUS_FAILED;
	if (!s->g.walk.counts.entries && !s->g.walk.counts.exits) {
		missing_event(s->src, "kvm_entry");
		return STATUS_FAILED;
	}
	if (!s->g.walk.counts.accounted && s->g.walk.counts.exits)
		return fall_back(s);
	if (s->opt->check) {
		if (load_kernel(s) < 0)
			return STATUS_FAILED;
		if (nothing_to_compare(s))
			return STATUS_NOT_COMPARED;
		s->check.tolerant = !s->opt->log && !s->g.lossless;
		if (check_finish_kernel(&s->check) < 0)
			return STATUS_FAILED;
	}
	progress_end(s->opt->progress);
	if (prove(s) < 0)
		return STATUS_FAILED;
	if (s->opt->check) {
		check_finish(&s->check);
		if (output_flush(s->opt->out) < 0)
			return STATUS_FAILED;
	}
	report_end(s);
	if ((s->opt->last || s->opt->one_epoch) && !s->chosen) {
		why = why_none(s);
		error("no such report is proven: %s: proven: %s%s", s->opt->path,
		      proven_text(&s->proven), why);
		return STATUS_FAILED;
	}
	if (s->opt->check && !s->check.counts.equal &&
	    !s->check.counts.different)
		error("nothing could be compared: %s", s->opt->path);
	return s->opt->check ? check_status(s) : s->status;
}

int analyze_stamped(const struct options *opt, const struct source *src,
		    const struct parse *p)
{
	struct stamped s = {
		.opt = opt, .src = src, .p = p,
		.prove = { .report = emit, .epoch = report_epoch, .arg = &s },
	};
	int status = STATUS_FAILED;

	s.prove.g = &s.g;
	if (check_init(&s.check, &p->reasons, opt->out) == 0 &&
	    stats_table_init(&s.last, p->reasons.nr) == 0)
		status = run(&s);
	view_release(&s.view);
	stats_table_release(&s.last);
	prove_release(&s.prove);
	check_release(&s.check);
	report_sums_release(&s.g);
	return status;
}
