// SPDX-License-Identifier: GPL-2.0
/*
 * Several inputs, recordings and states, and a state as output: what each of them
 * has becomes a part of one state, from which all is shown.
 */
#include "analyze.h"
#include "base/error.h"
#include "base/output.h"
#include "output/summary.h"
#include "result/state.h"

struct inputs {
	const struct options *opt;
	struct options each;		/* of one recording */
	const struct recorded *first;	/* the first one, if it is open */
	struct state state;
	int status;			/* the worst so far */
};

/* Of those that a run that goes on can have */
static void see_status(struct inputs *in, int status)
{
	if (status == STATUS_INTERRUPTED || in->status == STATUS_OK)
		in->status = status;
}

/*
 * What a state is to have of a recording: times, too, unless it is by what only the
 * exits themselves tell, or by time.
 */
static void choose_state(struct view_options *view)
{
	if (!view->by)
		view->by = BY_VCPU | BY_REASON;
	view->subject = view->by & (BY_RIP | BY_DETAIL | BY_TIME) ? VIEW_OF_EXITS :
							  VIEW_OF_TIME;
}

static int read_recording(struct inputs *in, const char *path, struct view *v)
{
	const struct recorded *first = in->first;
	int status = STATUS_FAILED;
	struct recorded r;

	in->each.path = path;
	in->first = NULL;
	if (first)
		return analyze_opened(&in->each, first, v);
	if (analyze_open(&r, &in->each) == 0)
		status = analyze_opened(&in->each, &r, v);
	analyze_close(&r);
	return status;
}

static int add_recording(struct inputs *in, const char *path)
{
	struct view v = { .opt = NULL };
	int status = read_recording(in, path, &v);

	if (v.complete && status != STATUS_FAILED && status != STATUS_USAGE) {
		v.lossy = status != STATUS_OK;
		see_status(in, status);
		if (state_add(&in->state, &v) < 0)
			in->status = STATUS_FAILED;
	} else {
		in->status = status;
	}
	view_release(&v);
	return in->status == STATUS_FAILED || in->status == STATUS_USAGE ? -1 : 0;
}

static int add_state(struct inputs *in, const char *path)
{
	size_t i = in->state.nr;

	if (state_load(&in->state, path) < 0) {
		in->status = STATUS_FAILED;
		return -1;
	}
	for (; i < in->state.nr; i++)
		if (in->state.parts[i].view.lossy) {
			warning("events or exits are missing: %s: it was saved with losses",
				path);
			see_status(in, STATUS_LOSSES);
			break;
		}
	return 0;
}

static int add_input(struct inputs *in, const char *path)
{
	if (!state_is(path))
		return add_recording(in, path);
	if (!in->opt->view.format || in->opt->view.subject == VIEW_OF_REPORTS) {
		in->status = STATUS_USAGE;
		return error("a state has no reports: %s: choose a view: --format=table",
			     path);
	}
	return add_state(in, path);
}

static int add_all(struct inputs *in)
{
	unsigned int i;

	if (add_input(in, in->opt->path) < 0)
		return -1;
	for (i = 0; i < in->opt->nr_more; i++) {
		/* Interrupted: what is known so far. */
		if (in->status == STATUS_INTERRUPTED) {
			warning("interrupted: not read: %s, and what was given behind it",
				in->opt->more[i]);
			return 0;
		}
		if (add_input(in, in->opt->more[i]) < 0)
			return -1;
	}
	return 0;
}

static int print_state(struct inputs *in)
{
	if (state_check(&in->state) < 0 ||
	    state_save(&in->state, in->opt->out) < 0)
		return -1;
	return output_flush(in->opt->out);
}

/* All inputs, as @opt asks for */
static int add_up_as(struct inputs *in, const struct view_options *opt,
		     struct view *v)
{
	const struct state *s = &in->state;

	if (state_view(s, opt, v) < 0) {
		v->complete = false;
		return -1;
	}
	if (s->nr == 1 && !s->parts[0].file)
		v->fit = s->parts[0].view.fit;
	else
		v->fit.verdict = s->nr > 1 ? RATE_MANY : RATE_NO_POINTS;
	view_set_tsc_khz(v, in->opt->request.tsc_khz);
	return 0;
}

static int add_up(struct inputs *in, struct view *v)
{
	return add_up_as(in, &in->opt->view, v);
}

static int add_up_part(struct inputs *in, enum view_subject subject,
		       unsigned int by, struct view *v)
{
	struct view_options opt = in->opt->view;
	int status;

	opt.subject = subject;
	opt.by = by;
	opt.top = SUMMARY_REASONS;
	if (add_up_as(in, &opt, v) < 0)
		return -1;
	status = analyze_finish(v);
	if (status == STATUS_USAGE)
		in->status = status;
	return status == STATUS_OK ? 0 : -1;
}

/* Has each of them times?  States by rip or detail have not. */
static bool all_have_times(const struct state *s)
{
	size_t i;

	for (i = 0; i < s->nr; i++)
		if (s->parts[i].view.opt->subject != VIEW_OF_TIME)
			return false;
	return true;
}

static int print_summary(struct inputs *in)
{
	struct view exits = { .opt = NULL }, times = { .opt = NULL };
	struct summary summary = {
		.exits = &exits, .program = in->opt->view.program,
		.path = in->opt->nr_more ? NULL : in->opt->path,
		.is_state = in->state.nr && in->state.parts[0].file,
	};
	int ret = add_up_part(in, VIEW_OF_EXITS, BY_REASON, &exits);

	if (!ret && all_have_times(&in->state)) {
		summary.times = &times;
		ret = add_up_part(in, VIEW_OF_TIME, BY_VCPU, &times);
	}
	if (!ret)
		ret = summary_print(&summary, in->opt->out);
	view_release(&exits);
	view_release(&times);
	return ret;
}

/* What is of all inputs at once is printed; a view is handed out. */
static int finish(struct inputs *in, struct view *v)
{
	switch (in->opt->view.format) {
	case VIEW_STATE:
		return print_state(in);
	case VIEW_SUMMARY:
		return print_summary(in);
	default:
		return add_up(in, v);
	}
}

/*
 * A time that is absolute is another one in each recording, and a map of functions is
 * that of one guest.
 */
static int check_several(const struct options *opt)
{
	const struct filter_options *f = &opt->view.filter;
	const bool by_function = opt->view.by & BY_FUNCTION;
	const char *what = by_function ? "by=function" :
			   opt->view.subject == VIEW_OF_LIST ? "list" :
			   f->from.absolute ? "from=@..." :
			   f->to.absolute ? "to=@..." : NULL;

	if (!opt->nr_more && by_function)
		return error("--by=function: a state has no instructions in functions: %s: group it by rip, with --guest-map",
			     opt->path);
	if (!opt->nr_more || !what)
		return 0;
	return error("--%s is of one recording: more than one given: %s, %s",
		     what, opt->path, opt->more[0]);
}

int analyze_inputs(const struct options *opt, const struct recorded *first,
		   struct view *v)
{
	struct inputs in = { .opt = opt, .each = *opt, .first = first };
	int ret;

	if (check_several(opt) < 0)
		return STATUS_USAGE;

	in.each.nr_more = 0;
	if (view_is_of_all(&opt->view))
		choose_state(&in.each.view);
	ret = add_all(&in);
	if (!ret)
		ret = finish(&in, v);
	if (ret && in.status != STATUS_USAGE)
		in.status = STATUS_FAILED;
	state_release(&in.state);
	return in.status;
}
