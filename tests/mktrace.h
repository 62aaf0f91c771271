/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Write trace.dat files from code, for tests.
 *
 *	struct mktrace_config config = { .version = 7, .cpus = 2 };
 *	struct mktrace *t = mktrace_new(&config);
 *
 *	mktrace_exit(t, 0, 1000, &(struct mktrace_exit){ .pid = 7, ... });
 *	mktrace_entry(t, 0, 1400, &(struct mktrace_entry){ .pid = 7, ... });
 *	mktrace_finish(t, "x.dat");
 *
 * What is written is what trace-cmd would write, and trace-cmd report -R and
 * libtracecmd read it.  Streams may be of any size: they are spooled to
 * temporary files.  Struct holes are filled with 0xa5, never with 0.
 *
 * Time stamps must not decrease within a CPU; if one does, an absolute time
 * stamp is written, as the kernel does.
 *
 * There is no error handling for the caller to do: whatever fails is a failure
 * of the test, and ends the process with a message.
 *
 * To build: mktrace.c, mktrace-arch.c and mktrace-file.c, with -lzstd -lz.
 */
#ifndef TESTS_MKTRACE_H
#define TESTS_MKTRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mktrace;

enum mktrace_compression {
	MKTRACE_NONE,
	MKTRACE_ZSTD,
	MKTRACE_ZLIB,
};

enum {
	MKTRACE_ISA_VMX	= 1,
	MKTRACE_ISA_SVM	= 2,
};

/* A member that is 0 or NULL means the value in brackets. */
struct mktrace_config {
	int version;		/* [7] */
	enum mktrace_compression compression; /* [none] version 7 only */
	unsigned int cpus;	/* [1] */
	const uint32_t *cpu_ids; /* [0, 1, 2...] version 7 only */
	uint32_t page_size;	/* [subbuf_bytes] what the container says */
	uint32_t subbuf_bytes;	/* [4096] */
	uint32_t long_bytes;	/* [8] of the kernel */
	uint32_t chunk_bytes;	/* [10 * page_size] of compressed data */
	bool big_endian;	/* [MKTRACE_BIG_ENDIAN is in the environment] */
	bool unpatched;		/* [false] formats of an unpatched kernel */
	const char *arch;	/* [NULL: x86] whose events, see mktrace-arch.h: all by
				   mktrace_values() */
	bool short_size;	/* [false] size of compressed data without their
				   chunk count, as trace-cmd 3.1 has it */
	bool compress_options;	/* [false] trace-cmd does not */
	bool latency;		/* [false] a latency trace, without data */
	bool no_top_buffer;	/* [false] other instances only; version 7 */
	const char *clock;	/* ["local"] */
	const char *uname;	/* ["Linux host 6.12.117 ... x86_64"] */
	const char *compression_name;	/* [that of compression] to lie */
	const char *instance;	/* [NULL] name of one more buffer, with the
				   data of the first CPU once more */
};

struct mktrace *mktrace_new(const struct mktrace_config *config);

/*
 * Complete the file @path, and free @t.  If @layout is not NULL, it says where
 * things are, for tests that change bytes afterwards.
 */
struct mktrace_layout {
	uint64_t first_options;	/* sections: offsets of their headers; v7 */
	uint64_t last_options;
	uint64_t header_info, ftrace_events, event_formats, buffer;
	uint64_t cpu_table;	/* of the first CPU's entry; v6 and v7 */
	uint64_t cpu_offset, cpu_size;	/* data of the first CPU */
	uint64_t metadata_end;	/* v6: all before are metadata */
	uint64_t file_bytes;
};
void mktrace_finish(struct mktrace *t, const char *path,
		    struct mktrace_layout *layout);

/* Drop everything. */
void mktrace_free(struct mktrace *t);

/*
 * Event formats.  To be changed before the first event is written.  An unknown
 * event or field is a failure.
 */
void mktrace_event_drop(struct mktrace *t, const char *event);
/*
 * One that is not there otherwise: kvm_fast_mmio, kvm_cr, kvm_cpuid,
 * kvm_hypercall, kvm_hv_hypercall, kvm_xen_hypercall, kvm_inj_virq,
 * kvm_nested_vmexit
 */
void mktrace_event_add(struct mktrace *t, const char *event);
void mktrace_event_id(struct mktrace *t, const char *event, unsigned int id);
void mktrace_event_rename(struct mktrace *t, const char *event,
			  const char *name);
void mktrace_field_drop(struct mktrace *t, const char *event,
			const char *field);
void mktrace_field_rename(struct mktrace *t, const char *event,
			  const char *field, const char *name);
void mktrace_field_resize(struct mktrace *t, const char *event,
			  const char *field, unsigned int bytes,
			  bool is_signed);
/* Put @field first, behind the common fields. */
void mktrace_field_first(struct mktrace *t, const char *event,
			 const char *field);
/* Replace the print format, or drop it if @print is "". */
void mktrace_event_print(struct mktrace *t, const char *event,
			 const char *print);
unsigned int mktrace_id_of(const struct mktrace *t, const char *event);

/* Events.  @cpu is an index: 0 to config.cpus - 1. */
struct mktrace_exit {
	uint32_t pid, isa, intr_info, error_code, vcpu_id;
	uint64_t exit_reason;	/* as many bits as the field has */
	uint64_t guest_rip, info1, info2;
	uint64_t tsc;		/* patched */
	uint32_t vm;		/* patched */
};
void mktrace_exit(struct mktrace *t, unsigned int cpu, uint64_t ts,
		  const struct mktrace_exit *e);

struct mktrace_entry {
	uint32_t pid, vcpu_id, immediate_exit;
	uint64_t rip;
	/* patched */
	uint64_t tsc, exit_tsc, user, halted, off_cpu, seq;
	uint32_t traced, epoch, report, vm, exit_reason, isa;
};
void mktrace_entry(struct mktrace *t, unsigned int cpu, uint64_t ts,
		   const struct mktrace_entry *e);

struct mktrace_report {
	uint32_t pid, epoch, report, since, interval;
	uint64_t seq;
};
void mktrace_report(struct mktrace *t, unsigned int cpu, uint64_t ts,
		    const struct mktrace_report *e);

struct mktrace_stats {
	uint32_t pid, epoch, report, isa, exit_reason, kind;
	uint64_t exits, cycles, min, max, user, halted, off_cpu, backwards;
};
void mktrace_stats(struct mktrace *t, unsigned int cpu, uint64_t ts,
		   const struct mktrace_stats *e);

struct mktrace_pio {
	uint32_t pid, rw, port, size, count, val;
};
void mktrace_pio(struct mktrace *t, unsigned int cpu, uint64_t ts,
		 const struct mktrace_pio *e);

struct mktrace_msr {
	uint32_t pid, write, ecx, exception;
	uint64_t data;
};
void mktrace_msr(struct mktrace *t, unsigned int cpu, uint64_t ts,
		 const struct mktrace_msr *e);

struct mktrace_mmio {
	uint32_t pid, type, len;
	uint64_t gpa, val;
};
void mktrace_mmio(struct mktrace *t, unsigned int cpu, uint64_t ts,
		  const struct mktrace_mmio *e);

struct mktrace_page_fault {
	uint32_t pid, vcpu_id;
	uint64_t guest_rip, fault_address, error_code;
};
void mktrace_page_fault(struct mktrace *t, unsigned int cpu, uint64_t ts,
			const struct mktrace_page_fault *e);

struct mktrace_fpu {
	uint32_t pid, load;
};
void mktrace_fpu(struct mktrace *t, unsigned int cpu, uint64_t ts,
		 const struct mktrace_fpu *e);

struct mktrace_switch {
	uint32_t prev_pid, prev_prio, next_pid, next_prio;
	uint64_t prev_state;
};
void mktrace_switch(struct mktrace *t, unsigned int cpu, uint64_t ts,
		    const struct mktrace_switch *e);

struct mktrace_userspace_exit {
	uint32_t pid, reason, error;
};
void mktrace_userspace_exit(struct mktrace *t, unsigned int cpu, uint64_t ts,
			    const struct mktrace_userspace_exit *e);

struct mktrace_wakeup {
	uint32_t pid, waited, valid;
	uint64_t ns;
};
void mktrace_wakeup(struct mktrace *t, unsigned int cpu, uint64_t ts,
		    const struct mktrace_wakeup *e);

/* Any event, by its name: a value for each field, in the order of its table */
void mktrace_values(struct mktrace *t, unsigned int cpu, uint64_t ts,
		    const char *event, uint32_t pid, const uint64_t *values);

/* Any bytes as a record: @data begins with the event's id; @len > 0. */
void mktrace_record(struct mktrace *t, unsigned int cpu, uint64_t ts,
		    const void *data, size_t len);

/* The ring buffer itself. */

/* End the sub-buffer; write an empty one if nothing was written to it. */
void mktrace_flush(struct mktrace *t, unsigned int cpu);
/* @lost events lie between what was written and what follows; 0: unknown. */
void mktrace_lost(struct mktrace *t, unsigned int cpu, uint64_t lost);
/* A time extend of @delta, or an absolute time stamp. */
void mktrace_extend(struct mktrace *t, unsigned int cpu, uint64_t delta);
void mktrace_absolute(struct mktrace *t, unsigned int cpu, uint64_t ts);
/* A discarded event of @len bytes, a multiple of 4, at least 8. */
void mktrace_discarded(struct mktrace *t, unsigned int cpu, uint32_t delta,
		       size_t len);
/* Padding up to the end of the sub-buffer, inside commit. */
void mktrace_pad(struct mktrace *t, unsigned int cpu);
/* Append any bytes to the sub-buffer: @len is a multiple of 4. */
void mktrace_words(struct mktrace *t, unsigned int cpu, const void *data,
		   size_t len);
/* Write this number, whatever it is, as commit of the current sub-buffer. */
void mktrace_commit(struct mktrace *t, unsigned int cpu, uint64_t commit);
/* Append any bytes to the stream, after the current sub-buffer. */
void mktrace_raw(struct mktrace *t, unsigned int cpu, const void *data,
		 size_t len);

/* The container. */

/*
 * One more buffer in the file of @t, behind the others, as trace-cmd record -B
 * @name has it: with the clock, the sub-buffers and the events of @instance,
 * which belongs to @t from then on.  Version 6 has no clock of its own for it,
 * and as many CPUs for each buffer: @instance may have less.
 */
void mktrace_instance(struct mktrace *t, const char *name,
		      struct mktrace *instance);

/*
 * One more option in the first list.  With the kernel's statistics of a CPU, id
 * 2, those that mktrace has of the first one otherwise are not written.
 */
void mktrace_option(struct mktrace *t, uint16_t id, const void *data,
		    uint32_t len);

#endif /* TESTS_MKTRACE_H */
