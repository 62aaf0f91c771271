/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The container of perf: perf.data, as perf record and perf kvm stat record write
 * it, to a file or to a pipe, compressed or not, of either byte order.  See
 * tools/perf/Documentation/perf.data-file-format.txt and, for records,
 * include/uapi/linux/perf_event.h; their names are those in comments and messages.
 *
 * perf writes the events of all CPUs one behind the other, as it comes to take
 * them out of the kernel's buffers.  One look at all of them finds out where those
 * of each CPU are; each stream then hands out sub-buffers as the kernel's ring
 * buffer has them, with the same records: what perf calls raw data is what ftrace
 * writes.
 */
#ifndef ANALYZER_PERFDATA_H
#define ANALYZER_PERFDATA_H

#include "source/container.h"

extern const struct container perfdata_container;

#endif /* ANALYZER_PERFDATA_H */
