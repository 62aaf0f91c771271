// SPDX-License-Identifier: GPL-2.0
#include "base/array.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* To begin with, and two items at least: there may be as many arrays as CPUs. */
#define FIRST_BYTES	128u

int array_grow(void *list, size_t *allocated, size_t each, const char *what)
{
	size_t first = FIRST_BYTES / each > 2 ? FIRST_BYTES / each : 2;
	size_t nr = first;
	void *items;

	if (*allocated && __builtin_mul_overflow(*allocated, 2, &nr))
		nr = SIZE_MAX;
	/* Items are of any type, so it is bytes that are copied. */
	memcpy(&items, list, sizeof(items));
	items = reallocarray(items, nr, each);
	if (!items)
		return error("out of memory: %zu %s", nr, what);
	memcpy(list, &items, sizeof(items));
	*allocated = nr;
	return 0;
}
