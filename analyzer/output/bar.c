// SPDX-License-Identifier: GPL-2.0
#include "output/bar.h"

#define EIGHTHS		8u

/* Rounded up.  Below 2^96 no product overflows: more is looked at coarsely. */
static unsigned int scale(u128 part, u128 whole, unsigned int room)
{
	while (whole >> 96) {
		whole >>= 8;
		part >>= 8;
	}
	return whole ? (part * room + whole - 1) / whole : 0;
}

/* U+2588 is all of a column, U+258F the leftmost eighth of it. */
static void print_block(FILE *out, unsigned int eighths)
{
	fprintf(out, "\xe2\x96%c", 0x90 - eighths);
}

unsigned int bar_print(FILE *out, bool blocks, u128 part, u128 whole,
		       unsigned int room)
{
	unsigned int n = scale(part, whole, blocks ? room * EIGHTHS : room), i;

	if (!blocks) {
		for (i = 0; i < n; i++)
			putc('#', out);
		return n;
	}
	for (i = 0; i + EIGHTHS <= n; i += EIGHTHS)
		print_block(out, EIGHTHS);
	if (n % EIGHTHS)
		print_block(out, n % EIGHTHS);
	return (n + EIGHTHS - 1) / EIGHTHS;
}

void bar_print_level(FILE *out, bool blocks, uint64_t part, uint64_t whole)
{
	const unsigned int eighths = scale(part, whole, EIGHTHS);

	/* U+2581 is the lowest eighth of a column, U+2588 all of it. */
	if (blocks && eighths)
		fprintf(out, "\xe2\x96%c", 0x80 + eighths);
	else
		putc(" .:-=+*%#"[eighths], out);
}
