// SPDX-License-Identifier: GPL-2.0
/*
 * The ten exits of a recording that cost most:
 *
 *	cc -o dearest example-dearest.c $(pkg-config --cflags --libs libkvmexits)
 *	./dearest trace.dat
 */
#include <inttypes.h>
#include <kvmexits.h>
#include <stdio.h>

#define TOP	10

struct dear {
	uint64_t ns, length;
	char what[256];
};

struct list {
	struct dear items[TOP];		/* the dearest first */
	int nr;
};

/* Keep @e if it belongs to the dearest ones so far. */
static int keep(void *user, const struct kvx_exit *e)
{
	struct list *list = user;
	int i = list->nr < TOP ? list->nr : TOP - 1;

	if (!(e->known & KVX_HAS_LENGTH) ||
	    (list->nr == TOP && e->length <= list->items[i].length))
		return 0;
	/* Of those that cost the same, the earlier one goes first. */
	for (; i && list->items[i - 1].length < e->length; i--)
		list->items[i] = list->items[i - 1];
	list->items[i] = (struct dear){ .ns = e->time_ns, .length = e->length };
	snprintf(list->items[i].what, sizeof(list->items[i].what), "%s: %s%s%s",
		 e->unit, e->reason, e->detail ? ": " : "", e->detail ? e->detail : "");
	list->nr += list->nr < TOP;
	return 0;
}

int main(int argc, char **argv)
{
	struct list list = { .nr = 0 };
	struct kvx *k = kvx_new();
	enum kvx_status status;
	const struct dear *d;

	kvx_print_messages(k, stderr, argv[0]);
	kvx_set(k, "list", NULL);	/* details, too */
	status = kvx_open(k, argc > 1 ? argv[1] : "trace.dat");
	if (status == KVX_OK)
		status = kvx_each(k, keep, &list);
	for (d = list.items; d < list.items + list.nr; d++)
		printf("%" PRIu64 ".%09" PRIu64 " s: %" PRIu64 " %s\n",
		       d->ns / 1000000000, d->ns % 1000000000, d->length, d->what);
	kvx_free(k);
	return status;
}
