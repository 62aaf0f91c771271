/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Recordings that are sound but for what is wild in them: bytes are a recipe,
 * not a file.  So a fuzzer that has few of them can ask for a million of
 * something, or for any number in any place that has one.
 */
#ifndef TESTS_WILD_H
#define TESTS_WILD_H

#include <stddef.h>
#include <stdint.h>

#include "fuzz.h"

/*
 * Write what the recipe says to a file without a name: return its descriptor.
 * @mode: how to analyze it, any number.
 */
int wild_file(char path[FUZZ_PATH_MAX], const uint8_t *recipe, size_t len,
	      unsigned int *mode);

#endif /* TESTS_WILD_H */
