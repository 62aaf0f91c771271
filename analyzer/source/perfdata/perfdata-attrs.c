// SPDX-License-Identifier: GPL-2.0
/*
 * Where in a record what is: enum perf_event_sample_format in
 * include/uapi/linux/perf_event.h.
 */
#include <stdlib.h>

#include "base/array.h"
#include "base/compare.h"
#include "base/error.h"
#include "source/perfdata/perfdata-private.h"

enum {
	SAMPLE_IP		= 1 << 0,
	SAMPLE_TID		= 1 << 1,
	SAMPLE_TIME		= 1 << 2,
	SAMPLE_ADDR		= 1 << 3,
	SAMPLE_READ		= 1 << 4,
	SAMPLE_CALLCHAIN	= 1 << 5,
	SAMPLE_ID		= 1 << 6,
	SAMPLE_CPU		= 1 << 7,
	SAMPLE_PERIOD		= 1 << 8,
	SAMPLE_STREAM_ID	= 1 << 9,
	SAMPLE_RAW		= 1 << 10,
	SAMPLE_IDENTIFIER	= 1 << 16,
};

enum {
	READ_TIME_ENABLED	= 1 << 0,
	READ_TIME_RUNNING	= 1 << 1,
	READ_ID			= 1 << 2,
	READ_GROUP		= 1 << 3,
	READ_LOST		= 1 << 4,
};

/* struct perf_event_attr: offsets, and what of it there has always been */
#define ATTR_TYPE		0
#define ATTR_CONFIG		8
#define ATTR_SAMPLE_TYPE	24
#define ATTR_READ_FORMAT	32
#define ATTR_FLAGS		40
#define ATTR_CLOCKID		92
#define ATTR_BYTES_MIN		64u

/* Bits of its flags */
#define FLAG_SAMPLE_ID_ALL	18
#define FLAG_USE_CLOCKID	25

#define TYPE_SOFTWARE		1
#define TYPE_TRACEPOINT		2
#define SOFTWARE_DUMMY		9

#define ATTRS_MAX		4096u

/* A bit field: big-endian compilers begin at the top of each byte. */
static bool attr_flag(const struct perfdata *pd, const uint8_t *p,
		      unsigned int bit)
{
	unsigned int shift = pd->big_endian ? 7 - bit % 8 : bit % 8;

	return p[ATTR_FLAGS + bit / 8] >> shift & 1;
}

/* The fields in the order of a sample, as far as all have 8 bytes */
static void lay_out_sample(struct perf_attr *a)
{
	static const unsigned int order[] = {
		SAMPLE_IDENTIFIER, SAMPLE_IP, SAMPLE_TID, SAMPLE_TIME,
		SAMPLE_ADDR, SAMPLE_ID, SAMPLE_STREAM_ID, SAMPLE_CPU,
		SAMPLE_PERIOD,
	};
	unsigned int pos = PERF_HEADER_BYTES, i;

	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (!(a->sample_type & order[i]))
			continue;
		if (order[i] == SAMPLE_IDENTIFIER ||
		    (order[i] == SAMPLE_ID && !a->id))
			a->id = pos;
		else if (order[i] == SAMPLE_TIME)
			a->time = pos;
		else if (order[i] == SAMPLE_CPU)
			a->cpu = pos;
		else if (order[i] == SAMPLE_TID)
			a->tid = pos;
		pos += 8;
	}
	a->fixed = pos;
	a->raw_is_fixed = !(a->sample_type & (SAMPLE_READ | SAMPLE_CALLCHAIN));
}

/* struct sample_id, behind all other records */
static void lay_out_others(struct perf_attr *a)
{
	static const unsigned int order[] = {
		SAMPLE_IDENTIFIER, SAMPLE_CPU, SAMPLE_STREAM_ID, SAMPLE_ID,
		SAMPLE_TIME, SAMPLE_TID,
	};
	unsigned int i;

	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (!(a->sample_type & order[i]))
			continue;
		a->back += 8;
		if (order[i] == SAMPLE_IDENTIFIER ||
		    (order[i] == SAMPLE_ID && !a->back_id))
			a->back_id = a->back;
		else if (order[i] == SAMPLE_TIME)
			a->back_time = a->back;
		else if (order[i] == SAMPLE_CPU)
			a->back_cpu = a->back;
	}
}

static struct perf_attr *new_attr(struct perfdata *pd)
{
	if (pd->nr_attrs == ATTRS_MAX) {
		error("too many events: %s: more than %u attrs", pd->path,
		      ATTRS_MAX);
		return NULL;
	}
	if (array_room(pd->attrs, pd->nr_attrs, pd->attrs_allocated, "attrs") < 0)
		return NULL;
	memset(&pd->attrs[pd->nr_attrs], 0, sizeof(*pd->attrs));
	return &pd->attrs[pd->nr_attrs++];
}

int perf_attr_add(struct perfdata *pd, const uint8_t *p, size_t bytes)
{
	struct perf_attr *a;
	uint32_t type;

	if (bytes < ATTR_BYTES_MIN)
		return error("bad attr: %s: %zu bytes, expected %u at least",
			     pd->path, bytes, ATTR_BYTES_MIN);
	a = new_attr(pd);
	if (!a)
		return -1;
	type = perf_u32(pd, p + ATTR_TYPE);
	a->tracepoint = type == TYPE_TRACEPOINT;
	/* It has no samples. */
	a->dummy = type == TYPE_SOFTWARE && a->event == SOFTWARE_DUMMY;
	a->event = perf_u64(pd, p + ATTR_CONFIG);
	a->sample_type = perf_u64(pd, p + ATTR_SAMPLE_TYPE);
	a->read_format = perf_u64(pd, p + ATTR_READ_FORMAT);
	if (attr_flag(pd, p, FLAG_USE_CLOCKID) && bytes >= ATTR_CLOCKID + 4) {
		a->clock_is_given = true;
		a->clock = perf_u32(pd, p + ATTR_CLOCKID);
	}
	lay_out_sample(a);
	if (attr_flag(pd, p, FLAG_SAMPLE_ID_ALL))
		lay_out_others(a);
	return 0;
}

int perf_id_add(struct perfdata *pd, uint64_t id, uint32_t attr)
{
	/* Each has 8 bytes of the file. */
	if (pd->nr_ids > pd->source.recording.file_bytes / 8)
		return error("bad ids: %s: more than the file has room for",
			     pd->path);
	if (array_room(pd->ids, pd->nr_ids, pd->ids_allocated, "ids") < 0)
		return -1;
	pd->ids[pd->nr_ids++] = (struct perf_id){ id, attr, PERF_CPU_UNKNOWN };
	return 0;
}

static int compare_ids(const void *a, const void *b)
{
	const struct perf_id *x = a, *y = b;
	int order = compare_u64(x->id, y->id);

	return order ? order : compare_u64(x->attr, y->attr);
}

void perf_ids_sort(struct perfdata *pd)
{
	if (pd->nr_ids)
		qsort(pd->ids, pd->nr_ids, sizeof(*pd->ids), compare_ids);
}

static int compare_id(const void *key, const void *b)
{
	return compare_u64(*(const uint64_t *)key, ((const struct perf_id *)b)->id);
}

static struct perf_id *find_id(const struct perfdata *pd, uint64_t id)
{
	return pd->nr_ids ? bsearch(&id, pd->ids, pd->nr_ids, sizeof(*pd->ids),
				    compare_id) : NULL;
}

/* struct id_index_entry: id, idx, cpu, tid, u64 each */
#define ID_INDEX_ENTRY	32u

void perf_ids_place(struct perfdata *pd, const struct perf_record *rec)
{
	const uint8_t *p = rec->data + PERF_HEADER_BYTES, *end;
	struct perf_id *id;
	uint64_t nr, cpu, buffer;

	if (rec->size < PERF_HEADER_BYTES + 8)
		return;
	end = rec->data + rec->size;
	nr = perf_u64(pd, p);
	for (p += 8; nr && (size_t)(end - p) >= ID_INDEX_ENTRY; nr--) {
		id = find_id(pd, perf_u64(pd, p));
		cpu = perf_u64(pd, p + 16);
		buffer = perf_u64(pd, p + 8);
		if (buffer < UINT32_MAX && buffer >= pd->buffers)
			pd->buffers = buffer + 1;
		if (id && cpu < SOURCE_CPUS_MAX)
			id->cpu = cpu;
		p += ID_INDEX_ENTRY;
	}
}

static bool same_layout(const struct perf_attr *a, const struct perf_attr *b)
{
	return a->sample_type == b->sample_type &&
	       a->read_format == b->read_format && a->back == b->back;
}

/* How to tell the events of samples apart that are not all alike */
static int check_ids(const struct perfdata *pd)
{
	unsigned int i;

	for (i = 0; i < pd->nr_attrs; i++)
		if (!pd->attrs[i].dummy && pd->attrs[i].id != pd->any->id)
			break;
	if (i < pd->nr_attrs || !pd->any->id)
		return error("bad attrs: %s: samples of several kinds, and none says which: record the kvm events alone",
			     pd->path);
	return 0;
}

int perf_attrs_finish(struct perfdata *pd)
{
	const uint64_t needed = SAMPLE_TIME | SAMPLE_CPU | SAMPLE_RAW;
	const struct perf_attr *a;
	bool alike = true;
	unsigned int i;

	for (i = 0; i < pd->nr_attrs; i++) {
		a = &pd->attrs[i];
		if (a->tracepoint && !pd->any)
			pd->any = a;
		if (a->tracepoint && (a->sample_type & needed) != needed)
			return error("bad attr: %s: samples without time, CPU or raw data (sample type 0x%llx): record with: %s",
				     pd->path,
				     (unsigned long long)a->sample_type,
				     recording_advice(&pd->source.recording)->exits);
	}
	if (!pd->any)
		return error("no tracepoints in %s: record with: %s", pd->path,
			     recording_advice(&pd->source.recording)->exits);
	for (i = 0; i < pd->nr_attrs; i++) {
		a = &pd->attrs[i];
		if (!a->dummy && (!a->tracepoint || !same_layout(a, pd->any)))
			alike = false;
	}
	pd->usual = alike ? pd->any : NULL;
	if (alike && !pd->big_endian && pd->any->raw_is_fixed && pd->any->tid)
		pd->plain = pd->any;
	pd->source.has_samples = pd->plain;
	return alike ? 0 : check_ids(pd);
}

const struct perf_attr *perf_attr_find(const struct perfdata *pd,
				       const struct perf_record *rec,
				       bool *known)
{
	const struct perf_attr *a;
	const struct perf_id *id;

	if (rec->size < pd->any->id + 8) {
		*known = false;
		return NULL;
	}
	id = find_id(pd, perf_u64(pd, rec->data + pd->any->id));
	*known = id;
	if (!id)
		return NULL;
	a = &pd->attrs[id->attr];
	return a->tracepoint ? a : NULL;
}

/* struct read_format: how many u64 there are, @left at the most; else false */
static bool read_words(const struct perfdata *pd, const struct perf_attr *a,
		       const uint8_t *p, uint64_t left, uint64_t *words)
{
	const uint64_t f = a->read_format;
	uint64_t each = 1 + !!(f & READ_ID) + !!(f & READ_LOST);
	uint64_t once = !!(f & READ_TIME_ENABLED) + !!(f & READ_TIME_RUNNING);
	uint64_t nr = 1;

	if (f & READ_GROUP) {
		if (!left)
			return false;
		nr = perf_u64(pd, p);
		once++;
	}
	if (nr > left)
		return false;
	*words = once + nr * each;
	return *words <= left;
}

bool perf_sample_raw(const struct perfdata *pd, const struct perf_attr *a,
		     const struct perf_record *rec, struct perf_sample *s)
{
	const uint8_t *p = rec->data + a->fixed;
	size_t left = rec->size - a->fixed;
	uint64_t words;

	if (__builtin_expect(a->sample_type & SAMPLE_READ, 0)) {
		if (!read_words(pd, a, p, left / 8, &words))
			return false;
		p += words * 8;
		left -= words * 8;
	}
	if (__builtin_expect(a->sample_type & SAMPLE_CALLCHAIN, 0)) {
		if (left < 8)
			return false;
		words = perf_u64(pd, p);
		if (words > left / 8 - 1)
			return false;
		p += 8 + words * 8;
		left -= 8 + words * 8;
	}
	if (left < 4)
		return false;
	s->raw_bytes = perf_u32(pd, p);
	s->raw = p + 4;
	/* An event begins with its id, and what all events have. */
	return s->raw_bytes <= left - 4 && s->raw_bytes >= 8;
}

bool perf_lost_place(const struct perfdata *pd, const struct perf_record *rec,
		     uint64_t *lost, struct perf_sample *s)
{
	/* LOST has an id before the number. */
	unsigned int at = PERF_HEADER_BYTES + (rec->type == PERF_LOST ? 8 : 0);
	const uint8_t *end = rec->data + rec->size;
	const struct perf_attr *a = pd->any;
	const struct perf_id *id;

	s->cpu = PERF_CPU_UNKNOWN;
	s->time = 0;
	if (rec->size < at + 8)
		return false;
	*lost = perf_u64(pd, rec->data + at);
	if (rec->size < at + 8 + a->back)
		return true;
	s->time = a->back_time ? perf_u64(pd, end - a->back_time) : 0;
	if (s->time && a->back_cpu) {
		s->cpu = perf_u32(pd, end - a->back_cpu);
	} else if (a->back_id) {
		/* Without a time, perf wrote it, and left the CPU 0. */
		id = find_id(pd, perf_u64(pd, end - a->back_id));
		s->cpu = id ? id->cpu : PERF_CPU_UNKNOWN;
	}
	if (s->cpu >= SOURCE_CPUS_MAX)
		s->cpu = PERF_CPU_UNKNOWN;
	return true;
}
