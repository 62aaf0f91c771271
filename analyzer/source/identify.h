/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a file is that is no recording: by its first bytes, or what is in a folder.
 */
#ifndef ANALYZER_IDENTIFY_H
#define ANALYZER_IDENTIFY_H

/* Who opened it as @fd names it @name.  Report what it is and what to do, return -1. */
int identify_file(const char *name, int fd);

/* The same of the folder @path */
int identify_folder(const char *path);

#endif /* ANALYZER_IDENTIFY_H */
