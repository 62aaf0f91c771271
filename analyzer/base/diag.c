// SPDX-License-Identifier: GPL-2.0
#include "base/diag.h"

#include <stdbool.h>
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

static bool ends_name(char c)
{
	return !c || strchr(" :,'", c);
}

/* Is @path, or a name that begins with it and a dot, a word of @text? */
static bool names(const char *text, const char *path)
{
	const size_t len = strlen(path);
	const char *at = text;

	for (; (at = strstr(at, path)); at++)
		if ((at == text || at[-1] == ' ') &&
		    (ends_name(at[len]) || at[len] == '.'))
			return true;
	return false;
}

static void say_of_file(void *user, enum diag_kind kind, const char *line,
			const char *text)
{
	const struct diag_of_file *d = user;
	const int prefix = text - line;
	char path[ERROR_MESSAGE_MAX], whole[ERROR_MESSAGE_MAX + ERROR_LINE_MAX + 2];

	escape_text(path, sizeof(path), d->path, strlen(d->path));
	if (names(text, path)) {
		d->to->say(d->to->user, kind, line, text);
		return;
	}
	snprintf(whole, sizeof(whole), "%.*s%s: %s", prefix, line, path, text);
	d->to->say(d->to->user, kind, whole, whole + prefix);
}

void diag_begin_file(struct diag_of_file *d, const char *path)
{
	*d = (struct diag_of_file){
		.diag = { .say = say_of_file, .user = d },
		.path = path,
	};
	d->to = diag_set(&d->diag);
	if (!d->to)
		d->to = &fallback;
	d->diag.program = d->to->program;
}
