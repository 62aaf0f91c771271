// SPDX-License-Identifier: GPL-2.0
/*
 * What trace-cmd leaves behind when it is killed.
 *
 * While it records, there is no trace.dat: a process for each CPU appends whole
 * pages of the ring buffer to OUTPUT.cpuN, for instances OUTPUT.INSTANCE.cpuN.
 * At the end trace.dat is written, metadata first, then the contents of these
 * files; what says where they are in it comes last (version 7), or stays 0
 * until then (version 6).  Only then are the files removed.  So a trace.dat
 * that is not complete has them beside it, and they are.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/compare.h"
#include "base/error.h"
#include "source/tracecmd/tracedat-private.h"

static int out_of_memory(const struct tracedat *td)
{
	return error("out of memory: %s", td->path);
}

/* The N of ".cpuN", all of @name; -1: it is something else. */
static long file_cpu(const char *name)
{
	char *end;
	long cpu;

	if (strncmp(name, ".cpu", 4) || !isdigit((unsigned char)name[4]) ||
	    (name[4] == '0' && name[5]))
		return -1;
	errno = 0;
	cpu = strtol(name + 4, &end, 10);
	return errno || *end || cpu >= (long)SOURCE_CPUS_MAX ? -1 : cpu;
}

char *unfinished_path(const struct tracedat *td, uint32_t cpu)
{
	char *path;

	return asprintf(&path, "%s.cpu%u", td->source.recording.files, cpu) < 0 ? NULL :
								      path;
}

/* Regular, and of which size? */
static bool file_size(const struct tracedat *td, uint32_t cpu, uint64_t *size)
{
	char *path = unfinished_path(td, cpu);
	struct stat st;
	bool good;

	good = path && !stat(path, &st) && S_ISREG(st.st_mode);
	free(path);
	if (good)
		*size = st.st_size;
	return good;
}

static int add_file(struct tracedat *td, uint32_t cpu)
{
	unsigned int n = td->source.recording.nr_files;
	uint64_t size;

	if (n == SOURCE_CPUS_MAX || !file_size(td, cpu, &size))
		return 0;
	if (array_room(td->file_cpus, n, td->file_cpus_allocated, "CPUs") < 0)
		return -1;
	td->file_cpus[n] = cpu;
	td->source.recording.nr_files = n + 1;
	return 0;
}

/* Files of another instance, whose name is between the dots of @rest */
static int add_other(struct tracedat *td, const char *rest)
{
	const char *end = strrchr(rest, '.');
	unsigned int i;
	char *name;

	if (*rest != '.' || end <= rest + 1 || file_cpu(end) < 0)
		return 0;
	name = strndup(rest + 1, end - rest - 1);
	if (!name)
		return out_of_memory(td);
	for (i = 0; i < td->source.recording.nr_instances; i++)
		if (!strcmp(name, td->source.recording.instances[i]))
			break;
	if (i < td->source.recording.nr_instances || i == FILE_INSTANCES_MAX ||
	    !strcmp(name, td->wanted)) {
		free(name);
		return 0;
	}
	return tracedat_add_instance(td, name);
}

/* Go through the files beside the recording whose names begin with its name. */
static int scan(struct tracedat *td, bool others)
{
	const char *slash = strrchr(td->path, '/'), *rest;
	const char *base = slash ? slash + 1 : td->path;
	const char *files = td->source.recording.files + (base - td->path);
	size_t base_len = strlen(base), len = strlen(files);
	char *folder = slash ? strndup(td->path, base - td->path) : strdup(".");
	struct dirent *entry;
	int ret = 0;
	DIR *dir;

	if (!folder)
		return out_of_memory(td);
	dir = opendir(folder);
	free(folder);
	while (dir && !ret && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, base, base_len))
			continue;
		rest = entry->d_name + base_len;
		if (others)
			ret = add_other(td, rest);
		else if (!strncmp(entry->d_name, files, len) &&
			 file_cpu(entry->d_name + len) >= 0)
			ret = add_file(td, file_cpu(entry->d_name + len));
	}
	if (dir)
		closedir(dir);
	return ret;
}

int unfinished_find(struct tracedat *td)
{
	if (asprintf(&td->files, "%s%s%s", td->path, *td->wanted ? "." : "",
		     td->wanted) < 0) {
		td->files = NULL;
		return out_of_memory(td);
	}
	td->source.recording.files = td->files;
	if (scan(td, false) < 0)
		return -1;
	if (td->source.recording.nr_files)
		qsort(td->file_cpus, td->source.recording.nr_files, sizeof(*td->file_cpus),
		      compare_u32_items);
	return 0;
}

/* The files are the per-CPU streams. */
static int use_files(struct tracedat *td)
{
	struct recording *info = &td->source.recording;
	struct recording_cpu *cpus;
	uint64_t size;
	unsigned int i;

	cpus = calloc(info->nr_files, sizeof(*cpus));
	if (!cpus)
		return out_of_memory(td);
	free(td->cpus);
	td->cpus = cpus;
	info->cpus = cpus;
	info->nr_cpus = info->nr_files;
	info->data_bytes = 0;
	info->missing_bytes = 0;
	info->data_compressed = false;
	info->unfinished = true;
	for (i = 0; i < info->nr_files; i++) {
		if (!file_size(td, td->file_cpus[i], &size))
			return error("cannot read: %s.cpu%u: it was there a moment ago",
				     info->files, td->file_cpus[i]);
		cpus[i].cpu = td->file_cpus[i];
		cpus[i].size = size;
		info->data_bytes += size;
	}
	/* Others have left files, too. */
	return scan(td, true);
}

/* A text that is built; what does not fit is left out. */
struct line {
	char text[1400];
	size_t len;
};

static void add_text(struct line *l, const char *text)
{
	size_t room = sizeof(l->text) - l->len;
	int n = snprintf(l->text + l->len, room, "%s", text);

	l->len += (size_t)n < room ? (size_t)n : room - 1;
}

/* As a shell reads it */
static void add_quoted(struct line *l, const char *text)
{
	char c[2] = "";

	/* Not to be taken for an option */
	if (*text == '-')
		add_text(l, "./");
	if (!text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789"
			       "ABCDEFGHIJKLMNOPQRSTUVWXYZ_./+:,@%=-")]) {
		add_text(l, text);
		return;
	}
	add_text(l, "'");
	for (; *text; text++) {
		c[0] = *text;
		add_text(l, *text == '\'' ? "'\\''" : c);
	}
	add_text(l, "'");
}

/* " FILE.cpu0 FILE.cpu1", or " FILE.cpu{0..7}" */
static void add_files(struct line *l, const struct tracedat *td)
{
	const uint32_t *cpus = td->file_cpus;
	unsigned int i, run, n = td->source.recording.nr_files;
	char number[64];

	for (i = 0; i < n; i += run) {
		for (run = 1; i + run < n && cpus[i + run] == cpus[i] + run;)
			run++;
		if (run < 4)
			run = 1;
		add_text(l, " ");
		add_quoted(l, td->source.recording.files);
		if (run == 1)
			snprintf(number, sizeof(number), ".cpu%u", cpus[i]);
		else
			snprintf(number, sizeof(number), ".cpu{%u..%u}",
				 cpus[i], cpus[i + run - 1]);
		add_text(l, number);
	}
}

static int no_formats(const struct tracedat *td)
{
	struct line files = { .len = 0 };

	add_files(&files, td);
	return error("unfinished recording: %s: %s: name a recording with the same events by --formats, or before this machine boots again: trace-cmd restore -o fixed.dat%s",
		     td->path, td->fd < 0 ? "no such file" :
		     "its event formats are missing", files.text);
}

static void take(char **to, char **from)
{
	free(*to);
	*to = *from;
	*from = NULL;
}

void unfinished_take_metadata(struct tracedat *td, struct tracedat *from)
{
	struct recording *info = &td->source.recording;
	bool formats = formats_complete(&td->formats);

	/* A clock may be in the options though the formats are not there. */
	if (!td->clock && !td->buffer_clock)
		take(&td->clock, from->buffer_clock ? &from->buffer_clock :
						      &from->clock);
	if (formats)
		return;
	formats_release(&td->formats);
	td->formats = from->formats;
	memset(&from->formats, 0, sizeof(from->formats));
	info->big_endian = from->source.recording.big_endian;
	/* As long as it says nothing of itself */
	if (!td->uname)
		take(&td->uname, &from->uname);
	if (!info->unfinished)
		return;
	info->version = from->source.recording.version;
	info->long_size = from->source.recording.long_size;
	info->page_size = from->source.recording.page_size;
	info->buffer_page_size = from->source.recording.page_size;
}

/* No stream can be found: say so, unless all are in other instances. */
static int no_streams(const struct tracedat *td)
{
	if (td->source.recording.version == 7 && td->source.recording.nr_instances &&
	    !*td->wanted && !td->source.recording.cut)
		return 0;
	if (td->fd < 0)
		return error("cannot open: %s: %s, and there is no file %s.cpuN",
			     td->path, strerror(ENOENT), td->source.recording.files);
	return error("unfinished recording: %s: nothing says where its events are, and there is no file %s.cpuN: record again, or copy it again if it is a copy",
		     td->path, td->source.recording.files);
}

int unfinished_complete(struct tracedat *td, bool has_formats)
{
	struct recording *info = &td->source.recording;
	bool has_events = td->has_streams && !info->missing_bytes;

	if (has_events && td->whole)
		return 0;
	if (!has_events && info->nr_files) {
		if (use_files(td) < 0)
			return -1;
	} else if (!td->has_streams && no_streams(td) < 0) {
		return -1;
	}
	if (has_formats && (!formats_complete(&td->formats) ||
			    (!td->clock && !td->buffer_clock)))
		return 1;
	return (info->unfinished || !td->whole) && !formats_complete(&td->formats) ?
	       no_formats(td) : 0;
}
