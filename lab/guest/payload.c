// SPDX-License-Identifier: GPL-2.0
/*
 * What runs inside the guest: long mode, ring 0, identity mapping, one stack
 * and one page of arguments for each vCPU.  Every operation is one
 * instruction that exits, with the TSC read before and after it.
 *
 * The VMM sets up registers, page tables and arguments; see vm.c.
 */
#include "abi.h"

#define CODE_SELECTOR		0x08
#define TIMER_VECTOR		0x20

#define MSR_APIC_BASE		0x1b
#define MSR_X2APIC_EOI		0x80b
#define MSR_X2APIC_SPIV		0x80f
#define MSR_X2APIC_ICR		0x830
#define MSR_X2APIC_LVTT		0x832
#define MSR_X2APIC_TMICT	0x838
#define MSR_X2APIC_TDCR		0x83e
#define APIC_ENABLE		0x1ff
#define TIMER_DIVIDE_BY_1	0xb	/* KVM's APIC timer then counts ns */
#define NOBODY			200UL	/* x2APIC ID that no vCPU has */

#define CR4_MCE			(1UL << 6)	/* owned by the host on VMX too */

/* A hypercall that no KVM knows is answered with -KVM_ENOSYS. */
#define UNKNOWN_HYPERCALL	0x7fffL
#define KVM_ENOSYS		1000L

static inline uint64_t rdtsc(void)
{
	uint32_t low, high;

	asm volatile("lfence; rdtsc; lfence"
		     : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

static inline uint64_t rdmsr(uint32_t index)
{
	uint32_t low, high;

	asm volatile("rdmsr"
		     : "=a"(low), "=d"(high) : "c"(index) : "memory");
	return (uint64_t)high << 32 | low;
}

static inline void wrmsr(uint32_t index, uint64_t value)
{
	asm volatile("wrmsr"
		     : : "c"(index), "a"((uint32_t)value),
			 "d"((uint32_t)(value >> 32)) : "memory");
}

static inline void outb(uint16_t port, uint8_t value)
{
	asm volatile("outb %0, %1" : : "a"(value), "d"(port) : "memory");
}

/*
 * The operations.  Each returns 0, or 1 when it did not have the result that
 * it must have: an emulator that mixes up the registers of its CPUs shows.
 */

static int op_cpuid(struct guest_args *args)
{
	uint32_t eax = 0, ebx, ecx = 0, edx;

	(void)args;
	asm volatile("cpuid"
		     : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx) : : "memory");
	return eax == 0;
}

static int op_out(struct guest_args *args)
{
	(void)args;
	outb(PORT_IO, IO_PATTERN);
	return 0;
}

static int op_in(struct guest_args *args)
{
	uint8_t value;

	(void)args;
	asm volatile("inb %1, %0"
		     : "=a"(value) : "d"((uint16_t)PORT_IO) : "memory");
	return value != IO_PATTERN;
}

static int op_sleep(struct guest_args *args)
{
	(void)args;
	outb(PORT_SLEEP, IO_PATTERN);
	return 0;
}

static int op_mmio(struct guest_args *args)
{
	(void)args;
	return *(volatile uint32_t *)GUEST_MMIO != MMIO_PATTERN;
}

static int op_rdmsr(struct guest_args *args)
{
	return rdmsr(MSR_APIC_BASE) != args->apic_base;
}

static int op_wrmsr(struct guest_args *args)
{
	wrmsr(MSR_APIC_BASE, args->apic_base);
	return 0;
}

/* KVM sends it in its fast path and enters the guest again from there. */
static int op_icr(struct guest_args *args)
{
	(void)args;
	wrmsr(MSR_X2APIC_ICR, NOBODY << 32 | TIMER_VECTOR);
	return 0;
}

static int op_vmcall(struct guest_args *args)
{
	long ret = UNKNOWN_HYPERCALL;

	if (args->svm)
		asm volatile("vmmcall" : "+a"(ret) : : "memory");
	else
		asm volatile("vmcall" : "+a"(ret) : : "memory");
	return ret != -KVM_ENOSYS;
}

static int op_wbinvd(struct guest_args *args)
{
	(void)args;
	asm volatile("wbinvd" : : : "memory");
	return 0;
}

/* Change a bit each time: VMX exits only when the value differs. */
static int op_cr(struct guest_args *args)
{
	args->cr4 ^= CR4_MCE;
	asm volatile("mov %0, %%cr4" : : "r"(args->cr4) : "memory");
	return 0;
}

/* KVM lifts the DR intercepts until the next exit: make one first. */
static void prepare_dr(struct guest_args *args)
{
	op_cpuid(args);
}

static int op_dr(struct guest_args *args)
{
	uint64_t dr7;

	(void)args;
	asm volatile("mov %%dr7, %0" : "=r"(dr7) : : "memory");
	return dr7 != 0x400;
}

/* Each page once; the next one waits behind it. */
static int op_touch(struct guest_args *args)
{
	*(volatile uint64_t *)args->touch = 1;
	args->touch += PAGE_BYTES;
	return 0;
}

static void prepare_hlt(struct guest_args *args)
{
	args->woken = 0;
	wrmsr(MSR_X2APIC_LVTT, TIMER_VECTOR);
	wrmsr(MSR_X2APIC_TMICT, args->hlt_ns);
}

/* STI takes effect after HLT: the timer cannot be missed. */
static int op_hlt(struct guest_args *args)
{
	asm volatile("sti; hlt; cli" : : : "memory");
	return !args->woken;
}

static void finish_hlt(struct guest_args *args)
{
	(void)args;
	wrmsr(MSR_X2APIC_EOI, 0);
}

/* What surrounds an operation without being measured. */
static const struct {
	int (*run)(struct guest_args *args);
	void (*prepare)(struct guest_args *args);
	void (*finish)(struct guest_args *args);
} operations[OP_NR] = {
	[OP_CPUID]  = { .run = op_cpuid },
	[OP_OUT]    = { .run = op_out },
	[OP_IN]     = { .run = op_in },
	[OP_SLEEP]  = { .run = op_sleep },
	[OP_MMIO]   = { .run = op_mmio },
	[OP_RDMSR]  = { .run = op_rdmsr },
	[OP_WRMSR]  = { .run = op_wrmsr },
	[OP_HLT]    = { .run = op_hlt, .prepare = prepare_hlt,
			.finish = finish_hlt },
	[OP_VMCALL] = { .run = op_vmcall },
	[OP_CR]     = { .run = op_cr },
	[OP_DR]     = { .run = op_dr, .prepare = prepare_dr },
	[OP_WBINVD] = { .run = op_wbinvd },
	[OP_TOUCH]  = { .run = op_touch },
	[OP_ICR]    = { .run = op_icr },
};

static void execute(struct guest_args *args, unsigned int op)
{
	struct op_result *result = &args->op[op];
	uint64_t start, cycles;

	if (operations[op].prepare)
		operations[op].prepare(args);
	start = rdtsc();
	args->wrong += operations[op].run(args);
	cycles = rdtsc() - start;
	if (operations[op].finish)
		operations[op].finish(args);

	result->sum += cycles;
	if (!result->done || cycles < result->min)
		result->min = cycles;
	if (cycles > result->max)
		result->max = cycles;
	result->done++;
}

/* xorshift64, Marsaglia 2003. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* The first operation from @op on, around the table, with some left. */
static int choose(struct guest_args *args, unsigned int op)
{
	for (unsigned int i = 0; i < OP_NR; i++, op++) {
		op %= OP_NR;
		if (args->op[op].done < args->op[op].count)
			return op;
	}
	return -1;
}

/*
 * The timer interrupt.  It is acknowledged after the HLT that it ended was
 * measured, since that may be an exit of its own.  The stack tells the vCPU.
 */
struct interrupt_frame;

__attribute__((interrupt))
static void timer_interrupt(struct interrupt_frame *frame)
{
	uint64_t id = ((uint64_t)frame - GUEST_STACKS) / PAGE_BYTES;

	/* QEMU may deliver it twice otherwise: ../extra/pause.patch says why. */
	asm volatile("pause");
	((struct guest_args *)(GUEST_ARGS + id * PAGE_BYTES))->woken = 1;
}

static const uint64_t gdt[] = { 0, 0x00af9b000000ffffUL, 0x00cf93000000ffffUL };

struct gate {
	uint16_t offset_low;
	uint16_t selector;
	uint16_t type;
	uint16_t offset_middle;
	uint32_t offset_high;
	uint32_t reserved;
};

struct __attribute__((packed)) descriptor_table {
	uint16_t limit;
	uint64_t base;
};

static void load_tables(void)
{
	static struct gate idt[TIMER_VECTOR + 1];
	const struct descriptor_table gdtr = { sizeof(gdt) - 1, (uint64_t)gdt };
	const struct descriptor_table idtr = { sizeof(idt) - 1, (uint64_t)idt };
	uint64_t handler = (uint64_t)timer_interrupt;

	idt[TIMER_VECTOR] = (struct gate) {
		.offset_low = handler,
		.selector = CODE_SELECTOR,
		.type = 0x8e00,		/* present, interrupt gate */
		.offset_middle = handler >> 16,
		.offset_high = handler >> 32,
	};
	asm volatile("lgdt %0; lidt %1" : : "m"(gdtr), "m"(idtr) : "memory");
}

__attribute__((section(".text.start"), noreturn))
void start(struct guest_args *args)
{
	uint64_t random = args->seed;
	int op = -1;

	load_tables();
	args->apic_base = rdmsr(MSR_APIC_BASE);
	wrmsr(MSR_X2APIC_SPIV, APIC_ENABLE);
	wrmsr(MSR_X2APIC_TDCR, TIMER_DIVIDE_BY_1);
	/* On VMX, the first access is an EPT violation as with any page. */
	if (args->op[OP_MMIO].count)
		args->wrong += op_mmio(args);

	for (;;) {
		op = choose(args, args->seed ? next_random(&random) % OP_NR :
			    (unsigned int)op + 1);
		if (op < 0)
			break;
		execute(args, op);
	}
	args->finished = 1;
	for (;;)
		outb(PORT_DONE, 0);
}
