// SPDX-License-Identifier: GPL-2.0
#include "gather.h"

#include <stdlib.h>
#include <string.h>

#include "crew.h"
#include "error.h"
#include "heads.h"
#include "stats.h"
#include "window.h"

/* Reports in a window: the tables of one thread then take half a MiB. */
#define ROWS_MAX	32u
#define TABLES_BYTES	(1u << 20)
#define FACTS_BYTES	(4u << 20)

/* Fewer exits in a window are read sooner by one thread than others wake up. */
#define ALONE_EXITS	1024u

/* An event on reports, kept as far as epochs.h wants it */
struct fact {
	bool is_report;			/* kvm_exit_report, not kvm_exit_stats */
	uint32_t kind;			/* of kvm_exit_stats */
	uint32_t epoch, report, since, interval;
	uint64_t number;		/* seq, or exits */
};

/* One per-CPU stream, used by one thread at a time. */
struct stream {
	struct records records;
	struct pair_stream *pair;
	struct event_entry held;	/* beyond the window */
	bool holds;
	struct fact *facts;
	size_t nr_facts, facts_allocated;
};

/* What the window has of one report, in one thread */
struct row {
	struct stats_table table;
	uint64_t distinct;
	uint64_t first, last;		/* numbers; undefined while there are none */
};

/* One thread's share of the window, and its counts over all windows */
struct shard {
	struct row rows[ROWS_MAX];
	uint64_t seen[WINDOW_EXITS / 64];
	uint64_t entries, exits, accounted, reports;
	bool odd;			/* two passes are needed */
	bool failed;
} __attribute__((aligned(64)));

struct gather {
	struct gathered *out;
	const struct tracedat *td;
	const struct parse *p;
	struct crew crew;
	struct stream *streams;
	struct pair_stream *pairs;	/* one for each stream */
	unsigned int nr_streams;
	struct shard *shards;		/* one for each thread */
	unsigned int nr_rows;		/* of a window, at the most */
	size_t facts_bytes;		/* of all streams: atomic */
	struct heads heads;		/* the streams in the window */
	unsigned int next_in;		/* that no thread has taken: atomic */
	uint64_t exits;			/* in the window before */
	size_t waiting;			/* pair_note() of all streams */

	/* the window: the same for all threads */
	uint32_t epoch, report;		/* report: of the first row */
	uint64_t base, span;
	uint64_t done;			/* highest number of the epoch so far */
};

/* Events of one stream */

static int keep_fact(struct gather *g, struct shard *sh, struct stream *st,
		     const struct fact *f)
{
	size_t size = st->facts_allocated ? st->facts_allocated * 2 : 16;
	struct fact *facts;

	if (st->nr_facts == st->facts_allocated) {
		if (__atomic_add_fetch(&g->facts_bytes,
				       (size - st->facts_allocated) * sizeof(*f),
				       __ATOMIC_RELAXED) > FACTS_BYTES) {
			sh->odd = true;
			return -1;
		}
		facts = realloc(st->facts, size * sizeof(*facts));
		if (!facts) {
			sh->failed = true;
			return error("out of memory: %zu events on reports", size);
		}
		st->facts = facts;
		st->facts_allocated = size;
	}
	st->facts[st->nr_facts++] = *f;
	return 0;
}

static int handle_report(struct gather *g, struct shard *sh, struct stream *st,
			 const struct subbuf_record *rec)
{
	struct event_report e;
	struct fact f = { .is_report = true };

	parse_report(g->p, rec, &e);
	sh->reports++;
	f.epoch = e.epoch;
	f.report = e.report;
	f.since = e.since;
	f.interval = e.interval;
	f.number = e.seq;
	return keep_fact(g, sh, st, &f);
}

static int handle_stats(struct gather *g, struct shard *sh, struct stream *st,
			const struct subbuf_record *rec)
{
	struct event_stats e;
	struct fact f = { .is_report = false };

	parse_stats(g->p, rec, &e);
	if (e.kind != STATS_TOTAL && e.kind != STATS_SKIPPED)
		return 0;
	f.kind = e.kind;
	f.epoch = e.epoch;
	f.report = e.report;
	f.number = e.exits;
	return keep_fact(g, sh, st, &f);
}

static bool window_holds(const struct gather *g, const struct event_entry *e)
{
	return e->epoch == g->epoch && e->seq - g->base < g->span &&
	       e->report - g->report < g->nr_rows;
}

/* Begins behind the window?  What is neither in it nor behind it is odd. */
static bool is_beyond(const struct gather *g, const struct event_entry *e)
{
	if (e->epoch != g->epoch)
		return e->epoch > g->epoch;
	return e->seq >= g->base && e->report >= g->report;
}

/* @e is in the window. */
static inline __attribute__((always_inline)) int
account(struct gather *g, struct shard *sh, struct stream *st,
	const struct event_entry *e)
{
	uint64_t bit = e->seq - g->base, mask = 1ull << (bit & 63);
	struct row *row = &sh->rows[e->report - g->report];
	struct stats_sample sample;

	if (__builtin_expect(!isa_valid(e->isa) ||
			     (sh->seen[bit / 64] & mask), 0)) {
		sh->odd = true;
		return -1;
	}
	sh->seen[bit / 64] |= mask;
	if (!row->distinct || e->seq < row->first)
		row->first = e->seq;
	if (!row->distinct || e->seq > row->last)
		row->last = e->seq;
	row->distinct++;
	pair_sample(e, &sample);
	stats_table_add(&row->table,
			reasons_slot(&g->p->reasons, e->isa, e->code), &sample);
	return pair_add_entry(st->pair, e);
}

/* Return 1 if the stream has to wait for the next window. */
static inline int handle_entry(struct gather *g, struct shard *sh,
			       struct stream *st,
			       const struct subbuf_record *rec)
{
	struct event_entry e;

	sh->entries++;
	parse_entry(g->p, rec, &e);
	if (!e.seq) {
		pair_drop(st->pair, e.vm, e.vcpu_id);
		return 0;
	}
	sh->accounted++;
	if (__builtin_expect(window_holds(g, &e), 1))
		return account(g, sh, st, &e);
	if (!is_beyond(g, &e) || !e.report) {
		sh->odd = true;
		return -1;
	}
	st->held = e;
	st->holds = true;
	return 1;
}

static inline int handle_exit(struct gather *g, struct shard *sh,
			      struct stream *st,
			      const struct subbuf_record *rec)
{
	struct event_exit e;

	sh->exits++;
	parse_exit(g->p, rec, &e);
	return pair_add_exit(st->pair, &e);
}

static __attribute__((noinline)) int
handle_rare(struct gather *g, struct shard *sh, struct stream *st,
	    struct subbuf_record rec, enum parse_kind kind)
{
	if (kind == PARSE_REPORT)
		return handle_report(g, sh, st, &rec);
	return handle_stats(g, sh, st, &rec);
}

/* @rec is passed by value, so that its fields can stay in registers. */
static inline int handle_record(struct gather *g, struct shard *sh,
				struct stream *st, struct subbuf_record rec,
				enum parse_kind kind)
{
	if (__builtin_expect(rec.len < g->p->min_len[kind], 0)) {
		st->records.losses.short_records++;
		return 0;
	}
	if (kind == PARSE_EXIT)
		return handle_exit(g, sh, st, &rec);
	if (kind == PARSE_ENTRY)
		return handle_entry(g, sh, st, &rec);
	return handle_rare(g, sh, st, rec, kind);
}

/* Read the stream up to its first entry beyond the window. */
static int read_on(struct gather *g, struct shard *sh, struct stream *st)
{
	const uint8_t *kinds = g->p->kind;
	struct subbuf sb = st->records.sb;
	struct subbuf_record rec;
	enum parse_kind kind;
	int ret;

	while ((ret = records_walk(&st->records, &sb, &rec)) > 0) {
		kind = kinds[subbuf_event_id(&rec)];
		if (kind == PARSE_OTHER)
			continue;
		ret = handle_record(g, sh, st, rec, kind);
		if (ret)
			break;
	}
	st->records.sb = sb;
	return ret;
}

static void advance(struct gather *g, struct shard *sh, struct stream *st)
{
	int ret = 0;

	if (st->holds) {
		if (!window_holds(g, &st->held))
			return;
		st->holds = false;
		ret = account(g, sh, st, &st->held);
	}
	if (!ret)
		ret = read_on(g, sh, st);
	if (ret < 0 && !sh->odd)
		sh->failed = true;
}

static void advance_streams(void *arg, unsigned int member)
{
	struct gather *g = arg;
	struct shard *sh = &g->shards[member];
	unsigned int i;

	while (!sh->odd && !sh->failed) {
		i = __atomic_fetch_add(&g->next_in, 1, __ATOMIC_RELAXED);
		if (i >= g->heads.nr_in)
			break;
		advance(g, sh, &g->streams[g->heads.in[i]]);
	}
}

/* Windows */

/* Those that have been in the window, and have more */
static void hold_heads(struct gather *g)
{
	const struct stream *st;
	unsigned int i;

	for (i = 0; i < g->heads.nr_in; i++) {
		st = &g->streams[g->heads.in[i]];
		pair_note(st->pair, &g->waiting);
		if (st->holds)
			heads_add(&g->heads, g->heads.in[i], st->held.epoch,
				  st->held.seq);
	}
	heads_clear(&g->heads);
}

/* Return 1, 0 if it takes two passes, -1 on failure: over all threads. */
static int advance_all(struct gather *g)
{
	unsigned int i;

	g->next_in = 0;
	if (g->exits < ALONE_EXITS)
		advance_streams(g, 0);
	else
		crew_run(&g->crew, advance_streams, g);
	for (i = 0; i < g->crew.nr; i++)
		if (g->shards[i].failed)
			return -1;
	for (i = 0; i < g->crew.nr; i++)
		if (g->shards[i].odd)
			return 0;
	hold_heads(g);
	return pair_resolve(g->pairs, g->nr_streams, &g->waiting,
			    &g->out->joins) < 0 ? -1 : 1;
}

/* Begin at @e.  Return 0 if that cannot be after what was there before. */
static int begin_window(struct gather *g, const struct event_entry *e)
{
	if (e->epoch < g->epoch || (e->epoch == g->epoch && e->seq <= g->done))
		return 0;
	if (e->epoch != g->epoch)
		g->done = 0;
	g->epoch = e->epoch;
	g->report = e->report;
	g->base = e->seq;
	g->span = WINDOW_EXITS;
	if (g->span - 1 > UINT64_MAX - g->base)
		g->span = UINT64_MAX - g->base + 1;
	heads_take(&g->heads, g->epoch, g->base, g->span);
	return 1;
}

/*
 * Which words of the bitmaps are not empty: from first / 64 to last / 64.  Return
 * false if none is.
 */
static bool range_seen(const struct gather *g, uint64_t *first, uint64_t *last)
{
	const struct row *row;
	unsigned int i, j;

	*first = UINT64_MAX;
	*last = 0;
	for (i = 0; i < g->crew.nr; i++) {
		for (j = 0; j < g->nr_rows; j++) {
			row = &g->shards[i].rows[j];
			if (row->distinct && row->first - g->base < *first)
				*first = row->first - g->base;
			if (row->distinct && row->last - g->base > *last)
				*last = row->last - g->base;
		}
	}
	return *first <= *last;
}

/* The same number in two threads' share?  Leave the bitmaps empty. */
static bool merge_seen(struct gather *g)
{
	uint64_t seen, twice = 0, first, last, word;
	unsigned int i;

	if (!range_seen(g, &first, &last))
		return true;
	for (word = first / 64; word <= last / 64; word++) {
		seen = 0;
		for (i = 0; i < g->crew.nr; i++) {
			twice |= seen & g->shards[i].seen[word];
			seen |= g->shards[i].seen[word];
			g->shards[i].seen[word] = 0;
		}
	}
	return !twice;
}

static void merge_row(struct row *to, struct row *from)
{
	if (!from->distinct)
		return;
	if (!to->distinct || from->first < to->first)
		to->first = from->first;
	if (!to->distinct || from->last > to->last)
		to->last = from->last;
	to->distinct += from->distinct;
	stats_table_merge(&to->table, &from->table);
	stats_table_clear(&from->table);
	from->distinct = 0;
}

/* Return 1; 0 if it is too much to be kept; -1 on failure. */
static int enter_row(struct gather *g, unsigned int index)
{
	struct row *row = &g->shards[0].rows[index];
	struct epochs_run run = { .epoch = g->epoch,
				  .report = g->report + index };
	struct rowlog_row entry = { .epoch = g->epoch,
				    .report = g->report + index };
	unsigned int i;
	int ret;

	for (i = 1; i < g->crew.nr; i++)
		merge_row(row, &g->shards[i].rows[index]);
	if (!row->distinct)
		return 1;
	run.first_seq = row->first;
	run.last_seq = row->last;
	if (row->last > g->done)
		g->done = row->last;
	if (epochs_add_run(&g->out->epochs, &run) < 0)
		return -1;
	entry.distinct = row->distinct;
	g->exits += row->distinct;
	ret = rowlog_add(&g->out->rows, &entry, &row->table);
	stats_table_clear(&row->table);
	row->distinct = 0;
	return ret < 0 ? 0 : 1;
}

static int enter_window(struct gather *g)
{
	unsigned int i;
	int ret = 1;

	g->exits = 0;
	if (!merge_seen(g))
		return 0;
	for (i = 0; i < g->nr_rows && ret > 0; i++)
		ret = enter_row(g, i);
	return ret;
}

static int run_windows(struct gather *g)
{
	int ret;

	/* The window is empty yet: each stream stops at its first entry. */
	g->exits = ALONE_EXITS;
	ret = advance_all(g);
	while (ret > 0 && heads_any(&g->heads)) {
		ret = begin_window(g, &g->streams[heads_first(&g->heads)].held);
		if (ret > 0)
			ret = advance_all(g);
		if (ret > 0)
			ret = enter_window(g);
	}
	return ret;
}

/* The end: facts in the order in which one stream after the other has them */

static int enter_fact(struct epochs *es, const struct fact *f)
{
	struct event_report report = {
		.epoch = f->epoch, .report = f->report, .since = f->since,
		.interval = f->interval, .seq = f->number,
	};
	struct event_stats stats = {
		.epoch = f->epoch, .report = f->report, .kind = f->kind,
		.exits = f->number,
	};

	return f->is_report ? epochs_add_report(es, &report) :
			      epochs_add_stats(es, &stats);
}

/* Do the entries have the numbers of reports that the interval implies? */
static bool reports_fit(const struct epochs *es)
{
	const struct epoch *e;
	size_t i;

	for (i = 0; i < es->nr; i++) {
		e = &es->list[i];
		if (e->last_seq && e->interval &&
		    (e->interval < e->interval_min ||
		     e->interval > e->interval_max))
			return false;
	}
	return true;
}

static void add_counts(struct gathered *out, const struct shard *sh)
{
	out->entries += sh->entries;
	out->exits += sh->exits;
	out->accounted += sh->accounted;
	out->reports += sh->reports;
}

static int finish(struct gather *g)
{
	struct gathered *out = g->out;
	const struct stream *st;
	unsigned int i;
	size_t j;

	for (i = 0; i < g->crew.nr; i++)
		add_counts(out, &g->shards[i]);
	for (i = 0; i < g->nr_streams; i++) {
		st = &g->streams[i];
		losses_add(&out->losses, &st->records.losses);
		for (j = 0; j < st->nr_facts; j++)
			if (enter_fact(&out->epochs, &st->facts[j]) < 0)
				return -1;
	}
	if (out->losses.damaged || out->losses.bad_chunks)
		return 0;
	out->lossless = losses_none(g->td, &out->losses);
	epochs_finish(&out->epochs, out->lossless && !out->reports);
	if (out->exits &&
	    pair_finish(g->pairs, g->nr_streams, &out->joins) < 0)
		return -1;
	return reports_fit(&out->epochs);
}

static int open_streams(struct gather *g)
{
	unsigned int i;

	g->streams = calloc(g->nr_streams + 1, sizeof(*g->streams));
	g->pairs = calloc(g->nr_streams + 1, sizeof(*g->pairs));
	if (!g->streams || !g->pairs || heads_init(&g->heads, g->nr_streams) < 0)
		return error("out of memory: %u CPUs", g->nr_streams);
	for (i = 0; i < g->nr_streams; i++) {
		g->streams[i].pair = &g->pairs[i];
		pair_init(&g->pairs[i]);
		if (records_open(&g->streams[i].records, g->td, &g->p->subbuf, i,
				 true) < 0)
			return -1;
	}
	return 0;
}

static int open_shards(struct gather *g)
{
	size_t table = g->p->reasons.nr * sizeof(struct stats_cell);
	struct shard *sh;
	unsigned int i;

	g->nr_rows = TABLES_BYTES / table;
	if (!g->nr_rows)
		g->nr_rows = 1;
	if (g->nr_rows > ROWS_MAX)
		g->nr_rows = ROWS_MAX;
	sh = aligned_alloc(__alignof__(*sh), g->crew.nr * sizeof(*sh));
	if (!sh)
		return error("out of memory: %u threads", g->crew.nr);
	memset(sh, 0, g->crew.nr * sizeof(*sh));
	g->shards = sh;
	for (; sh < g->shards + g->crew.nr; sh++)
		for (i = 0; i < g->nr_rows; i++)
			if (stats_table_init(&sh->rows[i].table,
					     g->p->reasons.nr) < 0)
				return -1;
	return 0;
}

static void close_all(struct gather *g)
{
	unsigned int i, j;

	for (i = 0; g->streams && i < g->nr_streams; i++) {
		records_close(&g->streams[i].records);
		free(g->streams[i].facts);
	}
	for (i = 0; g->pairs && i < g->nr_streams; i++)
		pair_release(&g->pairs[i]);
	for (i = 0; g->shards && i < g->crew.nr; i++)
		for (j = 0; j < g->nr_rows; j++)
			stats_table_release(&g->shards[i].rows[j].table);
	free(g->streams);
	free(g->pairs);
	heads_release(&g->heads);
	free(g->shards);
}

int gather_run(struct gathered *out, const struct tracedat *td,
	       const struct parse *p, unsigned int threads)
{
	struct gather g = { .out = out, .td = td, .p = p,
			    .nr_streams = tracedat_info(td)->nr_cpus };
	int ret = -1;

	memset(out, 0, sizeof(*out));
	epochs_init(&out->epochs);
	if (threads > g.nr_streams)
		threads = g.nr_streams;
	crew_init(&g.crew, threads);
	if (open_shards(&g) == 0 && open_streams(&g) == 0) {
		ret = run_windows(&g);
		if (ret > 0)
			ret = finish(&g);
	}
	crew_release(&g.crew);
	close_all(&g);
	return ret;
}

void gather_release(struct gathered *g)
{
	epochs_release(&g->epochs);
	rowlog_release(&g->rows);
}
