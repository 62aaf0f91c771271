// SPDX-License-Identifier: GPL-2.0
#include "base/decimal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *decimal_u128(char buf[DECIMAL_U128_MAX], u128 v)
{
	char *p = buf + DECIMAL_U128_MAX - 1;
	uint64_t low;

	*p = '\0';
	while (v > UINT64_MAX) {
		*--p = '0' + (int)(v % 10);
		v /= 10;
	}
	low = v;
	do {
		*--p = '0' + low % 10;
		low /= 10;
	} while (low);
	return p;
}

/* @rest = @rest + @v modulo @whole, both below @whole.  Return the carry. */
static unsigned int add_modulo(u128 *rest, u128 v, u128 whole)
{
	if (*rest >= whole - v) {
		*rest -= whole - v;
		return 1;
	}
	*rest += v;
	return 0;
}

/* The next decimal digit of @rest / @whole, which overflows nothing */
static unsigned int next_digit(u128 *rest, u128 whole)
{
	const u128 v = *rest;
	unsigned int digit = 0, i;

	for (i = 1; i < 10; i++)
		digit += add_modulo(rest, v, whole);
	return digit;
}

u128 decimal_ratio(u128 part, u128 whole, unsigned int places)
{
	u128 v = part / whole, rest = part % whole;

	for (; places; places--)
		v = v * 10 + next_digit(&rest, whole);
	return v + (rest >= whole - rest);
}

const char *decimal_text(char buf[DECIMAL_MAX], u128 v, unsigned int places)
{
	char digits[DECIMAL_U128_MAX];
	const char *text = decimal_u128(digits, v);
	size_t len = strlen(text), zeros = len > places ? 0 : places + 1 - len;
	size_t whole;

	memset(buf, '0', zeros);
	memcpy(buf + zeros, text, len + 1);
	if (!places)
		return buf;
	whole = zeros + len - places;
	memmove(buf + whole + 1, buf + whole, places + 1);
	buf[whole] = '.';
	return buf;
}

/* With an exponent, as a decimal point is another one in other locales. */
double decimal_real(u128 v, unsigned int places)
{
	char digits[DECIMAL_U128_MAX], text[DECIMAL_U128_MAX + 16];

	snprintf(text, sizeof(text), "%se-%u", decimal_u128(digits, v), places);
	return strtod(text, NULL);
}

void decimal_group(char *to, const char *digits)
{
	size_t len = strspn(digits, "0123456789"), i;

	for (i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			*to++ = ',';
		*to++ = digits[i];
	}
	strcpy(to, digits + len);
}
