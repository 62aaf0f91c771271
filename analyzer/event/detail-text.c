// SPDX-License-Identifier: GPL-2.0
/*
 * The text of a detail: machines know those of their own.  (They do not see this
 * file; what they need of a detail is in detail.c.)
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "event/machine.h"

#define TEXT(...)	snprintf(text, DETAIL_TEXT_MAX, __VA_ARGS__)

/* Where it says what kind of access it was, it has no error code. */
static void fault_text(const struct detail *d, char *text)
{
	static const char *const access[DETAIL_OPS] = {
		[DETAIL_LOAD] = "load", [DETAIL_STORE] = "store",
		[DETAIL_FETCH] = "fetch",
	};

	text = decimal_append_hex(stpcpy(text, "fault "), d->value);
	if (access[d->op])
		text = stpcpy(stpcpy(text, " "), access[d->op]);
	else
		text = decimal_append_hex(stpcpy(text, " error "), d->error);
	*text = '\0';
}

static bool is_range(const struct detail *d)
{
	return (d->kind == DETAIL_FAULT || d->kind == DETAIL_MMIO) &&
	       d->size >= DETAIL_RANGE_MIN;
}

static void range_text(const struct detail *d, char *text)
{
	TEXT("%s 0x%" PRIx64 "-0x%" PRIx64, detail_kind_name(d), d->value,
	     d->value + (d->size - 1));
}

/* The kinds of detail that machines share */
static void shared_text(const struct detail *d, char *text)
{
	switch (d->kind) {
	case DETAIL_UNKNOWN:
	case DETAIL_OTHER:
		TEXT("%s", detail_kind_name(d));
		break;
	case DETAIL_INJECTED:
		TEXT("injected vector 0x%" PRIx64, d->value);
		break;
	case DETAIL_ACCEPTED:
		TEXT("accepted vector 0x%" PRIx64, d->value);
		break;
	case DETAIL_VECTOR:
		TEXT("vector 0x%" PRIx64, d->value);
		break;
	case DETAIL_FAULT:
		fault_text(d, text);
		break;
	case DETAIL_INSTRUCTION:
		TEXT("instruction 0x%" PRIx64, d->value);
		break;
	case DETAIL_WAIT:
		TEXT("%s", d->value == DETAIL_WFI ? "wfi" : "wfe");
		break;
	case DETAIL_MMIO:
		detail_access_text(d, d->op == DETAIL_READ ? "mmio read" :
							     "mmio write", text);
		break;
	default:
		TEXT("-");
	}
}

/* Whose kind of detail it is */
static void plain_text(const struct detail *d, char *text)
{
	const struct machine *m;

	if (is_range(d)) {
		range_text(d, text);
		return;
	}
	for (m = machine_next(NULL); m; m = machine_next(m))
		if (m->detail_text && m->detail_text(d, text))
			return;
	shared_text(d, text);
}

static void flags_text(const struct detail *d, char *text)
{
	const struct machine *m;

	for (m = machine_next(NULL); m; m = machine_next(m))
		if (m->flags_text)
			m->flags_text(d->flags, text, strlen(text));
}

void detail_text(const struct detail *d, char *text)
{
	text[0] = '\0';
	if (d->kind != DETAIL_NONE || !d->flags)
		plain_text(d, text);
	if (d->flags)
		flags_text(d, text);
}
