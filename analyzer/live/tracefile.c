// SPDX-License-Identifier: GPL-2.0
#include "live/tracefile.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#define DATA_ALIGN	4096u

/* TRACECMD_OPTION_... */
enum {
	OPTION_DONE		= 0,
	OPTION_TRACECLOCK	= 4,
	OPTION_UNAME		= 5,
	OPTION_CPUCOUNT		= 8,
	OPTION_VERSION		= 9,
	OPTION_TSC2NSEC		= 14,
};

static void put(FILE *out, const void *data, size_t len)
{
	fwrite(data, 1, len, out);
}

static void put_u16(FILE *out, uint16_t v)
{
	put(out, &v, sizeof(v));
}

static void put_u32(FILE *out, uint32_t v)
{
	put(out, &v, sizeof(v));
}

static void put_u64(FILE *out, uint64_t v)
{
	put(out, &v, sizeof(v));
}

/* With its NUL */
static void put_string(FILE *out, const char *text)
{
	put(out, text, strlen(text) + 1);
}

/* u64 length, text.  Of a file that is not there: nothing */
static void put_file(FILE *out, const char *name)
{
	size_t len;
	char *text = tracing_read_top(name, &len);

	put_u64(out, len);
	if (text)
		put(out, text, len);
	free(text);
}

static void put_format(FILE *out, const char *system, const char *event)
{
	char name[512];

	snprintf(name, sizeof(name), "events/%s/%s/format", system, event);
	put_file(out, name);
}

/* Those of ftrace itself have no events to be enabled. */
static void put_ftrace_formats(FILE *out)
{
	static const char *const names[] = {
		"function", "funcgraph_entry", "funcgraph_exit",
		"context_switch", "wakeup", "kernel_stack", "user_stack",
		"bprint", "print", "raw_data", "bputs",
	};
	const unsigned int nr = sizeof(names) / sizeof(names[0]);
	unsigned int i;

	put_u32(out, nr);
	for (i = 0; i < nr; i++)
		put_format(out, "ftrace", names[i]);
}

/* Of one system, how many events follow from @i on */
static unsigned int count_events(const struct tracing *t, unsigned int i,
				 const char *of)
{
	const char *system, *event;
	unsigned int nr = 0;

	while (tracing_event(t, i + nr, &system, &event) && !strcmp(system, of))
		nr++;
	return nr;
}

static void put_formats(FILE *out, const struct tracing *t)
{
	const char *system, *event;
	unsigned int i, nr, systems = 0;

	for (i = 0; tracing_event(t, i, &system, &event);
	     i += count_events(t, i, system))
		systems++;
	put_u32(out, systems);
	for (i = 0; tracing_event(t, i, &system, &event);) {
		put_string(out, system);
		nr = count_events(t, i, system);
		for (put_u32(out, nr); nr; nr--, i++) {
			tracing_event(t, i, &system, &event);
			put_format(out, system, event);
		}
	}
}

static void put_option(FILE *out, uint16_t id, const void *data, size_t len)
{
	put_u16(out, id);
	put_u32(out, len);
	put(out, data, len);
}

struct tsc2nsec {
	uint32_t mult, shift;
	uint64_t offset;
} __attribute__((packed));

/* How fast the TSC is, as perf's events tell it.  Return false if they do not. */
static bool find_rate(struct tsc2nsec *rate)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE, .size = sizeof(attr),
		.config = PERF_COUNT_SW_DUMMY,
	};
	const size_t size = sysconf(_SC_PAGESIZE);
	const struct perf_event_mmap_page *page;
	bool known = false;
	int fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1,
			 PERF_FLAG_FD_CLOEXEC);

	if (fd < 0)
		return false;
	page = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (page != MAP_FAILED) {
		known = page->cap_user_time && page->time_mult;
		*rate = (struct tsc2nsec){ page->time_mult, page->time_shift, 0 };
		munmap((void *)page, size);
	}
	close(fd);
	return known;
}

static void put_options(FILE *out, const struct tracing *t)
{
	size_t len;
	char *clock = tracing_read(t, "trace_clock", &len);
	const uint32_t cpus = t->cpus;
	struct tsc2nsec rate;
	struct utsname u;
	char text[512];

	put(out, "options  ", 10);
	if (clock)
		put_option(out, OPTION_TRACECLOCK, clock, strlen(clock) + 1);
	free(clock);
	uname(&u);
	snprintf(text, sizeof(text), "%s %s %s %s", u.sysname, u.nodename,
		 u.release, u.machine);
	put_option(out, OPTION_UNAME, text, strlen(text) + 1);
	snprintf(text, sizeof(text), "kvm-exit-cycles live %s", kvx_version());
	put_option(out, OPTION_VERSION, text, strlen(text) + 1);
	put_option(out, OPTION_CPUCOUNT, &cpus, sizeof(cpus));
	if (!t->replay && find_rate(&rate))
		put_option(out, OPTION_TSC2NSEC, &rate, sizeof(rate));
	put_u16(out, OPTION_DONE);
}

/* Up to the end of the metadata, but for where the events are */
static void put_metadata(FILE *out, const struct tracing *t)
{
	static const char magic[10] = "\x17\x08\x44tracing";
	const bool big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
	const uint8_t order = big, long_bytes = sizeof(long);

	put(out, magic, sizeof(magic));
	put_string(out, "6");
	put(out, &order, 1);
	put(out, &long_bytes, 1);
	put_u32(out, t->subbuf_bytes);
	put_string(out, "header_page");
	put_file(out, "events/header_page");
	put_string(out, "header_event");
	put_file(out, "events/header_event");
	put_ftrace_formats(out);
	put_formats(out, t);
	put_u32(out, 0);		/* no kallsyms, */
	put_u32(out, 0);		/* and no printk formats */
	put_file(out, "saved_cmdlines");
	put_u32(out, t->cpus);
	put_options(out, t);
	put(out, "flyrecord", 10);
}

static uint64_t align(uint64_t offset, uint32_t subbuf_bytes)
{
	const uint64_t to = subbuf_bytes > DATA_ALIGN ? subbuf_bytes : DATA_ALIGN;

	return (offset + to - 1) / to * to;
}

/* Where events begin, if the table of CPUs begins at @table */
static uint64_t data_begin(const struct tracing *t, uint64_t table)
{
	return align(table + 16ull * t->cpus, t->subbuf_bytes);
}

/* Where each CPU's events are; @sizes: NULL: there are none */
static void put_table(FILE *out, const struct tracing *t, uint64_t table,
		      const uint64_t *sizes)
{
	uint64_t offset = data_begin(t, table);
	unsigned int i;

	for (i = 0; i < t->cpus; i++) {
		put_u64(out, offset);
		put_u64(out, sizes ? sizes[i] : 0);
		offset = align(offset + (sizes ? sizes[i] : 0), t->subbuf_bytes);
	}
}

static int write_failed(const struct tracing *t, const char *what, int err)
{
	kvx_say(t->k, KVX_ERROR, "cannot write: %s: %s", what, strerror(err));
	return -1;
}

int tracefile_head(const struct tracing *t)
{
	int fd = memfd_create("live", MFD_CLOEXEC);
	FILE *out = fd < 0 ? NULL : fdopen(dup(fd), "w");
	bool bad;

	if (!out) {
		write_failed(t, "head of the recording", errno);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	put_metadata(out, t);
	put_table(out, t, ftell(out), NULL);
	bad = ferror(out);
	bad |= fclose(out) != 0;
	if (!bad)
		return fd;
	close(fd);
	return write_failed(t, "head of the recording", errno);
}

/* Keeping */

static int copy_bytes(int from, uint64_t len, FILE *out)
{
	char buf[65536];
	off_t pos = 0;
	ssize_t n;

	while (len) {
		n = pread(from, buf, len < sizeof(buf) ? len : sizeof(buf), pos);
		if (n <= 0)
			return -1;
		put(out, buf, n);
		pos += n;
		len -= n;
	}
	return ferror(out) ? -1 : 0;
}

static uint64_t table_offset(const struct tracefile *f)
{
	return lseek(f->head, 0, SEEK_END) - 16ull * f->tracing->cpus;
}

static char *cpu_path(const struct tracefile *f, unsigned int cpu)
{
	char *path;

	return asprintf(&path, "%s.cpu%u", f->path, cpu) < 0 ? NULL : path;
}

/*
 * The table of CPUs stays empty, as trace-cmd has it until all is there: if we are
 * killed, the events are those of the files of CPUs.  And what cannot be written is
 * better known now.
 */
static int put_file_head(const struct tracefile *f)
{
	FILE *out = fopen(f->path, "we");
	uint64_t left = 16ull * f->tracing->cpus;
	bool bad;

	if (!out)
		return write_failed(f->tracing, f->path, errno);
	bad = copy_bytes(f->head, table_offset(f), out) < 0;
	while (left--)
		putc(0, out);
	bad |= fclose(out) != 0;
	return bad ? write_failed(f->tracing, f->path, errno) : 0;
}

int tracefile_open(struct tracefile *f, const struct tracing *t, int head,
		   const char *path)
{
	unsigned int i;

	*f = (struct tracefile){ .tracing = t, .path = path, .head = head };
	f->fds = malloc(t->cpus * sizeof(*f->fds));
	f->sizes = calloc(t->cpus, sizeof(*f->sizes));
	if (!f->fds || !f->sizes)
		return write_failed(t, path, ENOMEM);
	for (i = 0; i < t->cpus; i++)
		f->fds[i] = -1;
	return put_file_head(f);
}

static int open_cpu(struct tracefile *f, unsigned int cpu)
{
	char *path = cpu_path(f, cpu);

	if (path)
		f->fds[cpu] = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC,
				   0666);
	free(path);
	return f->fds[cpu] < 0 ? -1 : 0;
}

/* As far as it goes: @done */
static int write_all(int fd, const uint8_t *data, size_t len, size_t *done)
{
	ssize_t n;

	for (*done = 0; *done < len; *done += n) {
		n = write(fd, data + *done, len - *done);
		if (n < 0 && errno == EINTR)
			n = 0;
		else if (n <= 0)
			return -1;
	}
	return 0;
}

void tracefile_add(void *tracefile, unsigned int cpu, const uint8_t *data,
		   size_t len)
{
	struct tracefile *f = tracefile;
	size_t done = 0;

	if (f->failed)
		return;
	if ((f->fds[cpu] < 0 && open_cpu(f, cpu) < 0) ||
	    write_all(f->fds[cpu], data, len, &done) < 0) {
		write_failed(f->tracing, f->path, errno);
		kvx_say(f->tracing->k, KVX_WARNING, "not kept from here on: %s has what came before",
			f->path);
		f->failed = 1;
	}
	/* Whole sub-buffers only */
	f->sizes[cpu] += done - done % f->tracing->subbuf_bytes;
}

static void pad(FILE *out, uint32_t subbuf_bytes)
{
	uint64_t left = align(ftell(out), subbuf_bytes) - ftell(out);

	while (left--)
		putc(0, out);
}

static int put_all(struct tracefile *f, FILE *out)
{
	const struct tracing *t = f->tracing;
	const uint64_t table = table_offset(f);
	unsigned int i;

	if (copy_bytes(f->head, table, out) < 0)
		return -1;
	put_table(out, t, table, f->sizes);
	for (i = 0; i < t->cpus; i++) {
		pad(out, t->subbuf_bytes);
		if (f->sizes[i] && copy_bytes(f->fds[i], f->sizes[i], out) < 0)
			return -1;
	}
	return 0;
}

static void remove_part(struct tracefile *f, unsigned int cpu)
{
	char *path = f->left ? NULL : cpu_path(f, cpu);

	close(f->fds[cpu]);
	f->fds[cpu] = -1;
	if (path)
		unlink(path);
	free(path);
}

/*
 * There is no room for all of it once more.  What is in the files of CPUs is the
 * recording then, as if live had been killed.
 */
static int leave_parts(struct tracefile *f, int err)
{
	write_failed(f->tracing, f->path, err);
	f->left = true;
	if (put_file_head(f) < 0)
		return -1;
	kvx_say(f->tracing->k, KVX_NOTE, "events stay in %s.cpuN: with these beside it, kvm-exit-cycles reads %s",
		f->path, f->path);
	return -1;
}

int tracefile_finish(struct tracefile *f)
{
	FILE *out = fopen(f->path, "we");
	bool bad = !out || put_all(f, out) < 0;
	int err = errno;

	if (out && fclose(out) != 0 && !bad) {
		bad = true;
		err = errno;
	}
	return bad ? leave_parts(f, err) : 0;
}

void tracefile_drop(struct tracefile *f)
{
	unsigned int i;

	if (!f->tracing)
		return;
	for (i = 0; f->fds && i < f->tracing->cpus; i++)
		if (f->fds[i] >= 0)
			remove_part(f, i);
	free(f->fds);
	free(f->sizes);
	*f = (struct tracefile){ .tracing = NULL };
}
