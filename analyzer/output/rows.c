// SPDX-License-Identifier: GPL-2.0
#include "output/rows.h"

#include <stdlib.h>
#include <string.h>

#define ROWS_KNOWN_BITS	9u
#define ROWS_KNOWN	(1u << ROWS_KNOWN_BITS)	/* texts of a piece, by a hash */
#define ROWS_TEXT_MAX	92u			/* longer ones are not kept */

/* All that the text of a piece depends on */
struct rows_key {
	uint64_t a, b, c, d;
};

ALWAYS_INLINE bool same(const struct rows_key *x, const struct rows_key *y)
{
	return x->a == y->a && x->b == y->b && x->c == y->c && x->d == y->d;
}

struct rows_text {
	struct rows_key key;
	uint32_t len;			/* 0: no text is kept here */
	char text[ROWS_TEXT_MAX];
};

_Static_assert(sizeof(struct rows_text) == 128, "two lines of a cache");

static enum rows_part part_of(const struct view *v, const struct column *col)
{
	if (v->opt->subject != VIEW_OF_LIST)
		return ROWS_OF_NONE;
	if (col->flags & COLUMN_PARTS)
		return ROWS_OF_PARTS;
	if (!(col->flags & COLUMN_LABEL))
		return ROWS_OF_NONE;
	if (col->by & (BY_VM | BY_VCPU | BY_THREAD | BY_CPU))
		return ROWS_OF_OWNER;
	if (col->by & BY_REASON)
		return ROWS_OF_REASON;
	if (col->by & (BY_RIP | BY_FUNCTION))
		return ROWS_OF_RIP;
	return col->by & (BY_DETAIL | BY_KIND) ? ROWS_OF_DETAIL : ROWS_OF_NONE;
}

static void find_pieces(struct rows *r)
{
	struct rows_piece *piece = NULL;
	enum rows_part part;
	unsigned int i;

	for (i = 0; i < r->nr; i++) {
		part = part_of(r->v, r->list[i]);
		if (!piece || piece->part != part) {
			piece = &r->pieces[r->nr_pieces++];
			piece->part = part;
			piece->first = i;
		}
		piece->nr++;
	}
}

static int keep_texts(struct rows *r)
{
	unsigned int i;

	r->known = calloc((size_t)r->nr_pieces * ROWS_KNOWN, sizeof(*r->known));
	if (!r->known)
		return -1;
	for (i = 0; i < r->nr_pieces; i++)
		if (r->pieces[i].part != ROWS_OF_NONE)
			r->pieces[i].known = &r->known[i * ROWS_KNOWN];
	return 0;
}

struct rows *rows_open(const struct view *v, FILE *out, rows_column_fn put)
{
	struct rows *r = malloc(sizeof(*r));

	if (!r)
		return NULL;
	memset(r, 0, offsetof(struct rows, text));
	r->v = v;
	r->out = out;
	r->put = put;
	r->nr = columns_select(v, true, r->list);
	find_pieces(r);
	if (v->each && keep_texts(r) < 0) {
		free(r);
		return NULL;
	}
	return r;
}

static int flush(struct rows *r)
{
	const size_t len = r->len;

	r->len = 0;
	return fwrite(r->text, 1, len, r->out) == len ? 0 : -1;
}

char *rows_room(struct rows *r)
{
	if (r->len > ROWS_BYTES / 2 && flush(r) < 0)
		return NULL;
	return r->text + r->len;
}

void rows_end(struct rows *r, const char *end)
{
	r->len = end - r->text;
}

/* Of a list, a group is one exit, of which nothing has more than 64 bits. */
ALWAYS_INLINE struct rows_key key_of(enum rows_part part, const struct group *g)
{
	const struct group_key *k = &g->key;

	switch (part) {
	case ROWS_OF_PARTS:
		return (struct rows_key){ g->cell.user, g->cell.halted,
					  g->cell.off_cpu, g->cell.backwards };
	case ROWS_OF_OWNER:
		return (struct rows_key){ (uint64_t)k->vm << 32 | k->vcpu,
					  (uint64_t)k->thread << 32 | k->cpu,
					  k->recording, 0 };
	case ROWS_OF_REASON:
		return (struct rows_key){ k->code, k->isa, 0, 0 };
	case ROWS_OF_RIP:
		return (struct rows_key){ k->rip, k->rip_is, 0, 0 };
	default:
		return (struct rows_key){ k->detail.value, k->detail.error,
					  detail_word(&k->detail), 0 };
	}
}

ALWAYS_INLINE unsigned int hash_of(const struct rows_key *k)
{
	uint64_t h = (k->a ^ k->c * GROUP_KEY_STEP) * GROUP_KEY_STEP;

	h = (h ^ h >> 32 ^ k->b ^ k->d) * GROUP_KEY_STEP;
	return h >> (64 - ROWS_KNOWN_BITS);
}

static char *put_columns(char *to, const struct rows *r, const struct rows_piece *piece,
			 const struct group *g)
{
	unsigned int i;

	for (i = 0; i < piece->nr; i++)
		to = r->put(to, r, r->list[piece->first + i], g);
	return to;
}

/* A copy of all bytes that there may be is faster than one of those that there are. */
ALWAYS_INLINE char *put_known(char *to, const struct rows *r, const struct rows_piece *piece,
		       const struct group *g)
{
	const struct rows_key key = key_of(piece->part, g);
	struct rows_text *t = &piece->known[hash_of(&key)];
	char *end;

	if (t->len && same(&t->key, &key)) {
		memcpy(to, t->text, ROWS_TEXT_MAX);
		return to + t->len;
	}
	end = put_columns(to, r, piece, g);
	if (end - to > (ptrdiff_t)ROWS_TEXT_MAX)
		return end;
	t->key = key;
	t->len = end - to;
	memcpy(t->text, to, t->len);
	return end;
}

/* Of a few letters: shorter than a call */
ALWAYS_INLINE char *append(char *to, const char *text)
{
	while (*text)
		*to++ = *text++;
	return to;
}

int rows_add(struct rows *r, const char *before, const struct group *g,
	     const char *after)
{
	char *to = rows_room(r);
	unsigned int i;

	if (!to)
		return -1;
	to = append(to, before);
	for (i = 0; i < r->nr_pieces; i++)
		to = r->pieces[i].known ? put_known(to, r, &r->pieces[i], g) :
					  put_columns(to, r, &r->pieces[i], g);
	rows_end(r, append(to, after));
	return 0;
}

int rows_close(struct rows *r)
{
	const int ret = flush(r);

	free(r->known);
	free(r);
	return ret;
}
