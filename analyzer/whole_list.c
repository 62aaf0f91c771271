// SPDX-License-Identifier: GPL-2.0
/*
 * Lists without a ceiling, for programs: all exits, in the order of time, as they are
 * read, so that memory does not depend on how many there are.
 *
 * What stands before and behind them, sums and losses, takes to have read all: so there
 * is a view of it already, and this is the second time.  Its messages were said, too.
 */
#include <inttypes.h>

#include "base/error.h"
#include "exits.h"
#include "library.h"
#include "output/writer.h"
#include "result/columns.h"
#include "sink/missing.h"

struct whole {
	struct kvx *k;
	const struct options *opt;
	enum kvx_status status;
	bool says_lacking;		/* which the first time did not tell */
	struct exits_lacking lacking;

	/* Who prints it */
	const struct view *v;
	view_group_fn fn;
	void *arg;
	struct group one;		/* the exit at hand; nothing but its key and cell */
	int failed;			/* what that returned */
};

/* Errors only: all else was said the first time. */
static void pass_errors(void *user, enum diag_kind kind, const char *line,
			const char *text)
{
	const struct diag *to = user;

	if (kind == DIAG_ERROR)
		to->say(to->user, kind, line, text);
}

static int take_exit(void *user, const struct group_key *key, uint64_t ts,
		     const struct stats_sample *sample)
{
	struct whole *w = user;
	struct group *g = &w->one;

	g->key = *key;
	g->key.ts = ts;
	g->cell = (struct stats_cell){ .exits = 0 };
	if (sample->untimed)
		stats_cell_add_untimed(&g->cell);
	else
		stats_cell_add_part(&g->cell, sample, stats_part(sample, w->v->opt->of));
	w->failed = w->fn(w->arg, w->v, g);
	return w->failed;
}

static int each(const struct view *v, view_group_fn fn, void *arg)
{
	struct whole *w = v->each_arg;
	const struct diag *before = diag_set(&diag_silent);
	struct diag errors = *before;

	w->v = v;
	w->fn = fn;
	w->arg = arg;
	errors.say = pass_errors;
	errors.user = (void *)before;
	diag_set(&errors);
	w->status = library_each(w->k, w->opt, v, &w->lacking, take_exit, w);
	diag_set(before);
	if (w->failed)
		return w->failed;
	return w->status == KVX_FAILED || w->status == KVX_USAGE ? VIEW_SAID : 0;
}

/* Only one exit is there to ask, and others may have names. */
static void find_names(struct view *v)
{
	size_t i;

	for (i = 0; i < v->tasks->nr; i++)
		if (*v->tasks->list[i].name)
			v->named = BY_VM | BY_THREAD;
}

static enum kvx_status say_lacking(struct whole *w)
{
	const struct exits_lacking *l = &w->lacking;

	if (w->status == KVX_FAILED || w->status == KVX_INTERRUPTED)
		return w->status;
	/* Other losses were said before. */
	if (!w->says_lacking)
		return KVX_OK;
	missing_details(l->unknown, l->unattached);
	if (!l->mismatch)
		return KVX_OK;
	warning("%s: %s: %" PRIu64, MISSING_MISMATCH, w->opt->path, l->mismatch);
	return KVX_LOSSES;
}

enum kvx_status library_print_whole(struct kvx *k, const struct options *opt,
				    struct view *v, FILE *out)
{
	struct whole w = { .k = k, .opt = opt, .status = KVX_OK };

	if (v->opt->subject != VIEW_OF_LIST) {
		view_become_list(v, &opt->view);
		w.says_lacking = true;
		if (columns_check(v) < 0)
			return KVX_USAGE;
	}
	v->nr_more = 0;
	find_names(v);
	v->each = each;
	v->each_arg = &w;
	return view_print(v, out) < 0 ? KVX_FAILED : say_lacking(&w);
}
