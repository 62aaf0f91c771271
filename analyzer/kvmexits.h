/* SPDX-License-Identifier: GPL-2.0 */
/*
 * libkvmexits: what the exits of KVM's guests cost, from a recording of trace-cmd.
 *
 *	static int print(void *user, const struct kvx_exit *e)
 *	{
 *		return printf("%s %" PRIu64 "\n", e->reason, e->length) < 0;
 *	}
 *
 *	struct kvx *k = kvx_new();
 *
 *	if (kvx_open(k, "trace.dat") != KVX_OK || kvx_each(k, print, NULL) != KVX_OK)
 *		... kvx_error(k)
 *	kvx_free(k);
 *
 * The program kvm-exit-cycles is a client of this library, and has no other way
 * to a recording.  kvmexits(3) says the same at more length.
 *
 * Options are texts: the long options of kvm-exit-cycles(1), with the values that
 * they have there.  So a client can hand on what a person typed, the man page of
 * the program documents both, errors are worded alike, and a new option is no new
 * symbol.
 *
 * Shapes and units.  A length is in the unit of the recording, "cycles" of the TSC
 * or "ns", which stands beside it.  Cycles are those that KVM spent on an exit:
 * time in userspace, halted and off the CPU is not in them, and stands beside.
 * Without the stamps of a patched kernel they are round trips, which have all of
 * it in them.
 *
 * Threads.  A handle is used by one thread at a time, and so is a result; any
 * number of them by any number of threads.  Two functions may be called at any time
 * from any thread: kvx_stop(), from a signal handler, too, and kvx_progress().
 *
 * The library prints nothing but what it is asked to print, on the FILE that it is
 * given.  It ends no process, handles no signal, and keeps no state outside of its
 * handles but the seed of its hash tables, which is set once.
 *
 * Recordings are not trusted: no file makes it crash, hang or take memory without
 * a bound.  Strings that come from a file are printable, where not said otherwise.
 *
 * Growing.  Structs begin with their size.  Where the library fills in one of the
 * caller's, the caller has set it by KVX_..._INIT: a later library may know of more
 * members than the caller, or of less, which are 0 then.  Where the library hands out
 * its own, size says how many of the members are there.
 */
#ifndef KVMEXITS_H
#define KVMEXITS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__) && defined(KVX_BUILD)
#define KVX_API		__attribute__((visibility("default")))
#else
#define KVX_API
#endif

#if defined(__GNUC__)
#define KVX_FORMAT(fmt, args)	__attribute__((format(printf, fmt, args)))
#else
#define KVX_FORMAT(fmt, args)
#endif

struct kvx;			/* a handle: for one recording */
struct kvx_result;		/* figures */

/* What functions return: the exit statuses of the program.  0 is all well. */
enum kvx_status {
	KVX_OK			= 0,
	KVX_FAILED		= 1,	/* file, format, I/O, memory */
	KVX_USAGE		= 2,	/* what was asked for makes no sense */
	KVX_LOSSES		= 3,	/* complete, but the recording has losses */
	KVX_DIFFERENT		= 4,	/* "check": something differs */
	KVX_NOT_COMPARED	= 5,	/* "check": nothing could be compared */
	KVX_WORSE		= 6,	/* comparison: what is after costs more */
	KVX_INCOMPLETE		= 7,	/* some of several inputs are left out */
	KVX_INTERRUPTED		= 130,	/* kvx_stop(): what was known until then */
};

/* Versions */

#define KVX_VERSION	"0.1"

/* That of the library in use */
KVX_API const char *kvx_version(void);

/* Handles */

/* Return NULL only if memory is short.  The caller frees it with kvx_free(). */
KVX_API struct kvx *kvx_new(void);

/* @k may be NULL.  What was handed out goes with it, but for results. */
KVX_API void kvx_free(struct kvx *k);

/*
 * What the latest call with @k that failed said, usually one line, without its end;
 * "" if none did.  It lives until the next call with @k.  @k may be NULL, as
 * kvx_new() may return it.
 */
KVX_API const char *kvx_error(const struct kvx *k);

/* Messages.  Without one of these functions, nobody sees any but kvx_error(). */

enum kvx_kind {
	KVX_ERROR,
	KVX_WARNING,		/* the result is affected */
	KVX_NOTE,		/* worth knowing, the result is right */
};

/*
 * Call @fn for each message: @text is one line without its end, safe to be shown,
 * and lives until @fn returns.  It is called within calls of the library, from one
 * thread at a time, but not always from the caller's.  It must not use the handle.
 * NULL: no longer.
 */
typedef void (*kvx_message_fn)(void *user, enum kvx_kind kind,
			       const char *text);
KVX_API void kvx_on_message(struct kvx *k, kvx_message_fn fn, void *user);

/*
 * Print each message on @out as a program does: "PROGRAM: warning: TEXT".  @program
 * is copied; NULL: no name.  @out may be NULL: no longer.
 */
KVX_API void kvx_print_messages(struct kvx *k, FILE *out, const char *program);

/*
 * A message of the caller's, for who prints its own beside the library's: as one
 * line, as safe, and the same way.
 */
KVX_API void kvx_say(struct kvx *k, enum kvx_kind kind, const char *format, ...)
	KVX_FORMAT(3, 4);

/* Options */

/* More threads would not help: what they read comes from one memory. */
#define KVX_JOBS_MAX	32u

/*
 * Set an option of kvm-exit-cycles(1) by its long name, "by" or "longer-than".
 * @value is NULL for those that take none.  Strings are copied.  Return KVX_OK, or
 * KVX_USAGE with an error that says what is valid, and the option is as before.
 *
 * "instance", "formats", "isa" and "tsc-khz" say how to read the recording, and come
 * before kvx_open().  All others hold for what is begun after them.  Options that
 * take lists add to what they were set to before, as on the command line.
 *
 * One default differs from the program's: "jobs" is 1.  Five options are the library's
 * alone: "width" is how many columns a table may have; none: any number.  "terminal":
 * figures of tables are for people, as in a terminal, and a summary is the usual format;
 * "blocks", "color": the terminal can show these.  "program": what is to be typed to run
 * this one once more, for a summary.
 */
KVX_API enum kvx_status kvx_set(struct kvx *k, const char *option,
				const char *value);

/* All options as in the beginning, but for those before kvx_open(). */
KVX_API void kvx_reset(struct kvx *k);

/*
 * Do the options that were set go together?  All functions that use them ask that
 * themselves.  Return KVX_OK, or KVX_USAGE with an error.
 */
KVX_API enum kvx_status kvx_check(struct kvx *k);

/* Recordings */

/*
 * Open the recording at @path, "-" for standard input, and read all that is not
 * events.  Return KVX_OK, KVX_USAGE if options do not go together or @k has a
 * recording, else KVX_FAILED.
 */
KVX_API enum kvx_status kvx_open(struct kvx *k, const char *path);

/*
 * One more recording, or a state, for kvx_run() and kvx_print() of views and states:
 * figures are of all that were opened and added.  It is opened by these; one that cannot
 * be read is left out, if another one can, and they return KVX_INCOMPLETE.  Return
 * KVX_OK, KVX_FAILED if memory is short, or KVX_USAGE if nothing is open.
 *
 * A state is what kvx_print() writes with the "format" "state": figures, to be read
 * and added up again.  kvx_open() takes one, too; it has no facts and no exits.
 */
KVX_API enum kvx_status kvx_add(struct kvx *k, const char *path);

/*
 * As kvx_open(), or kvx_add() if something is open; but the state of what is at @path is
 * in memory, and that is not read: @bytes at @state, as kvx_print() wrote them, which stay
 * there as long as @k.  NULL: it could not be made, which has been said; it is left out, as
 * an input that cannot be read.  So processes can share the reading among them.
 */
KVX_API enum kvx_status kvx_add_state(struct kvx *k, const char *path,
				      const void *state, size_t bytes);

/* Do the options ask for figures that can be of several inputs? */
KVX_API int kvx_adds(struct kvx *k);

/* Is the file at @path a state?  0 also if it cannot be read. */
KVX_API int kvx_is_state(const char *path);

/*
 * What a recording says of itself.  Strings live as long as the handle, and hold
 * what the file says, which may be anything: uname, recorder, instance, path.
 */
struct kvx_facts {
	size_t size;
	const char *path;
	uint64_t file_bytes;
	uint64_t data_bytes;		/* of events; as in the file */
	uint32_t version;		/* of trace.dat: 6 or 7 */
	uint32_t cpus;			/* that have a stream in the file */
	const char *compression;	/* "none", "zstd", "zlib" */
	const char *clock;		/* trace clock; NULL: not recorded */
	const char *uname;		/* of the kernel; NULL: not recorded */
	const char *recorder;		/* version of trace-cmd; NULL: unknown */
	const char *instance;		/* NULL: the top buffer */
	uint64_t dropped_events;	/* the kernel had no room for */
	uint64_t missing_bytes;		/* the file was cut */
	int patched;			/* kvm_entry has the fields of stamps */
	int unfinished;			/* trace-cmd was killed */
};

#define KVX_FACTS_INIT	{ .size = sizeof(struct kvx_facts) }

/* Of the one that was opened.  Return KVX_OK, or KVX_USAGE if that is none. */
KVX_API enum kvx_status kvx_facts(struct kvx *k, struct kvx_facts *facts);

/* Live: while it is recorded */

/*
 * Who records.  Functions are called by kvx_print() and kvx_run(), in the caller's
 * thread; of the handle, they must not use anything but kvx_say().
 */
struct kvx_live {
	size_t size;
	/*
	 * The figures have all that was delivered: wait for more, and do whatever else
	 * there is to do meanwhile.  Return 1 if there is more.  Set @until: all
	 * events before this time, by the trace clock, have been delivered then, of
	 * all CPUs, so it may be later also if there are none.  Return 0 at the
	 * end.
	 *
	 * A process that fork()s here, and returns -1 in the child, lets that one print
	 * the figures as they are, and goes on itself: then what is on its way is
	 * not missing.
	 */
	int (*wait)(void *user, uint64_t *until);
	/*
	 * Whole sub-buffers, as the kernel's per_cpu/cpuN/trace_pipe_raw has them, of
	 * the recording's stream number @stream, from 0.  Return how many bytes @data
	 * points to, which may be changed, and live until the next call for the same
	 * stream; 0: there are none yet, or no more.
	 */
	size_t (*next)(void *user, unsigned int stream, unsigned char **data);
	void *user;
	const char *name;	/* what it is called, instead of by its path; or NULL */
	/*
	 * An exit that filters take, as "longer-than", is in the figures now; NULL:
	 * never mind.  Views alone call it, not those of time.
	 */
	void (*found)(void *user);
	int some_only;		/* exits of some threads are recorded: numbers that
				   are missing are of others, and not lost */
};

#define KVX_LIVE_INIT	{ .size = sizeof(struct kvx_live) }

/*
 * To be called before kvx_open(), of a recording that says all but has no events: these
 * are delivered by @live, which is copied.  It can be printed once then, by kvx_print()
 * or kvx_run(), as a view that takes one pass: "table", "csv" or "json" of exits, of
 * time or of a list, or "prometheus".  Exits from before the first one are counted, but are no loss: it
 * is to begin while VMs run.  Return KVX_OK, or KVX_USAGE if something is open.
 */
KVX_API enum kvx_status kvx_live(struct kvx *k, const struct kvx_live *live);

/* Exits */

/* kvx_exit.known: what is not known is 0 or NULL */
#define KVX_HAS_LENGTH	1u	/* length */
#define KVX_HAS_STAMPS	2u	/* user, halted, off_cpu: of a patched kernel */
#define KVX_HAS_VM	4u	/* vm */
#define KVX_HAS_NAME	8u	/* the recording names the reason: else "vmx 0x78" */
#define KVX_HAS_TIME	16u	/* time_ns */
#define KVX_HAS_RIP	32u	/* rip */
#define KVX_HAS_DETAIL	64u	/* detail, detail_kind */
#define KVX_HAS_VALUE	128u	/* detail_value */
#define KVX_HAS_NUMBER	256u	/* epoch, report, seq, traced: likewise */
#define KVX_HAS_VCPU	1024u	/* vcpu */
#define KVX_BACKWARDS	512u	/* its stamps contradict each other: the kernel
				   counts a length of 0 */

/* One exit.  It lives, and so do its strings, until the function returns. */
struct kvx_exit {
	size_t size;
	uint32_t known;			/* KVX_HAS_... */
	uint32_t vm;			/* PID of the VM's process */
	uint32_t vcpu;			/* vcpu_id: its number in its VM */
	uint32_t cpu;			/* on which it ended */
	uint32_t isa;			/* 1: VMX, 2: SVM, 16: arm64, 17: riscv, 18: s390,
					   19: powerpc, 20: loongarch; others have numbers too */
	uint32_t epoch;			/* of the kernel's counters */
	uint64_t code;			/* of the exit reason, in that ISA */
	const char *reason;		/* "vmx ept_violation" */
	uint64_t ts;			/* when it ended: as recorded, */
	uint64_t time_ns;		/* and since the first event */
	uint64_t length;		/* what it cost, */
	const char *unit;		/* in "cycles" or "ns": of all exits */
	uint64_t user;			/* cycles in userspace, */
	uint64_t halted;		/* halted, */
	uint64_t off_cpu;		/* scheduled out, */
	uint64_t traced;		/* and spent on recording */
	uint64_t seq;			/* its number in its epoch, from 1 */
	uint64_t report;		/* of the kernel that has it; 0: none */
	uint64_t rip;
	const char *detail;		/* "out 0x70 size 1" */
	const char *detail_kind;	/* "port" */
	uint64_t detail_value;		/* 0x70 */
	uint32_t thread;		/* TID of the vCPU's thread */
	uint32_t reserved;
	const char *thread_name;	/* comm of that, */
	const char *vm_name;		/* and of its process, or the guest's name;
					   as recorded */
};

#define KVX_EXIT_INIT	{ .size = sizeof(struct kvx_exit) }

/* Return 0, or something else for no more.  Of the handle, use kvx_stop() at most. */
typedef int (*kvx_exit_fn)(void *user, const struct kvx_exit *e);

/*
 * Call @fn for each exit that the options choose: "reason", "vm", "vcpu", "cpu",
 * "from", "to", "longer-than".  Return KVX_OK, KVX_LOSSES if some exits or events may
 * be missing, KVX_INTERRUPTED if kvx_stop() or @fn said so, KVX_FAILED or KVX_USAGE.
 *
 * Order: that of the time at which exits ended, over all CPUs; those that ended at
 * the same time, in the order of CPUs in the file.  Exits out of their order in a CPU
 * and those of an unknown ISA are treated as in views.
 *
 * Details: rip and detail are looked up if "list" is set, or "by" has one of them.
 * An exit whose kvm_exit comes after its kvm_entry in time, as clocks that differ
 * between CPUs make them, comes at the end then, without its number.
 *
 * Cost: recordings are read twice where that is needed to know what they lack, for
 * details and for round trips.  Memory does not depend on how many exits there are,
 * but with details: see kvmexits(3).
 */
KVX_API enum kvx_status kvx_each(struct kvx *k, kvx_exit_fn fn, void *user);

/* Figures */

/*
 * Do what the options say, and print it on @out as it becomes known, as the program
 * does: reports take no memory then, however many there are, nor does a "list" without
 * "top" in the formats of programs, which has all exits.  Return a status; of
 * KVX_FAILED and KVX_USAGE, what is printed is not complete.  A write that fails is
 * an error of the caller's FILE.
 */
KVX_API enum kvx_status kvx_print(struct kvx *k, FILE *out);

/*
 * The same, into *@result.  *@result is NULL if the status is KVX_FAILED or KVX_USAGE;
 * otherwise the caller frees it.  It may outlive @k.
 */
KVX_API enum kvx_status kvx_run(struct kvx *k, struct kvx_result **result);

/* @r may be NULL. */
KVX_API void kvx_result_free(struct kvx_result *r);

/* What kvx_run() returned */
KVX_API enum kvx_status kvx_result_status(const struct kvx_result *r);

/*
 * Print @r on @out, in @format; NULL: the one that was asked for.  A view can be
 * printed in all, "table", "json", "folded" or "csv" (but histograms in CSV), and one of
 * exits by nothing but reason, vm and recording as "prometheus"; reports and checks are
 * text, in the format that was asked for.  Return KVX_OK, KVX_USAGE if it has no
 * such format, or KVX_FAILED.
 */
KVX_API enum kvx_status kvx_result_print(struct kvx_result *r,
					 const char *format, FILE *out);

/* A column.  Strings live as long as the result. */
struct kvx_column {
	size_t size;
	const char *name;	/* as in JSON: "reason", "exits", "p99", "cycles" */
	const char *unit;	/* "", "cycles", "ns", ..., "s", "percent", "per_s" */
	int label;		/* it says what the row is of: no figure */
};

#define KVX_COLUMN_INIT	{ .size = sizeof(struct kvx_column) }

enum kvx_type {
	KVX_NONE,		/* no samples, or not known */
	KVX_INTEGER,		/* high * 2^64 + low */
	KVX_DECIMAL,		/* that, divided by 10^decimals, and rounded */
	KVX_TEXT,
};

/* A figure, exact.  @text lives until the next call with the result. */
struct kvx_value {
	size_t size;
	enum kvx_type type;
	uint32_t decimals;
	uint64_t low, high;	/* together 128 bits */
	const char *text;	/* of KVX_TEXT; else NULL */
};

#define KVX_VALUE_INIT	{ .size = sizeof(struct kvx_value) }

/*
 * Rows are those of the view, in its order, each what "by" groups by; of reports,
 * the lines of the kernel, where that without a reason is the report's total.  A
 * check has none.  Of a view there are two sums besides:
 */
#define KVX_ROW_TOTAL	((size_t)-1)	/* of all groups */
#define KVX_ROW_MORE	((size_t)-2)	/* of those that "top" leaves out */

KVX_API size_t kvx_result_rows(const struct kvx_result *r);
KVX_API size_t kvx_result_columns(const struct kvx_result *r);

/* Return KVX_OK, or KVX_USAGE if there is no such row or column. */
KVX_API enum kvx_status kvx_result_column(const struct kvx_result *r,
					  size_t column, struct kvx_column *c);
KVX_API enum kvx_status kvx_result_value(struct kvx_result *r, size_t row,
					 size_t column, struct kvx_value *v);

/* Comparing */

/*
 * Compare what is open: the first @before inputs that were opened and added with the
 * others, each recording of a state by itself.  Print it on @out, in the "format"
 * "table" (if none is set), "csv" or "json", by what the options say: see
 * kvm-exit-cycles-compare(1).  Return KVX_WORSE if what is after costs more, KVX_OK or
 * KVX_LOSSES if not, or as kvx_print() does; KVX_USAGE, too, if a side is empty.
 */
KVX_API enum kvx_status kvx_compare(struct kvx *k, unsigned int before, FILE *out);

/* Do the options that were set go together, for kvx_compare()? */
KVX_API enum kvx_status kvx_check_compare(struct kvx *k);

/* Waiting */

/*
 * Read no further: what is known by then is the result, with KVX_INTERRUPTED.  From
 * any thread or signal handler, while @k is not being freed.  It stays so: open
 * the recording with another handle to begin anew.
 */
KVX_API void kvx_stop(struct kvx *k);

/*
 * Bytes that were read, and that will have been read in the end, in all passes; from
 * any thread.  The pointers may be NULL.
 */
KVX_API void kvx_progress(const struct kvx *k, uint64_t *bytes,
			  uint64_t *total);

/*
 * kvx_print() and kvx_run() call @fn with 1 when they begin to read events, and with 0
 * when they have read all, before anything is printed; each in the caller's thread.
 */
typedef void (*kvx_reading_fn)(void *user, int reading);
KVX_API void kvx_on_reading(struct kvx *k, kvx_reading_fn fn, void *user);

#ifdef __cplusplus
}
#endif

#endif /* KVMEXITS_H */
