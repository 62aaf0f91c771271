#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# --by=level: exits of the guest, and of guests in it.  Scenarios are described in
# scenario.c.

load cli-helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	unset COLUMNS
	here=$BATS_TEST_DIRNAME
}

@test "exits of L2 are those with a kvm_nested_vmexit inside" {
	cp "$here/cases/nested.dat" trace.dat
	analyze 0 --by=level,reason --format=csv trace.dat
	columns reason level exits ns | head -n 3 >got.txt
	diff - got.txt <<-'END'
		reason=vmx CPUID level=L2 exits=20 ns=100000
		reason=vmx VMRESUME level=L1 exits=20 ns=100000
		reason= level= exits=40 ns=200000
	END
	lacks "L2 \|level" err.txt
}

# The fifth exit has lost events and one that marks it, which is enough.
@test "by events of other CPUs, too, and unknown where events are lost" {
	"$SCENARIO" levels trace.dat
	analyze 0 --by=level --sort=level --format=csv trace.dat
	columns row level exits cycles | head -n 4 >got.txt
	diff - got.txt <<-END
		row=group level=L1 exits=1 cycles=102
		row=group level=L2 exits=3 cycles=$((100 + 204 + 116))
		row=group level= exits=2 cycles=$((108 + 32))
		row=total level= exits=6 cycles=662
	END
	says "1 event inside no exit"
	cp out.txt one.txt
	for threads in 2 7; do
		analyze 0 -j$threads --by=level --sort=level --format=csv trace.dat
		diff one.txt out.txt
	done
	analyze 0 --by=level trace.dat
	prints "   -      2"
}

@test "without stamps, likewise" {
	"$SCENARIO" unpatched-levels trace.dat
	analyze 3 --by=reason,level --format=csv trace.dat
	columns row reason level exits ns | head -n 4 >got.txt
	diff - got.txt <<-'END'
		row=group reason=svm io level=L2 exits=1 ns=204
		row=group reason=svm msr level=L1 exits=1 ns=102
		row=group reason=svm msr level=L2 exits=1 ns=100
		row=total reason= level= exits=3 ns=406
	END
}

@test "no level is known where nothing can tell it" {
	"$SCENARIO" unpatched-inside trace.dat
	analyze 0 --by=level --format=csv trace.dat
	columns row level exits | head -n 2 >got.txt
	printf '%s\n' 'row=group level= exits=3' 'row=total level= exits=3' | diff - got.txt
	says "levels of exits are unknown: the recording has no kvm_nested_vmexit"
	analyze 0 --by=level --format=json trace.dat
	prints '"level": null'
	analyze 0 --by=reason,detail trace.dat
	lacks "levels of exits" err.txt
}

# samples/README.md: -e kvm, and no guest in the guest
@test "where no exit is of L2, a note says what that depends on" {
	analyze 0 --by=level --format=csv "$here/../samples/vmx.dat"
	columns row level | head -n 2 >got.txt
	printf '%s\n' 'row=group level=L1' 'row=total level=' | diff - got.txt
	says "all are of L1 if kvm_nested_vmexit was enabled"
}

# What only the level tells apart is one group without it, and one state of any order.
@test "a state has levels, and they add up" {
	"$SCENARIO" unpatched-levels levels.dat
	cp "$here/cases/nested.dat" .
	for name in levels nested; do
		"$ANALYZER" --by=level,reason --format=state --output=$name.state $name.dat 2>err.txt ||
			[ $? = 3 ]
	done
	for by in level reason,level level,recording reason; do
		analyze 3 --by=$by --format=csv levels.dat nested.dat
		grep -v ^lost, out.txt >whole.txt
		analyze 3 --by=$by --format=csv levels.state nested.state
		grep -v ^lost, out.txt | diff whole.txt -
	done
	"$ANALYZER" --format=state --output=plain.state nested.dat 2>err.txt
	analyze 1 --by=level plain.state
	says "no key level in a state: plain.state"
	analyze 1 --by=vcpu nested.state
	says "it has recording, reason, level: save it with --by=vcpu"
}

@test "perf.data has the same levels" {
	for name in 0:levels 3:unpatched-levels; do
		"$SCENARIO" ${name#*:} trace.dat
		"$MKPERF" trace.dat perf.data
		analyze ${name%:*} --by=level,reason --format=csv trace.dat
		columns row level reason exits >expected.txt
		analyze ${name%:*} --by=level,reason --format=csv perf.data
		columns row level reason exits | diff expected.txt -
	done
}
