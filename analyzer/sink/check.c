// SPDX-License-Identifier: GPL-2.0
#include "sink/check.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/compare.h"
#include "base/compiler.h"
#include "base/decimal.h"
#include "base/error.h"

int check_init(struct check *c, const struct reasons *reasons, FILE *out)
{
	memset(c, 0, sizeof(*c));
	c->reasons = reasons;
	c->out = out;
	c->where = "the log";
	return stats_table_init(&c->recent, reasons->nr);
}

void check_release(struct check *c)
{
	stats_table_release(&c->recent);
	free(c->lines);
	free(c->reports);
	memset(c, 0, sizeof(*c));
}

int check_add(struct check *c, const struct check_line *line)
{
	if (array_room(c->lines, c->nr_lines, c->lines_allocated,
		       "lines of reports") < 0)
		return -1;
	c->lines[c->nr_lines] = *line;
	c->lines[c->nr_lines].order = c->nr_lines;
	c->nr_lines++;
	return 0;
}

void check_restart(struct check *c)
{
	c->nr_lines = 0;
}

static int cmp_key(uint32_t epoch, uint64_t report, uint32_t epoch2,
		   uint64_t report2)
{
	if (epoch != epoch2)
		return epoch < epoch2 ? -1 : 1;
	return report < report2 ? -1 : report > report2;
}

static int cmp_line(const void *a, const void *b)
{
	const struct check_line *x = a, *y = b;
	int ret = cmp_key(x->epoch, x->report, y->epoch, y->report);

	if (!ret)
		ret = (x->slot > y->slot) - (x->slot < y->slot);
	return ret ? ret : compare_u64(x->order, y->order);
}

int check_add_event(struct check *c, const struct event_stats *e)
{
	struct check_line line = { .epoch = e->epoch, .report = e->report };

	if (e->kind == STATS_TOTAL)
		line.slot = CHECK_TOTAL;
	else if (e->kind > STATS_OTHER || !isa_valid(e->isa))
		return 0;
	else if (e->kind == STATS_OTHER)
		line.slot = c->reasons->other[e->isa];
	else
		line.slot = reasons_slot(c->reasons, e->isa, e->code);
	line.cell.exits = e->exits;
	line.cell.cycles = e->cycles;
	line.cell.min = e->min;
	line.cell.max = e->max;
	line.cell.user = e->user;
	line.cell.halted = e->halted;
	line.cell.off_cpu = e->off_cpu;
	line.cell.backwards = e->backwards;
	return check_add(c, &line);
}

int check_add_stats(struct check *c, const struct by_number *walk)
{
	const struct by_number_stream *st;
	unsigned int i;
	size_t j;

	c->where = "kvm_exit_stats";
	for (i = 0; i < walk->nr_streams; i++) {
		st = &walk->streams[i];
		for (j = 0; j < st->nr_stats; j++)
			if (check_add_event(c, &st->stats[j]) < 0)
				return -1;
	}
	return 0;
}

int check_finish_kernel(struct check *c)
{
	struct check_report *r = NULL;
	size_t i;

	if (!c->nr_lines)
		return 0;
	qsort(c->lines, c->nr_lines, sizeof(*c->lines), cmp_line);
	c->reports = calloc(c->nr_lines, sizeof(*c->reports));
	if (!c->reports)
		return error("out of memory: %zu reports", c->nr_lines);
	for (i = 0; i < c->nr_lines; i++) {
		if (!r || cmp_key(r->epoch, r->report, c->lines[i].epoch,
				  c->lines[i].report)) {
			r = &c->reports[c->nr_reports++];
			r->epoch = c->lines[i].epoch;
			r->report = c->lines[i].report;
			r->first = i;
		}
		r->nr++;
	}
	return 0;
}

/* The first one, should there be several: they are sorted. */
static const struct check_line *find_line(const struct check *c,
					  const struct check_report *r,
					  int slot)
{
	size_t low = r->first, end = r->first + r->nr, high = end, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (c->lines[middle].slot < slot)
			low = middle + 1;
		else
			high = middle;
	}
	return low < end && c->lines[low].slot == slot ? &c->lines[low] : NULL;
}

/* The line for the total is there, and the others have as many exits. */
static bool is_whole(const struct check *c, const struct check_report *r)
{
	const struct check_line *total = find_line(c, r, CHECK_TOTAL);
	uint64_t exits = 0;
	size_t i;

	for (i = r->first; i < r->first + r->nr; i++)
		if (c->lines[i].slot != CHECK_TOTAL)
			exits += c->lines[i].cell.exits;
	return total && total->cell.exits == exits;
}

/*
 * May @r lack lines without being wrong?  A log lacks the begin of its first
 * report, when it wrapped, or the end of its last.
 */
static bool is_cut(const struct check *c, const struct check_report *r)
{
	bool first = r == c->reports, last = r == c->reports + c->nr_reports - 1;

	if (is_whole(c, r))
		return false;
	if (c->tolerant || (first && !find_line(c, r, CHECK_TOTAL)))
		return true;
	return last && find_line(c, r, CHECK_TOTAL);
}

static void print_verdict(struct check *c, uint32_t epoch, uint64_t report,
			  const char *verdict)
{
	if (!c->out)
		return;
	fprintf(c->out, "check: epoch %" PRIu32 " report %" PRIu64 ": %s\n",
		epoch, report, verdict);
}

/* What is compared, and how. */
struct comparison {
	struct check *c;
	const struct check_report *kernel;
	const struct check_report *base;	/* NULL: compare in full */
	const struct stats_table *table;	/* recorded */
	bool different;
};

static void set_different(struct comparison *cmp)
{
	if (!cmp->different)
		print_verdict(cmp->c, cmp->kernel->epoch, cmp->kernel->report,
			      cmp->base ? "different since the report before" :
					  "different");
	cmp->different = true;
}

static void print_absence(struct comparison *cmp, const char *line,
			  const char *where)
{
	set_different(cmp);
	if (!cmp->c->out)
		return;
	fprintf(cmp->c->out, "check:   %s: not in %s\n", line, where);
}

static void print_difference(struct comparison *cmp, const char *line,
			     const char *key, uint64_t kernel, u128 recorded)
{
	char buf[DECIMAL_U128_MAX];

	set_different(cmp);
	if (!cmp->c->out)
		return;
	fprintf(cmp->c->out, "check:   %s: %s: kernel %" PRIu64
		", recording %s\n", line, key, kernel,
		decimal_u128(buf, recorded));
}

static void line_name(const struct check *c, int slot, char *buf, size_t size)
{
	char isa[ISA_NAME_MAX];

	if (slot == CHECK_TOTAL)
		snprintf(buf, size, "total");
	else if (slot == CHECK_UNKNOWN)
		snprintf(buf, size, "a reason the recording does not name");
	else
		snprintf(buf, size, "%s %s",
			 isa_name(isa, c->reasons->slots[slot].isa),
			 c->reasons->slots[slot].name);
}

/*
 * Only one of the two has such a line.  Where reports are subtracted, one of the
 * kernel may well have no exit since the one before.
 */
static bool is_absent(struct comparison *cmp, const char *name,
		      const struct check_line *kernel,
		      const struct stats_cell *recorded)
{
	if (!kernel)
		print_absence(cmp, name, cmp->c->where);
	else if (!cmp->base && kernel->cell.exits && !recorded->exits)
		print_absence(cmp, name, "the recording");
	else
		return false;
	return true;
}

/* All that a line has, as the kernel has it: its sums have 64 bits. */
static bool is_same(const struct stats_cell *a, const struct stats_cell *b)
{
	return a->exits == b->exits && a->untimed == b->untimed &&
	       (uint64_t)a->cycles == (uint64_t)b->cycles &&
	       a->min == b->min && a->max == b->max &&
	       (uint64_t)a->user == (uint64_t)b->user &&
	       (uint64_t)a->halted == (uint64_t)b->halted &&
	       (uint64_t)a->off_cpu == (uint64_t)b->off_cpu &&
	       a->backwards == b->backwards;
}

/* @base may be NULL: no such line, all values are 0. */
static void compare_line(struct comparison *cmp, int slot,
			 const struct check_line *kernel,
			 const struct check_line *base,
			 const struct stats_cell *recorded)
{
	unsigned int where = slot == CHECK_TOTAL ? COLUMN_REPORT_TOTAL :
						   COLUMN_REPORT;
	struct group theirs, before, ours;
	const struct column *col;
	char name[REASON_NAME_MAX + 8];
	uint64_t k, r;
	unsigned int i;

	/* Nearly always; the columns say in which figure a line differs. */
	if (kernel && !kernel->has_avg && !cmp->base &&
	    is_same(&kernel->cell, recorded))
		return;
	line_name(cmp->c, slot, name, sizeof(name));
	if (is_absent(cmp, name, kernel, recorded))
		return;
	theirs.cell = kernel->cell;
	ours.cell = *recorded;
	if (base)
		before.cell = base->cell;
	for (i = 0; i < nr_columns; i++) {
		col = &columns[i];
		if (!(col->flags & where) || (col->flags & COLUMN_UNTIMED))
			continue;
		if (cmp->base && !(col->flags & COLUMN_SUM))
			continue;
		k = report_value(col, &theirs);
		if (kernel->has_avg && !strcmp(col->key, "avg"))
			k = kernel->avg;
		if (base)
			k -= (uint64_t)report_value(col, &before);
		r = report_value(col, &ours);
		if (k != r)
			print_difference(cmp, name, col->key, k, r);
	}
}

/* Lines of a report of the kernel, in the order of their slots */
struct lines_left {
	const struct check_line *line, *end;
};

static struct lines_left lines_of(const struct check *c, const struct check_report *r)
{
	const struct check_line *first = r ? &c->lines[r->first] : NULL;

	return (struct lines_left){ first, r ? first + r->nr : NULL };
}

/* As find_line(), where slots are asked for in their order */
ALWAYS_INLINE const struct check_line *next_line(struct lines_left *l, int slot)
{
	while (l->line < l->end && l->line->slot < slot)
		l->line++;
	return l->line < l->end && l->line->slot == slot ? l->line : NULL;
}

ALWAYS_INLINE void compare_slot(struct comparison *cmp, int slot,
				const struct stats_cell *recorded,
				struct lines_left *theirs, struct lines_left *before)
{
	const struct check_line *kernel = next_line(theirs, slot);
	const struct check_line *base = next_line(before, slot);

	if (kernel || base || recorded->exits)
		compare_line(cmp, slot, kernel, base, recorded);
}

/* Two lines for one reason: the second is not seen by find_line(). */
static void compare_duplicates(struct comparison *cmp)
{
	const struct check_report *r = cmp->kernel;
	const struct check_line *line;
	char name[REASON_NAME_MAX + 8];
	bool twice;
	size_t i;

	for (i = r->first; i < r->first + r->nr; i++) {
		line = &cmp->c->lines[i];
		twice = i > r->first && line[-1].slot == line->slot;
		if (line->slot != CHECK_UNKNOWN && !twice)
			continue;
		line_name(cmp->c, line->slot, name, sizeof(name));
		print_difference(cmp, name, line->slot == CHECK_UNKNOWN ?
				 "exits" : "exits, once more", line->cell.exits, 0);
	}
}

static void compare(struct check *c, const struct check_report *kernel,
		    const struct check_report *base,
		    const struct stats_table *table)
{
	struct comparison cmp = { c, kernel, base, table, false };
	struct stats_cell total = stats_table_total(table);
	struct lines_left theirs = lines_of(c, kernel), before = lines_of(c, base);
	unsigned int slot;

	compare_slot(&cmp, CHECK_TOTAL, &total, &theirs, &before);
	for (slot = 0; slot < table->nr_slots; slot++)
		compare_slot(&cmp, slot, &table->cells[slot], &theirs, &before);
	compare_duplicates(&cmp);
	if (cmp.different) {
		c->counts.different++;
		return;
	}
	c->counts.equal++;
	print_verdict(c, kernel->epoch, kernel->report,
		      base ? "equal since the report before" : "equal");
}

static void not_recorded(struct check *c, const struct check_report *r)
{
	if (is_cut(c, r)) {
		c->counts.cut++;
		print_verdict(c, r->epoch, r->report, "cut");
		return;
	}
	c->counts.not_recorded++;
	print_verdict(c, r->epoch, r->report, "not recorded");
}

/* Reports of the kernel before (@epoch, @report) were not recorded at all. */
static void skip_to(struct check *c, uint32_t epoch, uint64_t report)
{
	while (c->next < c->nr_reports &&
	       cmp_key(c->reports[c->next].epoch, c->reports[c->next].report,
		       epoch, report) < 0) {
		not_recorded(c, &c->reports[c->next++]);
		c->base = NULL;
	}
}

static void give_verdict(struct check *c, const struct check_report *k,
			 const struct proof_report *r)
{
	if (is_cut(c, k)) {
		c->counts.cut++;
		print_verdict(c, k->epoch, k->report, "cut");
	} else if (r->proven) {
		compare(c, k, NULL, r->total);
	} else if (c->base && !is_cut(c, c->base)) {
		compare(c, k, c->base, &c->recent);
	} else {
		not_recorded(c, k);
	}
}

void check_recorded(struct check *c, const struct proof_report *r)
{
	const struct check_report *k;

	skip_to(c, r->epoch, r->report);
	if (!r->follows)
		c->base = NULL;
	if (!r->complete)
		c->base = NULL;
	if (c->base)
		stats_table_merge(&c->recent, r->recent);
	k = c->next < c->nr_reports ? &c->reports[c->next] : NULL;
	if (!k || cmp_key(k->epoch, k->report, r->epoch, r->report)) {
		if (!r->proven || r->skipped)
			return;
		c->counts.only_recorded++;
		print_verdict(c, r->epoch, r->report, "only in the recording");
		return;
	}
	give_verdict(c, k, r);
	c->next++;
	c->base = k;
	stats_table_clear(&c->recent);
}

void check_finish(struct check *c)
{
	const struct check_counts *n = &c->counts;

	skip_to(c, UINT32_MAX, UINT64_MAX);
	if (!c->out)
		return;
	fprintf(c->out, "check: %" PRIu64 " equal, %" PRIu64 " different, %"
		PRIu64 " not recorded, %" PRIu64 " only in the recording, %"
		PRIu64 " cut\n", n->equal, n->different, n->not_recorded,
		n->only_recorded, n->cut);
}
