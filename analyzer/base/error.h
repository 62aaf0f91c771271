/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Messages for the user.  Where they go is the current struct diag's to say; a
 * program prints them on standard error.
 *
 * The lowest level that knows the facts reports once, with
 *
 *	return error("bad sub-buffer: %s: cpu %u at 0x%llx: ...", ...);
 *
 * and its callers only pass the -1 on.  Messages are lower case, without a full
 * stop: what failed first, then the object, offset, found and allowed values.
 *
 * A message may quote what an untrusted file contains.  Whatever it says is
 * printed on one line and cannot reach the terminal as a control sequence:
 * see escape_text().  A message longer than ERROR_MESSAGE_MAX bytes is cut and
 * ends in "...".  Each message is handed over with one call, so that messages of
 * several threads are not mixed within a line.
 */
#ifndef ANALYZER_ERROR_H
#define ANALYZER_ERROR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/diag.h"

#define ERROR_MESSAGE_MAX	2048
#define ERROR_LINE_MAX		(ERROR_MESSAGE_MAX + 64)

/* Say "PROGRAM: MESSAGE".  Return -1, always. */
int error(const char *fmt, ...) __attribute__((format(printf, 1, 2), cold));

/* Say "PROGRAM: warning: MESSAGE": the result is affected. */
void warning(const char *fmt, ...) __attribute__((format(printf, 1, 2), cold));

/* Say "PROGRAM: note: MESSAGE": worth knowing, the result is right. */
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2), cold));

/* Any of these */
void message(enum diag_kind kind, const char *fmt, va_list args)
	__attribute__((format(printf, 2, 0), cold));

/*
 * Messages of a kind of which a file may cause any number: the first few are
 * printed, the others counted.
 *
 *	if (few_more(&f))
 *		warning(...);
 *	...
 *	few_end(&f, "steps back of the log");
 *
 * A zeroed struct has seen none.  Any thread may call few_more() at any time.
 */
#define FEW_MAX	10u

struct few {
	uint64_t seen;
};

static inline bool few_more(struct few *f)
{
	return __atomic_fetch_add(&f->seen, 1, __ATOMIC_RELAXED) < FEW_MAX;
}

/* Say how many more of @what there were, if any. */
void few_end(const struct few *f, const char *what);

/* What a word ends in that @n goes before: 1 exit, 2 exits */
static inline const char *plural_s(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/*
 * Copy the @len bytes at @src to @dst, which has room for @size bytes (at least
 * 1), and terminate it.  Printable ASCII and valid UTF-8 from U+00A0 on that can
 * be seen are copied; every other byte becomes \xNN: controls, also those that
 * change the direction of text, and what is no UTF-8.  A backslash is copied too: the result
 * is for people, not to be undone.  What does not fit is left out, never half
 * an escape or half a character.
 *
 * Return the number of bytes of @src that were consumed: less than @len means
 * that the text was cut.
 */
size_t escape_text(char *dst, size_t size, const char *src, size_t len);

#endif /* ANALYZER_ERROR_H */
