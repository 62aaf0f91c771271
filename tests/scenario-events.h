/* SPDX-License-Identifier: GPL-2.0 */
/* Recordings of any events of an architecture, for scenario.c */
#ifndef TESTS_SCENARIO_EVENTS_H
#define TESTS_SCENARIO_EVENTS_H

#include <stdio.h>

/*
 * Write to @path what the lines of @in say: events of @arch (mktrace-arch.h), each
 * with its time stamp in ns, its thread, and a value for each field,
 *
 *	1000 7 kvm_exit 2 0x24 0xffff800010000000
 *
 * and, before the first of them, how the formats differ from the usual ones:
 *
 *	drop EVENT [FIELD]
 *	rename EVENT FIELD NAME
 *	resize EVENT FIELD BYTES
 *	print EVENT [PRINT FORMAT]
 *	event EVENT NAME
 *
 * Anything else is a failure of the test.
 */
void write_events(const char *path, const char *arch, FILE *in);

#endif /* TESTS_SCENARIO_EVENTS_H */
