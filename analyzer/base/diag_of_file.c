// SPDX-License-Identifier: GPL-2.0
#include "base/diag_of_file.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

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
	d->to = diag_current();
	d->path = path;
	d->diag = (struct diag){ .say = say_of_file, .user = d,
				 .program = d->to->program };
	diag_set(&d->diag);
}
