// SPDX-License-Identifier: GPL-2.0
#include "sink/proven.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

/* Room for it stays behind whatever is appended. */
static const char more[] = ", ...";

static void append(struct proven *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void append(struct proven *p, const char *fmt, ...)
{
	size_t room = sizeof(p->text) - sizeof(more), len;
	va_list args;

	if (p->used > room)
		return;
	va_start(args, fmt);
	len = vsnprintf(p->text + p->used, room - p->used, fmt, args);
	va_end(args);
	if (len >= room - p->used) {
		strcpy(p->text + p->used, more);
		p->used = sizeof(p->text);
		return;
	}
	p->used += len;
}

/* One call for each piece: a range is there as a whole, or not at all. */
static void append_range(struct proven *p)
{
	char range[64], head[64] = ", ";

	if (p->last > p->first)
		snprintf(range, sizeof(range), "%" PRIu64 " to %" PRIu64,
			 p->first, p->last);
	else
		snprintf(range, sizeof(range), "%" PRIu64, p->first);
	if (!p->used || p->epoch != p->text_epoch)
		snprintf(head, sizeof(head), "%sepoch %" PRIu32 ", report%s ",
			 p->used ? "; " : "", p->epoch,
			 plural_s(p->last - p->first + 1));
	append(p, "%s%s", head, range);
	p->text_epoch = p->epoch;
}

void proven_add(struct proven *p, uint32_t epoch, uint64_t report)
{
	if (p->first && epoch == p->epoch && report == p->last + 1) {
		p->last = report;
		return;
	}
	if (p->first)
		append_range(p);
	p->epoch = epoch;
	p->first = p->last = report;
}

const char *proven_text(struct proven *p)
{
	if (p->first)
		append_range(p);
	p->first = 0;
	return p->used ? p->text : "none";
}
