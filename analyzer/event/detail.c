// SPDX-License-Identifier: GPL-2.0
#include "event/detail.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/compare.h"
#include "event/machine.h"

void detail_merge(struct detail *to, const struct detail *event)
{
	uint16_t flags = to->flags | event->flags;

	if (detail_rank(event->kind) > detail_rank(to->kind))
		*to = *event;
	to->flags = flags;
}

int detail_compare(const struct detail *a, const struct detail *b)
{
	int order = compare_u64(a->kind, b->kind);

	if (!order)
		order = compare_u64(a->value, b->value);
	if (!order)
		order = compare_u64(a->op, b->op);
	if (!order)
		order = compare_u64(a->size, b->size);
	if (!order)
		order = compare_u64(a->error, b->error);
	return order ? order : compare_u64(a->flags, b->flags);
}

#define TEXT(...)	snprintf(text, DETAIL_TEXT_MAX, __VA_ARGS__)

void detail_access_text(const struct detail *d, const char *what, char *text)
{
	int len = TEXT("%s 0x%" PRIx64, what, d->value);

	if (d->size)
		snprintf(text + len, DETAIL_TEXT_MAX - len, " size %" PRIu32,
			 d->size);
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
	case DETAIL_VECTOR:
		TEXT("vector 0x%" PRIx64, d->value);
		break;
	case DETAIL_FAULT:
		TEXT("fault 0x%" PRIx64 " error 0x%" PRIx64, d->value, d->error);
		break;
	case DETAIL_MMIO:
		detail_access_text(d, d->op == DETAIL_READ ? "mmio read" :
							     "mmio write", text);
		break;
	case DETAIL_HYPERCALL:
		TEXT("hypercall %" PRIu64, d->value);
		break;
	default:
		TEXT("-");
	}
}

/* Whose kind of detail it is */
static void plain_text(const struct detail *d, char *text)
{
	const struct machine *m;

	for (m = machine_next(NULL); m; m = machine_next(m))
		if (m->detail_text(d, text))
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

const char *detail_kind_name(const struct detail *d)
{
	static const char *const names[DETAIL_KINDS] = {
		"none", "unknown", "other", "injected", "vector", "exception",
		"fault", "apic", "cr", "dr", "port", "msr", "mmio", "cpuid",
		"hypercall", "hyperv", "xen",
	};

	return names[d->kind];
}

int detail_has_value(const struct detail *d)
{
	return d->kind > DETAIL_OTHER;
}
