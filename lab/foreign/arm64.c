// SPDX-License-Identifier: GPL-2.0
/* arm64: MMIO below the memory, PSCI by HVC, one ID register that is trapped. */
#include "machine.h"

#include <linux/kvm.h>
#include <stddef.h>
#include <sys/ioctl.h>

asm(".pushsection .rodata\n"
    ".balign 8\n"
    ".global payload_start, payload_end, payload_running\n"
    "payload_start:\n"
    "	mov	x19, x0\n"
    "	mov	x20, #0x8000000\n"		/* GUEST_MMIO */
    "1:	ldr	w1, [x20]\n"			/* DABT_LOW */
    "	add	w1, w1, #1\n"
    "	str	w1, [x20]\n"			/* DABT_LOW */
    "	mov	w0, #0x84000000\n"		/* PSCI_VERSION */
    "	hvc	#0\n"				/* HVC64 */
    "	mrs	x2, id_aa64pfr0_el1\n"		/* SYS64 */
    "	subs	x19, x19, #1\n"
    "	b.ne	1b\n"
    "	adr	x3, payload_running\n"
    "2:	ldaxr	w4, [x3]\n"
    "	sub	w4, w4, #1\n"
    "	stlxr	w5, w4, [x3]\n"
    "	cbnz	w5, 2b\n"
    "	cbnz	w4, 3f\n"
    "	mov	w0, #0x84000000\n"
    "	add	w0, w0, #8\n"			/* SYSTEM_OFF */
    "	hvc	#0\n"
    "3:	wfi\n"
    "	b	3b\n"
    "	.balign 4\n"
    "payload_running:\n"
    "	.word	0\n"
    "payload_end:\n"
    ".popsection\n");

const char isa_name[] = "arm64";
const uint64_t guest_memory = 0x40000000;
const struct round_exits round_exits[] = {
	{ "DABT_LOW", "esr_ec=0x24", 2 },
	{ "HVC64", "esr_ec=0x16", 1 },
	{ "SYS64", "esr_ec=0x18", 1 },
	{ NULL, NULL, 0 },
};

#define CORE_REGISTER(member)						\
	(KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE |		\
	 offsetof(struct kvm_regs, member) / sizeof(uint32_t))

int vcpu_begin(int vm, int vcpu, uint64_t rounds)
{
	struct kvm_vcpu_init init;

	if (ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init) < 0)
		return -1;
	init.features[0] |= 1u << KVM_ARM_VCPU_PSCI_0_2;
	if (ioctl(vcpu, KVM_ARM_VCPU_INIT, &init) < 0 ||
	    set_register(vcpu, CORE_REGISTER(regs.regs[0]), rounds) < 0)
		return -1;
	return set_register(vcpu, CORE_REGISTER(regs.pc), guest_memory);
}
