// SPDX-License-Identifier: GPL-2.0
/* One exit, event by event: --show */
#include "analyze.h"
#include "base/error.h"
#include "output/one.h"
#include "sink/show.h"

static int print(const struct options *opt, const struct one *o)
{
	return opt->view.format == VIEW_JSON ? one_print_json(o, opt->out) :
					       one_print_table(o, opt->out);
}

int analyze_show(const struct options *opt, const struct source *src,
		 const struct parse *p)
{
	struct one o = { .info = NULL };
	int status = show_find(&opt->show, src, p, &o);

	if ((status == STATUS_OK || status == STATUS_LOSSES) && print(opt, &o) < 0)
		status = STATUS_FAILED;
	one_release(&o);
	return status;
}
