/* SPDX-License-Identifier: GPL-2.0 */
/* System registers of arm64, by the numbers that MRS and MSR have for them */
#ifndef ANALYZER_SYSREGS_H
#define ANALYZER_SYSREGS_H

#include <stddef.h>
#include <stdint.h>

struct sysreg {
	unsigned int op0, op1, crn, crm, op2;	/* of 2, 3, 4, 4 and 3 bits */
};

/* All of them in one number */
#define SYSREG(op0, op1, crn, crm, op2) \
	((op0) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))

#define SYSREG_TEXT_MAX	32u

/* "ID_AA64PFR0_EL1"; "S3_0_C15_C2_1", as assemblers have it, if it has no name here */
void sysreg_text(uint64_t reg, char *text, size_t size);

#endif /* ANALYZER_SYSREGS_H */
