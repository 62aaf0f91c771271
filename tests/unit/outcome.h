/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Views as the command line asks for them, and what became of one.
 */
#ifndef TESTS_OUTCOME_H
#define TESTS_OUTCOME_H

#include "reader-test.h"

#include "options.h"

#define VIEW_OPTIONS	3u

struct outcome {
	int status;
	char *out;
	struct capture capture;
};

/* @asked: each "name=value" or "name", up to the first that is NULL.  Of the file @path. */
static inline void outcome_options(const char *const asked[VIEW_OPTIONS],
				   const char *path, struct options *opt)
{
	struct settings s = { .has_format = false };
	char name[32];
	const char *equals;
	unsigned int i;

	for (i = 0; i < VIEW_OPTIONS && asked[i]; i++) {
		equals = strchr(asked[i], '=');
		snprintf(name, sizeof(name), "%.*s",
			 (int)strcspn(asked[i], "="), asked[i]);
		assert_int_equal(settings_set(&s, name, equals ? equals + 1 : NULL), 0);
	}
	assert_int_equal(settings_get(&s, opt), 0);
	opt->path = path;
}

#endif /* TESTS_OUTCOME_H */
