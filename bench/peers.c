// SPDX-License-Identifier: GPL-2.0
/*
 * What other libraries need for the same recording:
 *
 *	peers libtracecmd FILE		each record by its iterator
 *	peers kbuffer FILE		each record by libtraceevent's kbuffer,
 *					over the mapped file (uncompressed)
 *	peers unzip FILE THREADS	zstd or zlib alone on all chunks
 *	peers unperf FILE		zstd alone on all that is compressed in a perf.data
 *	peers exits FILE		each exit by libkvmexits, as any other
 *					program would have it
 *
 * The first two touch the id and the time stamp of each record, so that nothing can
 * be optimized away, and print how many there were.
 *
 * Of the analyzer it sees what any program does, kvmexits.h.  Where the bytes are it
 * finds by itself: FILE is from mkrecording, which is trusted.
 */
#include <endian.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <trace-cmd.h>
#include <traceevent/kbuffer.h>
#include <zlib.h>
#include <zstd.h>

#include "kvmexits.h"

#define UNZIP_THREADS_MAX	64u
#define CHUNK_BYTES_MAX		(16u << 20)
#define SUBBUF_BYTES		4096u

/* trace-cmd.dat.v7(5): FORMAT OF THE SECTION HEADER */
#define SECTION_BUFFER		3u
#define SECTION_HEADER_BYTES	16u

/* The section of the streams of all CPUs, each of which begins at a page. */
struct streams {
	const uint8_t *map;
	size_t file_bytes;
	const uint8_t *begin, *end;
	const char *compression;
};

static uint32_t get_u32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

static uint64_t get_u64(const uint8_t *p)
{
	return get_u32(p) | (uint64_t)get_u32(p + 4) << 32;
}

static const uint8_t *next_page(const struct streams *s, const uint8_t *p)
{
	return s->map + ((p - s->map + SUBBUF_BYTES - 1) & -(size_t)SUBBUF_BYTES);
}

/* From section to section: "v7", INITIAL FORMAT */
static void find_streams(struct streams *s)
{
	const uint8_t *p = s->map + 10 + sizeof("7") + 1 + 1 + 4;

	s->compression = (const char *)p;
	p += strlen((const char *)p) + 1;	/* its name, */
	p += strlen((const char *)p) + 1;	/* its version, */
	p += 8;					/* and where options are */
	while ((get_u32(p) & UINT16_MAX) != SECTION_BUFFER)
		p += SECTION_HEADER_BYTES + get_u64(p + 8);
	s->begin = next_page(s, p + SECTION_HEADER_BYTES);
	s->end = p + SECTION_HEADER_BYTES + get_u64(p + 8);
}

static int map_streams(struct streams *s, const char *path)
{
	int fd = open(path, O_RDONLY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	s->file_bytes = st.st_size;
	s->map = mmap(NULL, s->file_bytes, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (s->map == MAP_FAILED)
		return -1;
	find_streams(s);
	return 0;
}

static void unmap_streams(struct streams *s)
{
	munmap((void *)s->map, s->file_bytes);
}

static void print_sum(const char *unit, uint64_t n, uint64_t sum)
{
	printf("%" PRIu64 " %s, sum %" PRIx64 "\n", n, unit, sum);
}

/* As libtracecmd does not say it */
static int count_cpus(const char *path)
{
	struct kvx_facts facts = KVX_FACTS_INIT;
	struct kvx *k = kvx_new();

	if (kvx_open(k, path) == KVX_OK)
		kvx_facts(k, &facts);
	kvx_free(k);
	return facts.cpus;
}

static int run_libtracecmd(const char *path)
{
	struct tracecmd_input *in = tracecmd_open(path, TRACECMD_FL_LOAD_NO_PLUGINS);
	uint64_t n = 0, sum = 0;
	struct tep_record *rec;
	int cpu, cpus = count_cpus(path);

	if (!in)
		return 1;
	for (cpu = 0; cpu < cpus; cpu++) {
		while ((rec = tracecmd_read_data(in, cpu))) {
			n++;
			sum += rec->ts + *(const uint16_t *)rec->data;
			tracecmd_free_record(rec);
		}
	}
	tracecmd_close(in);
	print_sum("records", n, sum);
	return 0;
}

static int run_kbuffer(const char *path)
{
	struct kbuffer *kbuf = kbuffer_alloc(KBUFFER_LSIZE_8,
					     KBUFFER_ENDIAN_LITTLE);
	uint64_t n = 0, sum = 0;
	unsigned long long ts;
	const uint8_t *p;
	struct streams s;
	void *rec;

	if (!kbuf || map_streams(&s, path) < 0 || strcmp(s.compression, "none"))
		return 1;
	for (p = s.begin; p < s.end; p += SUBBUF_BYTES) {
		kbuffer_load_subbuffer(kbuf, (void *)p);
		for (rec = kbuffer_read_event(kbuf, &ts); rec;
		     rec = kbuffer_next_event(kbuf, &ts)) {
			n++;
			sum += ts + *(const uint16_t *)rec;
		}
	}
	print_sum("records", n, sum);
	unmap_streams(&s);
	kbuffer_free(kbuf);
	return 0;
}

static int add_exit(void *user, const struct kvx_exit *e)
{
	uint64_t *sums = user;

	sums[0]++;
	sums[1] += e->ts + e->length;
	return 0;
}

static int run_exits(const char *path)
{
	struct kvx *k = kvx_new();
	uint64_t sums[2] = { 0 };
	int status;

	status = kvx_open(k, path);
	if (status == KVX_OK)
		status = kvx_each(k, add_exit, sums);
	kvx_free(k);
	print_sum("exits", sums[0], sums[1]);
	return status;
}

/* Threads take a chunk each, of whatever CPU: u32 packed, u32 bytes, and these. */
struct unzip {
	const struct streams *streams;
	bool zstd;
	pthread_mutex_t lock;
	const uint8_t *next;		/* chunk, */
	uint32_t chunks_left;		/* of this CPU */
	atomic_ullong bytes;
};

static const uint8_t *take_chunk(struct unzip *u)
{
	const uint8_t *chunk = NULL;

	pthread_mutex_lock(&u->lock);
	while (!u->chunks_left && u->next < u->streams->end) {
		u->chunks_left = get_u32(u->next);
		u->next = u->chunks_left ? u->next + 4 :
			  next_page(u->streams, u->next + 4);
	}
	if (u->chunks_left) {
		chunk = u->next;
		u->next += 8 + get_u32(chunk);
		if (!--u->chunks_left)
			u->next = next_page(u->streams, u->next);
	}
	pthread_mutex_unlock(&u->lock);
	return chunk;
}

static void unzip_chunk(struct unzip *u, ZSTD_DCtx *zstd, uint8_t *buf,
			const uint8_t *chunk)
{
	uint32_t packed = get_u32(chunk), bytes = get_u32(chunk + 4);
	uLongf zlib_bytes = bytes;

	if (bytes > CHUNK_BYTES_MAX)
		exit(1);
	if (u->zstd ? ZSTD_decompressDCtx(zstd, buf, bytes, chunk + 8, packed) != bytes :
		      uncompress(buf, &zlib_bytes, chunk + 8, packed) != Z_OK)
		exit(1);
	atomic_fetch_add(&u->bytes, bytes);
}

static void *unzip_thread(void *arg)
{
	struct unzip *u = arg;
	ZSTD_DCtx *zstd = ZSTD_createDCtx();
	uint8_t *buf = malloc(CHUNK_BYTES_MAX);
	const uint8_t *chunk;

	while ((chunk = take_chunk(u)))
		unzip_chunk(u, zstd, buf, chunk);
	free(buf);
	ZSTD_freeDCtx(zstd);
	return NULL;
}

static int run_unzip(const char *path, unsigned int threads)
{
	struct unzip u = { .lock = PTHREAD_MUTEX_INITIALIZER };
	pthread_t thread[UNZIP_THREADS_MAX];
	struct streams s;
	unsigned int i;

	if (!threads || threads > UNZIP_THREADS_MAX ||
	    map_streams(&s, path) < 0 || !strcmp(s.compression, "none"))
		return 1;
	u.streams = &s;
	u.zstd = !strcmp(s.compression, "zstd");
	u.next = s.begin;
	for (i = 0; i < threads; i++)
		if (pthread_create(&thread[i], NULL, unzip_thread, &u))
			return 1;
	for (i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
	print_sum("bytes", u.bytes, 0);
	unmap_streams(&s);
	return 0;
}

/* A COMPRESSED record, of type 81, into @room bytes at @buf, again and again */
static uint64_t unpack_record(ZSTD_DStream *zstd, const uint8_t *record, size_t size,
			      uint8_t *buf, size_t room)
{
	ZSTD_inBuffer in = { record + 8, size - 8, 0 };
	ZSTD_outBuffer out;
	uint64_t bytes = 0;

	do {
		out = (ZSTD_outBuffer){ buf, room, 0 };
		if (ZSTD_isError(ZSTD_decompressStream(zstd, &out, &in)))
			exit(1);
		bytes += out.pos;
	} while (in.pos < in.size || out.pos == out.size);
	return bytes;
}

/* The file has a header, which says where its records begin and how many bytes these are. */
static int run_unperf(const char *path)
{
	static uint8_t buf[128 << 10];
	ZSTD_DStream *zstd = ZSTD_createDStream();
	int fd = open(path, O_RDONLY);
	uint64_t bytes = 0, at, end, data[2];
	struct stat st;
	uint16_t size;
	uint8_t *p;

	if (fd < 0 || fstat(fd, &st) < 0)
		return 1;
	p = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return 1;
	memcpy(data, p + 40, sizeof(data));
	for (at = data[0], end = at + data[1]; at < end; at += size) {
		memcpy(&size, p + at + 6, sizeof(size));
		if (size < 8)
			return 1;
		if (get_u32(p + at) == 81)
			bytes += unpack_record(zstd, p + at, size, buf, sizeof(buf));
	}
	print_sum("bytes", bytes, 0);
	ZSTD_freeDStream(zstd);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 2 && !strcmp(argv[1], "libtracecmd"))
		return run_libtracecmd(argv[2]);
	if (argc > 2 && !strcmp(argv[1], "kbuffer"))
		return run_kbuffer(argv[2]);
	if (argc > 2 && !strcmp(argv[1], "exits"))
		return run_exits(argv[2]);
	if (argc > 3 && !strcmp(argv[1], "unzip"))
		return run_unzip(argv[2], atoi(argv[3]));
	if (argc > 2 && !strcmp(argv[1], "unperf"))
		return run_unperf(argv[2]);
	fprintf(stderr, "usage: peers libtracecmd|kbuffer|exits|unzip|unperf FILE [THREADS]\n");
	return 2;
}
