// SPDX-License-Identifier: GPL-2.0
/*
 * Write what perf would have recorded: mkperf TRACE.DAT PERF.DATA [WORD...]
 *
 * The events are those of TRACE.DAT, with their time stamps, CPUs and losses, in
 * its byte order.  perf takes what each CPU has in turn; so does this.  Words:
 *
 *	pipe		the form that is written to a pipe
 *	zstd, zstd2	compressed records, of type 81 or 83
 *	folder		as perf record --threads writes it: a file for each buffer
 *	unfinished	perf was killed: no sizes, no features
 *	threads		two buffers for each CPU, taken one after the other
 *	turn=N		so many records in turn (100)
 *	rounds		perf's rounds: so many of one CPU, and of all others what
 *			there is by then
 *	attr=N		bytes of struct perf_event_attr (128)
 *	callchain, read	with what is before the raw data then
 *	mixed		with an event that is no tracepoint
 *	plain		without identifiers and struct sample_id
 *	tail=N		so many lost behind the last record of the first CPU
 *	mono		perf record -k mono
 *	pid=N		all threads are of process N; else of none that is known
 *	no-raw, no-kvm	what cannot be analyzed
 *
 * The layout is that of tools/perf/Documentation/perf.data-file-format.txt.
 */
#include <endian.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zstd.h>

#include "base/tasks.h"
#include "source/records.h"
#include "source/swap.h"

#define IDENTIFIER	(1u << 16)
#define TID		(1u << 1)
#define TIME		(1u << 2)
#define IP		(1u << 0)
#define READ		(1u << 4)
#define CALLCHAIN	(1u << 5)
#define CPU		(1u << 7)
#define PERIOD		(1u << 8)
#define RAW		(1u << 10)

#define SAMPLE_ID_ALL	18
#define USE_CLOCKID	25

static struct {
	bool pipe, folder, unfinished, threads, callchain, read, mixed, plain, mono;
	bool no_raw, no_kvm, rounds;
	unsigned int zstd, turn, attr, tail, pid;
} opt = { .turn = 100, .attr = 128 };

static bool big_endian;

struct blob {
	uint8_t *data;
	size_t len, room;
};

__attribute__((noreturn)) static void die(const char *what)
{
	fprintf(stderr, "mkperf: %s\n", what);
	exit(1);
}

static void add(struct blob *b, const void *p, size_t len)
{
	if (b->len + len > b->room) {
		b->room = (b->len + len) * 2;
		b->data = realloc(b->data, b->room);
		if (!b->data)
			die("out of memory");
	}
	if (len)
		memcpy(b->data + b->len, p, len);
	b->len += len;
}

static void add_number(struct blob *b, uint64_t v, unsigned int bytes)
{
	v = big_endian ? htobe64(v) : htole64(v);
	add(b, (uint8_t *)&v + (big_endian ? 8 - bytes : 0), bytes);
}

static void add_u32(struct blob *b, uint32_t v)
{
	add_number(b, v, 4);
}

static void add_u64(struct blob *b, uint64_t v)
{
	add_number(b, v, 8);
}

static void pad(struct blob *b, size_t to)
{
	while (b->len % to)
		add(b, "", 1);
}

static void put_u64(struct blob *b, size_t at, uint64_t v)
{
	v = big_endian ? htobe64(v) : htole64(v);
	memcpy(b->data + at, &v, sizeof(v));
}

/* Its size is patched in when it ends. */
static size_t begin_record(struct blob *b, uint32_t type)
{
	size_t at = b->len;

	add_u32(b, type);
	add_u32(b, 0);
	return at;
}

static void end_record(struct blob *b, size_t at)
{
	size_t size = b->len - at;
	uint16_t v = big_endian ? htobe16(size) : htole16(size);

	memcpy(b->data + at + 6, &v, sizeof(v));
}

/* What is recorded, and how */

static uint64_t sample_type(void)
{
	return TID | TIME | CPU | PERIOD | IP | (opt.plain ? 0 : IDENTIFIER) |
	       (opt.no_raw ? 0 : RAW) | (opt.callchain ? CALLCHAIN : 0) |
	       (opt.read ? READ : 0);
}

/* A bit of the flags: compilers begin at the other end of each byte. */
static void set_flag(uint8_t *flags, unsigned int bit)
{
	flags[bit / 8] |= 1 << (big_endian ? 7 - bit % 8 : bit % 8);
}

/* 2: a tracepoint, 1: one of software, a dummy or cpu-clock */
static void add_attr(struct blob *b, uint32_t type, uint64_t config)
{
	size_t at = b->len;
	uint8_t flags[8] = { 0 };

	if (!opt.plain)
		set_flag(flags, SAMPLE_ID_ALL);
	if (opt.mono)
		set_flag(flags, USE_CLOCKID);
	add_u32(b, type);
	add_u32(b, opt.attr);
	add_u64(b, config);
	add_u64(b, 1);
	/* A sample of anything else is not laid out like these. */
	add_u64(b, type == 1 ? sample_type() & ~(RAW | PERIOD) : sample_type());
	add_u64(b, opt.read ? 4 | 8 : 0);	/* id, group */
	add(b, flags, sizeof(flags));
	while (b->len < at + 92)
		add(b, "", 1);
	add_u32(b, 1);				/* CLOCK_MONOTONIC */
	while (b->len < at + 136)
		add(b, "", 1);
	b->len = at + opt.attr;
}

/* An id for each event on each CPU */
static uint64_t id_of(unsigned int event, uint32_t cpu)
{
	return 1000 * (event + 1) + cpu;
}

/* The ids of its formats: each is an event that perf opened. */
static unsigned int tracepoints[256], nr_tracepoints;

static unsigned int nr_events(void)
{
	return nr_tracepoints + opt.mixed;
}

static void find_tracepoints(const struct source *src)
{
	struct source_formats it = SOURCE_FORMATS_INIT;
	struct source_format f;
	const char *id;

	while (source_next_format(src, &it, &f)) {
		id = memmem(f.text, f.len, "\nID: ", 5);
		if (id && strcmp(f.system, "ftrace") && nr_tracepoints < 256)
			tracepoints[nr_tracepoints++] = strtoul(id + 5, NULL, 10);
	}
}

/* nr_tracepoints: one of ftrace's own, which perf cannot record */
static unsigned int event_of(const struct subbuf_record *rec)
{
	unsigned int i;

	for (i = 0; i < nr_tracepoints; i++)
		if (tracepoints[i] == subbuf_event_id(rec))
			break;
	return i;
}

static void add_event(struct blob *b, unsigned int event)
{
	if (event == nr_tracepoints)
		add_attr(b, 1, 0);
	else
		add_attr(b, 2, tracepoints[event]);
}

static void add_ids(struct blob *b, unsigned int event,
		    const struct recording *info)
{
	unsigned int i;

	for (i = 0; i < info->nr_cpus; i++)
		add_u64(b, id_of(event, info->cpus[i].cpu));
}

/* The head of a trace.dat of version 6 */

static void add_text(struct blob *b, const char *name, const char *text,
		     size_t len)
{
	add(b, name, strlen(name) + 1);
	add_u64(b, len);
	add(b, text, len);
}

static void add_formats(struct blob *b, const struct source *src,
			const char *system)
{
	struct source_formats it = SOURCE_FORMATS_INIT;
	struct source_format f;
	struct blob texts = { NULL, 0, 0 };
	uint32_t nr = 0;

	while (source_next_format(src, &it, &f)) {
		if (strcmp(f.system, system))
			continue;
		add_u64(&texts, f.len);
		add(&texts, f.text, f.len);
		nr++;
	}
	add_u32(b, nr);
	add(b, texts.data, texts.len);
	free(texts.data);
}

static void add_tracing_data(struct blob *b, const struct source *src)
{
	const struct recording *info = source_recording(src);
	static const char *const systems[] = { "kvm", "sched" };
	unsigned int i;

	add(b, "\x17\x08\x44tracing0.6", 14);
	add(b, big_endian ? "\1\10" : "\0\10", 2);
	add_u32(b, 4096);
	add_text(b, "header_page", info->header_page, info->header_page_len);
	add_text(b, "header_event", info->header_event, info->header_event_len);
	add_formats(b, src, "ftrace");
	add_u32(b, opt.no_kvm ? 0 : 2);
	for (i = 0; i < 2 && !opt.no_kvm; i++) {
		add(b, systems[i], strlen(systems[i]) + 1);
		add_formats(b, src, systems[i]);
	}
	add_u32(b, 0);		/* kallsyms */
	add_u32(b, 0);		/* printk */
	add_u64(b, 0);		/* saved command lines */
}

/* Records */

static void add_sample_id(struct blob *b, uint32_t tid, uint64_t ts,
			  uint32_t cpu, uint64_t id)
{
	if (opt.plain)
		return;
	add_u32(b, opt.pid);
	add_u32(b, tid);
	add_u64(b, ts);
	add_u32(b, cpu);
	add_u32(b, 0);
	add_u64(b, id);
}

static void add_lost(struct blob *b, uint32_t cpu, uint64_t ts, uint64_t lost)
{
	size_t at = begin_record(b, 2);

	add_u64(b, id_of(0, cpu));
	add_u64(b, lost);
	add_sample_id(b, 7, ts, cpu, id_of(0, cpu));
	end_record(b, at);
}

static void add_comm(struct blob *b, uint32_t tid, const char *name)
{
	char comm[16] = "";
	size_t at = begin_record(b, 3);

	snprintf(comm, sizeof(comm), "%s", name);
	add_u32(b, opt.pid);
	add_u32(b, tid);
	add(b, comm, sizeof(comm));
	add_sample_id(b, tid, 0, 0, id_of(0, 0));
	end_record(b, at);
}

/* As perf has them of what runs when it begins */
static void add_comms(struct blob *b, const struct recording *info)
{
	size_t i;

	if (opt.pid)
		add_comm(b, opt.pid, "qemu-kvm");
	for (i = 0; info->tasks && i < info->tasks->nr; i++)
		if (info->tasks->list[i].id != opt.pid)
			add_comm(b, info->tasks->list[i].id,
				 info->tasks->list[i].name);
}

/* As perf writes it at the end */
static void add_lost_samples(struct blob *b, uint32_t cpu, uint64_t lost)
{
	size_t at = begin_record(b, 13);

	add_u64(b, lost);
	add_sample_id(b, 0, 0, 0, id_of(0, cpu));
	end_record(b, at);
}

static void add_head(struct blob *b, uint32_t tid, uint64_t ts, uint32_t cpu,
		     uint64_t id)
{
	if (!opt.plain)
		add_u64(b, id);
	add_u64(b, 0xffffffff81000000);		/* ip */
	add_u32(b, opt.pid);
	add_u32(b, tid);
	add_u64(b, ts);
	add_u32(b, cpu);
	add_u32(b, 0);
}

static void add_sample(struct blob *b, uint32_t cpu, uint64_t ts,
		       const struct subbuf_record *rec)
{
	uint32_t len = rec->len + (rec->len % 8 ? 0 : 4), tid;
	size_t at = begin_record(b, 9);

	memcpy(&tid, rec->data + 4, sizeof(tid));
	tid = big_endian ? be32toh(tid) : le32toh(tid);
	add_head(b, tid, ts, cpu, id_of(event_of(rec), cpu));
	add_u64(b, 1);				/* period */
	if (opt.read) {				/* one value, with its id */
		add_u64(b, 1);
		add_u64(b, b->len);		/* of what it counts */
		add_u64(b, id_of(event_of(rec), cpu));
	}
	if (opt.callchain) {
		add_u64(b, 3);
		add_u64(b, -128ll);
		add_u64(b, 1);
		add_u64(b, 2);
	}
	if (!opt.no_raw) {
		add_u32(b, len);
		/* The reader has turned what is first. */
		add(b, rec->data + big_endian, 1);
		add(b, rec->data + !big_endian, 1);
		add(b, rec->data + 2, rec->len - 2);
		add(b, "\0\0\0", len - rec->len);
	}
	end_record(b, at);
}

/* cpu-clock: no period, no raw data */
static void add_other_sample(struct blob *b, uint32_t cpu, uint64_t ts)
{
	size_t at = begin_record(b, 9);

	add_head(b, 7, ts, cpu, id_of(nr_tracepoints, cpu));
	if (opt.read) {
		add_u64(b, 1);
		add_u64(b, 77);
		add_u64(b, id_of(nr_tracepoints, cpu));
	}
	if (opt.callchain)
		add_u64(b, 0);
	end_record(b, at);
}

static void add_id_index(struct blob *b, const struct recording *info)
{
	size_t at = begin_record(b, 69);
	unsigned int event, i;

	add_u64(b, nr_events() * info->nr_cpus);
	for (event = 0; event < nr_events(); event++)
		for (i = 0; i < info->nr_cpus; i++) {
			add_u64(b, id_of(event, info->cpus[i].cpu));
			add_u64(b, i);
			add_u64(b, info->cpus[i].cpu);
			add_u64(b, 0);
		}
	end_record(b, at);
}

/* A file: of a folder, one for each buffer follows the one with the header. */
struct part {
	struct blob b;
	ZSTD_CStream *zstd;
};

static unsigned int nr_parts(const struct recording *info)
{
	return opt.folder ? 1 + info->nr_cpus * (opt.threads ? 2 : 1) : 1;
}

/* Compressed records: all that was written since the last one */

static void flush(struct part *out, struct blob *records)
{
	static uint8_t packed[40000];
	ZSTD_inBuffer in = { records->data, records->len, 0 };
	ZSTD_outBuffer to;
	size_t at, left;

	if (!opt.zstd) {
		add(&out->b, records->data, records->len);
		records->len = 0;
		return;
	}
	if (!out->zstd)
		out->zstd = ZSTD_createCStream();
	if (!records->len)
		return;
	do {
		to = (ZSTD_outBuffer){ packed, sizeof(packed), 0 };
		left = ZSTD_compressStream2(out->zstd, &to, &in, ZSTD_e_flush);
		if (ZSTD_isError(left))
			die("zstd");
		at = begin_record(&out->b, opt.zstd);
		if (opt.zstd == 83)
			add_u64(&out->b, to.pos);
		add(&out->b, packed, to.pos);
		if (opt.zstd == 83)
			while ((out->b.len - at) % 8)
				add(&out->b, "", 1);
		end_record(&out->b, at);
	} while (left || in.pos < in.size);
	records->len = 0;
}

/* Of one CPU: what is in its buffer, in the order of time */
struct stream {
	struct records r;
	uint32_t cpu;
	uint64_t lost;
	bool ended;
	struct subbuf_record rec;	/* the next one */
	int ret;
};

static void read_next(struct stream *s)
{
	s->ret = records_next(&s->r, &s->rec);
	if (s->ret < 0)
		die("cannot read");
}

static bool next(struct stream *s, struct blob *b, struct blob *other,
		 struct blob *at_end)
{
	struct subbuf_record rec = s->rec;
	int ret = s->ret;
	/* perf always knows how many. */
	uint64_t lost = s->r.losses.lost_events + s->r.losses.lost_uncounted -
			s->lost;

	if (!ret && lost)
		add_lost_samples(at_end, s->cpu, s->lost + lost);
	if (!ret)
		return false;
	if (lost)
		add_lost(b, s->cpu, rec.ts, lost);
	s->lost += lost;
	if (event_of(&rec) != nr_tracepoints) {
		add_sample(opt.threads && rec.data[4] & 1 ? other : b, s->cpu,
			   rec.ts, &rec);
		if (opt.mixed)
			add_other_sample(b, s->cpu, rec.ts);
	}
	read_next(s);
	return true;
}

/*
 * Is the turn of @s over, in which @n records were read?  With rounds, the @leader, which
 * is the first one that is left, says up to when all have their turn.
 */
static bool has_had_turn(const struct stream *s, const struct stream *leader,
			 unsigned int n, uint64_t *until)
{
	if (s->ended)
		return true;
	if (opt.rounds && s != leader)
		return s->ret && s->rec.ts > *until;
	if (n < opt.turn && s->ret)
		*until = s->rec.ts;
	return n == opt.turn;
}

static void end_round(struct part *parts)
{
	end_record(&parts->b, begin_record(&parts->b, 68));
}

/* What is in the buffers of the CPU at @place */
static void take_buffers(struct part *parts, unsigned int place, struct blob *b,
			 struct blob *other)
{
	if (!opt.folder) {
		add(b, other->data, other->len);
		flush(parts, b);
		if (!opt.rounds)
			end_round(parts);
	} else if (opt.threads) {
		flush(parts + 1 + 2 * place, b);
		flush(parts + 2 + 2 * place, other);
	} else {
		flush(parts + 1 + place, b);
	}
	other->len = 0;
}

/* Records in turn, up to the end of each CPU */
static void add_records(struct part *parts, const struct source *src,
			struct subbuf_format *format)
{
	const struct recording *info = source_recording(src);
	struct stream *s = calloc(info->nr_cpus, sizeof(*s)), *leader;
	struct blob b = { 0 }, other = { NULL, 0, 0 };
	unsigned int i, n, left = info->nr_cpus;
	uint64_t until;

	for (i = 0; i < info->nr_cpus; i++) {
		s[i].cpu = info->cpus[i].cpu;
		if (records_open(&s[i].r, src, format, i) < 0)
			die("cannot open");
		read_next(&s[i]);
	}
	while (left) {
		for (leader = s; leader->ended;)
			leader++;
		for (i = 0, until = 0; i < info->nr_cpus; i++) {
			for (n = 0; !has_had_turn(&s[i], leader, n, &until); n++) {
				s[i].ended = !next(&s[i], &b, &other,
						   opt.folder ? &parts->b : &b);
				left -= s[i].ended;
			}
			take_buffers(parts, i, &b, &other);
		}
		if (opt.rounds && !opt.folder)
			end_round(parts);
	}
	for (i = 0; i < info->nr_cpus; i++)
		records_close(&s[i].r);
	if (opt.tail)
		add_lost_samples(&parts->b, info->cpus[0].cpu, opt.tail);
	free(s);
	free(b.data);
	free(other.data);
}

#define COMPRESSED_FEATURE	27

/* The feature COMPRESSED: version, zstd, level, ratio, size of a buffer */
static void add_compression(struct blob *b)
{
	add_u32(b, 1);
	add_u32(b, 1);
	add_u32(b, 1);
	add_u32(b, 1);
	add_u32(b, 64 << 20);
}

/* The two forms */

static void add_magic(struct blob *b, uint64_t size)
{
	add(b, big_endian ? "2ELIFREP" : "PERFILE2", 8);
	add_u64(b, size);
}

static void write_pipe(struct part *parts, const struct source *src,
		       struct subbuf_format *format)
{
	struct blob *b = &parts->b;
	struct blob tracing = { NULL, 0, 0 };
	unsigned int event;
	size_t at;

	add_magic(b, 16);
	for (event = 0; event < nr_events(); event++) {
		at = begin_record(b, 64);
		add_event(b, event);
		add_ids(b, event, source_recording(src));
		end_record(b, at);
	}
	add_tracing_data(&tracing, src);
	pad(&tracing, 8);
	at = begin_record(b, 66);
	add_u32(b, tracing.len);
	add_u32(b, 0);
	end_record(b, at);
	add(b, tracing.data, tracing.len);
	free(tracing.data);
	if (opt.zstd) {
		at = begin_record(b, 80);
		add_u64(b, COMPRESSED_FEATURE);
		add_compression(b);
		end_record(b, at);
	}
	add_id_index(b, source_recording(src));
	add_comms(b, source_recording(src));
	add_records(parts, src, format);
}

/* A section of feature number @nr of those that are set: from @from up to here */
static void end_feature(struct blob *b, size_t sections, unsigned int nr,
			uint64_t from)
{
	put_u64(b, sections + 16 * nr, from);
	put_u64(b, sections + 16 * nr + 8, b->len - from);
}

/* Tracing data, osrelease; of a folder, its version; compressed */
static void add_features(struct blob *b, const struct source *src)
{
	static const char release[64] = "6.1.0-test";
	const size_t sections = b->len;
	unsigned int nr = 2 + opt.folder + !!opt.zstd, i;
	size_t from;

	put_u64(b, 72, 1u << 1 | 1u << 4 | (opt.folder ? 1u << 24 : 0) |
		(opt.zstd ? 1u << COMPRESSED_FEATURE : 0));
	for (i = 0; i < 2 * nr; i++)
		add_u64(b, 0);
	from = b->len;
	add_tracing_data(b, src);
	end_feature(b, sections, 0, from);
	from = b->len;
	add_u32(b, sizeof(release));
	add(b, release, sizeof(release));
	end_feature(b, sections, 1, from);
	from = b->len;
	if (opt.folder) {
		add_u64(b, 1);
		end_feature(b, sections, 2, from);
	}
	from = b->len;
	if (opt.zstd) {
		add_compression(b);
		end_feature(b, sections, nr - 1, from);
	}
}

static void write_file(struct part *parts, const struct source *src,
		       struct subbuf_format *format)
{
	struct blob *b = &parts->b;
	const struct recording *info = source_recording(src);
	uint64_t ids[257], data;
	unsigned int event;

	add_magic(b, 104);
	add_u64(b, opt.attr + 16);
	while (b->len < 104)
		add_u64(b, 0);
	for (event = 0; event < nr_events(); event++) {
		ids[event] = b->len;
		add_ids(b, event, info);
	}
	put_u64(b, 24, b->len);
	put_u64(b, 32, nr_events() * (opt.attr + 16));
	for (event = 0; event < nr_events(); event++) {
		add_event(b, event);
		add_u64(b, ids[event]);
		add_u64(b, info->nr_cpus * 8);
	}
	data = b->len;
	put_u64(b, 40, data);
	add_id_index(b, info);
	add_comms(b, info);
	add_records(parts, src, format);
	if (opt.unfinished)
		return;
	put_u64(b, 48, b->len - data);
	add_features(b, src);
}

static void save(const struct blob *b, const char *path)
{
	FILE *f = fopen(path, "w");

	/* A part may have no record: then there is no data, either. */
	if (!f || (b->len && fwrite(b->data, 1, b->len, f) != b->len) || fclose(f))
		die("cannot write");
}

/* To the file @path, or into the folder */
static void save_parts(const struct part *parts, unsigned int nr, const char *path)
{
	char *name;
	unsigned int i;

	if (!opt.folder) {
		save(&parts->b, path);
		return;
	}
	mkdir(path, 0777);
	for (i = 0; i < nr; i++) {
		if ((i ? asprintf(&name, "%s/data.%u", path, i - 1) :
			 asprintf(&name, "%s/data", path)) < 0)
			die("out of memory");
		save(&parts[i].b, name);
		free(name);
	}
}

static unsigned int number(const char *word, const char *name, unsigned int *to)
{
	size_t len = strlen(name);

	if (strncmp(word, name, len) || word[len] != '=')
		return 0;
	*to = strtoul(word + len + 1, NULL, 10);
	return 1;
}

static void parse_word(const char *word)
{
	static const struct {
		const char *name;
		bool *to;
	} words[] = {
		{ "pipe", &opt.pipe }, { "folder", &opt.folder },
		{ "unfinished", &opt.unfinished },
		{ "threads", &opt.threads }, { "callchain", &opt.callchain },
		{ "read", &opt.read }, { "mixed", &opt.mixed },
		{ "plain", &opt.plain }, { "mono", &opt.mono },
		{ "no-raw", &opt.no_raw }, { "no-kvm", &opt.no_kvm },
		{ "rounds", &opt.rounds },
	};
	unsigned int i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(word, words[i].name)) {
			*words[i].to = true;
			return;
		}
	if (!strcmp(word, "zstd"))
		opt.zstd = 81;
	else if (!strcmp(word, "zstd2"))
		opt.zstd = 83;
	else if (!number(word, "turn", &opt.turn) &&
		 !number(word, "pid", &opt.pid) &&
		 !number(word, "attr", &opt.attr) &&
		 !number(word, "tail", &opt.tail))
		die(word);
}

/* As parse.c, without looking at what it does not need */
static void load_format(struct subbuf_format *f, const struct recording *info)
{
	unsigned int commit, commit_bytes, data, bytes;
	const char *c = strstr(info->header_page, " commit;");
	const char *d = strstr(info->header_page, " data;");

	if (!c || !d ||
	    sscanf(c, " commit; offset:%u; size:%u;", &commit,
		   &commit_bytes) != 2 ||
	    sscanf(d, " data; offset:%u; size:%u;", &data, &bytes) != 2 ||
	    subbuf_format_init(f, commit, commit_bytes, data, bytes) < 0)
		die("no header_page");
	if (info->big_endian)
		f->swaps = swaps_alloc();
}

int main(int argc, char **argv)
{
	struct subbuf_format format;
	struct part *parts;
	struct source *src;
	unsigned int nr;
	int i;

	if (argc < 3)
		die("usage: mkperf TRACE.DAT PERF.DATA [WORD...]");
	for (i = 3; i < argc; i++)
		parse_word(argv[i]);
	if (source_open(&src, argv[1]) < 0)
		return 1;
	big_endian = source_recording(src)->big_endian;
	load_format(&format, source_recording(src));
	find_tracepoints(src);
	nr = nr_parts(source_recording(src));
	parts = calloc(nr, sizeof(*parts));
	if (!parts)
		die("out of memory");
	(opt.pipe ? write_pipe : write_file)(parts, src, &format);
	save_parts(parts, nr, argv[2]);
	while (nr--) {
		free(parts[nr].b.data);
		ZSTD_freeCStream(parts[nr].zstd);
	}
	free(parts);
	swaps_free((struct swaps *)format.swaps);
	source_close(src);
	return 0;
}
