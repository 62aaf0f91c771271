/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Record -> event.
 *
 * libtraceevent parses the fields of the few events in use, once; what stays of
 * it is an offset and a size for each field.  No tep_ type is seen outside
 * parse.c.  The symbol table of the exit reasons comes from symbols.h.
 *
 * Decoding is inline.  A field is one load and one shift: the load takes the 8
 * bytes that end where the field ends, which never lie before the record
 * because every event begins with 8 bytes of common fields; the shift drops
 * what precedes the field.  Any order and any integer size of the fields is
 * accepted, and none is read before the record is known to be long enough.
 */
#ifndef ANALYZER_PARSE_H
#define ANALYZER_PARSE_H

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/compiler.h"
#include "base/tasks.h"
#include "event/machine-x86.h"
#include "event/reasons.h"
#include "source/source.h"
#include "source/subbuf.h"

enum parse_kind {
	PARSE_OTHER,		/* not ours: of no interest */
	PARSE_ENTRY,		/* kvm_entry */
	PARSE_EXIT,		/* kvm_exit */
	PARSE_REPORT,		/* kvm_exit_report */
	PARSE_STATS,		/* kvm_exit_stats */
	PARSE_KINDS,
};

/* Zeroed: there is no such field. */
struct parse_field {
	uint16_t load;		/* offset of the 8 bytes that end with it */
	uint16_t shift;		/* 64 less its bits */
};

/* Where the fields are of the two events that recordings consist of */
struct parse_layout {
	struct {
		struct parse_field vcpu_id, tsc, exit_tsc, user, halted,
			off_cpu, seq, traced, epoch, report, vm, exit_reason,
			isa;
	} entry;
	struct {
		struct parse_field vcpu_id, exit_reason, isa, tsc, vm;
		struct parse_field sort;	/* see machine.h */
	} exit;
};

struct parse {
	const struct machine *machine;
	uint8_t kind[65536];		/* enum parse_kind by event id */
	bool present[PARSE_KINDS];	/* the recording has the event's format */
	uint32_t min_len[PARSE_KINDS];	/* of a record, for all of its fields */
	bool stamped;			/* recorded by a patched kernel */
	bool usual;			/* layout is parse_usual */
	struct subbuf_format subbuf;
	struct swaps *swaps;		/* of subbuf; NULL: little-endian */
	struct reasons reasons;
	bool named;			/* the recording names exit reasons, */
	bool has_isa;			/* and kvm_exit says of which ISA it is; */
	uint32_t isa;			/* else it is this: the machine's only one,
					   or 0, or set by the caller */
	struct parse_field pid;
	struct parse_layout layout;
	struct {
		struct parse_field epoch, report, since, interval, seq;
	} report;
	struct {
		struct parse_field epoch, report, isa, exit_reason, kind, exits,
			cycles, min, max, user, halted, off_cpu, backwards;
	} stats;
};

#define PARSE_U32(offset)	{ (offset) - 4, 32 }
#define PARSE_U64(offset)	{ (offset), 0 }

/*
 * The layout of a patched 64-bit kernel, patches/0001-kvm-exit-cycles.patch.
 * That it is known when the analyzer is built saves most of the instructions
 * that decoding takes; any other is decoded all the same.
 */
static const struct parse_layout parse_usual = {
	.entry = {
		.vcpu_id = PARSE_U32(8), .tsc = PARSE_U64(32),
		.exit_tsc = PARSE_U64(40), .user = PARSE_U64(48),
		.halted = PARSE_U64(56), .off_cpu = PARSE_U64(64),
		.seq = PARSE_U64(72), .traced = PARSE_U32(80),
		.epoch = PARSE_U32(84), .report = PARSE_U32(88),
		.vm = PARSE_U32(92), .exit_reason = PARSE_U32(96),
		.isa = PARSE_U32(100),
	},
	.exit = {
		.exit_reason = PARSE_U32(8), .isa = PARSE_U32(24),
		.vcpu_id = PARSE_U32(56), .tsc = PARSE_U64(64),
		.vm = PARSE_U32(72),
	},
};

/*
 * Read all formats of @src.  Errors: no kvm events, how to record them; a
 * required field or, of a patched kernel, the symbol table is missing.
 */
int parse_init(struct parse *p, const struct source *src);
void parse_release(struct parse *p);

/* An event that not all have use for, and which fields of it are wanted */
struct parse_event {
	bool present;		/* the recording has its format */
	uint16_t id;
	uint32_t min_len;	/* of a record, for all fields that are wanted */
};

/* A field that is wanted, and where it is in a record */
struct parse_wanted {
	struct parse_field *field;
	const char *name;
	const char *older;	/* its name in older kernels, or NULL */
	bool optional;		/* if it is not there, @field is left as it is */
};

/* Look up one event.  That it is not there is no error. */
int parse_lookup(const struct parse *p, const struct source *src,
		 const char *system, const char *name, struct parse_event *out,
		 const struct parse_wanted *w, unsigned int nr);

/* kvm_entry of a patched kernel.  @seq 0: only @tsc and @vm are meaningful. */
struct event_entry {
	uint64_t tsc, exit_tsc, user, halted, off_cpu, seq;
	uint32_t traced, epoch, report, vm, vcpu_id, isa, code;
	uint32_t thread;		/* TID, if the caller sets it */
};

/* kvm_exit; what only a patched kernel has is 0 without it */
struct event_exit {
	uint64_t tsc;
	uint64_t code;			/* of a patched kernel: 32 bits */
	uint32_t vm, vcpu_id, isa;
};

struct event_report {
	uint32_t epoch, report, since, interval;
	uint64_t seq;
};

/* enum of the field "kind" of kvm_exit_stats */
#define STATS_TOTAL	0u
#define STATS_REASON	1u
#define STATS_OTHER	2u
#define STATS_SKIPPED	3u

struct event_stats {
	uint32_t epoch, report, isa, code, kind;
	uint64_t exits, cycles, min, max, user, halted, off_cpu, backwards;
};

ALWAYS_INLINE uint64_t parse_get(const uint8_t *data, struct parse_field f)
{
	uint64_t v;

	memcpy(&v, data + f.load, sizeof(v));
	return le64toh(v) >> f.shift;
}

static inline bool parse_has(struct parse_field f)
{
	return f.load || f.shift;
}

/*
 * The kind of @rec; PARSE_OTHER also for a record that is too short for its
 * event, with @short_record set.
 */
static inline enum parse_kind parse_kind(const struct parse *p,
					 const struct subbuf_record *rec,
					 bool *short_record)
{
	enum parse_kind kind = p->kind[subbuf_event_id(rec)];

	if (kind != PARSE_OTHER &&
	    __builtin_expect(rec->len < p->min_len[kind], 0)) {
		*short_record = true;
		return PARSE_OTHER;
	}
	return kind;
}

static inline uint32_t parse_pid(const struct parse *p,
				 const struct subbuf_record *rec)
{
	return parse_get(rec->data, p->pid);
}

/* Inline, so that of a constant @l only loads are left. */
ALWAYS_INLINE void
parse_entry_as(const struct parse_layout *l, const uint8_t *d,
	       struct event_entry *e)
{
	e->tsc = parse_get(d, l->entry.tsc);
	e->exit_tsc = parse_get(d, l->entry.exit_tsc);
	e->user = parse_get(d, l->entry.user);
	e->halted = parse_get(d, l->entry.halted);
	e->off_cpu = parse_get(d, l->entry.off_cpu);
	e->seq = parse_get(d, l->entry.seq);
	e->traced = parse_get(d, l->entry.traced);
	e->epoch = parse_get(d, l->entry.epoch);
	e->report = parse_get(d, l->entry.report);
	e->vm = parse_get(d, l->entry.vm);
	e->vcpu_id = parse_get(d, l->entry.vcpu_id);
	e->isa = parse_get(d, l->entry.isa);
	e->code = x86_code(e->isa, parse_get(d, l->entry.exit_reason));
}

ALWAYS_INLINE void
parse_exit_as(const struct parse_layout *l, const uint8_t *d, bool stamped,
	      struct event_exit *e)
{
	e->tsc = stamped ? parse_get(d, l->exit.tsc) : 0;
	e->vm = stamped ? parse_get(d, l->exit.vm) : 0;
	e->vcpu_id = stamped ? parse_get(d, l->exit.vcpu_id) : 0;
	e->isa = parse_get(d, l->exit.isa);
	e->code = x86_code(e->isa, parse_get(d, l->exit.exit_reason));
	if (stamped)
		e->code = (uint32_t)e->code;
}

ALWAYS_INLINE void parse_entry(const struct parse *p,
			       const struct subbuf_record *rec,
			       struct event_entry *e)
{
	if (__builtin_expect(p->usual, 1))
		parse_entry_as(&parse_usual, rec->data, e);
	else
		parse_entry_as(&p->layout, rec->data, e);
}

/*
 * Which vCPU it is, by an entry or exit of a kernel without stamps; VCPU_UNKNOWN if
 * events of its kind do not say.
 */
static inline uint32_t parse_vcpu(struct parse_field vcpu_id,
				  const struct subbuf_record *rec)
{
	return parse_has(vcpu_id) ? parse_get(rec->data, vcpu_id) : VCPU_UNKNOWN;
}

/* All bits of the exit reason of a kvm_exit */
static inline uint64_t parse_exit_reason(const struct parse *p,
					 const uint8_t *data)
{
	return parse_get(data, p->layout.exit.exit_reason);
}

/* The code of a kvm_exit that does not say its ISA.  (By value: @e stays in registers.) */
uint64_t parse_machine_code(const struct parse *p, const uint8_t *data);

/* Without a patched kernel's fields, @tsc, @vm and @vcpu_id are 0. */
ALWAYS_INLINE void parse_exit(const struct parse *p,
			      const struct subbuf_record *rec,
			      struct event_exit *e)
{
	if (__builtin_expect(p->usual, 1)) {
		parse_exit_as(&parse_usual, rec->data, true, e);
	} else if (p->stamped) {
		parse_exit_as(&p->layout, rec->data, true, e);
	} else {
		parse_exit_as(&p->layout, rec->data, false, e);
		if (__builtin_expect(!p->has_isa, 0)) {
			e->isa = p->isa;
			e->code = parse_machine_code(p, rec->data);
		}
	}
}

/* @data of a record that is long enough.  (Alone: the record stays in registers.) */
void parse_report(const struct parse *p, const uint8_t *data,
		  struct event_report *e);
void parse_stats(const struct parse *p, const uint8_t *data,
		 struct event_stats *e);

#endif /* ANALYZER_PARSE_H */
