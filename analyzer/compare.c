// SPDX-License-Identifier: GPL-2.0
/*
 * Comparisons: reads the recordings of both sides, and slices of them if there is one
 * a side; result/compare.h has the rest.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "event/clock.h"
#include "library.h"
#include "output/compare.h"
#include "result/state.h"

/* What is read of one side */
struct side {
	struct state state;
	struct view *views;
	unsigned int nr;
	struct view *slices;		/* COMPARE_SLICES, or NULL */
};

static void release_views(struct view *views, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr && views; i++)
		view_release(&views[i]);
	free(views);
}

static void release_side(struct side *s)
{
	release_views(s->views, s->nr);
	release_views(s->slices, COMPARE_SLICES);
	state_release(&s->state);
}

/* Move what was read of a recording; of a state, choose what is asked for. */
static int take_part(struct state_part *part, const struct options *opt,
		     struct view *v)
{
	struct state one = { .parts = part, .nr = 1 };
	bool lossy = part->view.lossy;

	if (!part->file) {
		*v = part->view;
		memset(&part->view, 0, sizeof(part->view));
	} else if (state_view(&one, &opt->view, v) < 0) {
		return -1;
	}
	v->lossy = lossy;
	view_set_tsc_khz(v, opt->request.tsc_khz);
	return 0;
}

static int take_parts(struct side *s, const struct options *opt)
{
	size_t i;

	if (state_check(&s->state) < 0)
		return -1;
	s->views = calloc(s->state.nr, sizeof(*s->views));
	if (!s->views)
		return error("out of memory: %zu recordings", s->state.nr);
	for (i = 0; i < s->state.nr; i++) {
		s->nr++;
		if (take_part(&s->state.parts[i], opt, &s->views[i]) < 0)
			return -1;
	}
	return 0;
}

/* Slices */

/* Something that can be read once more, of which it is known how long it is */
static bool has_slices(const struct options *opt, const struct view *v)
{
	struct stat st;

	return !state_is(opt->path) && stat(opt->path, &st) == 0 &&
	       S_ISREG(st.st_mode) && v->has_span && v->window_ns;
}

/* A span of the time that is looked at: those of all slices are all of it. */
static int read_slice(const struct recorded *r, const struct options *whole,
		      const struct view *v, unsigned int index,
		      struct view *slice)
{
	const uint64_t begin = whole->view.filter.from.given ? v->from_ns : 0;
	struct options opt = *whole;
	struct filter_options *f = &opt.view.filter;
	int status;

	if (index)
		f->from = (struct filter_time){ .given = true,
			.ns = begin + (u128)v->window_ns * index / COMPARE_SLICES };
	if (index + 1 < COMPARE_SLICES)
		f->to = (struct filter_time){ .given = true,
			.ns = begin + (u128)v->window_ns * (index + 1) /
			      COMPARE_SLICES };
	status = analyze_opened(&opt, r, slice);
	if (status != STATUS_OK && status != STATUS_LOSSES)
		return -1;
	slice->shown = v->shown;
	return slice->complete ? 0 : -1;
}

/* What is to be said of the recording was said when all of it was read. */
static int read_slices(struct side *s, const struct options *opt)
{
	const struct diag *before = diag_set(&diag_silent);
	struct recorded r;
	unsigned int i;
	int ret;

	s->slices = calloc(COMPARE_SLICES, sizeof(*s->slices));
	ret = s->slices ? analyze_open(&r, opt) : -1;
	for (i = 0; i < COMPARE_SLICES && !ret; i++)
		ret = read_slice(&r, opt, &s->views[0], i, &s->slices[i]);
	if (s->slices)
		analyze_close(&r);
	diag_set(before);
	if (ret)
		error("cannot be read once more, for parts of it: %s", opt->path);
	return ret;
}

/* Reading */

static int read_side(struct side *s, const struct options *opt,
		     const struct recorded *first)
{
	int status = analyze_collect(opt, first, &s->state);

	if (status == STATUS_FAILED || status == STATUS_USAGE)
		return status;
	return take_parts(s, opt) < 0 ? STATUS_FAILED : status;
}

/* The same unit for all: that of the recordings, if it cannot be another for each. */
static int choose_units(struct side sides[SIDES])
{
	bool converted = true;
	unsigned int side, i;
	struct view *v;

	for (side = 0; side < SIDES; side++)
		for (i = 0; i < sides[side].nr; i++) {
			v = &sides[side].views[i];
			if (view_choose_unit(v) < 0)
				return -1;
			converted = converted && v->shown.converted;
		}
	for (side = 0; side < SIDES && !converted; side++)
		for (i = 0; i < sides[side].nr; i++)
			sides[side].views[i].shown = (struct unit){ .name = NULL };
	return 0;
}

static int compare_sides(const struct options *opt, struct side sides[SIDES],
			 FILE *out)
{
	struct comparison c = { .opt = opt->compare, .view_opt = &opt->view };
	int status = STATUS_FAILED;
	unsigned int side;
	size_t i;

	for (side = 0; side < SIDES; side++)
		c.sides[side] = (struct compare_input){
			sides[side].views, sides[side].nr, sides[side].slices };
	if (comparison_make(&c) == 0) {
		for (i = 0; i < c.nr_differences; i++)
			warning("%s", c.differences[i]);
		if (compare_print(&c, out) == 0)
			status = c.verdict == VERDICT_MORE ? STATUS_WORSE :
							     STATUS_OK;
	}
	comparison_release(&c);
	return status;
}

/* Both sides are read; @read: the status of that */
static int compare_read(const struct options *opt,
			const struct options each[SIDES],
			struct side sides[SIDES], int read, FILE *out)
{
	unsigned int side;
	bool sliced = true;
	int status;

	if (opt->compare.paired && sides[BEFORE].nr != sides[AFTER].nr) {
		error("--paired: %u recording%s before, and %u after", sides[BEFORE].nr,
		      plural_s(sides[BEFORE].nr), sides[AFTER].nr);
		return STATUS_USAGE;
	}
	if (choose_units(sides) < 0)
		return STATUS_USAGE;
	for (side = 0; side < SIDES; side++)
		sliced = sliced && sides[side].nr == 1 &&
			 has_slices(&each[side], &sides[side].views[0]);
	for (side = 0; side < SIDES && sliced; side++)
		if (read_slices(&sides[side], &each[side]) < 0)
			return STATUS_FAILED;
	status = compare_sides(opt, sides, out);
	return status == STATUS_OK ? read : status;
}

static int compare(struct kvx *k, const struct options *opt, unsigned int before,
		   FILE *out)
{
	struct side sides[SIDES] = { 0 };
	struct options each[SIDES] = { *opt, *opt };
	int status, after;

	each[BEFORE].nr_more = before - 1;
	each[AFTER].path = k->paths[before];
	each[AFTER].more = k->paths + before + 1;
	each[AFTER].nr_more = k->nr_paths - before - 1;
	status = read_side(&sides[BEFORE], &each[BEFORE],
			   k->open ? &k->recorded : NULL);
	if (status == STATUS_OK || status == STATUS_LOSSES) {
		after = read_side(&sides[AFTER], &each[AFTER], NULL);
		if (after != STATUS_OK)
			status = after;
	}
	/* Half of a recording is not what was to be compared. */
	if (status == STATUS_OK || status == STATUS_LOSSES)
		status = compare_read(opt, each, sides, status, out);
	release_side(&sides[BEFORE]);
	release_side(&sides[AFTER]);
	return status;
}

enum kvx_status kvx_compare(struct kvx *k, unsigned int before, FILE *out)
{
	const struct diag *said;
	enum kvx_status status;
	struct options opt;

	if (!k || !out)
		return KVX_USAGE;
	said = library_enter(k);
	if (!before || before >= k->nr_paths) {
		error("a comparison needs a recording before, and one after");
		status = KVX_USAGE;
	} else {
		status = library_begin_compare(k, &opt);
	}
	if (status == KVX_OK)
		status = (enum kvx_status)compare(k, &opt, before, out);
	library_leave(said);
	return status;
}

enum kvx_status kvx_check_compare(struct kvx *k)
{
	return library_check(k, settings_get_compare);
}
