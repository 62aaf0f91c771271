// SPDX-License-Identifier: GPL-2.0
#include "scenario-events.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "mktrace-private.h"

#define WORDS_MAX	(MKTRACE_FIELDS + 3)

/* A recording refers to what it was given until it is written: all is kept. */
static char *keep(const char *text, size_t len)
{
	static struct kept {
		struct kept *next;
		char text[];
	} *all;
	struct kept *k = malloc(sizeof(*k) + len + 1);

	if (!k)
		mktrace_die("out of memory");
	memcpy(k->text, text, len);
	k->text[len] = '\0';
	k->next = all;
	all = k;
	return k->text;
}

/* Split @line at blanks. */
static unsigned int split(const char *line, char *words[WORDS_MAX])
{
	char *text = keep(line, strlen(line)), *save = NULL, *word;
	unsigned int nr = 0;

	for (word = strtok_r(text, " \t\n", &save); word && nr < WORDS_MAX;
	     word = strtok_r(NULL, " \t\n", &save))
		words[nr++] = word;
	return nr;
}

static uint64_t number(const char *text)
{
	char *end;
	uint64_t v = strtoull(text, &end, 0);

	if (!*text || *end)
		mktrace_die("no number: %s", text);
	return v;
}

/* Return false if it is no change. */
static bool change_format(struct mktrace *t, char **w, unsigned int nr,
			  const char *line)
{
	const char *print;

	if (!strcmp(w[0], "drop") && nr == 2) {
		mktrace_event_drop(t, w[1]);
	} else if (!strcmp(w[0], "drop") && nr == 3) {
		mktrace_field_drop(t, w[1], w[2]);
	} else if (!strcmp(w[0], "rename") && nr == 4) {
		mktrace_field_rename(t, w[1], w[2], w[3]);
	} else if (!strcmp(w[0], "resize") && nr == 4) {
		mktrace_field_resize(t, w[1], w[2], number(w[3]), false);
	} else if (!strcmp(w[0], "event") && nr == 3) {
		mktrace_event_rename(t, w[1], w[2]);
	} else if (!strcmp(w[0], "print") && nr >= 2) {
		print = strstr(line, w[1]) + strlen(w[1]);
		print += strspn(print, " ");
		mktrace_event_print(t, w[1], keep(print, strcspn(print, "\n")));
	} else {
		return false;
	}
	return true;
}

static void put_event(struct mktrace *t, char **w, unsigned int nr)
{
	uint64_t values[MKTRACE_FIELDS] = { 0 };
	unsigned int i;

	if (nr < 3)
		mktrace_die("no event: %s", w[0]);
	for (i = 3; i < nr; i++)
		values[i - 3] = number(w[i]);
	mktrace_values(t, 0, number(w[0]), w[2], number(w[1]), values);
}

void write_events(const char *path, const char *arch, FILE *in)
{
	struct mktrace *t = mktrace_new(&(struct mktrace_config){
		.clock = "mono", .arch = arch });
	char *line = NULL, *words[WORDS_MAX];
	size_t room = 0;
	unsigned int nr;

	while (getline(&line, &room, in) > 0) {
		nr = split(line, words);
		if (nr && !change_format(t, words, nr, line))
			put_event(t, words, nr);
	}
	free(line);
	mktrace_finish(t, path, NULL);
}
