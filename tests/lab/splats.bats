#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What is taken for a complaint in a kernel's log.

load lab

setup() {
	log=$BATS_TEST_TMPDIR/log
	functions=$BATS_TEST_TMPDIR/functions
	printf '%s\n' ring_fold __kvm_exit_cycles_entry >"$functions"
	cat >"$log" <<-'END'
	[    0.000000] Linux version 6.12 (debug)
	[    0.100000] kasan: KernelAddressSanitizer initialized
	[    0.200000] kcsan: enabled early
	[    0.300000] Running RCU self tests
	[    9.000000] kvm_exit_cycles: counting, interval 500
	[    9.100000] BUG: KCSAN: data-race in tick_nohz_next_event / tmigr_handle
	[    9.200000] BUG: KCSAN: data-race in xas_find+0x10/0x20
	[    9.300000] kvm_exit_cycles: epoch 1 report 1: exits 500 cycles 1
	END
}

# complains LINE: with this line in it, and without it not.
complains() {
	! splats "$log" "$functions" || fail "complaint without: $1" || return
	printf '[   10.000000] %s\n' "$1" >>"$log"
	splats "$log" "$functions" | grep -qF "$1" || fail "no complaint: $1"
}

@test "KASAN" { complains 'BUG: KASAN: slab-out-of-bounds in exit_add_slow+0x10/0x20'; }
@test "UBSAN" { complains 'UBSAN: array-index-out-of-bounds in arch/x86/kvm/exit_cycles.c:70:1'; }
@test "lockdep: recursion" { complains 'WARNING: possible recursive locking detected'; }
@test "lockdep: order" { complains 'WARNING: possible circular locking dependency detected'; }
@test "lockdep: interrupts" { complains 'WARNING: inconsistent lock state'; }
@test "lockdep: context" { complains '[ BUG: Invalid wait context ]'; }
@test "RCU" { complains 'WARNING: suspicious RCU usage'; }
@test "RCU stall" { complains 'rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:'; }
@test "sleeping in atomic context" { complains 'BUG: sleeping function called from invalid context at kernel/locking/mutex.c:585'; }
@test "preemption" { complains 'BUG: using smp_processor_id() in preemptible [00000000] code: vmm/200'; }
@test "scheduling while atomic" { complains 'BUG: scheduling while atomic: vmm/200/0x00000002'; }
@test "objects" { complains 'ODEBUG: free active (active state 0) object: 0 object type: work_struct'; }
@test "a warning" { complains 'WARNING: CPU: 1 PID: 200 at arch/x86/kvm/x86.c:1 kvm_init+0x1/0x2'; }
@test "an oops" { complains 'Oops: general protection fault, probably for non-canonical address'; }
@test "a race, ours first" { complains 'BUG: KCSAN: data-race in ring_fold / memset'; }
@test "a race, ours second" { complains 'BUG: KCSAN: data-race in memset / __kvm_exit_cycles_entry'; }
@test "a race of unknown origin" { complains 'BUG: KCSAN: data-race in ring_fold+0x10/0x90'; }
