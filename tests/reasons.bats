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
	columns row exits | grep -qx 'row=total exits=6'
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
	recording long-codes
	"$ANALYZER" --format=json trace.dat >codes.json 2>/dev/null
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

@test "codes of SVM keep all their bits" {
	recording long-codes
	analyze 0 trace.dat
	cat >expected.txt <<-'EOF'
	kvm_exit_ns: recorded: exits 5 ns 500
	kvm_exit_ns: recorded: svm hlt: exits 1 ns 100 min 100 avg 100 max 100
	kvm_exit_ns: recorded: svm invalid_guest_state: exits 1 ns 100 min 100 avg 100 max 100
	kvm_exit_ns: recorded: svm other: exits 3 ns 300 min 100 avg 100 max 100
	EOF
	diff expected.txt out.txt
	analyze 0 --format=csv --sort=code trace.dat
	sed -n 's/^group,\([^,]*,[^,]*,[^,]*,[^,]*\),.*/\1/p' out.txt >got.txt
	diff - got.txt <<-'EOF'
	svm hlt,svm,120,1
	svm 0x100000078,svm,4294967416,2
	svm 0x8000000000000000,svm,9223372036854775808,1
	svm invalid_guest_state,svm,18446744073709551615,1
	EOF
	analyze 0 --format=csv --reason=0x100000078 trace.dat
	prints "total,,,,2,"
	analyze 0 --format=csv --reason=hlt trace.dat
	prints "total,,,,1,"
	# Numbers of JSON have 63 bits here, and are strings beyond.
	analyze 0 --format=json trace.dat
	prints '"reason": "svm 0x100000078", "isa": "svm", "code": 4294967416,'
	prints '"isa": "svm", "code": "9223372036854775808",'
	prints '"isa": "svm", "code": "18446744073709551615",'
}

# block ISA: the whole block of old-2.6.32.dat
block() {
	printf 'kvm_exit_ns: recorded: exits 2 ns 10000\n'
	printf "kvm_exit_ns: recorded: $1 %s: exits 1 ns 5000 min 5000 avg 5000 max 5000\n" \
		0xc 0x1e
}

@test "a kernel that does not say which ISA: isa0, or what --isa says" {
	case_file old-2.6.32
	analyze 0 trace.dat
	block isa0 | diff - out.txt
	says "note: trace.dat does not say which ISA its exits are of, as kernels of about 2010 and before"
	says "say which it is with --isa=vmx or --isa=svm"
	for isa in vmx svm; do
		analyze 0 --isa=$isa trace.dat
		block $isa | diff - out.txt
		lacks "say which" err.txt
		says "does not name exit reasons"
	done
	analyze 0 --format=csv --reason='isa0 12' trace.dat
	prints "group,isa0 0xc,isa0,12,1,"
	analyze 0 --isa=vmx --by=reason,detail --format=csv --reason='vmx 12' trace.dat
	prints "group,vmx 0xc,vmx,12,,none,,1,"
	# An exit of an unknown ISA tells nothing of itself.
	analyze 0 --by=detail --format=csv trace.dat
	prints "group,unknown,unknown,,2,"
	analyze 2 --isa=arm trace.dat
	says "unknown ISA: arm, expected vmx or svm"
}

@test "--isa is for recordings that do not say it" {
	for name in vmx-flags pvm-isa3; do
		case_file $name
		analyze 0 trace.dat
		mv out.txt expected.txt
		analyze 0 --isa=svm trace.dat
		cmp expected.txt out.txt
		says "note: not used: --isa: trace.dat says which ISA"
	done
}

@test "a kernel that names no reasons: numbers, under the right ISA" {
	case_file vmx-flags
	sed -i 's/__print_symbolic/__guess_whatever/g' trace.dat
	analyze 0 trace.dat
	says "note: trace.dat does not name exit reasons"
	prints "kvm_exit_ns: recorded: vmx 0xc: exits 1 "
	prints "kvm_exit_ns: recorded: vmx 0x1e: exits 2 "
	[ "$(wc -l <out.txt)" -eq 11 ]
	sed 's/.*vmx \(0x[0-9a-f]*\):.*/\1/;1d' out.txt >got.txt
	printf '0x%x\n' 2 12 30 33 34 48 74 75 76 77 | diff - got.txt
	analyze 0 --format=csv trace.dat
	prints "group,vmx 0x4d,vmx,77,1,"
	case_file pvm-isa3
	sed -i 's/__print_symbolic/__guess_whatever/g' trace.dat
	analyze 0 trace.dat
	prints "kvm_exit_ns: recorded: isa3 0x20000: exits 2 "
}

@test "event formats have bounds: a million words take no time" {
	gunzip -c "$BATS_TEST_DIRNAME/cases/hostile/02-zwords1M.dat.gz" >trace.dat
	for view in --format=reports --by=detail --view=time --check; do
		(ulimit -t 2; analyze 1 $view trace.dat)
		no_output
		one_line
		says "bad event format: trace.dat: kvm:kvm_entry has 2001282 bytes, allowed are 1048576"
	done
}
