// SPDX-License-Identifier: GPL-2.0
/*
 * arm64: the tracepoints of arch/arm64/kvm/trace_arm.h and trace_handle_exit.h.
 *
 * A kvm_exit says how the guest was left (ret: ARM_EXCEPTION_... of asm/kvm_asm.h)
 * and, of a trap, the exception class of ESR_EL2 (EC: Arm Architecture Reference
 * Manual, DDI 0487, "ESR_EL2").  The code of a trap is its class; that of any other
 * exit is 2^32 more than what it says.
 *
 * Which vCPU it is of is not said: the thread tells.
 */
#include <inttypes.h>
#include <stdio.h>

#include "event/machine.h"
#include "event/sysregs.h"

#define TEXT(...)	snprintf(text, DETAIL_TEXT_MAX, __VA_ARGS__)

#define RET_TRAP	2u			/* ARM_EXCEPTION_TRAP */
#define NO_TRAP(ret)	(1ull << 32 | (uint32_t)(ret))

/* Exception classes with a detail that an event inside the exit tells */
#define EC_WFX		0x01u
#define EC_HVC32	0x12u
#define EC_HVC64	0x16u
#define EC_SYS64	0x18u
#define EC_IABT_LOW	0x20u
#define EC_DABT_LOW	0x24u

/* In the syndrome of an abort: a write; not if it is of a walk of page tables */
#define ISS_WNR		(1u << 6)
#define ISS_S1PTW	(1u << 7)

static uint64_t code(uint32_t isa __attribute__((unused)), uint64_t sort,
		     uint64_t reason)
{
	return sort == RET_TRAP || sort == MACHINE_NO_SORT ? reason :
							     NO_TRAP(sort);
}

/*
 * The names of Linux 6.12's kvm_arm_exception_type and kvm_arm_exception_class, and
 * those that they lack.
 */
static const struct machine_name names[] = {
	{ NO_TRAP(0), "IRQ" }, { NO_TRAP(1), "SERROR" }, { NO_TRAP(3), "IL" },
	{ NO_TRAP(0xbadca11), "HYP_GONE" },
	{ 0x00, "UNKNOWN" }, { EC_WFX, "WFx" }, { 0x03, "CP15_32" },
	{ 0x04, "CP15_64" }, { 0x05, "CP14_MR" }, { 0x06, "CP14_LS" },
	{ 0x07, "FP_ASIMD" }, { 0x08, "CP10_ID" }, { 0x09, "PAC" },
	{ 0x0a, "OTHER" }, { 0x0c, "CP14_64" }, { 0x0d, "BTI" },
	{ 0x0e, "ILL" }, { 0x11, "SVC32" }, { EC_HVC32, "HVC32" },
	{ 0x13, "SMC32" }, { 0x15, "SVC64" },
	{ EC_HVC64, "HVC64" }, { 0x17, "SMC64" }, { EC_SYS64, "SYS64" },
	{ 0x19, "SVE" }, { 0x1a, "ERET" }, { 0x1c, "FPAC" }, { 0x1d, "SME" },
	{ 0x1f, "IMP_DEF" }, { EC_IABT_LOW, "IABT_LOW" },
	{ 0x21, "IABT_CUR" }, { 0x22, "PC_ALIGN" }, { EC_DABT_LOW, "DABT_LOW" },
	{ 0x25, "DABT_CUR" }, { 0x26, "SP_ALIGN" }, { 0x27, "MOPS" },
	{ 0x28, "FP_EXC32" }, { 0x2c, "FP_EXC64" }, { 0x2d, "GCS" },
	{ 0x2f, "SERROR" }, { 0x30, "BREAKPT_LOW" },
	{ 0x31, "BREAKPT_CUR" }, { 0x32, "SOFTSTP_LOW" },
	{ 0x33, "SOFTSTP_CUR" }, { 0x34, "WATCHPT_LOW" },
	{ 0x35, "WATCHPT_CUR" }, { 0x38, "BKPT32" }, { 0x3a, "VECTOR32" },
	{ 0x3c, "BRK64" },
};

/* The exit itself says nothing more: an event inside it does, if it is recorded. */
static void exit_detail(uint32_t isa __attribute__((unused)), uint64_t code,
			uint64_t reason __attribute__((unused)),
			const uint64_t *v __attribute__((unused)),
			unsigned int has __attribute__((unused)), struct detail *d)
{
	*d = (struct detail){ .kind = DETAIL_NONE };
	switch (code) {
	case EC_WFX:
	case EC_HVC32:
	case EC_HVC64:
	case EC_SYS64:
	case EC_IABT_LOW:
	case EC_DABT_LOW:
		*d = (struct detail){ .kind = DETAIL_UNKNOWN };
		break;
	}
}

static void make_fault(const uint64_t *v, struct detail *d)
{
	const uint64_t ipa = v[0], esr = v[1];
	const bool is_fetch = (esr >> 26 & 0x3f) == EC_IABT_LOW;
	const bool is_store = (esr & (ISS_WNR | ISS_S1PTW)) == ISS_WNR;

	*d = (struct detail){
		.kind = DETAIL_FAULT, .value = ipa,
		.op = is_fetch ? DETAIL_FETCH :
		      is_store ? DETAIL_STORE : DETAIL_LOAD,
	};
}

static void make_wait(const uint64_t *v, struct detail *d)
{
	*d = (struct detail){ .kind = DETAIL_WAIT,
			      .value = v[0] ? DETAIL_WFE : DETAIL_WFI };
}

static void make_hvc(const uint64_t *v, struct detail *d)
{
	const uint64_t immediate = v[1];

	*d = (struct detail){ .kind = DETAIL_SMCCC, .error = immediate,
			      .value = immediate ? 0 : (uint32_t)v[0] };
}

/*
 * The syndrome of a trapped MSR, MRS or system instruction: its "ISS encoding".  It
 * has all that is in the kvm_sys_access that follows.
 */
static void make_sysreg(const uint64_t *v, struct detail *d)
{
	const uint64_t esr = v[0];

	*d = (struct detail){
		.kind = DETAIL_SYSREG, .op = esr & 1 ? DETAIL_READ : DETAIL_WRITE,
		.value = SYSREG(esr >> 20 & 3, esr >> 14 & 7, esr >> 10 & 15,
				esr >> 1 & 15, esr >> 17 & 7),
	};
}

static const struct machine_event inside[] = {
	{ "kvm_guest_fault", .fields = { "ipa", "hsr" }, .make = make_fault },
	{ "kvm_mmio", .fields = { "gpa", "type", "len" },
	  .make = detail_of_mmio },
	{ "kvm_wfx_arm64", .fields = { "is_wfe" }, .make = make_wait },
	{ "kvm_hvc_arm64", .fields = { "r0", "imm" }, .make = make_hvc },
	{ "kvm_handle_sys_reg", .fields = { "hsr" }, .make = make_sysreg },
};

/*
 * Functions of PSCI (Arm DEN0022), of which those with 64-bit arguments have one bit
 * more, and of the calling convention itself (Arm DEN0028)
 */
#define SMCCC_64	0x40000000u
#define PSCI		0x84000000u

static const char *psci_name(uint32_t function)
{
	static const char *const psci[] = {
		"PSCI_VERSION", "CPU_SUSPEND", "CPU_OFF", "CPU_ON",
		"AFFINITY_INFO", "MIGRATE", "MIGRATE_INFO_TYPE",
		"MIGRATE_INFO_UP_CPU", "SYSTEM_OFF", "SYSTEM_RESET",
		"PSCI_FEATURES", "CPU_FREEZE", "CPU_DEFAULT_SUSPEND",
		"NODE_HW_STATE", "SYSTEM_SUSPEND", "PSCI_SET_SUSPEND_MODE",
		"PSCI_STAT_RESIDENCY", "PSCI_STAT_COUNT", "SYSTEM_RESET2",
		"MEM_PROTECT", "MEM_PROTECT_CHECK_RANGE",
	};
	const uint32_t number = (function & ~SMCCC_64) - PSCI;

	return number < sizeof(psci) / sizeof(psci[0]) ? psci[number] : NULL;
}

/* Those of include/linux/arm-smccc.h that a guest of KVM calls */
static const char *function_name(uint32_t function)
{
	static const struct machine_name functions[] = {
		{ 0x80000000, "SMCCC_VERSION" },
		{ 0x80000001, "SMCCC_ARCH_FEATURES" },
		{ 0x80000002, "SMCCC_ARCH_SOC_ID" },
		{ 0x80003fff, "SMCCC_ARCH_WORKAROUND_3" },
		{ 0x80007fff, "SMCCC_ARCH_WORKAROUND_2" },
		{ 0x80008000, "SMCCC_ARCH_WORKAROUND_1" },
		{ 0x84000050, "TRNG_VERSION" }, { 0x84000051, "TRNG_FEATURES" },
		{ 0x84000052, "TRNG_GET_UUID" }, { 0x84000053, "TRNG_RND" },
		{ 0xc4000053, "TRNG_RND" },
		{ 0xc5000020, "PV_TIME_FEATURES" }, { 0xc5000021, "PV_TIME_ST" },
		{ 0x8600ff01, "VENDOR_HYP_CALL_UID" },
		{ 0x86000000, "KVM_FEATURES" }, { 0x86000001, "KVM_PTP" },
		{ 0xc6000002, "KVM_HYP_MEMINFO" }, { 0xc6000003, "KVM_MEM_SHARE" },
		{ 0xc6000004, "KVM_MEM_UNSHARE" },
	};
	const char *name = psci_name(function);
	unsigned int i;

	for (i = 0; !name && i < sizeof(functions) / sizeof(functions[0]); i++)
		if (functions[i].code == function)
			name = functions[i].name;
	return name;
}

/* Who owns a range of functions: bits 29 to 24 */
static const char *owner_name(uint32_t function)
{
	static const char *const owners[] = {
		"arch", "cpu", "sip", "oem", "standard", "standard_hyp",
		"vendor_hyp",
	};
	const uint32_t owner = function >> 24 & 0x3f;

	if (owner < sizeof(owners) / sizeof(owners[0]))
		return owners[owner];
	return owner >= 48 ? "trusted" : "reserved";
}

static void hvc_text(const struct detail *d, char *text)
{
	const uint32_t function = d->value;
	const char *name = function_name(function);

	if (d->error)
		TEXT("hvc #0x%" PRIx64, d->error);
	else
		TEXT("hvc 0x%" PRIx32 " %s", function,
		     name ? name : owner_name(function));
}

static void sysreg_access_text(const struct detail *d, char *text)
{
	char name[SYSREG_TEXT_MAX];

	sysreg_text(d->value, name, sizeof(name));
	TEXT("%s %s", d->op == DETAIL_READ ? "read" : "write", name);
}

static bool detail_text_arm64(const struct detail *d, char *text)
{
	switch (d->kind) {
	case DETAIL_SMCCC:
		hvc_text(d, text);
		return true;
	case DETAIL_SYSREG:
		sysreg_access_text(d, text);
		return true;
	}
	return false;
}

static const struct machine_sign signs[] = {
	{ "kvm_exit", "vcpu_pc" }, { "kvm_entry", "vcpu_pc" },
};

static const struct machine_isa isas[] = {
	{ ISA_ARM64, "arm64" },
};

_Static_assert(sizeof(inside) / sizeof(inside[0]) <= MACHINE_INSIDE,
	       "more events than there is room for");

const struct machine machine_arm64 = {
	.name = "arm64",
	.system = "kvm",
	.entry = "kvm_entry",
	.exit = "kvm_exit",
	.signs = signs,
	.nr_signs = sizeof(signs) / sizeof(signs[0]),
	/* Linux 4.0 and before has other names, or no ret. */
	.reason_field = "esr_ec",
	.reason_older = "exit_reason",
	.sort_field = "ret",
	.sort_older = "idx",
	.isas = isas,
	.nr_isas = sizeof(isas) / sizeof(isas[0]),
	.code = code,
	.names = names,
	.nr_names = sizeof(names) / sizeof(names[0]),
	.exit_fields = { { "vcpu_pc" } },
	.exit_detail = exit_detail,
	.inside = inside,
	.nr_inside = sizeof(inside) / sizeof(inside[0]),
	.detail_text = detail_text_arm64,
	.no_run_begin = true,
	.caveat = MACHINE_AFTER_INTERRUPTS("arm64", "kvm_exit"),
};
