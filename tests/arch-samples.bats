#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Real recordings of other architectures, samples/ARCHITECTURE: one run each, by
# trace-cmd and by perf at once.  The guest's own counts are the truth.

load cli-helpers

top=$BATS_TEST_DIRNAME/..

# same ARCHITECTURE LINE...: what lab/same-exits finds, which shares nothing with
# the analyzer.
same() {
	"$top/lab/same-exits" "$top/samples/$1" >same.txt
	grep '^exits' same.txt | diff - <(printf 'exits %s\n' "${@:2}")
}

@test "arm64: trace-cmd and perf have the same exits, as many as the guest says" {
	same arm64 'esr_ec=0x1 0 open 1' 'esr_ec=0x16 80 open 1' \
		'esr_ec=0x18 80 open 0' 'esr_ec=0x20 1 open 0' \
		'esr_ec=0x24 160 open 0' 'ret=0x0 11 open 0'
}

@test "riscv64: trace-cmd and perf have the same exits, as many as the guest says" {
	same riscv64 'scause=0x14 2 open 0' 'scause=0x15 80 open 0' \
		'scause=0x16 0 open 1' 'scause=0x17 80 open 0' \
		'scause=0x8000000000000005 3 open 0' 'scause=0xa 80 open 1'
}

@test "ppc64: trace-cmd and perf have the same exits, as many as the guest says" {
	same ppc64 'trap=0x0 1 open 1' 'trap=0x980 247 open 0' 'trap=0xc00 80 open 1' \
		'trap=0xe00 160 open 0' 'trap=0xe20 1 open 0'
}

# counts KEY FILE: each group's exits
counts() {
	"$ANALYZER" --by="$1" --format=json "$2" 2>err.txt |
		/usr/bin/python3 -c 'import json, sys
for group in json.load(sys.stdin)["groups"]:
	name = group[sys.argv[1]]
	print("-" if name is None else name, group["exits"], sep=": ")' "$1" | sort
}

@test "arm64: the analyzer gives these counts, of either recording" {
	for recorder in trace.dat perf.data; do
		counts reason "$top/samples/arm64/$recorder" >reasons.txt
		diff reasons.txt - <<-'END'
			arm64 DABT_LOW: 160
			arm64 HVC64: 80
			arm64 IABT_LOW: 1
			arm64 IRQ: 11
			arm64 SYS64: 80
		END
		grep -q 'kvm_exit events still open at the end: 2' err.txt
		counts detail "$top/samples/arm64/$recorder" | diff - <(cat <<-'END'
			-: 11
			fault 0x40000000 fetch: 1
			hvc 0x84000000 PSCI_VERSION: 80
			mmio read 0x8000000 size 4: 80
			mmio write 0x8000000 size 4: 80
			read ID_AA64PFR0_EL1: 80
		END
		)
	done
}

@test "riscv64: the analyzer gives these counts, of either recording" {
	for recorder in trace.dat perf.data; do
		counts reason "$top/samples/riscv64/$recorder" >reasons.txt
		diff reasons.txt - <<-'END'
			riscv INST_GUEST_PAGE_FAULT: 2
			riscv IRQ_S_TIMER: 3
			riscv LOAD_GUEST_PAGE_FAULT: 80
			riscv STORE_GUEST_PAGE_FAULT: 80
			riscv VS_ECALL: 80
		END
		grep -q 'kvm_exit events still open at the end: 2' err.txt
		counts detail "$top/samples/riscv64/$recorder" | diff - <(cat <<-'END'
			-: 3
			fault 0x10000000 load: 80
			fault 0x10000000 store: 80
			fault 0x80000000 fetch: 2
			unknown: 80
		END
		)
	done
}

@test "ppc64: the analyzer gives these counts, of either recording" {
	for recorder in trace.dat perf.data; do
		counts reason "$top/samples/ppc64/$recorder" >reasons.txt
		diff reasons.txt - <<-'END'
			powerpc HV_DECREMENTER: 247
			powerpc H_DATA_STORAGE: 160
			powerpc H_INST_STORAGE: 1
			powerpc RETURN_TO_HOST: 1
			powerpc SYSCALL: 80
		END
		grep -q 'kvm_guest_exit events still open at the end: 2' err.txt
		counts detail "$top/samples/ppc64/$recorder" | diff - <(cat <<-'END'
			-: 248
			hcall H_CONFER: 80
			unknown: 161
		END
		)
		# What records more is for powerpc.
		analyze 0 --view=time "$top/samples/ppc64/$recorder"
		grep 'record with: .*kvm_hv.*kvm.* -e sched:sched_switch$' err.txt
		! grep 'record with: ' err.txt | grep -v kvm_hv || false
		# Events say which vCPU it is, here alone
		counts vcpu "$top/samples/ppc64/$recorder" | diff - <(printf '%s\n' '0: 248' '1: 241')
	done
}

# By the other reader's times, in ns, which perf's clock has to the last one.
@test "each reason of each perf.data took as long as the other reader says" {
	local name field
	while read -r architecture name field; do
		"$top/lab/same-exits" "$top/samples/$architecture" |
			sed -n "s/^times $field handled \([0-9]*\) avg \([0-9]*\) min \([0-9]*\) max \([0-9]*\) .*/\1 \2 \3 \4/p" \
			>other.txt
		grep . other.txt
		analyze 0 "$top/samples/$architecture/perf.data"
		sed -n "s/.* $name: exits \([0-9]*\) ns [0-9]* min \([0-9]*\) avg \([0-9]*\) max \([0-9]*\)\$/\1 \3 \2 \4/p" \
			out.txt | diff - other.txt
	done <<-'END'
		arm64 DABT_LOW esr_ec=0x24
		arm64 HVC64 esr_ec=0x16
		arm64 SYS64 esr_ec=0x18
		arm64 IABT_LOW esr_ec=0x20
		arm64 IRQ ret=0x0
		riscv64 LOAD_GUEST_PAGE_FAULT scause=0x15
		riscv64 STORE_GUEST_PAGE_FAULT scause=0x17
		riscv64 VS_ECALL scause=0xa
		riscv64 INST_GUEST_PAGE_FAULT scause=0x14
		riscv64 IRQ_S_TIMER scause=0x8000000000000005
		ppc64 H_DATA_STORAGE trap=0xe00
		ppc64 SYSCALL trap=0xc00
		ppc64 H_INST_STORAGE trap=0xe20
		ppc64 HV_DECREMENTER trap=0x980
		ppc64 RETURN_TO_HOST trap=0x0
	END
}

@test "a guest that says otherwise, or events that differ, are found out" {
	cp -r "$top/samples/arm64" other
	sed -i 's/DABT_LOW exact 160/DABT_LOW exact 161/' other/vmm.txt
	run "$top/lab/same-exits" other
	[ "$status" -eq 1 ]
	[[ $output == *'esr_ec=0x24: 160 exits, must be 161'* ]]
	cp "$top/samples/riscv64/perf.data" other/
	run "$top/lab/same-exits" other
	[ "$status" -eq 1 ]
	[[ $output == *'not as many events'* ]]
}
