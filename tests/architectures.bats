#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Recordings of KVM on architectures besides x86, whose events stand in the tests
# (scenario-events.h has their grammar): what each exit is called, how long it took,
# what it was about, and what cannot be known.

load cli-helpers

# events ARCHITECTURE <EVENTS: trace.dat
events() {
	"$SCENARIO" events trace.dat "$1"
}

# details ARGUMENT...: of trace.dat, as "EXITS REASON DETAIL", in order
details() {
	"$ANALYZER" --by=reason,detail --format=json "$@" trace.dat 2>err.txt |
		/usr/bin/python3 -c 'import json, sys
for g in json.load(sys.stdin)["groups"]:
	print(g["exits"], g["reason"], g["detail"] or "-", sep=" ")' | sort
}

# Threads 7 and 8 are two vCPUs.  The syndromes are those of a store and of a load
# (EC 0x24, with and without WnR), of a fetch (EC 0x20), and of a read (bit 0) of
# S3_0_C0_C4_0, which is ID_AA64PFR0_EL1, into x0.
arm64() {
	events arm64 <<-'EOF'
	1000 7 kvm_entry 0x1000
	2000 7 kvm_exit 2 0x24 0x1000
	2010 7 kvm_guest_fault 0x1000 0x93800046 0xa 0x9000000
	2020 7 kvm_mmio 2 4 0x9000000 0x55
	2500 7 kvm_entry 0x1004
	2600 8 kvm_exit 0 0 0x2000
	2700 8 kvm_entry 0x2000
	3000 7 kvm_exit 2 0x24 0x1004
	3010 7 kvm_guest_fault 0x1004 0x92000007 0xb 0x40001000
	3700 7 kvm_entry 0x1004
	4000 7 kvm_exit 2 0x20 0x1008
	4010 7 kvm_guest_fault 0x1008 0x82000006 0xc 0x40002000
	4100 7 kvm_entry 0x1008
	5000 7 kvm_exit 2 0x1 0x100c
	5010 7 kvm_wfx_arm64 0x100c 0
	5300 7 kvm_entry 0x1010
	6000 7 kvm_exit 2 0x1 0x1010
	6010 7 kvm_wfx_arm64 0x1010 1
	6100 7 kvm_entry 0x1014
	7000 7 kvm_exit 2 0x16 0x1014
	7010 7 kvm_hvc_arm64 0x1014 0xffffffff84000000 0
	7100 7 kvm_entry 0x1018
	8000 7 kvm_exit 2 0x18 0x1018
	8010 7 kvm_handle_sys_reg 0x62300009
	8020 7 kvm_sys_access 0x1018 0 0 3 0 0 4 0
	8100 7 kvm_entry 0x101c
	9000 7 kvm_exit 1 0 0x101c
	9100 7 kvm_entry 0x101c
	9200 7 kvm_exit 0xbadca11 0 0x101c
	9300 7 kvm_entry 0x101c
	9400 7 kvm_exit 2 0x12 0x101c
	9500 7 kvm_entry 0x101c
	9600 7 kvm_exit 2 0x3e 0x101c
	9700 7 kvm_entry 0x101c
	9800 7 kvm_exit 9 0 0x101c
	9900 7 kvm_entry 0x101c
	EOF
}

@test "arm64: each exit, by the class of its trap or how the guest was left" {
	arm64
	analyze 0 trace.dat
	diff - out.txt <<-'EOF'
	kvm_exit_ns: recorded: exits 13 ns 2500
	kvm_exit_ns: recorded: arm64 WFx: exits 2 ns 400 min 100 avg 200 max 300
	kvm_exit_ns: recorded: arm64 HVC32: exits 1 ns 100 min 100 avg 100 max 100
	kvm_exit_ns: recorded: arm64 HVC64: exits 1 ns 100 min 100 avg 100 max 100
	kvm_exit_ns: recorded: arm64 SYS64: exits 1 ns 100 min 100 avg 100 max 100
	kvm_exit_ns: recorded: arm64 IABT_LOW: exits 1 ns 100 min 100 avg 100 max 100
	kvm_exit_ns: recorded: arm64 DABT_LOW: exits 2 ns 1200 min 500 avg 600 max 700
	kvm_exit_ns: recorded: arm64 0x3e: exits 1 ns 100 min 100 avg 100 max 100
	kvm_exit_ns: recorded: arm64 IRQ: exits 1 ns 100 min 100 avg 100 max 100
	kvm_exit_ns: recorded: arm64 SERROR: exits 1 ns 100 min 100 avg 100 max 100
	kvm_exit_ns: recorded: arm64 0x100000009: exits 1 ns 100 min 100 avg 100 max 100
	kvm_exit_ns: recorded: arm64 HYP_GONE: exits 1 ns 100 min 100 avg 100 max 100
	EOF
	lacks warning err.txt
	says "note: KVM on arm64 records kvm_exit after it has let the host take its interrupts"
	lacks --isa err.txt
}

@test "arm64: what exits were about" {
	arm64
	details >got.txt
	diff - got.txt <<-'EOF'
	1 arm64 0x100000009 -
	1 arm64 0x3e -
	1 arm64 DABT_LOW fault 0x40001000 load
	1 arm64 DABT_LOW mmio write 0x9000000 size 4
	1 arm64 HVC32 unknown
	1 arm64 HVC64 hvc 0x84000000 PSCI_VERSION
	1 arm64 HYP_GONE -
	1 arm64 IABT_LOW fault 0x40002000 fetch
	1 arm64 IRQ -
	1 arm64 SERROR -
	1 arm64 SYS64 read ID_AA64PFR0_EL1
	1 arm64 WFx wfe
	1 arm64 WFx wfi
	EOF
}

@test "arm64: every view and format names it; threads are the vCPUs" {
	local format
	arm64
	analyze 0 --by=vcpu,reason --format=csv trace.dat
	prints "group,,8,"
	grep -q '^group,,8,.*,arm64 IRQ,arm64,4294967296,1,' out.txt
	[ "$(grep -c '^group,,7,.*,arm64 ' out.txt)" -eq 10 ]
	analyze 0 --format=table trace.dat
	prints "guests:    arm64, 2 vCPU threads of unknown VMs, on 1 CPU"
	prints "note:      KVM on arm64 records kvm_exit after"
	analyze 0 --list --format=csv trace.dat
	[ "$(grep -c '^group,.*,arm64 ' out.txt)" -eq 13 ]
	analyze 0 --by=rip --format=csv trace.dat
	prints "group,0x1018,1,"
	for format in json csv table; do
		analyze 0 --view=reports --format=$format trace.dat
		prints "arm64 DABT_LOW"
	done
	analyze 0 --format=state trace.dat
	mv out.txt one.state
	analyze 0 --format=table one.state
	prints "guests:    arm64, 2 vCPU threads"
	prints "note:      KVM on arm64 records"
	analyze 0 --by=reason,detail --format=state trace.dat
	mv out.txt detail.state
	analyze 0 --by=detail --format=csv detail.state
	prints "group,hvc 0x84000000 PSCI_VERSION,smccc,2214592512,1,"
	analyze 0 --format=csv --reason='arm64 dabt_low,0x3e,!wfx' trace.dat
	prints "total,,,,3,"
	analyze 0 --format=csv --reason=irq trace.dat
	prints "total,,,,1,"
	analyze 2 --format=csv --reason=hlt trace.dat
	says "known of arm64: "
	analyze 0 --isa=vmx trace.dat
	says "note: not used: --isa: trace.dat is of arm64"
	analyze 2 --isa=arm64 trace.dat
	says "unknown ISA: arm64, expected vmx or svm"
}

# htval has addresses without their two lowest bits: 0x10000004 is 0x4000001, and 0
# of stval.
riscv() {
	events riscv <<-'EOF'
	1000 7 kvm_exit 0x80000000 21 0x3000 0x4000001 0
	1100 7 kvm_entry 0x80000000
	2000 7 kvm_exit 0x80000000 23 0x3002 0x4000001 0
	2200 7 kvm_entry 0x80000000
	3000 7 kvm_exit 0x80000000 20 0x80000000 0x20000000 0
	3300 7 kvm_entry 0x80000000
	4000 7 kvm_exit 0x80000000 10 0 0 0
	4400 7 kvm_entry 0x80000000
	5000 7 kvm_exit 0x80000000 22 0x10500073 0 0
	5100 7 kvm_entry 0x80000000
	6000 7 kvm_exit 0x80000000 22 0xc0102573 0 0
	6100 7 kvm_entry 0x80000000
	7000 7 kvm_exit 0x80000000 22 0x18051073 0 0
	7100 7 kvm_entry 0x80000000
	8000 7 kvm_exit 0x80000000 22 0x12000073 0 0
	8100 7 kvm_entry 0x80000000
	9000 7 kvm_exit 0x80000000 22 0 0 0
	9100 7 kvm_entry 0x80000000
	9200 8 kvm_exit 0x80000000 0x8000000000000005 0 0 0
	9300 8 kvm_entry 0x80000000
	9400 8 kvm_exit 0x80000000 0x800000000000002a 0 0 0
	9500 8 kvm_entry 0x80000000
	9600 8 kvm_exit 0x80000000 60 0 0 0
	9700 8 kvm_entry 0x80000000
	EOF
}

@test "riscv: each exit by its cause, each detail by its instruction or address" {
	riscv
	analyze 0 trace.dat
	diff - out.txt <<-'EOF'
	kvm_exit_ns: recorded: exits 12 ns 1800
	kvm_exit_ns: recorded: riscv VS_ECALL: exits 1 ns 400 min 400 avg 400 max 400
	kvm_exit_ns: recorded: riscv INST_GUEST_PAGE_FAULT: exits 1 ns 300 min 300 avg 300 max 300
	kvm_exit_ns: recorded: riscv LOAD_GUEST_PAGE_FAULT: exits 1 ns 100 min 100 avg 100 max 100
	kvm_exit_ns: recorded: riscv VIRTUAL_INST: exits 5 ns 500 min 100 avg 100 max 100
	kvm_exit_ns: recorded: riscv STORE_GUEST_PAGE_FAULT: exits 1 ns 200 min 200 avg 200 max 200
	kvm_exit_ns: recorded: riscv 0x3c: exits 1 ns 100 min 100 avg 100 max 100
	kvm_exit_ns: recorded: riscv IRQ_S_TIMER: exits 1 ns 100 min 100 avg 100 max 100
	kvm_exit_ns: recorded: riscv 0x800000000000002a: exits 1 ns 100 min 100 avg 100 max 100
	EOF
	lacks warning err.txt
	says "note: KVM on riscv records kvm_exit after it has let the host take its interrupts"
	details >got.txt
	diff - got.txt <<-'EOF'
	1 riscv 0x3c -
	1 riscv 0x800000000000002a -
	1 riscv INST_GUEST_PAGE_FAULT fault 0x80000000 fetch
	1 riscv IRQ_S_TIMER -
	1 riscv LOAD_GUEST_PAGE_FAULT fault 0x10000004 load
	1 riscv STORE_GUEST_PAGE_FAULT fault 0x10000006 store
	1 riscv VIRTUAL_INST instruction 0x12000073
	1 riscv VIRTUAL_INST read csr 0xc01 time
	1 riscv VIRTUAL_INST unknown
	1 riscv VIRTUAL_INST wfi
	1 riscv VIRTUAL_INST write csr 0x180 satp
	1 riscv VS_ECALL unknown
	EOF
	analyze 0 --format=csv --reason='riscv vs_ecall,0x8000000000000005' trace.dat
	prints "total,,,,2,"
}

@test "riscv: registers of 32 bits" {
	events riscv <<-'EOF'
	resize kvm_exit scause 4
	resize kvm_exit htval 4
	1000 7 kvm_exit 0 0x80000005 0 0 0
	1100 7 kvm_entry 0
	2000 7 kvm_exit 0 21 1 0xc0000000 0
	2100 7 kvm_entry 0
	EOF
	details >got.txt
	diff - got.txt <<-'EOF'
	1 riscv IRQ_S_TIMER -
	1 riscv LOAD_GUEST_PAGE_FAULT fault 0x300000001 load
	EOF
	events riscv <<-'EOF'
	drop kvm_exit htval
	1000 7 kvm_exit 0 21 0 0 0
	1100 7 kvm_entry 0
	EOF
	analyze 0 trace.dat
	analyze 1 --by=detail trace.dat
	says "kvm:kvm_exit has no field htval"
}

powerpc() {
	events powerpc <<-'EOF'
	1000 7 kvm_guest_exit 0 0xc00 0x1000 0 0
	1010 7 kvm_hcall_enter 0 0xe0 0 0 0 0
	1400 7 kvm_guest_enter 0 0x1000 0 0
	2000 7 kvm_guest_exit 0 0xc00 0x1000 0 0
	2010 7 kvm_hcall_enter 0 0xabc 0 0 0 0
	2100 7 kvm_guest_enter 0 0x1000 0 0
	3000 7 kvm_guest_exit 0 0xe00 0x1000 0 0
	3010 7 kvm_page_fault_enter 0 0 0 0 0xc000000012345678 0x12 0 0x42000000
	3100 7 kvm_guest_enter 0 0x1000 0 0
	4000 7 kvm_guest_exit 0 0xe00 0x1000 0 0
	4200 7 kvm_guest_enter 0 0x1000 0 0
	5000 7 kvm_guest_exit 0 0x980 0x1000 0 0
	5100 7 kvm_guest_enter 0 0x1000 0 0
	6000 7 kvm_guest_exit 0 0xea0 0x1000 0 0
	6100 7 kvm_guest_enter 0 0x1000 0 0
	7000 7 kvm_guest_exit 0 0x1234 0x1000 0 0
	7100 7 kvm_guest_enter 0 0x1000 0 0
	8000 7 kvm_guest_exit 0 0 0x1000 0 1
	8300 7 kvm_guest_enter 0 0x1000 0 0
	9000 7 kvm_guest_exit 0 0 0x1000 0 0
	9100 7 kvm_guest_enter 0 0x1000 0 0
	EOF
}

@test "powerpc: events of kvm_hv, hcalls by name" {
	powerpc
	analyze 0 trace.dat
	diff - out.txt <<-'EOF'
	kvm_exit_ns: recorded: exits 9 ns 1500
	kvm_exit_ns: recorded: powerpc RETURN_TO_HOST: exits 2 ns 400 min 100 avg 200 max 300
	kvm_exit_ns: recorded: powerpc HV_DECREMENTER: exits 1 ns 100 min 100 avg 100 max 100
	kvm_exit_ns: recorded: powerpc SYSCALL: exits 2 ns 500 min 100 avg 250 max 400
	kvm_exit_ns: recorded: powerpc H_DATA_STORAGE: exits 2 ns 300 min 100 avg 150 max 200
	kvm_exit_ns: recorded: powerpc H_VIRT: exits 1 ns 100 min 100 avg 100 max 100
	kvm_exit_ns: recorded: powerpc 0x1234: exits 1 ns 100 min 100 avg 100 max 100
	EOF
	says "note: KVM on powerpc records kvm_guest_exit after"
	details >got.txt
	diff - got.txt <<-'EOF'
	1 powerpc 0x1234 -
	1 powerpc HV_DECREMENTER -
	1 powerpc H_DATA_STORAGE fault 0xc000000012345678 error 0x42000000
	1 powerpc H_DATA_STORAGE unknown
	1 powerpc H_VIRT -
	1 powerpc RETURN_TO_HOST -
	1 powerpc RETURN_TO_HOST hcall H_CEDE
	1 powerpc SYSCALL hcall 0xabc
	1 powerpc SYSCALL hcall H_CEDE
	EOF
	# Nothing says how long it halted: so nothing is processing.
	analyze 0 --view=time --format=csv trace.dat
	[ -z "$(cell processing_ns)$(cell off_cpu_ns)$(cell halted_ns)" ]
	[ "$(cell unknown_ns)" = 1500 ]
	[ "$(cell guest_ns)" = 6600 ]
	says "KVM on powerpc has no kvm_vcpu_wakeup: time from kvm_guest_exit to kvm_guest_enter is unknown"
	events powerpc <<-'EOF'
	drop kvm_guest_exit
	1000 7 kvm_guest_enter 0 0 0 0
	EOF
	analyze 1 trace.dat
	says "no event kvm_guest_exit in trace.dat: record with: "
}

# Instructions are in the upper 48 bits: SIGP 0xae.., DIAG 0x83.., LPSWE 0xb2b2,
# LCTLG 0xeb..2f.
s390() {
	events s390 <<-'EOF'
	1000 7 kvm_s390_sie_exit 0 0 0x1000 0
	1100 7 kvm_s390_sie_enter 0 0 0x1000 0
	2000 7 kvm_s390_sie_exit 0 0 0x1000 4
	2010 7 kvm_s390_intercept_instruction 0 0 0x1000 0xae12000000000000
	2020 7 kvm_s390_handle_sigp 0 0 0x1000 1 2 0
	2200 7 kvm_s390_sie_enter 0 0 0x1000 0
	3000 7 kvm_s390_sie_exit 0 0 0x1000 4
	3010 7 kvm_s390_intercept_instruction 0 0 0x1000 0x8324044400000000
	3020 7 kvm_s390_handle_diag 0 0 0x1000 0x44
	3100 7 kvm_s390_sie_enter 0 0 0x1000 0
	4000 7 kvm_s390_sie_exit 0 0 0x1000 4
	4010 7 kvm_s390_intercept_instruction 0 0 0x1000 0xb2b2f00000000000
	4100 7 kvm_s390_sie_enter 0 0 0x1000 0
	5000 7 kvm_s390_sie_exit 0 0 0x1000 4
	5010 7 kvm_s390_intercept_instruction 0 0 0x1000 0xeb01f000002f0000
	5100 7 kvm_s390_sie_enter 0 0 0x1000 0
	6000 7 kvm_s390_sie_exit 0 0 0x1000 4
	6010 7 kvm_s390_intercept_instruction 0 0 0x1000 0x9900000000000000
	6100 7 kvm_s390_sie_enter 0 0 0x1000 0
	7000 7 kvm_s390_sie_exit 0 0 0x1000 8
	7010 7 kvm_s390_intercept_prog 0 0 0x1000 0x11
	7100 7 kvm_s390_sie_enter 0 0 0x1000 0
	8000 7 kvm_s390_sie_exit 0 0 0x1000 0x1c
	8900 7 kvm_s390_sie_enter 0 0 0x1000 0
	9000 7 kvm_s390_sie_exit 0 0 0x1000 0x38
	9010 7 kvm_s390_handle_sigp_pei 0 0 0x1000 0x99 2
	9100 7 kvm_s390_sie_enter 0 0 0x1000 0
	9200 7 kvm_s390_sie_exit 0 0 0x1000 0x7c
	9300 7 kvm_s390_sie_enter 0 0 0x1000 0
	EOF
}

@test "s390: interceptions, and what they were about; in its byte order, too" {
	local order
	for order in little big; do
		if [ $order = big ]; then
			MKTRACE_BIG_ENDIAN=1 s390
		else
			s390
		fi
		analyze 0 trace.dat
		diff - out.txt <<-'EOF'
		kvm_exit_ns: recorded: exits 10 ns 1900
		kvm_exit_ns: recorded: s390 Host interruption: exits 1 ns 100 min 100 avg 100 max 100
		kvm_exit_ns: recorded: s390 Instruction: exits 5 ns 600 min 100 avg 120 max 200
		kvm_exit_ns: recorded: s390 Program interruption: exits 1 ns 100 min 100 avg 100 max 100
		kvm_exit_ns: recorded: s390 Wait state: exits 1 ns 900 min 900 avg 900 max 900
		kvm_exit_ns: recorded: s390 Partial-execution: exits 1 ns 100 min 100 avg 100 max 100
		kvm_exit_ns: recorded: s390 0x7c: exits 1 ns 100 min 100 avg 100 max 100
		EOF
		says "note: KVM on s390 records kvm_s390_sie_exit after"
		details >got.txt
		diff - got.txt <<-'EOF'
		1 s390 0x7c -
		1 s390 Host interruption -
		1 s390 Instruction diag 0x44 time slice end
		1 s390 Instruction instruction 0x99
		1 s390 Instruction instruction 0xb2b2 LPSWE
		1 s390 Instruction instruction 0xeb2f LCTLG
		1 s390 Instruction sigp 0x1 sense
		1 s390 Partial-execution sigp 0x99
		1 s390 Program interruption program 0x11 page translation
		1 s390 Wait state -
		EOF
	done
	analyze 0 --format=csv --reason='s390 wait state' trace.dat
	prints "total,,,,1,"
}

# CPUCFG of r4 into r5; CSRRD and CSRWR of 0x80; IOCSRWR.W; IDLE; CACOP
loongarch() {
	events loongarch <<-'EOF'
	1000 7 kvm_enter 0 0x1000
	2000 7 kvm_exit 0 0x1000 22
	2010 7 kvm_exit_gspr 0 0x00006c85
	2100 7 kvm_reenter 0 0x1000
	3000 7 kvm_exit 0 0x1000 22
	3010 7 kvm_exit_gspr 0 0x04020004
	3100 7 kvm_reenter 0 0x1000
	4000 7 kvm_exit 0 0x1000 22
	4010 7 kvm_exit_gspr 0 0x04020025
	4100 7 kvm_reenter 0 0x1000
	5000 7 kvm_exit 0 0x1000 22
	5010 7 kvm_exit_gspr 0 0x06481885
	5500 7 kvm_out 0 0x1000
	5900 7 kvm_enter 0 0x1000
	6000 7 kvm_exit 0 0x1000 22
	6010 7 kvm_exit_gspr 0 0x06488000
	6020 7 kvm_exit_idle 0 0x1000 64
	6200 7 kvm_reenter 0 0x1000
	7000 7 kvm_exit 0 0x1000 22
	7010 7 kvm_exit_gspr 0 0x06000080
	7020 7 kvm_exit_cache 0 0x1000 65
	7100 7 kvm_reenter 0 0x1000
	8000 7 kvm_exit 0 0x1000 1
	8010 7 kvm_mmio 1 4 0x1fe001e0 0
	8100 7 kvm_reenter 0 0x1000
	9000 7 kvm_exit 0 0x1000 0
	9100 7 kvm_reenter 0 0x1000
	9200 7 kvm_exit 0 0x1000 23
	9300 7 kvm_reenter 0 0x1000
	9400 7 kvm_exit 0 0x1000 63
	9500 7 kvm_reenter 0 0x1000
	9600 7 kvm_exit 0 0x1000 22
	9610 7 kvm_exit_gspr 0 0xdeadbeef
	9700 7 kvm_reenter 0 0x1000
	EOF
}

@test "loongarch: entered by two events, privileged instructions by name" {
	loongarch
	analyze 0 trace.dat
	diff - out.txt <<-'EOF'
	kvm_exit_ns: recorded: exits 11 ns 2000
	kvm_exit_ns: recorded: loongarch INT: exits 1 ns 100 min 100 avg 100 max 100
	kvm_exit_ns: recorded: loongarch TLBL: exits 1 ns 100 min 100 avg 100 max 100
	kvm_exit_ns: recorded: loongarch GSPR: exits 7 ns 1600 min 100 avg 228 max 900
	kvm_exit_ns: recorded: loongarch HVC: exits 1 ns 100 min 100 avg 100 max 100
	kvm_exit_ns: recorded: loongarch 0x3f: exits 1 ns 100 min 100 avg 100 max 100
	EOF
	says "note: KVM on loongarch records kvm_exit after"
	details >got.txt
	diff - got.txt <<-'EOF'
	1 loongarch 0x3f -
	1 loongarch GSPR cacop 0x0
	1 loongarch GSPR cpucfg
	1 loongarch GSPR csrrd 0x80
	1 loongarch GSPR csrwr 0x80
	1 loongarch GSPR idle
	1 loongarch GSPR instruction 0xdeadbeef
	1 loongarch GSPR iocsrwr size 4
	1 loongarch HVC unknown
	1 loongarch INT -
	1 loongarch TLBL mmio read 0x1fe001e0 size 4
	EOF
	# One event into the guest is enough.
	events loongarch <<-'EOF'
	drop kvm_enter
	1000 7 kvm_exit 0 0x1000 0
	1100 7 kvm_reenter 0 0x1000
	EOF
	analyze 0 trace.dat
	prints "loongarch INT: exits 1 ns 100 "
}

@test "JSON of other architectures follows its schema" {
	/usr/bin/python3 -c 'import jsonschema' ||
		skip "no jsonschema: apt-get install python3-jsonschema"
	local arch
	for arch in arm64 riscv powerpc s390 loongarch; do
		$arch
		"$ANALYZER" --by=reason,detail --format=json trace.dat >$arch.json
		"$ANALYZER" --list --format=json trace.dat >$arch.list.json
		"$ANALYZER" --view=time --format=json trace.dat >$arch.time.json
	done
	"$BATS_TEST_DIRNAME/validate" "$BATS_TEST_DIRNAME/../docs/schema.json" ./*.json
}

@test "arm64: older kernels call fields otherwise, or have no ret" {
	events arm64 <<-'EOF'
	rename kvm_exit ret idx
	rename kvm_exit esr_ec exit_reason
	print kvm_exit "%s %s", __print_symbolic(REC->idx, { 0, "irq" }, { 2, "trap" }), __print_symbolic(REC->exit_reason, { 36, "dabt" })
	1000 7 kvm_exit 0 0 0x1000
	1100 7 kvm_entry 0x1000
	2000 7 kvm_exit 2 36 0x1000
	2100 7 kvm_entry 0x1000
	EOF
	analyze 0 trace.dat
	prints "arm64 irq: exits 1 "
	prints "arm64 dabt: exits 1 "
	[ "$(wc -l <out.txt)" -eq 3 ]
	events arm64 <<-'EOF'
	drop kvm_exit ret
	rename kvm_exit esr_ec exit_reason
	print kvm_exit
	1000 7 kvm_exit 0 0x16 0x1000
	1100 7 kvm_entry 0x1000
	EOF
	analyze 0 trace.dat
	prints "arm64 HVC64: exits 1 ns 100 "
}

@test "arm64: formats that lack what is needed, or have it otherwise" {
	events arm64 <<-'EOF'
	drop kvm_exit esr_ec
	1000 7 kvm_exit 0 0 0x1000
	EOF
	analyze 1 trace.dat
	no_output
	says "bad event format: trace.dat: kvm:kvm_exit has no field esr_ec"
	events arm64 <<-'EOF'
	resize kvm_exit ret 1
	resize kvm_exit esr_ec 8
	1000 7 kvm_exit 2 0x100000016 0x1000
	1100 7 kvm_entry 0x1000
	EOF
	analyze 0 trace.dat
	prints "arm64 0x100000016: exits 1 "
	events arm64 <<-'EOF'
	drop kvm_hvc_arm64 imm
	1000 7 kvm_exit 2 0x16 0x1000
	1010 7 kvm_hvc_arm64 0x1000 0x80000000
	1100 7 kvm_entry 0x1000
	EOF
	analyze 0 trace.dat
	analyze 1 --by=detail trace.dat
	says "kvm:kvm_hvc_arm64 has no field imm"
}

# A syndrome has Op0 at bit 20, Op2 at 17, Op1 at 14, CRn at 10, CRm at 1.  These are
# S2_0_C0_C5_4, S3_3_C14_C13_7 and S3_1_C15_C2_1.
@test "arm64: functions of HVC by name or owner, registers by name or number" {
	events arm64 <<-'EOF'
	1000 7 kvm_exit 2 0x16 0
	1010 7 kvm_hvc_arm64 0 0xc4000003 0
	1100 7 kvm_entry 0
	2000 7 kvm_exit 2 0x16 0
	2010 7 kvm_hvc_arm64 0 0xc5000021 0
	2100 7 kvm_entry 0
	3000 7 kvm_exit 2 0x16 0
	3010 7 kvm_hvc_arm64 0 0x8600abcd 0
	3100 7 kvm_entry 0
	4000 7 kvm_exit 2 0x16 0
	4010 7 kvm_hvc_arm64 0 0x84000000 0x4b
	4100 7 kvm_entry 0
	5000 7 kvm_exit 2 0x18 0
	5010 7 kvm_handle_sys_reg 0x6228000a
	5100 7 kvm_entry 0
	6000 7 kvm_exit 2 0x18 0
	6010 7 kvm_handle_sys_reg 0x623ef81a
	6100 7 kvm_entry 0
	7000 7 kvm_exit 2 0x18 0
	7010 7 kvm_handle_sys_reg 0x62327c05
	7100 7 kvm_entry 0
	EOF
	details >got.txt
	diff - got.txt <<-'EOF'
	1 arm64 HVC64 hvc #0x4b
	1 arm64 HVC64 hvc 0x8600abcd vendor_hyp
	1 arm64 HVC64 hvc 0xc4000003 CPU_ON
	1 arm64 HVC64 hvc 0xc5000021 PV_TIME_ST
	1 arm64 SYS64 read S3_1_C15_C2_1
	1 arm64 SYS64 write DBGBVR5_EL1
	1 arm64 SYS64 write PMEVTYPER15_EL0
	EOF
}

# cell COLUMN: of the line "total" of a table in CSV
cell() {
	/usr/bin/python3 -c 'import csv, sys
for row in csv.DictReader(open("out.txt")):
	if row["row"] == "total":
		print(row[sys.argv[1]])' "$1"
}

@test "arm64: where time went, as far as events say" {
	events arm64 <<-'EOF'
	1000 7 kvm_entry 0
	2000 7 kvm_exit 2 1 0
	2600 7 kvm_vcpu_wakeup 500 1 1
	2700 7 kvm_entry 0
	3700 7 kvm_exit 2 0x24 0
	3900 7 kvm_userspace_exit 6 0
	4900 7 kvm_entry 0
	5900 7 kvm_exit 0 0 0
	6000 7 sched_switch 0 7 120 0 0 9 120
	6300 7 sched_switch 0 9 120 0 0 7 120
	6400 7 kvm_entry 0
	EOF
	analyze 0 --view=time --format=csv trace.dat
	[ "$(cell guest_ns)" = 3000 ]
	[ "$(cell halted_ns)" = 500 ]
	[ "$(cell off_cpu_ns)" = 300 ]
	[ "$(cell processing_ns)" = 600 ]
	[ -z "$(cell user_ns)" ]
	[ "$(cell unknown_ns)" = 1000 ]
	says "KVM on arm64 has no event for the begin of KVM_RUN: time from kvm_userspace_exit to the next kvm_entry is unknown"
	says "their time looks like the guest's"
	lacks kvm_fpu err.txt
}

@test "an architecture that is not known" {
	events mips <<-'EOF'
	1000 7 kvm_exit 0 5
	1100 7 kvm_enter 0
	EOF
	analyze 1 trace.dat
	no_output
	one_line
	says "unknown architecture: trace.dat: its kvm:kvm_exit is of none of these: x86, arm64, riscv, s390, powerpc, loongarch"
}
