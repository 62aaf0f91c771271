/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Arrays that grow: three members of some struct, zero in the beginning.
 *
 *	struct thing *list;
 *	size_t nr, allocated;
 *
 *	if (array_room(s->list, s->nr, s->allocated, "things") < 0)
 *		return -1;
 *	s->list[s->nr++] = thing;
 *
 * Room is doubled, so items may move, and adding one costs the same however many
 * there are.  Who adds what a file says bounds @nr, or has read a byte of the file
 * for each item.  The owner frees the list.
 */
#ifndef ANALYZER_ARRAY_H
#define ANALYZER_ARRAY_H

#include <stddef.h>

#include "base/compiler.h"

/* Have room for one more of @what.  Return -1 after an error: all is as before. */
#define array_room(list, nr, allocated, what)				\
	(likely((nr) < (allocated)) ? 0 :				\
	 array_grow(&(list), &(allocated), sizeof(*(list)), (what)))

/* @list: the address of the pointer to the items, of @each bytes */
int array_grow(void *list, size_t *allocated, size_t each, const char *what);

#endif /* ANALYZER_ARRAY_H */
