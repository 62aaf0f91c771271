// SPDX-License-Identifier: GPL-2.0
#include "outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int write_error(const struct outfile *f)
{
	kvx_say(f->k, KVX_ERROR, "cannot write %s: %s", f->path,
		strerror(errno));
	return -1;
}

/* As open() would have made it */
static void set_mode(const struct outfile *f, const struct stat *st)
{
	mode_t mask = umask(0);

	umask(mask);
	if (fchmod(f->fd, st->st_mode ? st->st_mode & 07777 : 0666 & ~mask) < 0)
		kvx_say(f->k, KVX_WARNING,
			"cannot set the permissions of what is written: %s",
			strerror(errno));
}

int outfile_open(struct outfile *f, struct kvx *k, const char *path)
{
	struct stat st = { .st_mode = 0 };
	int len;

	f->k = k;
	f->path = path;
	f->temporary[0] = '\0';
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
		f->fd = open(path, O_WRONLY | O_CLOEXEC);
		return f->fd < 0 ? write_error(f) : 0;
	}
	len = snprintf(f->temporary, sizeof(f->temporary), "%s.XXXXXX", path);
	if (len >= (int)sizeof(f->temporary)) {
		errno = ENAMETOOLONG;
		return write_error(f);
	}
	f->fd = mkstemp(f->temporary);
	if (f->fd < 0)
		return write_error(f);
	set_mode(f, &st);
	return 0;
}

int outfile_keep(struct outfile *f)
{
	if (!f->temporary[0] || rename(f->temporary, f->path) == 0)
		return 0;
	write_error(f);
	outfile_drop(f);
	return -1;
}

void outfile_drop(struct outfile *f)
{
	if (f->temporary[0])
		unlink(f->temporary);
}
