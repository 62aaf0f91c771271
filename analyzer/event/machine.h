/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A machine: one architecture's way to tell of VM exits.  Everything that depends
 * on it is behind one of these: its tracepoints and their fields, what of a
 * reason is the code, the names of its ISAs, details, and what its events leave
 * out.  No code outside event/ asks which machine it is.
 *
 * A machine is a constant.  To add one: a file machine-NAME.c, and a line in
 * machine.c.
 *
 * The hot loop does not call through these pointers.  parse.h decodes what the
 * accounting of a patched kernel needs, which is x86 by contract, inline; all
 * others come here once a kvm_exit at the most.
 */
#ifndef ANALYZER_MACHINE_H
#define ANALYZER_MACHINE_H

#include "event/detail.h"
#include "event/isa.h"
#include "source/source.h"

struct machine_isa {
	uint32_t isa;
	const char *name;
};

/* Fields that only an event of this machine has: what tells that it is this one */
struct machine_sign {
	const char *event, *field;
	const char *also;	/* another one, or NULL */
};

/* An exit reason whose name not all formats have */
struct machine_name {
	uint64_t code;
	const char *name;
};

#define MACHINE_NO_SORT	UINT64_MAX	/* no field has so many bits */
#define MACHINE_FIELDS	5u		/* of an event, at the most */
#define MACHINE_INSIDE	16u		/* events inside exits, likewise */

/* A field of the event that begins an exit; the first one is the guest's rip. */
struct machine_field {
	const char *name;
	bool optional;		/* older kernels do not have it */
};

/* An event inside an exit: what it says of the exit, of one kind, or nothing */
struct machine_event {
	const char *name;
	/* The fields that are wanted, in the order in which make() has them */
	const char *fields[MACHINE_FIELDS];
	void (*make)(const uint64_t v[MACHINE_FIELDS], struct detail *d);
	const char *older;	/* name of the first field in older kernels */
};

/* What is so of all but x86 */
#define MACHINE_AFTER_INTERRUPTS(name, exit) \
	"KVM on " name " records " exit " after it has let the host take its interrupts: their time looks like the guest's"

struct machine {
	const char *name;		/* "x86" */

	/* Its tracepoints: into the guest, and out of it */
	const char *system, *entry, *exit;
	const char *again;	/* another one into the guest, or NULL */
	const struct machine_sign *signs;
	unsigned int nr_signs;

	/*
	 * Fields of the exit, and what older kernels call them.  Some machines
	 * tell in a field of its own which sort of exit it is, besides the reason;
	 * it may be missing.  Without @isa_field, all are of the first ISA below.
	 */
	const char *reason_field, *reason_older;
	const char *sort_field, *sort_older;
	const char *isa_field;

	const struct machine_isa *isas;
	unsigned int nr_isas;

	/* The code of a recorded reason; @sort: MACHINE_NO_SORT if that is missing */
	uint64_t (*code)(uint32_t isa, uint64_t sort, uint64_t reason);

	/* Names that formats lack: these are added to those that they have. */
	const struct machine_name *names;
	unsigned int nr_names;

	/*
	 * The ISA of a symbol table behind conditions that asked for those in
	 * @asked, see isa_bit(); 0: that cannot be told.  With @isa_field only.
	 */
	uint32_t (*isa_left)(uint32_t asked);

	/*
	 * The detail that an exit has of its own, and what of @reason are flags.
	 * @v: its @exit_fields; @has: a bit for each of them that is recorded,
	 * others are 0.
	 */
	struct machine_field exit_fields[MACHINE_FIELDS];
	void (*exit_detail)(uint32_t isa, uint64_t code, uint64_t reason,
			    const uint64_t v[MACHINE_FIELDS], unsigned int has,
			    struct detail *d);

	const struct machine_event *inside;
	unsigned int nr_inside;

	/*
	 * Text of a detail and of its flags, as detail_text() has it.  The first
	 * returns false for a kind that all machines share; the second, which may
	 * be NULL, adds to the @len bytes that are there.
	 */
	bool (*detail_text)(const struct detail *d, char *text);
	void (*flags_text)(uint16_t flags, char *text, size_t len);

	/*
	 * What recordings of old kernels do not tell, for a note: "FILE does not
	 * say ...", "FILE does not name ..."
	 */
	const char *unsaid_isa, *unnamed_reasons;

	/* Of the events that tell where time goes (marks.h): those that KVM has not here */
	bool no_run_begin;	/* kvm_fpu, so that time in userspace has no end */
	bool no_wakeup;		/* kvm_vcpu_wakeup, so that none is known as halted */

	/* What its events cannot tell, or tell in an odd way; NULL: nothing */
	const char *caveat;
};

/*
 * The one whose exits or entries @src has, by the fields that they have; if it has
 * neither, x86.  NULL after a message: it has those of a machine that is not here.
 */
const struct machine *machine_of(const struct source *src);

/* NULL: no machine knows this number. */
const struct machine *machine_of_isa(uint32_t isa);

/* Is @format that of @system's event @name? */
bool machine_format_is(const struct source_format *format, const char *system,
		       const char *name);

/* Each machine, in turn: begin with NULL. */
const struct machine *machine_next(const struct machine *m);

/* Those of which nobody needs to know more */
extern const struct machine machine_arm64, machine_riscv, machine_s390,
			    machine_powerpc, machine_loongarch;

#endif /* ANALYZER_MACHINE_H */
