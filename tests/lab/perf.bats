#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What lab/run-perf has left: the same exits by trace-cmd and perf, on the lab's kernels.
# They take turns, and the one whose turn it is not is skipped.

load lab
partial=1

# recorded DIR 'ISA REASON': exits of all vCPUs in what both recordings have.
recorded() {
	awk -v "reason=$2" '$3 " " $4 == reason { sum += $5 } END { print sum + 0 }' \
		"$1/counts.txt"
}

@test "AMD-V, patched: trace-cmd and perf have the same exits" { verdict perf/both; }
@test "AMD-V, unpatched: trace-cmd and perf have the same exits" { verdict perf-plain/both; }
@test "VT-x, patched: trace-cmd and perf have the same exits" { verdict vmx-perf/both; }
@test "VT-x, unpatched: trace-cmd and perf have the same exits" { verdict vmx-perf-plain/both; }

@test "AMD-V, patched: both have the guest's counts" { check_counts perf/both 3 recorded; }
@test "AMD-V, unpatched: both have the guest's counts" { check_counts perf-plain/both 3 recorded; }
@test "VT-x, patched: both have the guest's counts" { check_counts vmx-perf/both 3 recorded; }
@test "VT-x, unpatched: both have the guest's counts" { check_counts vmx-perf-plain/both 3 recorded; }
