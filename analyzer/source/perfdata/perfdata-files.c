// SPDX-License-Identifier: GPL-2.0
/*
 * The files of a recording: one, or those of a folder, as perf record --threads
 * writes it (perf.data-directory-format.txt, and enum perf_dir_version in
 * tools/perf/util/data.h).  There, the file "data" has a header and no events, or few;
 * "data.0", "data.1" and so on have the records of one buffer each, and nothing
 * else.  Version 0 of such a folder, as perf record --kcore writes it, has all in
 * "data".
 *
 * To all that reads records, the files are one: each has a place of its own, "base",
 * behind the one before.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/error.h"
#include "source/perfdata/perfdata-private.h"

#define HEAD	"data"

/* Between two files: records of both are never next to each other. */
#define PERF_FILES_APART	8u

char *perf_folder_file(const char *folder, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

/* The file @path, which messages call @name, goes behind those that are there. */
static int add_file(struct perfdata *pd, const char *path, const char *name)
{
	const struct perf_file *last;
	struct perf_file *f;
	struct stat st;

	if (array_room(pd->files, pd->nr_files, pd->files_allocated, "files") < 0)
		return -1;
	f = &pd->files[pd->nr_files];
	*f = (struct perf_file){ .path = strdup(name), .fd = -1 };
	last = pd->nr_files++ ? f - 1 : NULL;
	if (!f->path)
		return error("out of memory: %s", path);
	f->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (f->fd < 0)
		return error("cannot open: %s: %s%s", f->path, strerror(errno),
			     errno == EMFILE ? ": allow more: ulimit -n" : "");
	if (fstat(f->fd, &st) < 0)
		return error("cannot stat %s: %s", f->path, strerror(errno));
	if (last && !S_ISREG(st.st_mode))
		return error("not a file: %s: perf record --threads wrote records to it",
			     f->path);
	f->base = last ? last->base + last->bytes + PERF_FILES_APART : 0;
	f->bytes = st.st_size;
	pd->source.recording.file_bytes += f->bytes;
	if (pd->folder && !last && st.st_mtime > 0)
		pd->source.recording.written = st.st_mtime;
	return 0;
}

int perf_files_open(struct perfdata *pd, const char *path, const char *name)
{
	struct stat st;
	char *head;
	int ret;

	pd->folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
	if (!pd->folder)
		return add_file(pd, path, name);
	head = perf_folder_file(path, HEAD);
	if (!head)
		return error("out of memory: %s", path);
	ret = add_file(pd, head, head);
	free(head);
	return ret;
}

/* The N of "data.N"; -1: it is named otherwise. */
static long number_of(const char *name)
{
	static const char begin[] = HEAD ".";
	const size_t len = sizeof(begin) - 1;
	char *end;
	long n;

	if (strncmp(name, begin, len) || name[len] < '0' || name[len] > '9')
		return -1;
	n = strtol(name + len, &end, 10);
	return *end || n > INT32_MAX ? -1 : n;
}

/* How many there are, if none is missing: one more than the highest number */
static int count_files(const struct perfdata *pd, long *nr)
{
	DIR *dir = opendir(pd->path);
	const struct dirent *entry;
	long n;

	*nr = 0;
	if (!dir)
		return error("cannot open: %s: %s", pd->path, strerror(errno));
	while ((entry = readdir(dir))) {
		n = number_of(entry->d_name);
		if (n >= *nr)
			*nr = n + 1;
	}
	closedir(dir);
	return 0;
}

static int add_numbered(struct perfdata *pd, long n)
{
	char name[32], *path;
	int ret;

	snprintf(name, sizeof(name), HEAD ".%ld", n);
	path = perf_folder_file(pd->path, name);
	if (!path)
		return error("out of memory: %s", pd->path);
	if (access(path, F_OK) < 0)
		ret = error("missing: %s: some of the events are in it: copy all files of %s",
			    path, pd->path);
	else
		ret = add_file(pd, path, path);
	free(path);
	return ret;
}

static int check_version(const struct perfdata *pd)
{
	if (pd->folder && pd->folder_version > PERF_FOLDER_FILES)
		return error("unknown version of a folder of perf: %s: %llu, expected 0 or 1",
			     pd->path, (unsigned long long)pd->folder_version);
	if (pd->folder || !pd->folder_version)
		return 0;
	return error("no events in %s: they are in other files: name the folder in which perf record --threads wrote it",
		     pd->path);
}

int perf_files_open_others(struct perfdata *pd)
{
	long nr, n;

	if (check_version(pd) < 0)
		return -1;
	if (!pd->folder)
		return 0;
	if (count_files(pd, &nr) < 0)
		return -1;
	/* Not even the first is there: say so. */
	if (!nr && pd->folder_version == PERF_FOLDER_FILES)
		nr = 1;
	for (n = 0; n < nr; n++)
		if (add_numbered(pd, n) < 0)
			return -1;
	return 0;
}

int perf_files_check(const struct perfdata *pd)
{
	const size_t there = pd->nr_files - 1;

	if (!there || pd->buffers <= there)
		return 0;
	return error("missing: %s/" HEAD ".%zu: some of the events are in it: copy all files of %s",
		     pd->path, there, pd->path);
}

/* Few, and mostly the same one is looked for: see perf_window_seek(). */
const struct perf_file *perf_file_at(const struct perfdata *pd, uint64_t at)
{
	size_t from = 0, to = pd->nr_files, middle;

	while (to - from > 1) {
		middle = from + (to - from) / 2;
		if (pd->files[middle].base <= at)
			from = middle;
		else
			to = middle;
	}
	return &pd->files[from];
}

const char *perf_place(const struct perfdata *pd, uint64_t at,
		       unsigned long long *offset)
{
	const struct perf_file *f;

	*offset = at & ~PERF_SPOOLED;
	if (at & PERF_SPOOLED)
		return pd->path;
	f = perf_file_at(pd, at);
	*offset -= f->base;
	return f->path;
}

void perf_files_close(struct perfdata *pd)
{
	size_t i;

	for (i = 0; i < pd->nr_files; i++) {
		if (pd->files[i].fd >= 0)
			close(pd->files[i].fd);
		free(pd->files[i].path);
	}
	free(pd->files);
}
