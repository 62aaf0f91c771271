// SPDX-License-Identifier: GPL-2.0
/*
 * A recording that is open: what is said of it before it is read, and who reads it.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "analyze.h"
#include "base/error.h"
#include "event/clock.h"
#include "exits.h"
#include "sink/prove.h"

#define INSTANCES_NAMED	4u

static void note_instances(const struct source *src)
{
	const struct recording *info = source_recording(src);
	unsigned int i;

	/* Whoever names one knows that there may be others. */
	if (info->instance)
		return;
	for (i = 0; i < info->nr_instances && i < INSTANCES_NAMED; i++)
		note("not read: %s: instance %s: choose it with --instance",
		     info->path, info->instances[i]);
	if (info->nr_instances > INSTANCES_NAMED)
		note("not read: %s: %u more instance%s", info->path,
		     info->nr_instances - INSTANCES_NAMED,
		     plural_s(info->nr_instances - INSTANCES_NAMED));
}

/* The recorder was killed: what is read instead, and what is known of it. */
static void warn_unfinished(const struct options *opt,
			    const struct recording *info)
{
	if (info->unfinished && !info->files)
		warning("unfinished recording: %s: its recorder did not complete it: what is there is read up to its end",
			info->path);
	else if (info->unfinished)
		warning("unfinished recording: %s: reading the %u file%s %s.cpuN that trace-cmd left behind",
			info->path, info->nr_files,
			plural_s(info->nr_files), info->files);
	else if (info->nr_files)
		note("not read: %s.cpuN: %u file%s of another recording that was not finished",
		     info->files, info->nr_files,
		     plural_s(info->nr_files));
	if (info->formats_used && !info->unfinished)
		note("event formats are those of %s: those of %s cannot be read",
		     opt->request.formats, info->path);
	else if (info->cut && !info->unfinished)
		note("the file ends early: %s: ftrace instances listed after this point may be missing",
		     info->path);
	if (opt->request.formats && !info->formats_used)
		note("not read: %s: %s has event formats of its own",
		     opt->request.formats, info->path);
}

static void warn_partial(const struct recording *info,
			 uint32_t subbuf_bytes)
{
	unsigned int i, files = 0;
	uint64_t bytes = 0;

	for (i = 0; info->unfinished && info->files && i < info->nr_cpus; i++) {
		files += info->cpus[i].size % subbuf_bytes != 0;
		bytes += info->cpus[i].size % subbuf_bytes;
	}
	if (files)
		warning("unfinished recording: %s: partial sub-buffers at the end: %u, %" PRIu64 " bytes of them were skipped",
			info->path, files, bytes);
}

/* Was reading stopped?  Then all that was printed is of what was read. */
static bool interrupted(const struct source *src)
{
	const struct recording *info = source_recording(src);
	uint64_t unread = source_unread(src);

	if (source_stopped_again(src)) {
		warning("interrupted: %s: while it was read once more, which all figures need: there are none",
			info->path);
		return true;
	}
	if (!unread)
		return false;
	warning("interrupted: %s: %" PRIu64 " of %" PRIu64 " bytes of events were not read: this is what is known without them",
		info->path, unread, info->data_bytes);
	return true;
}

/* Old kernels do not say which ISA an exit is of, or do not name its reason. */
static void take_isa(const struct options *opt, const struct recording *info,
		     struct parse *p)
{
	if (p->machine->isa_field)
		p->isa = opt->isa;
	if (opt->isa && !p->machine->isa_field)
		note("not used: --isa: %s is of %s", info->path,
		     p->machine->name);
	else if (!p->machine->isa_field)
		return;
	else if (opt->isa && p->has_isa)
		note("not used: --isa: %s says which ISA each exit is of",
		     info->path);
	else if (!opt->isa && !p->has_isa)
		note("%s does not say %s", info->path, p->machine->unsaid_isa);
	else if (!p->named)
		note("%s does not name %s", info->path,
		     p->machine->unnamed_reasons);
}

int analyze_open(struct recorded *r, const struct options *opt)
{
	const struct recording *info;

	*r = (struct recorded){ .p = calloc(1, sizeof(*r->p)) };
	if (!r->p)
		return error("out of memory");
	if (source_open_request(&r->src, opt->path, &opt->request) < 0)
		return -1;
	info = source_recording(r->src);
	note_instances(r->src);
	warn_unfinished(opt, info);
	clock_compare_rates(info);
	if (parse_init(r->p, r->src) < 0)
		return -1;
	if (r->p->present[PARSE_EXIT])
		take_isa(opt, info, r->p);
	warn_partial(info, r->p->subbuf.subbuf_bytes);
	return 0;
}

void analyze_close(struct recorded *r)
{
	if (r->p)
		parse_release(r->p);
	source_close(r->src);
	free(r->p);
	*r = (struct recorded){ .src = NULL };
}

/* What a view of all has besides.  Return -1 after a message. */
static int add_proof(const struct options *opt, const struct recorded *r, struct view *v)
{
	if (!view_is_of_all(&opt->view) || opt->unproven || !v->complete || !v->stamped ||
	    v->proof.known || source_unread(r->src) || source_recording(r->src)->grows)
		return 0;
	return prove_quietly(&v->proof, r->src, r->p, opt->threads);
}

int analyze_opened_both(const struct options *times, const struct options *exits,
			const struct recorded *r, struct view *v, struct view *w,
			int *status)
{
	int ret;

	progress_begin(times->progress, times->request.reading,
		       source_recording(r->src)->data_bytes);
	ret = analyze_both(times, exits, r->src, r->p, v, w, status);
	progress_end(times->progress);
	if (!v->complete)
		return ret;
	if (add_proof(times, r, v) < 0)
		ret = STATUS_FAILED;
	if (!interrupted(r->src))
		return ret;
	*status = STATUS_INTERRUPTED;
	return STATUS_INTERRUPTED;
}

static int read_opened(const struct options *opt, const struct recorded *r, struct view *v)
{
	int status;

	progress_begin(opt->progress, opt->request.reading,
		       source_recording(r->src)->data_bytes);
	if (exits_find_isa(r, &opt->view.filter) < 0)
		status = STATUS_FAILED;
	else if (opt->show.text)
		status = analyze_show(opt, r->src, r->p);
	else if (opt->view.format == VIEW_PERFETTO)
		status = analyze_tracks(opt, r);
	else if (opt->view.format && opt->view.subject != VIEW_OF_REPORTS)
		status = analyze_view(opt, r->src, r->p, v);
	else if (r->p->stamped)
		status = analyze_stamped(opt, r->src, r->p);
	else
		status = analyze_unstamped(opt, r->src, r->p);
	progress_end(opt->progress);
	return status;
}

int analyze_opened(const struct options *opt, const struct recorded *r,
		   struct view *v)
{
	int status = read_opened(opt, r, v);

	if (source_is_odd(r->src))
		status = source_know_all(r->src) < 0 ? STATUS_FAILED :
							  read_opened(opt, r, v);
	if (add_proof(opt, r, v) < 0)
		status = STATUS_FAILED;
	return interrupted(r->src) ? STATUS_INTERRUPTED : status;
}
