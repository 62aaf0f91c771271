// SPDX-License-Identifier: GPL-2.0
#include "base/diag.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"

static _Thread_local const struct diag *current;

const struct diag *diag_set(const struct diag *d)
{
	const struct diag *before = current;

	current = d;
	return before;
}

/* One call for a line, so that those of several threads are not mixed. */
void diag_print(void *user, enum diag_kind kind, const char *line,
		const char *text)
{
	(void)kind;
	(void)text;
	fprintf(user, "%s\n", line);
}

/* For who has said nothing else, as tests of one part of the library */
static void print_on_stderr(void *user, enum diag_kind kind, const char *line,
			    const char *text)
{
	(void)user;
	diag_print(stderr, kind, line, text);
}

static const struct diag fallback = {
	.say = print_on_stderr, .program = "analyzer",
};

static void say_nothing(void *user, enum diag_kind kind, const char *line,
			const char *text)
{
	(void)user;
	(void)kind;
	(void)line;
	(void)text;
}

const struct diag diag_silent = { .say = say_nothing };

const struct diag *diag_current(void)
{
	return current ? current : &fallback;
}
