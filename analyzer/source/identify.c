// SPDX-License-Identifier: GPL-2.0
#include "source/identify.h"

#include <dirent.h>
#include <elf.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "source/spool.h"

/* Enough for what is told by lines, and for the header of tar */
#define HEAD_BYTES	4096u

#define FOLDERS_MAX	64u
#define FOLDERS_DEPTH	4u

#define RECORD	"record with: trace-cmd record -e kvm"
#define UNPACK(command) \
	"compressed: unpack it, and name what comes out: " command " "

struct kind {
	const char *bytes;
	unsigned char len;
	unsigned short offset;
	const char *what;
	bool named;		/* the name of the file follows */
};

#define KIND(bytes, offset, ...) \
	{ bytes, sizeof(bytes) - 1, offset, __VA_ARGS__ }
#define CTF	"a CTF trace, as of LTTng or perf data convert: the recording of trace-cmd or perf itself is needed"
#define PCAP	"packets of a network: " RECORD
#define CORE	"a core of a kernel: take the trace out of it in crash: extend trace.so, then: trace dump -t trace.dat"

static const struct kind kinds[] = {
	KIND("\x1f\x8b", 0, UNPACK("gzip -dk"), true),
	KIND("\x28\xb5\x2f\xfd", 0, UNPACK("zstd -d"), true),
	KIND("\xfd" "7zXZ\0", 0, UNPACK("xz -dk"), true),
	KIND("BZh", 0, UNPACK("bzip2 -dk"), true),
	KIND("\x04\x22\x4d\x18", 0, UNPACK("lz4 -d"), true),
	KIND("PK\3\4", 0, "an archive: unpack it, and name what comes out: unzip ",
	     true),
	KIND("ustar", 257, "an archive: unpack it, and name what comes out: tar -xf ",
	     true),
	KIND("\xc1\x1f\xfc\xc1", 0, CTF),
	KIND("\xc1\xfc\x1f\xc1", 0, CTF),
	KIND("\x57\x1d\xd1\x75", 0, CTF),
	KIND("\x75\xd1\x1d\x57", 0, CTF),
	KIND("/* CTF ", 0, CTF),
	KIND("KDUMP   ", 0, CORE),
	KIND("makedumpfile", 0, CORE),
	KIND("\xd4\xc3\xb2\xa1", 0, PCAP),
	KIND("\xa1\xb2\xc3\xd4", 0, PCAP),
	KIND("\x4d\x3c\xb2\xa1", 0, PCAP),
	KIND("\x0a\x0d\x0d\x0a", 0, PCAP),
	KIND("PERFFILE", 0, "a perf.data of 2012 or before: record with a newer perf: perf kvm stat record"),
	KIND("SQLite format 3", 0, "a database: " RECORD),
};

/* What text is known by: a piece that is at the start of a line, or anywhere */
static const struct {
	const char *piece;
	bool begins_line;
	const char *what;
} texts[] = {
	{ "kvm_exit_cycles: ", false, "a log of the kernel: compare a recording with it: --check=LOG trace.dat" },
	{ "# tracer: ", true, "ftrace's text: the recording itself is needed: " RECORD },
	{ " kvm:kvm_", false, "text of perf script: the recording itself is needed: perf.data" },
	{ " kvm_exit: ", false, "text of trace-cmd report or ftrace: the recording itself is needed: trace.dat" },
	{ " kvm_entry: ", false, "text of trace-cmd report or ftrace: the recording itself is needed: trace.dat" },
	{ "cpus=", true, "text of trace-cmd report: the recording itself is needed: trace.dat" },
	{ "[    0.", true, "a log of the kernel: it has no exits: " RECORD },
	{ "<6>[", true, "a log of the kernel: it has no exits: " RECORD },
	{ " kernel: ", false, "a log of the kernel: it has no exits: " RECORD },
	{ "row,", true, "figures that were printed as CSV: name the recording, or save them as --format=state" },
	{ "{\"format\": ", true, "figures that were printed as JSON: name the recording, or save them as --format=state" },
};

#define NR(array)	(sizeof(array) / sizeof((array)[0]))

static const struct kind *find_kind(const char *head, size_t len)
{
	size_t i;

	for (i = 0; i < NR(kinds); i++)
		if (len >= (size_t)kinds[i].offset + kinds[i].len &&
		    !memcmp(head + kinds[i].offset, kinds[i].bytes, kinds[i].len))
			return &kinds[i];
	return NULL;
}

/* A line of dmesg: seconds in brackets */
static bool is_dmesg(const char *text)
{
	unsigned int s, us;
	char end;

	return sscanf(text, "[%u.%u%c", &s, &us, &end) == 3 && end == ']';
}

/* @head: as a string */
static const char *find_text(const char *head)
{
	const char *found;
	size_t i;

	for (i = 0; i < NR(texts); i++) {
		found = strstr(head, texts[i].piece);
		while (found && texts[i].begins_line && found != head &&
		       found[-1] != '\n')
			found = strstr(found + 1, texts[i].piece);
		if (found)
			return texts[i].what;
	}
	return is_dmesg(head) ?
	       "a log of the kernel: it has no exits: " RECORD : NULL;
}

static const char *find_elf(const char *head, size_t len)
{
	if (len < EI_NIDENT + 2 || memcmp(head, ELFMAG, SELFMAG))
		return NULL;
	/* e_type, in either byte order */
	return head[EI_NIDENT] == ET_CORE || head[EI_NIDENT + 1] == ET_CORE ?
	       CORE : "a program: " RECORD;
}

static bool has(const char *folder, const char *name)
{
	char path[PATH_MAX];

	return snprintf(path, sizeof(path), "%s/%s", folder, name) <
		       (int)sizeof(path) && !access(path, F_OK);
}

/* "data.N", of a folder that perf record --threads wrote: error, else 0 */
static int identify_part(const char *name)
{
	const char *base = strrchr(name, '/');
	char folder[PATH_MAX] = ".", rest;
	unsigned int n;

	base = base ? base + 1 : name;
	if (sscanf(base, "data.%u%c", &n, &rest) != 1 ||
	    base - name >= (ptrdiff_t)sizeof(folder))
		return 0;
	if (base != name)
		snprintf(folder, sizeof(folder), "%.*s", (int)(base - name - 1),
			 name);
	return !has(folder, "data") ? 0 :
	       error("not a recording: %s: a part of one, by perf record --threads: name its folder: %s",
		     name, folder);
}

int identify_file(const char *name, int fd)
{
	char head[HEAD_BYTES + 1];
	ssize_t len = pread(fd, head, HEAD_BYTES, 0);
	const struct kind *kind;
	const char *what;
	size_t i;

	len = len < 0 ? 0 : len;
	head[len] = '\0';
	kind = find_kind(head, len);
	if (kind)
		return error("not a recording: %s: %s%s", name, kind->what,
			     !kind->named ? "" :
			     strcmp(name, spool_name("-")) ? name : "FILE");
	what = find_elf(head, len);
	if (!what)
		what = find_text(head);
	if (what)
		return error("not a recording: %s: %s", name, what);
	if (identify_part(name) < 0)
		return -1;
	for (i = 0; i < 4; i++)
		if (!head[i])
			head[i] = 1;	/* to be printed */
	return error("not a trace.dat file: %s: starts with \"%.*s\", expected \"%s\"",
		     name, (int)(len < 4 ? len : 4), head,
		     "\\x17\\x08\\x44tracing");
}

/*
 * What LTTng writes has it some folders further down.  @room: folders that may still
 * be looked at, as any folder may be named.
 */
static bool has_metadata(const char *folder, unsigned int depth,
			 unsigned int *room)
{
	char path[PATH_MAX];
	const struct dirent *entry;
	bool found = has(folder, "metadata");
	DIR *dir = found || !depth ? NULL : opendir(folder);

	while (dir && !found && *room && (entry = readdir(dir))) {
		if (*entry->d_name == '.' || entry->d_type != DT_DIR ||
		    snprintf(path, sizeof(path), "%s/%s", folder,
			     entry->d_name) >= (int)sizeof(path))
			continue;
		--*room;
		found = has_metadata(path, depth - 1, room);
	}
	if (dir)
		closedir(dir);
	return found;
}

/* One of perf record --threads, whose file "data" is a perf.data, is a recording. */
int identify_folder(const char *path)
{
	static const char *const inside[] = { "trace.dat", "perf.data" };
	unsigned int room = FOLDERS_MAX;
	size_t i;

	if (has(path, "data") && has(path, "data.0"))
		return error("not a recording: %s: a folder of perf record --threads, but its file \"data\" is no perf.data: copy all files of the folder",
			     path);
	if (has(path, "data.0"))
		return error("not a recording: %s: a folder of perf record --threads without its file \"data\", which says what the events are: copy all files of the folder",
			     path);
	for (i = 0; i < NR(inside); i++)
		if (has(path, inside[i]))
			return error("is a directory: %s: name the recording in it: %s/%s",
				     path, path, inside[i]);
	if (has_metadata(path, FOLDERS_DEPTH, &room))
		return error("not a recording: %s: " CTF, path);
	return error("is a directory: %s", path);
}
