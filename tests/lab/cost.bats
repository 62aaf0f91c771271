#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What counting costs an exit, in instructions from the guest and back, which
# are the same each time.  Run lab/run-cost first.  The bounds are the measured
# figures and a few more: another compiler may use one or two.

load lab

# cost KERNEL MODE OPERATION
cost() {
	use "cost-$1/cost"
	awk -v mode="$2" -v operation="$3" '$1 == mode && $2 == operation {
			print $3
			found = 1
		}
		END { exit !found }' "$dir/cost.txt"
}

# more KERNEL MODE BASE OPERATION LOW HIGH: than on the unpatched kernel.
more() {
	local base
	base=$(cost unpatched "$3" "$4")
	between "$5" $(($(cost "$1" "$2" "$4") - base)) "$6" "$1, $2, $4"
}

@test "built out, counting costs nothing" {
	for operation in cpuid vmcall rdmsr wbinvd out; do
		more built-out off off $operation 0 0
		more built-out traced traced $operation 0 0
	done
}

@test "switched off, counting costs at most 10 instructions" {
	for operation in cpuid vmcall rdmsr wbinvd; do
		more patched off off $operation 1 10
	done
}

@test "counting costs at most 82 instructions" {
	for operation in cpuid vmcall rdmsr wbinvd; do
		more patched on off $operation 40 82
		more patched interval-0 off $operation 40 82
	done
}

@test "an exit to userspace costs at most 164" {
	more patched on off out 80 164
}

@test "counting and recording both events cost at most 140" {
	more patched traced traced cpuid 80 140
}
