/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Messages for the user, all of them on standard error.
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
 * ends in "...".  Each message is written with one call, so that messages of
 * several threads are not mixed within a line.
 */
#ifndef ANALYZER_ERROR_H
#define ANALYZER_ERROR_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define ERROR_MESSAGE_MAX	2048

/* Print "PROGRAM: MESSAGE", by the name it was called by.  Return -1, always. */
int error(const char *fmt, ...) __attribute__((format(printf, 1, 2), cold));

/* Print "PROGRAM: warning: MESSAGE": the result is affected. */
void warning(const char *fmt, ...) __attribute__((format(printf, 1, 2), cold));

/* Print "PROGRAM: note: MESSAGE": worth knowing, the result is right. */
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2), cold));

/* What a word ends in that @n goes before: 1 exit, 2 exits */
static inline const char *plural_s(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/*
 * Copy the @len bytes at @src to @dst, which has room for @size bytes (at least
 * 1), and terminate it.  Printable ASCII and valid UTF-8 from U+00A0 on are
 * copied; every other byte becomes \xNN.  A backslash is copied too: the result
 * is for people, not to be undone.  What does not fit is left out, never half
 * an escape or half a character.
 *
 * Return the number of bytes of @src that were consumed: less than @len means
 * that the text was cut.
 */
size_t escape_text(char *dst, size_t size, const char *src, size_t len);

#endif /* ANALYZER_ERROR_H */
