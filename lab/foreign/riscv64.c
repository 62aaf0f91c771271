// SPDX-License-Identifier: GPL-2.0
/* riscv64: MMIO below the memory, SBI by ECALL. */
#include "machine.h"

#include <linux/kvm.h>
#include <stddef.h>
#include <sys/ioctl.h>

asm(".pushsection .rodata\n"
    ".balign 8\n"
    ".global payload_start, payload_end, payload_running\n"
    "payload_start:\n"
    "	li	s1, 0x10000000\n"		/* GUEST_MMIO */
    "	mv	s0, a0\n"
    "1:	lw	t0, 0(s1)\n"			/* LOAD_GUEST_PAGE_FAULT */
    "	addi	t0, t0, 1\n"
    "	sw	t0, 0(s1)\n"			/* STORE_GUEST_PAGE_FAULT */
    "	li	a7, 0x10\n"			/* base extension: */
    "	li	a6, 0\n"			/* version of SBI */
    "	ecall\n"				/* VIRTUAL_SUPERVISOR_ECALL */
    "	addi	s0, s0, -1\n"
    "	bnez	s0, 1b\n"
    "	lla	t1, payload_running\n"
    "	li	t2, -1\n"
    "	amoadd.w.aqrl t3, t2, (t1)\n"
    "	addi	t3, t3, -1\n"
    "	bnez	t3, 3f\n"
    "	li	a7, 0x53525354\n"		/* SRST: */
    "	li	a6, 0\n"
    "	li	a0, 0\n"			/* shutdown */
    "	li	a1, 0\n"			/* for no reason */
    "	ecall\n"
    "3:	wfi\n"
    "	j	3b\n"
    "	.balign 4\n"
    "payload_running:\n"
    "	.word	0\n"
    "payload_end:\n"
    ".popsection\n");

const char isa_name[] = "riscv";
const uint64_t guest_memory = 0x80000000;
const struct round_exits round_exits[] = {
	{ "LOAD_GUEST_PAGE_FAULT", "scause=0x15", 1 },
	{ "STORE_GUEST_PAGE_FAULT", "scause=0x17", 1 },
	{ "VIRTUAL_SUPERVISOR_SYSCALL", "scause=0xa", 1 },
	{ NULL, NULL, 0 },
};

#define CORE_REGISTER(member)						\
	(KVM_REG_RISCV | KVM_REG_SIZE_U64 | KVM_REG_RISCV_CORE |	\
	 KVM_REG_RISCV_CORE_REG(member))

int vcpu_begin(int vm, int vcpu, uint64_t rounds)
{
	/* All but the first are stopped otherwise. */
	struct kvm_mp_state running = { .mp_state = KVM_MP_STATE_RUNNABLE };

	(void)vm;
	if (set_register(vcpu, CORE_REGISTER(regs.a0), rounds) < 0 ||
	    set_register(vcpu, CORE_REGISTER(regs.pc), guest_memory) < 0)
		return -1;
	return ioctl(vcpu, KVM_SET_MP_STATE, &running);
}
