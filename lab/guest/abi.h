/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the VMM and its payload agree on: the layout of guest memory, the
 * operations, and the page of arguments and results that each vCPU has.
 */
#ifndef LAB_GUEST_ABI_H
#define LAB_GUEST_ABI_H

#include <stdint.h>

/*
 * Every operation executes one instruction that exits, always and once.
 * The names of its exit reason are those of the kernel's symbol tables.
 * The last column says whether that number is exact or only a lower bound:
 * nested page faults also happen on first use of code and page tables, DR
 * intercepts are lifted for one entry and an interrupt can restore them,
 * MSR exits include those that arm and acknowledge the timer.
 */
#define OPERATIONS(X)						\
	X(CPUID,  "cpuid",  "cpuid",     "CPUID",          1)	\
	X(OUT,    "out",    "io",        "IO_INSTRUCTION", 1)	\
	X(IN,     "in",     "io",        "IO_INSTRUCTION", 1)	\
	X(SLEEP,  "sleep",  "io",        "IO_INSTRUCTION", 1)	\
	X(MMIO,   "mmio",   "npf",       "EPT_MISCONFIG",  0)	\
	X(RDMSR,  "rdmsr",  "msr",       "MSR_READ",       0)	\
	X(WRMSR,  "wrmsr",  "msr",       "MSR_WRITE",      0)	\
	X(HLT,    "hlt",    "hlt",       "HLT",            1)	\
	X(VMCALL, "vmcall", "hypercall", "VMCALL",         1)	\
	X(CR,     "cr",     "write_cr4", "CR_ACCESS",      1)	\
	X(DR,     "dr",     "read_dr7",  "DR_ACCESS",      0)	\
	X(WBINVD, "wbinvd", "wbinvd",    "WBINVD",         1)	\
	X(TOUCH,  "touch",  "npf",       "EPT_VIOLATION",  0)	\
	X(ICR,    "icr",    "msr",       "MSR_WRITE",      0)

enum operation {
#define X(id, name, svm, vmx, exact) OP_##id,
	OPERATIONS(X)
#undef X
	OP_NR
};

/* Guest physical addresses; virtual ones are the same. */
#define GUEST_PAGE_TABLES	0x1000UL	/* 6 pages, built by the VMM */
#define GUEST_ARGS		0x8000UL	/* one page for each vCPU */
#define GUEST_STACKS		0x20000UL	/* one page for each vCPU */
#define GUEST_PAYLOAD		0x40000UL
#define GUEST_MEMORY		0x80000UL	/* bytes behind all of the above */
#define GUEST_TOUCH		0x40000000UL	/* memory not touched before */
#define GUEST_MMIO		0xd0000000UL	/* nothing there: exits to the VMM */

#define MAX_VCPUS		16
#define PAGE_BYTES		4096UL

#define PORT_IO			0x500	/* out, in */
#define PORT_SLEEP		0x501	/* the VMM sleeps */
#define PORT_DONE		0x502	/* the vCPU is not entered again */

#define IO_PATTERN		0x5aU		/* what IN and MMIO must read */
#define MMIO_PATTERN		0x5a5a5a5aU

/* Round trips in TSC cycles, as the guest sees them. */
struct op_result {
	uint64_t count;		/* how many to execute */
	uint64_t done;
	uint64_t sum;
	uint64_t min;
	uint64_t max;
};

struct guest_args {
	uint64_t seed;		/* order of operations; 0: round robin */
	uint64_t touch;		/* address of this vCPU's fresh pages */
	uint64_t hlt_ns;	/* timer that ends a HLT */
	uint64_t svm;		/* VMMCALL, not VMCALL */
	uint64_t cr4;		/* value in CR4: reading it may exit */
	uint64_t apic_base;	/* value of the MSR, for writing it back */
	uint64_t woken;		/* the timer interrupt came */
	uint64_t wrong;		/* operations with a wrong result */
	uint64_t finished;
	struct op_result op[OP_NR];
};

_Static_assert(sizeof(struct guest_args) <= PAGE_BYTES, "one page each");
_Static_assert(GUEST_ARGS + MAX_VCPUS * PAGE_BYTES <= GUEST_STACKS, "overlap");
_Static_assert(GUEST_STACKS + MAX_VCPUS * PAGE_BYTES <= GUEST_PAYLOAD, "overlap");

#endif
