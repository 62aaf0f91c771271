// SPDX-License-Identifier: GPL-2.0
#include "analyze.h"

#include "output/writer.h"
#include "result/state.h"

bool analyze_needs_inputs(const struct options *opt)
{
	return opt->nr_more || (opt->states && opt->states->given) || view_is_of_all(&opt->view) || state_is(opt->path);
}

bool analyze_reads_once(const struct options *opt)
{
	return !analyze_needs_inputs(opt) && !opt->show.text &&
	       (!opt->view.format || opt->view.subject == VIEW_OF_REPORTS) &&
	       opt->view.format != VIEW_PERFETTO;
}

static int analyze_one(const struct options *opt, struct view *v)
{
	struct recorded r;
	int status = STATUS_FAILED;

	if (analyze_open(&r, opt) == 0)
		status = analyze_opened(opt, &r, v);
	analyze_close(&r);
	return status;
}

int analyze(const struct options *opt)
{
	struct view v = { .opt = NULL };
	int status = analyze_needs_inputs(opt) ?
		     analyze_inputs(opt, NULL, &v) : analyze_one(opt, &v);
	int ret = v.complete ? analyze_finish(&v) : STATUS_OK;

	if (ret != STATUS_OK)
		status = ret;
	else if (v.complete && view_print(&v, opt->out) < 0)
		status = STATUS_FAILED;
	view_release(&v);
	return status;
}
