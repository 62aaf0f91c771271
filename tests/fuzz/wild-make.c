// SPDX-License-Identifier: GPL-2.0
#include "wild.h"

#include <stdbool.h>
#include <string.h>

#include "mktrace.h"

#define MAX_EVENTS_LOG2	13
#define MAX_TEXT_LOG2	17	/* of a print format, of all options */
#define MAX_OPTIONS	4096u	/* each one is copied when the next comes */
#define MAX_CPUS_LOG2	7
#define MAX_ZEROS_LOG2	23
#define MAX_SUBBUFS_LOG2	24	/* bytes of sub-buffers of one event */
#define MAX_PLACES	512

struct recipe {
	const uint8_t *data;
	size_t len;
};

/* The next @bytes of it; 0 beyond its end */
static uint64_t take(struct recipe *r, size_t bytes)
{
	uint64_t v = 0;
	size_t n = bytes < r->len ? bytes : r->len;

	memcpy(&v, r->data, n);
	r->data += n;
	r->len -= n;
	return v;
}

static uint64_t take_power(struct recipe *r, unsigned int max_log2)
{
	return 1ull << take(r, 1) % (max_log2 + 1);
}

/* What mktrace.h can write */

static struct mktrace *new_trace(struct recipe *r, struct mktrace_config *config)
{
	static const char *const clocks[] = { "local", "mono", "x86-tsc",
					      "tsc2nsec" };
	uint8_t kind = take(r, 1), more = take(r, 1);

	*config = (struct mktrace_config){
		.version = kind & 1 ? 6 : 7,
		.compression = kind & 1 ? MKTRACE_NONE : (kind >> 1) % 3,
		.unpatched = kind & 8,
		.long_bytes = kind & 16 ? 4 : 8,
		.subbuf_bytes = kind & 32 ? 65536 : 4096,
		.page_size = 4096,
		.compress_options = kind & 64,
		.instance = kind & 128 ? "guests" : NULL,
		.clock = clocks[more & 3],
		.chunk_bytes = 4096u << (more >> 2) % 13,
		.cpus = take_power(r, MAX_CPUS_LOG2),
	};
	if (config->version == 6 || !config->compression)
		config->compress_options = false;
	return mktrace_new(config);
}

/*
 * One token, many times: in a print format, or in an option.  Return what is to
 * be freed after mktrace_finish().
 */
static char *repeat(struct recipe *r, struct mktrace *t)
{
	static const char *const events[] = { "kvm_entry", "kvm_exit" };
	uint8_t where = take(r, 1);
	size_t n = take_power(r, MAX_TEXT_LOG2), len = take(r, 1) % 24, i;
	const uint8_t *token = r->data;
	uint16_t id = where >> 3;
	char *text;

	len = len < r->len ? len : r->len;
	r->data += len;
	r->len -= len;
	n = len ? n / len : 0;
	text = malloc(n * len + 32);
	fuzz_assert(text);
	for (i = 0; i < n; i++)
		memcpy(text + i * len, token, len);
	text[n * len] = 0;
	switch (where & 7) {
	case 0 ... 1:
		mktrace_event_print(t, events[where & 1], n ? text : "\"\"");
		break;
	case 2:
		mktrace_option(t, id, text, n * len);
		break;
	case 3:
		for (i = 0; i < n && i < MAX_OPTIONS; i++)
			mktrace_option(t, id, token, len);
		break;
	}
	return text;
}

/* Many events, of which some fields count up */
static void add_event(struct mktrace *t, const struct mktrace_config *config,
		      unsigned int kind, uint16_t counting, uint64_t n)
{
	uint64_t v[10];
	unsigned int i, cpu;

	for (i = 0; i < 10; i++)
		v[i] = counting & 1 << i ? n : 0;
	cpu = v[0] % config->cpus;
	if (kind & 1)
		mktrace_exit(t, cpu, 1000 + 10 * n, &(struct mktrace_exit){
			.pid = 7 + v[1], .exit_reason = 0x72 + v[2],
			.isa = 2 + v[3], .vcpu_id = v[4], .guest_rip = v[5],
			.tsc = 1000 + 10 * n, .vm = 7 + v[6] });
	if (kind & 2)
		mktrace_entry(t, cpu, 1005 + 10 * n, &(struct mktrace_entry){
			.pid = 7 + v[1], .exit_reason = 0x72 + v[2],
			.isa = 2 + v[3], .vcpu_id = v[4], .vm = 7 + v[6],
			.tsc = 1005 + 10 * n, .exit_tsc = 1000 + 10 * n,
			.seq = 1 + v[7], .epoch = 1 + v[8], .report = 1 + v[9] });
	if (config->unpatched)
		return;
	if (kind & 4)
		mktrace_report(t, cpu, 1006 + 10 * n, &(struct mktrace_report){
			.pid = 5, .epoch = 1 + v[8], .report = 1 + v[9],
			.since = 1, .interval = 1 + v[5], .seq = 1 + v[7] });
	if (kind & 8)
		mktrace_stats(t, cpu, 1007 + 10 * n, &(struct mktrace_stats){
			.pid = 5, .epoch = 1 + v[8], .report = 1 + v[9],
			.isa = 2 + v[3], .exit_reason = 0x72 + v[2],
			.kind = v[4] % 4, .exits = 1 + v[7] });
}

static void add_events(struct recipe *r, struct mktrace *t,
		       const struct mktrace_config *config)
{
	uint64_t n = take_power(r, MAX_EVENTS_LOG2), i, stride;
	unsigned int kind = take(r, 1);
	uint16_t counting = take(r, 2);
	uint64_t each = take_power(r, 16), lost;

	stride = take_power(r, 33);
	lost = kind & 32 ? take(r, 8) : 0;
	if (kind & 112 && n > (1u << MAX_SUBBUFS_LOG2) / config->subbuf_bytes)
		n = (1u << MAX_SUBBUFS_LOG2) / config->subbuf_bytes;
	for (i = 0; i < n; i++) {
		if (kind & 48 && i % each == each - 1)
			mktrace_lost(t, i % config->cpus, lost);
		if (kind & 64)
			mktrace_flush(t, i % config->cpus);
		add_event(t, config, kind, counting, i * stride);
	}
}

/* They compress well. */
static void add_zeros(struct recipe *r, struct mktrace *t,
		      const struct mktrace_config *config)
{
	size_t len = take_power(r, MAX_ZEROS_LOG2);
	uint8_t *zeros;

	if (len < 4096)
		return;
	zeros = calloc(1, len);
	fuzz_assert(zeros);
	mktrace_flush(t, take(r, 1) % config->cpus);
	mktrace_raw(t, 0, zeros, len);
	free(zeros);
}

/* Places of the file that have a number */

struct places {
	uint8_t *file;
	size_t len;
	struct {
		size_t at;
		unsigned int bytes;
	} place[MAX_PLACES];
	unsigned int nr;
};

static void add_place(struct places *p, uint64_t at, unsigned int bytes)
{
	if (p->nr == MAX_PLACES || at > p->len || bytes > p->len - at)
		return;
	p->place[p->nr].at = at;
	p->place[p->nr++].bytes = bytes;
}

static uint64_t number_at(const struct places *p, uint64_t at,
			  unsigned int bytes)
{
	uint64_t v = 0;

	if (at <= p->len && bytes <= p->len - at)
		memcpy(&v, p->file + at, bytes);
	return v;
}

/* id, flags, offset of its name, size; if compressed: two sizes more */
static void add_section(struct places *p, uint64_t at)
{
	add_place(p, at, 2);
	add_place(p, at + 2, 2);
	add_place(p, at + 4, 4);
	add_place(p, at + 8, 8);
	add_place(p, at + 16, 4);
	add_place(p, at + 20, 4);
}

static void add_options(struct places *p, uint64_t at, bool compressed)
{
	uint64_t end = at + 16 + number_at(p, at + 8, 8), size;

	add_section(p, at);
	for (at += 16; !compressed && at < end && p->nr < 128; at += 6 + size) {
		size = number_at(p, at + 2, 4);
		add_place(p, at, 2);
		add_place(p, at + 2, 4);
		add_place(p, at + 6, 8);
	}
}

/* Counts of systems and events, and the length of each format */
static void add_formats(struct places *p, uint64_t at)
{
	unsigned int i;

	add_place(p, at, 4);
	at += 4 + strlen("kvm") + 1;
	add_place(p, at, 4);
	for (at += 4, i = 0; i < 20 && at < p->len; i++) {
		add_place(p, at, 8);
		at += 8 + number_at(p, at, 8);
	}
}

/* Decimal numbers behind @word: their first bytes */
static void add_texts(struct places *p, const char *word)
{
	size_t len = strlen(word);
	uint8_t *found = p->file;
	unsigned int i;

	for (i = 0; i < 40; i++) {
		found = memmem(found, p->len - (found - p->file), word, len);
		if (!found)
			return;
		found += len;
		add_place(p, found - p->file, 1);
	}
}

static void add_stream(struct places *p, uint64_t at, bool compressed)
{
	unsigned int i;

	if (compressed) {
		for (i = 0; i < 3; i++)
			add_place(p, at + 4 * i, 4);
		return;
	}
	add_place(p, at, 8);
	add_place(p, at + 8, 8);
	for (i = 0; i < 64; i++)
		add_place(p, at + 16 + 4 * i, 4);
}

static void find_places(struct places *p, const struct mktrace_config *config,
			const struct mktrace_layout *l)
{
	unsigned int entry = config->version == 6 ? 16 : 20, i;

	for (i = 0; i < 8 && i < config->cpus; i++) {
		add_place(p, l->cpu_table + i * entry, 4);
		add_place(p, l->cpu_table + (i + 1) * entry - 16, 8);
		add_place(p, l->cpu_table + (i + 1) * entry - 8, 8);
	}
	add_place(p, l->cpu_table - 4, 4);
	add_stream(p, l->cpu_offset, config->compression);
	if (config->version == 7) {
		add_options(p, l->first_options, config->compress_options);
		add_options(p, l->last_options, config->compress_options);
		add_section(p, l->header_info);
		add_section(p, l->ftrace_events);
		add_section(p, l->event_formats);
		add_section(p, l->buffer);
		if (!config->compression)
			add_formats(p, l->event_formats + 16);
	}
	add_texts(p, "offset:");
	add_texts(p, "size:");
	add_texts(p, "ID: ");
}

/* Another number, near the one before or far */
static uint64_t other_number(struct recipe *r, uint64_t old, size_t file_len)
{
	uint8_t how = take(r, 1);
	uint64_t v = take(r, 8);

	switch (how % 6) {
	case 0:
		return v;
	case 1:
		return old + (int8_t)v;
	case 2:
		return 1ull << v % 64;
	case 3:
		return (1ull << v % 64) - 1;
	case 4:
		return old << v % 64;
	default:
		return file_len + (int8_t)v;
	}
}

static void go_wild(struct recipe *r, struct places *p)
{
	unsigned int changes = take(r, 1) % 4, i;
	uint64_t v;

	while (changes-- && p->nr) {
		i = take(r, 2) % p->nr;
		v = number_at(p, p->place[i].at, p->place[i].bytes);
		v = other_number(r, v, p->len);
		memcpy(p->file + p->place[i].at, &v, p->place[i].bytes);
	}
}

int wild_file(char path[FUZZ_PATH_MAX], const uint8_t *recipe, size_t len,
	      unsigned int *mode)
{
	struct recipe r = { recipe, len };
	struct mktrace_config config;
	struct mktrace_layout layout;
	struct places places = { 0 };
	struct mktrace *t;
	int fd = fuzz_file(path, "", 0);
	char *text;

	*mode = take(&r, 1);
	t = new_trace(&r, &config);
	text = repeat(&r, t);
	add_events(&r, t, &config);
	add_zeros(&r, t, &config);
	mktrace_finish(t, path, &layout);
	free(text);
	places.len = layout.file_bytes;
	places.file = mmap(NULL, places.len, PROT_READ | PROT_WRITE, MAP_SHARED,
			   fd, 0);
	fuzz_assert(places.file != MAP_FAILED);
	find_places(&places, &config, &layout);
	go_wild(&r, &places);
	munmap(places.file, places.len);
	return fd;
}
