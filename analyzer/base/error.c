// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

/*
 * Format characters (category Cf of Unicode 15) and separators of lines and
 * paragraphs: nobody sees them, and some turn around what is beside them.
 */
static bool is_invisible(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x00ad, 0x00ad }, { 0x0600, 0x0605 }, { 0x061c, 0x061c },
		{ 0x06dd, 0x06dd }, { 0x070f, 0x070f }, { 0x0890, 0x0891 },
		{ 0x08e2, 0x08e2 }, { 0x180e, 0x180e }, { 0x200b, 0x200f },
		{ 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0xfeff, 0xfeff },
		{ 0xfff9, 0xfffb }, { 0x110bd, 0x110bd }, { 0x110cd, 0x110cd },
		{ 0x13430, 0x1343f }, { 0x1bca0, 0x1bca3 },
		{ 0x1d173, 0x1d17a }, { 0xe0000, 0xe007f },
	};
	unsigned int i;

	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

/*
 * Length of the valid UTF-8 character at @s that no terminal takes for a
 * control: U+00A0 and above, neither overlong nor a surrogate, and to be seen.
 * 0: none.
 */
static size_t utf8_len(const uint8_t *s, size_t len)
{
	static const uint32_t lowest[] = { 0, 0, 0xa0, 0x800, 0x10000 };
	uint32_t c;
	size_t n, i;

	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		n = 2;
	else if ((s[0] & 0xf0) == 0xe0)
		n = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		n = 4;
	else
		return 0;
	if (n > len)
		return 0;

	c = s[0] & (0xff >> (n + 1));
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < lowest[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) ||
	    is_invisible(c))
		return 0;
	return n;
}

size_t escape_text(char *dst, size_t size, const char *src, size_t len)
{
	const uint8_t *s = (const uint8_t *)src;
	size_t in = 0, out = 0, n;
	char hex[5];

	while (in < len) {
		if (s[in] >= 0x20 && s[in] < 0x7f)
			n = 1;
		else
			n = s[in] >= 0x80 ? utf8_len(s + in, len - in) : 0;

		if (size - out <= (n ? n : 4))
			break;
		if (n) {
			memcpy(dst + out, s + in, n);
			out += n;
			in += n;
		} else {
			snprintf(hex, sizeof(hex), "\\x%02x", s[in++]);
			memcpy(dst + out, hex, 4);
			out += 4;
		}
	}
	dst[out] = '\0';
	return in;
}

/* Room for the name of the program and the kind of a message, and its end */
#define PREFIX_MAX	56u

static const char *const kinds[] = {
	[DIAG_ERROR] = "", [DIAG_WARNING] = "warning: ", [DIAG_NOTE] = "note: ",
};

/* What the program was called, as far as there is room, and what this is */
static size_t begin_line(const struct diag *d, char line[PREFIX_MAX],
			 const char *kind)
{
	size_t len;

	if (!d->program)
		return sprintf(line, "%s", kind);
	escape_text(line, PREFIX_MAX - strlen(kind) - 2, d->program,
		    strlen(d->program));
	len = strlen(line);
	return len + snprintf(line + len, PREFIX_MAX - len, ": %s", kind);
}

/* Put @line together.  Return where the message begins in it. */
static char *format_line(const struct diag *d, enum diag_kind kind,
			 char line[ERROR_LINE_MAX], const char *fmt,
			 va_list args)
{
	char raw[ERROR_MESSAGE_MAX], *text;
	int wanted;
	size_t len;

	wanted = vsnprintf(raw, sizeof(raw), fmt, args);
	if (wanted < 0)
		return NULL;
	len = strlen(raw);
	text = line + begin_line(d, line, kinds[kind]);
	/* Leave room for "...", a new line and the terminator. */
	if (escape_text(text, line + ERROR_LINE_MAX - text - 5, raw, len) < len ||
	    (size_t)wanted > len)
		strcat(text, "...");
	return text;
}

void message(enum diag_kind kind, const char *fmt, va_list args)
{
	const struct diag *d = diag_current();
	char line[ERROR_LINE_MAX], *text;

	text = format_line(d, kind, line, fmt, args);
	if (text)
		d->say(d->user, kind, line, text);
}

int error(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	message(DIAG_ERROR, fmt, args);
	va_end(args);
	return -1;
}

void warning(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	message(DIAG_WARNING, fmt, args);
	va_end(args);
}

void note(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	message(DIAG_NOTE, fmt, args);
	va_end(args);
}

void few_end(const struct few *f, const char *what)
{
	if (f->seen > FEW_MAX)
		note("not shown: %" PRIu64 " more %s", f->seen - FEW_MAX, what);
}
