/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One exit of a recording, by its number or by a time: sinks of the walk by time.
 *
 * The recording is read twice: to find the exit, and for what is inside it and beside
 * it.  Memory: a slot for each thread the first time, and then what is shown.
 */
#ifndef ANALYZER_SHOW_H
#define ANALYZER_SHOW_H

#include "parse.h"
#include "result/one.h"
#include "sink/request.h"

/*
 * Fill in @o, zeroed before.  Return a status: STATUS_USAGE, after an error that has
 * the nearest ones, if there is no such exit.  one_release() in any case.
 */
int show_find(const struct show_request *request, const struct source *src,
	      const struct parse *p, struct one *o);

#endif /* ANALYZER_SHOW_H */
