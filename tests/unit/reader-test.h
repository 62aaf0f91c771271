/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of the reader share: temporary files, captured messages.
 */
#ifndef TESTS_UNIT_READER_TEST_H
#define TESTS_UNIT_READER_TEST_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Standard error goes to a file between capture_start() and capture_end(). */
struct capture {
	int saved;
	FILE *file;
	char text[16384];
};

static inline void capture_start(struct capture *c)
{
	fflush(stderr);
	c->file = tmpfile();
	assert_non_null(c->file);
	c->saved = dup(STDERR_FILENO);
	assert_int_not_equal(c->saved, -1);
	dup2(fileno(c->file), STDERR_FILENO);
}

/* Return what was printed, from @c->text. */
static inline const char *capture_end(struct capture *c)
{
	size_t n;

	fflush(stderr);
	dup2(c->saved, STDERR_FILENO);
	close(c->saved);
	rewind(c->file);
	n = fread(c->text, 1, sizeof(c->text) - 1, c->file);
	c->text[n] = '\0';
	fclose(c->file);
	return c->text;
}

static inline unsigned int count_lines(const char *text)
{
	unsigned int n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/* A failure is one line, and begins with the program's name: see diag.c. */
static inline void assert_one_message(const char *text, const char *what)
{
	static const char name[] = "analyzer: ";

	if (count_lines(text) == 1 && !strncmp(text, name, strlen(name)))
		return;
	fail_msg("%s: expected one message, got \"%s\"", what, text);
}

static inline void assert_message_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("expected \"%s\" in \"%s\"", part, text);
}

/* A path in a directory of this process that atexit() removes */
#define TEST_PATH_MAX	160

static char test_dir[64];

static inline void remove_test_dir(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", test_dir);
	if (system(command))
		fprintf(stderr, "cannot remove %s\n", test_dir);
}

static inline const char *test_path(const char *name)
{
	static char path[4][TEST_PATH_MAX];
	static unsigned int next;

	if (!*test_dir) {
		strcpy(test_dir, "/tmp/reader-test-XXXXXX");
		assert_non_null(mkdtemp(test_dir));
		atexit(remove_test_dir);
	}
	next = (next + 1) % 4;
	snprintf(path[next], sizeof(path[next]), "%s/%s", test_dir, name);
	return path[next];
}

static inline uint8_t *read_whole(const char *path, size_t *len)
{
	FILE *f = fopen(path, "r");
	uint8_t *data;

	assert_non_null(f);
	fseek(f, 0, SEEK_END);
	*len = ftell(f);
	rewind(f);
	data = malloc(*len + 1);
	assert_non_null(data);
	assert_int_equal(fread(data, 1, *len, f), *len);
	fclose(f);
	return data;
}

static inline void write_whole(const char *path, const void *data, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

/* xorshift64*: the same numbers on every machine */
static inline uint64_t next_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dull;
}

#endif /* TESTS_UNIT_READER_TEST_H */
