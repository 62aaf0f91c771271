// SPDX-License-Identifier: GPL-2.0
/*
 * A file that changes while it is opened: what is read a second time is not what
 * was read before.  Then it is opened with what was read first, or refused.
 */
#include <sys/syscall.h>

#include "reader-probe.h"

/* Bytes of the file that were read, and what becomes of them after that */
static struct {
	bool *seen;
	size_t len;
	int change;		/* 0: nothing; 256: 0xff; else: xor */
	unsigned int changed;
} file;

static uint8_t change(uint8_t byte)
{
	return file.change == 256 ? 0xff : byte ^ file.change;
}

/* In place of the C library's: sizes of files have 64 bits. */
ssize_t pread64(int fd, void *buf, size_t len, off_t offset);

ssize_t pread64(int fd, void *buf, size_t len, off_t offset)
{
	ssize_t n = syscall(SYS_pread64, fd, buf, len, offset), i;
	uint8_t *p = buf;

	for (i = 0; file.change && i < n; i++) {
		if ((size_t)(offset + i) >= file.len)
			continue;
		if (file.seen[offset + i]) {
			p[i] = change(p[i]);
			file.changed++;
		}
		file.seen[offset + i] = true;
	}
	return n;
}

/* Formats in place of those of small_file(): longer than the cursor's window */
static void write_file(const struct mktrace_config *config, const char *path)
{
	struct mktrace *t = mktrace_new(config);
	unsigned int i;

	for (i = 0; i < 60; i++)
		mktrace_pio(t, 0, 1000 + i, &(struct mktrace_pio){ .pid = i });
	mktrace_finish(t, path, NULL);
}

static void test_second_read(void **state)
{
	static const int changes[] = { 256, 1, 2, 0x10, 0x40, 0x80, 0xff };
	const char *path = test_path("changing.dat");
	unsigned int changed = 0, refused = 0;
	struct probe first, p;
	size_t i, k;

	(void)state;
	for (i = 0; i < NR(kinds); i++) {
		write_file(&kinds[i], path);
		free(read_whole(path, &file.len));
		file.change = 0;
		probe(&first, path);
		assert_true(first.read);
		for (k = 0; k < NR(changes); k++) {
			file.seen = calloc(file.len, sizeof(*file.seen));
			file.change = changes[k];
			file.changed = 0;
			probe(&p, path);
			changed += file.changed > 0;
			refused += !p.opened;
			if (p.opened) {
				assert_true(p.read);
				assert_int_equal(p.formats, first.formats);
				assert_int_equal(p.records, first.records);
			}
			free(file.seen);
		}
	}
	/* It was not for nothing. */
	assert_in_range(changed, NR(changes), UINT32_MAX);
	assert_in_range(refused, 1, changed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_second_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
