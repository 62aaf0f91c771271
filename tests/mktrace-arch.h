/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events of KVM on architectures besides x86, as Linux 6.12 has their formats: those
 * of arch/ARCH/kvm/trace*.h, in the order of the fields there.
 */
#ifndef TESTS_MKTRACE_ARCH_H
#define TESTS_MKTRACE_ARCH_H

#include "mktrace-private.h"

struct mktrace_arch {
	const char *name;
	const struct mktrace_event *events;
	unsigned int nr;
};

/* A name that is not known is a failure. */
const struct mktrace_arch *mktrace_arch(const char *name);

#endif /* TESTS_MKTRACE_ARCH_H */
