/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a recording says of itself, whatever wrote it: plain facts, which any
 * room may look at.
 *
 * The strings and arrays belong to who made the struct.
 */
#ifndef ANALYZER_RECORDING_H
#define ANALYZER_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct recording_advice;
struct tasks;

/* Where the events of one CPU are in the file. */
struct recording_cpu {
	uint32_t cpu;		/* number of the CPU: they may have holes */
	uint64_t offset;	/* in the file */
	uint64_t size;		/* in the file, compressed if the data is; may
				   be 0 */
	uint64_t missing;	/* how many of these bytes lie behind the end
				   of the file: it was cut */
	bool open_end;		/* events behind the last one may be missing */
};

/* Events of a CPU that are missing: nothing says where. */
struct recording_events {
	uint32_t cpu;
	uint64_t events;	/* not 0 */
};

/*
 * What the file says of itself.  Strings are never NULL where not said, hold no
 * promise about their content, and have been cut at the first NUL.
 */
struct recording {
	const char *path;
	const struct recording_advice *advice;	/* see recording_advice() */
	uint64_t file_bytes;
	unsigned int version;		/* of trace.dat: 6 or 7; 0: it is none */
	bool big_endian;		/* byte order of its numbers and events */
	unsigned int long_size;		/* of user space, by the file header: 4
					   or 8.  The kernel's: header_page */
	uint32_t page_size;		/* by the file header */
	uint32_t buffer_page_size;	/* by the BUFFER option; version 6:
					   page_size */
	const char *compression;	/* "none", "zstd", "zlib" */
	const char *clock;		/* trace clock in use, e.g. "local",
					   "x86-tsc"; NULL: not recorded */
	const char *uname;		/* NULL: not recorded */
	const char *arch;		/* as uname -m has it; NULL: the last word
					   of @uname */
	const char *recorder;		/* version of trace-cmd; NULL: unknown */
	const char *host;		/* NULL: see recording_host() */
	uint64_t written;		/* seconds since 1970: when the file was
					   last changed; 0: unknown */
	const struct tasks *tasks;	/* names of threads; NULL: none */

	/*
	 * Time stamps are handed out as recorded.  trace-cmd report would add
	 * ts_offset (options OFFSET, and DATE times 1000), unless has_ts_offset
	 * is false; then scale with tsc2nsec: ((ts + offset) * mult) >> shift.
	 */
	bool has_ts_offset;
	int64_t ts_offset;		/* ns, or ticks of the trace clock */
	bool has_time_shift;		/* a guest, synchronized with a host */
	bool has_tsc2nsec;
	uint32_t tsc2nsec_mult, tsc2nsec_shift;
	uint64_t tsc2nsec_offset;
	uint32_t tsc_khz;		/* the same rate, not by the file but by
					   the request; 0: not said */

	/* events/header_page and events/header_event; not NUL terminated */
	const char *header_page;
	size_t header_page_len;
	const char *header_event;
	size_t header_event_len;

	/* The buffer that is read.  CPUs in the order of the file. */
	const char *instance;		/* its name; NULL: the top buffer */
	const struct recording_cpu *cpus;
	unsigned int nr_cpus;
	uint32_t cpu_count;		/* CPUCOUNT option; 0: not recorded */
	bool data_compressed;
	uint64_t data_bytes;		/* sum of size - missing */
	uint64_t missing_bytes;		/* sum of missing: not 0 means that the
					   recording was cut */

	/*
	 * The kernel's statistics of its CPUs, ascending: those that dropped
	 * events, as it had no room; those that recorded events, but have no
	 * stream here.  See also tracedat_lacking().
	 */
	const struct recording_events *dropped, *absent;
	unsigned int nr_dropped, nr_absent;
	uint64_t dropped_events;	/* of all CPUs; saturates */
	uint64_t recorded_events;	/* likewise: that should be here */
	unsigned int nr_ambiguous;	/* CPUs with several statistics: not
					   used, but for dropped events */

	/* Other instances: named, but not read. */
	const char *const *instances;
	unsigned int nr_instances;

	/*
	 * The recorder was killed.  trace-cmd left nr_files files FILES.cpuN, which are
	 * the per-CPU streams if @unfinished: there is no file @path, or no
	 * events in it.  Offsets are in these files then.  If not @unfinished,
	 * @path is whole, and they are something else.
	 */
	const char *files;
	unsigned int nr_files;
	bool unfinished;
	bool formats_used;	/* of the request */
	bool cut;		/* the file ends before its metadata do */
	bool grows;		/* it is recorded while it is read: source.h */
	bool midway;		/* it is to begin in the middle: what was before is no
				   loss */
	bool some_only;		/* exits of some threads: their numbers have gaps */
	bool meanwhile;		/* it has not ended: not all CPUs are read up to the
				   same time */
};

/*
 * Copy @from without its arrays and texts, which are NULL then; but the numbers of
 * what was in them stay.  Return -1 only if memory is short.  Release is for
 * copies only.
 */
int recording_copy(struct recording *to, const struct recording *from);
void recording_release(struct recording *copy);

#define RECORDING_HOST_MAX	255u

/*
 * The host that it was made on, by @info->host, or else by its uname, into @host.
 * "" if neither says it.
 */
const char *recording_host(const struct recording *info,
			   char host[RECORDING_HOST_MAX + 1]);

/* For messages: how to record what is not there, by what has recorded the rest */
struct recording_advice {
	const char *exits;		/* commands: exits, */
	const char *clock;		/* by another clock, which is a time, */
	const char *times;		/* or all that tells where time went */
	const char *buffer;		/* what makes the buffer larger */

	/* The same on powerpc, where exits are not in the system kvm; or NULL */
	const struct recording_advice *powerpc;
};

/* Of what does not say it: trace-cmd's */
const struct recording_advice *recording_advice(const struct recording *info);

#endif /* ANALYZER_RECORDING_H */
