// SPDX-License-Identifier: GPL-2.0
/*
 * powerpc with KVM HV: the tracepoints of arch/powerpc/kvm/trace_hv.h, whose system is
 * kvm_hv.  An exit goes by the interrupt vector that ended the guest's turn: see
 * asm/kvm_asm.h.
 *
 * Up to POWER8 the thread that runs a virtual core has the events of all its vCPUs,
 * one after the other.
 */
#include <inttypes.h>
#include <stdio.h>

#include "event/hcalls.h"
#include "event/machine.h"

#define TEXT(...)	snprintf(text, DETAIL_TEXT_MAX, __VA_ARGS__)

#define RETURN_TO_HOST	0x0u
#define SYSCALL		0xc00u
#define DATA_STORAGE	0xe00u		/* of the hypervisor, likewise */
#define INST_STORAGE	0xe20u

static uint64_t code(uint32_t isa __attribute__((unused)),
		     uint64_t sort __attribute__((unused)), uint64_t trap)
{
	return trap;
}

/* Those of Linux 6.12's kvm_trace_symbol_exit, and those that it lacks */
static const struct machine_name names[] = {
	{ RETURN_TO_HOST, "RETURN_TO_HOST" }, { 0x100, "SYSTEM_RESET" },
	{ 0x200, "MACHINE_CHECK" }, { 0x300, "DATA_STORAGE" },
	{ 0x380, "DATA_SEGMENT" }, { 0x400, "INST_STORAGE" },
	{ 0x480, "INST_SEGMENT" }, { 0x500, "EXTERNAL" },
	{ 0x502, "EXTERNAL_HV" }, { 0x600, "ALIGNMENT" },
	{ 0x700, "PROGRAM" }, { 0x800, "FP_UNAVAIL" },
	{ 0x900, "DECREMENTER" }, { 0x980, "HV_DECREMENTER" },
	{ 0xa00, "DOORBELL" }, { SYSCALL, "SYSCALL" }, { 0xd00, "TRACE" },
	{ DATA_STORAGE, "H_DATA_STORAGE" },
	{ INST_STORAGE, "H_INST_STORAGE" }, { 0xe40, "H_EMUL_ASSIST" },
	{ 0xe60, "HMI" }, { 0xe80, "H_DOORBELL" }, { 0xea0, "H_VIRT" },
	{ 0xf00, "PERFMON" }, { 0xf20, "ALTIVEC" }, { 0xf40, "VSX" },
	{ 0xf60, "FAC_UNAVAIL" }, { 0xf80, "H_FAC_UNAVAIL" },
	{ 0x1500, "HV_SOFTPATCH" }, { 0x1980, "NESTED_HV_DECREMENTER" },
	{ 0x5555, "HV_RM_HARD" },
};

/* The fields of kvm_guest_exit, as machine_powerpc names them */
enum exit_field {
	EXIT_PC,
	EXIT_CEDED,
};

#define H_CEDE		0xe0u

/*
 * KVM answers H_CEDE, by which a vCPU halts, before kvm_guest_exit, and then has no
 * vector there: all that is left of it is that the vCPU has ceded.
 */
static void exit_detail(uint32_t isa __attribute__((unused)), uint64_t code,
			uint64_t reason __attribute__((unused)), const uint64_t *v,
			unsigned int has __attribute__((unused)), struct detail *d)
{
	const bool tells = code == SYSCALL || code == DATA_STORAGE ||
			   code == INST_STORAGE;

	if (code == RETURN_TO_HOST && v[EXIT_CEDED])
		*d = (struct detail){ .kind = DETAIL_HCALL, .value = H_CEDE };
	else
		*d = (struct detail){ .kind = tells ? DETAIL_UNKNOWN : DETAIL_NONE };
}

static void make_hcall(const uint64_t *v, struct detail *d)
{
	*d = (struct detail){ .kind = DETAIL_HCALL, .value = v[0] };
}

/* With hashed page tables only: an effective address and DSISR */
static void make_fault(const uint64_t *v, struct detail *d)
{
	*d = (struct detail){ .kind = DETAIL_FAULT, .value = v[0],
			      .error = v[1] };
}

static const struct machine_event inside[] = {
	{ "kvm_hcall_enter", .fields = { "req" }, .make = make_hcall },
	{ "kvm_page_fault_enter", .fields = { "ea", "dsisr" },
	  .make = make_fault },
};

static bool detail_text_powerpc(const struct detail *d, char *text)
{
	const char *name;

	if (d->kind != DETAIL_HCALL)
		return false;
	name = hcall_name(d->value);
	if (name)
		TEXT("hcall %s", name);
	else
		TEXT("hcall 0x%" PRIx64, d->value);
	return true;
}

static const struct machine_sign signs[] = {
	{ "kvm_guest_exit", "trap" }, { "kvm_guest_enter", "ceded" },
};

static const struct machine_isa isas[] = {
	{ ISA_POWERPC, "powerpc" },
};

const struct machine machine_powerpc = {
	.name = "powerpc",
	.system = "kvm_hv",
	.entry = "kvm_guest_enter",
	.exit = "kvm_guest_exit",
	.signs = signs,
	.nr_signs = sizeof(signs) / sizeof(signs[0]),
	.reason_field = "trap",
	.isas = isas,
	.nr_isas = sizeof(isas) / sizeof(isas[0]),
	.code = code,
	.names = names,
	.nr_names = sizeof(names) / sizeof(names[0]),
	.exit_fields = { [EXIT_PC] = { "pc" }, [EXIT_CEDED] = { "ceded" } },
	.exit_detail = exit_detail,
	.inside = inside,
	.nr_inside = sizeof(inside) / sizeof(inside[0]),
	.detail_text = detail_text_powerpc,
	.no_run_begin = true,
	.no_wakeup = true,
	.caveat = MACHINE_AFTER_INTERRUPTS("powerpc", "kvm_guest_exit")
		  "; hcalls that it handles in real mode are no exits; up to POWER8 vCPUs of a core share a thread, so that times of theirs are mixed",
};
