#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What a recording lacks is known to the exit: recorded, before and lost add up
# to what the kernel has counted.

load lab

# Set $recorded, $before and $lost from what the analyzer says.
analyze() {
	local status=0
	use "$1"
	"${ANALYZER:-$top/analyzer/analyzer}" "$dir/trace.dat" \
		>"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" || status=$?
	[ $status -eq 3 ] || fail "status $status, not 3"
	recorded=$(sed -n 's/^kvm_exit_cycles: recorded: exits \([0-9]*\) .*/\1/p' \
		"$BATS_TEST_TMPDIR/out")
	before=$(sed -n 's/.*missing exits: \([0-9]*\) before.*/\1/p' \
		"$BATS_TEST_TMPDIR/err")
	lost=$(sed -n 's/.*missing exits: .* \([0-9]*\) lost.*/\1/p' \
		"$BATS_TEST_TMPDIR/err")
}

@test "lost exits are counted exactly" {
	analyze b/lossy
	[ "$lost" -gt 0 ]
	[ $((recorded + before + lost)) -eq "$(figure "$dir" total exits)" ]
}

@test "the buffers of that recording did overrun" {
	use b/lossy
	grep -qE 'overrun: [1-9]' "$dir/facts"
}

@test "exits before the recording are counted exactly" {
	analyze a/late
	[ "$before" -gt 0 ]
	[ "$lost" -eq 0 ]
	[ $((recorded + before)) -eq "$(figure "$dir" total exits)" ]
}

@test "nothing else in the lab lost an event" {
	local facts checked=0
	use a/counts
	for facts in "$results"/{a,b,icount,linux,plain,modules,unnamed}/*/facts; do
		case $facts in
		*/lossy/facts)	continue ;;
		esac
		! grep -HE '^buffer .*: [1-9]' "$facts" || return
		checked=$((checked + $(grep -c '^buffer ' "$facts" || :)))
	done
	[ $checked -ge 30 ]
}
