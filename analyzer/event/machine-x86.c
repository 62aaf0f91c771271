// SPDX-License-Identifier: GPL-2.0
#include "event/machine-x86.h"

#include <inttypes.h>
#include <stdio.h>

#include "event/hypercalls.h"
#include "event/msrs.h"

#define TEXT(...)	snprintf(text, DETAIL_TEXT_MAX, __VA_ARGS__)

#define VECTOR_PF	14u
#define INFO_VALID	0x80000000u	/* of intr_info, both ISAs */

/* Basic exit reasons with a qualification that tells: SDM, appendix C */
#define VMX_EXCEPTION		0u
#define VMX_INTERRUPT		1u
#define VMX_CR			28u
#define VMX_DR			29u
#define VMX_IO			30u
#define VMX_APIC_ACCESS		44u
#define VMX_EOI_INDUCED		45u
#define VMX_APIC_WRITE		56u

/* Exit codes: APM, appendix C */
#define SVM_READ_CR		0x00u	/* and 15 more, as each of these */
#define SVM_WRITE_CR		0x10u
#define SVM_READ_DR		0x20u
#define SVM_WRITE_DR		0x30u
#define SVM_EXCEPTION		0x40u	/* and 31 more */
#define SVM_CR0_SEL_WRITE	0x65u
#define SVM_IOIO		0x7bu
#define SVM_NPF			0x400u
#define SVM_AVIC_UNACCELERATED	0x402u

static struct detail plain(enum detail_kind kind, uint64_t value)
{
	return (struct detail){ .kind = kind, .value = value };
}

static struct detail access_to(enum detail_kind kind, uint64_t value,
			       enum detail_op op, uint32_t size)
{
	return (struct detail){ .kind = kind, .value = value, .op = op,
				.size = size };
}

static struct detail fault(uint64_t address, uint64_t error)
{
	return (struct detail){ .kind = DETAIL_FAULT, .value = address,
				.error = error };
}

static struct detail vmx_exception(const struct x86_exit *e)
{
	uint32_t vector = e->intr_info & 0xff;

	if (!(e->intr_info & INFO_VALID))
		return plain(DETAIL_NONE, 0);
	if (vector == VECTOR_PF)
		return fault(e->info1, e->error_code);
	return plain(DETAIL_EXCEPTION, vector);
}

static struct detail vmx_cr(uint64_t qualification)
{
	static const enum detail_op ops[] = { DETAIL_WRITE, DETAIL_READ,
					      DETAIL_CLTS, DETAIL_LMSW };

	return access_to(DETAIL_CR, qualification & 15,
			 ops[qualification >> 4 & 3], 0);
}

static struct detail vmx_dr(uint64_t qualification)
{
	return access_to(DETAIL_DR, qualification & 7,
			 qualification & 0x10 ? DETAIL_READ : DETAIL_WRITE, 0);
}

static struct detail vmx_io(uint64_t qualification)
{
	return access_to(DETAIL_PORT, qualification >> 16 & 0xffff,
			 qualification & 8 ? DETAIL_READ : DETAIL_WRITE,
			 (qualification & 7) + 1);
}

static struct detail vmx_detail(uint64_t code, const struct x86_exit *e)
{
	switch (code) {
	case VMX_EXCEPTION:
		return vmx_exception(e);
	case VMX_INTERRUPT:
		if (e->intr_info & INFO_VALID)
			return plain(DETAIL_VECTOR, e->intr_info & 0xff);
		break;
	case VMX_CR:
		return vmx_cr(e->info1);
	case VMX_DR:
		return vmx_dr(e->info1);
	case VMX_IO:
		return vmx_io(e->info1);
	case VMX_APIC_ACCESS:
		return access_to(DETAIL_APIC, e->info1 & 0xfff,
				 (e->info1 >> 12 & 15) == 1 ? DETAIL_WRITE :
							      DETAIL_READ, 0);
	case VMX_APIC_WRITE:
		return access_to(DETAIL_APIC, e->info1 & 0xfff, DETAIL_WRITE, 0);
	case VMX_EOI_INDUCED:
		return plain(DETAIL_VECTOR, e->info1 & 0xff);
	}
	return plain(DETAIL_NONE, 0);
}

/* What of @e tells the detail: X86_LACKS_... */
static unsigned int vmx_needs(uint64_t code, const struct x86_exit *e)
{
	switch (code) {
	case VMX_EXCEPTION:
		return (e->intr_info & 0xff) != VECTOR_PF ?
		       X86_LACKS_INTR_INFO :
		       X86_LACKS_INTR_INFO | X86_LACKS_INFO |
		       X86_LACKS_ERROR_CODE;
	case VMX_INTERRUPT:
		return X86_LACKS_INTR_INFO;
	case VMX_CR:
	case VMX_DR:
	case VMX_IO:
	case VMX_APIC_ACCESS:
	case VMX_APIC_WRITE:
	case VMX_EOI_INDUCED:
		return X86_LACKS_INFO;
	}
	return 0;
}

static struct detail svm_io(uint64_t info1)
{
	return access_to(DETAIL_PORT, info1 >> 16 & 0xffff,
			 info1 & 1 ? DETAIL_READ : DETAIL_WRITE,
			 info1 >> 4 & 7);
}

static struct detail svm_exception(uint32_t vector, const struct x86_exit *e)
{
	if (vector == VECTOR_PF)
		return fault(e->info2, e->info1);
	return plain(DETAIL_EXCEPTION, vector);
}

static struct detail svm_detail(uint64_t code, const struct x86_exit *e)
{
	switch (code) {
	case SVM_READ_CR ... SVM_READ_CR + 15:
		return access_to(DETAIL_CR, code - SVM_READ_CR, DETAIL_READ, 0);
	case SVM_WRITE_CR ... SVM_WRITE_CR + 15:
		return access_to(DETAIL_CR, code - SVM_WRITE_CR, DETAIL_WRITE,
				 0);
	case SVM_READ_DR ... SVM_READ_DR + 15:
		return access_to(DETAIL_DR, code - SVM_READ_DR, DETAIL_READ, 0);
	case SVM_WRITE_DR ... SVM_WRITE_DR + 15:
		return access_to(DETAIL_DR, code - SVM_WRITE_DR, DETAIL_WRITE,
				 0);
	case SVM_EXCEPTION ... SVM_EXCEPTION + 31:
		return svm_exception(code - SVM_EXCEPTION, e);
	case SVM_CR0_SEL_WRITE:
		return access_to(DETAIL_CR, 0, DETAIL_WRITE, 0);
	case SVM_IOIO:
		return svm_io(e->info1);
	case SVM_NPF:
		return fault(e->info2, e->info1);
	case SVM_AVIC_UNACCELERATED:
		return access_to(DETAIL_APIC, e->info1 & 0xff0,
				 e->info1 >> 32 & 1 ? DETAIL_WRITE :
						      DETAIL_READ, 0);
	}
	return plain(DETAIL_NONE, 0);
}

static unsigned int svm_needs(uint64_t code)
{
	switch (code) {
	case SVM_EXCEPTION + VECTOR_PF:
	case SVM_IOIO:
	case SVM_NPF:
	case SVM_AVIC_UNACCELERATED:
		return X86_LACKS_INFO;
	}
	return 0;
}

struct detail x86_detail(uint32_t isa, uint64_t code,
			 const struct x86_exit *exit)
{
	unsigned int needs = isa == ISA_VMX ? vmx_needs(code, exit) :
					      svm_needs(code);

	if ((needs & exit->lacks) || !isa_valid(isa))
		return plain(DETAIL_UNKNOWN, 0);
	return isa == ISA_VMX ? vmx_detail(code, exit) : svm_detail(code, exit);
}

uint16_t x86_flags(uint32_t isa, uint64_t reason)
{
	return isa == ISA_VMX ? reason >> 16 & 0xffff : 0;
}

static void make_pio(const uint64_t *v, struct detail *d)
{
	*d = access_to(DETAIL_PORT, v[0], v[1] ? DETAIL_WRITE : DETAIL_READ, v[2]);
}

static void make_msr(const uint64_t *v, struct detail *d)
{
	*d = access_to(DETAIL_MSR, v[0], v[1] ? DETAIL_WRITE : DETAIL_READ, 0);
}

/* The kernel does not look how long it is: a device wants to be kicked. */
static void make_fast_mmio(const uint64_t *v, struct detail *d)
{
	*d = access_to(DETAIL_MMIO, v[0], DETAIL_WRITE, 0);
}

static void make_fault(const uint64_t *v, struct detail *d)
{
	*d = fault(v[0], v[1]);
}

static void make_cr(const uint64_t *v, struct detail *d)
{
	*d = access_to(DETAIL_CR, v[0], v[1] ? DETAIL_WRITE : DETAIL_READ, 0);
}

static void make_cpuid(const uint64_t *v, struct detail *d)
{
	*d = plain(DETAIL_CPUID, v[0]);
}

static void make_hypercall(const uint64_t *v, struct detail *d)
{
	*d = plain(DETAIL_HYPERCALL, v[0]);
}

static void make_hyperv(const uint64_t *v, struct detail *d)
{
	*d = plain(DETAIL_HYPERV, v[0]);
}

static void make_xen(const uint64_t *v, struct detail *d)
{
	*d = plain(DETAIL_XEN, v[0]);
}

static void make_virq(const uint64_t *v, struct detail *d)
{
	*d = plain(DETAIL_INJECTED, v[0]);
}

/* APIC_DM_FIXED, APIC_DM_LOWEST of asm/apicdef.h: others have no vector. */
#define DELIVERY_FIXED	0x000u
#define DELIVERY_LOWEST	0x100u

static void make_accepted(const uint64_t *v, struct detail *d)
{
	const bool has_vector = v[1] == DELIVERY_FIXED || v[1] == DELIVERY_LOWEST;

	*d = plain(has_vector ? DETAIL_ACCEPTED : DETAIL_NONE, has_vector ? v[0] : 0);
}

static void make_nested(const uint64_t *v __attribute__((unused)), struct detail *d)
{
	*d = plain(DETAIL_NESTED, 0);
}

static const struct machine_event inside[] = {
	{ "kvm_pio", { "port", "rw", "size" }, make_pio },
	{ "kvm_msr", { "ecx", "write" }, make_msr },
	{ "kvm_mmio", { "gpa", "type", "len" }, detail_of_mmio },
	{ "kvm_fast_mmio", { "gpa" }, make_fast_mmio },
	{ "kvm_page_fault", { "fault_address", "error_code" }, make_fault },
	{ "kvm_cr", { "cr", "rw" }, make_cr },
	{ "kvm_cpuid", { "function" }, make_cpuid },
	{ "kvm_hypercall", { "nr" }, make_hypercall },
	{ "kvm_hv_hypercall", { "code" }, make_hyperv },
	{ "kvm_xen_hypercall", { "nr" }, make_xen },
	{ "kvm_inj_virq", { "vector" }, make_virq, "irq" },
	{ "kvm_apic_accept_irq", { "vec", "dm" }, make_accepted },
	{ "kvm_nested_vmexit", { NULL }, make_nested },
};

static const char *op_name(const struct detail *d)
{
	return d->op == DETAIL_READ ? "read" : "write";
}

static void msr_text(const struct detail *d, char *text)
{
	const char *name = msr_name(d->value);

	TEXT("%smsr 0x%" PRIx64 "%s%s", d->op == DETAIL_READ ? "rd" : "wr",
	     d->value, name ? " " : "", name ? name : "");
}

static void cr_text(const struct detail *d, char *text)
{
	if (d->op == DETAIL_CLTS)
		TEXT("clts");
	else if (d->op == DETAIL_LMSW)
		TEXT("lmsw");
	else
		TEXT("%s cr%" PRIu64, op_name(d), d->value);
}

static void hypercall_text(const struct detail *d, char *text)
{
	const char *name = hypercall_name(d->kind, d->value);
	const char *space = name ? " " : "";

	if (!name)
		name = "";
	if (d->kind == DETAIL_HYPERV)
		TEXT("hyperv call 0x%" PRIx64 "%s%s", d->value, space, name);
	else
		TEXT("%s %" PRIu64 "%s%s",
		     d->kind == DETAIL_XEN ? "xen call" : "hypercall", d->value,
		     space, name);
}

/* As the vector's mnemonic, where it has one that is still in use */
static void exception_text(const struct detail *d, char *text)
{
	static const char *const names[32] = {
		"DE", "DB", "NMI", "BP", "OF", "BR", "UD", "NM", "DF", NULL,
		"TS", "NP", "SS", "GP", "PF", NULL, "MF", "AC", "MC", "XM",
		"VE", "CP", NULL, NULL, NULL, NULL, NULL, NULL, "HV", "VC",
		"SX", NULL,
	};

	if (d->value < 32 && names[d->value])
		TEXT("#%s", names[d->value]);
	else
		TEXT("exception %" PRIu64, d->value);
}

/* The kinds of detail that no other machine has */
static bool detail_text_x86(const struct detail *d, char *text)
{
	switch (d->kind) {
	case DETAIL_EXCEPTION:
		exception_text(d, text);
		return true;
	case DETAIL_APIC:
		TEXT("apic %s 0x%" PRIx64, op_name(d), d->value);
		return true;
	case DETAIL_CR:
		cr_text(d, text);
		return true;
	case DETAIL_DR:
		TEXT("%s dr%" PRIu64, op_name(d), d->value);
		return true;
	case DETAIL_PORT:
		detail_access_text(d, d->op == DETAIL_READ ? "in" : "out", text);
		return true;
	case DETAIL_MSR:
		msr_text(d, text);
		return true;
	case DETAIL_CPUID:
		TEXT("leaf 0x%" PRIx64, d->value);
		return true;
	case DETAIL_HYPERCALL:
	case DETAIL_HYPERV:
	case DETAIL_XEN:
		hypercall_text(d, text);
		return true;
	}
	return false;
}

/*
 * "bus_lock, entry_failure" behind the @len bytes that are there; bits without a
 * name by their number.  See the format of the exit reason in the SDM.
 */
static void flags_text(uint16_t flags, char *text, size_t len)
{
	static const char *const names[16] = {
		[10] = "bus_lock", [11] = "enclave", [12] = "pending_mtf",
		[13] = "vmx_root", [15] = "entry_failure",
	};
	unsigned int i;

	for (i = 0; i < 16; i++) {
		if (!(flags & 1u << i) || !names[i])
			continue;
		len += snprintf(text + len, DETAIL_TEXT_MAX - len, "%s%s",
				len ? ", " : "", names[i]);
		flags &= ~(1u << i);
	}
	if (flags)
		snprintf(text + len, DETAIL_TEXT_MAX - len, "%sbits 0x%" PRIx32,
			 len ? ", " : "", (uint32_t)flags << 16);
}

/* The fields of kvm_exit, as machine_x86 names them */
enum exit_field {
	EXIT_RIP,
	EXIT_INFO1,
	EXIT_INFO2,
	EXIT_INTR_INFO,
	EXIT_ERROR_CODE,
	EXIT_FIELDS,
};

#define HAS(field)	(1u << (field))

/* What a kvm_exit with the fields @has does not say: X86_LACKS_... */
static unsigned int lacks_of(unsigned int has)
{
	const unsigned int infos = HAS(EXIT_INFO1) | HAS(EXIT_INFO2);
	unsigned int lacks = 0;

	if ((has & infos) != infos)
		lacks |= X86_LACKS_INFO;
	if (!(has & HAS(EXIT_INTR_INFO)))
		lacks |= X86_LACKS_INTR_INFO;
	if (!(has & HAS(EXIT_ERROR_CODE)))
		lacks |= X86_LACKS_ERROR_CODE;
	return lacks;
}

/*
 * All is inlined, and each member copied by itself: what is written as two numbers and read
 * as one of twice the size has a processor wait until both have left its store buffer.
 * Copies of structs took 8 % of the time of --by=detail.
 */
__attribute__((flatten)) static void
exit_detail(uint32_t isa, uint64_t code, uint64_t reason,
	    const uint64_t v[MACHINE_FIELDS], unsigned int has, struct detail *d)
{
	struct x86_exit exit = {
		.info1 = v[EXIT_INFO1], .info2 = v[EXIT_INFO2],
		.intr_info = v[EXIT_INTR_INFO],
		.error_code = v[EXIT_ERROR_CODE],
	};
	struct detail own;

	/*
	 * Before Linux 5.10 info2 of VMX was what has a field of its own since
	 * then.
	 */
	if (isa == ISA_VMX && !(has & HAS(EXIT_INTR_INFO)) &&
	    has & HAS(EXIT_INFO2)) {
		exit.intr_info = exit.info2;
		has |= HAS(EXIT_INTR_INFO);
	}
	if (__builtin_expect(has != HAS(EXIT_FIELDS) - 1, 0))
		exit.lacks = lacks_of(has);
	own = x86_detail(isa, code, &exit);
	d->value = own.value;
	d->error = own.error;
	d->size = own.size;
	d->kind = own.kind;
	d->op = own.op;
	d->flags = x86_flags(isa, reason);
}

/*
 * After "isa == 1" SVM is left; after both have been asked for, all the others:
 * that is how PVM names its own.
 */
static uint32_t isa_left(uint32_t asked)
{
	const uint32_t both = isa_bit(ISA_VMX) | isa_bit(ISA_SVM);

	if ((asked & both) == both)
		return ISA_REST;
	if (!(asked & both))
		return 0;
	return asked & isa_bit(ISA_VMX) ? ISA_SVM : ISA_VMX;
}

static uint64_t code_x86(uint32_t isa, uint64_t sort __attribute__((unused)),
			 uint64_t reason)
{
	return x86_code(isa, reason);
}

static const struct machine_sign signs[] = {
	{ "kvm_exit", "guest_rip" }, { "kvm_exit", "isa" }, { "kvm_entry", "rip" },
};

static const struct machine_isa isas[] = {
	{ ISA_VMX, "vmx" },
	{ ISA_SVM, "svm" },
};

_Static_assert(sizeof(inside) / sizeof(inside[0]) <= MACHINE_INSIDE,
	       "more events than there is room for");

const struct machine machine_x86 = {
	.name = "x86",
	.system = "kvm",
	.entry = "kvm_entry",
	.exit = "kvm_exit",
	.signs = signs,
	.nr_signs = sizeof(signs) / sizeof(signs[0]),
	.reason_field = "exit_reason",
	.isa_field = "isa",
	.isas = isas,
	.nr_isas = sizeof(isas) / sizeof(isas[0]),
	.code = code_x86,
	.isa_left = isa_left,
	/* Linux 4.x has info1 and info2, and neither of the others. */
	.exit_fields = {
		[EXIT_RIP] = { "guest_rip" },
		[EXIT_INFO1] = { "info1", true },
		[EXIT_INFO2] = { "info2", true },
		[EXIT_INTR_INFO] = { "intr_info", true },
		[EXIT_ERROR_CODE] = { "error_code", true },
	},
	.exit_detail = exit_detail,
	.inside = inside,
	.nr_inside = sizeof(inside) / sizeof(inside[0]),
	.detail_text = detail_text_x86,
	.flags_text = flags_text,
	.unsaid_isa = "which ISA its exits are of, as kernels of about 2010 and before: their reasons are shown by number, of isa0: say which it is with --isa=vmx or --isa=svm",
	.unnamed_reasons = "exit reasons, as kernels of about 2011 and before: they are shown by number",
};
