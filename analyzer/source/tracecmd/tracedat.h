/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The container of trace-cmd: trace.dat, and what a killed trace-cmd left.
 *
 * Versions 6 and 7 are read, of either byte order, uncompressed or compressed (zstd,
 * zlib), as trace-cmd.dat.v6(5) and trace-cmd.dat.v7(5) describe them.  The
 * names of sections in comments and messages are those of the man pages.
 */
#ifndef ANALYZER_TRACEDAT_H
#define ANALYZER_TRACEDAT_H

#include "source/container.h"

extern const struct container tracedat_container;

#endif /* ANALYZER_TRACEDAT_H */
