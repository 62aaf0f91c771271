// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel counted, by "v7": CPUSTAT options.
 *
 * Each holds the file per_cpu/cpuN/stats of a CPU.  Those of the top buffer come
 * first; those of an instance follow a text "\nBuffer: NAME\n\n".
 *
 * Two of the counts are all that is left of a loss: no flag in the ring buffer
 * says where it was.  "dropped events": the buffer was full, and does not
 * overwrite.  "commit overrun": it became full while an event was being written.
 * What "overrun" counts was overwritten, and the next sub-buffer has the flag.
 *
 * "read events" were taken out of the buffer, and "entries" were still in it: all
 * of these should be in the file.  The kernel counts events when they are committed,
 * neither padding nor time stamps, which "bytes" has, too: how many events that is
 * cannot be told from it.  It takes no lock for the text, prints "entries" first and
 * "read events" last, and trace-cmd goes on taking events out meanwhile: an event may
 * be in both.  (On an emulator that runs one CPU after the other, thousands of a
 * complete recording were.)  So both together are the most that was recorded, and
 * the larger of them is what was recorded at the least.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/compare.h"
#include "base/error.h"
#include "base/saturate.h"
#include "source/tracecmd/tracedat-private.h"

/* The kernel's text has 200 bytes, the name of an instance at most 255. */
#define TEXT_LEN_MAX	4096u

/* Of each CPU one, and what a file may have that was made to hurt */
#define STATS_MAX	(2 * SOURCE_CPUS_MAX)

#define BUFFER_KEY	"\nBuffer: "

/* Behind @key, which begins a line; 0 if that is not there.  It saturates. */
static uint64_t find_count(const char *text, const char *key)
{
	const char *found = strstr(text, key);

	if (!found || !isdigit((unsigned char)found[strlen(key)]))
		return 0;
	return strtoull(found + strlen(key), NULL, 10);
}

static int add_stats(struct tracedat *td, uint64_t cpu, const char *text)
{
	const uint64_t entries = find_count(text, "\nentries: ");
	const uint64_t read = find_count(text, "\nread events: ");

	if (cpu > UINT32_MAX || td->nr_stats == STATS_MAX)
		return 0;
	if (array_room(td->stats, td->nr_stats, td->stats_allocated,
		       "statistics of CPUs") < 0)
		return -1;
	td->stats[td->nr_stats++] = (struct tracedat_stats){
		.cpu = cpu, .texts = 1,
		.recorded = saturated_sum(entries, read),
		.recorded_least = entries > read ? entries : read,
		.dropped = saturated_sum(find_count(text, "\ncommit overrun: "),
					 find_count(text, "\ndropped events: ")),
	};
	return 0;
}

/* Do the texts behind this one, which names a buffer, belong to that to read? */
static bool is_wanted(const struct tracedat *td, const char *text)
{
	size_t len = strlen(td->wanted);

	text += strlen(BUFFER_KEY);
	return !strncmp(text, td->wanted, len) && !strcmp(text + len, "\n\n");
}

int stats_read(struct tracedat *td, struct cursor *c)
{
	char *text;
	int ret = 0;

	/* Nothing else depends on it: a text that is something else is skipped. */
	if (cursor_left(c) > TEXT_LEN_MAX)
		return 0;
	if (cursor_text(c, &text, cursor_left(c), TEXT_LEN_MAX) < 0)
		return -1;
	if (!strncmp(text, BUFFER_KEY, strlen(BUFFER_KEY)))
		td->other_stats = !is_wanted(td, text);
	else if (!td->other_stats && !strncmp(text, "CPU: ", 5) &&
		 isdigit((unsigned char)text[5]))
		ret = add_stats(td, strtoull(text + 5, NULL, 10), text);
	free(text);
	return ret;
}

static int cmp_cpu(const void *a, const void *b)
{
	const struct tracedat_stats *x = a, *y = b;

	return compare_u64(x->cpu, y->cpu);
}

/* One for each CPU.  Which of several is true cannot be told: none is used. */
static void unite(struct tracedat *td)
{
	struct tracedat_stats *to = td->stats, *s;
	unsigned int i;

	if (!td->nr_stats)
		return;
	qsort(td->stats, td->nr_stats, sizeof(*td->stats), cmp_cpu);
	for (i = 1; i < td->nr_stats; i++) {
		s = &td->stats[i];
		if (s->cpu != to->cpu) {
			*++to = *s;
			continue;
		}
		td->source.recording.nr_ambiguous += to->texts == 1;
		to->texts++;
		to->recorded = to->recorded_least = 0;
		if (s->dropped > to->dropped)
			to->dropped = s->dropped;
	}
	td->nr_stats = to - td->stats + 1;
}

/* To the stream that is read of its CPU, if it has any. */
static void give_to_streams(struct tracedat *td, bool empty)
{
	struct tracedat_stats key, *s;
	unsigned int i;

	for (i = 0; i < td->source.recording.nr_cpus; i++) {
		key.cpu = td->cpus[i].cpu;
		if (!td->cpus[i].size != empty)
			continue;
		s = bsearch(&key, td->stats, td->nr_stats, sizeof(key),
			    cmp_cpu);
		if (!s || s->has_stream)
			continue;
		s->has_stream = true;
		td->source.ends[i].recorded = s->recorded;
		td->source.ends[i].recorded_least = s->recorded_least;
	}
}

static int list_cpus(struct tracedat *td)
{
	struct recording *info = &td->source.recording;
	const struct tracedat_stats *s = td->stats;
	struct recording_events *list;

	list = calloc(2 * (size_t)td->nr_stats, sizeof(*list));
	if (!list)
		return error("out of memory: %s: statistics of %u CPUs",
			     td->path, td->nr_stats);
	td->stats_events = list;
	info->dropped = list;
	info->absent = list + td->nr_stats;
	for (; s < td->stats + td->nr_stats; s++) {
		if (s->dropped)
			list[info->nr_dropped++] = (struct recording_events){
				s->cpu, s->dropped };
		if (s->recorded && !s->has_stream && !info->unfinished)
			list[td->nr_stats + info->nr_absent++] =
				(struct recording_events){ s->cpu, s->recorded };
		saturating_add(&info->dropped_events, s->dropped);
		saturating_add(&info->recorded_events, s->recorded);
	}
	return 0;
}

int stats_finish(struct tracedat *td)
{
	if (!td->nr_stats)
		return 0;
	unite(td);
	give_to_streams(td, false);
	give_to_streams(td, true);
	return list_cpus(td);
}
