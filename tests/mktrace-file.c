// SPDX-License-Identifier: GPL-2.0
/*
 * The container: trace-cmd.dat.v6(5) and trace-cmd.dat.v7(5).
 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "mktrace-private.h"

enum {
	OPTION_DONE		= 0,
	OPTION_CPUSTAT		= 2,
	OPTION_BUFFER		= 3,
	OPTION_TRACECLOCK	= 4,
	OPTION_UNAME		= 5,
	OPTION_VERSION		= 9,
	OPTION_HEADER_INFO	= 16,
	OPTION_FTRACE_EVENTS	= 17,
	OPTION_EVENT_FORMATS	= 18,
	OPTION_KALLSYMS		= 19,
	OPTION_PRINTK		= 20,
	OPTION_CMDLINES		= 21,
	OPTION_BUFFER_TEXT	= 22,
	SECTION_STRINGS		= 15,
};

#define COMPRESSED	1

/* Bytes that grow: a section, before it is written */
struct blob {
	uint8_t *data;
	size_t len;
};

struct out {
	FILE *file;
	struct mktrace *t;
	struct blob options;	/* of the OPTIONS section to come */
	struct mktrace_layout layout;
};

/* Of the file that is written */
static bool big_endian;

static uint64_t order_u64(uint64_t v)
{
	return big_endian ? htobe64(v) : htole64(v);
}

static uint32_t order_u32(uint32_t v)
{
	return big_endian ? htobe32(v) : htole32(v);
}

static void add(struct blob *b, const void *data, size_t len)
{
	b->data = mktrace_grow(b->data, b->len + len + 1);
	if (len)
		memcpy(b->data + b->len, data, len);
	b->len += len;
}

static void add_u16(struct blob *b, uint16_t v)
{
	v = big_endian ? htobe16(v) : htole16(v);
	add(b, &v, sizeof(v));
}

static void add_u32(struct blob *b, uint32_t v)
{
	v = order_u32(v);
	add(b, &v, sizeof(v));
}

static void add_u64(struct blob *b, uint64_t v)
{
	v = order_u64(v);
	add(b, &v, sizeof(v));
}

static void add_string(struct blob *b, const char *s)
{
	add(b, s, strlen(s) + 1);
}

static void add_text(struct blob *b, const char *s)
{
	add_u64(b, strlen(s));
	add(b, s, strlen(s));
}

static void add_option(struct blob *b, uint16_t id, const void *data,
		       uint32_t len)
{
	add_u16(b, id);
	add_u32(b, len);
	add(b, data, len);
}

static void add_offset_option(struct blob *b, uint16_t id, uint64_t offset)
{
	offset = order_u64(offset);
	add_option(b, id, &offset, sizeof(offset));
}

void mktrace_option(struct mktrace *t, uint16_t id, const void *data,
		    uint32_t len)
{
	struct blob b = { t->options, t->options_len };

	big_endian = t->config.big_endian;
	add_option(&b, id, data, len);
	t->options = b.data;
	t->options_len = b.len;
	t->has_stats |= id == OPTION_CPUSTAT;
}

void mktrace_instance(struct mktrace *t, const char *name,
		      struct mktrace *instance)
{
	unsigned int n = t->nr_instances++;

	if (n == MKTRACE_INSTANCES)
		mktrace_die("more than %u instances", n);
	snprintf(t->instances[n].name, sizeof(t->instances[n].name), "%s",
		 name);
	t->instances[n].trace = instance;
}

/* Texts */

static void add_header_info(const struct mktrace *t, struct blob *b)
{
	uint32_t long_bytes = t->config.long_bytes;
	char text[512];

	snprintf(text, sizeof(text),
		 "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n"
		 "\tfield: local_t commit;\toffset:8;\tsize:%u;\tsigned:1;\n"
		 "\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;\n"
		 "\tfield: char data;\toffset:%u;\tsize:%u;\tsigned:0;\n",
		 long_bytes, t->data_offset,
		 t->config.subbuf_bytes - t->data_offset);
	add(b, "header_page", 12);
	add_text(b, text);
	add(b, "header_event", 13);
	add_text(b, "# compressed entry header\n"
		 "\ttype_len    :    5 bits\n\ttime_delta  :   27 bits\n"
		 "\tarray       :   32 bits\n\n\tpadding     : type == 29\n"
		 "\ttime_extend : type == 30\n\ttime_stamp : type == 31\n"
		 "\tdata max type_len  == 28\n");
}

static void add_field(struct blob *b, const struct mktrace_field *f)
{
	char *line;
	int n = asprintf(&line,
			 "\tfield:%s %s;\toffset:%u;\tsize:%u;\tsigned:%d;\n",
			 f->type, f->name, f->offset, f->bytes, f->is_signed);

	if (n < 0)
		mktrace_die("out of memory: field %s", f->name);
	add(b, line, n);
	free(line);
}

static void add_format(struct blob *b, const struct mktrace_event *e)
{
	static const char common[] =
		"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
		"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"
		"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"
		"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n";
	struct blob text = { NULL, 0 };
	const struct mktrace_field *f;
	char head[128];
	unsigned int order;
	int n;

	n = snprintf(head, sizeof(head), "name: %s\nID: %u\nformat:\n", e->name,
		     e->id);
	add(&text, head, n);
	add(&text, common, sizeof(common) - 1);
	for (order = 0; order <= 2 * MKTRACE_FIELDS; order++)
		for (f = e->fields; f->name; f++)
			if (f->order == order && !f->dropped)
				add_field(&text, f);
	if (*e->print) {
		add(&text, "\nprint fmt: ", 12);
		add(&text, e->print, strlen(e->print));
		add(&text, "\n", 1);
	}
	add_u64(b, text.len);
	add(b, text.data, text.len);
	free(text.data);
}

static void add_ftrace_events(struct blob *b)
{
	static const struct mktrace_event print = {
		.name = "print", .id = 5,
		.print = "\"%ps: %s\", (void *)REC->ip, REC->buf",
		.fields = { { "unsigned long", "ip", 8, 0, 0, 0, 8 },
			    { "char", "buf[]", 0, 0, 0, 0, 16 } },
	};

	add_u32(b, 1);
	add_format(b, &print);
}

static unsigned int nr_events(const struct mktrace *t, const char *system)
{
	unsigned int i, n = 0;

	for (i = 0; i < t->nr_events; i++)
		n += !t->events[i].dropped &&
		     !strcmp(t->events[i].system, system);
	return n;
}

static void add_event_formats(const struct mktrace *t, struct blob *b)
{
	static const char *const systems[] = { "kvm", "kvm_hv", "sched" };
	const unsigned int nr = sizeof(systems) / sizeof(systems[0]);
	unsigned int s, i, used = 0;

	for (s = 0; s < nr; s++)
		used += nr_events(t, systems[s]) != 0;
	add_u32(b, used);
	for (s = 0; s < nr; s++) {
		if (!nr_events(t, systems[s]))
			continue;
		add_string(b, systems[s]);
		add_u32(b, nr_events(t, systems[s]));
		for (i = 0; i < t->nr_events; i++)
			if (!t->events[i].dropped &&
			    !strcmp(t->events[i].system, systems[s]))
				add_format(b, &t->events[i]);
	}
}

/* What trace-cmd has in the first OPTIONS section, in any version */
static void add_common_options(const struct mktrace *t, struct blob *b)
{
	static const char stat[] = "CPU: 0\nentries: 0\noverrun: 0\n";
	char clock[256];

	snprintf(clock, sizeof(clock), "[%s] global counter uptime perf mono",
		 t->config.clock);
	if (!t->has_stats)
		add_option(b, OPTION_CPUSTAT, stat, sizeof(stat));
	add_option(b, OPTION_TRACECLOCK, clock, strlen(clock) + 1);
	add_option(b, OPTION_UNAME, t->config.uname,
		   strlen(t->config.uname) + 1);
	add_option(b, OPTION_VERSION, "mktrace", 8);
	add(b, t->options, t->options_len);
}

/* The file */

static uint64_t tell(struct out *o)
{
	return ftello(o->file);
}

static void put(struct out *o, const void *data, size_t len)
{
	if (len && fwrite(data, 1, len, o->file) != len)
		mktrace_die("cannot write");
}

static void put_blob(struct out *o, struct blob *b)
{
	put(o, b->data, b->len);
	free(b->data);
	b->data = NULL;
	b->len = 0;
}

static void patch_u64(struct out *o, uint64_t at, uint64_t v)
{
	uint64_t end = tell(o);

	v = order_u64(v);
	if (fseeko(o->file, at, SEEK_SET))
		mktrace_die("cannot seek");
	put(o, &v, sizeof(v));
	if (fseeko(o->file, end, SEEK_SET))
		mktrace_die("cannot seek");
}

static void align_to(struct out *o, uint32_t bytes)
{
	while (tell(o) % bytes)
		put(o, "", 1);
}

static struct blob compress_blob(const struct mktrace *t, const uint8_t *data,
				 size_t len)
{
	struct blob b;
	uLongf zlen;
	size_t n;

	if (t->config.compression == MKTRACE_ZSTD) {
		b.len = ZSTD_compressBound(len);
		b.data = mktrace_grow(NULL, b.len);
		n = ZSTD_compress(b.data, b.len, data, len, 3);
		if (ZSTD_isError(n))
			mktrace_die("zstd: %s", ZSTD_getErrorName(n));
		b.len = n;
		return b;
	}
	zlen = compressBound(len);
	b.data = mktrace_grow(NULL, zlen);
	if (compress(b.data, &zlen, data, len) != Z_OK)
		mktrace_die("zlib failed");
	b.len = zlen;
	return b;
}

static void put_sized(struct out *o, const void *data, uint32_t packed_len,
		      uint32_t len)
{
	struct blob sizes = { NULL, 0 };

	add_u32(&sizes, packed_len);
	add_u32(&sizes, len);
	put_blob(o, &sizes);
	put(o, data, packed_len);
}

static uint64_t put_section_header(struct out *o, uint16_t id, bool compressed,
				   uint64_t size)
{
	struct blob header = { NULL, 0 };
	uint64_t at = tell(o);

	add_u16(&header, id);
	add_u16(&header, compressed ? COMPRESSED : 0);
	add_u32(&header, 0);
	add_u64(&header, size);
	put_blob(o, &header);
	return at;
}

/* Write a section, and free its content: return its offset. */
static uint64_t put_section(struct out *o, uint16_t id, struct blob *content,
			    bool compressed)
{
	struct blob packed;
	uint64_t at;

	if (!o->t->config.compression || !compressed) {
		at = put_section_header(o, id, false, content->len);
		put_blob(o, content);
		return at;
	}
	packed = compress_blob(o->t, content->data, content->len);
	at = put_section_header(o, id, true, packed.len + 8);
	put_sized(o, packed.data, packed.len, content->len);
	free(packed.data);
	free(content->data);
	content->data = NULL;
	content->len = 0;
	return at;
}

/* The OPTIONS section with all that was collected; the next is at @next. */
static uint64_t put_options(struct out *o, uint64_t next)
{
	add_offset_option(&o->options, OPTION_DONE, next);
	return put_section(o, OPTION_DONE, &o->options,
			   o->t->config.compress_options);
}

static void copy_stream(struct mktrace_cpu *c,
			void (*use)(struct out *o, const uint8_t *p, size_t n),
			struct out *o, uint32_t piece)
{
	uint8_t *buf = mktrace_grow(NULL, piece);
	size_t n, pos = 0;

	if (c->spool) {
		if (fwrite(c->mem, 1, c->mem_len, c->spool) != c->mem_len)
			mktrace_die("cannot write a temporary file");
		c->mem_len = 0;
		rewind(c->spool);
		while ((n = fread(buf, 1, piece, c->spool)))
			use(o, buf, n);
		fseeko(c->spool, 0, SEEK_END);
	} else {
		for (; pos < c->mem_len; pos += n) {
			n = c->mem_len - pos < piece ? c->mem_len - pos : piece;
			use(o, c->mem + pos, n);
		}
	}
	free(buf);
}

static void put_plain(struct out *o, const uint8_t *p, size_t n)
{
	put(o, p, n);
}

static void put_chunk(struct out *o, const uint8_t *p, size_t n)
{
	struct blob packed = compress_blob(o->t, p, n);

	put_sized(o, packed.data, packed.len, n);
	free(packed.data);
}

/* Write one CPU's data: return their size in the file. */
static uint64_t put_stream(struct out *o, const struct mktrace *buffer,
			   struct mktrace_cpu *c)
{
	uint32_t chunk = buffer->config.chunk_bytes, count;
	uint64_t start = tell(o);

	if (!c->bytes)
		return 0;
	if (!o->t->config.compression) {
		copy_stream(c, put_plain, o, 1u << 16);
	} else {
		count = order_u32((c->bytes + chunk - 1) / chunk);
		put(o, &count, sizeof(count));
		copy_stream(c, put_chunk, o, chunk);
		if (o->t->config.short_size)
			start += sizeof(count);
	}
	return tell(o) - start;
}

static void flush_all(struct mktrace *t)
{
	unsigned int i;

	for (i = 0; i < t->config.cpus; i++)
		if (t->cpus[i].open)
			mktrace_flush(t, i);
	for (i = 0; i < t->nr_instances; i++)
		flush_all(t->instances[i].trace);
}

static void put_initial(struct out *o)
{
	const struct mktrace_config *c = &o->t->config;
	struct blob b = { NULL, 0 };

	add(&b, "\x17\x08\x44tracing", 10);
	add_string(&b, c->version == 6 ? "6" : "7");
	add(&b, c->big_endian ? "\1" : "\0", 1);
	add(&b, c->long_bytes == 4 ? "\x04" : "\x08", 1);
	add_u32(&b, c->page_size);
	put_blob(o, &b);
}

/* Version 7 */

static void put_buffer_v7(struct out *o, const struct mktrace *buffer,
			  const char *name, unsigned int cpus)
{
	const struct mktrace_config *c = &buffer->config;
	struct blob option = { NULL, 0 };
	uint64_t section, size, offset;
	unsigned int i;

	section = put_section_header(o, OPTION_BUFFER,
				     o->t->config.compression, 0);
	add_u64(&option, section);
	add_string(&option, name);
	add_string(&option, c->clock);
	add_u32(&option, c->page_size);
	add_u32(&option, cpus);
	for (i = 0; i < cpus; i++) {
		align_to(o, c->page_size);
		offset = tell(o);
		size = put_stream(o, buffer, &buffer->cpus[i]);
		add_u32(&option, c->cpu_ids ? c->cpu_ids[i] : i);
		add_u64(&option, offset);
		add_u64(&option, size);
		if (!i && !*name) {
			o->layout.cpu_offset = offset;
			o->layout.cpu_size = size;
		}
	}
	patch_u64(o, section + 8, tell(o) - section - 16);
	if (!*name) {
		o->layout.buffer = section;
		o->layout.cpu_table = o->options.len + 6 + 8 + 1 +
				      strlen(c->clock) + 1 + 8;
	}
	add_option(&o->options, OPTION_BUFFER, option.data, option.len);
	free(option.data);
}

static void put_latency_v7(struct out *o)
{
	struct blob option = { NULL, 0 }, text = { NULL, 0 };

	add_string(&text, "# tracer: nop\n");
	add_u64(&option, put_section(o, OPTION_BUFFER_TEXT, &text, false));
	add_string(&option, "");
	add_string(&option, o->t->config.clock);
	add_option(&o->options, OPTION_BUFFER_TEXT, option.data, option.len);
	free(option.data);
}

static void put_metadata_v7(struct out *o)
{
	struct mktrace_layout *l = &o->layout;
	struct blob b = { NULL, 0 };
	uint64_t at;

	add_header_info(o->t, &b);
	l->header_info = put_section(o, OPTION_HEADER_INFO, &b, true);
	add_ftrace_events(&b);
	l->ftrace_events = put_section(o, OPTION_FTRACE_EVENTS, &b, true);
	add_event_formats(o->t, &b);
	l->event_formats = put_section(o, OPTION_EVENT_FORMATS, &b, true);
	add_offset_option(&o->options, OPTION_HEADER_INFO, l->header_info);
	add_offset_option(&o->options, OPTION_FTRACE_EVENTS, l->ftrace_events);
	add_offset_option(&o->options, OPTION_EVENT_FORMATS, l->event_formats);
	add_u32(&b, 0);
	at = put_section(o, OPTION_KALLSYMS, &b, true);
	add_offset_option(&o->options, OPTION_KALLSYMS, at);
	add_u32(&b, 0);
	at = put_section(o, OPTION_PRINTK, &b, true);
	add_offset_option(&o->options, OPTION_PRINTK, at);
	add_text(&b, "7 qemu\n8 qemu\n");
	at = put_section(o, OPTION_CMDLINES, &b, true);
	add_offset_option(&o->options, OPTION_CMDLINES, at);
}

/* Each with an OPTIONS section of its own; its predecessor's DONE is at @next */
static void put_instances_v7(struct out *o, uint64_t next_at)
{
	const struct mktrace *t = o->t;
	uint64_t options_at;
	unsigned int i;

	for (i = 0; i < t->nr_instances; i++) {
		put_buffer_v7(o, t->instances[i].trace, t->instances[i].name,
			      t->instances[i].trace->config.cpus);
		/* A compressed section cannot be patched: have only one. */
		if (t->config.compress_options)
			continue;
		options_at = put_options(o, 0);
		patch_u64(o, next_at, options_at);
		next_at = tell(o) - 8;
	}
}

/* As trace-cmd: metadata, first options, data, last options, strings */
static void put_v7(struct out *o)
{
	const struct mktrace_config *c = &o->t->config;
	struct mktrace_layout *l = &o->layout;
	struct blob b = { NULL, 0 };
	uint64_t first_at, next_at = 0;

	add_string(&b, c->compression_name);
	add_string(&b, "1.0");
	put_blob(o, &b);
	first_at = tell(o);
	put(o, "\0\0\0\0\0\0\0", 8);

	add_common_options(o->t, &o->options);
	put_metadata_v7(o);
	/* A compressed section cannot be patched: have only one. */
	if (!c->compress_options) {
		l->first_options = put_options(o, 0);
		next_at = tell(o) - 8;
	}

	if (c->latency)
		put_latency_v7(o);
	else if (!c->no_top_buffer)
		put_buffer_v7(o, o->t, "", c->cpus);
	if (c->instance)
		put_buffer_v7(o, o->t, c->instance, 1);
	if (c->compress_options)
		put_instances_v7(o, 0);
	l->last_options = put_options(o, 0);
	if (!c->compress_options)
		put_instances_v7(o, tell(o) - 8);
	l->cpu_table += l->last_options + 16;
	if (next_at)
		patch_u64(o, next_at, l->last_options);
	else
		l->first_options = l->last_options;
	patch_u64(o, first_at, l->first_options);

	add_string(&b, "strings");
	put_section(o, SECTION_STRINGS, &b, true);
}

/* Version 6 */

static void put_table_v6(struct out *o, const struct mktrace *buffer,
			 unsigned int cpus)
{
	bool top = buffer == o->t && !o->layout.cpu_table;
	uint64_t table, offset, size;
	unsigned int i;

	put(o, "flyrecord", 10);
	table = tell(o);
	for (i = 0; i < cpus; i++)
		put(o, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	if (top) {
		o->layout.cpu_table = table;
		o->layout.metadata_end = tell(o);
	}
	for (i = 0; i < cpus; i++) {
		align_to(o, o->t->config.page_size);
		offset = tell(o);
		size = i < buffer->config.cpus ?
		       put_stream(o, buffer, &buffer->cpus[i]) : 0;
		patch_u64(o, table + i * 16, offset);
		patch_u64(o, table + i * 16 + 8, size);
		if (!i && top) {
			o->layout.cpu_offset = offset;
			o->layout.cpu_size = size;
		}
	}
}

/* Return where the offset of the instance's table is to be patched. */
static uint64_t add_instance_option(struct out *o, struct blob *b,
				    const char *name)
{
	uint64_t at;

	add_u16(b, OPTION_BUFFER);
	add_u32(b, 8 + strlen(name) + 1);
	at = tell(o) + b->len;
	add_u64(b, 0);
	add_string(b, name);
	return at;
}

static void put_v6(struct out *o)
{
	const struct mktrace_config *c = &o->t->config;
	uint64_t instance_at = 0, at[MKTRACE_INSTANCES];
	struct blob b = { NULL, 0 };
	unsigned int i;

	add_header_info(o->t, &b);
	add_ftrace_events(&b);
	add_event_formats(o->t, &b);
	add_u32(&b, 0);			/* KALLSYMS INFORMATION */
	add_u32(&b, 0);			/* TRACE_PRINTK INFORMATION */
	add_text(&b, "7 qemu\n8 qemu\n");	/* PROCESS INFORMATION */
	add_u32(&b, c->cpus);
	add(&b, "options  ", 10);
	add_common_options(o->t, &b);
	if (c->instance)
		instance_at = add_instance_option(o, &b, c->instance);
	for (i = 0; i < o->t->nr_instances; i++)
		at[i] = add_instance_option(o, &b, o->t->instances[i].name);
	add_u16(&b, OPTION_DONE);
	put_blob(o, &b);
	if (c->latency) {
		put(o, "latency  ", 10);
		put(o, "# tracer: nop\n", 14);
		return;
	}
	put_table_v6(o, o->t, c->cpus);
	if (c->instance) {
		patch_u64(o, instance_at, tell(o));
		put_table_v6(o, o->t, c->cpus);
	}
	for (i = 0; i < o->t->nr_instances; i++) {
		patch_u64(o, at[i], tell(o));
		put_table_v6(o, o->t->instances[i].trace, c->cpus);
	}
}

void mktrace_finish(struct mktrace *t, const char *path,
		    struct mktrace_layout *layout)
{
	struct out o = { .t = t };

	mktrace_layout_events(t);
	flush_all(t);
	big_endian = t->config.big_endian;
	o.file = fopen(path, "w+");
	if (!o.file)
		mktrace_die("cannot write %s", path);
	put_initial(&o);
	if (t->config.version == 6)
		put_v6(&o);
	else
		put_v7(&o);
	o.layout.file_bytes = tell(&o);
	if (fclose(o.file))
		mktrace_die("cannot write %s", path);
	if (layout)
		*layout = o.layout;
	mktrace_free(t);
}
