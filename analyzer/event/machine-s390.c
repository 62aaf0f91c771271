// SPDX-License-Identifier: GPL-2.0
/*
 * s390: the tracepoints of arch/s390/kvm/trace.h.
 *
 * An exit goes by the interception code of the SIE instruction.  What was intercepted
 * is told by an event inside the exit, and is its detail.  Numbers are those of
 * asm/sie.h, whose names are in formats for some of them only; opcodes are those of
 * the z/Architecture Principles of Operation.
 */
#include <inttypes.h>
#include <stdio.h>

#include "event/machine.h"

#define TEXT(...)	snprintf(text, DETAIL_TEXT_MAX, __VA_ARGS__)

/* Interceptions of which events tell more */
#define INSTRUCTION		0x04u
#define PROGRAM			0x08u
#define BOTH			0x0cu
#define OPERATION		0x2cu
#define PARTIAL			0x38u

/* Interceptions: those of Linux 6.12's sie_intercept_code */
static const struct machine_name names[] = {
	{ 0x00, "Host interruption" }, { 0x04, "Instruction" },
	{ 0x08, "Program interruption" },
	{ 0x0c, "Instruction and program interruption" },
	{ 0x10, "External request" }, { 0x14, "External interruption" },
	{ 0x18, "I/O request" }, { 0x1c, "Wait state" }, { 0x20, "Validity" },
	{ 0x28, "Stop request" }, { 0x2c, "Operation exception" },
	{ 0x38, "Partial-execution" }, { 0x3c, "I/O interruption" },
	{ 0x40, "I/O instruction" }, { 0x48, "Timing subset" },
};

/* Instructions that may be intercepted, by opcode: see opcode_of() */
static const struct machine_name instructions[] = {
	{ 0xa, "SVC" }, { 0x80, "SSM" }, { 0x82, "LPSW" }, { 0x83, "DIAG" },
	{ 0xac, "STNSM" }, { 0xad, "STOSM" }, { 0xae, "SIGP" },
	{ 0xb1, "LRA" }, { 0xb6, "STCTL" }, { 0xb7, "LCTL" }, { 0xee, "PLO" },
	{ 0x101, "PR" }, { 0x104, "PTFF" }, { 0x107, "SCKPF" },
	{ 0xaa00, "RINEXT" }, { 0xaa01, "RION" }, { 0xaa02, "TRIC" },
	{ 0xaa03, "RIOFF" }, { 0xaa04, "RIEMIT" }, { 0xb202, "STIDP" },
	{ 0xb204, "SCK" }, { 0xb205, "STCK" }, { 0xb206, "SCKC" },
	{ 0xb207, "STCKC" }, { 0xb208, "SPT" }, { 0xb209, "STPT" },
	{ 0xb20d, "PTLB" }, { 0xb210, "SPX" }, { 0xb211, "STPX" },
	{ 0xb212, "STAP" }, { 0xb214, "SIE" }, { 0xb216, "SETR" },
	{ 0xb217, "STETR" }, { 0xb218, "PC" }, { 0xb220, "SERVC" },
	{ 0xb221, "IPTE" }, { 0xb228, "PT" }, { 0xb229, "ISKE" },
	{ 0xb22a, "RRBE" }, { 0xb22b, "SSKE" }, { 0xb22c, "TB" },
	{ 0xb22e, "PGIN" }, { 0xb22f, "PGOUT" }, { 0xb230, "CSCH" },
	{ 0xb231, "HSCH" }, { 0xb232, "MSCH" }, { 0xb233, "SSCH" },
	{ 0xb234, "STSCH" }, { 0xb235, "TSCH" }, { 0xb236, "TPI" },
	{ 0xb237, "SAL" }, { 0xb238, "RSCH" }, { 0xb239, "STCRW" },
	{ 0xb23a, "STCPS" }, { 0xb23b, "RCHP" }, { 0xb23c, "SCHM" },
	{ 0xb240, "BAKR" }, { 0xb248, "PALB" }, { 0xb24c, "TAR" },
	{ 0xb250, "CSP" }, { 0xb254, "MVPG" }, { 0xb256, "STHYI" },
	{ 0xb258, "BSG" }, { 0xb25a, "BSA" }, { 0xb25f, "CHSC" },
	{ 0xb274, "SIGA" }, { 0xb276, "XSCH" }, { 0xb278, "STCKE" },
	{ 0xb27c, "STCKF" }, { 0xb27d, "STSI" }, { 0xb2b0, "STFLE" },
	{ 0xb2b1, "STFL" }, { 0xb2b2, "LPSWE" }, { 0xb2f8, "TEND" },
	{ 0xb2fc, "TABORT" }, { 0xb91e, "KMAC" }, { 0xb928, "PCKMO" },
	{ 0xb92a, "KMF" }, { 0xb92b, "KMO" }, { 0xb92d, "KMCTR" },
	{ 0xb92e, "KM" }, { 0xb92f, "KMC" }, { 0xb93e, "KIMD" },
	{ 0xb93f, "KLMD" }, { 0xb98a, "CSPG" }, { 0xb98d, "EPSW" },
	{ 0xb98e, "IDTE" }, { 0xb98f, "CRDTE" }, { 0xb99c, "EQBS" },
	{ 0xb9a2, "PTF" }, { 0xb9ab, "ESSA" }, { 0xb9ae, "RRBM" },
	{ 0xb9af, "PFMF" }, { 0xc801, "ECTG" }, { 0xe303, "LRAG" },
	{ 0xe313, "LRAY" }, { 0xe325, "NTSTG" }, { 0xe500, "LASP" },
	{ 0xe501, "TPROT" }, { 0xe560, "TBEGIN" }, { 0xe561, "TBEGINC" },
	{ 0xeb25, "STCTG" }, { 0xeb2f, "LCTLG" }, { 0xeb60, "LRIC" },
	{ 0xeb61, "STRIC" }, { 0xeb62, "MRIC" }, { 0xeb8a, "SQBS" },
};

/* Orders of SIGP */
static const struct machine_name orders[] = {
	{ 0x01, "sense" }, { 0x02, "external call" },
	{ 0x03, "emergency signal" }, { 0x04, "start" }, { 0x05, "stop" },
	{ 0x06, "restart" }, { 0x09, "stop and store status" },
	{ 0x0b, "initial cpu reset" }, { 0x0c, "cpu reset" },
	{ 0x0d, "set prefix" }, { 0x0e, "store status at address" },
	{ 0x12, "set architecture" },
	{ 0x13, "conditional emergency signal" }, { 0x15, "sense running" },
	{ 0x16, "set multithreading" },
	{ 0x17, "store additional status at address" },
};

/* Functions of DIAGNOSE */
static const struct machine_name functions[] = {
	{ 0x010, "release pages" }, { 0x044, "time slice end" },
	{ 0x09c, "time slice end directed" },
	{ 0x204, "logical-cpu utilization" },
	{ 0x258, "page-reference services" }, { 0x288, "watchdog functions" },
	{ 0x308, "ipl functions" }, { 0x500, "KVM virtio functions" },
	{ 0x501, "KVM breakpoint" },
};

/* Program interruptions */
static const struct machine_name interruptions[] = {
	{ 0x0001, "operation" }, { 0x0002, "privileged operation" },
	{ 0x0003, "execute" }, { 0x0004, "protection" },
	{ 0x0005, "addressing" }, { 0x0006, "specification" },
	{ 0x0007, "data" }, { 0x0008, "fixed-point overflow" },
	{ 0x0009, "fixed-point divide" }, { 0x000a, "decimal overflow" },
	{ 0x000b, "decimal divide" }, { 0x000c, "hfp exponent overflow" },
	{ 0x000d, "hfp exponent underflow" }, { 0x000e, "hfp significance" },
	{ 0x000f, "hfp divide" }, { 0x0010, "segment translation" },
	{ 0x0011, "page translation" },
	{ 0x0012, "translation specification" },
	{ 0x0013, "special operation" }, { 0x0015, "operand" },
	{ 0x0016, "trace table" },
	{ 0x0017, "asn translation specification" },
	{ 0x001c, "space switch event" }, { 0x001d, "hfp square root" },
	{ 0x001f, "pc translation specification" },
	{ 0x0020, "afx translation" }, { 0x0021, "asx translation" },
	{ 0x0022, "lx translation" }, { 0x0023, "ex translation" },
	{ 0x0024, "primary authority" }, { 0x0025, "secondary authority" },
	{ 0x0026, "lfx translation" }, { 0x0027, "lsx translation" },
	{ 0x0028, "alet specification" }, { 0x0029, "alen translation" },
	{ 0x002a, "ale sequence" }, { 0x002b, "aste validity" },
	{ 0x002c, "aste sequence" }, { 0x002d, "extended authority" },
	{ 0x002e, "lste sequence" }, { 0x002f, "aste instance" },
	{ 0x0030, "stack full" }, { 0x0031, "stack empty" },
	{ 0x0032, "stack specification" }, { 0x0033, "stack type" },
	{ 0x0034, "stack operation" }, { 0x0039, "region first translation" },
	{ 0x003a, "region second translation" },
	{ 0x003b, "region third translation" }, { 0x0040, "monitor event" },
	{ 0x0080, "per event" }, { 0x0119, "crypto operation" },
};

#define FIND(table, code)	find(table, sizeof(table) / sizeof((table)[0]), code)

/* NULL: it has no name here. */
static const char *find(const struct machine_name *table, size_t nr,
			uint64_t code)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (table[i].code == code)
			return table[i].name;
	return NULL;
}

static uint64_t code(uint32_t isa __attribute__((unused)),
		     uint64_t sort __attribute__((unused)), uint64_t icptcode)
{
	return icptcode;
}

/*
 * The opcode of an instruction, which is in the highest bits.  Some have a second
 * byte of it, where their format has that.
 */
static uint64_t opcode_of(uint64_t instruction)
{
	const uint64_t first = instruction >> 56;

	switch (first) {
	case 0x01:
	case 0xb2:
	case 0xb9:
	case 0xe5:
		return first << 8 | (instruction >> 48 & 0xff);
	case 0xaa:
	case 0xc8:
		return first << 8 | (instruction >> 48 & 0x0f);
	case 0xe3:	/* of which asm/sie.h takes the byte above */
	case 0xeb:
		return first << 8 | (instruction >> 16 & 0xff);
	}
	return first;
}

static void exit_detail(uint32_t isa __attribute__((unused)), uint64_t code,
			uint64_t reason __attribute__((unused)),
			const uint64_t *v __attribute__((unused)),
			unsigned int has __attribute__((unused)), struct detail *d)
{
	*d = (struct detail){ .kind = DETAIL_NONE };
	switch (code) {
	case INSTRUCTION:
	case PROGRAM:
	case BOTH:
	case OPERATION:
	case PARTIAL:
		*d = (struct detail){ .kind = DETAIL_UNKNOWN };
		break;
	}
}

static void make_instruction(const uint64_t *v, struct detail *d)
{
	*d = (struct detail){ .kind = DETAIL_OPCODE,
			      .value = opcode_of(v[0]) };
}

static void make_program(const uint64_t *v, struct detail *d)
{
	*d = (struct detail){ .kind = DETAIL_PROGRAM, .value = v[0] };
}

static void make_sigp(const uint64_t *v, struct detail *d)
{
	*d = (struct detail){ .kind = DETAIL_SIGP, .value = v[0] };
}

static void make_diag(const uint64_t *v, struct detail *d)
{
	*d = (struct detail){ .kind = DETAIL_DIAG, .value = v[0] };
}

static const struct machine_event inside[] = {
	{ "kvm_s390_intercept_instruction", .fields = { "instruction" },
	  .make = make_instruction },
	{ "kvm_s390_handle_operexc", .fields = { "instruction" },
	  .make = make_instruction },
	{ "kvm_s390_intercept_prog", .fields = { "code" },
	  .make = make_program },
	{ "kvm_s390_handle_sigp", .fields = { "order_code" },
	  .make = make_sigp },
	{ "kvm_s390_handle_sigp_pei", .fields = { "order_code" },
	  .make = make_sigp },
	{ "kvm_s390_handle_diag", .fields = { "code" }, .make = make_diag },
};

/* "sigp 0x1 sense"; "instruction 0xb2b2 LPSWE" */
static bool detail_text_s390(const struct detail *d, char *text)
{
	const char *what, *name;

	switch (d->kind) {
	case DETAIL_OPCODE:
		what = "instruction";
		name = FIND(instructions, d->value);
		break;
	case DETAIL_PROGRAM:
		what = "program";
		name = FIND(interruptions, d->value);
		break;
	case DETAIL_SIGP:
		what = "sigp";
		name = FIND(orders, d->value);
		break;
	case DETAIL_DIAG:
		what = "diag";
		name = FIND(functions, d->value);
		break;
	default:
		return false;
	}
	TEXT("%s 0x%" PRIx64 "%s%s", what, d->value, name ? " " : "",
	     name ? name : "");
	return true;
}

static const struct machine_sign signs[] = {
	{ "kvm_s390_sie_exit", "icptcode" },
	{ "kvm_s390_sie_enter", "cpuflags" },
};

static const struct machine_isa isas[] = {
	{ ISA_S390, "s390" },
};

const struct machine machine_s390 = {
	.name = "s390",
	.system = "kvm",
	.entry = "kvm_s390_sie_enter",
	.exit = "kvm_s390_sie_exit",
	.signs = signs,
	.nr_signs = sizeof(signs) / sizeof(signs[0]),
	.reason_field = "icptcode",
	.isas = isas,
	.nr_isas = sizeof(isas) / sizeof(isas[0]),
	.code = code,
	.names = names,
	.nr_names = sizeof(names) / sizeof(names[0]),
	.exit_fields = { { "pswaddr" } },
	.exit_detail = exit_detail,
	.inside = inside,
	.nr_inside = sizeof(inside) / sizeof(inside[0]),
	.detail_text = detail_text_s390,
	.no_run_begin = true,
	.caveat = MACHINE_AFTER_INTERRUPTS("s390", "kvm_s390_sie_exit"),
};
