// SPDX-License-Identifier: GPL-2.0
#include "event/detail.h"

#include <string.h>

#include "base/compare.h"
#include "base/decimal.h"

void detail_merge(struct detail *to, const struct detail *event)
{
	uint16_t flags = to->flags | event->flags;

	if (detail_rank(event->kind) > detail_rank(to->kind))
		*to = *event;
	to->flags = flags;
}

/* KVM_TRACE_MMIO_WRITE of trace/events/kvm.h; 0 and 1 are reads */
#define MMIO_WRITE	2u

void detail_of_mmio(const uint64_t *v, struct detail *d)
{
	*d = (struct detail){
		.kind = DETAIL_MMIO, .value = v[0], .size = v[2],
		.op = v[1] == MMIO_WRITE ? DETAIL_WRITE : DETAIL_READ,
	};
}

void detail_to_range(struct detail *d, uint32_t bytes)
{
	if (d->kind != DETAIL_FAULT && d->kind != DETAIL_MMIO)
		return;
	*d = (struct detail){ .kind = d->kind, .size = bytes,
			      .value = d->value & -(uint64_t)bytes };
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

void detail_access_text(const struct detail *d, const char *what, char *text)
{
	char *end = decimal_append_hex(stpcpy(stpcpy(text, what), " "), d->value);

	if (d->size)
		end = decimal_append(stpcpy(end, " size "), d->size);
	*end = '\0';
}

const char *detail_kind_name(const struct detail *d)
{
	static const char *const names[DETAIL_KINDS] = {
		"none", "unknown", "other", "injected", "vector", "exception",
		"fault", "apic", "cr", "dr", "port", "msr", "mmio", "cpuid",
		"hypercall", "hyperv", "xen", "wait", "sysreg", "smccc",
		"csr", "instruction", "opcode", "program", "sigp", "diag",
		"hcall", "gspr", "accepted",
	};

	return names[d->kind];
}

int detail_has_value(const struct detail *d)
{
	return d->kind > DETAIL_OTHER;
}
