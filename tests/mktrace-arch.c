// SPDX-License-Identifier: GPL-2.0
#include "mktrace-arch.h"

#include <string.h>

#define U8(name)	{ "u8", #name, 1, false, false, 0, 0 }
#define U16(name)	{ "__u16", #name, 2, false, false, 0, 0 }
#define U32(name)	{ "u32", #name, 4, false, false, 0, 0 }
#define U64(name)	{ "u64", #name, 8, false, false, 0, 0 }
#define BOOL(name)	{ "bool", #name, 1, false, false, 0, 0 }
#define INT(name)	{ "int", #name, 4, true, false, 0, 0 }
#define UINT(name)	{ "unsigned int", #name, 4, false, false, 0, 0 }
#define ULONG(name)	{ "unsigned long", #name, 8, false, false, 0, 0 }
#define POINTER(name)	{ "const char *", #name, 8, false, false, 0, 0 }

#define EVENT_OF(system, name, id, print, ...) \
	{ system, name, print, id, false, false, { __VA_ARGS__ }, 0 }
#define EVENT(name, id, print, ...) \
	EVENT_OF("kvm", name, id, print, __VA_ARGS__)

/* Those that all have, from trace/events/kvm.h and trace/events/sched.h */
#define MMIO \
	EVENT("kvm_mmio", 838, \
	      "\"mmio %s len %u gpa 0x%llx val 0x%llx\", " \
	      "__print_symbolic(REC->type, { 0, \"unsatisfied-read\" }, " \
	      "{ 1, \"read\" }, { 2, \"write\" }), REC->len, REC->gpa, REC->val", \
	      U32(type), U32(len), U64(gpa), U64(val))
#define USERSPACE_EXIT \
	EVENT("kvm_userspace_exit", 822, "\"reason %u (%d)\", REC->reason, REC->errno", \
	      U32(reason), INT(errno))
#define WAKEUP \
	EVENT("kvm_vcpu_wakeup", 823, "\"time %lld ns\", REC->ns", U64(ns), \
	      BOOL(waited), BOOL(valid))
#define SWITCH \
	EVENT_OF("sched", "sched_switch", 372, \
		 "\"prev_pid=%d next_pid=%d\", REC->prev_pid, REC->next_pid", \
		 { "char", "prev_comm[16]", 16, false, false, 0, 0 }, \
		 INT(prev_pid), INT(prev_prio), \
		 { "long", "prev_state", 8, true, false, 0, 0 }, \
		 { "char", "next_comm[16]", 16, false, false, 0, 0 }, \
		 INT(next_pid), INT(next_prio))
#define SHARED	USERSPACE_EXIT, WAKEUP, SWITCH

#define ARM64_RET \
	"{ 0, \"IRQ\" }, { 1, \"SERROR\" }, { 2, \"TRAP\" }, " \
	"{ 0xbadca11, \"HYP_GONE\" }"
#define ARM64_EC \
	"{ ((0x00UL)), \"UNKNOWN\" }, { ((0x01UL)), \"WFx\" }, " \
	"{ ((0x16UL)), \"HVC64\" }, { ((0x17UL)), \"SMC64\" }, " \
	"{ ((0x18UL)), \"SYS64\" }, { ((0x20UL)), \"IABT_LOW\" }, " \
	"{ ((0x24UL)), \"DABT_LOW\" }, { ((0x2FUL)), \"SERROR\" }, " \
	"{ ((0x1aUL)), \"ERET\" }"

static const struct mktrace_event arm64[] = {
	EVENT("kvm_exit", 903,
	      "\"%s: HSR_EC: 0x%04x (%s), PC: 0x%016lx\", "
	      "__print_symbolic(REC->ret, " ARM64_RET "), REC->esr_ec, "
	      "__print_symbolic(REC->esr_ec, " ARM64_EC "), REC->vcpu_pc",
	      INT(ret), UINT(esr_ec), ULONG(vcpu_pc)),
	EVENT("kvm_entry", 904, "\"PC: 0x%016lx\", REC->vcpu_pc",
	      ULONG(vcpu_pc)),
	EVENT("kvm_guest_fault", 905,
	      "\"ipa %#llx, hsr %#08lx, hxfar %#08lx, pc %#016lx\", REC->ipa, "
	      "REC->hsr, REC->hxfar, REC->vcpu_pc",
	      ULONG(vcpu_pc), ULONG(hsr), ULONG(hxfar),
	      { "unsigned long long", "ipa", 8, false, false, 0, 0 }),
	EVENT("kvm_wfx_arm64", 906,
	      "\"guest executed wf%c at: 0x%016lx\", REC->is_wfe ? 'e' : 'i', "
	      "REC->vcpu_pc", ULONG(vcpu_pc), BOOL(is_wfe)),
	EVENT("kvm_hvc_arm64", 907,
	      "\"HVC at 0x%016lx (r0: 0x%016lx, imm: 0x%lx)\", REC->vcpu_pc, "
	      "REC->r0, REC->imm", ULONG(vcpu_pc), ULONG(r0), ULONG(imm)),
	EVENT("kvm_handle_sys_reg", 908, "\"HSR 0x%08lx\", REC->hsr",
	      ULONG(hsr)),
	EVENT("kvm_sys_access", 909,
	      "\"PC: %lx %s (%d,%d,%d,%d,%d) %s\", REC->vcpu_pc, REC->name ?: "
	      "\"UNKN\", REC->Op0, REC->Op1, REC->CRn, REC->CRm, REC->Op2, "
	      "REC->is_write ? \"write\" : \"read\"",
	      ULONG(vcpu_pc), BOOL(is_write), POINTER(name), U8(Op0), U8(Op1),
	      U8(CRn), U8(CRm), U8(Op2)),
	MMIO, SHARED,
};

static const struct mktrace_event riscv[] = {
	EVENT("kvm_exit", 903,
	      "\"SEPC:0x%lx, SCAUSE:0x%lx, STVAL:0x%lx, HTVAL:0x%lx, "
	      "HTINST:0x%lx\", REC->sepc, REC->scause, REC->stval, REC->htval, "
	      "REC->htinst",
	      ULONG(sepc), ULONG(scause), ULONG(stval), ULONG(htval),
	      ULONG(htinst)),
	EVENT("kvm_entry", 904, "\"PC: 0x016%lx\", REC->pc", ULONG(pc)),
	SHARED,
};

/* In front of the fields of nearly all its events */
#define S390	INT(id), ULONG(pswmask), ULONG(pswaddr)
#define S390_PRINT(fmt, args) \
	"\"%02d[%016lx-%016lx]: " fmt "\", REC->id, REC->pswmask, REC->pswaddr, " \
	args

static const struct mktrace_event s390[] = {
	EVENT("kvm_s390_sie_exit", 903,
	      S390_PRINT("exit sie icptcode %d (%s)", "REC->icptcode, "
			 "__print_symbolic(REC->icptcode, { 0x00, \"Host "
			 "interruption\" }, { 0x04, \"Instruction\" }, { 0x08, "
			 "\"Program interruption\" }, { 0x1c, \"Wait state\" })"),
	      S390, U8(icptcode)),
	EVENT("kvm_s390_sie_enter", 904,
	      S390_PRINT("entering sie flags %x", "REC->cpuflags"),
	      S390, INT(cpuflags)),
	EVENT("kvm_s390_intercept_instruction", 905,
	      S390_PRINT("intercepted instruction %016llx", "REC->instruction"),
	      S390, U64(instruction)),
	EVENT("kvm_s390_intercept_prog", 906,
	      S390_PRINT("intercepted program interruption %04x", "REC->code"),
	      S390, U16(code)),
	EVENT("kvm_s390_handle_sigp", 907,
	      S390_PRINT("handle sigp order %02x", "REC->order_code"),
	      S390, U8(order_code), U16(cpu_addr), U32(parameter)),
	EVENT("kvm_s390_handle_sigp_pei", 908,
	      S390_PRINT("handle sigp pei order %02x", "REC->order_code"),
	      S390, U8(order_code), U16(cpu_addr)),
	EVENT("kvm_s390_handle_diag", 909,
	      S390_PRINT("handle diagnose call %04x", "REC->code"),
	      S390, U16(code)),
	SHARED,
};

static const struct mktrace_event powerpc[] = {
	EVENT_OF("kvm_hv", "kvm_guest_exit", 903,
		 "\"VCPU %d: trap=%s pc=0x%lx msr=0x%lx, ceded=%d\", "
		 "REC->vcpu_id, __print_symbolic(REC->trap, {0x500, "
		 "\"EXTERNAL\"}, {0x980, \"HV_DECREMENTER\"}, {0xc00, "
		 "\"SYSCALL\"}, {0xe00, \"H_DATA_STORAGE\"}), REC->pc, REC->msr, "
		 "REC->ceded",
		 INT(vcpu_id), INT(trap), ULONG(pc), ULONG(msr), U8(ceded)),
	EVENT_OF("kvm_hv", "kvm_guest_enter", 904,
		 "\"VCPU %d: pc=0x%lx pexcp=0x%lx ceded=%d\", REC->vcpu_id, "
		 "REC->pc, REC->pending_exceptions, REC->ceded",
		 INT(vcpu_id), ULONG(pc), ULONG(pending_exceptions), U8(ceded)),
	EVENT_OF("kvm_hv", "kvm_hcall_enter", 905,
		 "\"VCPU %d: hcall=%s\", REC->vcpu_id, "
		 "__print_symbolic(REC->req, {0xe0, \"H_CEDE\"})",
		 INT(vcpu_id), ULONG(req), ULONG(gpr4), ULONG(gpr5),
		 ULONG(gpr6), ULONG(gpr7)),
	EVENT_OF("kvm_hv", "kvm_page_fault_enter", 906,
		 "\"VCPU %d: ea=0x%lx,%x\", REC->vcpu_id, REC->ea, REC->dsisr",
		 INT(vcpu_id), ULONG(hpte_v), ULONG(hpte_r), ULONG(gpte_r),
		 ULONG(ea), U64(base_gfn), U32(slot_flags), U32(dsisr)),
	MMIO, SHARED,
};

#define LOONGARCH_EXIT(name, id) \
	EVENT(name, id, "\"vcpu %u [%s] PC: 0x%08lx\", REC->vcpu_id, " \
	      "__print_symbolic(REC->reason, { 64, \"IDLE\" }, " \
	      "{ 65, \"CACHE\" }), REC->pc", UINT(vcpu_id), ULONG(pc), UINT(reason))
#define LOONGARCH_STEP(name, id) \
	EVENT(name, id, "\"vcpu %u PC: 0x%08lx\", REC->vcpu_id, REC->pc", \
	      UINT(vcpu_id), ULONG(pc))

static const struct mktrace_event loongarch[] = {
	LOONGARCH_EXIT("kvm_exit", 903),
	LOONGARCH_STEP("kvm_enter", 904),
	LOONGARCH_STEP("kvm_reenter", 905),
	LOONGARCH_STEP("kvm_out", 906),
	LOONGARCH_EXIT("kvm_exit_idle", 907),
	LOONGARCH_EXIT("kvm_exit_cache", 908),
	EVENT("kvm_exit_gspr", 909,
	      "\"vcpu %u Inst word: 0x%08x\", REC->vcpu_id, REC->inst_word",
	      UINT(vcpu_id), UINT(inst_word)),
	MMIO, SHARED,
};

/* One that this program knows nothing of */
static const struct mktrace_event mips[] = {
	EVENT("kvm_exit", 903, "\"[%d]PC: 0x%08lx\", REC->reason, REC->pc",
	      ULONG(pc), UINT(reason)),
	EVENT("kvm_enter", 904, "\"PC: 0x%08lx\", REC->pc", ULONG(pc)),
};

#define ARCH(name)	{ #name, name, sizeof(name) / sizeof((name)[0]) }

const struct mktrace_arch *mktrace_arch(const char *name)
{
	static const struct mktrace_arch archs[] = {
		ARCH(arm64), ARCH(riscv), ARCH(s390), ARCH(powerpc),
		ARCH(loongarch), ARCH(mips),
	};
	unsigned int i;

	for (i = 0; i < sizeof(archs) / sizeof(archs[0]); i++)
		if (!strcmp(archs[i].name, name))
			return &archs[i];
	mktrace_die("no architecture %s", name);
}
