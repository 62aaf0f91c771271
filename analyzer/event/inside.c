// SPDX-License-Identifier: GPL-2.0
#include "event/inside.h"

#include <string.h>

static struct detail make_access(enum detail_kind kind, uint64_t value,
				 bool write, uint32_t size)
{
	return (struct detail){ .kind = kind, .value = value, .size = size,
				.op = write ? DETAIL_WRITE : DETAIL_READ };
}

static struct detail make_pio(const uint64_t *v)
{
	return make_access(DETAIL_PORT, v[0], v[1], v[2]);
}

static struct detail make_msr(const uint64_t *v)
{
	return make_access(DETAIL_MSR, v[0], v[1], 0);
}

/* KVM_TRACE_MMIO_WRITE; 0 and 1 are reads */
#define MMIO_WRITE	2u

static struct detail make_mmio(const uint64_t *v)
{
	return make_access(DETAIL_MMIO, v[0], v[1] == MMIO_WRITE, v[2]);
}

/* The kernel does not look how long it is: a device wants to be kicked. */
static struct detail make_fast_mmio(const uint64_t *v)
{
	return make_access(DETAIL_MMIO, v[0], true, 0);
}

static struct detail make_fault(const uint64_t *v)
{
	return (struct detail){ .kind = DETAIL_FAULT, .value = v[0],
				.error = v[1] };
}

static struct detail make_cr(const uint64_t *v)
{
	return make_access(DETAIL_CR, v[0], v[1], 0);
}

static struct detail make_cpuid(const uint64_t *v)
{
	return (struct detail){ .kind = DETAIL_CPUID, .value = v[0] };
}

static struct detail make_hypercall(const uint64_t *v)
{
	return (struct detail){ .kind = DETAIL_HYPERCALL, .value = v[0] };
}

static struct detail make_hyperv(const uint64_t *v)
{
	return (struct detail){ .kind = DETAIL_HYPERV, .value = v[0] };
}

static struct detail make_xen(const uint64_t *v)
{
	return (struct detail){ .kind = DETAIL_XEN, .value = v[0] };
}

static struct detail make_virq(const uint64_t *v)
{
	return (struct detail){ .kind = DETAIL_INJECTED, .value = v[0] };
}

/* The fields that are wanted, in the order in which make() has them */
static const struct inside_def {
	const char *name;
	const char *fields[INSIDE_FIELDS];
	struct detail (*make)(const uint64_t v[INSIDE_FIELDS]);
	const char *older;	/* name of the first field in older kernels */
} defs[INSIDE_EVENTS] = {
	{ "kvm_pio", { "port", "rw", "size" }, make_pio },
	{ "kvm_msr", { "ecx", "write" }, make_msr },
	{ "kvm_mmio", { "gpa", "type", "len" }, make_mmio },
	{ "kvm_fast_mmio", { "gpa" }, make_fast_mmio },
	{ "kvm_page_fault", { "fault_address", "error_code" }, make_fault },
	{ "kvm_cr", { "cr", "rw" }, make_cr },
	{ "kvm_cpuid", { "function" }, make_cpuid },
	{ "kvm_hypercall", { "nr" }, make_hypercall },
	{ "kvm_hv_hypercall", { "code" }, make_hyperv },
	{ "kvm_xen_hypercall", { "nr" }, make_xen },
	{ "kvm_inj_virq", { "vector" }, make_virq, "irq" },
};

static int lookup_exit(struct inside *in, const struct source *src)
{
	struct parse_field *f = in->exit.fields;
	/* Linux 4.x has info1 and info2, and neither of the others. */
	const struct parse_wanted wanted[INSIDE_FIELDS] = {
		{ &f[0], "guest_rip" },
		{ &f[1], "info1", .optional = true },
		{ &f[2], "info2", .optional = true },
		{ &f[3], "intr_info", .optional = true },
		{ &f[4], "error_code", .optional = true },
	};

	return parse_lookup(in->p, src, "kvm", "kvm_exit", &in->exit.event,
			    wanted, INSIDE_FIELDS);
}

static int lookup(const struct inside *in, const struct source *src,
		  const struct inside_def *def, struct inside_event *e)
{
	struct parse_wanted wanted[INSIDE_FIELDS] = { 0 };
	unsigned int nr = 0;

	for (; nr < INSIDE_FIELDS && def->fields[nr]; nr++) {
		wanted[nr].field = &e->fields[nr];
		wanted[nr].name = def->fields[nr];
	}
	wanted[0].older = def->older;
	return parse_lookup(in->p, src, "kvm", def->name, &e->event, wanted, nr);
}

int inside_init(struct inside *in, const struct parse *p,
		const struct source *src)
{
	unsigned int i;

	memset(in, 0, sizeof(*in));
	in->p = p;
	if (lookup_exit(in, src) < 0)
		return -1;
	for (i = 0; i < INSIDE_EVENTS; i++) {
		if (lookup(in, src, &defs[i], &in->events[i]) < 0)
			return -1;
		if (in->events[i].event.present)
			in->index[in->events[i].event.id] = i + 1;
	}
	return 0;
}

bool inside_event(const struct inside *in, const struct subbuf_record *rec,
		  struct detail *d)
{
	unsigned int i = in->index[subbuf_event_id(rec)], j;
	const struct inside_event *e;
	uint64_t v[INSIDE_FIELDS];

	if (!i)
		return false;
	e = &in->events[--i];
	if (rec->len < e->event.min_len)
		return false;
	for (j = 0; j < INSIDE_FIELDS && defs[i].fields[j]; j++)
		v[j] = parse_get(rec->data, e->fields[j]);
	*d = defs[i].make(v);
	return true;
}

/* What @rec has of @f; otherwise 0, and @exit lacks it. */
static uint64_t get_optional(const struct subbuf_record *rec,
			     struct parse_field f, struct detail_exit *exit,
			     unsigned int lacks)
{
	if (parse_has(f))
		return parse_get(rec->data, f);
	exit->lacks |= lacks;
	return 0;
}

/* Before Linux 5.10 info2 of VMX was what has a field of its own since then. */
static void take_old_intr_info(struct detail_exit *exit)
{
	exit->intr_info = exit->info2;
	exit->lacks &= ~DETAIL_LACKS_INTR_INFO;
}

bool inside_exit(const struct inside *in, const struct subbuf_record *rec,
		 uint32_t isa, uint64_t code, uint64_t *rip, struct detail *d)
{
	const struct parse_field *f = in->exit.fields;
	struct detail_exit exit = { .lacks = 0 };

	if (rec->len < in->exit.event.min_len)
		return false;
	exit.rip = parse_get(rec->data, f[0]);
	exit.info1 = get_optional(rec, f[1], &exit, DETAIL_LACKS_INFO);
	exit.info2 = get_optional(rec, f[2], &exit, DETAIL_LACKS_INFO);
	exit.intr_info = get_optional(rec, f[3], &exit, DETAIL_LACKS_INTR_INFO);
	exit.error_code = get_optional(rec, f[4], &exit,
				       DETAIL_LACKS_ERROR_CODE);
	if (isa == ISA_VMX && !parse_has(f[3]) && parse_has(f[2]))
		take_old_intr_info(&exit);
	*rip = exit.rip;
	*d = detail_of_exit(isa, code, &exit);
	d->flags = detail_flags(isa, parse_exit_reason(in->p, rec));
	return true;
}
