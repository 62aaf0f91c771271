// SPDX-License-Identifier: GPL-2.0
/*
 * Any bytes as a recording, analyzed wholly: by one pass and by two, which must
 * print the same; and checked against itself.
 */
#include <string.h>

#include "analyze.h"
#include "fuzz.h"

struct outcome {
	char *text;
	size_t len;
	int status;
};

static void run(struct outcome *o, const char *path, unsigned int threads,
		bool check)
{
	struct options options = {
		.path = path, .check = check, .threads = threads,
		.two_passes = !threads,
	};

	options.out = open_memstream(&o->text, &o->len);
	fuzz_assert(options.out);
	o->status = analyze(&options);
	fclose(options.out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char path[FUZZ_PATH_MAX];
	int fd = fuzz_file(path, data, len);
	struct outcome one, two, check;

	run(&one, path, 2, false);
	run(&two, path, 0, false);
	run(&check, path, 0, true);
	fuzz_assert(one.status == two.status);
	fuzz_assert(one.len == two.len && !memcmp(one.text, two.text, one.len));
	fuzz_assert(one.status == STATUS_OK || one.status == STATUS_FAILED ||
		    one.status == STATUS_LOSSES);
	free(one.text);
	free(two.text);
	free(check.text);
	close(fd);
	return 0;
}
