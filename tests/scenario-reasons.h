/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Recordings of unpatched kernels with unusual exit reasons, for scenario.c.
 */
#ifndef TESTS_SCENARIO_REASONS_H
#define TESTS_SCENARIO_REASONS_H

/*
 * Codes of SVM with 64 bits, each exit 100 ns long: hlt once, hlt and 2^32 twice,
 * all bits (invalid_guest_state) once, 2^63 once.
 */
void write_long_codes(const char *path, const char *clock);

#endif /* TESTS_SCENARIO_REASONS_H */
