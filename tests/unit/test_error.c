// SPDX-License-Identifier: GPL-2.0
#include "base/threads.h"
#include "base/error.h"
#include "reader-test.h"

#define NR(a)		(sizeof(a) / sizeof((a)[0]))

struct escape_case {
	const char *src;
	size_t len, room, consumed;
	const char *expected;
};

static const struct escape_case escape_cases[] = {
	{ "", 0, 8, 0, "" },
	{ "plain ~ text", 12, 64, 12, "plain ~ text" },
	{ "back\\slash", 10, 64, 10, "back\\slash" },
	{ "\x1b[31m", 5, 64, 5, "\\x1b[31m" },
	{ "a\nb\tc\rd", 7, 64, 7, "a\\x0ab\\x09c\\x0dd" },
	{ "a\0b", 3, 64, 3, "a\\x00b" },
	{ "\x7f\x80\x9b", 3, 64, 3, "\\x7f\\x80\\x9b" },
	{ "\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xa7", 9, 64, 9,
	  "\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xa7" },
	/* control characters and what changes the order of text, as UTF-8 */
	{ "\xc2\x9b", 2, 64, 2, "\\xc2\\x9b" },
	{ "\xc2\xa0", 2, 64, 2, "\xc2\xa0" },
	{ "\xe2\x80\xa8", 3, 64, 3, "\\xe2\\x80\\xa8" },
	{ "\xe2\x80\xae", 3, 64, 3, "\\xe2\\x80\\xae" },
	{ "\xe2\x80\xaf", 3, 64, 3, "\xe2\x80\xaf" },
	{ "\xe2\x81\xa6", 3, 64, 3, "\\xe2\\x81\\xa6" },
	/* U+200E, U+200F, U+061C, U+200B, U+00AD, U+FEFF, U+E0041 */
	{ "\xe2\x80\x8e", 3, 64, 3, "\\xe2\\x80\\x8e" },
	{ "\xe2\x80\x8f", 3, 64, 3, "\\xe2\\x80\\x8f" },
	{ "\xd8\x9c", 2, 64, 2, "\\xd8\\x9c" },
	{ "\xe2\x80\x8b", 3, 64, 3, "\\xe2\\x80\\x8b" },
	{ "\xc2\xad", 2, 64, 2, "\\xc2\\xad" },
	{ "\xef\xbb\xbf", 3, 64, 3, "\\xef\\xbb\\xbf" },
	{ "\xf3\xa0\x81\x81", 4, 64, 4, "\\xf3\\xa0\\x81\\x81" },
	/* U+061D, U+2027, U+2070, U+10FFFD can be seen, or do no harm. */
	{ "\xd8\x9d", 2, 64, 2, "\xd8\x9d" },
	{ "\xe2\x80\xa7", 3, 64, 3, "\xe2\x80\xa7" },
	{ "\xe2\x81\xb0", 3, 64, 3, "\xe2\x81\xb0" },
	{ "\xf4\x8f\xbf\xbd", 4, 64, 4, "\xf4\x8f\xbf\xbd" },
	/* overlong, surrogate, too large, cut, no continuation */
	{ "\xc1\xbf", 2, 64, 2, "\\xc1\\xbf" },
	{ "\xe0\x9f\xbf", 3, 64, 3, "\\xe0\\x9f\\xbf" },
	{ "\xf0\x8f\xbf\xbf", 4, 64, 4, "\\xf0\\x8f\\xbf\\xbf" },
	{ "\xed\xa0\x80", 3, 64, 3, "\\xed\\xa0\\x80" },
	{ "\xf4\x90\x80\x80", 4, 64, 4, "\\xf4\\x90\\x80\\x80" },
	{ "\xf5\x80\x80\x80", 4, 64, 4, "\\xf5\\x80\\x80\\x80" },
	{ "\xe2\x82", 2, 64, 2, "\\xe2\\x82" },
	{ "\xe2\x82z", 3, 64, 3, "\\xe2\\x82z" },
	/* no room: never half an escape, never half a character */
	{ "abc", 3, 1, 0, "" },
	{ "abc", 3, 3, 2, "ab" },
	{ "abc", 3, 4, 3, "abc" },
	{ "\x01", 1, 4, 0, "" },
	{ "\x01", 1, 5, 1, "\\x01" },
	{ "a\xe2\x82\xac", 4, 4, 1, "a" },
	{ "a\xe2\x82\xac", 4, 5, 4, "a\xe2\x82\xac" },
};

static void test_escape(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < NR(escape_cases); i++) {
		const struct escape_case *c = &escape_cases[i];
		/* Blocks of their own size, for address checking */
		char *dst = malloc(c->room), *src = malloc(c->len + 1);

		assert_non_null(dst);
		assert_non_null(src);
		src = realloc(src, c->len ? c->len : 1);
		memcpy(src, c->src, c->len);
		assert_int_equal(escape_text(dst, c->room, src, c->len),
				 c->consumed);
		assert_string_equal(dst, c->expected);
		free(dst);
		free(src);
	}
}

static void test_messages(void **state)
{
	struct capture c;

	(void)state;
	capture_start(&c);
	assert_int_equal(error("bad %s: %d", "thing\n\x1b[2J", 7), -1);
	warning("of %s", "it");
	note("%u too", 1u);
	capture_end(&c);
	assert_string_equal(c.text,
			    "analyzer: bad thing\\x0a\\x1b[2J: 7\n"
			    "analyzer: warning: of it\n"
			    "analyzer: note: 1 too\n");
}

/* The program's name is anybody's choice. */
static void test_name(void **state)
{
	static char much[1000];
	struct diag d = { diag_print, stderr, much };
	struct capture c;

	(void)state;
	memset(much, 'n', sizeof(much) - 1);
	assert_null(diag_set(&d));
	capture_start(&c);
	warning("thing");
	capture_end(&c);
	assert_message_has(c.text, "nnn: warning: thing\n");
	assert_true(strlen(c.text) < 80);
	d.program = "kvm\x1b[2J\n";
	capture_start(&c);
	note("thing");
	capture_end(&c);
	assert_ptr_equal(diag_set(NULL), &d);
	assert_string_equal(c.text, "kvm\\x1b[2J\\x0a: note: thing\n");
}

/* What was said, as kind, line and text */
struct said {
	pthread_mutex_t lock;
	unsigned int nr;
	char last[256];
};

static void keep_said(void *user, enum diag_kind kind, const char *line,
		      const char *text)
{
	struct said *s = user;

	pthread_mutex_lock(&s->lock);
	s->nr++;
	snprintf(s->last, sizeof(s->last), "%d|%s|%s", kind, line, text);
	pthread_mutex_unlock(&s->lock);
}

static void test_diag(void **state)
{
	struct said said = { .lock = PTHREAD_MUTEX_INITIALIZER };
	struct diag d = { keep_said, &said, "prog" };
	struct capture c;

	(void)state;
	capture_start(&c);
	diag_set(&d);
	assert_ptr_equal(diag_current(), &d);
	error("of %s", "a\nb");
	assert_string_equal(said.last, "0|prog: of a\\x0ab|of a\\x0ab");
	d.program = NULL;
	warning("of it");
	assert_string_equal(said.last, "1|warning: of it|of it");
	note("of it");
	assert_string_equal(said.last, "2|note: of it|of it");
	assert_ptr_equal(diag_set(NULL), &d);
	error("elsewhere");
	assert_int_equal(said.nr, 3);
	assert_string_equal(capture_end(&c), "analyzer: elsewhere\n");
}

static void say_member(void *arg, unsigned int member)
{
	(void)arg;
	note("member %u", member);
}

/* Threads say what they say where the one says it that started them. */
static void test_threads(void **state)
{
	struct said said = { .lock = PTHREAD_MUTEX_INITIALIZER };
	const struct diag d = { keep_said, &said, NULL };
	struct capture c;
	struct threads threads;

	(void)state;
	capture_start(&c);
	diag_set(&d);
	threads_init(&threads, 4);
	threads_run(&threads, say_member, NULL);
	threads_run(&threads, say_member, NULL);
	assert_int_equal(said.nr, 2 * threads.nr);
	threads_release(&threads);
	diag_set(NULL);
	assert_string_equal(capture_end(&c), "");
}

/* Too long: cut, marked, and one line all the same */
static void test_long_messages(void **state)
{
	static char text[3 * ERROR_MESSAGE_MAX];
	size_t len, name = strlen("analyzer");
	struct capture c;

	(void)state;
	for (len = ERROR_MESSAGE_MAX - 8; len < ERROR_MESSAGE_MAX + 8; len++) {
		memset(text, 'x', len);
		text[len] = '\0';
		capture_start(&c);
		error("%s", text);
		capture_end(&c);
		assert_one_message(c.text, "a long message");
		if (len < ERROR_MESSAGE_MAX) {
			assert_int_equal(strlen(c.text), name + 2 + len + 1);
		} else {
			assert_true(strlen(c.text) < ERROR_MESSAGE_MAX + 64);
			assert_message_has(c.text, "xxx...\n");
		}
	}
	/* Each byte becomes four. */
	memset(text, 1, ERROR_MESSAGE_MAX - 1);
	text[ERROR_MESSAGE_MAX - 1] = '\0';
	capture_start(&c);
	error("%s", text);
	capture_end(&c);
	assert_one_message(c.text, "a message of control characters");
	assert_message_has(c.text, "\\x01\\x01...\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_name),
		cmocka_unit_test(test_diag),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_long_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
