/* SPDX-License-Identifier: GPL-2.0 */
/* What mktrace.c and mktrace-file.c share. */
#ifndef TESTS_MKTRACE_PRIVATE_H
#define TESTS_MKTRACE_PRIVATE_H

#include <stdio.h>

#include "mktrace.h"

#define MKTRACE_FIELDS	20
#define MKTRACE_EVENTS	20
#define MKTRACE_INSTANCES	4

struct mktrace_field {
	const char *type, *name;
	unsigned int bytes;
	bool is_signed;
	bool dropped;
	unsigned int order, offset;
};

struct mktrace_event {
	const char *system, *name, *print;
	unsigned int id;
	bool patched_only;	/* does not exist without the patch */
	bool dropped;
	struct mktrace_field fields[MKTRACE_FIELDS];
	/* computed */
	unsigned int bytes;
};

struct mktrace_cpu {
	/* the sub-buffer that is being written */
	uint8_t *page;
	uint32_t used;		/* of its data */
	uint64_t ts;		/* of the latest record */
	bool open;		/* something was written, if only a flag */
	bool lost;
	uint64_t lost_events;
	bool lie;
	uint64_t commit;

	/* what was written: in memory, from some size on in a file */
	uint8_t *mem;
	size_t mem_len, mem_room;
	FILE *spool;
	uint64_t bytes;
};

struct mktrace {
	struct mktrace_config config;
	struct mktrace_event events[MKTRACE_EVENTS];
	unsigned int nr_events;
	bool laid_out;
	struct mktrace_cpu *cpus;
	uint32_t data_offset;	/* in a sub-buffer */
	uint8_t *options;
	size_t options_len;
	bool has_stats;		/* in these */
	struct {
		char name[64];
		struct mktrace *trace;
	} instances[MKTRACE_INSTANCES];
	unsigned int nr_instances;
};

__attribute__((noreturn, format(printf, 1, 2)))
void mktrace_die(const char *fmt, ...);
void *mktrace_grow(void *p, size_t len);
void mktrace_layout_events(struct mktrace *t);

#endif /* TESTS_MKTRACE_PRIVATE_H */
