// SPDX-License-Identifier: GPL-2.0
#include "analyze.h"

#include <inttypes.h>
#include <stdlib.h>

#include "clock.h"
#include "error.h"
#include "saturate.h"

#define INSTANCES_NAMED	4u
#define CPUS_NAMED	4u

int analyze_no_event(const struct tracedat *td, const char *name)
{
	if (!name)
		return 0;
	if (tracedat_unread(td))
		return -1;
	if (tracedat_lacking_events(td))
		return error("no %s event in %s: the file lacks %" PRIu64 " of the %" PRIu64 " events that the kernel recorded",
			     name, tracedat_info(td)->path,
			     tracedat_lacking_events(td),
			     tracedat_info(td)->recorded_events);
	return error("no %s event in %s: was a VM running? record with: trace-cmd record -e kvm",
		     name, tracedat_info(td)->path);
}

/* Also where nothing is missing of what is there: that cannot be seen. */
static void warn_dropped(const struct tracedat_info *info)
{
	unsigned int i, more = info->nr_dropped;

	for (i = 0; i < info->nr_dropped && i < CPUS_NAMED; i++, more--)
		warning("events dropped: %s: cpu %" PRIu32 ": %" PRIu64 ": nothing says where: record with a larger trace buffer: trace-cmd record -b KIB",
			info->path, info->dropped[i].cpu,
			info->dropped[i].events);
	if (more)
		warning("events dropped: %s: on %u more CPU%s", info->path,
			more, plural_s(more));
}

/* The next CPU from @index on that lacks events: of those with a stream first */
static bool next_lacking(const struct tracedat *td, unsigned int *index,
			 struct tracedat_events *cpu)
{
	const struct tracedat_info *info = tracedat_info(td);

	for (; *index < info->nr_cpus; ++*index) {
		cpu->cpu = info->cpus[*index].cpu;
		cpu->events = tracedat_lacking(td, *index, NULL);
		if (cpu->events)
			return true;
	}
	if (*index - info->nr_cpus >= info->nr_absent)
		return false;
	*cpu = info->absent[*index - info->nr_cpus];
	return true;
}

/* The kernel recorded more than there is. */
static void warn_lacking(const struct tracedat *td)
{
	const struct tracedat_info *info = tracedat_info(td);
	unsigned int i, nr = 0;
	struct tracedat_events cpu;

	for (i = 0; next_lacking(td, &i, &cpu); i++)
		if (nr++ < CPUS_NAMED)
			warning("events missing: %s: cpu %" PRIu32 ": %" PRIu64 " that the kernel recorded are not in the file, and nothing says where they were",
				info->path, cpu.cpu, cpu.events);
	if (nr > CPUS_NAMED)
		warning("events missing: %s: on %u more CPU%s", info->path,
			nr - CPUS_NAMED, plural_s(nr - CPUS_NAMED));
}

/* @complete: numbers prove that nothing is missing. */
static int warn_losses(const struct tracedat *td, const struct losses *l,
		       bool complete)
{
	const struct tracedat_info *info = tracedat_info(td);
	int status = STATUS_OK;

	/* Whatever was still in the kernel's buffers is lost. */
	if (info->unfinished)
		status = STATUS_LOSSES;
	if (info->nr_dropped) {
		warn_dropped(info);
		status = STATUS_LOSSES;
	}
	if (tracedat_lacking_events(td) && complete) {
		note("statistics count %" PRIu64 " events more than the file has: %s: no exit is missing up to the last one recorded",
		     tracedat_lacking_events(td), info->path);
	} else if (tracedat_lacking_events(td)) {
		warn_lacking(td);
		status = STATUS_LOSSES;
	}
	if (info->nr_ambiguous) {
		warning("statistics not used: %s: of %u CPU%s the file has several, which cannot all be true: events may be missing",
			info->path, info->nr_ambiguous,
			plural_s(info->nr_ambiguous));
		status = STATUS_LOSSES;
	}
	if (info->missing_bytes) {
		warning("recording is cut: %s: %" PRIu64 " of %" PRIu64 " bytes of events are missing",
			info->path, info->missing_bytes,
			saturated_sum(info->missing_bytes, info->data_bytes));
		status = STATUS_LOSSES;
	}
	if (l->lost_absurd) {
		warning("absurd counts of lost events: %s: %" PRIu64 " of more than 2^48: how many are lost there is unknown",
			info->path, l->lost_absurd);
		status = STATUS_LOSSES;
	}
	if (l->damaged) {
		warning("damaged: %s: %" PRIu64 " sub-buffer%s, %" PRIu64 " bytes of them were skipped",
			info->path, l->damaged, plural_s(l->damaged),
			l->damaged_bytes);
		status = STATUS_LOSSES;
	}
	if (l->bad_chunks) {
		warning("damaged: %s: %" PRIu64 " compressed chunk%s, %" PRIu64 " bytes of events were skipped",
			info->path, l->bad_chunks, plural_s(l->bad_chunks),
			l->bad_chunks_bytes);
		status = STATUS_LOSSES;
	}
	return status;
}

int analyze_losses(const struct tracedat *td, const struct losses *l)
{
	return warn_losses(td, l, false);
}

int analyze_stamped_losses(const struct tracedat *td, const struct losses *l,
			   const struct epochs *epochs, bool accounted)
{
	int status = warn_losses(td, l, !tracedat_info(td)->nr_absent &&
					!l->unread && epochs_whole(epochs));

	if (l->lost_uncounted)
		note("trace buffer overrun: events were lost in %" PRIu64 " place%s",
		     l->lost_uncounted, plural_s(l->lost_uncounted));
	if (l->lost_events)
		note("trace buffer overrun: %" PRIu64 " event%s lost",
		     l->lost_events,
		     l->lost_events == 1 ? " was" : "s were");
	if (!accounted)
		note(NOT_ACCOUNTED);
	return status;
}

int analyze_epoch(struct analyze_epochs *all, const struct ledger_epoch *e,
		  bool is_last, bool reports)
{
	bool missing = e->before || e->lost;
	bool late = e->late && !e->provable;
	bool endless = !is_last && !e->end_known && reports;

	saturating_add(&all->before, e->before);
	saturating_add(&all->lost, e->lost);
	if (missing && few_more(&all->missing))
		warning("epoch %" PRIu32 ": missing exits: %" PRIu64 " before, %" PRIu64 " lost",
			e->number, e->before, e->lost);
	if (late && few_more(&all->late))
		warning("epoch %" PRIu32 ": its reports include exits from before the recording; how many is unknown",
			e->number);
	if (endless && few_more(&all->endless))
		warning("epoch %" PRIu32 ": its end is unknown: the kvm_exit_report of its last report is lost",
			e->number);
	return missing || late || endless ? STATUS_LOSSES : STATUS_OK;
}

void analyze_epochs_end(const struct analyze_epochs *all)
{
	few_end(&all->missing, "epochs with missing exits");
	if (all->missing.seen > FEW_MAX)
		warning("all epochs: missing exits: %" PRIu64 " before, %" PRIu64 " lost",
			all->before, all->lost);
	few_end(&all->late, "epochs whose reports include exits from before the recording");
	few_end(&all->endless, "epochs whose end is unknown");
}

static void note_instances(const struct tracedat *td)
{
	const struct tracedat_info *info = tracedat_info(td);
	unsigned int i;

	/* Whoever names one knows that there may be others. */
	if (info->instance)
		return;
	for (i = 0; i < info->nr_instances && i < INSTANCES_NAMED; i++)
		note("not read: %s: instance %s: choose it with --instance",
		     info->path, info->instances[i]);
	if (info->nr_instances > INSTANCES_NAMED)
		note("not read: %s: %u more instance%s", info->path,
		     info->nr_instances - INSTANCES_NAMED,
		     plural_s(info->nr_instances - INSTANCES_NAMED));
}

/* The recorder was killed: what is read instead, and what is known of it. */
static void warn_unfinished(const struct options *opt,
			    const struct tracedat_info *info)
{
	if (info->unfinished)
		warning("unfinished recording: %s: reading the %u file%s %s.cpuN that trace-cmd left behind",
			info->path, info->nr_files,
			plural_s(info->nr_files), info->files);
	else if (info->nr_files)
		note("not read: %s.cpuN: %u file%s of another recording that was not finished",
		     info->files, info->nr_files,
		     plural_s(info->nr_files));
	if (info->formats_used && !info->unfinished)
		note("event formats are those of %s: those of %s cannot be read",
		     opt->request.formats, info->path);
	else if (info->cut && !info->unfinished)
		note("the file ends early: %s: ftrace instances listed after this point may be missing",
		     info->path);
	if (opt->request.formats && !info->formats_used)
		note("not read: %s: %s has event formats of its own",
		     opt->request.formats, info->path);
}

static void warn_partial(const struct tracedat_info *info,
			 uint32_t subbuf_bytes)
{
	unsigned int i, files = 0;
	uint64_t bytes = 0;

	for (i = 0; info->unfinished && i < info->nr_cpus; i++) {
		files += info->cpus[i].size % subbuf_bytes != 0;
		bytes += info->cpus[i].size % subbuf_bytes;
	}
	if (files)
		warning("unfinished recording: %s: partial sub-buffers at the end: %u, %" PRIu64 " bytes of them were skipped",
			info->path, files, bytes);
}

/* Was reading stopped?  Then all that was printed is of what was read. */
static bool interrupted(const struct tracedat *td)
{
	const struct tracedat_info *info = tracedat_info(td);
	uint64_t unread = tracedat_unread(td);

	if (tracedat_stopped_again(td)) {
		warning("interrupted: %s: while it was read once more, which all figures need: there are none",
			info->path);
		return true;
	}
	if (!unread)
		return false;
	warning("interrupted: %s: %" PRIu64 " of %" PRIu64 " bytes of events were not read: this is what is known without them",
		info->path, unread, info->data_bytes);
	return true;
}

/* Old kernels do not say which ISA an exit is of, or do not name its reason. */
static void take_isa(const struct options *opt, const struct tracedat_info *info,
		     struct parse *p)
{
	p->isa = opt->isa;
	if (opt->isa && p->has_isa)
		note("not used: --isa: %s says which ISA each exit is of",
		     info->path);
	else if (!opt->isa && !p->has_isa)
		note("%s does not say which ISA its exits are of, as kernels of about 2010 and before: their reasons are shown by number, of isa0: say which it is with --isa=vmx or --isa=svm",
		     info->path);
	else if (!p->named)
		note("%s does not name exit reasons, as kernels of about 2011 and before: they are shown by number",
		     info->path);
}

static int analyze_parsed(const struct options *opt, const struct tracedat *td,
			  struct parse *p)
{
	const struct tracedat_info *info = tracedat_info(td);
	int status;

	note_instances(td);
	warn_unfinished(opt, info);
	clock_compare_rates(info);
	if (parse_init(p, td) < 0) {
		parse_release(p);
		return STATUS_FAILED;
	}
	if (p->present[PARSE_EXIT])
		take_isa(opt, info, p);
	warn_partial(info, p->subbuf.subbuf_bytes);
	progress_begin(opt->progress, opt->request.reading,
		       info->data_bytes);
	if (opt->view.format)
		status = analyze_view(opt, td, p);
	else if (p->stamped)
		status = analyze_stamped(opt, td, p);
	else
		status = analyze_unstamped(opt, td, p);
	progress_end(opt->progress);
	parse_release(p);
	return interrupted(td) ? STATUS_INTERRUPTED : status;
}

int analyze(const struct options *opt)
{
	struct parse *p = malloc(sizeof(*p));
	struct tracedat *td = NULL;
	int status = STATUS_FAILED;

	if (!p)
		error("out of memory");
	else if (tracedat_open_request(&td, opt->path, &opt->request) == 0)
		status = analyze_parsed(opt, td, p);
	tracedat_close(td);
	free(p);
	return status;
}
