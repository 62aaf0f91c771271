/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Options by name -> what is asked for: one table, for the command line and for
 * the clients of the library.
 *
 * Functions return 0, or -1 after an error that names what is valid.
 */
#ifndef ANALYZER_OPTIONS_H
#define ANALYZER_OPTIONS_H

#include <stdbool.h>

#include "sink/request.h"

/* A zeroed struct has no options. */
struct settings {
	struct options options;
	bool has_format;
	const char *view_option;	/* the first one that asks for a view */
	const char *compare_option;	/* the first one that is of a comparison */
};

/* @value, NULL if there is none, outlives @s.  An error changes nothing. */
int settings_set(struct settings *s, const char *name, const char *value);

/* Is @name an option that says how a recording is opened? */
bool settings_is_early(const char *name);

/* What the options ask for together, in @opt, if they agree */
int settings_get(const struct settings *s, struct options *opt);

/* The same of a comparison, whose format is a table if none is asked for */
int settings_get_compare(const struct settings *s, struct options *opt);

#endif /* ANALYZER_OPTIONS_H */
