// SPDX-License-Identifier: GPL-2.0
#include "source/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

#define BUFFER_BYTES	(1u << 18)

static bool is_stdin(const char *path)
{
	return !strcmp(path, "-");
}

const char *spool_name(const char *path)
{
	return is_stdin(path) ? "standard input" : path;
}

/* Who opens a pipe like this does not wait for somebody to write to it. */
static int open_pipe(const char *path)
{
	struct stat st;

	if (is_stdin(path))
		return dup(STDIN_FILENO);
	if (stat(path, &st) < 0 || !S_ISFIFO(st.st_mode))
		return -1;
	return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

static int spool_error(const char *path, const char *what)
{
	return error("cannot %s: %s: %s", what, spool_name(path),
		     strerror(errno));
}

/* As read(), but it waits if there is somebody who writes. */
static ssize_t read_some(int fd, char *buf)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n = read(fd, buf, BUFFER_BYTES);

	if (n < 0 && errno == EAGAIN)
		poll(&p, 1, -1);
	return n;
}

/* Return 1; 0 if nobody writes to the pipe; -1 after an error. */
static int copy(FILE *to, int fd, const char *path, char *buf,
		const struct reading *reading)
{
	bool found = is_stdin(path);
	ssize_t n;

	while (!reading_stopped(reading)) {
		n = read_some(fd, buf);
		if (!n)
			break;
		found = true;
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return spool_error(path, "read");
		if (n > 0 && fwrite(buf, 1, n, to) != (size_t)n)
			return spool_error(path, "write a temporary file");
	}
	if (fflush(to))
		return spool_error(path, "write a temporary file");
	return found;
}

int spool_pipe(FILE **out, const char *path, const struct reading *reading)
{
	int fd = open_pipe(path), ret = -1;
	FILE *to;
	char *buf;

	*out = NULL;
	/* Whoever opens the file says what is wrong with it. */
	if (fd < 0)
		return is_stdin(path) ? spool_error(path, "read") : 0;
	to = tmpfile();
	buf = malloc(BUFFER_BYTES);
	if (!to || !buf)
		spool_error(path, "write a temporary file");
	else
		ret = copy(to, fd, path, buf, reading);
	free(buf);
	close(fd);
	if (ret == 1)
		*out = to;
	else if (to)
		fclose(to);
	return ret;
}
