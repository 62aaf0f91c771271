// SPDX-License-Identifier: GPL-2.0
/*
 * A recording that is sound but for what is wild in it, analyzed in one way of
 * all: see wild.h.
 */
#include "analyze.h"
#include "wild.h"

/* Reports, a check, and each kind of view */
static struct options choose(unsigned int mode)
{
	struct options o = { .threads = 1 + (mode >> 4) % 3 };

	switch (mode % 8) {
	case 0:
		break;
	case 1:
		o.check = true;
		break;
	case 2:
		o.last = true;
		break;
	case 3:
		o.view.subject = VIEW_OF_TIME;
		break;
	case 4:
		o.view.subject = VIEW_OF_LIST;
		o.view.top = 20;
		break;
	case 5:
		o.view.by = BY_RIP | BY_DETAIL;
		break;
	case 6:
		o.view.by = BY_VM | BY_VCPU | BY_CPU | BY_REASON;
		break;
	}
	if (mode % 8 > 2)
		o.view.format = mode & 8 ? VIEW_JSON : VIEW_TABLE;
	return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char path[FUZZ_PATH_MAX], *text;
	unsigned int mode;
	int fd = wild_file(path, data, len, &mode), status;
	struct options options = choose(mode);
	size_t text_len;

	options.path = path;
	options.out = open_memstream(&text, &text_len);
	fuzz_assert(options.out);
	status = analyze(&options);
	fclose(options.out);
	fuzz_assert(status >= STATUS_OK && status <= STATUS_NOT_COMPARED);
	free(text);
	close(fd);
	return 0;
}
