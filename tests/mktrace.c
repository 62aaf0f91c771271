// SPDX-License-Identifier: GPL-2.0
/*
 * Events and sub-buffers; the container is in mktrace-file.c.
 */
#include <assert.h>
#include <endian.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "mktrace-arch.h"
#include "mktrace-private.h"
#include "mktrace-reasons.h"

#define HOLE		0xa5
#define SPOOL_BYTES	(1u << 20)
#define COMMON_BYTES	8	/* common_type to common_pid */

#define REASON_PRINT \
	"(REC->isa == 1) ? __print_symbolic(REC->exit_reason & 0xffff, " \
	MKTRACE_VMX_REASONS ") : __print_symbolic(REC->exit_reason, " \
	MKTRACE_SVM_REASONS "), " \
	"(REC->isa == 1 && REC->exit_reason & ~0xffff) ? \" \" : \"\", " \
	"(REC->isa == 1) ? __print_flags(REC->exit_reason & ~0xffff, \" \", " \
	"{ 0x80000000, \"FAILED_VMENTRY\" }) : \"\""

#define EXIT_PRINT_FMT \
	"\"vcpu %u reason %s%s%s rip 0x%lx info1 0x%016llx info2 0x%016llx " \
	"intr_info 0x%08x error_code 0x%08x"
#define EXIT_PRINT_ARGS \
	"\", REC->vcpu_id, " REASON_PRINT ", REC->guest_rip, REC->info1, " \
	"REC->info2, REC->intr_info, REC->error_code"

/* In the order of the values that the writers below pass. */
enum { KVM_EXIT, KVM_ENTRY, KVM_REPORT, KVM_STATS, KVM_PIO, KVM_MSR, KVM_MMIO,
       KVM_PAGE_FAULT, KVM_FPU, SCHED_SWITCH, KVM_USERSPACE_EXIT,
       KVM_WAKEUP, KVM_FAST_MMIO, KVM_CR, KVM_CPUID, KVM_HYPERCALL,
       KVM_HV_HYPERCALL, KVM_XEN_HYPERCALL, KVM_INJ_VIRQ, KVM_NESTED_VMEXIT };

#define U32(name)	{ "u32", #name, 4, false, false, 0, 0 }
#define U64(name)	{ "u64", #name, 8, false, false, 0, 0 }
#define UINT(name)	{ "unsigned int", #name, 4, false, false, 0, 0 }
#define ULONG(name)	{ "unsigned long", #name, 8, false, false, 0, 0 }

static const struct mktrace_event patched_events[] = {
	[KVM_EXIT] = {
		"kvm", "kvm_exit",
		EXIT_PRINT_FMT " tsc %llu vm %u" EXIT_PRINT_ARGS
		", REC->tsc, REC->vm", 903, false, false,
		{ UINT(exit_reason), ULONG(guest_rip), U32(isa), U64(info1),
		  U64(info2), U32(intr_info), U32(error_code), UINT(vcpu_id),
		  U64(tsc), U32(vm) }, 0 },
	[KVM_ENTRY] = {
		"kvm", "kvm_entry",
		"\"vcpu %u, rip 0x%lx%s tsc %llu exit_tsc %llu user %llu "
		"halted %llu off_cpu %llu traced %u seq %llu epoch %u "
		"report %u vm %u reason %s%s%s\", REC->vcpu_id, REC->rip, "
		"REC->immediate_exit ? \"[immediate exit]\" : \"\", REC->tsc, "
		"REC->exit_tsc, REC->user, REC->halted, REC->off_cpu, "
		"REC->traced, REC->seq, REC->epoch, REC->report, REC->vm, "
		REASON_PRINT, 915, false, false,
		{ UINT(vcpu_id), ULONG(rip),
		  { "bool", "immediate_exit", 1, false, false, 0, 0 },
		  U64(tsc), U64(exit_tsc), U64(user), U64(halted),
		  U64(off_cpu), U64(seq), U32(traced), U32(epoch), U32(report),
		  U32(vm), U32(exit_reason), U32(isa) }, 0 },
	[KVM_REPORT] = {
		"kvm", "kvm_exit_report",
		"\"epoch %u report %u since %u interval %u seq %llu\", "
		"REC->epoch, REC->report, REC->since, REC->interval, REC->seq",
		916, true, false,
		{ U32(epoch), U32(report), U32(since), U32(interval),
		  U64(seq) }, 0 },
	[KVM_STATS] = {
		"kvm", "kvm_exit_stats",
		"\"epoch %u report %u isa %u reason 0x%x kind %u exits %llu "
		"cycles %llu\", REC->epoch, REC->report, REC->isa, "
		"REC->exit_reason, REC->kind, REC->exits, REC->cycles",
		917, true, false,
		{ U32(epoch), U32(report), U32(isa), U32(exit_reason),
		  U32(kind), U64(exits), U64(cycles), U64(min), U64(max),
		  U64(user), U64(halted), U64(off_cpu), U64(backwards) },
		0 },
	[KVM_PIO] = {
		"kvm", "kvm_pio",
		"\"pio_%s at 0x%x size %d count %d val 0x%x %s\", "
		"REC->rw ? \"write\" : \"read\", REC->port, REC->size, "
		"REC->count, REC->val, REC->count > 1 ? \"(...)\" : \"\"",
		910, false, false,
		{ UINT(rw), UINT(port), UINT(size), UINT(count), UINT(val) },
		0 },
	[KVM_MSR] = {
		"kvm", "kvm_msr",
		"\"msr_%s %x = 0x%llx%s\", REC->write ? \"write\" : \"read\", "
		"REC->ecx, REC->data, REC->exception ? \" (#GP)\" : \"\"",
		899, false, false,
		{ { "unsigned", "write", 4, false, false, 0, 0 }, U32(ecx),
		  U64(data),
		  { "u8", "exception", 1, false, false, 0, 0 } }, 0 },
	[KVM_MMIO] = {
		"kvm", "kvm_mmio",
		"\"mmio %s len %u gpa 0x%llx val 0x%llx\", "
		"__print_symbolic(REC->type, { 0, \"unsatisfied-read\" }, "
		"{ 1, \"read\" }, { 2, \"write\" }), REC->len, REC->gpa, "
		"REC->val", 838, false, false,
		{ U32(type), U32(len), U64(gpa), U64(val) }, 0 },
	[KVM_FPU] = {
		"kvm", "kvm_fpu",
		"\"%s\", __print_symbolic(REC->load, { 0, \"unload\" }, "
		"{ 1, \"load\" })", 836, false, false,
		{ U32(load) }, 0 },
	[KVM_PAGE_FAULT] = {
		"kvm", "kvm_page_fault",
		"\"vcpu %u rip 0x%lx address 0x%016llx error_code 0x%llx\", "
		"REC->vcpu_id, REC->guest_rip, REC->fault_address, "
		"REC->error_code", 900, false, false,
		{ UINT(vcpu_id), ULONG(guest_rip), U64(fault_address),
		  U64(error_code) }, 0 },
	[SCHED_SWITCH] = {
		"sched", "sched_switch",
		"\"prev_comm=%s prev_pid=%d prev_prio=%d prev_state=%lx ==> "
		"next_comm=%s next_pid=%d next_prio=%d\", REC->prev_comm, "
		"REC->prev_pid, REC->prev_prio, REC->prev_state, "
		"REC->next_comm, REC->next_pid, REC->next_prio",
		372, false, false,
		{ { "char", "prev_comm[16]", 16, false, false, 0, 0 },
		  { "pid_t", "prev_pid", 4, true, false, 0, 0 },
		  { "int", "prev_prio", 4, true, false, 0, 0 },
		  { "long", "prev_state", 8, true, false, 0, 0 },
		  { "char", "next_comm[16]", 16, false, false, 0, 0 },
		  { "pid_t", "next_pid", 4, true, false, 0, 0 },
		  { "int", "next_prio", 4, true, false, 0, 0 } }, 0 },
	[KVM_USERSPACE_EXIT] = {
		"kvm", "kvm_userspace_exit",
		"\"reason %u (%d)\", REC->reason, REC->errno", 822, false,
		false,
		{ { "__u32", "reason", 4, false, false, 0, 0 },
		  { "int", "errno", 4, true, false, 0, 0 } }, 0 },
	[KVM_WAKEUP] = {
		"kvm", "kvm_vcpu_wakeup",
		"\"%s time %lld ns, polling %s\", REC->waited ? \"wait\" : "
		"\"poll\", REC->ns, REC->valid ? \"valid\" : \"invalid\"",
		823, false, false,
		{ { "__u64", "ns", 8, false, false, 0, 0 },
		  { "bool", "waited", 1, false, false, 0, 0 },
		  { "bool", "valid", 1, false, false, 0, 0 } }, 0 },
	/* Not there unless they are asked for */
	[KVM_FAST_MMIO] = {
		"kvm", "kvm_fast_mmio",
		"\"fast mmio at gpa 0x%llx\", REC->gpa", 837, false, true,
		{ U64(gpa) }, 0 },
	[KVM_CR] = {
		"kvm", "kvm_cr",
		"\"cr_%s %x = 0x%lx\", REC->rw ? \"write\" : \"read\", "
		"REC->cr, REC->val", 898, false, true,
		{ UINT(rw), UINT(cr), ULONG(val) }, 0 },
	[KVM_CPUID] = {
		"kvm", "kvm_cpuid",
		"\"func %x idx %x\", REC->function, REC->index", 908, false,
		true,
		{ UINT(function), UINT(index), ULONG(rax), ULONG(rbx),
		  ULONG(rcx), ULONG(rdx) }, 0 },
	[KVM_HYPERCALL] = {
		"kvm", "kvm_hypercall", "\"nr 0x%lx\", REC->nr", 914, false,
		true, { ULONG(nr), ULONG(a0) }, 0 },
	[KVM_HV_HYPERCALL] = {
		"kvm", "kvm_hv_hypercall", "\"code 0x%x\", REC->code", 912,
		false, true,
		{ { "__u16", "rep_cnt", 2, false, false, 0, 0 },
		  { "__u64", "ingpa", 8, false, false, 0, 0 },
		  { "__u16", "code", 2, false, false, 0, 0 } }, 0 },
	[KVM_XEN_HYPERCALL] = {
		"kvm", "kvm_xen_hypercall", "\"nr 0x%lx\", REC->nr", 913,
		false, true,
		{ { "u8", "cpl", 1, false, false, 0, 0 }, ULONG(nr) }, 0 },
	[KVM_INJ_VIRQ] = {
		"kvm", "kvm_inj_virq", "\"IRQ 0x%x\", REC->vector", 902, false,
		true,
		{ UINT(vector), { "bool", "soft", 1, false, false, 0, 0 },
		  { "bool", "reinjected", 1, false, false, 0, 0 } }, 0 },
	[KVM_NESTED_VMEXIT] = {
		"kvm", "kvm_nested_vmexit",
		"\"vcpu %u reason 0x%x rip 0x%lx\", REC->vcpu_id, "
		"REC->exit_reason, REC->guest_rip", 891, false, true,
		{ UINT(exit_reason), ULONG(guest_rip), U32(isa), U64(info1),
		  U64(info2), U32(intr_info), U32(error_code), UINT(vcpu_id) },
		0 },
};

#define NR_EVENTS	(sizeof(patched_events) / sizeof(patched_events[0]))
_Static_assert(NR_EVENTS <= MKTRACE_EVENTS, "room for all events");

void mktrace_die(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fputs("mktrace: ", stderr);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
	abort();
}

void *mktrace_grow(void *p, size_t len)
{
	p = realloc(p, len);
	if (!p)
		mktrace_die("out of memory: %zu bytes", len);
	return p;
}

/* Event formats */

static struct mktrace_event *find_event(const struct mktrace *t,
					const char *name)
{
	unsigned int i;

	for (i = 0; i < t->nr_events; i++)
		if (!strcmp(t->events[i].name, name))
			return (struct mktrace_event *)&t->events[i];
	mktrace_die("no event %s", name);
}

static struct mktrace_field *find_field(struct mktrace_event *e,
					const char *name)
{
	struct mktrace_field *f;

	for (f = e->fields; f->name; f++)
		if (!strcmp(f->name, name))
			return f;
	mktrace_die("no field %s in %s", name, e->name);
}

static struct mktrace_field *change_field(struct mktrace *t, const char *event,
					  const char *field)
{
	if (t->laid_out)
		mktrace_die("%s: too late to change a format", event);
	return find_field(find_event(t, event), field);
}

void mktrace_event_drop(struct mktrace *t, const char *event)
{
	find_event(t, event)->dropped = true;
}

void mktrace_event_add(struct mktrace *t, const char *event)
{
	find_event(t, event)->dropped = false;
}

void mktrace_event_id(struct mktrace *t, const char *event, unsigned int id)
{
	find_event(t, event)->id = id;
}

void mktrace_event_rename(struct mktrace *t, const char *event,
			  const char *name)
{
	find_event(t, event)->name = name;
}

unsigned int mktrace_id_of(const struct mktrace *t, const char *event)
{
	return find_event(t, event)->id;
}

void mktrace_event_print(struct mktrace *t, const char *event,
			 const char *print)
{
	find_event(t, event)->print = print;
}

void mktrace_field_drop(struct mktrace *t, const char *event, const char *field)
{
	change_field(t, event, field)->dropped = true;
}

void mktrace_field_rename(struct mktrace *t, const char *event,
			  const char *field, const char *name)
{
	change_field(t, event, field)->name = name;
}

void mktrace_field_resize(struct mktrace *t, const char *event,
			  const char *field, unsigned int bytes, bool is_signed)
{
	static const char *const types[2][9] = {
		{ [1] = "u8", [2] = "u16", [4] = "u32", [8] = "u64" },
		{ [1] = "s8", [2] = "s16", [4] = "s32", [8] = "s64" },
	};
	struct mktrace_field *f = change_field(t, event, field);

	if (bytes > 8 || !types[is_signed][bytes])
		mktrace_die("%s: no integer of %u bytes", field, bytes);
	f->type = types[is_signed][bytes];
	f->bytes = bytes;
	f->is_signed = is_signed;
}

void mktrace_field_first(struct mktrace *t, const char *event,
			 const char *field)
{
	struct mktrace_field *first = change_field(t, event, field), *f;

	for (f = find_event(t, event)->fields; f->name; f++)
		f->order++;
	first->order = 0;
}

/* As the compiler lays out struct trace_event_raw_NAME. */
static void layout_event(struct mktrace_event *e)
{
	unsigned int order, pos = COMMON_BYTES, align, max_align = 4;
	struct mktrace_field *f;

	for (order = 0; order <= 2 * MKTRACE_FIELDS; order++) {
		for (f = e->fields; f->name; f++) {
			if (f->dropped || f->order != order)
				continue;
			align = f->bytes > 8 ? 1 : f->bytes;
			if (align > max_align)
				max_align = align;
			pos = (pos + align - 1) / align * align;
			f->offset = pos;
			pos += f->bytes;
		}
	}
	e->bytes = (pos + max_align - 1) / max_align * max_align;
}

void mktrace_layout_events(struct mktrace *t)
{
	unsigned int i;

	if (t->laid_out)
		return;
	t->laid_out = true;
	for (i = 0; i < t->nr_events; i++)
		layout_event(&t->events[i]);
}

/* What an unpatched kernel lacks */
static void unpatch(struct mktrace *t)
{
	static const char *const entry_fields[] = {
		"tsc", "exit_tsc", "user", "halted", "off_cpu", "seq",
		"traced", "epoch", "report", "vm", "exit_reason", "isa",
	};
	unsigned int i;

	for (i = 0; i < t->nr_events; i++)
		if (t->events[i].patched_only)
			t->events[i].dropped = true;
	for (i = 0; i < sizeof(entry_fields) / sizeof(entry_fields[0]); i++)
		mktrace_field_drop(t, "kvm_entry", entry_fields[i]);
	mktrace_field_drop(t, "kvm_exit", "tsc");
	mktrace_field_drop(t, "kvm_exit", "vm");
	mktrace_event_print(t, "kvm_exit", EXIT_PRINT_FMT EXIT_PRINT_ARGS);
	mktrace_event_print(t, "kvm_entry",
			    "\"vcpu %u, rip 0x%lx%s\", REC->vcpu_id, REC->rip, "
			    "REC->immediate_exit ? \"[immediate exit]\" : \"\"");
}

static void set_defaults(struct mktrace_config *c)
{
	static const char *const names[] = {
		[MKTRACE_NONE] = "none",
		[MKTRACE_ZSTD] = "zstd",
		[MKTRACE_ZLIB] = "zlib",
	};

	c->version = c->version ? c->version : 7;
	c->cpus = c->cpus ? c->cpus : 1;
	c->subbuf_bytes = c->subbuf_bytes ? c->subbuf_bytes : 4096;
	c->page_size = c->page_size ? c->page_size : c->subbuf_bytes;
	c->long_bytes = c->long_bytes ? c->long_bytes : 8;
	c->chunk_bytes = c->chunk_bytes ? c->chunk_bytes : 10 * c->page_size;
	c->clock = c->clock ? c->clock : "local";
	/* Whatever writes recordings can write them like this. */
	c->big_endian |= getenv("MKTRACE_BIG_ENDIAN") != NULL;
	c->uname = c->uname ? c->uname :
		   "Linux host 6.12.117 #1 SMP PREEMPT_DYNAMIC x86_64";
	if (!c->compression_name)
		c->compression_name = names[c->compression];
}

static void copy_events(struct mktrace *t)
{
	const struct mktrace_arch *arch;

	if (!t->config.arch) {
		memcpy(t->events, patched_events, sizeof(patched_events));
		t->nr_events = NR_EVENTS;
		return;
	}
	arch = mktrace_arch(t->config.arch);
	memcpy(t->events, arch->events, arch->nr * sizeof(*arch->events));
	t->nr_events = arch->nr;
}

struct mktrace *mktrace_new(const struct mktrace_config *config)
{
	struct mktrace *t = mktrace_grow(NULL, sizeof(*t));
	struct mktrace_field *f;
	unsigned int i;

	memset(t, 0, sizeof(*t));
	t->config = *config;
	set_defaults(&t->config);
	copy_events(t);
	for (i = 0; i < t->nr_events; i++) {
		struct mktrace_event *e = &t->events[i];

		for (f = e->fields; f->name; f++) {
			f->order = f - e->fields + 1;
			if (strstr(f->type, "long"))
				f->bytes = t->config.long_bytes;
		}
	}
	if (t->config.unpatched)
		unpatch(t);
	t->data_offset = 8 + t->config.long_bytes;
	t->cpus = calloc(t->config.cpus, sizeof(*t->cpus));
	if (!t->cpus)
		mktrace_die("out of memory");
	return t;
}

void mktrace_free(struct mktrace *t)
{
	unsigned int i;

	for (i = 0; i < t->config.cpus; i++) {
		free(t->cpus[i].page);
		free(t->cpus[i].mem);
		if (t->cpus[i].spool)
			fclose(t->cpus[i].spool);
	}
	for (i = 0; i < t->nr_instances; i++)
		mktrace_free(t->instances[i].trace);
	free(t->cpus);
	free(t->options);
	free(t);
}

/* Sub-buffers */

/* A number of up to 8 bytes, in the byte order of the file */
static void put_number(const struct mktrace *t, uint8_t *p, uint64_t v,
		       unsigned int bytes)
{
	v = t->config.big_endian ? htobe64(v) : htole64(v);
	memcpy(p, (uint8_t *)&v + (t->config.big_endian ? 8 - bytes : 0), bytes);
}

static void put_u32(const struct mktrace *t, uint8_t *p, uint32_t v)
{
	put_number(t, p, v, 4);
}

static void put_u64(const struct mktrace *t, uint8_t *p, uint64_t v)
{
	put_number(t, p, v, 8);
}

/* The bit fields type_len and time_delta, as compilers have them */
static void put_head(const struct mktrace *t, uint8_t *p, uint32_t type,
		     uint32_t delta)
{
	delta &= 0x7ffffff;
	put_u32(t, p, t->config.big_endian ? type << 27 | delta :
					     type | delta << 5);
}

static void put_long(const struct mktrace *t, uint8_t *p, uint64_t v)
{
	if (t->config.long_bytes == 8)
		put_u64(t, p, v);
	else
		put_u32(t, p, v);
}

static struct mktrace_cpu *cpu_of(struct mktrace *t, unsigned int cpu)
{
	if (cpu >= t->config.cpus)
		mktrace_die("cpu %u of %u", cpu, t->config.cpus);
	return &t->cpus[cpu];
}

static void spool(struct mktrace_cpu *c, const void *data, size_t len)
{
	c->bytes += len;
	if (c->mem_len + len > SPOOL_BYTES) {
		if (!c->spool)
			c->spool = tmpfile();
		if (!c->spool ||
		    fwrite(c->mem, 1, c->mem_len, c->spool) != c->mem_len)
			mktrace_die("cannot write a temporary file");
		c->mem_len = 0;
	}
	if (c->mem_len + len > c->mem_room) {
		c->mem_room = (c->mem_len + len) * 2;
		c->mem = mktrace_grow(c->mem, c->mem_room);
	}
	memcpy(c->mem + c->mem_len, data, len);
	c->mem_len += len;
}

static uint32_t capacity(const struct mktrace *t)
{
	return t->config.subbuf_bytes - t->data_offset;
}

static void open_page(struct mktrace *t, struct mktrace_cpu *c, uint64_t ts)
{
	if (c->open)
		return;
	if (!c->page)
		c->page = mktrace_grow(NULL, t->config.subbuf_bytes);
	memset(c->page, 0, t->config.subbuf_bytes);
	put_u64(t, c->page, ts);
	c->ts = ts;
	c->used = 0;
	c->open = true;
}

void mktrace_flush(struct mktrace *t, unsigned int cpu)
{
	struct mktrace_cpu *c = cpu_of(t, cpu);
	uint64_t commit;

	open_page(t, c, c->ts);
	commit = c->used;
	if (c->lost) {
		commit |= 1u << 31;
		if (c->lost_events &&
		    capacity(t) - c->used >= t->config.long_bytes) {
			commit |= 1u << 30;
			put_long(t, c->page + t->data_offset + c->used,
				 c->lost_events);
		}
	}
	put_long(t, c->page + 8, c->lie ? c->commit : commit);
	spool(c, c->page, t->config.subbuf_bytes);
	c->open = false;
	c->lost = false;
	c->lie = false;
}

static uint8_t *reserve(struct mktrace *t, unsigned int cpu, uint64_t ts,
			size_t len)
{
	struct mktrace_cpu *c = cpu_of(t, cpu);
	uint8_t *p;

	if (len > capacity(t))
		mktrace_die("%zu bytes do not fit into a sub-buffer", len);
	if (c->open && len > capacity(t) - c->used)
		mktrace_flush(t, cpu);
	open_page(t, c, ts);
	p = c->page + t->data_offset + c->used;
	c->used += len;
	return p;
}

static void finish_page(struct mktrace *t, unsigned int cpu)
{
	if (cpu_of(t, cpu)->open)
		mktrace_flush(t, cpu);
}

void mktrace_lost(struct mktrace *t, unsigned int cpu, uint64_t lost)
{
	struct mktrace_cpu *c = cpu_of(t, cpu);

	finish_page(t, cpu);
	c->lost = true;
	c->lost_events = lost;
}

static void put_stamp(const struct mktrace *t, uint8_t *p, unsigned int type,
		      uint64_t v)
{
	put_head(t, p, type, v);
	put_u32(t, p + 4, v >> 27);
}

void mktrace_extend(struct mktrace *t, unsigned int cpu, uint64_t delta)
{
	struct mktrace_cpu *c = cpu_of(t, cpu);

	put_stamp(t, reserve(t, cpu, c->ts, 8), 30, delta);
	c->ts += delta;
}

void mktrace_absolute(struct mktrace *t, unsigned int cpu, uint64_t ts)
{
	put_stamp(t, reserve(t, cpu, cpu_of(t, cpu)->ts, 8), 31, ts);
	cpu_of(t, cpu)->ts = ts;
}

void mktrace_discarded(struct mktrace *t, unsigned int cpu, uint32_t delta,
		       size_t len)
{
	struct mktrace_cpu *c = cpu_of(t, cpu);
	uint8_t *p = reserve(t, cpu, c->ts, len);

	memset(p, HOLE, len);
	put_head(t, p, 29, delta);
	put_u32(t, p + 4, len - 4);
	c->ts += delta;
}

void mktrace_pad(struct mktrace *t, unsigned int cpu)
{
	struct mktrace_cpu *c = cpu_of(t, cpu);
	size_t len;
	uint8_t *p;

	open_page(t, c, c->ts);
	len = capacity(t) - c->used;
	if (len >= 4) {
		p = reserve(t, cpu, c->ts, len);
		memset(p, HOLE, len);
		put_head(t, p, 29, 0);
	}
	mktrace_flush(t, cpu);
}

void mktrace_words(struct mktrace *t, unsigned int cpu, const void *data,
		   size_t len)
{
	memcpy(reserve(t, cpu, cpu_of(t, cpu)->ts, len), data, len);
}

void mktrace_commit(struct mktrace *t, unsigned int cpu, uint64_t commit)
{
	struct mktrace_cpu *c = cpu_of(t, cpu);

	open_page(t, c, c->ts);
	c->lie = true;
	c->commit = commit;
}

void mktrace_raw(struct mktrace *t, unsigned int cpu, const void *data,
		 size_t len)
{
	finish_page(t, cpu);
	spool(cpu_of(t, cpu), data, len);
}

/* Records */

/* Where to put @len bytes of data, behind what leads to time stamp @ts */
static uint8_t *start_record(struct mktrace *t, unsigned int cpu, uint64_t ts,
			     size_t len)
{
	struct mktrace_cpu *c = cpu_of(t, cpu);
	size_t words = (len + 3) / 4, room;
	uint64_t delta;
	uint8_t *p;

	mktrace_layout_events(t);
	room = 4 + words * 4 + (words > 28 ? 4 : 0);
	if (c->open && room + 8 > capacity(t) - c->used)
		mktrace_flush(t, cpu);
	open_page(t, c, ts);
	if (ts < c->ts)
		mktrace_absolute(t, cpu, ts);
	else if (ts - c->ts >= 1u << 27)
		mktrace_extend(t, cpu, ts - c->ts);
	delta = ts - c->ts;
	c->ts = ts;
	p = reserve(t, cpu, ts, room);
	if (words <= 28) {
		put_head(t, p, words, delta);
		return p + 4;
	}
	put_head(t, p, 0, delta);
	put_u32(t, p + 4, words * 4 + 4);
	return p + 8;
}

void mktrace_record(struct mktrace *t, unsigned int cpu, uint64_t ts,
		    const void *data, size_t len)
{
	memcpy(start_record(t, cpu, ts, len), data, len);
}

/* @values: one for each field of the event in the order of its table */
static void put_event(struct mktrace *t, unsigned int cpu, uint64_t ts,
		      unsigned int event, uint32_t pid, const uint64_t *values)
{
	const struct mktrace_event *e = &t->events[event];
	const struct mktrace_field *f;
	uint8_t *p;

	mktrace_layout_events(t);
	if (e->dropped && e->patched_only && t->config.unpatched)
		mktrace_die("an unpatched kernel has no %s", e->name);
	p = start_record(t, cpu, ts, e->bytes);
	memset(p, HOLE, e->bytes);
	put_number(t, p, e->id, 2);
	memset(p + 2, 0, 2);	/* common_flags, common_preempt_count */
	put_u32(t, p + 4, pid);
	for (f = e->fields; f->name; f++, values++) {
		if (f->dropped)
			continue;
		if (f->bytes <= 8)
			put_number(t, p + f->offset, *values, f->bytes);
		else
			snprintf((char *)p + f->offset, f->bytes, "comm-%llu",
				 (unsigned long long)*values);
	}
}

void mktrace_values(struct mktrace *t, unsigned int cpu, uint64_t ts,
		    const char *event, uint32_t pid, const uint64_t *values)
{
	put_event(t, cpu, ts, find_event(t, event) - t->events, pid, values);
}

#define PUT(event, ...) \
	put_event(t, cpu, ts, event, e->pid, (const uint64_t[]){ __VA_ARGS__ })

void mktrace_exit(struct mktrace *t, unsigned int cpu, uint64_t ts,
		  const struct mktrace_exit *e)
{
	PUT(KVM_EXIT, e->exit_reason, e->guest_rip, e->isa, e->info1, e->info2,
	    e->intr_info, e->error_code, e->vcpu_id, e->tsc, e->vm);
}

void mktrace_entry(struct mktrace *t, unsigned int cpu, uint64_t ts,
		   const struct mktrace_entry *e)
{
	PUT(KVM_ENTRY, e->vcpu_id, e->rip, e->immediate_exit, e->tsc,
	    e->exit_tsc, e->user, e->halted, e->off_cpu, e->seq, e->traced,
	    e->epoch, e->report, e->vm, e->exit_reason, e->isa);
}

void mktrace_report(struct mktrace *t, unsigned int cpu, uint64_t ts,
		    const struct mktrace_report *e)
{
	PUT(KVM_REPORT, e->epoch, e->report, e->since, e->interval, e->seq);
}

void mktrace_stats(struct mktrace *t, unsigned int cpu, uint64_t ts,
		   const struct mktrace_stats *e)
{
	PUT(KVM_STATS, e->epoch, e->report, e->isa, e->exit_reason, e->kind,
	    e->exits, e->cycles, e->min, e->max, e->user, e->halted,
	    e->off_cpu, e->backwards);
}

void mktrace_pio(struct mktrace *t, unsigned int cpu, uint64_t ts,
		 const struct mktrace_pio *e)
{
	PUT(KVM_PIO, e->rw, e->port, e->size, e->count, e->val);
}

void mktrace_msr(struct mktrace *t, unsigned int cpu, uint64_t ts,
		 const struct mktrace_msr *e)
{
	PUT(KVM_MSR, e->write, e->ecx, e->data, e->exception);
}

void mktrace_mmio(struct mktrace *t, unsigned int cpu, uint64_t ts,
		  const struct mktrace_mmio *e)
{
	PUT(KVM_MMIO, e->type, e->len, e->gpa, e->val);
}

void mktrace_page_fault(struct mktrace *t, unsigned int cpu, uint64_t ts,
			const struct mktrace_page_fault *e)
{
	PUT(KVM_PAGE_FAULT, e->vcpu_id, e->guest_rip, e->fault_address,
	    e->error_code);
}

void mktrace_fpu(struct mktrace *t, unsigned int cpu, uint64_t ts,
		 const struct mktrace_fpu *e)
{
	PUT(KVM_FPU, e->load);
}

void mktrace_switch(struct mktrace *t, unsigned int cpu, uint64_t ts,
		    const struct mktrace_switch *e)
{
	put_event(t, cpu, ts, SCHED_SWITCH, e->prev_pid, (const uint64_t[]){
		  e->prev_pid, e->prev_pid, e->prev_prio, e->prev_state,
		  e->next_pid, e->next_pid, e->next_prio });
}

void mktrace_userspace_exit(struct mktrace *t, unsigned int cpu, uint64_t ts,
			    const struct mktrace_userspace_exit *e)
{
	PUT(KVM_USERSPACE_EXIT, e->reason, e->error);
}

void mktrace_wakeup(struct mktrace *t, unsigned int cpu, uint64_t ts,
		    const struct mktrace_wakeup *e)
{
	PUT(KVM_WAKEUP, e->ns, e->waited, e->valid);
}
