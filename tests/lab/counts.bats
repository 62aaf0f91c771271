#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# A guest that executes a known number of each instruction is counted exactly:
# preemption, migration and a second VM take nothing away and add nothing.

load lab

@test "3 vCPUs x 5000 x (cpuid, out) are 15000 cpuid and 15000 io" {
	use a/counts
	[ "$(figure "$dir" 'svm cpuid' exits)" -eq 15000 ]
	[ "$(figure "$dir" 'svm io' exits)" -eq 15000 ]
}

@test "every instruction is counted" { check_counts a/instructions 9; }
@test "halts are counted" { check_counts a/halt 3; }
@test "sleeping exits are counted" { check_counts a/sleep 3; }
@test "preempted vCPUs are counted" { check_counts a/preempted 2; }
@test "migrating vCPUs are counted" { check_counts a/migration 4; }
@test "two VMs are counted" { check_counts b/two-vms 4; }
@test "counts hold with kvm_exit not traced" { check_counts b/reports 3; }
@test "counts hold on an instruction clock" { check_counts icount/exact 9; }

@test "exit codes without a name belong to other" {
	use unnamed/counts
	[ "$(figure "$dir" 'svm cpuid' exits)" -eq 0 ]
	[ "$(figure "$dir" 'svm npf' exits)" -eq 0 ]
	[ "$(figure "$dir" 'svm io' exits)" -eq 15000 ]
	[ "$(figure "$dir" 'svm other' exits)" -gt 15000 ]
	[ "$(others "$dir" 'svm other' exits)" -lt 15500 ]
}

@test "the guest saw no wrong result anywhere" {
	use a/counts
	! grep -r 'wrong results' "$results"/*/*/log
}
