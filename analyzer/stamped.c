// SPDX-License-Identifier: GPL-2.0
/*
 * The driving loop for patched kernels: one pass over the per-CPU streams, which
 * are never merged (gather.h), or two where that does not do (epochs.h,
 * winpass.h); then the proof (ledger.h).
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "stamped-private.h"

static void lossy(struct stamped *s)
{
	s->status = STATUS_LOSSES;
}

static bool is_chosen(const struct options *opt, const struct ledger_report *r)
{
	return !opt->one_epoch ||
	       (r->epoch == opt->epoch &&
		(!opt->report || r->report == opt->report));
}

static int emit(struct stamped *s, const struct ledger_report *r)
{
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
		s->last_epoch = r->epoch;
		s->last_report = r->report;
		stats_table_clear(&s->last);
		stats_table_merge(&s->last, r->total);
		return 0;
	}
	if (render_report(&s->render, r->epoch, r->report, r->total) < 0)
		return render_flush(&s->render);
	return 0;
}

/* No more exits of the latest report follow. */
static int close_row(struct stamped *s)
{
	struct ledger_report report;
	uint64_t end;

	if (!s->row_report)
		return 0;
	end = ledger_report_end(&s->ledger, s->row_report);
	if (end && end <= s->highest) {
		ledger_close(&s->ledger, s->row_report, end, &report);
		if (emit(s, &report) < 0)
			return -1;
	}
	s->row_report = 0;
	return 0;
}

/* Enter exits of @report, which may have been entered in part. */
int stamped_enter_row(struct stamped *s, uint64_t report, uint64_t distinct,
		      const struct stats_table *table)
{
	if (report != s->row_report && close_row(s) < 0)
		return -1;
	ledger_add(&s->ledger, report, distinct, table);
	s->row_report = report;
	return 0;
}

/* An epoch of which all is known: say what is missing, and why. */
static void report_epoch(struct stamped *s, const struct ledger_epoch *e,
			 bool is_last)
{
	/* What was not read is not missing. */
	if (s->g.losses.unread)
		return;
	if (analyze_epoch(&s->said, e, is_last, s->g.reports) != STATUS_OK)
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
	if (!is_last && !e->end_known && !s->g.reports &&
	    few_more(&s->endless))
		note("epoch %" PRIu32 ": its end is unknown: no kvm_exit_report is recorded",
		     e->number);
}

void stamped_begin_epoch(struct stamped *s, const struct epoch *e)
{
	ledger_begin_epoch(&s->ledger, e);
	s->highest = ledger_highest_seq(&s->ledger);
	s->row_report = 0;
}

int stamped_end_epoch(struct stamped *s, const struct epoch *e)
{
	struct ledger_epoch outcome;

	if (close_row(s) < 0)
		return -1;
	outcome = ledger_end_epoch(&s->ledger);
	report_epoch(s, &outcome, e == s->g.epochs.list + s->g.epochs.nr - 1);
	return 0;
}

/* From what was gathered.  Without an interval there is one report. */
static int prove_rows(struct stamped *s, struct stats_table *table)
{
	struct rowlog_row row;
	const struct epoch *e;
	size_t pos = 0, i;
	int more;

	more = rowlog_next(&s->g.rows, &pos, &row, table);
	for (i = 0; i < s->g.epochs.nr; i++) {
		e = &s->g.epochs.list[i];
		stamped_begin_epoch(s, e);
		while (more && row.epoch == e->number) {
			if (stamped_enter_row(s, e->interval ? row.report : 1,
				      row.distinct, table) < 0)
				return -1;
			stats_table_clear(table);
			more = rowlog_next(&s->g.rows, &pos, &row, table);
		}
		if (stamped_end_epoch(s, e) < 0)
			return -1;
	}
	return 0;
}

/* @uncovered: some recorded exits are in no proven report. */
static void finish_output(struct stamped *s, bool uncovered)
{
	if (s->opt->check)
		return;
	if (s->opt->last && s->chosen)
		render_report(&s->render, s->last_epoch, s->last_report,
			      &s->last);
	if (uncovered && !s->opt->last && !s->opt->one_epoch)
		render_recorded(&s->render, &s->ledger.recorded);
}

static int prove(struct stamped *s)
{
	struct stats_table table = { .cells = NULL };
	unsigned int nr_slots = s->p->reasons.nr;
	int ret;

	if (ledger_init(&s->ledger, &s->g.epochs, nr_slots, s->g.lossless) < 0)
		return -1;
	if (!s->gathered)
		ret = stamped_prove_pass(s);
	else if (stats_table_init(&table, nr_slots) == 0)
		ret = prove_rows(s, &table);
	else
		ret = -1;
	stats_table_release(&table);
	if (ret < 0)
		return -1;
	analyze_epochs_end(&s->said);
	few_end(&s->unproven, "epochs whose reports cannot be proven");
	few_end(&s->endless, "epochs whose end is unknown");
	few_end(&s->unseen, "epochs whose reports count others that are not recorded");
	few_end(&s->assumed, "epochs that rest on an assumed end of another");
	finish_output(s, ledger_finish(&s->ledger));
	return 0;
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
	struct oddities all = winpass_oddities(&s->pass);

	warn_odd(s, s->g.losses.short_records,
		 "records too short for their event");
	warn_odd(s, all.bad_isa, "exits that are neither of VMX nor of SVM");
	warn_odd(s, all.late, "exits out of order, not used");
	warn_odd(s, all.repeated, "exits with a number that was there before, not used");
	warn_odd(s, s->ledger.oversized,
		 "reports of more reasons than a kernel has lines for, 255, not proven");
	warn_odd(s, s->g.epochs.contradictions,
		 "events that contradict each other on since, interval or end of a report");
	warn_odd(s, s->g.joins.mismatch,
		 "kvm_exit events with another reason than their kvm_entry");
}

static void report_joins(const struct stamped *s)
{
	const struct pair_counts *n = &s->g.joins;

	if (!s->pairing)
		return;
	if (n->no_exit)
		note("missing kvm_exit events: %" PRIu64 ": the figures do not need them",
		     n->no_exit);
	if (n->no_entry)
		note("kvm_exit events without kvm_entry: %" PRIu64, n->no_entry);
}

static void report_end(struct stamped *s)
{
	if (analyze_stamped_losses(s->td, &s->g.losses, s->g.accounted) !=
	    STATUS_OK)
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
	if (s->g.entries)
		note(NOT_ACCOUNTED);
	progress_expect(s->opt->progress, tracedat_info(s->td)->data_bytes);
	return analyze_unstamped(s->opt, s->td, s->p);
}

/*
 * Read the recording, once if that will do.  A check keeps the kernel's figures
 * in the order of the file, and takes two passes.
 */
static int read_events(struct stamped *s)
{
	int ret = 0;

	if (!s->opt->check && !s->opt->two_passes) {
		ret = gather_run(&s->g, s->td, s->p, s->opt->threads);
		s->gathered = ret > 0;
		s->pairing = s->g.exits;
	}
	if (!ret) {
		progress_expect(s->opt->progress,
				2 * tracedat_info(s->td)->data_bytes);
		gather_release(&s->g);
		memset(&s->g, 0, sizeof(s->g));
		ret = stamped_scan(s);
	}
	return ret < 0 ? -1 : 0;
}

static int run(struct stamped *s)
{
	if (read_events(s) < 0)
		return STATUS_FAILED;
	if (!s->g.entries && !s->g.exits) {
		analyze_no_event(s->td, "kvm_entry");
		return STATUS_FAILED;
	}
	if (!s->g.accounted && s->g.exits)
		return fall_back(s);
	if (s->opt->check) {
		if (s->opt->log && load_log(s) < 0)
			return STATUS_FAILED;
		if (!s->opt->log)
			s->check.where = "kvm_exit_stats";
		if (nothing_to_compare(s))
			return STATUS_NOT_COMPARED;
		s->check.tolerant = !s->opt->log && !s->g.lossless;
		if (check_finish_kernel(&s->check) < 0)
			return STATUS_FAILED;
	}
	progress_end(s->opt->progress);
	if (prove(s) < 0)
		return STATUS_FAILED;
	if (s->opt->check)
		check_finish(&s->check);
	if (render_flush(&s->render) < 0)
		return STATUS_FAILED;
	report_end(s);
	if ((s->opt->last || s->opt->one_epoch) && !s->chosen) {
		error("no such report is proven: %s: proven: %s", s->opt->path,
		      proven_text(&s->proven));
		return STATUS_FAILED;
	}
	if (s->opt->check && !s->check.counts.equal &&
	    !s->check.counts.different)
		error("nothing could be compared: %s", s->opt->path);
	return s->opt->check ? check_status(s) : s->status;
}

int analyze_stamped(const struct options *opt, const struct tracedat *td,
		    const struct parse *p)
{
	struct stamped s = {
		.opt = opt, .td = td, .p = p,
		.nr_cpus = tracedat_info(td)->nr_cpus,
		.render = { opt->out, &p->reasons, "cycles", true },
	};
	int status = STATUS_FAILED;

	if (check_init(&s.check, &p->reasons, opt->out) == 0 &&
	    stats_table_init(&s.last, p->reasons.nr) == 0)
		status = run(&s);
	winpass_close(&s.pass);
	stats_table_release(&s.last);
	ledger_release(&s.ledger);
	check_release(&s.check);
	gather_release(&s.g);
	return status;
}
