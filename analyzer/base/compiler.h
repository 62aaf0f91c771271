/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What gcc and clang have to be told about hot loops.
 *
 * A loop that is a template, such as by_number.h, has an instance for each sink.
 * A function that two of them call is no longer inlined for being called once,
 * which costs up to half as many instructions again; so all that a hot loop
 * calls for each event is ALWAYS_INLINE.
 */
#ifndef ANALYZER_COMPILER_H
#define ANALYZER_COMPILER_H

#define ALWAYS_INLINE	static inline __attribute__((always_inline))
#define NOINLINE	__attribute__((noinline))

#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)

#endif /* ANALYZER_COMPILER_H */
