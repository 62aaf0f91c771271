/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which build this is, for tests that sanitizers make ten times as slow.
 */
#ifndef SANITIZED_H
#define SANITIZED_H

/* SANITIZED: 1 with AddressSanitizer, 0 without. */
#ifdef __clang__
#define BY_CLANG	1
#if __has_feature(address_sanitizer)
#define SANITIZED	1
#endif
#else
#define BY_CLANG	0
#ifdef __SANITIZE_ADDRESS__
#define SANITIZED	1
#endif
#endif

#ifndef SANITIZED
#define SANITIZED	0
#endif

#endif
