/* SPDX-License-Identifier: GPL-2.0 */
/* Hypercalls of powerpc by their numbers */
#ifndef ANALYZER_HCALLS_H
#define ANALYZER_HCALLS_H

#include <stdint.h>

/* "H_CEDE"; NULL: it has no name here. */
const char *hcall_name(uint64_t number);

#endif /* ANALYZER_HCALLS_H */
