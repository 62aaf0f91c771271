/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An ftrace instance of its own: what is recorded, and how.
 *
 * It is called kvm-exit-cycles-live-PID, after the process that made it, and is removed
 * by tracing_close().  One that a killed process has left is removed by whoever
 * comes next.
 *
 * For tests, a folder can stand for tracefs (--replay): it has events/, trace_clock and
 * per_cpu/cpuN/trace_pipe_raw, which may be FIFOs.  Nothing is made or written there, but
 * in its folder instances, if it has one.
 */
#ifndef ANALYZER_LIVE_TRACING_H
#define ANALYZER_LIVE_TRACING_H

#include <stdbool.h>
#include <stdint.h>

#include "kvmexits.h"
#include "live/options.h"

struct tracefs_instance;

struct tracing {
	struct kvx *k;
	const struct live_options *opt;
	struct tracefs_instance *instance;	/* NULL: the folder of a replay */
	int on_fd;			/* its tracing_on; -1: none */
	bool replay;
	bool on;			/* it records */
	bool stuck;			/* it cannot be stopped: said */
	bool patched;			/* the kernel stamps exits */
	unsigned int cpus;		/* from 0 on: per_cpu/cpuN */
	uint32_t subbuf_bytes;
	uint32_t data_offset;		/* in a sub-buffer */
	uint64_t buffer_kb;		/* of each CPU */
	const char *clock;		/* in use */
};

/*
 * Make it ready to record what @opt asks for, but do not record yet.  Return a status:
 * KVX_OK, or KVX_FAILED after an error; tracing_close() also then.
 */
int tracing_open(struct tracing *t, struct kvx *k,
		 const struct live_options *opt);
int tracing_start(struct tracing *t);
/* Instances that killed processes left */
void tracing_remove_left(struct kvx *k);
void tracing_stop(struct tracing *t);
/* In a child: its files are closed, and nothing is stopped or removed. */
void tracing_let_go(struct tracing *t);
/* Return -1 if something is left behind: it is said. */
int tracing_close(struct tracing *t);

/* The text of a file: of the instance, or of tracefs itself.  NULL: it has none. */
char *tracing_read(const struct tracing *t, const char *file, size_t *len);
char *tracing_read_top(const char *file, size_t *len);

/* per_cpu/cpuN/trace_pipe_raw, without blocking; -1: there is none */
int tracing_open_ring(const struct tracing *t, unsigned int cpu);

/* The trace clock, now */
uint64_t tracing_now(const struct tracing *t);

/* Events that are recorded, as SYSTEM and EVENT: @i from 0 on; false: no more */
bool tracing_event(const struct tracing *t, unsigned int i, const char **system,
		   const char **event);

#endif /* ANALYZER_LIVE_TRACING_H */
