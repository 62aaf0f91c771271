// SPDX-License-Identifier: GPL-2.0
/*
 * riscv: the tracepoints of arch/riscv/kvm/trace.h, which Linux 6.11 was the first to
 * have.
 *
 * A kvm_exit has the CSRs of a trap into HS mode; numbers and names are those of the
 * RISC-V privileged specification ("scause", "htval", with the hypervisor
 * extension).  What an SBI call asked for is in registers that no event has.  Nor is
 * it said which vCPU it is of: the thread tells.
 */
#include <inttypes.h>
#include <stdio.h>

#include "event/machine.h"

#define TEXT(...)	snprintf(text, DETAIL_TEXT_MAX, __VA_ARGS__)

#define INTERRUPT		(1ull << 63)
#define INTERRUPT_32		(1ull << 31)	/* the same where registers have 32 bits */

#define ILLEGAL_INSTRUCTION	2u
#define VS_ECALL		10u
#define FETCH_GUEST_FAULT	20u
#define LOAD_GUEST_FAULT	21u
#define VIRTUAL_INSTRUCTION	22u
#define STORE_GUEST_FAULT	23u

/* No exception has a number of that size. */
static uint64_t code(uint32_t isa __attribute__((unused)),
		     uint64_t sort __attribute__((unused)), uint64_t scause)
{
	if (scause >> 31 == 1)
		scause ^= INTERRUPT_32 | INTERRUPT;
	return scause;
}

/* Formats have none. */
static const struct machine_name names[] = {
	{ 0, "INST_MISALIGNED" }, { 1, "INST_ACCESS" },
	{ ILLEGAL_INSTRUCTION, "INST_ILLEGAL" }, { 3, "BREAKPOINT" },
	{ 4, "LOAD_MISALIGNED" }, { 5, "LOAD_ACCESS" },
	{ 6, "STORE_MISALIGNED" }, { 7, "STORE_ACCESS" }, { 8, "U_ECALL" },
	{ 9, "HS_ECALL" }, { VS_ECALL, "VS_ECALL" }, { 11, "M_ECALL" },
	{ 12, "INST_PAGE_FAULT" }, { 13, "LOAD_PAGE_FAULT" },
	{ 15, "STORE_PAGE_FAULT" }, { 16, "DOUBLE_TRAP" },
	{ 18, "SOFTWARE_CHECK" }, { 19, "HARDWARE_ERROR" },
	{ FETCH_GUEST_FAULT, "INST_GUEST_PAGE_FAULT" },
	{ LOAD_GUEST_FAULT, "LOAD_GUEST_PAGE_FAULT" },
	{ VIRTUAL_INSTRUCTION, "VIRTUAL_INST" },
	{ STORE_GUEST_FAULT, "STORE_GUEST_PAGE_FAULT" },
	{ INTERRUPT | 1, "IRQ_S_SOFT" }, { INTERRUPT | 2, "IRQ_VS_SOFT" },
	{ INTERRUPT | 3, "IRQ_M_SOFT" }, { INTERRUPT | 5, "IRQ_S_TIMER" },
	{ INTERRUPT | 6, "IRQ_VS_TIMER" }, { INTERRUPT | 7, "IRQ_M_TIMER" },
	{ INTERRUPT | 9, "IRQ_S_EXT" }, { INTERRUPT | 10, "IRQ_VS_EXT" },
	{ INTERRUPT | 11, "IRQ_M_EXT" }, { INTERRUPT | 12, "IRQ_S_GEXT" },
	{ INTERRUPT | 13, "IRQ_PMU_OVF" },
};

/* htval has a guest physical address without its two lowest bits. */
static struct detail fault(enum detail_op op, uint64_t stval, uint64_t htval)
{
	return (struct detail){ .kind = DETAIL_FAULT, .op = op,
				.value = htval << 2 | (stval & 3) };
}

#define OPCODE_SYSTEM	0x73u
#define WFI		0x10500073u

/*
 * CSRRW and the like: funct3 says which, and whether the operand is a number.  One
 * that sets or clears no bit is a read.
 */
static struct detail csr_access(uint32_t insn)
{
	const uint32_t funct3 = insn >> 12 & 3, operand = insn >> 15 & 31;

	return (struct detail){ .kind = DETAIL_CSR, .value = insn >> 20,
				.op = funct3 == 1 || operand ? DETAIL_WRITE :
							       DETAIL_READ };
}

/* stval has the instruction; 0 where the CPU does not put it there */
static struct detail instruction(uint64_t stval)
{
	const uint32_t insn = stval;

	if (!stval)
		return (struct detail){ .kind = DETAIL_UNKNOWN };
	if (stval == WFI)
		return (struct detail){ .kind = DETAIL_WAIT,
					.value = DETAIL_WFI };
	if (insn == stval && (insn & 0x7f) == OPCODE_SYSTEM && insn >> 12 & 3)
		return csr_access(insn);
	return (struct detail){ .kind = DETAIL_INSTRUCTION, .value = stval };
}

/* The fields of kvm_exit, as machine_riscv names them */
enum exit_field {
	EXIT_SEPC,
	EXIT_STVAL,
	EXIT_HTVAL,
};

static void exit_detail(uint32_t isa __attribute__((unused)), uint64_t code,
			uint64_t reason __attribute__((unused)), const uint64_t *v,
			unsigned int has __attribute__((unused)), struct detail *d)
{
	*d = (struct detail){ .kind = DETAIL_NONE };
	switch (code) {
	case FETCH_GUEST_FAULT:
		*d = fault(DETAIL_FETCH, v[EXIT_STVAL], v[EXIT_HTVAL]);
		break;
	case LOAD_GUEST_FAULT:
		*d = fault(DETAIL_LOAD, v[EXIT_STVAL], v[EXIT_HTVAL]);
		break;
	case STORE_GUEST_FAULT:
		*d = fault(DETAIL_STORE, v[EXIT_STVAL], v[EXIT_HTVAL]);
		break;
	case VIRTUAL_INSTRUCTION:
	case ILLEGAL_INSTRUCTION:
		*d = instruction(v[EXIT_STVAL]);
		break;
	case VS_ECALL:
		*d = (struct detail){ .kind = DETAIL_UNKNOWN };
		break;
	}
}

/* Of those that a guest of KVM accesses and that may trap */
static const char *csr_name(uint64_t csr)
{
	static const struct machine_name csrs[] = {
		{ 0x001, "fflags" }, { 0x002, "frm" }, { 0x003, "fcsr" },
		{ 0x008, "vstart" }, { 0x00f, "vcsr" }, { 0x015, "seed" },
		{ 0x017, "jvt" }, { 0x100, "sstatus" }, { 0x104, "sie" },
		{ 0x106, "scounteren" }, { 0x10a, "senvcfg" },
		{ 0x10c, "sstateen0" }, { 0x144, "sip" },
		{ 0x14d, "stimecmp" }, { 0x150, "siselect" },
		{ 0x151, "sireg" }, { 0x15c, "stopei" }, { 0x180, "satp" },
		{ 0x5a8, "scontext" }, { 0x600, "hstatus" },
		{ 0x680, "hgatp" }, { 0xc00, "cycle" }, { 0xc01, "time" },
		{ 0xc02, "instret" }, { 0xda0, "scountovf" },
		{ 0xdb0, "stopi" },
	};
	unsigned int i;

	for (i = 0; i < sizeof(csrs) / sizeof(csrs[0]); i++)
		if (csrs[i].code == csr)
			return csrs[i].name;
	return NULL;
}

#define HPMCOUNTER	0xc00u		/* 3 to 31 above this */

static void csr_text(const struct detail *d, char *text)
{
	const char *name = csr_name(d->value);
	int len = TEXT("%s csr 0x%" PRIx64,
		       d->op == DETAIL_READ ? "read" : "write", d->value);

	if (name)
		snprintf(text + len, DETAIL_TEXT_MAX - len, " %s", name);
	else if (d->value - HPMCOUNTER < 32)
		snprintf(text + len, DETAIL_TEXT_MAX - len, " hpmcounter%u",
			 (unsigned int)(d->value - HPMCOUNTER));
}

static bool detail_text_riscv(const struct detail *d, char *text)
{
	if (d->kind != DETAIL_CSR)
		return false;
	csr_text(d, text);
	return true;
}

static const struct machine_sign signs[] = {
	{ "kvm_exit", "scause" }, { "kvm_entry", "pc" },
};

static const struct machine_isa isas[] = {
	{ ISA_RISCV, "riscv" },
};

const struct machine machine_riscv = {
	.name = "riscv",
	.system = "kvm",
	.entry = "kvm_entry",
	.exit = "kvm_exit",
	.signs = signs,
	.nr_signs = sizeof(signs) / sizeof(signs[0]),
	.reason_field = "scause",
	.isas = isas,
	.nr_isas = sizeof(isas) / sizeof(isas[0]),
	.code = code,
	.names = names,
	.nr_names = sizeof(names) / sizeof(names[0]),
	.exit_fields = {
		[EXIT_SEPC] = { "sepc" },
		[EXIT_STVAL] = { "stval" },
		[EXIT_HTVAL] = { "htval" },
	},
	.exit_detail = exit_detail,
	.detail_text = detail_text_riscv,
	.no_run_begin = true,
	.caveat = MACHINE_AFTER_INTERRUPTS("riscv", "kvm_exit"),
};
