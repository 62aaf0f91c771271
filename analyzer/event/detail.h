/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The detail of an exit: what a person asks next.  Which port, MSR, address,
 * register, leaf, vector?
 *
 * A detail comes from the exit itself, as far as its machine can tell (machine.h).
 * Or it comes from an event inside the exit, and the more telling one stays: see
 * detail_merge().
 */
#ifndef ANALYZER_DETAIL_H
#define ANALYZER_DETAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/compiler.h"

#define DETAIL_TEXT_MAX	136u

/* States have these numbers: new kinds go to the end. */
enum detail_kind {
	DETAIL_NONE,		/* there is nothing to tell */
	DETAIL_UNKNOWN,		/* what would tell is not recorded */
	DETAIL_OTHER,		/* one of those that had no room: see group.h */
	DETAIL_INJECTED,	/* vector injected before the guest went on */
	DETAIL_VECTOR,		/* of an interrupt or an EOI that exited */
	DETAIL_EXCEPTION,	/* vector; of #PF, see DETAIL_FAULT */
	DETAIL_FAULT,		/* address, error code */
	DETAIL_APIC,		/* register of the APIC by its offset, direction */
	DETAIL_CR,		/* register, direction */
	DETAIL_DR,		/* register, direction */
	DETAIL_PORT,		/* port, direction, size */
	DETAIL_MSR,		/* MSR, direction */
	DETAIL_MMIO,		/* address, direction, size */
	DETAIL_CPUID,		/* leaf */
	DETAIL_HYPERCALL,	/* number; of KVM's own, */
	DETAIL_HYPERV,		/* of Hyper-V's */
	DETAIL_XEN,		/* and of Xen's */
	DETAIL_WAIT,		/* enum detail_wait */
	DETAIL_SYSREG,		/* register (sysregs.h), direction */
	DETAIL_SMCCC,		/* function, by Arm's SMC Calling Convention; an HVC
				   whose immediate, in @error, is not 0 has none */
	DETAIL_CSR,		/* of riscv: its number, direction */
	DETAIL_INSTRUCTION,	/* its encoding */
	DETAIL_OPCODE,		/* of an instruction of s390 */
	DETAIL_PROGRAM,		/* interruption of s390 */
	DETAIL_SIGP,		/* order */
	DETAIL_DIAG,		/* function of DIAGNOSE */
	DETAIL_HCALL,		/* of powerpc */
	DETAIL_GSPR,		/* privileged instruction of loongarch; which one is in
				   @error */
	DETAIL_ACCEPTED,	/* vector that the APIC accepted meanwhile */
	DETAIL_KINDS,
	DETAIL_NESTED = DETAIL_KINDS,	/* no detail: of an event that tells the level */
};

#define DETAIL_RANK_FINAL	4

/* See detail_merge(). */
static const uint8_t detail_ranks[DETAIL_KINDS + 1] = {
	[DETAIL_ACCEPTED] = 1,
	[DETAIL_INJECTED] = 2,
	[DETAIL_VECTOR] = 3, [DETAIL_EXCEPTION] = 3, [DETAIL_FAULT] = 3,
	[DETAIL_OPCODE] = 3, [DETAIL_PROGRAM] = 3,
	[DETAIL_APIC ... DETAIL_INSTRUCTION] = DETAIL_RANK_FINAL,
	[DETAIL_SIGP ... DETAIL_GSPR] = DETAIL_RANK_FINAL,
};

ALWAYS_INLINE int detail_rank(enum detail_kind kind)
{
	return detail_ranks[kind];
}

/* Direction and, of DETAIL_CR and DETAIL_FAULT, what else there is */
enum detail_op {
	DETAIL_READ,		/* in, rdmsr */
	DETAIL_WRITE,		/* out, wrmsr */
	DETAIL_CLTS,
	DETAIL_LMSW,
	DETAIL_LOAD,		/* the next three are of faults without an error */
	DETAIL_STORE,
	DETAIL_FETCH,		/* of an instruction */
	DETAIL_OPS,
};

/* An instruction that waits, and has nothing to say besides */
enum detail_wait {
	DETAIL_WFI,
	DETAIL_WFE,
};

/* Has no holes: details are compared and hashed as a whole. */
struct detail {
	uint64_t value;		/* the number or address */
	uint64_t error;		/* of DETAIL_FAULT, DETAIL_SMCCC, DETAIL_GSPR */
	uint32_t size;		/* bytes; 0: unknown, or it has none */
	uint8_t kind, op;
	uint16_t flags;		/* of the exit: only its machine knows them */
};

_Static_assert(sizeof(struct detail) == offsetof(struct detail, size) + 8,
	       "what detail_word() has");

/* All but value and error, in any order */
ALWAYS_INLINE uint64_t detail_word(const struct detail *d)
{
	uint64_t word;

	memcpy(&word, (const char *)d + offsetof(struct detail, size),
	       sizeof(word));
	return word;
}

/*
 * Nothing but a kind.  It is read soon, as one number, so it is written as one: of a few
 * small ones a processor would wait until all had left its store buffer.
 */
ALWAYS_INLINE void detail_set_kind(struct detail *d, uint8_t kind)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	const uint64_t word = (uint64_t)kind << 32;
#else
	const uint64_t word = (uint64_t)kind << 24;
#endif

	d->value = 0;
	d->error = 0;
	memcpy((char *)d + offsetof(struct detail, size), &word, sizeof(word));
}

ALWAYS_INLINE bool detail_equal(const struct detail *a, const struct detail *b)
{
	return a->value == b->value && a->error == b->error &&
	       detail_word(a) == detail_word(b);
}

/*
 * An exit has @to and now @event.  The higher rank stays, of equal ones the
 * earlier:
 *
 *	4	what an instruction asked for: port, MSR, register, leaf, ...
 *	3	why the exit happened: fault, exception, interrupt, instruction
 *	2	the interrupt that was injected, which may be of no concern to it
 *	1	the one that the APIC accepted: with APICv or AVIC, KVM injects none
 *
 * Flags stay, whatever the rest is.
 */
void detail_merge(struct detail *to, const struct detail *event);

/* Can no further event change it?  Then it is exact even if events were lost. */
ALWAYS_INLINE bool detail_is_final(const struct detail *d)
{
	return detail_rank(d->kind) == DETAIL_RANK_FINAL;
}

/* Of a kvm_mmio, which all machines have alike: @v is its gpa, type and len. */
void detail_of_mmio(const uint64_t *v, struct detail *d);

/*
 * Of an address, only the range of @bytes it is in, a power of two from
 * DETAIL_RANGE_MIN on: @d has that size then, and nothing of the access.
 */
#define DETAIL_RANGE_MIN	4096u

void detail_to_range(struct detail *d, uint32_t bytes);

int detail_compare(const struct detail *a, const struct detail *b);

/* For people: "out 0x70 size 1"; @text has DETAIL_TEXT_MAX bytes */
void detail_text(const struct detail *d, char *text);

/* "WHAT 0x70 size 1": for a kind that is an access to an address */
void detail_access_text(const struct detail *d, const char *what, char *text);

/* For programs: the kind in one word, such as "port" */
const char *detail_kind_name(const struct detail *d);

/* Does d->value mean something? */
int detail_has_value(const struct detail *d);

#endif /* ANALYZER_DETAIL_H */
