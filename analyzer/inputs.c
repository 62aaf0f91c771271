// SPDX-License-Identifier: GPL-2.0
/*
 * Several inputs, recordings and states, and what is of exits and times at once: what
 * each input has becomes a part of one state, from which all is shown.
 *
 * A page shows exits by time and kind, too, and single ones: those are a view of their
 * own, of the same reading if that can be, or of one more while the recording is open.
 */
#include "analyze.h"
#include "base/diag_of_file.h"
#include "base/error.h"
#include "base/output.h"
#include "output/html.h"
#include "output/summary.h"
#include "result/state.h"
#include "result/task_names.h"

struct inputs {
	const struct options *opt;
	struct options each;		/* of one recording */
	const struct recorded *first;	/* the first one, if it is open */
	bool page;			/* is what is made of them, with: */
	struct state state;
	struct state by_time;		/* the same, for a page */
	struct view list;		/* and the dearest exits, of one recording */
	struct view over_time;		/* for a summary: exits, of one recording */
	int status;			/* the worst so far */
	unsigned int left_out;		/* inputs that cannot be read */
	bool strict;			/* none may be left out */
};

#define PAGE_LIST	20u

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
	if (!view->by || view->format == VIEW_PROMETHEUS)
		view->by = BY_VCPU | BY_REASON;
	view->subject = view->format == VIEW_PROMETHEUS ||
			 view->by & (BY_RIP | BY_DETAIL | BY_TIME | BY_LEVEL) ? VIEW_OF_EXITS :
							  VIEW_OF_TIME;
}

/* @v is what was made of a recording, with @status: into a state */
static int add_view(struct inputs *in, struct state *state, struct view *v, int status)
{
	v->lossy = status != STATUS_OK;
	if (task_names_prune(v) == 0 && state_add(state, v) == 0)
		return 0;
	in->status = STATUS_FAILED;
	return -1;
}

/* @v is what was made of a recording, with @status */
static int take_part(struct inputs *in, struct view *v, int status)
{
	if (v->complete && status != STATUS_FAILED && status != STATUS_USAGE) {
		see_status(in, status);
		return add_view(in, &in->state, v, status);
	}
	in->status = status;
	return status == STATUS_FAILED || status == STATUS_USAGE ? -1 : 0;
}

static int add_part(struct inputs *in, const struct recorded *r)
{
	struct view v = { .opt = NULL };
	int status = analyze_opened(&in->each, r, &v);
	int ret = take_part(in, &v, status);

	view_release(&v);
	return ret;
}

static int take_dearest(struct inputs *in, struct view *v)
{
	struct view_options opt = in->each.view;

	if (in->opt->nr_more)
		return 0;
	opt.by = 0;
	opt.subject = VIEW_OF_LIST;
	opt.top = PAGE_LIST;
	if (v->list.in_groups && list_take_rest(&v->list, &v->groups) < 0)
		return -1;
	return view_take_list(&in->list, v, &opt);
}

/* Exits by time and kind, and the dearest ones */
static struct options options_for_page(const struct inputs *in)
{
	struct options opt = in->each;

	opt.unproven = true;
	opt.view.by = BY_TIME | BY_VCPU | BY_REASON | BY_KIND;
	opt.view.subject = VIEW_OF_EXITS;
	opt.view.dearest = in->opt->nr_more ? 0 : PAGE_LIST;
	return opt;
}

static int take_for_page(struct inputs *in, struct view *v, int status)
{
	int ret = -1;

	if (v->complete && status != STATUS_FAILED && status != STATUS_USAGE &&
	    take_dearest(in, v) == 0)
		ret = add_view(in, &in->by_time, v, status);
	if (status == STATUS_INTERRUPTED)
		in->status = status;
	return ret ? error("cannot be read once more: %s", in->each.path) : 0;
}

/* What was said when the recording was read for the first time is not said again. */
static int add_for_page(struct inputs *in, const struct recorded *r)
{
	const struct diag *before = diag_set(&diag_silent);
	struct options opt = options_for_page(in);
	struct view v = { .opt = NULL };
	int status = analyze_opened(&opt, r, &v), ret;

	diag_set(before);
	ret = take_for_page(in, &v, status);
	view_release(&v);
	return ret;
}

/* Both in one reading, if that can be; else each of them in one of its own */
static int add_page(struct inputs *in, const struct recorded *r)
{
	struct options opt = options_for_page(in);
	struct view v = { .opt = NULL }, w = { .opt = NULL };
	int status_w, status = analyze_opened_both(&in->each, &opt, r, &v, &w, &status_w);
	int ret = v.complete ? take_part(in, &v, status) : add_part(in, r);

	if (!ret)
		ret = w.complete ? take_for_page(in, &w, status_w) : add_for_page(in, r);
	view_release(&v);
	view_release(&w);
	return ret;
}

/*
 * How many exits there were when: by the length of a recording, once that is known.  What
 * was said is not said again, and a summary does without where it cannot be had.
 */
static int add_for_summary(struct inputs *in, const struct recorded *r)
{
	const struct view *known = in->state.nr ? &in->state.parts[0].view : NULL;
	struct options opt = in->each;
	const struct diag *before;

	if (in->opt->nr_more || !known || !known->has_span ||
	    in->status == STATUS_INTERRUPTED || known->info->grows)
		return 0;
	opt.unproven = true;
	opt.view.by = BY_TIME;
	opt.view.subject = VIEW_OF_EXITS;
	opt.view.width_ns = summary_bucket(&opt.view, known->span_ns);
	if (!opt.view.width_ns)
		return 0;
	before = diag_set(&diag_silent);
	if (analyze_opened(&opt, r, &in->over_time) == STATUS_INTERRUPTED)
		in->status = STATUS_INTERRUPTED;
	diag_set(before);
	return 0;
}

static int add_opened(struct inputs *in, const struct recorded *r)
{
	if (in->page)
		return add_page(in, r);
	if (add_part(in, r) < 0)
		return -1;
	return in->opt->view.format == VIEW_SUMMARY ? add_for_summary(in, r) : 0;
}

static int add_recording(struct inputs *in, const char *path)
{
	const struct recorded *first = in->first;
	struct recorded r;
	int ret = -1;

	in->each.path = path;
	in->first = NULL;
	if (first)
		return add_opened(in, first);
	if (analyze_open(&r, &in->each) == 0)
		ret = add_opened(in, &r);
	else
		in->status = STATUS_FAILED;
	analyze_close(&r);
	return ret;
}

/* The state at @path, or the one in memory that stands for it */
static int load_state(struct state *s, const char *path,
		      const struct input_state *given)
{
	return given->given ? state_load_bytes(s, path, given->data, given->bytes) :
			      state_load(s, path);
}

/* Exits by time are in a state only if it was asked for. */
static int add_state_for_page(struct inputs *in, const char *path,
			      const struct input_state *given, size_t first)
{
	size_t i;

	for (i = first; i < in->state.nr; i++)
		if (!(in->state.parts[i].view.by & BY_TIME)) {
			in->status = STATUS_USAGE;
			return error("a page shows exits by time: %s does not have it: save the state with --by=time,vcpu,reason",
				     path);
		}
	return load_state(&in->by_time, path, given);
}

/*
 * Where the state of a recording is in memory, figures are to be as if that was read
 * here: it has told its losses, and only some views prove reports.
 */
static void stand_for_recording(struct inputs *in, size_t first)
{
	size_t i;

	for (i = first; i < in->state.nr; i++) {
		if (in->state.parts[i].view.lossy)
			see_status(in, STATUS_LOSSES);
		if (!view_is_of_all(&in->opt->view))
			in->state.parts[i].view.proof =
				(struct view_proof){ .known = false };
	}
}

static void tell_losses(struct inputs *in, const char *path, size_t first)
{
	size_t i;

	for (i = first; i < in->state.nr; i++)
		if (in->state.parts[i].view.lossy) {
			warning("events or exits are missing: %s: it was saved with losses",
				path);
			see_status(in, STATUS_LOSSES);
			break;
		}
}

static int add_state(struct inputs *in, const char *path,
		     const struct input_state *given)
{
	const size_t first = in->state.nr;

	if (load_state(&in->state, path, given) < 0) {
		in->status = STATUS_FAILED;
		return -1;
	}
	if (in->page && add_state_for_page(in, path, given, first) < 0)
		return -1;
	if (given->given && !state_is(path))
		stand_for_recording(in, first);
	else
		tell_losses(in, path, first);
	return 0;
}

static int read_input(struct inputs *in, const char *path,
		      const struct input_state *given)
{
	/* Why, was said by whoever tried to read it. */
	if (given->given && !given->data) {
		in->status = STATUS_FAILED;
		return -1;
	}
	if (!given->given && !state_is(path))
		return add_recording(in, path);
	if (!in->opt->view.format || in->opt->view.subject == VIEW_OF_REPORTS) {
		in->status = STATUS_USAGE;
		return error("a state has no reports: %s: choose a view: --format=table",
			     path);
	}
	return add_state(in, path, given);
}

/* One of several, or one side of a comparison: what is said of it names it. */
static int read_named(struct inputs *in, const char *path,
		      const struct input_state *given)
{
	struct diag_of_file diag;
	int ret;

	if (!in->opt->nr_more && !in->strict)
		return read_input(in, path, given);
	diag_begin_file(&diag, path);
	ret = read_input(in, path, given);
	diag_set(diag.to);
	return ret;
}

/* One of several that cannot be read is left out, and counted. */
static int add_input(struct inputs *in, const char *path, unsigned int index)
{
	static const struct input_state from_file = { .given = false };
	const struct input_state *given = in->opt->states ? &in->opt->states[index] :
							    &from_file;
	const size_t parts = in->state.nr, by_time = in->by_time.nr;
	const int before = in->status;

	if (read_named(in, path, given) == 0)
		return 0;
	if (in->status == STATUS_USAGE || in->strict || !in->opt->nr_more)
		return -1;
	in->status = before;
	in->left_out++;
	state_cut(&in->state, parts);
	state_cut(&in->by_time, by_time);
	return 0;
}

static int add_each(struct inputs *in)
{
	unsigned int i;

	if (add_input(in, in->opt->path, 0) < 0)
		return -1;
	for (i = 0; i < in->opt->nr_more; i++) {
		/* Interrupted: what is known so far. */
		if (in->status == STATUS_INTERRUPTED) {
			warning("interrupted: not read: %s, and what was given behind it",
				in->opt->more[i]);
			return 0;
		}
		if (add_input(in, in->opt->more[i], i + 1) < 0)
			return -1;
	}
	return 0;
}

static int add_all(struct inputs *in)
{
	if (add_each(in) < 0)
		return -1;
	if (!in->left_out)
		return 0;
	if (!in->state.nr)
		return error("none of %u inputs can be read", in->opt->nr_more + 1);
	warning("left out: %u of %u inputs, as they cannot be read: no figure has anything of them",
		in->left_out, in->opt->nr_more + 1);
	if (in->status != STATUS_INTERRUPTED)
		in->status = STATUS_INCOMPLETE;
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
static int add_up_as(struct inputs *in, const struct state *s,
		     const struct view_options *opt, struct view *v)
{
	if (state_view(s, opt, v) < 0) {
		v->complete = false;
		return -1;
	}
	v->left_out = in->left_out;
	if (s->nr == 1 && !s->parts[0].file)
		v->fit = s->parts[0].view.fit;
	else
		v->fit.verdict = s->nr > 1 ? RATE_MANY : RATE_NO_POINTS;
	view_set_tsc_khz(v, in->opt->request.tsc_khz);
	return 0;
}

static int add_up(struct inputs *in, struct view *v)
{
	return add_up_as(in, &in->state, &in->opt->view, v);
}

static int add_up_from(struct inputs *in, const struct state *s,
		       enum view_subject subject, unsigned int by, unsigned int top,
		       struct view *v)
{
	struct view_options opt = in->opt->view;
	int status;

	opt.subject = subject;
	opt.by = by;
	opt.top = top;
	if (add_up_as(in, s, &opt, v) < 0)
		return -1;
	status = analyze_finish(v);
	if (status == STATUS_USAGE)
		in->status = status;
	return status == STATUS_OK ? 0 : -1;
}

static int add_up_part(struct inputs *in, enum view_subject subject,
		       unsigned int by, unsigned int top, struct view *v)
{
	return add_up_from(in, &in->state, subject, by, top, v);
}

/* Are all by kind?  States that were saved need not be. */
static bool all_have_kinds(const struct state *s)
{
	size_t i;

	for (i = 0; i < s->nr; i++)
		if (!(s->parts[i].view.by & BY_KIND))
			return false;
	return true;
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
	int ret = add_up_part(in, VIEW_OF_EXITS, BY_REASON, SUMMARY_REASONS,
			      &exits);

	if (in->over_time.complete && in->over_time.exits)
		summary.over_time = &in->over_time;
	if (!ret && all_have_times(&in->state)) {
		summary.times = &times;
		ret = add_up_part(in, VIEW_OF_TIME, BY_VCPU, SUMMARY_REASONS,
				  &times);
	}
	if (!ret)
		ret = summary_print(&summary, in->opt->out);
	view_release(&exits);
	view_release(&times);
	return ret;
}

/* The views of a page, of all inputs */
struct page_parts {
	struct view cells;
	struct view reasons, vcpus, kinds, times;
	struct page_views views;	/* these */
};

static int make_page(struct inputs *in, struct page_parts *p)
{
	const bool kinds = all_have_kinds(&in->by_time);
	struct view_options opt = in->opt->view;

	opt.by = BY_TIME | BY_VCPU | BY_REASON | (kinds ? BY_KIND : 0);
	p->views = (struct page_views){ .cells = &p->cells, .reasons = &p->reasons,
					.vcpus = &p->vcpus };
	if (add_up_as(in, &in->by_time, &opt, &p->cells) < 0 ||
	    add_up_part(in, VIEW_OF_EXITS, BY_REASON, PAGE_REASONS, &p->reasons) < 0 ||
	    add_up_part(in, VIEW_OF_EXITS, BY_VCPU, PAGE_VCPUS, &p->vcpus) < 0)
		return -1;
	if (kinds) {
		p->views.kinds = &p->kinds;
		if (add_up_from(in, &in->by_time, VIEW_OF_EXITS, BY_KIND, PAGE_KINDS,
				&p->kinds) < 0)
			return -1;
	}
	if (all_have_times(&in->state)) {
		p->views.times = &p->times;
		if (add_up_part(in, VIEW_OF_TIME, BY_VCPU, PAGE_VCPUS, &p->times) < 0)
			return -1;
	}
	if (!in->list.complete)
		return 0;
	p->views.list = &in->list;
	return analyze_finish(&in->list) == STATUS_OK ? 0 : -1;
}

static int print_page(struct inputs *in)
{
	struct page_parts parts = { .cells = { .opt = NULL } };
	int ret = make_page(in, &parts);

	if (!ret)
		ret = html_print(&parts.views, in->opt->out);
	view_release(&parts.cells);
	view_release(&parts.reasons);
	view_release(&parts.vcpus);
	view_release(&parts.kinds);
	view_release(&parts.times);
	return ret;
}

/* Metrics are by VM where all of them know it, unless it is said what they are by. */
static int add_up_metrics(struct inputs *in, struct view *v)
{
	struct view_options opt = in->opt->view;
	unsigned int by = BY_VM;
	size_t i;

	for (i = 0; i < in->state.nr; i++)
		by &= in->state.parts[i].view.by;
	if (!opt.by)
		opt.by = by | BY_REASON;
	return add_up_as(in, &in->state, &opt, v);
}

/* What is of all inputs at once is printed; a view is handed out. */
static int finish(struct inputs *in, struct view *v)
{
	switch (in->opt->view.format) {
	case VIEW_STATE:
		return print_state(in);
	case VIEW_SUMMARY:
		return print_summary(in);
	case VIEW_HTML:
		return print_page(in);
	case VIEW_PROMETHEUS:
		return add_up_metrics(in, v);
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

	if (opt->view.format == VIEW_PERFETTO)
		return error("a timeline is of one recording: %s: not of several, and not of a state",
			     opt->path);
	if (opt->view.format == VIEW_STATE && (opt->view.by & BY_KIND))
		return error("--by=kind: a state has whole details: save it with --by=detail");
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
	struct inputs in = { .opt = opt, .each = *opt, .first = first,
			     .page = opt->view.format == VIEW_HTML };
	int ret;

	if (opt->show.text) {
		error("--show needs a recording: %s is a state, which has no single exits",
		      opt->path);
		return STATUS_USAGE;
	}
	if (check_several(opt) < 0)
		return STATUS_USAGE;

	in.each.nr_more = 0;
	in.each.states = NULL;
	if (view_is_of_all(&opt->view))
		choose_state(&in.each.view);
	ret = add_all(&in);
	if (!ret)
		ret = finish(&in, v);
	if (ret && in.status != STATUS_USAGE)
		in.status = STATUS_FAILED;
	state_release(&in.state);
	state_release(&in.by_time);
	view_release(&in.list);
	view_release(&in.over_time);
	return in.status;
}

int analyze_collect(const struct options *opt, const struct recorded *first,
		    struct state *state)
{
	struct inputs in = { .opt = opt, .each = *opt, .first = first,
			     .strict = true };

	in.each.nr_more = 0;
	in.each.states = NULL;
	if (add_all(&in) < 0 && in.status != STATUS_USAGE)
		in.status = STATUS_FAILED;
	*state = in.state;
	return in.status;
}
