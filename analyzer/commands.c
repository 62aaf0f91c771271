// SPDX-License-Identifier: GPL-2.0
#include "commands.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PREFIX		"kvm-exit-cycles-"
#define PREFIX_LEN	(sizeof(PREFIX) - 1)
#define NAME_MAX_LEN	32u
#define COMMANDS_MAX	64u
#define FOLDERS_MAX	256u
#define BUILT_IN	"compare"	/* the one that is no program of its own */

struct commands {
	char self[PATH_MAX];		/* this program, */
	char beside[PATH_MAX];		/* and where it is */
	char *path;			/* a copy of $PATH, cut at its colons */
	const char *folders[FOLDERS_MAX];
	unsigned int nr_folders;
	char names[COMMANDS_MAX][NAME_MAX_LEN + 1];
	unsigned int nr;
	char program[PATH_MAX];	/* that is run */
};

/* What commands are called: "record", "host-check" */
static bool is_name(const char *word)
{
	size_t len = strspn(word, "abcdefghijklmnopqrstuvwxyz-");

	return len && len <= NAME_MAX_LEN && !word[len] && *word != '-';
}

/* Folders that are not absolute may have what came with a recording. */
static void find_folders(struct commands *c)
{
	const char *path = getenv("PATH");
	ssize_t len = readlink("/proc/self/exe", c->self, sizeof(c->self) - 1);
	char *folder, *rest;

	if (len > 0) {
		c->self[len] = '\0';
		strcpy(c->beside, c->self);
		*strrchr(c->beside, '/') = '\0';
		c->folders[c->nr_folders++] = c->beside;
	}
	c->path = strdup(path ? path : "");
	if (!c->path)
		return;
	for (folder = strtok_r(c->path, ":", &rest);
	     folder && c->nr_folders < FOLDERS_MAX;
	     folder = strtok_r(NULL, ":", &rest))
		if (*folder == '/')
			c->folders[c->nr_folders++] = folder;
}

static bool has_name(const struct commands *c, const char *name)
{
	unsigned int i;

	for (i = 0; i < c->nr; i++)
		if (!strcmp(c->names[i], name))
			return true;
	return false;
}

static void list_folder(struct commands *c, const char *folder)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	const char *name;

	while (dir && c->nr < COMMANDS_MAX && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, PREFIX, PREFIX_LEN))
			continue;
		name = entry->d_name + PREFIX_LEN;
		if (is_name(name) && !has_name(c, name))
			strcpy(c->names[c->nr++], name);
	}
	if (dir)
		closedir(dir);
}

/* Levenshtein's distance: letters to put in, take out or replace */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int row[NAME_MAX_LEN + 1], diagonal, above, best;
	size_t len = strlen(b), j;

	for (j = 0; j <= len; j++)
		row[j] = j;
	for (; *a; a++) {
		diagonal = row[0]++;
		for (j = 1; j <= len; j++) {
			above = row[j];
			best = diagonal + (*a != b[j - 1]);
			if (above + 1 < best)
				best = above + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
			diagonal = above;
		}
	}
	return row[len];
}

/* The nearest first, else by name */
static int compare_near(const void *a, const void *b, void *word)
{
	unsigned int x = distance(a, word), y = distance(b, word);

	return x != y ? (x < y ? -1 : 1) : strcmp(a, b);
}

static int report_unknown(struct commands *c, struct kvx *k, char *word)
{
	char text[COMMANDS_MAX * (NAME_MAX_LEN + 2)] = "";
	unsigned int i;

	for (i = 0; i < c->nr; i++) {
		strcat(text, i ? ", " : "");
		strcat(text, c->names[i]);
	}
	kvx_say(k, KVX_ERROR, "neither a command nor a recording that is there: %s: commands are %s",
		word, text);
	return KVX_USAGE;
}

/* A third of the letters may be wrong. */
static bool is_meant(const struct commands *c, const char *word)
{
	return distance(c->names[0], word) <= (strlen(word) + 2) / 3;
}

/* What records analyzes then, and it is to do so by this program. */
static void run(struct commands *c, char **argv)
{
	unsigned int i;

	for (i = 0; i < c->nr_folders; i++) {
		if (snprintf(c->program, sizeof(c->program), "%s/" PREFIX "%s",
			     c->folders[i], argv[1]) >= (int)sizeof(c->program) ||
		    access(c->program, X_OK) < 0)
			continue;
		if (*c->self)
			setenv("ANALYZER", c->self, 0);
		argv[1] = c->program;
		execv(c->program, argv + 1);
		return;
	}
	errno = ENOENT;
}

int commands_run(struct kvx *k, char **argv)
{
	struct commands *c;
	char *word = argv[1];
	int status = 0;
	unsigned int i;

	if (!word || !is_name(word))
		return 0;
	c = calloc(1, sizeof(*c));
	if (!c) {
		kvx_say(k, KVX_ERROR, "out of memory: commands");
		return KVX_FAILED;
	}
	find_folders(c);
	run(c, argv);
	if (errno != ENOENT) {
		kvx_say(k, KVX_ERROR, "cannot run: %s: %s", argv[1], strerror(errno));
		status = KVX_FAILED;
	} else if (access(word, F_OK) < 0) {
		strcpy(c->names[c->nr++], BUILT_IN);
		for (i = 0; i < c->nr_folders; i++)
			list_folder(c, c->folders[i]);
		qsort_r(c->names, c->nr, sizeof(c->names[0]), compare_near, word);
		if (argv[2] || is_meant(c, word))
			status = report_unknown(c, k, word);
	}
	free(c->path);
	free(c);
	return status;
}
