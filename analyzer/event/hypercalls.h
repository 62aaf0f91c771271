/* SPDX-License-Identifier: GPL-2.0 */
/* Hypercalls of KVM, Hyper-V and Xen by their numbers */
#ifndef ANALYZER_HYPERCALLS_H
#define ANALYZER_HYPERCALLS_H

#include "event/detail.h"

/* @kind says whose: "KICK_CPU"; NULL: it has no name here. */
const char *hypercall_name(enum detail_kind kind, uint64_t number);

#endif /* ANALYZER_HYPERCALLS_H */
