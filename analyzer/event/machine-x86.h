/* SPDX-License-Identifier: GPL-2.0 */
/*
 * x86: Intel's VMX, AMD's SVM, and ISAs that nobody here has seen, by number.
 * The numbers are those of arch/x86/kvm/trace.h.
 *
 * Details are by the manuals: the exit qualification of VMX (Intel SDM, volume 3,
 * "Exit Qualification"), EXITINFO1 and EXITINFO2 of SVM (AMD APM, volume 2,
 * appendix C).
 */
#ifndef ANALYZER_MACHINE_X86_H
#define ANALYZER_MACHINE_X86_H

#include "event/machine.h"

#define ISA_VMX		1u		/* KVM_ISA_VMX */
#define ISA_SVM		2u		/* KVM_ISA_SVM */

extern const struct machine machine_x86;

/* What of a recorded reason is the code: see basic exit reason in the SDM. */
static inline uint64_t x86_code(uint32_t isa, uint64_t reason)
{
	return isa == ISA_VMX ? reason & 0xffff : reason;
}

/*
 * VMX has flags in the upper half of the exit reason, such as that of an exit on
 * a bus lock or of an entry that failed: what of @reason is one.
 */
uint16_t x86_flags(uint32_t isa, uint64_t reason);

/* What the kvm_exit of an old kernel does not say */
#define X86_LACKS_INFO		1u	/* info1 and info2 */
#define X86_LACKS_INTR_INFO	2u
#define X86_LACKS_ERROR_CODE	4u

/* What a kvm_exit says of itself, besides its reason */
struct x86_exit {
	uint64_t info1, info2;
	uint32_t intr_info, error_code;
	unsigned int lacks;		/* X86_LACKS_... */
};

/* DETAIL_UNKNOWN if @exit lacks what would tell, or of an ISA without a manual */
struct detail x86_detail(uint32_t isa, uint64_t code,
			 const struct x86_exit *exit);

#endif /* ANALYZER_MACHINE_X86_H */
