// SPDX-License-Identifier: GPL-2.0
/*
 * loongarch: the tracepoints of arch/loongarch/kvm/trace.h, which Linux 6.7 was the
 * first to have.
 *
 * An exit goes by the exception code of CSR.ESTAT: see EXCCODE_... of
 * asm/loongarch.h and the LoongArch Reference Manual, volume 1, "Exceptions".  The
 * guest is entered by kvm_enter from KVM_RUN, else by kvm_reenter.
 */
#include <inttypes.h>
#include <stdio.h>

#include "event/machine.h"

#define TEXT(...)	snprintf(text, DETAIL_TEXT_MAX, __VA_ARGS__)

#define EXC_TLBL	1u	/* up to TLBPE, 7: of addresses that no event has */
#define EXC_TLBPE	7u
#define EXC_GSPR	22u
#define EXC_HVC		23u

static uint64_t code(uint32_t isa __attribute__((unused)),
		     uint64_t sort __attribute__((unused)), uint64_t reason)
{
	return reason;
}

/* Formats name two that no kvm_exit has. */
static const struct machine_name names[] = {
	{ 0, "INT" }, { EXC_TLBL, "TLBL" }, { 2, "TLBS" }, { 3, "TLBI" },
	{ 4, "TLBM" }, { 5, "TLBNR" }, { 6, "TLBNX" }, { EXC_TLBPE, "TLBPE" },
	{ 8, "ADE" }, { 9, "ALE" }, { 10, "BCE" }, { 11, "SYS" },
	{ 12, "BP" }, { 13, "INE" }, { 14, "IPE" }, { 15, "FPDIS" },
	{ 16, "LSXDIS" }, { 17, "LASXDIS" }, { 18, "FPE" }, { 19, "WATCH" },
	{ 20, "BTDIS" }, { 21, "BTE" }, { EXC_GSPR, "GSPR" },
	{ EXC_HVC, "HVC" }, { 24, "GCM" }, { 25, "SE" },
};

static void exit_detail(uint32_t isa __attribute__((unused)), uint64_t code,
			uint64_t reason __attribute__((unused)),
			const uint64_t *v __attribute__((unused)),
			unsigned int has __attribute__((unused)), struct detail *d)
{
	const bool tells = code - EXC_TLBL <= EXC_TLBPE - EXC_TLBL ||
			   code == EXC_GSPR || code == EXC_HVC;

	*d = (struct detail){ .kind = tells ? DETAIL_UNKNOWN : DETAIL_NONE };
}

/*
 * Instructions that trap as privileged (GSPR), without their registers: which ones
 * they are would tell one use of an instruction from another.
 */
enum gspr {
	GSPR_CPUCFG,
	GSPR_CSRRD,
	GSPR_CSRWR,
	GSPR_CSRXCHG,
	GSPR_CACOP,
	GSPR_IOCSRRD,
	GSPR_IOCSRWR,
	GSPR_IDLE,
	GSPR_OTHER,
};

#define OP_CPUCFG	0x0000001bu	/* bits 31 to 10 */
#define OP_CSR		0x04u		/* bits 31 to 24 */
#define OP_CACOP	0x018u		/* bits 31 to 22 */
#define OP_IOCSR	0x00c90u	/* bits 31 to 15 */
#define OP_IDLE		0x00c91u

static struct detail gspr(enum gspr what, uint64_t number, uint32_t bytes)
{
	return (struct detail){ .kind = DETAIL_GSPR, .error = what,
				.value = number, .size = bytes };
}

static struct detail csr_access(uint32_t insn)
{
	const uint32_t csr = insn >> 10 & 0x3fff, rj = insn >> 5 & 31;

	return gspr(!rj ? GSPR_CSRRD : rj == 1 ? GSPR_CSRWR : GSPR_CSRXCHG, csr,
		    0);
}

/* Bits 14 to 10: a size in two bits, and the direction */
static struct detail iocsr_access(uint32_t insn)
{
	const uint32_t which = insn >> 10 & 31;

	if (which > 7)
		return gspr(GSPR_OTHER, insn, 0);
	return gspr(which & 4 ? GSPR_IOCSRWR : GSPR_IOCSRRD, 0, 1u << (which & 3));
}

static struct detail privileged(uint32_t insn)
{
	if (insn >> 10 == OP_CPUCFG)
		return gspr(GSPR_CPUCFG, 0, 0);
	if (insn >> 24 == OP_CSR)
		return csr_access(insn);
	if (insn >> 22 == OP_CACOP)
		return gspr(GSPR_CACOP, insn & 31, 0);
	if (insn >> 15 == OP_IOCSR)
		return iocsr_access(insn);
	if (insn >> 15 == OP_IDLE)
		return gspr(GSPR_IDLE, 0, 0);
	return gspr(GSPR_OTHER, insn, 0);
}

static void make_gspr(const uint64_t *v, struct detail *d)
{
	*d = privileged(v[0]);
}

static const struct machine_event inside[] = {
	{ "kvm_exit_gspr", .fields = { "inst_word" }, .make = make_gspr },
	{ "kvm_mmio", .fields = { "gpa", "type", "len" },
	  .make = detail_of_mmio },
};

static bool detail_text_loongarch(const struct detail *d, char *text)
{
	static const char *const gsprs[] = {
		[GSPR_CPUCFG] = "cpucfg", [GSPR_CSRRD] = "csrrd",
		[GSPR_CSRWR] = "csrwr", [GSPR_CSRXCHG] = "csrxchg",
		[GSPR_CACOP] = "cacop", [GSPR_IOCSRRD] = "iocsrrd",
		[GSPR_IOCSRWR] = "iocsrwr", [GSPR_IDLE] = "idle",
	};

	if (d->kind != DETAIL_GSPR)
		return false;
	/* A state may have any number here. */
	if (d->error >= GSPR_OTHER)
		TEXT("instruction 0x%" PRIx64, d->value);
	else if (d->size)
		TEXT("%s size %" PRIu32, gsprs[d->error], d->size);
	else if (d->error == GSPR_CPUCFG || d->error == GSPR_IDLE)
		TEXT("%s", gsprs[d->error]);
	else
		TEXT("%s 0x%" PRIx64, gsprs[d->error], d->value);
	return true;
}

/* mips has kvm_exit with a reason, too, and steps like these, but no vcpu_id. */
static const struct machine_sign signs[] = {
	{ "kvm_exit", "reason", "vcpu_id" }, { "kvm_enter", "vcpu_id" },
	{ "kvm_reenter", "vcpu_id" },
};

static const struct machine_isa isas[] = {
	{ ISA_LOONGARCH, "loongarch" },
};

const struct machine machine_loongarch = {
	.name = "loongarch",
	.system = "kvm",
	.entry = "kvm_enter",
	.again = "kvm_reenter",
	.exit = "kvm_exit",
	.signs = signs,
	.nr_signs = sizeof(signs) / sizeof(signs[0]),
	.reason_field = "reason",
	.isas = isas,
	.nr_isas = sizeof(isas) / sizeof(isas[0]),
	.code = code,
	.names = names,
	.nr_names = sizeof(names) / sizeof(names[0]),
	.exit_fields = { { "pc" } },
	.exit_detail = exit_detail,
	.inside = inside,
	.nr_inside = sizeof(inside) / sizeof(inside[0]),
	.detail_text = detail_text_loongarch,
	.no_run_begin = true,
	.caveat = MACHINE_AFTER_INTERRUPTS("loongarch", "kvm_exit"),
};
