#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The patch's KUnit tests: what they said in the logs of kernels that have them.

load lab

# Lines of the suite's TAP output, without time stamps.
tap() {
	sed -E 's/^\[ *[0-9.]+\] //' "$dir/dmesg.txt" | grep -E '^ *(not )?ok '
}

# passes_on MACHINE: every test that the patch has, and the suite.
passes_on() {
	in_its_turn "$(variant_of "$1")"
	[ -d "$results/$1" ] || skip "lab/run-kunit has not run"
	use "$1/kunit"
	tap | grep -xE 'ok [0-9]+ (- )?kvm_exit_cycles'
	! tap | grep 'not ok' || return
	written=$(grep -c '^+	KUNIT_CASE(' "$top"/patches/0002-*.patch)
	[ "$written" -gt 0 ]
	[ "$(tap | grep -cE '^ +ok [0-9]+ (- )?[a-z]')" -eq "$written" ]
}

@test "every test of the suite passes, checkers look on" { passes_on kunit; }
@test "every test of the suite passes on 6.1" { passes_on kunit-6.1; }
