#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What lab/run-perf has left: the same exits by trace-cmd and perf, on the lab's kernels.
# They take turns, and the one whose turn it is not is skipped.

load lab
partial=1

# counts_hold MACHINE: the guest's numbers, in what both recordings have.
counts_hold() {
	local reason kind count got isa checked=0
	use "$1/both"
	isa=$(isa_of "$dir")
	while read -r reason kind count; do
		got=$(awk -v "isa=$isa" -v "reason=$reason" '
			$3 == isa && $4 == reason { sum += $5 } END { print sum + 0 }' \
			"$dir/counts.txt")
		case $kind in
		exact)	[ "$got" -eq "$count" ] ;;
		atleast) [ "$got" -ge "$count" ] ;;
		esac || fail "$isa $reason: $got exits, must be $kind $count"
		checked=$((checked + 1))
	done < <(expected "$dir")
	[ "$checked" -ge 3 ] || fail "only $checked reasons checked"
}

@test "AMD-V, patched: trace-cmd and perf have the same exits" { verdict perf/both; }
@test "AMD-V, unpatched: trace-cmd and perf have the same exits" { verdict perf-plain/both; }
@test "VT-x, patched: trace-cmd and perf have the same exits" { verdict vmx-perf/both; }
@test "VT-x, unpatched: trace-cmd and perf have the same exits" { verdict vmx-perf-plain/both; }

@test "AMD-V, patched: both have the guest's counts" { counts_hold perf; }
@test "AMD-V, unpatched: both have the guest's counts" { counts_hold perf-plain; }
@test "VT-x, patched: both have the guest's counts" { counts_hold vmx-perf; }
@test "VT-x, unpatched: both have the guest's counts" { counts_hold vmx-perf-plain; }
