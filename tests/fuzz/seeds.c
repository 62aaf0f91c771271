// SPDX-License-Identifier: GPL-2.0
/*
 * Inputs to begin with: seeds FOLDER writes FOLDER/TARGET/NAME.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analyze.h"
#include "mktrace.h"
#include "model.h"
#include "source/source.h"

static const char *folder;

#define BASE	.cpus = 2, .vms = 2, .vcpus = 2, .exits = 60, .interval = 20, \
		.migrate = true

static const struct {
	const char *name;
	struct model_config config;
} models[] = {
	{ "v6", { BASE, .version = 6 } },
	{ "v7", { BASE } },
	{ "big", { BASE, .big_endian = true } },
	{ "zstd", { BASE, .compression = MKTRACE_ZSTD } },
	{ "zlib", { BASE, .compression = MKTRACE_ZLIB } },
	{ "epochs", { BASE, .close_every = 15, .reset_percent = 40,
		      .change_interval = true, .empty_epochs = true } },
	{ "skipped", { BASE, .skip_percent = 40 } },
	{ "lossy", { BASE, .holes = 2, .hole_events = 20 } },
	{ "late", { BASE, .begin_percent = 30, .unfinished = true } },
};

static void path_of(char path[256], const char *target, const char *name)
{
	snprintf(path, 256, "%s/%s", folder, target);
	mkdir(folder, 0777);
	mkdir(path, 0777);
	snprintf(path, 256, "%s/%s/%s", folder, target, name);
}

static void write_file(const char *target, const char *name, const void *head,
		       size_t head_len, const void *data, size_t len)
{
	char path[256];
	FILE *f;

	path_of(path, target, name);
	f = fopen(path, "w");
	if (!f || fwrite(head, 1, head_len, f) != head_len ||
	    fwrite(data, 1, len, f) != len || fclose(f)) {
		perror(path);
		exit(1);
	}
}

/* The recording, the log, and of the first recording the formats */
static void write_model(const char *name, const struct model_config *config)
{
	char path[256], *log = NULL;
	struct model *m;
	size_t len, i;
	FILE *f;

	path_of(path, "container", name);
	m = model_run(config, path);
	f = open_memstream(&log, &len);
	if (!f)
		exit(1);
	fprintf(f, "[    1.000000] kvm_exit_cycles: counting, interval 20\n");
	for (i = 0; i < m->nr_reports; i++)
		if (!m->reports[i].skipped)
			fprintf(f, "[    2.%06zu] %s", i, m->reports[i].text);
	fclose(f);
	write_file("klog", name, "", 0, log, len);
	free(log);
	model_free(m);
}

/* What analyze() makes of the recordings @names, NULL at the end */
static void write_state(const char *name, unsigned int by,
			const char *const *names)
{
	char paths[4][256], *more[3], path[256];
	struct options opt = {
		.path = paths[0], .more = more, .threads = 1,
		.view = { .format = VIEW_STATE, .by = by },
	};
	unsigned int i;

	for (i = 0; names[i]; i++) {
		path_of(paths[i], "container", names[i]);
		if (i)
			more[opt.nr_more++] = paths[i];
	}
	path_of(path, "state", name);
	opt.out = fopen(path, "w");
	if (!opt.out || analyze(&opt) == STATUS_FAILED || fclose(opt.out)) {
		fprintf(stderr, "seeds: cannot make a state: %s\n", path);
		exit(1);
	}
}

static void write_states(void)
{
	static const char *const v7[] = { "v7", NULL };
	static const char *const lossy[] = { "lossy", NULL };
	static const char *const three[] = { "late", "epochs", "lossy", NULL };

	write_state("usual", 0, v7);
	write_state("reason", BY_REASON, lossy);
	write_state("detail", BY_REASON | BY_RIP | BY_DETAIL, v7);
	write_state("level", BY_REASON | BY_LEVEL, v7);
	write_state("cpu", BY_CPU | BY_VCPU, v7);
	write_state("none", BY_RECORDING, v7);
	write_state("three", BY_REASON, three);
}

static void write_formats(const char *name)
{
	struct source_formats it = SOURCE_FORMATS_INIT;
	struct source_format format;
	char path[256], target[64];
	struct source *td;
	unsigned int n = 0;

	path_of(path, "container", name);
	if (source_open(&td, path) < 0)
		exit(1);
	while (source_next_format(td, &it, &format)) {
		snprintf(target, sizeof(target), "%s-%u", name, n++);
		write_file("format", target, "", 0, format.text, format.len);
	}
	source_close(td);
}

/* Sub-buffers of every hazard, of 1024 bytes */
static void write_subbufs(void)
{
	struct mktrace_config config = { .version = 7, .subbuf_bytes = 1024,
					 .page_size = 1024 };
	struct mktrace *t = mktrace_new(&config);
	struct mktrace_fpu e = { .pid = 7 };
	const uint8_t layout[2] = { 15 << 1, 0 }; /* 64 + 15 * 64 bytes */
	const uint32_t bad[] = { 0, 0xffffffff, 29 | 1 << 5, 0, 0, 3 };
	struct source_stream *s;
	struct source_span span;
	struct source *td;
	char path[256], name[32];
	uint8_t large[400] = { 1 };
	size_t pos, n = 0;

	mktrace_fpu(t, 0, 1000, &e);
	mktrace_extend(t, 0, 1ull << 40);
	mktrace_fpu(t, 0, 1ull << 41, &e);
	mktrace_absolute(t, 0, 1ull << 58);
	mktrace_discarded(t, 0, 5, 16);
	mktrace_record(t, 0, 1ull << 59, large, sizeof(large));
	mktrace_pad(t, 0);
	mktrace_lost(t, 0, 17);
	mktrace_fpu(t, 0, 1ull << 59, &e);
	mktrace_lost(t, 0, 0);
	mktrace_extend(t, 0, 3);
	mktrace_words(t, 0, bad, sizeof(bad));
	mktrace_flush(t, 0);
	mktrace_commit(t, 0, 100000);
	mktrace_flush(t, 0);
	path_of(path, "subbuf", "recording");
	mktrace_finish(t, path, NULL);
	if (source_open(&td, path) < 0 ||
	    source_stream_open(&s, td, 0, 1024) < 0)
		exit(1);
	while (source_next_span(s, &span) > 0) {
		for (pos = 0; pos < span.len; pos += 1024) {
			snprintf(name, sizeof(name), "%zu", n++);
			write_file("subbuf", name, layout, sizeof(layout),
				   span.data + pos, 1024);
		}
	}
	source_stream_close(s);
	source_close(td);
	remove(path);
}

/*
 * Recipes (wild-make.c): 64 exits on 2 CPUs, of each kind of file and event, with
 * each analysis; the last bytes change a number.
 */
static void write_recipes(void)
{
	static const uint8_t kinds[] = { 0, 1, 2, 4, 8, 16, 32, 66 };
	static const uint8_t events[] = { 3, 2, 15, 19, 35, 67, 1, 7 };
	uint8_t bytes[] = { 0, 0, 1, 1, 4, 0, 0, 6, 0, 0x81, 0x00, 3, 0, 13, 0,
			    1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0 };
	unsigned int i;
	char name[16];

	for (i = 0; i < 8; i++) {
		snprintf(name, sizeof(name), "%u", i);
		bytes[0] = i;
		bytes[1] = kinds[i];
		bytes[8] = events[i];
		bytes[16] = 7 * i;
		write_file("wild", name, "", 0, bytes, sizeof(bytes));
	}
}

/*
 * Events of architectures (machine.c): each one between an exit and an entry, which
 * are the first two of each architecture, with the same byte all over.
 */
static void write_machine(unsigned int arch, bool big_endian, uint8_t byte)
{
	uint8_t data[1 + 3 * 16 * (2 + 64)];
	unsigned int event, i;
	size_t len = 1;
	char name[32];

	/* 130 is a multiple of 5, and has the bit of the byte order. */
	data[0] = arch + (big_endian ? 130 : 0);
	for (event = 2; event < 16; event++)
		for (i = 0; i < 3; i++) {
			data[len++] = i == 0 ? 0 : i == 1 ? event : 1;
			data[len++] = 64;
			memset(data + len, byte, 64);
			len += 64;
		}
	snprintf(name, sizeof(name), "%u-%d-%u", arch, big_endian, byte);
	write_file("machine", name, "", 0, data, len);
}

static void write_machines(void)
{
	static const uint8_t bytes[] = { 0, 2, 4, 22, 0x24, 0xff };
	unsigned int arch, i;

	for (arch = 0; arch < 5; arch++)
		for (i = 0; i < sizeof(bytes); i++) {
			write_machine(arch, false, bytes[i]);
			write_machine(arch, true, bytes[i]);
		}
}

int main(int argc, char **argv)
{
	size_t i;

	if (argc != 2) {
		fprintf(stderr, "usage: seeds FOLDER\n");
		return 2;
	}
	folder = argv[1];
	for (i = 0; i < sizeof(models) / sizeof(models[0]); i++)
		write_model(models[i].name, &models[i].config);
	write_formats("v7");
	write_states();
	write_subbufs();
	write_recipes();
	write_machines();
	return 0;
}
