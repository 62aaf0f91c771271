// SPDX-License-Identifier: GPL-2.0
#include "output/summary.h"

#include <inttypes.h>
#include <string.h>

#include "base/decimal.h"
#include "base/error.h"
#include "base/output.h"
#include "base/saturate.h"
#include "output/bar.h"
#include "output/table-private.h"

#define WIDTH_USUAL	80u	/* where nobody says how wide it is */
#define WIDTH_MIN	40u
#define LABEL_WIDTH	11u	/* "recording  " */
#define RATE_SPAN_MIN	10000000u	/* ns: of less, exits a second mean nothing */
#define BAR_MIN		8u
#define BAR_MAX		40u
#define NR(array)	(sizeof(array) / sizeof((array)[0]))

/* Select Graphic Rendition, as ECMA-48 has it */
#define BOLD	"1"
#define RED	"31"
#define GREEN	"32"
#define YELLOW	"33"
#define CYAN	"36"

struct page {
	const struct summary *s;
	const struct view *v;		/* of exits */
	FILE *out;
	unsigned int width;
	unsigned int column;		/* of the line that is written */
	unsigned int lines;		/* that are */
	bool differs;			/* a report does */
};

static void begin_color(struct page *p, const char *color)
{
	if (color && p->v->opt->color)
		fprintf(p->out, "\033[%sm", color);
}

static void end_color(struct page *p, const char *color)
{
	begin_color(p, color ? "0" : NULL);
}

/* How many columns a text takes: bytes that do not continue a character */
static unsigned int columns_of(const char *text)
{
	unsigned int n = 0;

	for (; *text; text++)
		n += (*text & 0xc0) != 0x80;
	return n;
}

static void put(struct page *p, const char *color, const char *text)
{
	begin_color(p, color);
	fputs(text, p->out);
	end_color(p, color);
	p->column += columns_of(text);
}

static void end_line(struct page *p)
{
	putc('\n', p->out);
	p->column = 0;
	p->lines++;
}

static void pad_to(struct page *p, unsigned int column)
{
	while (p->column < column)
		put(p, NULL, " ");
}

static void put_right(struct page *p, const char *text, unsigned int width)
{
	unsigned int used = columns_of(text);

	if (used < width)
		pad_to(p, p->column + width - used);
	put(p, NULL, text);
}

/* Facts, behind what they are of */

static void begin_facts(struct page *p, const char *label)
{
	put(p, BOLD, label);
	pad_to(p, LABEL_WIDTH);
}

/* @text is put into the next line if there is no room in this one. */
static void put_fact(struct page *p, const char *color, const char *text)
{
	if (p->column > LABEL_WIDTH) {
		put(p, NULL, ",");
		if (p->column + 1 + columns_of(text) >= p->width) {
			end_line(p);
			pad_to(p, LABEL_WIDTH);
		} else {
			put(p, NULL, " ");
		}
	}
	put(p, color, text);
}

/* "1,234 exits": @what is of one, and gets an s for others */
static const char *count_text(char cell[CELL_MAX], uint64_t n, const char *what)
{
	char digits[DECIMAL_U128_MAX];

	decimal_group(cell, decimal_u128(digits, n));
	strcat(cell, " ");
	strcat(cell, what);
	return n == 1 ? cell : strcat(cell, "s");
}

/* The end of a path says more than its begin. */
static void put_path(struct page *p, const char *path)
{
	unsigned int room = p->width - LABEL_WIDTH - 2, used;
	char text[1024];
	const char *from = text;

	escape_text(text, sizeof(text), path, strlen(path));
	used = columns_of(text);
	if (used <= room) {
		put_fact(p, NULL, text);
		return;
	}
	for (; used + 3 > room || (*from & 0xc0) == 0x80; from++)
		used -= (*from & 0xc0) != 0x80;
	put(p, NULL, "...");
	put(p, NULL, from);
}

static void print_recording(struct page *p)
{
	const struct view *v = p->v;
	char scaled[UNIT_TEXT_MAX], text[CELL_MAX];

	begin_facts(p, "recording");
	put_path(p, v->info->path);
	if (v->has_span) {
		decimal_group(text, unit_scale(scaled, v->span_ns));
		put_fact(p, NULL, text);
	}
	put_fact(p, NULL, v->stamped ? "kernel patched" :
		 v->patched ? "kernel patched, but not counting" :
			      "kernel not patched");
	end_line(p);
}

static void print_guests(struct page *p)
{
	const struct view *v = p->v;
	char text[CELL_MAX + 64], isa[ISA_NAME_MAX];
	unsigned int i;

	begin_facts(p, "guests");
	for (i = 0; i < ISA_BITS; i++)
		if (v->isas & 1u << i)
			put_fact(p, NULL, isa_name(isa, isa_of_bit(i)));
	put_fact(p, NULL, count_text(text, v->vcpus, v->stamped ? "vCPU" :
						     "vCPU thread"));
	if (v->stamped)
		put_fact(p, NULL, count_text(text, v->vms, "VM"));
	snprintf(text, sizeof(text), "on %u CPU%s", v->info->nr_cpus,
		 plural_s(v->info->nr_cpus));
	put_fact(p, NULL, text);
	end_line(p);
}

/* Return 1 if any are. */
static int put_missing(struct page *p, uint64_t n, const char *what,
		       const char *how)
{
	char text[CELL_MAX + 64];

	if (!n)
		return 0;
	count_text(text, n, what);
	strcat(text, how);
	put_fact(p, YELLOW, text);
	return 1;
}

/* What the recording lacks, each kind of it.  Return 0 if that is nothing. */
static int put_losses(struct page *p)
{
	int kinds;
	const struct view *v = p->v;
	uint64_t events = v->losses.lost_events;

	saturating_add(&events, v->info->dropped_events);
	kinds = put_missing(p, v->losses.unread, "byte", " of events not read");
	if (v->stamped) {
		kinds += put_missing(p, v->before, "exit", " before it began");
		kinds += put_missing(p, v->lost, "exit", " lost");
	} else {
		kinds += put_missing(p, events, "event", " lost");
		kinds += put_missing(p, v->losses.lost_uncounted, "place",
				     " where more are lost");
		kinds += put_missing(p, v->unused, "round trip", " not used");
	}
	kinds += put_missing(p, v->left_out, "input", " left out");
	return kinds + put_missing(p, v->lacking, "event", " not in the file");
}

static void print_exits(struct page *p)
{
	const struct view *v = p->v;
	char text[CELL_MAX + 64], digits[DECIMAL_U128_MAX], rate[DECIMAL_MAX];

	begin_facts(p, "exits");
	decimal_group(text, decimal_u128(digits, v->exits));
	put_fact(p, NULL, strcat(text, " recorded"));
	if (v->has_span && v->span_ns >= RATE_SPAN_MIN) {
		decimal_text(rate, decimal_ratio(v->exits, v->span_ns, 9), 0);
		decimal_group(text, rate);
		strcat(text, " a second");
		put_fact(p, NULL, text);
	}
	if (!put_losses(p))
		put_fact(p, v->lossy ? YELLOW : GREEN, v->lossy ?
			 "damaged: see the warnings" : "nothing is missing");
	put_missing(p, v->total.cell.backwards, "exit",
		    " of negative length, taken as 0");
	end_line(p);
}

/* Exits over time */

#define CURVE_TEXT	27u	/* columns of what stands behind the curve, at most */
#define CURVE_MAX	60u
#define FACTS_USUAL	5u	/* lines above, where there is room for one more */

static unsigned int page_width(const struct view_options *opt)
{
	return !opt->width ? WIDTH_USUAL :
	       opt->width < WIDTH_MIN ? WIDTH_MIN : opt->width;
}

uint64_t summary_bucket(const struct view_options *opt, uint64_t span_ns)
{
	unsigned int nr = page_width(opt) - LABEL_WIDTH;

	if (span_ns < RATE_SPAN_MIN)
		return 0;
	nr = nr > 2 * CURVE_TEXT ? nr - CURVE_TEXT : nr / 2;
	return span_ns / (nr < CURVE_MAX ? nr : CURVE_MAX) + 1;
}

static void count_buckets(const struct view *v, uint64_t counts[CURVE_MAX])
{
	size_t i;

	for (i = 0; i < v->groups.nr; i++)
		if (v->groups.list[i].key.ts < CURVE_MAX)
			counts[v->groups.list[i].key.ts] += v->groups.list[i].cell.exits;
}

static void print_over_time(struct page *p)
{
	const struct view *v = p->s->over_time;
	const uint64_t width_ns = v->groups.width_ns;
	uint64_t counts[CURVE_MAX] = { 0 }, most = 0;
	char text[CELL_MAX], rate[DECIMAL_MAX];
	unsigned int i, nr = v->span_ns / width_ns + 1;

	count_buckets(v, counts);
	for (i = 0; i < nr && i < CURVE_MAX; i++)
		if (counts[i] > most)
			most = counts[i];
	begin_facts(p, "over time");
	begin_color(p, CYAN);
	for (i = 0; i < nr && i < CURVE_MAX; i++)
		bar_print_level(p->out, p->v->opt->blocks, counts[i], most);
	end_color(p, CYAN);
	decimal_text(rate, decimal_ratio(most, width_ns, 9), 0);
	decimal_group(text, rate);
	put(p, NULL, "  up to ");
	put(p, NULL, text);
	put(p, NULL, " a second");
	end_line(p);
}

/* Of all recordings.  Return false if it is not known of one of them. */
static bool sum_proofs(const struct view *v, struct view_proof *sum)
{
	size_t i;

	*sum = (struct view_proof){ .compared = true, .whole = true };
	for (i = 0; i < v->nr_sources; i++) {
		const struct view_proof *one = &v->sources[i].proof;

		if (!one->known)
			return false;
		saturating_add(&sum->reports, one->reports);
		saturating_add(&sum->equal, one->equal);
		saturating_add(&sum->different, one->different);
		sum->compared = sum->compared && one->compared;
		sum->whole = sum->whole && one->whole;
	}
	return true;
}

static void put_comparison(struct page *p, const struct view_proof *proof)
{
	char text[CELL_MAX + 64];

	if (!proof->compared) {
		put_fact(p, NULL, p->s->is_state ?
			 "not compared: a state has no figures of the kernel" :
			 "not compared: no kvm_exit_stats recorded");
		return;
	}
	if (proof->different) {
		p->differs = true;
		snprintf(text, sizeof(text), "%" PRIu64 " DIFFER from the kernel's own figures",
			 proof->different);
		put_fact(p, RED, text);
	}
	if (proof->equal || !proof->different) {
		snprintf(text, sizeof(text), "%" PRIu64 " equal%s the kernel's own figures",
			 proof->equal, proof->equal == 1 ? "s" : "");
		put_fact(p, GREEN, text);
	}
}

/* Of none that is proven: why */
static const char *why_unproven(const struct view *v)
{
	return v->before ? "they count exits before the recording: reset first" :
	       v->lost ? "exits of each are lost" :
			 "no report ended while this was recorded";
}

static void print_proof(struct page *p)
{
	struct view_proof proof;
	char text[CELL_MAX + 64];

	begin_facts(p, "reports");
	if (!p->v->stamped) {
		put_fact(p, NULL, p->v->patched ?
			 "none: the kernel's parameter kvm.exit_cycles was off" :
			 "none: such a kernel does not count exits itself");
	} else if (!sum_proofs(p->v, &proof)) {
		put_fact(p, YELLOW, "not known which are proven: not all was read");
	} else {
		count_text(text, proof.reports, "report");
		memmove(strchr(text, ' ') + 1, "proven", sizeof("proven"));
		put_fact(p, proof.reports ? GREEN : YELLOW, text);
		if (!proof.reports)
			put_fact(p, NULL, why_unproven(p->v));
		if (proof.reports || proof.equal || proof.different)
			put_comparison(p, &proof);
		if (proof.reports && !proof.whole)
			put_fact(p, NULL, "some exits are in none of them");
	}
	end_line(p);
}

/* Where the time of vCPUs went */

static void get_cell(const struct view *v, const char *key,
		     const struct group *g, char cell[CELL_MAX])
{
	const struct column *col = columns_find(v->opt->subject, key);
	struct value value;

	columns_get(v, col, g, &value);
	table_format(v, col, &value, cell);
}

static const struct {
	enum times_part part;
	const char *name, *key, *share;
} parts[] = {
	{ TIMES_GUEST, "guest", "guest", "guest_percent" },
	{ TIMES_PROCESSING, "KVM", "processing", "processing_percent" },
	{ TIMES_USER, "user", "user", "user_percent" },
	{ TIMES_HALTED, "halted", "halted", "halted_percent" },
	{ TIMES_OFF_CPU, "off CPU", "off_cpu", "off_cpu_percent" },
	{ TIMES_TRACED, "traced", "traced", "traced_percent" },
	{ TIMES_UNKNOWN, "unknown", "unknown", "unknown_percent" },
	{ TIMES_BEFORE, "not begun", "before", "before_percent" },
	{ TIMES_AFTER, "ended", "after", "after_percent" },
};

#define NR_PARTS	(sizeof(parts) / sizeof(parts[0]))
#define PARTS_SHOWN	5u	/* the others in one line, if there are any */

static void put_bar(struct page *p, u128 part, u128 whole, unsigned int room)
{
	begin_color(p, CYAN);
	p->column += bar_print(p->out, p->v->opt->blocks, part, whole, room);
	end_color(p, CYAN);
}

/* All that is left of the line, within reason */
static unsigned int bar_room(const struct page *p, unsigned int used)
{
	unsigned int room = p->width > used ? p->width - used : 0;

	return room > BAR_MAX ? BAR_MAX : room;
}

static void print_part(struct page *p, size_t i, u128 most,
		       unsigned int cell_width)
{
	const struct view *v = p->s->times;
	char cell[CELL_MAX];

	put(p, NULL, "  ");
	put(p, NULL, parts[i].name);
	pad_to(p, LABEL_WIDTH);
	get_cell(v, parts[i].share, &v->total, cell);
	put_right(p, cell, 6);
	put(p, NULL, strcmp(cell, "-") ? "%  " : "   ");
	get_cell(v, parts[i].key, &v->total, cell);
	put_right(p, cell, cell_width);
	put(p, NULL, "  ");
	if (v->total.times)
		put_bar(p, v->total.times->part[parts[i].part], most,
			bar_room(p, p->column));
	end_line(p);
}

/* "  traced 1.42%, unknown 0.30%": what is not nothing */
static void print_small_parts(struct page *p)
{
	const struct view *v = p->s->times;
	char cell[CELL_MAX], text[2 * CELL_MAX];
	const char *before = "  and ";
	size_t i;

	for (i = PARTS_SHOWN; i < NR_PARTS; i++) {
		if (!v->total.times || !v->total.times->part[parts[i].part])
			continue;
		get_cell(v, parts[i].share, &v->total, cell);
		snprintf(text, sizeof(text), "%s%s %s%%", before, parts[i].name,
			 cell);
		put(p, NULL, text);
		before = ", ";
	}
	if (p->column)
		end_line(p);
}

static void print_times(struct page *p)
{
	const struct view *v = p->s->times;
	char cell[CELL_MAX], text[CELL_MAX + 64];
	unsigned int width = 0;
	u128 most = 0;
	size_t i;

	get_cell(v, "span", &v->total, cell);
	snprintf(text, sizeof(text), "Where the time of all vCPUs went, %s%s%s",
		 cell, v->shown.scaled ? "" : " ",
		 v->shown.scaled ? "" : columns_unit(v));
	put(p, BOLD, text);
	end_line(p);
	for (i = 0; i < PARTS_SHOWN; i++) {
		get_cell(v, parts[i].key, &v->total, cell);
		if (columns_of(cell) > width)
			width = columns_of(cell);
		if (v->total.times && v->total.times->part[parts[i].part] > most)
			most = v->total.times->part[parts[i].part];
	}
	for (i = 0; i < PARTS_SHOWN; i++)
		print_part(p, i, most, width);
	print_small_parts(p);
}

/* The reasons that cost most */

enum cell_kind {
	CELL_REASON,
	CELL_EXITS,
	CELL_SUM,
	CELL_SHARE,
	CELL_AVG,		/* from here on: if there is room */
	CELL_MOSTLY,		/* what the next two are of; not without stamps */
	CELL_P99,
	CELL_MAX_OF_ALL,
	CELLS,
};

static const struct {
	const char *key, *header;	/* NULL: by the view */
} cells[CELLS] = {
	[CELL_REASON] = { "reason", "exit reason" },
	[CELL_EXITS] = { "exits", "exits" },
	[CELL_SUM] = { "cycles", NULL },
	[CELL_SHARE] = { "cycles_percent", "share%" },
	[CELL_AVG] = { "avg", "avg" },
	[CELL_MOSTLY] = { "mostly", "mostly" },
	[CELL_P99] = { "mostly_p99", "p99" },
	[CELL_MAX_OF_ALL] = { "mostly_max", "max" },
};

/* What there is room for, first things first */
static const enum cell_kind wishes[] = {
	CELL_MOSTLY, CELL_P99, CELL_MAX_OF_ALL, CELL_AVG,
};

static const enum cell_kind wishes_unstamped[] = {
	CELL_AVG, CELL_P99, CELL_MAX_OF_ALL,
};

/* The table: its header, the first reasons, all others in one row */
struct reasons_table {
	struct page *p;
	unsigned int width[CELLS], room;
	bool shown[CELLS];
	u128 most;
};

static void get_reason_cell(const struct view *v, const struct group *g,
			    enum cell_kind kind, char cell[CELL_MAX])
{
	if (kind == CELL_REASON && g == &v->more)
		count_text(cell, v->nr_more, "other");
	else if (v->each_part)
		get_cell(v, cells[kind].key, g, cell);
	else
		get_cell(v, kind == CELL_P99 ? "p99" : kind == CELL_MAX_OF_ALL ?
			 "max" : cells[kind].key, g, cell);
	/* As it is called above */
	if (kind == CELL_MOSTLY && !strcmp(cell, stats_of_name(STATS_OF_CYCLES)))
		strcpy(cell, "KVM");
}

static const char *header_of(const struct view *v, enum cell_kind kind)
{
	if (cells[kind].header)
		return cells[kind].header;
	if (!v->shown.scaled)
		return columns_unit(v);
	/* Whole round trips have whatever was between exit and entry. */
	return v->stamped ? "KVM time" : "trip time";
}

static void measure_reason(struct reasons_table *t, const struct group *g)
{
	const struct view *v = t->p->v;
	char cell[CELL_MAX];
	unsigned int i;

	for (i = 0; i < CELLS; i++) {
		get_reason_cell(v, g, i, cell);
		if (columns_of(cell) > t->width[i])
			t->width[i] = columns_of(cell);
	}
	if (g->cell.cycles > t->most)
		t->most = g->cell.cycles;
}

/* Cells that fit beside a bar, and how long that may be */
static void fit_reasons(struct reasons_table *t)
{
	const bool parts = t->p->v->each_part;
	const enum cell_kind *wish = parts ? wishes : wishes_unstamped;
	unsigned int nr = parts ? NR(wishes) : NR(wishes_unstamped);
	unsigned int used = 2 + BAR_MIN, i;

	for (i = 0; i < CELL_AVG; i++) {
		t->shown[i] = true;
		used += 2 + t->width[i];
	}
	for (; nr && used + 2 + t->width[*wish] <= t->p->width; nr--, wish++) {
		t->shown[*wish] = true;
		used += 2 + t->width[*wish];
	}
	if (t->shown[CELL_MOSTLY] && !t->shown[CELL_P99]) {
		t->shown[CELL_MOSTLY] = false;
		used -= 2 + t->width[CELL_MOSTLY];
	}
	t->room = bar_room(t->p, used - BAR_MIN);
}

/* @g: NULL for the header */
static void print_reason(struct reasons_table *t, const struct group *g)
{
	struct page *p = t->p;
	char cell[CELL_MAX];
	unsigned int i, end;

	for (i = 0; i < CELLS; i++) {
		if (!t->shown[i])
			continue;
		if (g)
			get_reason_cell(p->v, g, i, cell);
		else
			strcpy(cell, header_of(p->v, i));
		put(p, NULL, "  ");
		end = p->column + t->width[i];
		if (i == CELL_REASON)
			put(p, g ? NULL : BOLD, cell);
		else if (i == CELL_MOSTLY)
			put(p, NULL, cell);
		else
			put_right(p, cell, t->width[i]);
		pad_to(p, end);
		if (i != CELL_SHARE)
			continue;
		put(p, NULL, "  ");
		end = p->column + t->room;
		if (g)
			put_bar(p, g->cell.cycles, t->most, t->room);
		if (t->shown[CELL_AVG] || t->shown[CELL_P99])
			pad_to(p, end);
	}
	end_line(p);
}

static void print_reasons(struct page *p)
{
	struct reasons_table t = { .p = p };
	const struct view *v = p->v;
	size_t i;

	for (i = 0; i < CELLS; i++)
		t.width[i] = columns_of(header_of(v, i));
	for (i = 0; i < v->nr_shown; i++)
		measure_reason(&t, v->sorted[i]);
	if (v->nr_more)
		measure_reason(&t, &v->more);
	fit_reasons(&t);
	print_reason(&t, NULL);
	for (i = 0; i < v->nr_shown; i++)
		print_reason(&t, v->sorted[i]);
	if (v->nr_more)
		print_reason(&t, &v->more);
}

/* What to type next */

#define NEXT_LINES	2u

/* As a shell takes it; "FILE" if that cannot be shown. */
static const char *quote_path(char text[1024], const char *path)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
		"_-./+,:@%";
	size_t len = path ? strlen(path) : 0;

	if (!len || *path == '-' || len > 200)
		return "FILE";
	if (strspn(path, plain) == len)
		return path;
	if (strchr(path, '\'') || strchr(path, '\\') ||
	    escape_text(text + 1, 1022, path, len) < len || strlen(text + 1) > len)
		return "FILE";
	*text = '\'';
	return strcat(text, "'");
}

static void put_next(struct page *p, const char *option, const char *why)
{
	char quoted[1024], text[1400];
	const char *program = p->s->program ? p->s->program : "kvm-exit-cycles";

	snprintf(text, sizeof(text), "%s%s %s", program, option,
		 p->s->path ? quote_path(quoted, p->s->path) : "FILE...");
	pad_to(p, LABEL_WIDTH);
	put(p, NULL, text);
	if (p->column + 4 + columns_of(why) <= p->width) {
		put(p, NULL, "  # ");
		put(p, NULL, why);
	}
	end_line(p);
}

static void print_next(struct page *p)
{
	begin_facts(p, "next");
	if (!p->s->path)
		put_next(p, " --by=recording,reason", "each by itself");
	else if (p->s->is_state)
		put_next(p, " --by=vcpu,reason", "of each vCPU");
	else
		put_next(p, " --by=reason,detail --top=20",
			 "which port, MSR, address");
	if (p->differs && p->s->path)
		put_next(p, " --check", "which figures differ");
	else if (p->s->path && !p->s->is_state)
		put_next(p, " --list", "the most expensive exits");
	else
		put_next(p, " --view=time", "of each vCPU");
}

int summary_print(const struct summary *s, FILE *out)
{
	struct page p = { .s = s, .v = s->exits, .out = out,
			  .width = page_width(s->exits->opt) };

	print_recording(&p);
	print_guests(&p);
	print_exits(&p);
	print_proof(&p);
	if (s->over_time && p.lines < FACTS_USUAL + 1)
		print_over_time(&p);
	if (s->times) {
		end_line(&p);
		print_times(&p);
	}
	end_line(&p);
	print_reasons(&p);
	if (p.lines + 1 + NEXT_LINES <= SUMMARY_LINES)
		end_line(&p);
	print_next(&p);
	return output_flush(out);
}
