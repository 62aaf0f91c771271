#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The backport to 6.1, on AMD-V under QEMU and on VT-x under Bochs: the same
# log, recording and ground truths as those of the patch.

load lab

setup() {
	in_its_turn patched-6.1
}

@test "6.1: known counts: identical" { verdict 6.1/counts; }
@test "6.1: every instruction: identical" { verdict 6.1/instructions; }
@test "6.1: halts: identical" { verdict 6.1/halt; }
@test "6.1: sleeps in the VMM: identical" { verdict 6.1/sleep; }
@test "6.1: preemption: identical" { verdict 6.1/preempted; }
@test "6.1: more vCPUs than CPUs, migrating: identical" { verdict 6.1/migration; }
@test "6.1: two VMs: identical" { verdict 6.1/two-vms; }
@test "6.1: resets and intervals changed meanwhile: identical" { verdict 6.1/knobs; }
@test "6.1: known counts on VT-x: identical" { verdict vmx-6.1/counts; }

@test "6.1: known counts are counted" { check_counts 6.1/counts 2; }
@test "6.1: every instruction is counted" { check_counts 6.1/instructions 9; }
@test "6.1: halts are counted" { check_counts 6.1/halt 3; }
@test "6.1: sleeping exits are counted" { check_counts 6.1/sleep 3; }
@test "6.1: preempted vCPUs are counted" { check_counts 6.1/preempted 2; }
@test "6.1: migrating vCPUs are counted" { check_counts 6.1/migration 4; }
@test "6.1: two VMs are counted" { check_counts 6.1/two-vms 4; }
@test "6.1: known counts are counted on VT-x" { check_counts vmx-6.1/counts 2; }

@test "6.1: a sleep is user time" { check_sleep 6.1/sleep; }
@test "6.1: a halt is halted time" { check_halt 6.1/halt; }
@test "6.1: a CPU taken away is off_cpu time" { check_preempted 6.1/preempted; }

@test "6.1: reports end at multiples of the interval" {
	check_boundaries 6.1/counts ' 500 '
	check_boundaries 6.1/migration ' 500 '
	check_boundaries 6.1/knobs ' 500 100 '
}

@test "6.1: reasons add up to the total" {
	check_sums 6.1/instructions
	check_sums vmx-6.1/counts
}

@test "6.1: the guests ran on what they were to run on" {
	use 6.1/counts
	[ "$(isa_of "$dir")" = svm ]
	use vmx-6.1/counts
	[ "$(isa_of "$dir")" = vmx ]
	for output in 6.1 vmx-6.1; do
		grep '^release 6\.1\.' "$results/$output/facts"
	done
}

@test "6.1: no warning in any kernel log" {
	for output in 6.1 vmx-6.1; do
		[ -f "$results/$output/done" ] || fail "no results of $output"
		[ -s "$results/$output/boot.txt" ]
		! kernel_warnings "$results/$output/boot.txt" || return
	done
}

@test "6.1: trace-cmd report names the reasons of kvm_entry" {
	check_names 6.1/instructions cpuid io hlt npf
	check_names vmx-6.1/counts CPUID IO_INSTRUCTION
}
