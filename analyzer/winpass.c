// SPDX-License-Identifier: GPL-2.0
#include "winpass.h"

#include <stdlib.h>
#include <string.h>

#include "error.h"

/* The latest exit of @st does not count. */
static int reject(const struct winpass *wp, struct winpass_stream *st)
{
	struct winpass_rejects *r = &st->rejects;
	size_t size = r->allocated ? r->allocated * 2 : 16;
	uint64_t *ordinals;

	if (!wp->remembers)
		return 0;
	if (r->nr == r->allocated) {
		ordinals = realloc(r->ordinals, size * sizeof(*ordinals));
		if (!ordinals)
			return error("out of memory: %zu exits that do not count",
				     size);
		r->ordinals = ordinals;
		r->allocated = size;
	}
	r->ordinals[r->nr++] = st->exits - 1;
	return 0;
}

static struct pair_stream *pairs_of(const struct winpass *wp,
				    const struct winpass_stream *st)
{
	return &wp->pairs[st - wp->streams];
}

static int account(struct winpass *wp, struct winpass_stream *st,
		   const struct event_entry *e)
{
	struct stats_sample sample;

	if (!isa_valid(e->isa)) {
		st->odd.bad_isa++;
		return 0;
	}
	pair_sample(e, &sample);
	if (!window_add(wp->window, e->seq,
			reasons_slot(&wp->p->reasons, e->isa, e->code),
			&sample)) {
		st->odd.repeated++;
		return reject(wp, st);
	}
	return wp->pairs ? pair_add_entry(pairs_of(wp, st), e) : 0;
}

/* Return 1 if the stream has to wait for the next window. */
static int handle_entry(struct winpass *wp, struct winpass_stream *st,
			const struct subbuf_record *rec)
{
	struct event_entry *e = &st->held;

	parse_entry(wp->p, rec, e);
	if (!e->seq) {
		if (wp->pairs)
			pair_drop(pairs_of(wp, st), e->vm, e->vcpu_id);
		return 0;
	}
	st->exits++;
	if (window_has(wp->window, e->epoch, e->seq))
		return account(wp, st, e);
	if (window_passed(wp->window, e->epoch, e->seq)) {
		st->odd.late++;
		return reject(wp, st);
	}
	st->holds = true;
	return 1;
}

static int handle_exit(struct winpass *wp, struct winpass_stream *st,
		       const struct subbuf_record *rec)
{
	struct event_exit e;

	if (!wp->pairs)
		return 0;
	parse_exit(wp->p, rec, &e);
	return pair_add_exit(pairs_of(wp, st), &e);
}

/* Read the stream up to its first entry beyond the window. */
static int advance(struct winpass *wp, struct winpass_stream *st)
{
	struct subbuf_record rec;
	bool is_short = false;	/* counted by the first pass */
	int ret = 0;

	if (st->holds) {
		if (!window_has(wp->window, st->held.epoch, st->held.seq))
			return 0;
		st->holds = false;
		if (account(wp, st, &st->held) < 0)
			return -1;
	}
	while (!ret) {
		ret = records_next(&st->records, &rec);
		if (ret <= 0)
			return ret;
		switch (parse_kind(wp->p, &rec, &is_short)) {
		case PARSE_ENTRY:
			ret = handle_entry(wp, st, &rec);
			break;
		case PARSE_EXIT:
			ret = handle_exit(wp, st, &rec);
			break;
		default:
			ret = 0;
		}
	}
	return ret < 0 ? -1 : 0;
}

/* Those in the window; those that have more are held back. */
static int advance_all(struct winpass *wp)
{
	struct heads *h = &wp->heads;
	struct winpass_stream *st;
	uint32_t i;

	for (i = 0; i < h->nr_in; i++) {
		st = &wp->streams[h->in[i]];
		if (advance(wp, st) < 0)
			return -1;
		if (st->holds)
			heads_add(h, h->in[i], st->held.epoch, st->held.seq);
		if (wp->pairs)
			pair_note(pairs_of(wp, st), &wp->waiting);
	}
	heads_clear(h);
	return wp->pairs ? pair_resolve(wp->pairs, wp->nr_streams, &wp->waiting,
					&wp->joins) : 0;
}

static int open_pairs(struct winpass *wp)
{
	unsigned int i;

	wp->pairs = calloc(wp->nr_streams + 1, sizeof(*wp->pairs));
	if (!wp->pairs)
		return error("out of memory: %u CPUs", wp->nr_streams);
	for (i = 0; i < wp->nr_streams; i++)
		pair_init(&wp->pairs[i]);
	return 0;
}

int winpass_open(struct winpass *wp, const struct tracedat *td,
		 const struct parse *p, unsigned int wanted)
{
	unsigned int i;

	memset(wp, 0, sizeof(*wp));
	wp->p = p;
	wp->remembers = wanted & WINPASS_REJECTS;
	wp->nr_streams = tracedat_info(td)->nr_cpus;
	wp->streams = calloc(wp->nr_streams + 1, sizeof(*wp->streams));
	wp->window = calloc(1, sizeof(*wp->window));
	if (!wp->streams || !wp->window ||
	    heads_init(&wp->heads, wp->nr_streams) < 0)
		return error("out of memory: %u CPUs", wp->nr_streams);
	if (window_init(wp->window, p->reasons.nr) < 0 ||
	    ((wanted & WINPASS_PAIRS) && open_pairs(wp) < 0))
		return -1;
	for (i = 0; i < wp->nr_streams; i++)
		if (records_open(&wp->streams[i].records, td, &p->subbuf, i,
				 true) < 0)
			return -1;
	/* The window is empty yet: each stream stops at its first entry. */
	return advance_all(wp);
}

void winpass_close_records(struct winpass *wp)
{
	unsigned int i;

	for (i = 0; wp->streams && i < wp->nr_streams; i++)
		records_close(&wp->streams[i].records);
}

void winpass_close(struct winpass *wp)
{
	unsigned int i;

	winpass_close_records(wp);
	for (i = 0; wp->streams && i < wp->nr_streams; i++)
		free(wp->streams[i].rejects.ordinals);
	for (i = 0; wp->pairs && i < wp->nr_streams; i++)
		pair_release(&wp->pairs[i]);
	if (wp->window)
		window_release(wp->window);
	heads_release(&wp->heads);
	free(wp->window);
	free(wp->streams);
	free(wp->pairs);
	memset(wp, 0, sizeof(*wp));
}

int winpass_next(struct winpass *wp, const struct epoch *e)
{
	const struct event_entry *next;

	if (!heads_any(&wp->heads))
		return 0;
	next = &wp->streams[heads_first(&wp->heads)].held;
	if (next->epoch != e->number)
		return 0;
	window_begin(wp->window, e, next->seq);
	heads_take(&wp->heads, e->number, wp->window->base, wp->window->span);
	return advance_all(wp) < 0 ? -1 : 1;
}

int winpass_finish(struct winpass *wp, const char *path)
{
	if (heads_any(&wp->heads))
		return error("file changed while it was read: %s", path);
	return wp->pairs ? pair_finish(wp->pairs, wp->nr_streams, &wp->joins) :
			   0;
}

struct oddities winpass_oddities(const struct winpass *wp)
{
	struct oddities all = { .late = 0 };
	const struct oddities *odd;
	unsigned int i;

	for (i = 0; i < wp->nr_streams; i++) {
		odd = &wp->streams[i].odd;
		all.bad_isa += odd->bad_isa;
		all.late += odd->late;
		all.repeated += odd->repeated;
	}
	return all;
}
