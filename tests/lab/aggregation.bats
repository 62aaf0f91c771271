#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The kernel's log and the analyzer's view of the recording.  lab/verify holds
# what each kind of recording must show; two empty streams do not pass it.

load lab

@test "known counts: log and recording are identical" { verdict a/counts; }
@test "every instruction: identical" { verdict a/instructions; }
@test "halts: identical" { verdict a/halt; }
@test "sleeps in the VMM: identical" { verdict a/sleep; }
@test "preemption: identical" { verdict a/preempted; }
@test "more vCPUs than CPUs, migrating: identical" { verdict a/migration; }
@test "two VMs: identical" { verdict b/two-vms; }
@test "resets and intervals changed meanwhile: identical" { verdict b/knobs; }
@test "kvm_entry and reports alone: identical" { verdict b/reports; }
@test "x86-tsc clock: identical" { verdict b/tsc-clock; }
@test "a nested Linux: identical" { verdict linux/linux; }
@test "instruction clock: identical" { verdict icount/exact; }
@test "more reports than can be printed: those that are, identical" { verdict a/skipped; }
@test "exit codes without a name: identical" { verdict unnamed/counts; }
@test "kvm_entry alone: all but the last report" { verdict b/entries; }
@test "lost events: only what is proven" { verdict b/lossy; }
@test "begun late: nothing proven, differences agree" { verdict a/late; }
@test "stopped early: unfinished, not lossy" { verdict b/unfinished; }
@test "unpatched kernel: round trips" { verdict plain/plain; }
@test "unpatched kernel, a bit of everything: round trips" { verdict plain/overview; }

@test "reports end at multiples of the interval" {
	check_boundaries a/counts ' 500 '
	check_boundaries a/migration ' 500 '
	check_boundaries linux/linux ' 500 '
}

@test "reports end at multiples of an interval that changes" {
	check_boundaries b/knobs ' 500 100 '
	log_of "$dir" | grep -q 'epoch'
	[ "$(log_of "$dir" | awk '{ print $3 }' | sort -u | wc -l)" -ge 5 ]
}

@test "reasons add up to the total" {
	check_sums a/instructions
	check_sums linux/linux
}

@test "no report is skipped at ordinary rates" {
	use linux/linux
	log_of "$dir" | awk '/ report [0-9]+: exits / {
			if ($3 == epoch && $5 + 0 != last + 1) wrong = 1
			epoch = $3; last = $5 + 0
		} END { exit wrong }'
}

@test "no time runs backwards on one clock" {
	for scenario in a/counts a/migration linux/linux icount/exact; do
		use "$scenario"
		[ "$(figure "$dir" total backwards)" -eq 0 ]
	done
}

@test "no report is missing that is not said to be skipped" {
	use a/skipped
	events "$dir" >"$BATS_TEST_TMPDIR/events"
	printed=$(grep -c 'kvm_exit_stats:.* kind=0$' "$BATS_TEST_TMPDIR/events")
	skipped=$(grep -c 'kvm_exit_stats:.* kind=3$' "$BATS_TEST_TMPDIR/events")
	exits=$(figure "$dir" total exits)
	[ "$skipped" -ge 1 ] || fail 'nothing was skipped: not a test'
	[ $((printed + skipped)) -eq "$exits" ]
}

@test "at the usual interval, nothing is skipped" {
	for name in a/counts b/two-vms linux/linux; do
		use "$name"
		! events "$dir" | grep -q 'kvm_exit_stats:.* kind=3$' ||
			fail "$name: reports were skipped" || return
	done
}
