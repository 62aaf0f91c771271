// SPDX-License-Identifier: GPL-2.0
#include "sink/missing.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/saturate.h"

#define CPUS_NAMED	4u

int missing_event(const struct source *src, const char *name)
{
	if (!name)
		return 0;
	if (source_unread(src))
		return -1;
	if (source_lacking_events(src))
		return error("no %s event in %s: the file lacks %" PRIu64 " of the %" PRIu64 " events that the kernel recorded",
			     name, source_recording(src)->path,
			     source_lacking_events(src),
			     source_recording(src)->recorded_events);
	return error("no %s event in %s: was a VM running? record with: %s",
		     name, source_recording(src)->path,
		     recording_advice(source_recording(src))->exits);
}

/* Also where nothing is missing of what is there: that cannot be seen. */
static void warn_dropped(const struct recording *info)
{
	unsigned int i, more = info->nr_dropped;

	for (i = 0; i < info->nr_dropped && i < CPUS_NAMED; i++, more--)
		warning("events dropped: %s: cpu %" PRIu32 ": %" PRIu64 ": nothing says where: record with a larger trace buffer: %s",
			info->path, info->dropped[i].cpu,
			info->dropped[i].events,
			recording_advice(info)->buffer);
	if (more)
		warning("events dropped: %s: on %u more CPU%s", info->path,
			more, plural_s(more));
}

/* The next CPU from @index on that lacks events: of those with a stream first */
static bool next_lacking(const struct source *src, unsigned int *index,
			 struct recording_events *cpu)
{
	const struct recording *info = source_recording(src);

	for (; *index < info->nr_cpus; ++*index) {
		cpu->cpu = info->cpus[*index].cpu;
		cpu->events = source_lacking(src, *index, NULL);
		if (cpu->events)
			return true;
	}
	if (*index - info->nr_cpus >= info->nr_absent)
		return false;
	*cpu = info->absent[*index - info->nr_cpus];
	return true;
}

/* How many lack in any case, if that is not as many */
static const char *at_least(const struct source *src, unsigned int index,
			    uint64_t events, char *buf, size_t size)
{
	const bool has_stream = index < source_recording(src)->nr_cpus;
	const uint64_t least = has_stream ? source_lacking_least(src, index) :
					    events;

	snprintf(buf, size, " (at least %" PRIu64 ": statistics may count some twice)",
		 least);
	return least < events ? buf : "";
}

/* The kernel recorded more than there is. */
static void warn_lacking(const struct source *src)
{
	const struct recording *info = source_recording(src);
	unsigned int i, nr = 0;
	struct recording_events cpu;
	char buf[80];

	for (i = 0; next_lacking(src, &i, &cpu); i++)
		if (nr++ < CPUS_NAMED)
			warning("events missing: %s: cpu %" PRIu32 ": %" PRIu64 " that the kernel recorded are not in the file, and nothing says where they were%s",
				info->path, cpu.cpu, cpu.events,
				at_least(src, i, cpu.events, buf, sizeof(buf)));
	if (nr > CPUS_NAMED)
		warning("events missing: %s: on %u more CPU%s", info->path,
			nr - CPUS_NAMED, plural_s(nr - CPUS_NAMED));
}

/* No loss, as it is what complete recordings have where CPUs take turns. */
static void note_doubtful(const struct source *src)
{
	const struct recording *info = source_recording(src);
	unsigned int i, nr = 0;

	for (i = 0; i < info->nr_cpus; i++)
		if (source_doubtful(src, i) && nr++ < CPUS_NAMED)
			note("statistics count %" PRIu64 " events more than the file has: %s: cpu %" PRIu32 ": they may count as many twice, so that none need be missing",
			     source_doubtful(src, i), info->path,
			     info->cpus[i].cpu);
	if (nr > CPUS_NAMED)
		note("statistics count more events than the file has: %s: on %u more CPU%s",
		     info->path, nr - CPUS_NAMED, plural_s(nr - CPUS_NAMED));
}

/* @complete: numbers prove that nothing is missing. */
static int warn_losses(const struct source *src, const struct losses *l,
		       bool complete)
{
	const struct recording *info = source_recording(src);
	int status = STATUS_OK;

	/* Whatever was still in the kernel's buffers is lost. */
	if (info->unfinished)
		status = STATUS_LOSSES;
	if (info->nr_dropped) {
		warn_dropped(info);
		status = STATUS_LOSSES;
	}
	if (source_lacking_events(src) && complete) {
		note("statistics count %" PRIu64 " events more than the file has: %s: no exit is missing up to the last one recorded",
		     source_lacking_events(src), info->path);
	} else if (source_lacking_events(src)) {
		warn_lacking(src);
		status = STATUS_LOSSES;
	}
	if (!complete)
		note_doubtful(src);
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

int missing_events(const struct source *src, const struct losses *l)
{
	return warn_losses(src, l, false);
}

int missing_stamped(const struct source *src, const struct losses *l,
		    const struct epochs *epochs, bool accounted)
{
	int status = warn_losses(src, l, !source_recording(src)->nr_absent &&
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

uint64_t missing_lacking(const struct source *src, const struct losses *l,
			 const struct epochs *epochs)
{
	if (!source_recording(src)->nr_absent && !l->unread &&
	    epochs_whole(epochs))
		return 0;
	return source_lacking_events(src);
}

int missing_epoch(struct missing_epochs *all, const struct proof_epoch *e,
		  bool is_last, bool reports, bool midway)
{
	bool missing = (e->before && !midway) || e->lost;
	bool late = e->late && !e->provable && !midway;
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

void missing_epochs_end(const struct missing_epochs *all)
{
	few_end(&all->missing, "epochs with missing exits");
	if (all->missing.seen > FEW_MAX)
		warning("all epochs: missing exits: %" PRIu64 " before, %" PRIu64 " lost",
			all->before, all->lost);
	few_end(&all->late, "epochs whose reports include exits from before the recording");
	few_end(&all->endless, "epochs whose end is unknown");
}

void missing_details(uint64_t unknown, uint64_t unattached)
{
	if (unknown)
		note("exits without a recorded kvm_exit, which have no rip and no detail: %" PRIu64,
		     unknown);
	if (unattached)
		note("%" PRIu64 " event%s inside no exit: harmless at the edges of a recording",
		     unattached, plural_s(unattached));
}

void missing_levels(bool known, bool any_nested)
{
	if (!known)
		note("levels of exits are unknown: the recording has no kvm_nested_vmexit, which x86 hosts record with -e kvm");
	else if (!any_nested)
		note("no exit is marked as one of L2: all are of L1 if kvm_nested_vmexit was enabled, as its format in the recording suggests");
}
