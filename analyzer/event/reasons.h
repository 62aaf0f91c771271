/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Exit reasons: (ISA, code) <-> slot <-> name.
 *
 * A slot is a small number that stands for one line of a report.  Slots are in
 * the order of a report: the codes of VMX ascending, "other" of VMX, the codes
 * of SVM ascending, "other" of SVM.  Names are those of the recording's own
 * symbol table, so a kernel that learns new reasons needs no new analyzer.
 *
 * Kernels that nobody here has seen may have more ISAs, as PVM's has.  Behind the
 * slots are names for these, if the recording has some: see reasons_named().
 *
 * The table owns its names.  They are printable ASCII, whatever the file said.
 */
#ifndef ANALYZER_REASONS_H
#define ANALYZER_REASONS_H

#include <stdbool.h>
#include <stdint.h>

/* KVM_ISA_VMX and KVM_ISA_SVM in arch/x86/kvm/trace.h */
#define ISA_VMX		1u
#define ISA_SVM		2u
/* Of a symbol table: each ISA that has none of its own */
#define ISA_REST	UINT32_MAX

#define ISA_NAME_MAX	16u		/* bytes, its end included */

#define REASONS_MAX	4096u		/* names of all ISAs */
#define REASON_NAME_MAX	80u		/* bytes of a name, its end included */

#define REASONS_DIRECT	0x500u		/* codes that need no search */

struct reason {
	uint32_t isa;
	uint64_t code;		/* undefined if @other */
	bool other;
	uint32_t given;		/* in which turn */
	char name[REASON_NAME_MAX];
};

struct reasons {
	struct reason *slots;
	unsigned int nr;
	unsigned int allocated;
	unsigned int *by_name;			/* slots, by ISA and name */
	uint64_t code_max;		/* what the recorded codes have room for */
	unsigned int first[3], other[3];	/* by ISA */
	uint16_t direct[3][REASONS_DIRECT];
};

void reasons_init(struct reasons *r);
void reasons_release(struct reasons *r);

/*
 * Name one code, before reasons_finish().  The name that was given first stays,
 * as __print_symbolic() has it.  Bits beyond r->code_max are dropped: -1 names
 * 0xffffffff where codes have 32 bits.  Return -1 if there are too many.
 */
int reasons_add(struct reasons *r, uint32_t isa, uint64_t code,
		const char *name);

/* Sort, add "other" of both ISAs, index.  Needed once, also without names. */
int reasons_finish(struct reasons *r);

/* Has any code of @isa a name? */
bool reasons_known(const struct reasons *r, uint32_t isa);

/* One of those that the reports of a patched kernel know */
static inline bool isa_valid(uint32_t isa)
{
	return isa == ISA_VMX || isa == ISA_SVM;
}

/* What of a recorded reason is the code: see basic exit reason in the SDM. */
static inline uint64_t reason_code(uint32_t isa, uint64_t reason)
{
	return isa == ISA_VMX ? reason & 0xffff : reason;
}

/* "vmx", "svm", "isa3"; @buf is for those that have a number only. */
const char *isa_name(char buf[ISA_NAME_MAX], uint32_t isa);

/* In a set of ISAs: one for each, and one for all that no kernel has */
#define ISA_BITS	32u

static inline uint32_t isa_bit(uint32_t isa)
{
	return 1u << (isa < ISA_BITS - 1 ? isa : ISA_BITS - 1);
}

/* The ISA of that bit, for its name */
static inline uint32_t isa_of_bit(unsigned int bit)
{
	return bit < ISA_BITS - 1 ? bit : ISA_REST;
}

unsigned int reasons_search(const struct reasons *r, uint32_t isa,
			    uint64_t code);

/* The name of any @isa and @code; NULL if there is none. */
const struct reason *reasons_named(const struct reasons *r, uint32_t isa,
				   uint64_t code);

/* Is there a table for @isa, which need not be valid, and not for any other? */
bool reasons_has_table(const struct reasons *r, uint32_t isa);

/* The order of a report, for qsort() */
int reason_compare(const void *a, const void *b);

/* The slot of @code; @isa is valid. */
static inline unsigned int reasons_slot(const struct reasons *r, uint32_t isa,
					uint64_t code)
{
	if (code < REASONS_DIRECT)
		return r->direct[isa][code];
	return reasons_search(r, isa, code);
}

/*
 * The slot of a name such as "svm cpuid" or "svm other", of @len bytes;
 * -1 if there is none.
 */
int reasons_find_name(const struct reasons *r, const char *name,
		      unsigned int len);

#endif /* ANALYZER_REASONS_H */
