/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the fuzz targets share.  Each target is one file with
 * LLVMFuzzerTestOneInput(); libFuzzer runs it, or replay.c does.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* A promise that must hold whatever the input is. */
#define fuzz_assert(x)							\
	do {								\
		if (!(x)) {						\
			fprintf(stderr, "%s:%d: %s\n", __FILE__,	\
				__LINE__, #x);				\
			abort();					\
		}							\
	} while (0)

#define FUZZ_PATH_MAX	32

/* A file of @len bytes without a name; return its descriptor. */
static inline int fuzz_file(char path[FUZZ_PATH_MAX], const void *data,
			    size_t len)
{
	int fd = memfd_create("fuzz", 0);

	fuzz_assert(fd >= 0);
	fuzz_assert(write(fd, data, len) == (ssize_t)len);
	snprintf(path, FUZZ_PATH_MAX, "/proc/self/fd/%d", fd);
	return fd;
}

#endif /* TESTS_FUZZ_H */
