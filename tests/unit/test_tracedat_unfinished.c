// SPDX-License-Identifier: GPL-2.0
/*
 * What trace-cmd leaves behind when it is killed: no file or half a file, and
 * one for each CPU.
 */
#include <sys/stat.h>

#include "leave.h"
#include "reader-probe.h"

/* Paths of one test: what was killed, and whole.dat, of the same events */
struct place {
	char folder[160], path[192], whole[192];
};

static void make_place(struct place *p, const char *name)
{
	snprintf(p->folder, sizeof(p->folder), "%s", test_path(name));
	snprintf(p->path, sizeof(p->path), "%s/trace.dat", p->folder);
	snprintf(p->whole, sizeof(p->whole), "%s/whole.dat", p->folder);
	assert_int_equal(mkdir(p->folder, 0700), 0);
}

/* The killed recording of kind @i, of 2 CPUs, and whole.dat, of @len bytes */
static uint8_t *make_killed(struct place *p, const char *name, size_t i,
			    size_t *len)
{
	struct mktrace_config config = kinds[i];
	char folder[32];

	snprintf(folder, sizeof(folder), "%s-%zu", name, i);
	make_place(p, folder);
	config.cpus = 2;
	small_file(&config, p->whole, NULL);
	leave_files(p->whole, p->path, NULL);
	return read_whole(p->whole, len);
}

static void file_beside(const struct place *p, const char *name,
			const void *data, size_t len)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", p->folder, name);
	write_whole(path, data, len);
}

/* Open the killed recording, read all; messages go to p->capture. */
static void probe_killed(struct probe *p, const struct place *place,
			 const char *instance, bool formats)
{
	struct source_request request = {
		.instance = instance,
		.formats = formats ? place->whole : NULL,
	};

	probe_request(p, place->path, &request);
}

/* As probe_killed(), for what can be read: facts beside the records */
static struct source *must_open(const struct place *place,
				  const char *instance, bool formats)
{
	struct source_request request = {
		.instance = instance,
		.formats = formats ? place->whole : NULL,
	};
	struct source *td;

	assert_int_equal(source_open_request(&td, place->path, &request), 0);
	return td;
}

/* Without a file: nothing is known but what another recording says. */
static void test_no_file(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < NR(kinds); i++) {
		struct mktrace_config config = kinds[i];
		const struct recording *info;
		struct source *td;
		struct place place;
		struct probe p;
		char name[32];

		snprintf(name, sizeof(name), "no-file-%zu", i);
		make_place(&place, name);
		config.cpus = 3;
		config.clock = "x86-tsc";
		small_file(&config, place.whole, NULL);
		leave_files(place.whole, place.path, NULL);
		probe_killed(&p, &place, NULL, true);
		assert_true(p.read);
		assert_int_equal(p.records, 60);
		assert_int_equal(p.formats, 5);
		td = must_open(&place, NULL, true);
		info = source_recording(td);
		assert_true(info->unfinished);
		assert_true(info->formats_used);
		assert_int_equal(info->nr_cpus, 3);
		assert_int_equal(info->nr_files, 3);
		assert_string_equal(info->clock, "x86-tsc");
		assert_string_equal(info->files, place.path);
		assert_string_equal(info->path, place.path);
		assert_int_equal(info->version, config.version);
		assert_int_equal(info->long_size, 8);
		assert_int_equal(info->page_size, 1024);
		assert_non_null(info->uname);
		assert_string_equal(info->compression, "none");
		source_close(td);

		probe_killed(&p, &place, NULL, false);
		assert_false(p.opened);
		assert_message_has(p.capture.text, "unfinished recording: ");
		assert_message_has(p.capture.text, ": no such file: name a recording with the same events by --formats");
		assert_message_has(p.capture.text, "trace-cmd restore -o fixed.dat ");
		assert_message_has(p.capture.text, "trace.dat.cpu0 ");
		assert_message_has(p.capture.text, "trace.dat.cpu2\n");
	}
}

/* Cut anywhere, the file has its metadata or has not; the events are there. */
static void test_cut(void **state)
{
	size_t i, len, cut, own;

	(void)state;
	for (i = 0; i < NR(kinds); i++) {
		struct place place;
		struct probe p;
		uint8_t *data;

		data = make_killed(&place, "cut", i, &len);
		write_whole(place.path, data, len);
		own = 0;
		for (cut = len - 1; cut + 1; cut -= cut > 400 ? 3 : 1) {
			assert_int_equal(truncate(place.path, cut), 0);
			probe_killed(&p, &place, NULL, true);
			assert_true(p.read);
			assert_int_equal(p.records, 60);
			assert_int_equal(p.formats, 5);
			probe_killed(&p, &place, NULL, false);
			own += p.opened;
			if (p.opened) {
				assert_int_equal(p.records, 60);
				continue;
			}
			assert_message_has(p.capture.text,
					   ": its event formats are missing: ");
		}
		/* Wherever they end, the metadata come before the events. */
		assert_in_range(own, 300, len / 3);
		free(data);
	}
}

/* Version 6 while trace-cmd writes it: the table of CPUs is empty. */
static void test_empty_table(void **state)
{
	struct mktrace_config config = kinds[0];
	struct mktrace_layout layout;
	struct place place;
	struct probe p;
	uint8_t *data;
	size_t len;

	(void)state;
	make_place(&place, "table");
	config.cpus = 2;
	small_file(&config, place.whole, &layout);
	data = read_whole(place.whole, &len);
	memset(data + layout.cpu_table, 0, 32);
	write_whole(place.path, data, len);
	free(data);
	probe_killed(&p, &place, NULL, false);
	assert_false(p.opened);
	assert_message_has(p.capture.text, ": nothing says where its events are, and there is no file ");
	leave_files(place.whole, place.path, NULL);
	probe_killed(&p, &place, NULL, false);
	assert_true(p.read);
	assert_int_equal(p.records, 60);
}

/* Version 6 while trace-cmd writes the top buffer: the instance is nowhere. */
static void test_instance_nowhere(void **state)
{
	static const char option[] = "guests\0\0\0flyrecord";
	struct mktrace_config config = kinds[0];
	struct place place;
	struct probe p;
	uint8_t *data, *at;
	size_t len;

	(void)state;
	make_place(&place, "nowhere");
	config.cpus = 2;
	config.instance = "guests";
	small_file(&config, place.whole, NULL);
	data = read_whole(place.whole, &len);
	at = memmem(data, len, option, sizeof(option) - 1);
	assert_non_null(at);
	memset(at - 8, 0, 8);
	write_whole(place.path, data, len);
	free(data);
	probe_killed(&p, &place, NULL, false);
	assert_int_equal(p.records, 60);
	probe_killed(&p, &place, "guests", false);
	assert_false(p.opened);
	assert_message_has(p.capture.text, ": nothing says where its events are, and there is no file ");
	leave_files(place.whole, place.path, "guests");
	probe_killed(&p, &place, "guests", false);
	assert_true(p.read);
	assert_int_equal(p.records, 60);
}

/* Version 7 while trace-cmd writes it: there are no options on buffers. */
static void test_no_buffer(void **state)
{
	struct mktrace_config config = kinds[1];
	struct place place;
	struct probe p;

	(void)state;
	make_place(&place, "no-buffer");
	config.cpus = 2;
	small_file(&config, place.whole, NULL);
	config.no_top_buffer = true;
	config.clock = "boot";
	small_file(&config, place.path, NULL);
	probe_killed(&p, &place, NULL, false);
	assert_false(p.opened);
	assert_message_has(p.capture.text, ": nothing says where its events are, and there is no file ");
	leave_files(place.whole, place.path, NULL);
	probe_killed(&p, &place, NULL, false);
	assert_true(p.read);
	assert_int_equal(p.records, 60);
	/* What is not missing is not replaced. */
	probe_killed(&p, &place, NULL, true);
	assert_true(p.read);
}

/* Each file ends with its last whole sub-buffer. */
static void test_partial(void **state)
{
	static const size_t tails[] = { 0, 1, 16, 1000, 1023 };
	struct mktrace_config config = kinds[1];
	uint8_t tail[1023] = { 1, 2, 3 };
	struct place place;
	char path[256];
	struct probe p;
	size_t i;
	FILE *f;

	(void)state;
	make_place(&place, "partial");
	config.cpus = 2;
	small_file(&config, place.whole, NULL);
	for (i = 0; i < NR(tails); i++) {
		leave_files(place.whole, place.path, NULL);
		snprintf(path, sizeof(path), "%s.cpu1", place.path);
		f = fopen(path, "a");
		assert_non_null(f);
		assert_int_equal(fwrite(tail, 1, tails[i], f), tails[i]);
		fclose(f);
		probe_killed(&p, &place, NULL, true);
		assert_true(p.read);
		assert_int_equal(p.records, 60);
		assert_int_equal(p.partial, 0);
		assert_int_equal(p.faults, 0);
	}
	/* Less than one: an empty stream */
	assert_int_equal(truncate(path, 1000), 0);
	probe_killed(&p, &place, NULL, true);
	assert_true(p.read);
	assert_int_equal(p.records, 30);
}

/* Names that begin alike are other files. */
static void test_names(void **state)
{
	static const char *const others[] = {
		"trace.dat.cpu", "trace.dat.cpu01", "trace.dat.cpu1x",
		"trace.dat.cpu-1", "trace.dat.cpu 1", "trace.dat.cpu65536",
		"trace.dat.cpu99999999999999999999", "trace.dat.cpus2",
		"trace.dat.guest.cpu7", "xtrace.dat.cpu5", "trace.dat.b.cpu0",
		"trace.dat..cpu0", "trace.dat.b.cpu1", "trace.data.cpu3",
	};
	struct mktrace_config config = kinds[1];
	const struct recording *info;
	struct source *td;
	struct place place;
	char path[512];
	struct probe p;
	size_t i;

	(void)state;
	make_place(&place, "names");
	config.cpus = 1;
	small_file(&config, place.whole, NULL);
	for (i = 0; i < NR(others); i++)
		file_beside(&place, others[i], "x", 1);
	snprintf(path, sizeof(path), "%s.cpu4", place.path);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s.cpu6", place.path);
	assert_int_equal(mkfifo(path, 0600), 0);
	probe_killed(&p, &place, NULL, true);
	assert_message_has(p.capture.text, "cannot open: ");
	assert_message_has(p.capture.text, "/trace.dat: No such file or directory, and there is no file ");
	file_beside(&place, "trace.dat.cpu11", "", 0);
	file_beside(&place, "trace.dat.cpu2", "", 0);
	file_beside(&place, "trace.dat.cpu65535", "", 0);
	td = must_open(&place, NULL, true);
	info = source_recording(td);
	assert_int_equal(info->nr_cpus, 3);
	assert_int_equal(info->cpus[0].cpu, 2);
	assert_int_equal(info->cpus[1].cpu, 11);
	assert_int_equal(info->cpus[2].cpu, 65535);
	assert_int_equal(info->nr_instances, 2);
	source_close(td);
}

/* Many files, and names that a shell would take apart */
static void test_command(void **state)
{
	struct place place;
	char name[64];
	struct probe p;
	unsigned int i;

	(void)state;
	make_place(&place, "it's mine");
	for (i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "trace.dat.cpu%u", i * (i % 7 < 5));
		file_beside(&place, name, "", 0);
	}
	probe_killed(&p, &place, NULL, false);
	assert_message_has(p.capture.text, "/it'\\''s mine/trace.dat'.cpu{0..4} ");
	assert_message_has(p.capture.text, "/trace.dat'.cpu{7..11} ");
}

/* Each instance has files of its own; one finds those of another. */
static void test_instances(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < NR(kinds); i++) {
		struct mktrace_config config = kinds[i];
		struct source *td;
		struct place place;
		struct mktrace *t, *in;
		char name[32];
		struct probe p;
		uint8_t *data;
		size_t len;

		snprintf(name, sizeof(name), "instances-%zu", i);
		make_place(&place, name);
		config.cpus = 2;
		t = mktrace_new(&config);
		in = mktrace_new(&config);
		mktrace_pio(in, 1, 9, &(struct mktrace_pio){ .pid = 1 });
		mktrace_instance(t, "guests", in);
		mktrace_finish(t, place.whole, NULL);
		leave_files(place.whole, place.path, NULL);
		leave_files(place.whole, place.path, "guests");
		probe_killed(&p, &place, NULL, true);
		assert_true(p.read);
		assert_int_equal(p.records, 0);
		probe_killed(&p, &place, "guests", true);
		assert_true(p.read);
		assert_int_equal(p.records, 1);
		probe_killed(&p, &place, "other", true);
		assert_false(p.opened);
		td = must_open(&place, NULL, true);
		assert_int_equal(source_recording(td)->nr_instances, 1);
		assert_string_equal(source_recording(td)->instances[0], "guests");
		source_close(td);

		/* The last bytes of a file are not needed for its top buffer. */
		data = read_whole(place.whole, &len);
		for (len--; len > 4000; len -= 13) {
			write_whole(place.path, data, len);
			probe_killed(&p, &place, "guests", true);
			assert_true(p.read);
			assert_int_equal(p.records, 1);
			probe_killed(&p, &place, NULL, true);
			assert_true(p.read);
			assert_int_equal(p.records, 0);
		}
		free(data);
	}
}

/* Files that lie beside a recording that is whole are not of it. */
static void test_whole(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < NR(kinds); i++) {
		struct mktrace_config config = kinds[i];
		struct source *td;
		struct place place;
		char name[32];

		snprintf(name, sizeof(name), "whole-%zu", i);
		make_place(&place, name);
		config.cpus = 2;
		small_file(&config, place.path, NULL);
		file_beside(&place, "trace.dat.cpu0", "x", 1);
		td = must_open(&place, NULL, true);
		assert_false(source_recording(td)->unfinished);
		assert_false(source_recording(td)->formats_used);
		assert_int_equal(source_recording(td)->nr_files, 1);
		source_close(td);
	}
}

/* What --formats names may be anything; of a killed recording, too. */
static void test_formats(void **state)
{
	size_t i, len, cut, good;

	(void)state;
	for (i = 0; i < NR(kinds); i++) {
		struct place place;
		struct probe p;
		uint8_t *data;

		data = make_killed(&place, "formats", i, &len);
		good = 0;
		for (cut = len; cut + 1; cut -= cut > 400 ? 3 : 1) {
			assert_int_equal(truncate(place.whole, cut), 0);
			probe_killed(&p, &place, NULL, true);
			if (p.read)
				assert_int_equal(p.records, 60);
			good += p.read;
		}
		assert_in_range(good, 300, len / 3);
		assert_message_has(p.capture.text, "no event formats: ");
		write_whole(place.whole, "hello, world", 12);
		probe_killed(&p, &place, NULL, true);
		assert_message_has(p.capture.text, "not a trace.dat file: ");
		assert_int_equal(unlink(place.whole), 0);
		probe_killed(&p, &place, NULL, true);
		assert_message_has(p.capture.text, "cannot open: ");
		free(data);
	}
}

/* It grows, as trace-cmd is still there; or it goes. */
static void test_changes(void **state)
{
	struct mktrace_config config = kinds[1];
	struct source_stream *s;
	struct source_span span;
	struct source *td;
	struct place place;
	struct capture c;
	char path[256];
	FILE *f;

	(void)state;
	make_place(&place, "changes");
	config.cpus = 1;
	small_file(&config, place.whole, NULL);
	leave_files(place.whole, place.path, NULL);
	td = must_open(&place, NULL, true);
	assert_int_equal(source_stream_open(&s, td, 0, 1024), 0);
	snprintf(path, sizeof(path), "%s.cpu0", place.path);
	assert_string_equal(source_stream_path(s), path);
	f = fopen(path, "a");
	assert_non_null(f);
	fwrite(path, 1, 100, f);
	fclose(f);
	assert_int_equal(source_next_span(s, &span), 1);
	assert_int_equal(span.len, 2048);
	assert_int_equal(source_next_span(s, &span), 0);
	assert_int_equal(unlink(path), 0);
	source_stream_close(s);
	assert_int_equal(source_stream_open(&s, td, 0, 1024), 0);
	capture_start(&c);
	assert_int_equal(source_next_span(s, &span), -1);
	capture_end(&c);
	assert_one_message(c.text, path);
	assert_message_has(c.text, path);
	source_stream_close(s);
	source_close(td);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_file),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_empty_table),
		cmocka_unit_test(test_instance_nowhere),
		cmocka_unit_test(test_no_buffer),
		cmocka_unit_test(test_partial),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_instances),
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
