// SPDX-License-Identifier: GPL-2.0
#include "event/detail.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/compare.h"
#include "event/msrs.h"
#include "event/reasons.h"

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

static struct detail vmx_exception(const struct detail_exit *e)
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

static struct detail vmx_detail(uint64_t code, const struct detail_exit *e)
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

/* What of @e tells the detail: DETAIL_LACKS_... */
static unsigned int vmx_needs(uint64_t code, const struct detail_exit *e)
{
	switch (code) {
	case VMX_EXCEPTION:
		return (e->intr_info & 0xff) != VECTOR_PF ?
		       DETAIL_LACKS_INTR_INFO :
		       DETAIL_LACKS_INTR_INFO | DETAIL_LACKS_INFO |
		       DETAIL_LACKS_ERROR_CODE;
	case VMX_INTERRUPT:
		return DETAIL_LACKS_INTR_INFO;
	case VMX_CR:
	case VMX_DR:
	case VMX_IO:
	case VMX_APIC_ACCESS:
	case VMX_APIC_WRITE:
	case VMX_EOI_INDUCED:
		return DETAIL_LACKS_INFO;
	}
	return 0;
}

static struct detail svm_io(uint64_t info1)
{
	return access_to(DETAIL_PORT, info1 >> 16 & 0xffff,
			 info1 & 1 ? DETAIL_READ : DETAIL_WRITE,
			 info1 >> 4 & 7);
}

static struct detail svm_exception(uint32_t vector, const struct detail_exit *e)
{
	if (vector == VECTOR_PF)
		return fault(e->info2, e->info1);
	return plain(DETAIL_EXCEPTION, vector);
}

static struct detail svm_detail(uint64_t code, const struct detail_exit *e)
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
		return DETAIL_LACKS_INFO;
	}
	return 0;
}

struct detail detail_of_exit(uint32_t isa, uint64_t code,
			     const struct detail_exit *exit)
{
	unsigned int needs = isa == ISA_VMX ? vmx_needs(code, exit) :
					      svm_needs(code);

	if ((needs & exit->lacks) || !isa_valid(isa))
		return plain(DETAIL_UNKNOWN, 0);
	return isa == ISA_VMX ? vmx_detail(code, exit) : svm_detail(code, exit);
}

uint16_t detail_flags(uint32_t isa, uint64_t reason)
{
	return isa == ISA_VMX ? reason >> 16 & 0xffff : 0;
}

#define RANK_FINAL	3

static int rank(const struct detail *d)
{
	switch (d->kind) {
	case DETAIL_NONE:
	case DETAIL_UNKNOWN:
	case DETAIL_OTHER:
		return 0;
	case DETAIL_INJECTED:
		return 1;
	case DETAIL_VECTOR:
	case DETAIL_EXCEPTION:
	case DETAIL_FAULT:
		return 2;
	default:
		return RANK_FINAL;
	}
}

void detail_merge(struct detail *to, const struct detail *event)
{
	uint16_t flags = to->flags | event->flags;

	if (rank(event) > rank(to))
		*to = *event;
	to->flags = flags;
}

int detail_is_final(const struct detail *d)
{
	return rank(d) == RANK_FINAL;
}

int detail_compare(const struct detail *a, const struct detail *b)
{
	int order = compare_u64(a->kind, b->kind);

	if (!order)
		order = compare_u64(a->value, b->value);
	if (!order)
		order = compare_u64(a->op, b->op);
	if (!order)
		order = compare_u64(a->size, b->size);
	if (!order)
		order = compare_u64(a->error, b->error);
	return order ? order : compare_u64(a->flags, b->flags);
}

#define TEXT(...)	snprintf(text, DETAIL_TEXT_MAX, __VA_ARGS__)

static const char *op_name(const struct detail *d)
{
	return d->op == DETAIL_READ ? "read" : "write";
}

static void access_text(const struct detail *d, const char *what, char *text)
{
	int len = TEXT("%s 0x%" PRIx64, what, d->value);

	if (d->size)
		snprintf(text + len, DETAIL_TEXT_MAX - len, " size %" PRIu32,
			 d->size);
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

static void plain_text(const struct detail *d, char *text)
{
	switch (d->kind) {
	case DETAIL_UNKNOWN:
	case DETAIL_OTHER:
		TEXT("%s", detail_kind_name(d));
		break;
	case DETAIL_INJECTED:
		TEXT("injected vector 0x%" PRIx64, d->value);
		break;
	case DETAIL_VECTOR:
		TEXT("vector 0x%" PRIx64, d->value);
		break;
	case DETAIL_EXCEPTION:
		exception_text(d, text);
		break;
	case DETAIL_FAULT:
		TEXT("fault 0x%" PRIx64 " error 0x%" PRIx64, d->value, d->error);
		break;
	case DETAIL_APIC:
		TEXT("apic %s 0x%" PRIx64, op_name(d), d->value);
		break;
	case DETAIL_CR:
		cr_text(d, text);
		break;
	case DETAIL_DR:
		TEXT("%s dr%" PRIu64, op_name(d), d->value);
		break;
	case DETAIL_PORT:
		access_text(d, d->op == DETAIL_READ ? "in" : "out", text);
		break;
	case DETAIL_MSR:
		msr_text(d, text);
		break;
	case DETAIL_MMIO:
		access_text(d, d->op == DETAIL_READ ? "mmio read" :
						      "mmio write", text);
		break;
	case DETAIL_CPUID:
		TEXT("leaf 0x%" PRIx64, d->value);
		break;
	case DETAIL_HYPERCALL:
		TEXT("hypercall %" PRIu64, d->value);
		break;
	case DETAIL_HYPERV:
		TEXT("hyperv call 0x%" PRIx64, d->value);
		break;
	case DETAIL_XEN:
		TEXT("xen call %" PRIu64, d->value);
		break;
	default:
		TEXT("-");
	}
}

/*
 * "bus_lock, entry_failure" behind the @len bytes that are there; bits without a
 * name by their number.  See the format of the exit reason in the SDM.
 */
static void add_flags(uint16_t flags, char *text, int len)
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

void detail_text(const struct detail *d, char *text)
{
	text[0] = '\0';
	if (d->kind != DETAIL_NONE || !d->flags)
		plain_text(d, text);
	if (d->flags)
		add_flags(d->flags, text, strlen(text));
}

const char *detail_kind_name(const struct detail *d)
{
	static const char *const names[DETAIL_KINDS] = {
		"none", "unknown", "other", "injected", "vector", "exception",
		"fault", "apic", "cr", "dr", "port", "msr", "mmio", "cpuid",
		"hypercall", "hyperv", "xen",
	};

	return names[d->kind];
}

int detail_has_value(const struct detail *d)
{
	return d->kind > DETAIL_OTHER;
}
