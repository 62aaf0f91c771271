// SPDX-License-Identifier: GPL-2.0
/*
 * The recording that a recipe of the target "wild" makes, to look at or to
 * measure: wild-file RECIPE TRACE.DAT
 */
#include "wild.h"

static void copy(int from, FILE *to)
{
	static uint8_t bytes[1 << 16];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(from, bytes, sizeof(bytes), at)) > 0) {
		fuzz_assert(fwrite(bytes, 1, n, to) == (size_t)n);
		at += n;
	}
	fuzz_assert(n == 0);
}

int main(int argc, char **argv)
{
	static uint8_t recipe[1 << 16];
	char path[FUZZ_PATH_MAX];
	unsigned int mode;
	size_t len;
	FILE *f;

	if (argc != 3) {
		fprintf(stderr, "usage: wild-file RECIPE TRACE.DAT\n");
		return 2;
	}
	f = fopen(argv[1], "r");
	fuzz_assert(f);
	len = fread(recipe, 1, sizeof(recipe), f);
	fclose(f);
	f = fopen(argv[2], "w");
	fuzz_assert(f);
	copy(wild_file(path, recipe, len, &mode), f);
	fuzz_assert(fclose(f) == 0);
	return 0;
}
