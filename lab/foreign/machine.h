/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs from one architecture to the next: a guest of a few instructions
 * whose exits are known, and how its vCPUs begin.
 *
 * The guest does @rounds times, on each vCPU:
 *
 *   read a word from GUEST_MMIO, add 1, write it back there; a call to the
 *   firmware that KVM answers itself; on arm64, read a system register that KVM
 *   emulates
 *
 * Then it takes 1 from the word at payload_running.  The vCPU that finds 0 there
 * switches the machine off by firmware; the others wait for an interrupt that
 * never comes.
 *
 * It uses no memory but the page that it is in, so nothing but its first
 * instruction faults for want of memory.
 */
#ifndef LAB_FOREIGN_MACHINE_H
#define LAB_FOREIGN_MACHINE_H

#include <stdint.h>

extern const char isa_name[];		/* as the analyzer calls it */
extern const uint64_t guest_memory;	/* guest physical address of the payload */
extern const uint8_t payload_start[], payload_end[];
extern const uint8_t payload_running[];	/* within it: vCPUs that still run, 32 bits */

/* Exits of one round, by reason; ends with a NULL. */
extern const struct round_exits {
	const char *reason;
	const char *field;		/* by which kvm_exit says so */
	unsigned int exits;
} round_exits[];

/*
 * Have a vCPU begin at guest_memory with @rounds in the register that the payload
 * counts down.  Returns 0, or -1 with errno.
 */
int vcpu_begin(int vm, int vcpu, uint64_t rounds);

/* KVM_SET_ONE_REG. */
int set_register(int vcpu, uint64_t id, uint64_t value);

#endif
