#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Parameters and debugfs files: what they accept, what they refuse.

load lab

setup() {
	use a/parameters
}

# wrote FILE VALUE OUTCOME
wrote() {
	grep -qxF "write $1 '$2': $3" "$dir/facts" ||
		fail "no \"write $1 '$2': $3\" in: $(grep "write $1" "$dir/facts")"
}

@test "loading says so, with the interval" {
	grep -q 'kvm_exit_cycles: counting, interval 500$' \
		"$(dirname "$dir")/boot.txt"
}

@test "intervals are accepted" {
	for value in 0 1 100 500; do
		wrote exit_cycles_interval "$value" "accepted, now $value"
	done
}

@test "bad intervals are refused with EINVAL and change nothing" {
	for value in -1 '' abc 5x; do
		wrote exit_cycles_interval "$value" 'Invalid argument, now 500'
	done
}

@test "an interval that fits no integer is refused and changes nothing" {
	grep -E "interval '9{20}': (Invalid argument|.*out of range), now 500" \
		"$dir/facts"
}

@test "a bound of reports is accepted, a bad one refused" {
	for value in 0 1 200; do
		wrote exit_cycles_max_reports "$value" "accepted, now $value"
	done
	for value in -1 abc; do
		wrote exit_cycles_max_reports "$value" 'Invalid argument, now 200'
	done
}

@test "counting can be turned off and on" {
	wrote exit_cycles N 'accepted, now N'
	wrote exit_cycles Y 'accepted, now Y'
}

@test "bad switches are refused with EINVAL and change nothing" {
	for value in 2 maybe; do
		wrote exit_cycles "$value" 'Invalid argument, now Y'
	done
}

@test "debugfs refuses what it does not know with EINVAL" {
	for value in '' bogus 'reset now' resett; do
		grep -q "write exit_cycles '$value': Invalid argument" "$dir/facts"
	done
}

@test "debugfs shows the last report in the grammar of the log" {
	grep -qE "write exit_cycles 'report': accepted, now kvm_exit_cycles: epoch [0-9]+ report [0-9]+: exits [0-9]+ cycles [0-9]+ user [0-9]+ halted [0-9]+ off_cpu [0-9]+ backwards 0$" \
		"$dir/facts"
}

@test "off: nothing is counted, printed or stamped" {
	use a/off
	! grep kvm_exit_cycles: "$dir/dmesg.txt" || return
	events "$dir" | awk '
		/kvm_entry:/ { entries++; if (!/ seq=0 /) stamped++ }
		END { exit !(entries >= 8000 && !stamped) }'
}

@test "modules load and unload, from nothing each time" {
	use modules/reload
	"$top/lab/verify" "$dir"
}

@test "modules count as the built-in one does" {
	use modules/counts
	"$top/lab/verify" "$dir"
	[ "$(figure "$dir" 'svm cpuid' exits)" -eq 15000 ]
	[ "$(figure "$dir" 'svm io' exits)" -eq 15000 ]
}

@test "modules that are switched off and on: identical" {
	use modules/switched
	"$top/lab/verify" "$dir"
}

@test "no warning in any kernel log" {
	for output in $(present a b icount linux plain host modules unnamed); do
		[ -f "$results/$output/done" ] || fail "no results of $output"
		[ -s "$results/$output/boot.txt" ]
		! kernel_warnings "$results/$output/boot.txt" || return
	done
}
