/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which rank analyzes which files: the largest file goes first, each to the rank that
 * has the fewest bytes by then.  Reading takes time by the byte, so this is at most a
 * third longer than the best there is (Graham 1969).  All ranks work it out from the
 * same sizes, so nobody has to be asked while another one reads.
 */
#ifndef MPI_SHARE_H
#define MPI_SHARE_H

#include <stddef.h>
#include <stdint.h>

/*
 * @owner[i] becomes the rank of the file of @bytes[i].  Return -1 only if memory is
 * short.
 */
int share_files(const uint64_t *bytes, size_t nr, int ranks, int *owner);

#endif /* MPI_SHARE_H */
