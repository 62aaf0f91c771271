// SPDX-License-Identifier: GPL-2.0
/*
 * Files that are cut at every byte, changed at every byte, and changed at many
 * places at once.
 */
#include "leave.h"
#include "reader-probe.h"

/* Cut at every byte. */
static void test_cut(void **state)
{
	struct mktrace_layout layout;
	size_t i, len, cut;
	struct probe p;

	(void)state;
	for (i = 0; i < NR(kinds); i++) {
		struct mktrace_config config = kinds[i];
		const char *path = test_path("cut.dat");
		uint64_t whole;
		uint8_t *data;

		config.cpus = 2;
		small_file(&config, path, &layout);
		probe(&p, path);
		assert_true(p.read);
		assert_int_equal(p.records, 60);
		assert_int_equal(p.missing, 0);
		whole = p.data_bytes;
		data = read_whole(path, &len);
		for (cut = len - 1; cut; cut--) {
			assert_int_equal(truncate(path, cut), 0);
			probe(&p, path);
			if (config.version == 6 && cut >= layout.metadata_end) {
				/* Only data are missing: the rest is there. */
				assert_true(p.read);
				assert_int_equal(p.data_bytes + p.missing,
						 whole);
				assert_int_not_equal(p.missing, 0);
			} else if (p.opened) {
				/* the strings at the end are not needed */
				assert_int_equal(config.version, 7);
				assert_true(cut > layout.last_options);
				assert_true(p.read);
				assert_int_equal(p.records, 60);
			} else {
				assert_true(config.version == 7 ||
					    cut < layout.metadata_end);
			}
		}
		free(data);
	}
}

/* Change every byte, in turn, in several ways. */
static void test_change(void **state)
{
	static const uint8_t masks[] = { 0xff, 0x01, 0x80 };
	unsigned int opened = 0, refused = 0;
	struct mktrace_layout layout;
	size_t i, k, len, at;
	struct probe p;

	(void)state;
	for (i = 0; i < NR(kinds); i++) {
		struct mktrace_config config = kinds[i];
		const char *path = test_path("change.dat");
		uint8_t *data;
		FILE *f;

		config.cpus = 1;
		small_file(&config, path, &layout);
		data = read_whole(path, &len);
		f = fopen(path, "r+");
		assert_non_null(f);
		setbuf(f, NULL);
		for (at = 0; at < len; at++) {
			for (k = 0; k < NR(masks); k++) {
				uint8_t new = data[at] ^ masks[k];

				pwrite(fileno(f), &new, 1, at);
				probe(&p, path);
				opened += p.opened;
				refused += !p.opened;
			}
			pwrite(fileno(f), &data[at], 1, at);
		}
		fclose(f);
		probe(&p, path);
		assert_true(p.read);
		free(data);
	}
	assert_true(opened > 1000);
	assert_true(refused > 100);
}

/* Change many bytes at once: numbers, zeros, ones, and copies of other parts. */
static void change_at_random(uint8_t *data, size_t len, uint64_t *seed)
{
	static const uint64_t numbers[] = { 0, UINT64_MAX, 1ull << 63, 1 << 16,
					    UINT32_MAX, INT32_MAX };
	unsigned int n = 1 + next_random(seed) % 8;
	size_t at, from, bytes;
	uint64_t r;

	while (n--) {
		r = next_random(seed);
		bytes = 1 << (r & 3);
		at = (r >> 8) % (len - bytes);
		from = (r >> 32) % (len - bytes);
		if (r >> 62)
			memcpy(data + at, &numbers[(r >> 4) % NR(numbers)],
			       bytes);
		else
			memmove(data + at, data + from, bytes);
	}
}

static void test_random_changes(void **state)
{
	unsigned int i, opened = 0, refused = 0;
	uint64_t seed = 20240607;
	struct probe p;
	size_t len;

	(void)state;
	for (i = 0; i < 6000; i++) {
		struct mktrace_config config = kinds[i % NR(kinds)];
		const char *path = test_path("random.dat");
		static uint8_t *files[NR(kinds)];
		static size_t lens[NR(kinds)];
		uint8_t *data;

		if (!files[i % NR(kinds)]) {
			config.cpus = 2;
			small_file(&config, path, NULL);
			files[i % NR(kinds)] = read_whole(path, &len);
			lens[i % NR(kinds)] = len;
		}
		len = lens[i % NR(kinds)];
		data = malloc(len);
		assert_non_null(data);
		memcpy(data, files[i % NR(kinds)], len);
		change_at_random(data, len, &seed);
		write_whole(path, data, len);
		free(data);
		probe(&p, path);
		opened += p.opened;
		refused += !p.opened;
	}
	assert_true(opened > 1000);
	assert_true(refused > 1000);
}

/* Changed, cut, and with the files of a killed trace-cmd beside it */
static void test_random_unfinished(void **state)
{
	unsigned int i, opened = 0, refused = 0, own = 0;
	uint64_t seed = 20251125;
	struct probe p;
	size_t len;

	(void)state;
	for (i = 0; i < 1500; i++) {
		struct mktrace_config config = kinds[i % NR(kinds)];
		const char *path = test_path("killed.dat");
		const char *whole = test_path("whole.dat");
		struct source_request request = { .formats = whole };
		uint8_t *data;

		config.cpus = 2;
		config.instance = i & 8 ? "guests" : NULL;
		request.instance = i & 16 ? "guests" : NULL;
		small_file(&config, whole, NULL);
		leave_files(whole, path, i & 8 ? request.instance : NULL);
		data = read_whole(whole, &len);
		if (i & 32)
			change_at_random(data, len, &seed);
		write_whole(path, data, len - next_random(&seed) % len);
		if (next_random(&seed) % 8 == 0) {
			change_at_random(data, len, &seed);
			write_whole(whole, data, len);
		}
		free(data);
		probe_request(&p, path, &request);
		opened += p.opened;
		refused += !p.opened;
		request.formats = NULL;
		probe_request(&p, path, &request);
		own += p.opened;
	}
	assert_true(opened > 400);
	assert_true(refused > 30);
	assert_true(own > 400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_change),
		cmocka_unit_test(test_random_changes),
		cmocka_unit_test(test_random_unfinished),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
