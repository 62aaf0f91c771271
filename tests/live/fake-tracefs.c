// SPDX-License-Identifier: GPL-2.0
/*
 * LD_PRELOAD, for tests of live: a folder does what the folder instances of tracefs does.
 * Who makes a folder in one that is called so finds in it what stands beside "instances",
 * as links, and whoever removes it removes these.
 *
 *	FAKE_MKDIR=N	errno of who makes one,
 *	FAKE_RMDIR=N	and of who removes one
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fails(const char *name)
{
	const char *text = getenv(name);

	errno = text ? atoi(text) : 0;
	return errno != 0;
}

/* Where the name of the instance begins in @path; NULL: it is of something else. */
static const char *instance_name(const char *path)
{
	const char *found = strstr(path, "/instances/");

	return found && !strchr(found + 11, '/') ? found + 11 : NULL;
}

static int is_dots(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

static void fill(const char *path, const char *name)
{
	char to[4096], from[4096];
	struct dirent *entry;
	DIR *dir;

	snprintf(from, sizeof(from), "%.*s/..", (int)(name - path - 1), path);
	dir = opendir(from);
	while (dir && (entry = readdir(dir))) {
		if (is_dots(entry->d_name) || !strcmp(entry->d_name, "instances"))
			continue;
		snprintf(to, sizeof(to), "%s/%s", path, entry->d_name);
		snprintf(from, sizeof(from), "../../%s", entry->d_name);
		if (symlink(from, to) < 0)
			abort();
	}
	if (dir)
		closedir(dir);
}

static void empty(const char *path)
{
	struct dirent *entry;
	char link[4096];
	DIR *dir = opendir(path);

	while (dir && (entry = readdir(dir))) {
		snprintf(link, sizeof(link), "%s/%s", path, entry->d_name);
		unlink(link);
	}
	if (dir)
		closedir(dir);
}

int mkdir(const char *path, mode_t mode)
{
	int (*next)(const char *path, mode_t mode) = dlsym(RTLD_NEXT, "mkdir");
	const char *name = instance_name(path);
	int ret;

	if (name && fails("FAKE_MKDIR"))
		return -1;
	ret = next(path, mode);
	if (name && !ret)
		fill(path, name);
	return ret;
}

int rmdir(const char *path)
{
	int (*next)(const char *path) = dlsym(RTLD_NEXT, "rmdir");

	if (instance_name(path)) {
		if (fails("FAKE_RMDIR"))
			return -1;
		empty(path);
	}
	return next(path);
}
