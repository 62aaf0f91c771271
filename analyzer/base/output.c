// SPDX-License-Identifier: GPL-2.0
#include "base/output.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

static void fail(struct output *o)
{
	o->failed = true;
	error("cannot write: %s: %s", o->name ? o->name : "standard output",
	      strerror(errno));
}

/* Return false if waiting or trying again is of no use. */
static bool can_try_again(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	if (errno == EINTR)
		return true;
	if (errno != EAGAIN)
		return false;
	return poll(&p, 1, -1) >= 0 || errno == EINTR;
}

/* Return 0 for a failure, as fopencookie(3) has it. */
static ssize_t output_write(void *cookie, const char *data, size_t len)
{
	struct output *o = cookie;
	size_t done = 0;
	ssize_t n;

	while (!o->failed && done < len) {
		n = write(o->fd, data + done, len - done);
		if (n >= 0)
			done += n;
		else if (!can_try_again(o->fd))
			fail(o);
	}
	return o->failed ? 0 : (ssize_t)len;
}

int output_open(struct output *o, int fd)
{
	const cookie_io_functions_t functions = { .write = output_write };

	*o = (struct output){ .fd = fd };
	o->file = fopencookie(o, "w", functions);
	if (!o->file)
		return error("out of memory: standard output");
	if (isatty(fd))
		setvbuf(o->file, NULL, _IOLBF, BUFSIZ);
	return 0;
}

int output_close(struct output *o)
{
	fclose(o->file);
	/* Who closed it before us wants no output. */
	if (close(o->fd) < 0 && errno != EBADF && !o->failed)
		fail(o);
	return o->failed ? -1 : 0;
}

int output_flush(FILE *out)
{
	return fflush(out) || ferror(out) ? -1 : 0;
}
