// SPDX-License-Identifier: GPL-2.0
/*
 * What differs between the recordings of a comparison, besides what it is about: what
 * makes no sense to compare is an error, all else a line that says it.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "result/compare.h"

#define LINE_MAX_BYTES	1024u
#define NAME_BYTES	160u

static int add_line(struct comparison *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static int add_line(struct comparison *c, const char *fmt, ...)
{
	char **list = realloc(c->differences,
			      (c->nr_differences + 1) * sizeof(*list));
	char line[LINE_MAX_BYTES];
	va_list args;

	if (!list)
		return error("out of memory: differences");
	c->differences = list;
	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	list[c->nr_differences] = strdup(line);
	if (!list[c->nr_differences])
		return error("out of memory: differences");
	c->nr_differences++;
	return 0;
}

static const struct view *first_of(const struct comparison *c,
				   enum compare_side side)
{
	return &c->sides[side].views[0];
}

static const char *kind_of(const struct view *v)
{
	if (v->stamped)
		return "cycles of KVM's own work, by stamps";
	return strcmp(v->unit, "ns") ? "round trips in cycles" :
				       "round trips in ns";
}

static void names_of_isas(uint32_t isas, char *text, size_t size)
{
	char buf[ISA_NAME_MAX];
	size_t used = 0;
	unsigned int i;

	*text = '\0';
	for (i = 0; i < ISA_BITS && used < size; i++)
		if (isas & 1u << i)
			used += snprintf(text + used, size - used, "%s%s",
					 used ? ", " : "",
					 isa_name(buf, isa_of_bit(i)));
}

static int check_kind(const struct view *a, const struct view *b)
{
	if (a->stamped == b->stamped && !strcmp(a->unit, b->unit))
		return 0;
	return error("cannot be compared: %s has %s, %s has %s", a->info->path,
		     kind_of(a), b->info->path, kind_of(b));
}

static int check_isas(const struct view *a, const struct view *b)
{
	char x[NAME_BYTES], y[NAME_BYTES];

	if (!a->isas || !b->isas || (a->isas & b->isas))
		return 0;
	names_of_isas(a->isas, x, sizeof(x));
	names_of_isas(b->isas, y, sizeof(y));
	return error("cannot be compared: %s has exits of %s, %s of %s: no exit reason is in both",
		     a->info->path, x, b->info->path, y);
}

/* Each with the very first: what holds between these holds between all. */
static int check_views(const struct comparison *c)
{
	const struct view *first = first_of(c, BEFORE), *v;
	unsigned int side, i;

	for (side = 0; side < SIDES; side++)
		for (i = 0; i < c->sides[side].nr; i++) {
			v = &c->sides[side].views[i];
			if (check_kind(first, v) < 0 || check_isas(first, v) < 0)
				return -1;
		}
	return 0;
}

/* A text that each recording has; what differs is said of the first ones that do. */
struct fact {
	const char *what;
	void (*get)(const struct view *v, char text[NAME_BYTES]);
};

/* The release, of "Linux HOST RELEASE VERSION... MACHINE"; unknown: "" */
static void get_kernel(const struct view *v, char text[NAME_BYTES])
{
	const char *name = v->info->uname ? v->info->uname : "", *end;

	if (!strncmp(name, "Linux ", 6) && (end = strchr(name + 6, ' ')))
		name = end + 1;
	end = strchrnul(name, ' ');
	escape_text(text, NAME_BYTES, name, end - name);
}

static void get_clock(const struct view *v, char text[NAME_BYTES])
{
	const char *name = v->info->clock ? v->info->clock : "local";

	escape_text(text, NAME_BYTES, name, strlen(name));
}

static void get_vcpus(const struct view *v, char text[NAME_BYTES])
{
	snprintf(text, NAME_BYTES, "%" PRIu64, v->vcpus);
}

static void get_vms(const struct view *v, char text[NAME_BYTES])
{
	snprintf(text, NAME_BYTES, "%" PRIu64, v->stamped ? v->vms : 0);
}

/* In MHz: what a fit is wrong by is less. */
static void get_rate(const struct view *v, char text[NAME_BYTES])
{
	struct clock_rate rate;

	*text = '\0';
	if (!strcmp(v->unit, "cycles") && clock_tsc_rate(v->info, &rate))
		snprintf(text, NAME_BYTES, "%" PRIu64 " MHz",
			 (uint64_t)((double)rate.div / rate.mult * 1000 + 0.5));
}

static const struct fact facts[] = {
	{ "kernel", get_kernel }, { "trace clock", get_clock },
	{ "vCPUs", get_vcpus }, { "VMs", get_vms }, { "TSC", get_rate },
};

static int compare_fact(struct comparison *c, const struct fact *fact)
{
	char first[NAME_BYTES], text[NAME_BYTES];
	unsigned int side, i;

	fact->get(first_of(c, BEFORE), first);
	for (side = 0; side < SIDES; side++)
		for (i = 0; i < c->sides[side].nr; i++) {
			fact->get(&c->sides[side].views[i], text);
			if (!*first || !*text || !strcmp(first, text))
				continue;
			return add_line(c, "%s: %s before, %s %s", fact->what,
					first, text,
					side == AFTER ? "after" : "in another recording before");
		}
	return 0;
}

/* Exits that are not there make counts too low. */
static int find_losses(struct comparison *c, enum compare_side side)
{
	uint64_t lost = 0, exits = 0;
	const struct view *v;
	unsigned int i, lossy = 0;

	for (i = 0; i < c->sides[side].nr; i++) {
		v = &c->sides[side].views[i];
		lossy += v->lossy;
		exits += v->exits;
		lost += v->stamped ? v->lost : v->unused;
	}
	if (!lossy)
		return 0;
	return add_line(c, "losses: %u of %u recording%s %s, %" PRIu64 " exits lost of %" PRIu64 ": counts are too low",
			lossy, c->sides[side].nr, plural_s(c->sides[side].nr),
			side == BEFORE ? "before" : "after", lost, lost + exits);
}

static bool same_recording(const struct view *a, const struct view *b)
{
	return a->exits && a->exits == b->exits && a->first_ts == b->first_ts &&
	       a->span_ns == b->span_ns &&
	       a->info->data_bytes == b->info->data_bytes;
}

static int find_same(struct comparison *c)
{
	char path[NAME_BYTES];
	unsigned int i, j;

	for (i = 0; i < c->sides[BEFORE].nr; i++)
		for (j = 0; j < c->sides[AFTER].nr; j++) {
			const struct view *a = &c->sides[BEFORE].views[i];

			if (!same_recording(a, &c->sides[AFTER].views[j]))
				continue;
			escape_text(path, sizeof(path), a->info->path,
				    strlen(a->info->path));
			return add_line(c, "the same recording is on both sides: %s",
					path);
		}
	return 0;
}

int compare_find_differences(struct comparison *c)
{
	size_t i;

	if (check_views(c) < 0 || find_same(c) < 0)
		return -1;
	for (i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		if (compare_fact(c, &facts[i]) < 0)
			return -1;
	return find_losses(c, BEFORE) < 0 ? -1 : find_losses(c, AFTER);
}
