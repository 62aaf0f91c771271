// SPDX-License-Identifier: GPL-2.0
#include "base/decimal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "00" to "99" */
static const char pairs[] =
	"00010203040506070809" "10111213141516171819" "20212223242526272829"
	"30313233343536373839" "40414243444546474849" "50515253545556575859"
	"60616263646566676869" "70717273747576777879" "80818283848586878889"
	"90919293949596979899";

/* The digits of @v end before @end.  Return the first of them. */
static char *digits_before(char *end, uint64_t v)
{
	for (; v >= 100; v /= 100) {
		end -= 2;
		memcpy(end, pairs + 2 * (v % 100), 2);
	}
	if (v < 10) {
		*--end = '0' + v;
		return end;
	}
	end -= 2;
	memcpy(end, pairs + 2 * v, 2);
	return end;
}

static unsigned int count_digits(uint64_t v)
{
	unsigned int nr = 1;

	for (; v >= 10000; v /= 10000)
		nr += 4;
	return nr + (v >= 10) + (v >= 100) + (v >= 1000);
}

const char *decimal_u128(char buf[DECIMAL_U128_MAX], u128 v)
{
	char *p = buf + DECIMAL_U128_MAX - 1;

	*p = '\0';
	for (; v > UINT64_MAX; v /= 10)
		*--p = '0' + (int)(v % 10);
	return digits_before(p, v);
}

char *decimal_append(char *to, u128 v)
{
	char buf[DECIMAL_U128_MAX];
	unsigned int nr;

	if (v < 10) {
		*to = '0' + v;
		return to + 1;
	}
	if (v > UINT64_MAX)
		return stpcpy(to, decimal_u128(buf, v));
	nr = count_digits(v);
	digits_before(to + nr, v);
	return to + nr;
}

char *decimal_append_hex(char *to, uint64_t v)
{
	unsigned int nr = v ? (67 - __builtin_clzll(v)) / 4 : 1;

	*to++ = '0';
	*to++ = 'x';
	while (nr--)
		*to++ = "0123456789abcdef"[v >> 4 * nr & 15];
	return to;
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

static const uint32_t powers[DECIMAL_PLACES_MAX + 1] = {
	1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000,
};

/* Most are short, and 128 bits are not divided as fast. */
static u128 divide(u128 v, uint32_t by, uint32_t *rest)
{
	if (v <= UINT64_MAX) {
		*rest = (uint64_t)v % by;
		return (uint64_t)v / by;
	}
	*rest = v % by;
	return v / by;
}

char *decimal_append_places(char *to, u128 v, unsigned int places)
{
	uint32_t rest;
	char *digits;

	to = decimal_append(to, divide(v, powers[places], &rest));
	if (!places)
		return to;
	*to++ = '.';
	digits = digits_before(to + places, rest);
	while (digits > to)
		*--digits = '0';
	return to + places;
}

const char *decimal_text(char buf[DECIMAL_MAX], u128 v, unsigned int places)
{
	*decimal_append_places(buf, v, places) = '\0';
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
