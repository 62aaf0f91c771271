// SPDX-License-Identifier: GPL-2.0
/*
 * Events that the kernel dropped, by "v7": CPUSTAT options.
 *
 * Each holds the file per_cpu/cpuN/stats of a CPU.  Those of the top buffer come
 * first; those of an instance follow a text "\nBuffer: NAME\n\n".
 *
 * Two of the counts are all that is left of a loss: no flag in the ring buffer
 * says where it was.  "dropped events": the buffer was full, and does not
 * overwrite.  "commit overrun": it became full while an event was being written.
 * What "overrun" counts was overwritten, and the next sub-buffer has the flag.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "tracedat-private.h"

/* The kernel's text has 200 bytes, the name of an instance at most 255. */
#define TEXT_LEN_MAX	4096u

#define BUFFER_KEY	"\nBuffer: "

/* Behind @key, which begins a line; 0 if that is not there.  It saturates. */
static uint64_t find_count(const char *text, const char *key)
{
	const char *found = strstr(text, key);

	if (!found || !isdigit((unsigned char)found[strlen(key)]))
		return 0;
	return strtoull(found + strlen(key), NULL, 10);
}

static uint64_t saturated_sum(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t count_dropped(const char *text)
{
	return saturated_sum(find_count(text, "\ncommit overrun: "),
			     find_count(text, "\ndropped events: "));
}

static int add_dropped(struct tracedat *td, uint64_t cpu, uint64_t events)
{
	unsigned int n = td->info.nr_dropped;
	struct tracedat_dropped *grown;

	if (!events || cpu > UINT32_MAX || n == TRACEDAT_CPUS_MAX)
		return 0;
	grown = realloc(td->dropped, (n + 1) * sizeof(*grown));
	if (!grown)
		return error("out of memory: %s: %u CPUs that dropped events",
			     td->path, n + 1);
	grown[n].cpu = cpu;
	grown[n].events = events;
	td->dropped = grown;
	td->info.dropped = grown;
	td->info.nr_dropped = n + 1;
	td->info.dropped_events = saturated_sum(td->info.dropped_events, events);
	return 0;
}

/* Do the texts behind this one, which names a buffer, belong to that to read? */
static bool is_wanted(const struct tracedat *td, const char *text)
{
	size_t len = strlen(td->wanted);

	text += strlen(BUFFER_KEY);
	return !strncmp(text, td->wanted, len) && !strcmp(text + len, "\n\n");
}

int dropped_read(struct tracedat *td, struct cursor *c)
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
		ret = add_dropped(td, strtoull(text + 5, NULL, 10),
				  count_dropped(text));
	free(text);
	return ret;
}
