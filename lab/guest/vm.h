/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A VM on /dev/kvm that runs the payload: memory, in-kernel interrupt
 * controller, and vCPUs that start in long mode.
 *
 * Functions return 0, or -1 after one line on stderr.
 */
#ifndef LAB_GUEST_VM_H
#define LAB_GUEST_VM_H

#include <linux/kvm.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.h"

struct vm {
	int kvm;		/* /dev/kvm */
	int fd;
	bool svm;		/* else VMX */
	uint8_t *memory;	/* GUEST_MEMORY bytes at guest address 0 */
	uint8_t *touch;		/* touch_bytes at GUEST_TOUCH, not present yet */
	size_t touch_bytes;
	size_t run_bytes;
	struct kvm_cpuid2 *cpuid;
};

struct vcpu {
	struct vm *vm;
	unsigned int id;
	int fd;
	struct kvm_run *run;
};

/* @touch_pages: fresh pages in all, to be shared out among the vCPUs. */
int vm_init(struct vm *vm, size_t touch_pages);
void vm_release(struct vm *vm);

/* The page that a vCPU finds its arguments in and leaves its results in. */
struct guest_args *vm_args(const struct vm *vm, unsigned int id);

int vcpu_init(struct vcpu *vcpu, struct vm *vm, unsigned int id);
void vcpu_release(struct vcpu *vcpu);

/* Report a failed call; returns -1. */
int vm_error(const char *what);

#endif
