#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Exit reasons of recordings that older, newer or other kernels made: each exit is
# counted under the right name or number.

load cli-helpers

# case_file NAME: trace.dat, one of cases/ (see the README there)
case_file() {
	cp "$BATS_TEST_DIRNAME/cases/$1.dat" trace.dat
}

@test "an ISA that is neither VMX nor SVM: by its number and its names" {
	case_file pvm-isa3
	analyze 0 trace.dat
	cat >expected.txt <<-'EOF'
	kvm_exit_ns: recorded: exits 6 ns 30000
	kvm_exit_ns: recorded: isa3 PF excp: exits 1 ns 5000 min 5000 avg 5000 max 5000
	kvm_exit_ns: recorded: isa3 SYSCALL: exits 1 ns 5000 min 5000 avg 5000 max 5000
	kvm_exit_ns: recorded: isa3 HYPERCALL: exits 2 ns 10000 min 5000 avg 5000 max 5000
	kvm_exit_ns: recorded: isa3 ERETU: exits 1 ns 5000 min 5000 avg 5000 max 5000
	kvm_exit_ns: recorded: isa3 INTERRUPT: exits 1 ns 5000 min 5000 avg 5000 max 5000
	EOF
	diff expected.txt out.txt
	lacks 'warning' err.txt
	analyze 0 --format=table trace.dat
	prints "guests:    isa3, 1 vCPU thread"
	analyze 0 --format=csv --reason='hypercall,isa3 14,0x30000' trace.dat
	prints "group,isa3 HYPERCALL,isa3,131072,2,"
	prints "group,isa3 PF excp,isa3,14,1,"
	prints "group,isa3 ERETU,isa3,196608,1,"
	[ "$(grep -c ^group out.txt)" -eq 3 ]
	analyze 0 --list --format=csv trace.dat
	[ "$(grep -c '^group,.*isa3 HYPERCALL,isa3,131072' out.txt)" -eq 2 ]
	analyze 0 --view=time --format=csv trace.dat
	grep -q '^total,,6,' out.txt
}

@test "JSON of exits of any ISA follows its schema" {
	/usr/bin/python3 -c 'import jsonschema' ||
		skip "no jsonschema: apt-get install python3-jsonschema"
	for name in pvm-isa3 vmx-flags; do
		case_file $name
		"$ANALYZER" --by=reason,detail --format=json trace.dat \
			>$name.json 2>/dev/null
		"$ANALYZER" --list --format=json trace.dat \
			>$name.list.json 2>/dev/null
	done
	"$BATS_TEST_DIRNAME/validate" "$BATS_TEST_DIRNAME/../docs/schema.json" ./*.json
}

# details: of trace.dat, as "EXITS REASON DETAIL", sorted
details() {
	"$ANALYZER" --by=reason,detail --format=json trace.dat 2>/dev/null |
		/usr/bin/python3 -c 'import json, sys
for g in json.load(sys.stdin)["groups"]:
	print(g["exits"], g["reason"], g["detail"] or "-", sep=" ")' | sort
}

@test "flags of VMX's exit reason: details tell them apart" {
	case_file vmx-flags
	details >got.txt
	cat >expected.txt <<-'EOF'
	1 vmx 0x4c -
	1 vmx 0x4d -
	1 vmx BUS_LOCK -
	1 vmx EPT_VIOLATION enclave
	1 vmx HLT bus_lock
	1 vmx INVALID_STATE entry_failure
	1 vmx IO_INSTRUCTION out 0x0 size 1
	1 vmx IO_INSTRUCTION out 0x0 size 1, bus_lock
	1 vmx MSR_LOAD_FAIL entry_failure
	1 vmx NOTIFY -
	1 vmx TRIPLE_FAULT -
	EOF
	diff expected.txt got.txt
	analyze 0 --list trace.dat
	[ "$(grep -c 'bus_lock  ' out.txt)" -eq 2 ]
	# Reports know codes only.
	analyze 0 trace.dat
	prints "vmx IO_INSTRUCTION: exits 2 "
	prints "vmx other: exits 2 "
}
