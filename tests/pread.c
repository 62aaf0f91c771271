// SPDX-License-Identifier: GPL-2.0
/*
 * LD_PRELOAD, for tests of progress and interruption that do not depend on how
 * fast or busy the machine is.  Of the calls of pread():
 *
 *	PREAD_MS=N	each takes N ms
 *	PREAD_INT=N	SIGINT is raised before number N,
 *	PREAD_INTS=M	and M times more
 *	PREAD_BYTES=N	only those of at least N bytes count
 *
 * A file that changes while it is read:
 *
 *	PREAD_CHANGE=N	what is read once more has each byte xor N,
 *	PREAD_UNTIL=M	of the first M bytes of the file; at most CHANGE_MAX
 */
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/types.h>
#include <time.h>

#define CHANGE_MAX	(1ul << 20)

typedef ssize_t (*pread_fn)(int fd, void *buf, size_t len, off_t offset);

static unsigned long number(const char *name)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 10) : 0;
}

static void act(void)
{
	static unsigned long calls;
	unsigned long call = __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
	unsigned long ms = number("PREAD_MS"), i;
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	for (i = 0; call == number("PREAD_INT") && i <= number("PREAD_INTS"); i++)
		raise(SIGINT);
	if (ms)
		nanosleep(&ts, NULL);
}

/* The @len bytes from @offset on are at @buf. */
static void change(unsigned char *buf, size_t len, unsigned long offset)
{
	static unsigned char seen[CHANGE_MAX];
	unsigned long until = number("PREAD_UNTIL"), by = number("PREAD_CHANGE");
	size_t i;

	if (until > CHANGE_MAX)
		until = CHANGE_MAX;
	for (i = 0; i < len && offset + i < until; i++) {
		if (seen[offset + i])
			buf[i] ^= by;
		seen[offset + i] = 1;
	}
}

ssize_t pread64(int fd, void *buf, size_t len, off_t offset)
{
	pread_fn real = (pread_fn)dlsym(RTLD_NEXT, "pread64");
	ssize_t n;

	if (len >= number("PREAD_BYTES"))
		act();
	n = real(fd, buf, len, offset);
	if (n > 0 && number("PREAD_CHANGE"))
		change(buf, n, offset);
	return n;
}

ssize_t pread(int fd, void *buf, size_t len, off_t offset)
{
	return pread64(fd, buf, len, offset);
}
