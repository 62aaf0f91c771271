// SPDX-License-Identifier: GPL-2.0
/*
 * Lists without a ceiling, for programs: all exits, in the order of time, as they are
 * read, so that memory does not depend on how many there are.
 *
 * Where stamps are recorded, and no format or unit asks for what only the end of the
 * recording tells, they are printed while it is read once, and what stands behind them
 * comes from the same view.  Else sums and losses take to have read all: there is a view
 * of it already then, and this is the second time.  Its messages were said, too.
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

	/* While it is read once */
	struct view *own;		/* the same view */
	bool begun;
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

/* Was the second time stopped?  All that is known of the recording is of the first. */
static bool stopped_again(const struct whole *w)
{
	return w->status == KVX_INTERRUPTED && source_stopped_again(w->k->recorded.src);
}

/* What view_for_groups() is to return */
static int ended(const struct whole *w)
{
	if (w->failed)
		return w->failed;
	return w->status == KVX_FAILED || w->status == KVX_USAGE || stopped_again(w) ?
	       VIEW_SAID : 0;
}

static struct whole *pass_to(const struct view *v, view_group_fn fn, void *arg)
{
	struct whole *w = v->each_arg;

	w->v = v;
	w->fn = fn;
	w->arg = arg;
	return w;
}

static int each(const struct view *v, view_group_fn fn, void *arg)
{
	struct whole *w = pass_to(v, fn, arg);
	const struct diag *before = diag_set(&diag_silent);
	struct diag errors = *before;

	errors.say = pass_errors;
	errors.user = (void *)before;
	diag_set(&errors);
	w->status = library_each(w->k, w->opt, v, &w->lacking, take_exit, w);
	diag_set(before);
	return ended(w);
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
	if (view_print(v, out) == 0)
		return say_lacking(&w);
	if (!stopped_again(&w))
		return KVX_FAILED;
	warning("interrupted: %s: while it was read once more: the list ends before the last exit",
		opt->path);
	return KVX_INTERRUPTED;
}

/* Once */

int library_reads_once(struct kvx *k, const struct options *opt)
{
	const struct source *src = k->recorded.src;
	const struct view_options *view = &opt->view;

	/* JSON says first what is missing, and a fit takes all events. */
	if (!k->recorded.p->stamped || analyze_needs_inputs(opt) ||
	    source_recording(src)->grows || view->format == VIEW_JSON ||
	    view->unit > UNIT_WANTED_CYCLES || view->filter.longer_than_ns)
		return 0;
	return exits_scan(src, k->recorded.p, source_may_lack(src), opt->threads);
}

static int begin_exits(void *user, const struct view *v)
{
	struct whole *w = user;

	if (w->begun)
		return error("file changed while it was read: %s", w->opt->path);
	w->begun = true;
	w->own->first_ts = v->first_ts;
	w->own->rate = v->rate;
	return 0;
}

/* What was read: figures, and what is missing */
static void take_view(struct whole *w, struct view *read)
{
	view_release(w->own);
	*w->own = *read;
	view_become_list(w->own, &w->opt->view);
	w->own->nr_more = 0;
	find_names(w->own);
}

static int each_once(const struct view *v, view_group_fn fn, void *arg)
{
	struct whole *w = pass_to(v, fn, arg);
	const struct exit_taker taker = { w, begin_exits, take_exit };
	struct options opt = *w->opt;
	struct view read = { .opt = NULL };

	opt.threads = 1;
	opt.exits = &taker;
	opt.view.nr_columns = 0;
	opt.view.sort = NULL;
	w->status = analyze_opened(&opt, &w->k->recorded, &read);
	if (read.complete && !ended(w) && analyze_finish(&read) != STATUS_OK)
		w->status = KVX_FAILED;
	if (read.complete && !ended(w)) {
		take_view(w, &read);
		return 0;
	}
	view_release(&read);
	return w->failed ? w->failed : VIEW_SAID;
}

/* Nothing is to be printed for what is asked for in vain. */
static int check_filter(const struct kvx *k, const struct options *opt)
{
	struct filter filter = { .any = false };
	int ret = exits_find_isa(&k->recorded, &opt->view.filter);

	if (!ret)
		ret = filter_init(&filter, &opt->view.filter, &k->recorded.p->reasons,
				  source_recording(k->recorded.src));
	filter_release(&filter);
	return ret;
}

/* All of it that is known before */
static int begin_view(struct view *v, const struct whole *w)
{
	const struct recorded *r = &w->k->recorded;

	if (view_init(v, &w->opt->view, source_recording(r->src), &r->p->reasons) < 0)
		return -1;
	v->patched = true;
	v->stamped = true;
	v->unit = "cycles";
	v->by = view_by(v->opt);
	if (v->by & BY_VCPU)
		v->by |= BY_VM;
	find_names(v);
	return 0;
}

enum kvx_status library_print_once(struct kvx *k, const struct options *opt,
				   struct view *v, FILE *out)
{
	struct whole w = { .k = k, .opt = opt, .status = KVX_OK, .own = v };

	if (begin_view(v, &w) < 0)
		return KVX_FAILED;
	if (check_filter(k, opt) < 0 || view_choose_unit(v) < 0 || columns_check(v) < 0)
		return KVX_USAGE;
	v->each = each_once;
	v->each_arg = &w;
	if (view_print(v, out) == 0)
		return w.status;
	return w.failed || v->complete ? KVX_FAILED : w.status;
}
