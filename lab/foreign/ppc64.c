// SPDX-License-Identifier: GPL-2.0
/* ppc64, little-endian, in real mode: MMIO above the memory, an hcall for KVM. */
#include "machine.h"

#include <linux/kvm.h>
#include <stddef.h>
#include <sys/ioctl.h>

asm(".pushsection .rodata\n"
    ".balign 8\n"
    ".global payload_start, payload_end, payload_running\n"
    "payload_start:\n"
    "	mr	31, 3\n"
    "	lis	30, 0x1000\n"			/* GUEST_MMIO */
    "1:	lwz	5, 0(30)\n"			/* H_DATA_STORAGE */
    "	addi	5, 5, 1\n"
    "	stw	5, 0(30)\n"			/* H_DATA_STORAGE */
    "	li	3, 0xe4\n"			/* H_CONFER */
    "	li	4, -1\n"			/* to all: KVM does nothing */
    "	sc	1\n"				/* SYSCALL */
    "	addic.	31, 31, -1\n"
    "	bne	1b\n"
    "	bl	2f\n"
    "2:	mflr	6\n"
    "	addi	6, 6, payload_running - 2b\n"
    "	sync\n"
    "3:	lwarx	7, 0, 6\n"
    "	addi	7, 7, -1\n"
    "	stwcx.	7, 0, 6\n"
    "	bne	3b\n"
    "	cmpwi	7, 0\n"
    "	bne	4f\n"
    "	li	3, 0\n"
    "	ori	3, 3, 0xf000\n"			/* H_RTAS: power-off */
    "	sc	1\n"
    "4:	li	8, -1\n"
    "	rldicl	8, 8, 0, 9\n"
    "	mtdec	8\n"				/* for two years */
    "	li	3, 0xe0\n"			/* H_CEDE: wait */
    "	sc	1\n"
    "	b	4b\n"
    "	.balign 4\n"
    "payload_running:\n"
    "	.long	0\n"
    "payload_end:\n"
    ".popsection\n");

const char isa_name[] = "powerpc";
const uint64_t guest_memory = 0;
const struct round_exits round_exits[] = {
	{ "H_DATA_STORAGE", "trap=0xe00", 2 },
	{ "SYSCALL", "trap=0xc00", 1 },
	{ NULL, NULL, 0 },
};

#define MSR_64BIT	(1ull << 63)
#define MSR_ME		(1ull << 12)
#define MSR_LE		(1ull << 0)
#define LPCR_LD		(1ull << 17)	/* a decrementer of 56 bits */

/* One of 32 bits would wake a vCPU that waits, after seconds. */
static int large_decrementer(int vcpu)
{
	uint64_t lpcr;
	struct kvm_one_reg reg = { KVM_REG_PPC_LPCR_64, (uintptr_t)&lpcr };

	if (ioctl(vcpu, KVM_GET_ONE_REG, &reg) < 0)
		return -1;
	return set_register(vcpu, KVM_REG_PPC_LPCR_64, lpcr | LPCR_LD);
}

int vcpu_begin(int vm, int vcpu, uint64_t rounds)
{
	struct kvm_enable_cap papr = { .cap = KVM_CAP_PPC_PAPR };
	struct kvm_regs regs = {
		.pc = guest_memory,
		.msr = MSR_64BIT | MSR_ME | MSR_LE,
		.gpr[3] = rounds,
	};

	(void)vm;
	if (ioctl(vcpu, KVM_ENABLE_CAP, &papr) < 0 || large_decrementer(vcpu) < 0)
		return -1;
	return ioctl(vcpu, KVM_SET_REGS, &regs);
}
