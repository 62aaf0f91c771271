#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What a recording lacks is known to the exit: recorded, before and lost add up
# to what the kernel has counted.

load lab

@test "lost exits are counted exactly" {
	check_losses b/lossy
	[ "$lost" -gt 0 ]
}

@test "the buffers of that recording did overrun" {
	use b/lossy
	grep -qE 'overrun: [1-9]' "$dir/facts"
}

@test "exits before the recording are counted exactly" {
	check_losses a/late
	[ "$before" -gt 0 ]
	[ "$lost" -eq 0 ]
}

@test "nothing else in the lab lost an event" {
	local output facts checked=0 all=()
	[ -z "$partial" ] || skip 'only a part has run'
	use a/counts
	for output in $(present a b icount linux plain modules unnamed); do
		all+=("$results/$output"/*/facts)
	done
	for facts in "${all[@]}"; do
		case $facts in
		*/lossy/facts)	continue ;;
		esac
		! grep -HE '^buffer .*: [1-9]' "$facts" || return
		checked=$((checked + $(grep -c '^buffer ' "$facts" || :)))
	done
	[ $checked -ge 30 ]
}
