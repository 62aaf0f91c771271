/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which guest exited: that of the host, or one that runs in it?
 *
 * KVM on x86 records kvm_nested_vmexit between the kvm_exit and the kvm_entry of each
 * exit of L2, whether it goes to L1 or KVM handles it: nested_vmx_reflect_vmexit() and
 * svm_handle_exit().  The one exception is an exit by VMX's preemption timer that the
 * fast path handles: see docs/accounting.md.
 */
#ifndef ANALYZER_LEVEL_H
#define ANALYZER_LEVEL_H

enum level {
	LEVEL_NONE,		/* exits are not grouped by it */
	LEVEL_UNKNOWN,		/* what would tell is not recorded, or lost */
	LEVEL_L1,		/* the guest */
	LEVEL_L2,		/* a guest of the guest */
};

#define LEVEL_LAST	LEVEL_L2

#endif /* ANALYZER_LEVEL_H */
