// SPDX-License-Identifier: GPL-2.0
/*
 * Any bytes as a recording, analyzed wholly: by one thread and by two, which must
 * print the same; checked against itself; and viewed, by one thread and by two.
 */
#include <string.h>

#include "analyze.h"
#include "fuzz.h"
#include "result/state.h"

struct outcome {
	char *text;
	size_t len;
	int status;
};

/* @once: without a look at all of it before, if that can be */
static void run(struct outcome *o, const char *path, unsigned int threads,
		bool check, bool once)
{
	struct options options = {
		.path = path, .check = check, .threads = threads,
		.request = { .once = once ? threads + 1 : 0 },
	};

	options.out = open_memstream(&o->text, &o->len);
	fuzz_assert(options.out);
	o->status = analyze(&options);
	fclose(options.out);
}

static void run_view(struct outcome *o, const char *path, unsigned int threads,
		     enum view_format format)
{
	struct options options = {
		.path = path, .threads = threads,
		.view = { .format = format, .top = 5,
			  .by = BY_VCPU | BY_CPU | BY_REASON },
	};

	if (format == VIEW_CSV)
		options.view.by = BY_REASON;
	options.out = open_memstream(&o->text, &o->len);
	fuzz_assert(options.out);
	o->status = analyze(&options);
	fclose(options.out);
}

static void compare(struct outcome *a, struct outcome *b)
{
	fuzz_assert(a->status == b->status);
	fuzz_assert(a->len == b->len && !memcmp(a->text, b->text, a->len));
	free(a->text);
	free(b->text);
}

/* Views of what reports can be made of, too, and of nothing else */
static void view(const char *path, int status)
{
	enum view_format format;
	struct outcome one, two;

	for (format = VIEW_TABLE; format <= VIEW_CSV; format++) {
		run_view(&one, path, 1, format);
		run_view(&two, path, 2, format);
		fuzz_assert((one.status == STATUS_FAILED) ==
			    (status == STATUS_FAILED));
		compare(&one, &two);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char path[FUZZ_PATH_MAX];
	int fd = fuzz_file(path, data, len);
	struct outcome one, two, once, check;

	/* A state has no reports: see state.c */
	if (state_is(path)) {
		close(fd);
		return 0;
	}
	run(&one, path, 2, false, false);
	run(&two, path, 0, false, true);
	run(&once, path, 2, false, true);
	run(&check, path, 0, true, true);
	fuzz_assert(one.status == STATUS_OK || one.status == STATUS_FAILED ||
		    one.status == STATUS_LOSSES);
	view(path, one.status);
	fuzz_assert(one.status == once.status && one.len == once.len &&
		    !memcmp(one.text, once.text, one.len));
	free(once.text);
	compare(&one, &two);
	free(check.text);
	close(fd);
	return 0;
}
