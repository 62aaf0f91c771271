// SPDX-License-Identifier: GPL-2.0
/*
 * Where the records of each CPU are.  Of a folder, all files are one here.
 *
 * A look at every record finds runs: parts of the file in which all samples are of
 * one CPU and do not go back in time.  perf takes what is in one CPU's buffer, then
 * what is in the next one's, so there are few.  A file that changes the CPU with
 * each record has a run of 32 bytes for each, which is less than the record has.
 *
 * Of a CPU that has several buffers, one for each thread, runs overlap in time;
 * perfdata-stream.c then sorts their records.
 */
#include <stdlib.h>

#include "base/array.h"
#include "base/compare.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/saturate.h"
#include "source/perfdata/perfdata-scan.h"

#define WINDOW_BYTES	(1u << 20)

/* NULL: there are no others, or memory is short. */
static struct perf_cpu *new_cpu(struct perfdata *pd, uint32_t cpu)
{
	if (pd->all_cpus_known ||
	    array_room(pd->cpus, pd->nr_cpus, pd->cpus_allocated, "CPUs") < 0)
		return NULL;
	memset(&pd->cpus[pd->nr_cpus], 0, sizeof(*pd->cpus));
	pd->cpus[pd->nr_cpus].cpu = cpu;
	pd->cpu_index[cpu] = ++pd->nr_cpus;
	return &pd->cpus[pd->nr_cpus - 1];
}

static struct perf_run *new_run(struct perf_cpu *c)
{
	if (array_room(c->runs, c->nr, c->allocated, "parts of a CPU") < 0)
		return NULL;
	return &c->runs[c->nr++];
}

/* Is the record, and nothing before it, in what begins at @at? */
static bool is_plain(const struct perfdata *pd, const struct perf_record *rec,
		     uint64_t at)
{
	return pd->plain && rec->at == at &&
	       perf_plain_size(pd->plain->fixed, rec->data,
			       rec->data + rec->size);
}

/* Can the latest run of the CPU of the record before have what begins at @at? */
static bool has_room(const struct perf_run *run, uint64_t at, uint64_t end,
		     bool plain)
{
	return !((at ^ run->offset) & PERF_SPOOLED) && plain == run->plain &&
	       end - run->offset <= PERF_RUN_BYTES &&
	       (!plain || at == run->offset + run->bytes);
}

/* The bytes from @at up to its end end with a record of @c. */
static int add_to_run(struct perf_scan *s, struct perf_cpu *c, bool goes_on,
		      uint64_t at, const struct perf_record *rec, uint64_t time)
{
	struct perf_run *run = c->nr ? &c->runs[c->nr - 1] : NULL;
	const bool plain = is_plain(s->pd, rec, at);
	const uint64_t end = rec->at + rec->size;

	if (run && time < run->last) {
		c->unordered = true;
		goes_on = false;
	}
	if (!goes_on || !run || !has_room(run, at, end, plain)) {
		run = new_run(c);
		if (!run)
			return -1;
		*run = (struct perf_run){ .offset = at, .first = time,
					  .plain = plain };
	}
	run->last = time;
	run->bytes = end - run->offset;
	s->run = run;
	if (time > s->highest)
		s->highest = time;
	return 0;
}

/* Where the run of @c would begin with the record at @at */
static uint64_t take_lost(struct perf_scan *s, struct perf_cpu *c, uint64_t at)
{
	if (!s->lost)
		return at;
	saturating_add(&c->lost, s->lost);
	s->lost = 0;
	return s->lost_end == at ? s->lost_at : at;
}

/* @cpu is below SOURCE_CPUS_MAX. */
static int add_record(struct perf_scan *s, const struct perf_record *rec,
		      uint32_t cpu, uint64_t time)
{
	struct perfdata *pd = s->pd;
	unsigned int place = pd->cpu_index[cpu];
	struct perf_cpu *c = place ? &pd->cpus[place - 1] : new_cpu(pd, cpu);
	bool goes_on = place && place == s->latest;

	if (!c)
		return -1;
	s->latest = pd->cpu_index[cpu];
	c->largest |= rec->size;
	return add_to_run(s, c, goes_on, take_lost(s, c, rec->at), rec, time);
}

static int bad_cpu(const struct perfdata *pd, const struct perf_record *rec,
		   uint32_t cpu)
{
	unsigned long long offset;
	const char *path = perf_place(pd, rec->at, &offset);

	return error("bad sample: %s: at 0x%llx: cpu %u, expected less than %u",
		     path, offset, cpu, SOURCE_CPUS_MAX);
}

/* @rec has all that is always there. */
static void see_task(struct perf_scan *s, const struct perf_attr *a,
		     const struct perf_record *rec)
{
	const uint8_t *p = rec->data + a->tid;

	if (!a->tid)
		return;
	memcpy(&s->task, p, sizeof(s->task));
	s->tasks[perf_u32(s->pd, p + 4) % PERF_TASKS_SEEN] = 0;
	perf_task_seen(s->pd, perf_u32(s->pd, p), perf_u32(s->pd, p + 4));
}

static int index_sample(struct perf_scan *s, const struct perf_record *rec)
{
	struct perfdata *pd = s->pd;
	struct perf_sample sample;
	const struct perf_attr *a;
	bool known;

	a = perf_attr_of(pd, rec, &known);
	pd->unknown += !known;
	if (!a)
		return 0;
	/* Too short even for that: of no event that is known */
	if (!perf_sample_place(pd, a, rec, &sample)) {
		pd->unknown++;
		return 0;
	}
	if (sample.cpu >= SOURCE_CPUS_MAX)
		return bad_cpu(pd, rec, sample.cpu);
	see_task(s, a, rec);
	return add_record(s, rec, sample.cpu, sample.time);
}

static int index_lost(struct perf_scan *s, const struct perf_record *rec)
{
	struct perf_sample where;
	uint64_t lost;

	if (!perf_lost_place(s->pd, rec, &lost, &where) || !lost)
		return 0;
	if (where.cpu == PERF_CPU_UNKNOWN) {
		if (!s->lost)
			s->lost_at = rec->at;
		s->lost_end = rec->at + rec->size;
		saturating_add(&s->lost, lost);
		return 0;
	}
	if (add_record(s, rec, where.cpu, where.time) < 0)
		return -1;
	saturating_add(&s->pd->cpus[s->latest - 1].lost, lost);
	return 0;
}

/*
 * perf reads at the end how many samples each event lost in all; LOST records say
 * the same, but those behind which nothing more was written.  The kernel writes
 * such a record, too, with a time, for losses that no LOST record counts.
 */
static int index_lost_samples(struct perf_scan *s, const struct perf_record *rec)
{
	struct perfdata *pd = s->pd;
	struct perf_sample where;
	struct perf_cpu *c;
	uint64_t lost;

	if (!perf_lost_place(pd, rec, &lost, &where) || !lost)
		return 0;
	if (where.cpu == PERF_CPU_UNKNOWN) {
		saturating_add(&pd->lost_anywhere, lost);
		return 0;
	}
	if (where.time) {
		if (add_record(s, rec, where.cpu, where.time) < 0)
			return -1;
		c = &pd->cpus[s->latest - 1];
		saturating_add(&c->lost, lost);
	} else {
		c = pd->cpu_index[where.cpu] ?
		    &pd->cpus[pd->cpu_index[where.cpu] - 1] :
		    new_cpu(pd, where.cpu);
		if (!c)
			return -1;
	}
	saturating_add(&c->lost_samples, lost);
	return 0;
}

/* @task: little-endian, PID and TID.  Most were seen before, a short while ago. */
static void see_task_again(struct perf_scan *s, uint64_t task)
{
	uint64_t *seen = &s->tasks[(task >> 32) % PERF_TASKS_SEEN];

	if (*seen != task)
		perf_task_seen(s->pd, (uint32_t)task, task >> 32);
	*seen = task;
}

/*
 * The plain samples from @p up to @end that go on with the latest run, which ends
 * at @p: where they end
 */
ALWAYS_INLINE const uint8_t *go_on_with_run(struct perf_scan *s, const uint8_t *p,
					    const uint8_t *end)
{
	const struct perf_attr *plain = s->pd->plain;
	const size_t raw = plain->fixed, time_at = plain->time, cpu_at = plain->cpu;
	struct perf_cpu *c = &s->pd->cpus[s->latest - 1];
	struct perf_run *run = s->run;
	const uint64_t room = PERF_RUN_BYTES - run->bytes;
	const uint32_t cpu = c->cpu;
	const uint8_t *begin = p;
	uint64_t last = run->last, time, task = s->task;
	uint32_t size, sizes = 0;

	if ((uint64_t)(end - p) > room)
		end = p + room;
	for (; (size = perf_plain_size(raw, p, end)); p += size) {
		time = perf_load64(p + time_at);
		if (perf_load32(p + cpu_at) != cpu || time < last)
			break;
		if (unlikely(perf_load64(p + time_at - PERF_TASK_BYTES) != task)) {
			task = perf_load64(p + time_at - PERF_TASK_BYTES);
			see_task_again(s, task);
		}
		last = time;
		sizes |= size;
	}
	s->task = task;
	run->last = last;
	if (last > s->highest)
		s->highest = last;
	run->bytes += p - begin;
	c->largest |= sizes;
	return p;
}

/* Does the latest run, to which plain samples can be added, end at @at? */
ALWAYS_INLINE bool run_ends_at(const struct perf_scan *s, uint64_t at)
{
	const struct perf_run *run = s->run;

	return run && run->plain && !s->lost && at == run->offset + run->bytes &&
	       run->bytes < PERF_RUN_BYTES;
}

/* What the latest run goes on with, as far as it is in the buffer */
ALWAYS_INLINE void go_on_in_window(struct perf_scan *s)
{
	const uint8_t *p, *end, *begin;

	if (!run_ends_at(s, s->w.pos | s->w.spooled))
		return;
	begin = perf_window_rest(&s->w, &end);
	p = go_on_with_run(s, begin, end);
	s->w.pos += p - begin;
}

void perf_scan_go_on(struct perf_scan *s)
{
	go_on_in_window(s);
}

void perf_scan_end_run(struct perf_scan *s)
{
	s->run = NULL;
	s->latest = 0;
}

/* A record of the kernel, compressed or not */
static int index_record(void *arg, const struct perf_record *rec)
{
	struct perf_scan *s = arg;

	if (run_ends_at(s, rec->at) &&
	    go_on_with_run(s, rec->data, rec->data + rec->size) != rec->data)
		return 0;
	switch (rec->type) {
	case PERF_SAMPLE:
		return index_sample(s, rec);
	case PERF_LOST:
		return index_lost(s, rec);
	case PERF_LOST_SAMPLES:
		return index_lost_samples(s, rec);
	case PERF_COMM:
	case PERF_FORK:
		memset(s->tasks, 0, sizeof(s->tasks));
		perf_task_named(s->pd, rec);
		return 0;
	}
	return 0;
}

static int index_compressed(struct perf_scan *s, const struct perf_record *rec)
{
	struct perfdata *pd = s->pd;

	if (!pd->unpack)
		pd->unpack = perf_unpack_alloc(pd);
	if (!pd->unpack)
		return -1;
	return perf_unpack(pd->unpack, rec, index_record, s);
}

int perf_scan_record(struct perf_scan *s, const struct perf_record *rec)
{
	switch (rec->type) {
	case PERF_ID_INDEX:
		perf_ids_place(s->pd, rec);
		return 0;
	case PERF_FINISHED_ROUND:
		s->complete = s->before;
		s->before = s->highest;
		return 0;
	}
	return index_record(s, rec);
}

ALWAYS_INLINE int index_any(struct perf_scan *s, const struct perf_record *rec)
{
	if (rec->type == PERF_COMPRESSED || rec->type == PERF_COMPRESSED2)
		return index_compressed(s, rec);
	return perf_scan_record(s, rec);
}

/* struct perf_record_header_attr: the attr, and then its ids */
static int read_attr(struct perf_scan *s, const struct perf_record *rec)
{
	const uint8_t *p = rec->data + PERF_HEADER_BYTES;
	size_t left = rec->size - PERF_HEADER_BYTES;
	struct perfdata *pd = s->pd;
	uint32_t bytes = left < 8 ? 0 : perf_u32(pd, p + 4);

	if (bytes > left)
		return error("bad attr: %s: at 0x%llx: %u bytes, %zu remain",
			     pd->path, (unsigned long long)rec->at, bytes, left);
	if (perf_attr_add(pd, p, bytes) < 0)
		return -1;
	for (p += bytes, left -= bytes; left >= 8; p += 8, left -= 8)
		if (perf_id_add(pd, perf_u64(pd, p), pd->nr_attrs - 1) < 0)
			return -1;
	return 0;
}

static int read_metadata(struct perf_scan *s, const struct perf_record *rec)
{
	uint64_t at = s->w.pos + rec->size;

	if (rec->type == PERF_HEADER_ATTR)
		return read_attr(s, rec);
	if (rec->type == PERF_TRACING_DATA && !s->pd->formats.events &&
	    rec->size >= PERF_HEADER_BYTES + 4)
		return perf_read_tracing_data(s->pd, at,
			perf_u32(s->pd, rec->data + PERF_HEADER_BYTES));
	return 0;
}

/* The records end where one is none: all behind it is missing. */
static void note_bad_record(struct perf_scan *s)
{
	struct perfdata *pd = s->pd;
	const uint64_t left = s->w.end - s->w.pos;
	unsigned long long offset;
	const char *path = perf_place(pd, s->w.pos, &offset);

	if (pd->bad_data)
		warning("cannot decompress: %s: at 0x%llx: %s: what follows is not read",
			path, offset, pd->bad_data);
	else if (!pd->incomplete)
		warning("bad record: %s: at 0x%llx: %llu bytes, expected 8 to %llu: what follows is not read",
			path, offset, (unsigned long long)s->w.bad_size,
			(unsigned long long)left);
	pd->bad_data = NULL;
	saturating_add(&pd->source.recording.missing_bytes, left);
}

/*
 * Call @handle for each record from @begin up to @end of one file, up to the first that
 * is none.
 */
ALWAYS_INLINE int
scan(struct perf_scan *s, int (*handle)(struct perf_scan *s, const struct perf_record *rec),
     bool indexes, uint64_t begin, uint64_t end)
{
	struct perf_record rec;
	int ret;

	if (perf_window_init(&s->w, s->pd, WINDOW_BYTES) < 0)
		return -1;
	perf_window_seek(&s->w, begin, end - begin);
	while ((ret = perf_window_peek(&s->w, &rec)) == 1) {
		ret = handle(s, &rec);
		if (ret)
			break;
		perf_window_skip(&s->w, &rec);
		if (indexes)
			go_on_in_window(s);
	}
	perf_window_release(&s->w);
	return ret;
}

int perf_index_metadata(struct perfdata *pd)
{
	struct perf_scan s = { .pd = pd };

	/* perf_index() says what is wrong with the records. */
	return scan(&s, read_metadata, false, pd->begin, pd->end) < 0 ? -1 : 0;
}

static int compare_runs(const void *a, const void *b)
{
	const struct perf_run *x = a, *y = b;
	int order = compare_u64(x->first, y->first);

	return order ? order : compare_u64(x->offset, y->offset);
}

/* In the order of time, and how much there is in all */
static void finish_cpu(struct perf_cpu *c)
{
	size_t i;

	if (c->unordered)
		qsort(c->runs, c->nr, sizeof(*c->runs), compare_runs);
	for (i = 0; i < c->nr; i++)
		c->bytes += c->runs[i].bytes;
}

static int compare_cpus(const void *a, const void *b)
{
	const struct perf_cpu *x = a, *y = b;

	return compare_u64(x->cpu, y->cpu);
}

/* What is lost behind the last record of each CPU, or of one nobody knows */
static void find_tails(struct perfdata *pd)
{
	uint64_t known = 0, all = pd->lost_anywhere;
	struct perf_cpu *c;
	unsigned int i;

	for (i = 0; i < pd->nr_cpus; i++) {
		c = &pd->cpus[i];
		if (c->lost_samples > c->lost)
			c->tail = c->lost_samples - c->lost;
		saturating_add(&all, c->lost_samples);
		saturating_add(&known, saturated_sum(c->lost, c->tail));
	}
	pd->lost_anywhere = pd->lost_anywhere && all > known ? all - known : 0;
}

/* CPUs that were recorded, and had nothing to record */
int perf_scan_silent_cpus(struct perfdata *pd)
{
	uint32_t cpu;
	size_t i;

	for (i = 0; i < pd->nr_ids; i++) {
		cpu = pd->ids[i].cpu;
		if (cpu != PERF_CPU_UNKNOWN && !pd->cpu_index[cpu] &&
		    !new_cpu(pd, cpu))
			return -1;
	}
	return 0;
}

void perf_scan_sort_cpus(struct perfdata *pd)
{
	unsigned int i;

	if (pd->nr_cpus)
		qsort(pd->cpus, pd->nr_cpus, sizeof(*pd->cpus), compare_cpus);
	for (i = 0; i < pd->nr_cpus; i++)
		pd->cpu_index[pd->cpus[i].cpu] = i + 1;
}

void perf_scan_finish(struct perfdata *pd)
{
	unsigned int i;

	for (i = 0; i < pd->nr_cpus; i++)
		finish_cpu(&pd->cpus[i]);
	find_tails(pd);
}

/* The records from @begin up to @end: those of one file */
static int index_file(struct perf_scan *s, uint64_t begin, uint64_t end)
{
	struct perfdata *pd = s->pd;
	int ret = scan(s, index_any, true, begin, end);

	if (ret < 0)
		return -1;
	if (ret == PERF_WINDOW_BAD)
		note_bad_record(s);
	/* Nothing came behind it. */
	saturating_add(&pd->lost_anywhere, s->lost);
	s->lost = 0;
	/* No run goes on in another file. */
	perf_scan_end_run(s);
	return pd->unpack ? perf_unpack_end_file(pd->unpack,
						 perf_file_at(pd, begin)->path) : 0;
}

static int index_files(struct perf_scan *s)
{
	struct perfdata *pd = s->pd;
	const struct perf_file *f;

	if (index_file(s, pd->begin, pd->end) < 0 || perf_files_check(pd) < 0)
		return -1;
	for (f = pd->files + 1; f < pd->files + pd->nr_files; f++)
		if (index_file(s, f->base, f->base + f->bytes) < 0)
			return -1;
	return pd->unpack ? perf_unpack_finish(pd->unpack) : 0;
}

int perf_index_begin(struct perfdata *pd)
{
	pd->cpu_index = calloc(SOURCE_CPUS_MAX, sizeof(*pd->cpu_index));
	return pd->cpu_index ? 0 : error("out of memory: %s: %u CPUs", pd->path,
					 SOURCE_CPUS_MAX);
}

int perf_index(struct perfdata *pd)
{
	struct perf_scan s = { .pd = pd };

	if (perf_index_begin(pd) < 0 || index_files(&s) < 0)
		return -1;
	if (perf_scan_silent_cpus(pd) < 0)
		return -1;
	perf_scan_sort_cpus(pd);
	perf_scan_finish(pd);
	return 0;
}

void perf_fill_sizes(struct perfdata *pd)
{
	struct recording *info = &pd->source.recording;
	struct recording_cpu *cpus = pd->recording_cpus;
	unsigned int i;

	info->compression = pd->unpack ? "zstd" : "none";
	info->data_compressed = pd->unpack;
	info->data_bytes = 0;
	for (i = 0; i < pd->nr_cpus; i++) {
		cpus[i].size = pd->cpus[i].bytes;
		if (pd->cpus[i].nr)
			cpus[i].offset = pd->cpus[i].runs[0].offset &
					 ~PERF_SPOOLED;
		info->data_bytes += cpus[i].size;
	}
}

void perf_index_release(struct perfdata *pd)
{
	unsigned int i;

	for (i = 0; i < pd->nr_cpus; i++)
		free(pd->cpus[i].runs);
	free(pd->cpus);
	free(pd->cpu_index);
	pd->cpus = NULL;
	pd->cpu_index = NULL;
	pd->nr_cpus = 0;
	pd->cpus_allocated = 0;
	pd->all_cpus_known = false;
}
