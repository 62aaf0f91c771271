// SPDX-License-Identifier: GPL-2.0
#include "result/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define JUDGED_SHARE	0.99	/* of all cycles: rows that hold less are not */
#define JUDGED_MAX	64u	/* rows: more are not read by anybody */
#define TESTS_OF_A_ROW	3u	/* count, mean, p99 */

/* Figures of a recording, of a part of it, or of several */
struct sample {
	struct groups groups;		/* by keys that recordings share */
	struct group total;
	double factor;			/* to the unit that is shown */
	double seconds;			/* or 1, for each recording, if nobody knows */
};

struct work {
	struct comparison *c;
	struct sample *samples;		/* that are tested, those before first */
	unsigned int nr;
	unsigned int nr_of[SIDES];
	struct sample sums[SIDES], halves[SIDES][2];
	struct inference inference;
	double *values;			/* of each sample, of each test */
	struct estimate *estimates;
	struct compare_figure **tested;
	unsigned int nr_tests;
};

/* Samples */

/* PIDs are others in each recording. */
static struct group_key shared_key(const struct group_key *key)
{
	struct group_key k = *key;

	k.vm = 0;
	k.recording = 0;
	return k;
}

static double factor_of(const struct view *v)
{
	const double probe = 1e15;

	if (!v->shown.converted)
		return 1;
	return (double)unit_to_ns(&v->shown, (u128)probe) / probe /
	       pow(10, v->shown.decimals);
}

static double seconds_of(const struct comparison *c, const struct view *v)
{
	return c->per_second ? v->window_ns / 1e9 : 1;
}

static int sample_add(const struct comparison *c, struct sample *s,
		      const struct view *v)
{
	struct group_key key;
	struct group *g;
	size_t i;

	if (s->factor == 0)
		s->factor = factor_of(v);
	s->seconds += seconds_of(c, v);
	for (i = 0; i < v->groups.nr; i++) {
		key = shared_key(&v->groups.list[i].key);
		g = groups_get(&s->groups, &key);
		if (!g)
			return s->groups.full ? groups_error() : -1;
		if (group_merge(g, &v->groups.list[i]) < 0 ||
		    group_merge(&s->total, &v->groups.list[i]) < 0)
			return -1;
	}
	return 0;
}

static void sample_release(struct sample *s)
{
	groups_release(&s->groups);
	group_release(&s->total);
}

static const struct group no_group;

/* What it has of @row */
static const struct group *find_group(const struct sample *s,
				      const struct compare_row *row)
{
	const struct group *g = &s->total;
	struct group_key key;

	if (row->group) {
		key = shared_key(&row->group->key);
		g = groups_find(&s->groups, &key);
	}
	return g ? g : &no_group;
}

/* @exact: as views show percentiles, but not for ratios */
static bool get_value(const struct sample *s, const struct compare_row *row,
		      enum compare_what what, bool exact, double *value)
{
	const struct group *g = find_group(s, row);
	const double cycles = s->factor * (double)g->cell.cycles;
	const unsigned int permille = what == COMPARE_P50 ? 500 : 990;
	/* Exits of which none has a length add up to what is not known. */
	const bool is_known = !g->cell.exits || stats_timed(&g->cell);

	switch (what) {
	case COMPARE_CYCLES:
		*value = cycles / s->seconds;
		return s->seconds > 0 && is_known;
	case COMPARE_COUNT:
		*value = g->cell.exits / s->seconds;
		return s->seconds > 0;
	case COMPARE_SHARE:
		*value = cycles / (s->factor * (double)s->total.cell.cycles);
		return s->total.cell.cycles && is_known;
	case COMPARE_MEAN:
		*value = cycles / stats_timed(&g->cell);
		return stats_timed(&g->cell) != 0;
	default:
		*value = s->factor * (exact ? group_percentile(g, permille) :
				      group_percentile_about(g, permille));
		return stats_timed(&g->cell) != 0;
	}
}

/* Figures */

/*
 * What is inferred from: logarithms, as ratios are; where there is a 0, which has none,
 * the values themselves, which only tell whether something differs.
 */
enum scale {
	SCALE_NONE,		/* some recordings have no such figure */
	SCALE_LOG,
	SCALE_LINEAR,
};

static enum scale get_values(const struct work *w,
			     const struct compare_row *row,
			     enum compare_what what, double *values)
{
	enum scale scale = SCALE_LOG;
	double most = 0;
	unsigned int i;

	for (i = 0; i < w->nr; i++) {
		if (!get_value(&w->samples[i], row, what, false, &values[i]))
			return SCALE_NONE;
		if (values[i] <= 0)
			scale = SCALE_LINEAR;
		most = fmax(most, values[i]);
	}
	if (most == 0)
		return SCALE_NONE;
	for (i = 0; i < w->nr; i++)
		values[i] = scale == SCALE_LOG ? log(values[i]) : values[i] / most;
	return scale;
}

/* The quotient of the sides, where not each recording has the figure */
static void set_quotient(const struct work *w, const struct compare_row *row,
			 enum compare_what what, struct compare_figure *f)
{
	double before, after;

	if (!get_value(&w->sums[BEFORE], row, what, false, &before) ||
	    !get_value(&w->sums[AFTER], row, what, false, &after) || before <= 0)
		return;
	f->has_ratio = true;
	f->ratio = after / before;
}

static void set_halves(const struct work *w, const struct compare_row *row,
		       enum compare_what what, struct compare_figure *f)
{
	double first, second;
	unsigned int side;

	if (!w->c->within)
		return;
	f->has_halves = true;
	for (side = 0; side < SIDES; side++) {
		if (!get_value(&w->halves[side][0], row, what, false, &first) ||
		    !get_value(&w->halves[side][1], row, what, false, &second) ||
		    first <= 0)
			f->has_halves = false;
		else
			f->halves[side] = second / first;
	}
}

/*
 * Could any relabeling make it a change?  If all recordings are within the least effect
 * of each other, none can, and what of them is equal or not is no matter.  That does
 * not depend on which of them are before, so leaving such tests out changes no
 * probability (R. Bourgon, R. Gentleman, W. Huber, 2010).
 */
static bool may_change(const struct work *w, enum scale scale,
		       const double *values)
{
	double low = values[0], high = values[0];
	unsigned int i;

	for (i = 1; i < w->nr; i++) {
		low = fmin(low, values[i]);
		high = fmax(high, values[i]);
	}
	return scale != SCALE_LOG || high - low >= comparison_least_change(w->c);
}

static bool is_tested(const struct compare_row *row, enum compare_what what)
{
	return row->group ? what == COMPARE_COUNT || what == COMPARE_MEAN ||
			    what == COMPARE_P99 : what == COMPARE_CYCLES;
}

static void set_figure(struct work *w, const struct compare_row *row,
		       enum compare_what what, struct compare_figure *f)
{
	double *values = w->values + (size_t)w->nr_tests * w->nr;
	struct estimate *e = &w->estimates[w->nr_tests];
	enum scale scale = SCALE_NONE;
	unsigned int side;

	for (side = 0; side < SIDES; side++)
		f->has[side] = get_value(&w->sums[side], row, what, true,
					 &f->value[side]);
	set_quotient(w, row, what, f);
	if (row->judged && !w->c->blind)
		scale = get_values(w, row, what, values);
	if (scale == SCALE_NONE)
		return;
	set_halves(w, row, what, f);
	inference_estimate(&w->inference, values, e);
	if (!e->known)
		return;
	f->p = f->adjusted = e->p;
	f->known = scale == SCALE_LOG;
	if (f->known) {
		/* Of slices, the whole recordings' is better known. */
		if (!w->c->within)
			f->ratio = exp(e->shift);
		f->low = exp(e->low);
		f->high = exp(e->high);
	}
	f->tested = is_tested(row, what);
	if (f->tested && may_change(w, scale, values))
		w->tested[w->nr_tests++] = f;
	else if (f->tested)
		f->adjusted = 1;
}

static void set_row(struct work *w, struct compare_row *row)
{
	struct compare_figure *f = row->figures;
	const double *count = f[COMPARE_COUNT].value, *mean = f[COMPARE_MEAN].value;
	double change;
	unsigned int what;

	for (what = 0; what < COMPARE_FIGURES; what++)
		set_figure(w, row, what, &f[what]);
	if (!f[COMPARE_COUNT].has[BEFORE] || !f[COMPARE_COUNT].has[AFTER])
		return;
	change = f[COMPARE_CYCLES].value[AFTER] - f[COMPARE_CYCLES].value[BEFORE];
	row->by_count = change;
	/* What one side has none of has no cost there that could have changed. */
	if (!f[COMPARE_MEAN].has[BEFORE] || !f[COMPARE_MEAN].has[AFTER])
		return;
	row->by_count = (count[AFTER] - count[BEFORE]) *
			(mean[BEFORE] + mean[AFTER]) / 2;
	row->by_cost = change - row->by_count;
}

static int test(struct work *w)
{
	const double **values = malloc((w->nr_tests + 1) * sizeof(*values));
	struct estimate **e = malloc((w->nr_tests + 1) * sizeof(*e));
	unsigned int i;
	int ret = -1;

	for (i = 0; i < w->nr_tests && values && e; i++) {
		values[i] = w->values + (size_t)i * w->nr;
		e[i] = &w->estimates[i];
	}
	if (values && e)
		ret = inference_adjust(&w->inference, values, e, w->nr_tests);
	else
		error("out of memory: %u tests", w->nr_tests);
	for (i = 0; i < w->nr_tests && !ret; i++)
		w->tested[i]->adjusted = e[i]->adjusted;
	free(values);
	free(e);
	return ret;
}

/* Rows */

/* Half of the shares of both sides: what a row is sorted by */
static double weight_of(const struct work *w, const struct compare_row *row)
{
	double sum = 0, share;
	unsigned int side;

	for (side = 0; side < SIDES; side++)
		if (get_value(&w->sums[side], row, COMPARE_SHARE, true, &share))
			sum += share / 2;
	return sum;
}

struct weighed {
	struct compare_row row;
	double weight;
};

static int compare_weighed(const void *a, const void *b)
{
	const struct weighed *x = a, *y = b;
	struct group_key p = shared_key(&x->row.group->key);
	struct group_key q = shared_key(&y->row.group->key);

	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return group_key_compare(&p, &q);
}

/* The groups of all views: each key once, with the first view that has it */
static int find_rows(struct work *w, struct weighed **rows)
{
	struct comparison *c = w->c;
	const struct view *v;
	struct group_key key;
	unsigned int side, i;
	size_t j, nr = 0;

	*rows = calloc(w->sums[BEFORE].groups.nr + w->sums[AFTER].groups.nr + 1,
		       sizeof(**rows));
	if (!*rows)
		return error("out of memory: rows of a comparison");
	for (side = 0; side < SIDES; side++)
		for (i = 0; i < c->sides[side].nr; i++) {
			v = &c->sides[side].views[i];
			for (j = 0; j < v->groups.nr; j++) {
				key = shared_key(&v->groups.list[j].key);
				if (groups_find(&c->all, &key))
					continue;
				if (!groups_get(&c->all, &key))
					return c->all.full ? groups_error() : -1;
				(*rows)[nr++].row = (struct compare_row){
					.view = v, .group = &v->groups.list[j],
				};
			}
		}
	c->nr_rows = nr;
	return 0;
}

static int sort_rows(struct work *w)
{
	struct comparison *c = w->c;
	struct weighed *rows;
	double sum = 0;
	size_t i;

	if (find_rows(w, &rows) < 0) {
		free(rows);
		return -1;
	}
	for (i = 0; i < c->nr_rows; i++)
		rows[i].weight = weight_of(w, &rows[i].row);
	qsort(rows, c->nr_rows, sizeof(*rows), compare_weighed);
	c->rows = malloc((c->nr_rows + 1) * sizeof(*c->rows));
	if (!c->rows)
		error("out of memory: rows of a comparison");
	for (i = 0; i < c->nr_rows && c->rows; i++) {
		c->rows[i] = rows[i].row;
		c->rows[i].judged = sum < JUDGED_SHARE && i < JUDGED_MAX;
		c->nr_judged += c->rows[i].judged;
		sum += rows[i].weight;
	}
	free(rows);
	return c->rows ? 0 : -1;
}

/* Samples of both sides */

static int add_views(struct work *w, enum compare_side side,
		     const struct view *views, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (sample_add(w->c, &w->samples[w->nr++], &views[i]) < 0)
			return -1;
	w->nr_of[side] = nr;
	return 0;
}

static int add_halves(struct work *w, enum compare_side side)
{
	const struct view *slices = w->c->sides[side].slices;
	unsigned int i;

	for (i = 0; i < COMPARE_SLICES; i++)
		if (sample_add(w->c, &w->halves[side][i >= COMPARE_SLICES / 2],
			       &slices[i]) < 0)
			return -1;
	return 0;
}

static int add_side(struct work *w, enum compare_side side)
{
	const struct compare_input *in = &w->c->sides[side];
	unsigned int i;

	for (i = 0; i < in->nr; i++)
		if (sample_add(w->c, &w->sums[side], &in->views[i]) < 0)
			return -1;
	w->c->exits[side] = w->sums[side].total.cell.exits;
	if (w->c->per_second)
		w->c->seconds[side] = w->sums[side].seconds;
	if (!w->c->within)
		return add_views(w, side, in->views, in->nr);
	if (add_halves(w, side) < 0)
		return -1;
	return add_views(w, side, in->slices, COMPARE_SLICES);
}

static int begin(struct work *w)
{
	struct comparison *c = w->c;
	const unsigned int nr = c->sides[BEFORE].nr + c->sides[AFTER].nr;
	size_t tests;

	w->samples = calloc(nr + 2 * COMPARE_SLICES, sizeof(*w->samples));
	if (!w->samples)
		return error("out of memory: a comparison");
	if (add_side(w, BEFORE) < 0 || add_side(w, AFTER) < 0 ||
	    sort_rows(w) < 0 ||
	    inference_init(&w->inference, w->nr_of[BEFORE], w->nr_of[AFTER],
			   c->opt.paired) < 0)
		return -1;
	/* One more: of what is not tested */
	tests = c->nr_judged * TESTS_OF_A_ROW + 2;
	w->values = malloc(tests * w->nr * sizeof(*w->values));
	w->estimates = malloc(tests * sizeof(*w->estimates));
	w->tested = malloc(tests * sizeof(*w->tested));
	if (!w->values || !w->estimates || !w->tested)
		return error("out of memory: %zu tests", tests);
	return 0;
}

static void work_release(struct work *w)
{
	unsigned int i, side;

	for (i = 0; i < w->nr && w->samples; i++)
		sample_release(&w->samples[i]);
	for (side = 0; side < SIDES; side++) {
		sample_release(&w->sums[side]);
		sample_release(&w->halves[side][0]);
		sample_release(&w->halves[side][1]);
	}
	free(w->samples);
	inference_release(&w->inference);
	free(w->values);
	free(w->estimates);
	free(w->tested);
}

/* What is known of all inputs together */

static void see_view(struct comparison *c, const struct view *v)
{
	if (!v->has_span || !v->window_ns)
		c->per_second = false;
}

static void see_inputs(struct comparison *c)
{
	const struct view *first = &c->sides[BEFORE].views[0];
	unsigned int side, i;

	c->per_second = true;
	for (side = 0; side < SIDES; side++) {
		for (i = 0; i < c->sides[side].nr; i++)
			see_view(c, &c->sides[side].views[i]);
		for (i = 0; i < COMPARE_SLICES && c->sides[side].slices; i++)
			see_view(c, &c->sides[side].slices[i]);
	}
	c->unit = first->shown.converted ? first->shown.name : first->unit;
	c->scaled = first->shown.scaled;
	c->within = c->sides[BEFORE].slices && c->sides[AFTER].slices;
	c->blind = c->sides[BEFORE].nr == 1 && c->sides[AFTER].nr == 1 &&
		   !c->within;
}

static int fill(struct work *w)
{
	struct comparison *c = w->c;
	size_t i;

	c->evidence = w->inference.evidence;
	c->relabelings = w->inference.nr;
	c->drawn = w->inference.drawn;
	c->lowest_p = inference_lowest_p(&w->inference);
	c->total.judged = true;
	set_row(w, &c->total);
	c->total.by_count = c->total.by_cost = 0;
	for (i = 0; i < c->nr_rows; i++) {
		set_row(w, &c->rows[i]);
		c->total.by_count += c->rows[i].by_count;
		c->total.by_cost += c->rows[i].by_cost;
	}
	c->nr_tests = w->nr_tests;
	return test(w);
}

static void keep_sums(struct work *w)
{
	unsigned int side;

	for (side = 0; side < SIDES; side++) {
		w->c->sums[side] = w->sums[side].groups;
		memset(&w->sums[side].groups, 0, sizeof(w->sums[side].groups));
	}
}

int comparison_make(struct comparison *c)
{
	struct work w = { .c = c };
	int ret = compare_find_differences(c);

	if (!ret) {
		see_inputs(c);
		ret = begin(&w);
	}
	if (!ret)
		ret = fill(&w);
	if (!ret) {
		comparison_judge(c);
		keep_sums(&w);
	}
	work_release(&w);
	return ret;
}

const struct group *comparison_group(const struct comparison *c,
				     const struct compare_row *row, unsigned int side)
{
	const struct group_key key = shared_key(&row->group->key);

	return groups_find(&c->sums[side], &key);
}

void comparison_release(struct comparison *c)
{
	size_t i;

	for (i = 0; i < c->nr_differences; i++)
		free(c->differences[i]);
	free(c->differences);
	free(c->rows);
	groups_release(&c->all);
	groups_release(&c->sums[BEFORE]);
	groups_release(&c->sums[AFTER]);
	memset(c, 0, sizeof(*c));
}
