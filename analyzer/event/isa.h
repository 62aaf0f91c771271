/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ISA numbers, as far as anyone needs them who does not know what they stand
 * for.  Each machine (machine.h) has some, and no two machines share one.
 */
#ifndef ANALYZER_ISA_H
#define ANALYZER_ISA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What a patched kernel accounts, and what its reports have lines for: the
 * kernel numbers its two ISAs like this.
 */
#define ISA_FIRST	1u
#define ISA_LAST	2u
#define ISA_TABLES	(ISA_LAST + 1)	/* of arrays that have these as index */

/* Of a symbol table: each ISA that has none of its own */
#define ISA_REST	UINT32_MAX

/*
 * Machines whose events say no ISA, as they have one only.  Kernels number theirs 1
 * to 3.  States have these numbers: they stay as they are.
 */
#define ISA_ARM64	16u
#define ISA_RISCV	17u
#define ISA_S390	18u
#define ISA_POWERPC	19u
#define ISA_LOONGARCH	20u

#define ISA_NAME_MAX	16u		/* bytes, its end included */

/* One of those that the reports of a patched kernel know */
static inline bool isa_valid(uint32_t isa)
{
	return isa - ISA_FIRST <= ISA_LAST - ISA_FIRST;
}

/* "vmx", "svm", "isa3"; @buf is for those that have a number only. */
const char *isa_name(char buf[ISA_NAME_MAX], uint32_t isa);

/* The ISA whose name @text of @len bytes is, in upper or lower case */
bool isa_find(const char *text, size_t len, uint32_t *isa);

/* What events of @isa cannot tell, in one sentence; NULL: nothing */
const char *isa_caveat(uint32_t isa);

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

#endif /* ANALYZER_ISA_H */
