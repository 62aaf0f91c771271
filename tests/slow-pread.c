// SPDX-License-Identifier: GPL-2.0
/*
 * LD_PRELOAD: each pread() of at least SLOW_PREAD_BYTES takes SLOW_PREAD ms.  So
 * reading takes as long as a test of progress or interruption needs, on any
 * machine.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/types.h>
#include <time.h>

typedef ssize_t (*pread_fn)(int fd, void *buf, size_t len, off_t offset);

static unsigned long number(const char *name)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 10) : 0;
}

ssize_t pread64(int fd, void *buf, size_t len, off_t offset)
{
	unsigned long ms = number("SLOW_PREAD");
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };
	pread_fn real = (pread_fn)dlsym(RTLD_NEXT, "pread64");

	/* A signal does not make it any faster. */
	if (len >= number("SLOW_PREAD_BYTES"))
		while (nanosleep(&ts, &ts) < 0 && errno == EINTR)
			;
	return real(fd, buf, len, offset);
}

ssize_t pread(int fd, void *buf, size_t len, off_t offset)
{
	return pread64(fd, buf, len, offset);
}
