#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Every figure of every view, against what oracle/ computes from the text that
# trace-cmd report prints.  With one build only: what compilers and sanitizers
# find, other tests find as well.  More seeds: ORACLE_SEEDS='100 101'.

load cli-helpers

oracle() {
	/usr/bin/python3 -B "$BATS_TEST_DIRNAME/oracle" "$@"
}

setup() {
	[ "${BUILD_CC:-gcc}${BUILD_SAN:-}" = gcc ] || skip 'with gcc only'
	cd "$BATS_TEST_TMPDIR" || return
}

# seeds N...: N.dat
seeds() {
	for seed; do
		"${SCENARIO%/*}/oracle-seed" "$seed" "$seed.dat"
	done
}

# compared N: at least so many figures, and all are equal
compared() {
	tail -n 40 out.txt
	[ "$(sed -n 's/ figures equal, 0 differ$//p' out.txt)" -ge "$1" ]
}

@test "samples: every figure is as in trace-cmd's text" {
	oracle "$ANALYZER" "$BATS_TEST_DIRNAME"/../samples/*.dat >out.txt
	compared 400000
}

@test "samples of other architectures: every figure is as in trace-cmd's text" {
	oracle "$ANALYZER" "$BATS_TEST_DIRNAME"/../samples/*/trace.dat >out.txt
	compared 20000
}

@test "recordings by seed: losses, migration, two VMs, both ISAs" {
	local list
	read -ra list <<<"${ORACLE_SEEDS:-0 1 2 3 4 5 6 7 9 14 16 18}"
	seeds "${list[@]}"
	oracle "$ANALYZER" ./*.dat >out.txt
	compared $((4000 * ${#list[@]}))
}

@test "scenarios: epochs, begun late, skipped reports, gaps, clocks" {
	local name
	for name in epochs late lossy skipped tsc moved inside-gap gap-around \
		gap-first unpatched-tsc unpatched-gap where where-vmx where-blind \
		two-epochs two-stats unpatched-inside unpatched-vmx rate; do
		"$SCENARIO" "$name" "$name.dat"
	done
	oracle "$ANALYZER" ./*.dat >out.txt
	compared 50000
}

# Not guestopt.dat: the option that says whose threads they are is not in the text.
@test "recordings with faults of real ones" {
	cd "$BATS_TEST_DIRNAME/cases"
	oracle "$ANALYZER" apicv-halt.dat exit-only.dat haltpoll.dat \
		nested.dat reenter-5.10.dat vmx-flags.dat >"$BATS_TEST_TMPDIR/out.txt"
	cd "$BATS_TEST_TMPDIR"
	compared 8000
}

# altered N RECORDING: the Nth figure is another one, and that is found
altered() {
	local status=0
	oracle --alter="$1" "$ANALYZER" "$2" >out.txt || status=$?
	[ "$status" -eq 1 ]
	grep -q " 1 differ$" out.txt
	grep -q "^analyzer .*$2: row .*: .*: 1.*, not " out.txt
}

@test "the oracle can fail: one figure that is changed is found" {
	seeds 0 1
	altered 1 1.dat
	altered 2000 1.dat
	altered 11000 1.dat
	altered 7000 0.dat
}
