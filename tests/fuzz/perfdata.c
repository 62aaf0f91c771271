// SPDX-License-Identifier: GPL-2.0
/* What container.c does, with perf.data to begin with: see perf-seeds */
#include "container.c"
