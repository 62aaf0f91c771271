// SPDX-License-Identifier: GPL-2.0
/*
 * What other libraries need for the same recording:
 *
 *	peers libtracecmd FILE		each record by its iterator
 *	peers kbuffer FILE		each record by libtraceevent's kbuffer,
 *					over the mapped file (uncompressed)
 *	peers walk FILE			the project's own reader alone, with
 *					nothing done to a record
 *	peers library FILE THREADS	zstd or zlib alone on all chunks
 *	peers exits FILE		each exit by libkvmexits, as any other
 *					program would have it
 *
 * Each touches the id and the time stamp of each record, so that nothing can be
 * optimized away, and prints how many there were.
 */
#include <endian.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <trace-cmd.h>
#include <traceevent/kbuffer.h>

#include "kvmexits.h"
#include "source/subbuf.h"
#include "source/source.h"
#include "base/unzip.h"

#define LIBRARY_THREADS_MAX	64
#define CHUNK_BYTES_MAX		(16u << 20)

static const struct subbuf_format format = { 4096, 8, 8, 16, 4080, NULL };

static void print_sum(const char *unit, uint64_t n, uint64_t sum)
{
	printf("%" PRIu64 " %s, sum %" PRIx64 "\n", n, unit, sum);
}

static int run_libtracecmd(const struct source *td)
{
	const struct recording *info = source_recording(td);
	struct tracecmd_input *in = tracecmd_open(info->path, TRACECMD_FL_LOAD_NO_PLUGINS);
	uint64_t n = 0, sum = 0;
	struct tep_record *rec;
	unsigned int i;

	if (!in)
		return 1;
	for (i = 0; i < info->nr_cpus; i++) {
		while ((rec = tracecmd_read_data(in, info->cpus[i].cpu))) {
			n++;
			sum += rec->ts + *(const uint16_t *)rec->data;
			tracecmd_free_record(rec);
		}
	}
	tracecmd_close(in);
	print_sum("records", n, sum);
	return 0;
}

static void kbuffer_cpu(struct kbuffer *kbuf, uint8_t *data, uint64_t len,
			uint64_t *n, uint64_t *sum)
{
	unsigned long long ts;
	uint64_t pos;
	void *rec;

	for (pos = 0; pos + format.subbuf_bytes <= len;
	     pos += format.subbuf_bytes) {
		kbuffer_load_subbuffer(kbuf, data + pos);
		for (rec = kbuffer_read_event(kbuf, &ts); rec;
		     rec = kbuffer_next_event(kbuf, &ts)) {
			++*n;
			*sum += ts + *(const uint16_t *)rec;
		}
	}
}

static int run_kbuffer(const struct source *td)
{
	const struct recording *info = source_recording(td);
	struct kbuffer *kbuf = kbuffer_alloc(KBUFFER_LSIZE_8,
					     KBUFFER_ENDIAN_LITTLE);
	int fd = open(info->path, O_RDONLY);
	uint64_t n = 0, sum = 0;
	unsigned int i;
	uint8_t *map;

	map = mmap(NULL, info->file_bytes, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED || info->data_compressed || !kbuf)
		return 1;
	for (i = 0; i < info->nr_cpus; i++)
		kbuffer_cpu(kbuf, map + info->cpus[i].offset,
			    info->cpus[i].size, &n, &sum);
	print_sum("records", n, sum);
	munmap(map, info->file_bytes);
	kbuffer_free(kbuf);
	close(fd);
	return 0;
}

static int walk_span(const struct source_span *span, uint64_t *n,
		     uint64_t *sum)
{
	struct subbuf_record rec;
	struct subbuf sb;
	size_t pos;

	for (pos = 0; pos < span->len; pos += format.subbuf_bytes) {
		if (subbuf_load(&sb, &format, span->data + pos,
				format.subbuf_bytes) < 0)
			return -1;
		while (subbuf_next(&sb, &rec) > 0) {
			++*n;
			*sum += rec.ts + *(const uint16_t *)rec.data;
		}
	}
	return 0;
}

static int run_walk(const struct source *td)
{
	struct source_stream *s;
	struct source_span span;
	uint64_t n = 0, sum = 0;
	unsigned int i;

	for (i = 0; i < source_recording(td)->nr_cpus; i++) {
		if (source_stream_open(&s, td, i, format.subbuf_bytes) < 0)
			return 1;
		while (source_next_span(s, &span) > 0)
			if (walk_span(&span, &n, &sum) < 0)
				return 1;
		source_stream_close(s);
	}
	print_sum("records", n, sum);
	return 0;
}

static int add_exit(void *user, const struct kvx_exit *e)
{
	uint64_t *sums = user;

	sums[0]++;
	sums[1] += e->ts + e->length;
	return 0;
}

static int run_exits(const struct source *td)
{
	struct kvx *k = kvx_new();
	uint64_t sums[2] = { 0 };
	int status;

	status = kvx_open(k, source_recording(td)->path);
	if (status == KVX_OK)
		status = kvx_each(k, add_exit, sums);
	kvx_free(k);
	print_sum("exits", sums[0], sums[1]);
	return status;
}

/* The library alone: threads take one CPU's chunks after the other's. */
struct library {
	const struct recording *info;
	enum unzip_kind kind;
	const uint8_t *map;
	atomic_uint next_cpu;
	atomic_ullong bytes;
};

static uint32_t get_u32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

static void library_cpu(struct library *l, struct unzip *z, uint8_t *buf,
			const struct recording_cpu *cpu)
{
	const uint8_t *p = l->map + cpu->offset;
	uint32_t chunks = cpu->size ? get_u32(p) : 0, packed, len;

	for (p += 4; chunks--; p += 8 + packed) {
		packed = get_u32(p);
		len = get_u32(p + 4);
		if (len > CHUNK_BYTES_MAX ||
		    unzip_block(z, buf, len, p + 8, packed))
			exit(1);
		atomic_fetch_add(&l->bytes, len);
	}
}

static void *library_thread(void *arg)
{
	struct library *l = arg;
	struct unzip *z = unzip_alloc(l->kind);
	uint8_t *buf = malloc(CHUNK_BYTES_MAX);
	unsigned int cpu;

	while ((cpu = atomic_fetch_add(&l->next_cpu, 1)) < l->info->nr_cpus)
		library_cpu(l, z, buf, &l->info->cpus[cpu]);
	free(buf);
	unzip_free(z);
	return NULL;
}

static int run_library(const struct source *td, unsigned int threads)
{
	struct library l = { .info = source_recording(td) };
	int fd = open(l.info->path, O_RDONLY);
	pthread_t thread[LIBRARY_THREADS_MAX];
	unsigned int i;

	l.map = mmap(NULL, l.info->file_bytes, PROT_READ, MAP_PRIVATE, fd, 0);
	if (l.map == MAP_FAILED || !l.info->data_compressed || !threads ||
	    threads > LIBRARY_THREADS_MAX ||
	    unzip_find(&l.kind, l.info->compression) < 0)
		return 1;
	for (i = 0; i < threads; i++)
		if (pthread_create(&thread[i], NULL, library_thread, &l))
			return 1;
	for (i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
	print_sum("bytes", l.bytes, 0);
	munmap((void *)l.map, l.info->file_bytes);
	close(fd);
	return 0;
}

int main(int argc, char **argv)
{
	struct source *td;
	int ret = 2;

	if (argc < 3) {
		fprintf(stderr, "usage: peers libtracecmd|kbuffer|walk|library|exits FILE [THREADS]\n");
		return 2;
	}
	if (source_open(&td, argv[2]) < 0)
		return 1;
	if (!strcmp(argv[1], "libtracecmd"))
		ret = run_libtracecmd(td);
	else if (!strcmp(argv[1], "kbuffer"))
		ret = run_kbuffer(td);
	else if (!strcmp(argv[1], "walk"))
		ret = run_walk(td);
	else if (!strcmp(argv[1], "exits"))
		ret = run_exits(td);
	else if (!strcmp(argv[1], "library"))
		ret = run_library(td, argc > 3 ? atoi(argv[3]) : 1);
	source_close(td);
	return ret;
}
