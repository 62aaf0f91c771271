#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The patch's KUnit tests: what they said in the log of a kernel that has them.

load lab

# Lines of the suite's TAP output, without time stamps.
tap() {
	sed -E 's/^\[ *[0-9.]+\] //' "$dir/dmesg.txt" | grep -E '^ *(not )?ok '
}

@test "every test of the suite passes" {
	in_its_turn debug
	[ -d "$results/kunit" ] || skip "lab/run-kunit has not run"
	use kunit/kunit
	tap | grep -xE 'ok [0-9]+ kvm_exit_cycles'
	! tap | grep 'not ok' || return
	written=$(grep -c '^+	KUNIT_CASE(' "$top"/patches/0002-*.patch)
	[ "$written" -gt 0 ]
	[ "$(tap | grep -cE '^ +ok [0-9]+ [a-z]')" -eq "$written" ]
}
