// SPDX-License-Identifier: GPL-2.0
/*
 * State -> file: docs/state.md says what each number is.
 */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/compare.h"
#include "base/error.h"
#include "base/varint.h"
#include "result/state-private.h"

static uint8_t *make_room(struct state_bytes *b, size_t len)
{
	size_t size = b->allocated ? b->allocated : 4096;
	uint8_t *data;

	while (size - b->len < len)
		size *= 2;
	if (size != b->allocated && !b->failed) {
		data = realloc(b->data, size);
		if (!data) {
			error("out of memory: a state of %zu bytes", size);
			b->failed = true;
			return NULL;
		}
		b->data = data;
		b->allocated = size;
	}
	return b->failed ? NULL : b->data + b->len;
}

static void put(struct state_bytes *b, u128 v)
{
	uint8_t *to = make_room(b, VARINT_MAX);

	if (to)
		b->len += varint_put(to, v);
}

static void put_text(struct state_bytes *b, const char *text, size_t max)
{
	size_t len = strnlen(text, max);
	uint8_t *to;

	put(b, len);
	to = make_room(b, len + 1);
	if (!to)
		return;
	memcpy(to, text, len);
	b->len += len;
}

static void put_losses(struct state_bytes *b, const struct losses *l)
{
	put(b, l->lost_events);
	put(b, l->lost_uncounted);
	put(b, l->lost_absurd);
	put(b, l->damaged);
	put(b, l->damaged_bytes);
	put(b, l->bad_chunks);
	put(b, l->bad_chunks_bytes);
	put(b, l->unread);
	put(b, l->lacking);
	put(b, l->fewer);
	put(b, l->short_records);
}

/* A state that was saved before there were such facts has none, and stays so. */
static bool has_file(const struct recording *info)
{
	return info->written || info->file_bytes || info->host;
}

static unsigned int flags_of(const struct view *v)
{
	return (v->patched ? STATE_PATCHED : 0) |
	       (v->stamped ? STATE_STAMPED : 0) |
	       (v->has_span ? STATE_HAS_SPAN : 0) |
	       (v->opt->subject == VIEW_OF_TIME ? STATE_HAS_TIMES : 0) |
	       (v->info->clock ? STATE_HAS_CLOCK : 0) |
	       (v->proof.known ? STATE_HAS_PROOF : 0) |
	       (v->proof.whole ? STATE_WHOLE : 0) |
	       (v->lossy ? STATE_LOSSY : 0) |
	       (has_file(v->info) ? STATE_HAS_FILE : 0) |
	       (v->each_part ? STATE_EACH_PART : 0) |
	       (state_has_untold(v) ? STATE_UNTOLD : 0);
}

static void put_file(struct state_bytes *b, const struct recording *info)
{
	char host[RECORDING_HOST_MAX + 1];

	put_text(b, recording_host(info, host), RECORDING_HOST_MAX);
	put(b, info->written);
	put(b, info->file_bytes);
}

static void put_recording(struct state_bytes *b, const struct view *v)
{
	const struct recording *info = v->info;
	bool has_rate = info->has_tsc2nsec && info->tsc2nsec_mult &&
			info->tsc2nsec_shift < 64;

	put_text(b, info->path, STATE_PATH_MAX);
	if (info->clock)
		put_text(b, info->clock, STATE_CLOCK_MAX);
	put(b, has_rate ? info->tsc2nsec_mult : 0);
	put(b, has_rate ? info->tsc2nsec_shift : 0);
	put(b, info->tsc_khz);
	put(b, v->first_ts);
	put(b, v->has_span ? v->span_ns : 0);
	put(b, v->times_span);
	put(b, info->nr_cpus);
	put(b, info->data_bytes);
	put(b, info->missing_bytes);
	put(b, info->dropped_events);
	put_losses(b, &v->losses);
	if (has_file(info))
		put_file(b, info);
}

static void put_counts(struct state_bytes *b, const struct view *v)
{
	put(b, v->isas);
	put(b, v->vcpus);
	put(b, v->vms);
	put(b, v->exits);
	put(b, v->before);
	put(b, v->lost);
	put(b, v->unused);
	put(b, v->lacking);
	put(b, v->unknown);
	put(b, v->unattached);
	put(b, v->no_room);
	put(b, v->proof.epochs);
	put(b, v->proof.reports);
}

static void put_names(struct state_bytes *b, const struct reasons *r)
{
	unsigned int i, nr = 0;

	for (i = 0; i < r->nr; i++)
		nr += !r->slots[i].other;
	put(b, nr);
	for (i = 0; i < r->nr; i++) {
		if (r->slots[i].other)
			continue;
		put(b, r->slots[i].isa);
		put(b, r->slots[i].code);
		put_text(b, r->slots[i].name, REASON_NAME_MAX - 1);
	}
}

static int compare_tasks(const void *a, const void *b)
{
	const struct task *const *x = a, *const *y = b;

	return compare_u64((*x)->id, (*y)->id);
}

static void put_tasks(struct state_bytes *b, const struct tasks *t)
{
	const struct task **sorted = malloc((t->nr + 1) * sizeof(*sorted));
	size_t i;

	if (!sorted) {
		error("out of memory: names of %zu threads", t->nr);
		b->failed = true;
		return;
	}
	for (i = 0; i < t->nr; i++)
		sorted[i] = &t->list[i];
	qsort(sorted, t->nr, sizeof(*sorted), compare_tasks);
	put(b, t->nr);
	for (i = 0; i < t->nr; i++) {
		put(b, sorted[i]->id);
		put_text(b, sorted[i]->name, TASK_NAME_MAX - 1);
	}
	free(sorted);
}

static void put_key(struct state_bytes *b, unsigned int by,
		    const struct group_key *k)
{
	if (by & BY_TIME)
		put(b, k->ts);
	if (by & BY_VM)
		put(b, k->vm);
	if (by & BY_VCPU)
		put(b, k->vcpu);
	if (by & BY_THREAD)
		put(b, k->thread);
	if (by & BY_CPU)
		put(b, k->cpu);
	if (by & BY_REASON) {
		put(b, k->isa);
		put(b, k->code);
	}
	if (by & BY_LEVEL)
		put(b, k->level);
	if (by & BY_RIP) {
		put(b, k->rip_is);
		put(b, k->rip);
	}
	if (by & BY_DETAIL) {
		put(b, k->detail.kind);
		put(b, k->detail.value);
		put(b, k->detail.op);
		put(b, k->detail.size);
		put(b, k->detail.error);
		put(b, k->detail.flags);
	}
}

/* The buckets that are not empty, each by how many lie between it and the last */
static void put_histogram(struct state_bytes *b, const struct histogram *h)
{
	unsigned int block, i, nr = 0, next = 0, bucket;
	const uint64_t *counts;

	for (i = 0; i < h->nr_blocks * HISTOGRAM_BUCKETS; i++)
		nr += h->counts[i] != 0;
	put(b, nr);
	for (block = 0; block < HISTOGRAM_BLOCKS; block++) {
		if (!h->place[block])
			continue;
		counts = h->counts + (h->place[block] - 1) * HISTOGRAM_BUCKETS;
		for (i = 0; i < HISTOGRAM_BUCKETS; i++) {
			if (!counts[i])
				continue;
			bucket = block * HISTOGRAM_BUCKETS + i;
			put(b, bucket - next);
			put(b, counts[i]);
			next = bucket + 1;
		}
	}
}

static void put_squares(struct state_bytes *b, const struct sumsq *squares)
{
	put(b, squares->low);
	put(b, squares->high);
}

/* What does not follow from the sums */
static void put_parts(struct state_bytes *b, const struct group *g)
{
	const struct group_part *p = g->parts;
	unsigned int i;

	for (i = 0; p && i < GROUP_PARTS; i++, p++) {
		if (!state_has_part(&g->cell, GROUP_PART_OF(i)))
			continue;
		put(b, p->min);
		put(b, p->max - p->min);
		put_squares(b, &p->squares);
		put_histogram(b, &p->histogram);
	}
}

static void put_group(struct state_bytes *b, const struct view *v,
		      const struct group *g)
{
	const struct stats_cell *c = &g->cell;

	put_key(b, v->by, &g->key);
	put(b, c->exits);
	put(b, c->untimed);
	put(b, c->backwards);
	put(b, c->user);
	put(b, c->halted);
	put(b, c->off_cpu);
	if (!stats_timed(c))
		return;
	put(b, c->min);
	put(b, c->max - c->min);
	put(b, c->cycles);
	put_squares(b, &g->squares);
	put_histogram(b, &g->histogram);
	if (v->each_part)
		put_parts(b, g);
}

static void put_times(struct state_bytes *b, unsigned int by,
		      const struct group *g, bool untold)
{
	unsigned int i;

	put_key(b, by & (BY_VM | BY_VCPU | BY_THREAD), &g->key);
	if (untold)
		put(b, g->times->known & TIMES_ALL);
	for (i = 0; i < TIMES_PARTS; i++)
		put(b, g->times->part[i]);
}

static int compare_groups(const void *a, const void *b)
{
	const struct group *const *x = a, *const *y = b;

	return group_key_compare(&(*x)->key, &(*y)->key);
}

static void put_groups(struct state_bytes *b, const struct view *v,
		       const struct group **sorted)
{
	const bool untold = state_has_untold(v);
	size_t nr = 0, nr_times = 0, i;

	for (i = 0; i < v->groups.nr; i++) {
		nr += v->groups.list[i].cell.exits != 0;
		nr_times += v->groups.list[i].times != NULL;
		sorted[i] = &v->groups.list[i];
	}
	qsort(sorted, v->groups.nr, sizeof(*sorted), compare_groups);
	put(b, nr);
	for (i = 0; i < v->groups.nr; i++)
		if (sorted[i]->cell.exits)
			put_group(b, v, sorted[i]);
	if (v->opt->subject != VIEW_OF_TIME)
		return;
	put(b, nr_times);
	for (i = 0; i < v->groups.nr; i++)
		if (sorted[i]->times)
			put_times(b, v->by, sorted[i], untold);
}

static void put_part(struct state_bytes *b, const struct view *v)
{
	const struct group **sorted = malloc((v->groups.nr + 1) * sizeof(*sorted));

	if (!sorted) {
		error("out of memory: %zu groups", v->groups.nr);
		b->failed = true;
		return;
	}
	put(b, v->by & STATE_KEYS);
	put(b, flags_of(v));
	put(b, !strcmp(v->unit, "ns"));
	if (v->by & BY_TIME)
		put(b, v->groups.width_ns);
	put_recording(b, v);
	put_counts(b, v);
	put_names(b, v->reasons);
	put_tasks(b, v->tasks);
	put_groups(b, v, sorted);
	free(sorted);
}

static int compare_parts(const void *a, const void *b)
{
	const struct state_bytes *x = a, *y = b;
	size_t len = x->len < y->len ? x->len : y->len;
	int order = memcmp(x->data, y->data, len);

	return order ? order : (x->len > y->len) - (x->len < y->len);
}

static void write_number(uint64_t v, unsigned int bytes, FILE *out)
{
	for (; bytes; bytes--, v >>= 8)
		putc(v & 0xff, out);
}

/* So those that know no other version can read it. */
unsigned int state_version(const struct state *s, size_t first)
{
	size_t i;

	for (i = first; i < s->nr; i++)
		if (s->parts[i].view.each_part)
			return STATE_VERSION;
	return STATE_VERSION_CYCLES;
}

static int write_all(const struct state *s, const struct state_bytes *parts,
		     FILE *out)
{
	size_t i;

	fwrite(STATE_MAGIC, 1, STATE_MAGIC_LEN, out);
	write_number(state_version(s, 0), 4, out);
	write_number(s->nr, 4, out);
	for (i = 0; i < s->nr; i++) {
		write_number(parts[i].len, 8, out);
		write_number(crc32_z(0, parts[i].data, parts[i].len), 4, out);
		fwrite(parts[i].data, 1, parts[i].len, out);
	}
	return ferror(out) ? -1 : 0;
}

int state_save(const struct state *s, FILE *out)
{
	struct state_bytes *parts = calloc(s->nr + 1, sizeof(*parts));
	int ret = 0;
	size_t i;

	if (!parts)
		return error("out of memory: a state of %zu recordings", s->nr);
	for (i = 0; i < s->nr && !ret; i++) {
		put_part(&parts[i], &s->parts[i].view);
		ret = parts[i].failed ? -1 : 0;
	}
	if (!ret) {
		qsort(parts, s->nr, sizeof(*parts), compare_parts);
		ret = write_all(s, parts, out);
	}
	for (i = 0; i < s->nr; i++)
		free(parts[i].data);
	free(parts);
	return ret;
}
