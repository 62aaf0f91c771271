#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The kernel's log and the analyzer's view of the recording.  lab/verify holds
# what each kind of recording must show; two empty streams do not pass it.

load lab

verdict() {
	use "$1"
	"$top/lab/verify" "$dir"
}

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

# Reports are cumulative: within an epoch, the number of exits grows by the
# interval from one to the next, and by no more than that to the last.
check_boundaries() {
	use "$1"
	log_of "$dir" | awk -v allowed="$2" '
		/ report [0-9]+: exits / {
			report = $5 + 0
			if ($3 != epoch) {
				finish()
				epoch = $3
				steps = 0
			} else {
				step[steps++] = ($7 - exits) / (report - last)
				skipped = report - last > 1
			}
			last = report
			exits = $7
			seen++
		}
		function finish(  i) {
			for (i = 0; i < steps - 1; i++)
				if (step[i] != step[0] ||
				    index(allowed, " " step[i] " ") == 0)
					bad("step of " step[i])
			if (steps > 1 && !skipped && step[steps - 1] > step[0])
				bad("last step of " step[steps - 1])
		}
		function bad(text) {
			print "epoch " epoch ": " text
			wrong = 1
		}
		END {
			finish()
			if (seen < 20) {
				print "only " seen " reports"
				wrong = 1
			}
			exit wrong
		}'
}

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

# Every report: the reasons add up to the total, averages are rounded down,
# reasons are in order of their code.
check_sums() {
	use "$1"
	log_of "$dir" | awk '
		/ report [0-9]+: exits / {
			finish()
			for (i = 6; i < NF; i += 2)
				total[$i] = $(i + 1)
			next
		}
		{
			sub(/.* report [0-9]+: .*: exits/, "exits")
			for (i = 1; i < NF; i += 2)
				v[$i] = $(i + 1)
			for (i = 1; i <= n; i++)
				sum[name[i]] += v[name[i]]
			if (v["avg"] != int(v["cycles"] / v["exits"]))
				bad("average")
			if (v["min"] > v["avg"] || v["avg"] > v["max"])
				bad("minimum or maximum")
		}
		function finish(  i) {
			for (i = 1; i <= n && reports; i++) {
				if (sum[name[i]] != total[name[i]])
					bad("sum of " name[i])
				sum[name[i]] = 0
			}
			reports++
		}
		function bad(text) {
			print "report " reports ": " text ": " $0
			wrong = 1
		}
		BEGIN { n = split("exits cycles user halted off_cpu", name, " ") }
		END { finish(); exit wrong || reports < 20 }'
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
