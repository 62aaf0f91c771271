// SPDX-License-Identifier: GPL-2.0
#include "analyze.h"

#include <inttypes.h>
#include <stdlib.h>

#include "error.h"

#define INSTANCES_NAMED	4u

int analyze_losses(const struct tracedat *td, const struct losses *l)
{
	const struct tracedat_info *info = tracedat_info(td);
	int status = STATUS_OK;

	if (info->missing_bytes) {
		warning("recording is cut: %s: %" PRIu64 " of %" PRIu64 " bytes of events are missing",
			info->path, info->missing_bytes,
			info->missing_bytes + info->data_bytes);
		status = STATUS_LOSSES;
	}
	if (l->damaged) {
		warning("damaged: %s: %" PRIu64 " sub-buffers, %" PRIu64 " bytes of them were skipped",
			info->path, l->damaged, l->damaged_bytes);
		status = STATUS_LOSSES;
	}
	if (l->bad_chunks) {
		warning("damaged: %s: %" PRIu64 " compressed chunks, %" PRIu64 " bytes of events were skipped",
			info->path, l->bad_chunks, l->bad_chunks_bytes);
		status = STATUS_LOSSES;
	}
	return status;
}

static void note_instances(const struct tracedat *td)
{
	const struct tracedat_info *info = tracedat_info(td);
	unsigned int i;

	/* Whoever names one knows that there may be others. */
	if (info->instance)
		return;
	for (i = 0; i < info->nr_instances && i < INSTANCES_NAMED; i++)
		note("not read: %s: instance %s: choose it with --instance",
		     info->path, info->instances[i]);
	if (info->nr_instances > INSTANCES_NAMED)
		note("not read: %s: %u more instances", info->path,
		     info->nr_instances - INSTANCES_NAMED);
}

static int analyze_parsed(const struct options *opt, const struct tracedat *td,
			  struct parse *p)
{
	int status = STATUS_FAILED;

	note_instances(td);
	if (parse_init(p, td) < 0)
		status = STATUS_FAILED;
	else if (p->stamped)
		status = analyze_stamped(opt, td, p);
	else
		status = analyze_unstamped(opt, td, p);
	parse_release(p);
	return status;
}

int analyze(const struct options *opt)
{
	struct parse *p = malloc(sizeof(*p));
	struct tracedat *td = NULL;
	int status = STATUS_FAILED;

	if (!p)
		error("out of memory");
	else if (tracedat_open_request(&td, opt->path, &opt->request) == 0)
		status = analyze_parsed(opt, td, p);
	tracedat_close(td);
	free(p);
	return status;
}
