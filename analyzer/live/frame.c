// SPDX-License-Identifier: GPL-2.0
#include "live/frame.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CELLS_MAX	64u

void frame_release(struct frame *f)
{
	figures_release(&f->figures);
}

/* The cells of one line, in place; return where the next one begins. */
static char *split(char *p, char **cells, unsigned int *nr)
{
	char *to;

	for (*nr = 0; *p && *nr < CELLS_MAX;) {
		cells[(*nr)++] = to = p;
		if (*p == '"') {
			for (p++; *p && !(*p == '"' && *++p != '"');)
				*to++ = *p++;
		} else {
			while (*p && *p != ',' && *p != '\n')
				p++;
			to = p;
		}
		if (*p != ',') {
			p += *p == '\n';
			*to = '\0';
			return p;
		}
		p++;
		*to = '\0';
	}
	return p;
}

struct head {
	char *names[CELLS_MAX];
	unsigned int nr, exits;		/* the column of exits: labels are before */
	const char *unit;
};

static const char *cell(const struct head *h, char **cells, const char *name,
			const char *suffix)
{
	char text[64];
	unsigned int i;

	snprintf(text, sizeof(text), "%s%s", name, suffix);
	for (i = h->exits; i < h->nr; i++)
		if (!strcmp(h->names[i], text))
			return cells[i];
	return "";
}

static uint64_t number(const struct head *h, char **cells, const char *name)
{
	char suffix[16] = "";

	if (h->unit && strcmp(name, "exits") && strcmp(name, "backwards") &&
	    strcmp(name, h->unit))
		snprintf(suffix, sizeof(suffix), "_%s", h->unit);
	return strtoull(cell(h, cells, name, suffix), NULL, 10);
}

/* What says the same once more, or is a number for programs, is left out. */
static bool is_shown(const char *label)
{
	return strcmp(label, "row") && strcmp(label, "isa") &&
	       strcmp(label, "code") && strcmp(label, "detail_kind") &&
	       strcmp(label, "detail_value");
}

static void join(char *to, size_t size, const struct head *h, char **cells)
{
	size_t len = 0;
	unsigned int i;

	for (*to = '\0', i = 0; i < h->exits && len < size; i++)
		if (is_shown(h->names[i]) && *cells[i])
			len += snprintf(to + len, size - len, "%s%s",
					len ? " " : "", cells[i]);
}

static void fill(struct figures_row *row, const struct head *h, char **cells)
{
	row->exits = number(h, cells, "exits");
	row->cycles = number(h, cells, h->unit);
	row->min = number(h, cells, "min");
	row->p50 = number(h, cells, "p50");
	row->p99 = number(h, cells, "p99");
	row->max = number(h, cells, "max");
	row->user = number(h, cells, "user");
	row->halted = number(h, cells, "halted");
	row->off_cpu = number(h, cells, "off_cpu");
	row->has_range = row->has_percentiles = row->exits;
}

static int parse_head(struct frame *f, struct head *h)
{
	unsigned int i;

	h->exits = h->nr;
	for (i = 0; i < h->nr; i++)
		if (!strcmp(h->names[i], "exits"))
			h->exits = i;
		else if (!strcmp(h->names[i], "cycles") || !strcmp(h->names[i], "ns"))
			h->unit = h->names[i];
	if (h->exits == h->nr || !h->unit)
		return -1;
	snprintf(f->unit, sizeof(f->unit), "%s", h->unit);
	join(f->what, sizeof(f->what), h, h->names);
	return 0;
}

struct missing {
	const char *before, *lost, *unused;	/* NULL: no such line */
};

static int parse_row(struct frame *f, const struct head *h, char **cells,
		     struct missing *m)
{
	char name[FIGURES_NAME_MAX];
	struct figures_row *row;

	if (!strcmp(cells[0], "before"))
		m->before = cells[h->exits];
	else if (!strcmp(cells[0], "lost"))
		m->lost = cells[h->exits];
	else if (!strcmp(cells[0], "unused"))
		m->unused = cells[h->exits];
	else if (!strcmp(cells[0], "total"))
		fill(&f->figures.total, h, cells);
	else if (!strcmp(cells[0], "group")) {
		join(name, sizeof(name), h, cells);
		row = figures_add(&f->figures, name, strlen(name));
		if (!row)
			return -1;
		fill(row, h, cells);
	}
	return 0;
}

static void say_missing(struct frame *f, const struct missing *m, bool some_only)
{
	f->lossy = (m->lost && strcmp(m->lost, "0")) ||
		   (m->unused && strcmp(m->unused, "0"));
	if (m->lost && some_only)
		snprintf(f->missing, sizeof(f->missing),
			 "of one process: numbers of exits do not tell what is missing; see messages of lost events");
	else if (m->lost)
		snprintf(f->missing, sizeof(f->missing),
			 "missing: %s before, %s lost; %s", m->before ? m->before : "0",
			 m->lost, f->lossy ? "not whole: see the numbers of exits" :
			 "whole since then, by the numbers of exits");
	else
		snprintf(f->missing, sizeof(f->missing),
			 "round trips not used: %s; nothing proves that all exits are there: the kernel is not patched",
			 m->unused ? m->unused : "0");
}

int frame_parse(struct frame *f, char *csv, bool some_only)
{
	struct missing m = { .before = NULL };
	char *cells[CELLS_MAX];
	struct head h = { .nr = 0 };
	unsigned int nr;

	csv = split(csv, h.names, &h.nr);
	if (parse_head(f, &h) < 0)
		return -1;
	while (*csv) {
		csv = split(csv, cells, &nr);
		if (nr != h.nr || parse_row(f, &h, cells, &m) < 0)
			return -1;
	}
	figures_finish(&f->figures);
	say_missing(f, &m, some_only);
	return 0;
}
