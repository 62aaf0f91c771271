/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names of the model-specific registers that guests touch.
 */
#ifndef ANALYZER_MSRS_H
#define ANALYZER_MSRS_H

#include <stdint.h>

/* NULL: no name */
const char *msr_name(uint32_t msr);

#endif /* ANALYZER_MSRS_H */
