// SPDX-License-Identifier: GPL-2.0
/* A comparison in sentences */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "output/compare-private.h"

#define SENTENCE_MAX	1024u

struct sentence {
	char text[SENTENCE_MAX];
	size_t used;
};

static void add(struct sentence *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void add(struct sentence *s, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(s->text + s->used, SENTENCE_MAX - s->used, fmt, args);
	va_end(args);
	if (len > 0)
		s->used += len;
	if (s->used >= SENTENCE_MAX)
		s->used = SENTENCE_MAX - 1;
}

/* Percentages: one place below 10, none above */
static void add_percent(struct sentence *s, double v)
{
	char buf[COMPARE_NUMBER_MAX];

	add(s, "%s", compare_number(buf, v, fabs(v) < 9.95 ? 1 : 0));
}

static void add_times(struct sentence *s, double v)
{
	char buf[COMPARE_NUMBER_MAX];

	add(s, "%s", compare_number(buf, v, v < 9.95 ? 1 : 0));
}

/* How a change is told: "7.1 % more", "2.3 times as much" */
struct words {
	const char *more, *less, *times;
};

static const struct words cost = { "more", "less", "as much" };
static const struct words often = { "more often", "less often", "as often" };
static const struct words high = { "higher", "lower", "as high" };

static void add_interval(struct sentence *s, const struct compare_figure *f)
{
	if (!f->known)
		return;
	add(s, " (");
	if (f->ratio >= 2) {
		add_times(s, f->low);
		add(s, " to ");
		add_times(s, f->high);
		add(s, ")");
		return;
	}
	/* More or less: with signs */
	if (f->low < 1 && f->high > 1) {
		add_percent(s, 100 * (f->low - 1));
		add(s, " to +");
		add_percent(s, 100 * (f->high - 1));
		add(s, " %%)");
		return;
	}
	add_percent(s, 100 * (f->ratio >= 1 ? f->low - 1 : 1 - f->high));
	add(s, " to ");
	add_percent(s, 100 * (f->ratio >= 1 ? f->high - 1 : 1 - f->low));
	add(s, " %%)");
}

static void add_change(struct sentence *s, const struct compare_figure *f,
		       const struct words *words)
{
	if (f->ratio >= 2) {
		add_times(s, f->ratio);
		add(s, " times %s", words->times);
	} else {
		add_percent(s, 100 * fabs(f->ratio - 1));
		add(s, " %% %s", f->ratio >= 1 ? words->more : words->less);
	}
	add_interval(s, f);
}

static bool is_change(const struct compare_figure *f)
{
	return f->verdict == VERDICT_MORE || f->verdict == VERDICT_LESS;
}

/* It is not tested, but its interval may say that it moved. */
static bool moved_as(const struct compare_figure *f, enum compare_verdict verdict)
{
	if (!f->known)
		return false;
	return verdict == VERDICT_MORE ? f->low > 1 : f->high < 1;
}

/* Why the mean changed: is it the tail, or all exits? */
static void add_cause(struct sentence *s, const struct compare_row *row)
{
	const enum compare_verdict verdict = row->figures[COMPARE_MEAN].verdict;
	const struct compare_figure *tail = &row->figures[COMPARE_P99];
	const struct compare_figure *half = &row->figures[COMPARE_P50];

	if (moved_as(half, verdict)) {
		add(s, ", not only at the tail: its p50 is ");
		add_change(s, half, &high);
	} else if (tail->verdict == verdict && tail->ratio >= 1.95 &&
		   tail->ratio < 2.05) {
		add(s, ", because its p99 doubled");
	} else if (tail->verdict == verdict) {
		add(s, ", because its p99 is ");
		add_change(s, tail, &high);
	}
}

/* "no change of their number was found", or that there is none */
static void add_unchanged(struct sentence *s, const struct compare_figure *f,
			  const char *what, const char *same)
{
	if (f->verdict == VERDICT_SAME)
		add(s, "; %s %s unchanged", what, same);
	else if (f->verdict == VERDICT_UNSURE)
		add(s, "; no change of %s was found", what);
}

static void tell_new(struct sentence *s, const struct compare_row *row)
{
	char label[COMPARE_LABEL_MAX];
	bool gone = row->figures[COMPARE_COUNT].value[AFTER] == 0;

	add(s, "%s happens %s", compare_label(row, label),
	    gone ? "before only" : "after only");
}

static void tell_cost(struct sentence *s, const struct compare_row *row)
{
	const struct compare_figure *f = row->figures;
	char label[COMPARE_LABEL_MAX];

	add(s, "%s costs ", compare_label(row, label));
	add_change(s, &f[COMPARE_MEAN], &cost);
	add_cause(s, row);
	if (is_change(&f[COMPARE_COUNT])) {
		add(s, "; it happens ");
		add_change(s, &f[COMPARE_COUNT], &often);
	} else {
		add_unchanged(s, &f[COMPARE_COUNT], "their number", "is");
	}
}

static void tell_tail(struct sentence *s, const struct compare_row *row)
{
	const struct compare_figure *f = row->figures;
	char label[COMPARE_LABEL_MAX];

	add(s, "The p99 of %s is ", compare_label(row, label));
	add_change(s, &f[COMPARE_P99], &high);
	add_unchanged(s, &f[COMPARE_MEAN], "their average cost", "is");
	if (is_change(&f[COMPARE_COUNT])) {
		add(s, "; it happens ");
		add_change(s, &f[COMPARE_COUNT], &often);
	} else {
		add_unchanged(s, &f[COMPARE_COUNT], "their number", "is");
	}
}

static void tell_count(struct sentence *s, const struct compare_row *row)
{
	const struct compare_figure *f = row->figures;
	char label[COMPARE_LABEL_MAX];

	add(s, "%s happens ", compare_label(row, label));
	add_change(s, &f[COMPARE_COUNT], &often);
	add_unchanged(s, &f[COMPARE_MEAN], "their average cost", "is");
}

static void tell_row(const struct compare_row *row, compare_say_fn say,
		     void *user)
{
	const struct compare_figure *f = row->figures;
	struct sentence s = { .used = 0 };

	if (is_change(&f[COMPARE_COUNT]) &&
	    (!f[COMPARE_COUNT].has_ratio || f[COMPARE_COUNT].ratio <= 0))
		tell_new(&s, row);
	else if (is_change(&f[COMPARE_MEAN]))
		tell_cost(&s, row);
	else if (is_change(&f[COMPARE_P99]))
		tell_tail(&s, row);
	else if (is_change(&f[COMPARE_COUNT]))
		tell_count(&s, row);
	else
		return;
	add(&s, ".");
	say(user, s.text);
}

/* The change of all cycles, and what of it is of counts and of costs */
static void tell_sum(const struct comparison *c, compare_say_fn say, void *user)
{
	const struct compare_figure *f = &c->total.figures[COMPARE_CYCLES];
	struct sentence s = { .used = 0 };
	double before = f->value[BEFORE];

	if (!f->has_ratio || before <= 0)
		return;
	add(&s, "In all, %s%s %s ", c->unit, c->per_second ? " per second" : "",
	    c->scaled ? "is" : "are");
	add_change(&s, f, &high);
	add(&s, ": ");
	add_percent(&s, 100 * c->total.by_count / before);
	add(&s, " %% by counts, ");
	add_percent(&s, 100 * c->total.by_cost / before);
	add(&s, " %% by costs.");
	say(user, s.text);
}

/* The verdict, on all of it */
static void tell_verdict(const struct comparison *c, compare_say_fn say,
			 void *user)
{
	static const char *const texts[] = {
		[VERDICT_NONE] = "Nothing was tested",
		[VERDICT_UNSURE] = "No change was found, which does not mean that there is none",
		[VERDICT_SAME] = "No change",
		[VERDICT_LESS] = "Better",
		[VERDICT_MORE] = "Worse",
	};
	struct sentence s = { .used = 0 };

	add(&s, "%s", texts[c->verdict]);
	if (c->within && c->verdict != VERDICT_NONE)
		add(&s, ", within these two recordings");
	add(&s, ".");
	say(user, s.text);
}

/* What of it is not to be relied on */
static void tell_evidence(const struct comparison *c, compare_say_fn say,
			  void *user)
{
	struct sentence s = { .used = 0 };
	char buf[COMPARE_NUMBER_MAX];

	if (c->blind || c->evidence == EVIDENCE_NONE) {
		say(user, "With one recording a side, of which there are no parts, nothing can be said of chance: record four or more a side.");
		return;
	}
	if (c->within) {
		say(user, "With one recording a side, this cannot tell a change from what any two recordings differ by: record four or more a side.");
		return;
	}
	if (c->evidence == EVIDENCE_EXACT)
		return;
	add(&s, "This is weak: recordings are too few to be sure without assumptions, as by relabeling them no p is below %s; four a side%s are enough.",
	    compare_number(buf, 2.0 / c->relabelings, 2),
	    c->opt.paired ? ", or six pairs," : "");
	say(user, s.text);
}

void compare_tell(const struct comparison *c, compare_say_fn say, void *user)
{
	size_t i;

	tell_verdict(c, say, user);
	for (i = 0; i < c->nr_rows; i++)
		tell_row(&c->rows[i], say, user);
	tell_sum(c, say, user);
	tell_evidence(c, say, user);
}
