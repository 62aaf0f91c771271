#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The command line: other instances, and what a killed trace-cmd leaves.

load cli-helpers

@test "--instance: its events, its clock" {
	for kind in instances instances-v6 instances-zstd; do
		unit=cycles
		[ $kind != instances-v6 ] || unit=ns
		scenario $kind
		analyze 0 trace.dat
		prints "kvm_exit_ns: recorded: svm cpuid: exits 1 ns 500 min"
		says "not read: trace.dat: instance guests: choose it with --instance"
		says "not read: trace.dat: instance few: choose it with --instance"
		for option in "--instance=guests" "--instance guests" \
			"-i guests"; do
			# shellcheck disable=SC2086
			analyze 0 $option trace.dat
			[ "$(wc -l <out.txt)" -eq 2 ]
			prints "kvm_exit_$unit: recorded: svm hlt: exits 1 $unit 40 min"
			lacks "not read" err.txt
		done
		analyze 0 --instance=few trace.dat
		prints "kvm_exit_ns: recorded: svm cpuid: exits 1 ns 2 min"
	done
}

@test "--instance: an unknown name is one line with those there are, status 1" {
	scenario instances
	analyze 1 --instance=guest trace.dat
	no_output
	one_line
	says "no such instance: trace.dat: guest, expected guests, few"
	scenario plain
	analyze 1 --instance=guest trace.dat
	no_output
	one_line
	says "no such instance: trace.dat: guest, the recording has none"
	analyze 2 --instance= trace.dat
	no_output
	says "bad instance: an empty name"
}

# A recording that trace-cmd did not come to write; whole.dat is of the same
# kernel, begun later.
killed() {
	scenario "$1"
	"$SCENARIO" leave trace.dat
	mv trace.dat other.dat
	"$SCENARIO" late whole.dat
	# The recording is where the clock and the formats come from.
	[ "${2:-}" != same ] || mv other.dat whole.dat
}

@test "killed: no file: how to go on, status 1" {
	killed plain
	analyze 1 trace.dat
	no_output
	one_line
	says "unfinished recording: trace.dat: no such file: name a recording with the same events by --formats, or before this machine boots again: trace-cmd restore -o fixed.dat trace.dat.cpu0 trace.dat.cpu1 trace.dat.cpu2"
	: >trace.dat
	analyze 1 trace.dat
	no_output
	one_line
	says "its event formats are missing: name a recording with the same events by --formats"
}

@test "killed: --formats: the same figures, a warning, status 3" {
	for kind in plain v6 zstd; do
		killed $kind
		analyze 3 --formats=whole.dat trace.dat
		cmp log.txt out.txt
		one_line
		says "warning: unfinished recording: trace.dat: reading the 3 files trace.dat.cpuN that trace-cmd left behind"
		analyze 3 -F whole.dat --check=dmesg.txt -j1 trace.dat
		prints "check: 13 equal, 0 different,"
		mv trace.dat.cpu0 here.cpu0
		analyze 3 --formats=whole.dat here
		says "warning: unfinished recording: here: reading the 1 file here.cpuN that trace-cmd left behind"
		says "missing exits: "
	done
}

@test "killed: half a file needs nothing else" {
	killed v6
	size=$(stat -c %s other.dat)
	head -c $((size - 20000)) other.dat >trace.dat
	analyze 3 trace.dat
	cmp log.txt out.txt
	says "reading the 3 files trace.dat.cpuN that trace-cmd left behind"
	killed zstd
	size=$(stat -c %s other.dat)
	head -c $((size - 2000)) other.dat >trace.dat
	analyze 3 trace.dat
	cmp log.txt out.txt
	analyze 3 --formats=whole.dat trace.dat
	cmp log.txt out.txt
	says "note: not read: whole.dat: trace.dat has event formats of its own"
}

@test "killed: trailing partial sub-buffers are counted" {
	killed plain
	printf 1234567 >>trace.dat.cpu0
	printf 123 >>trace.dat.cpu2
	analyze 3 --formats=whole.dat trace.dat
	cmp log.txt out.txt
	says "warning: unfinished recording: trace.dat: partial sub-buffers at the end: 2, 10 bytes of them were skipped"
	size=$(stat -c %s trace.dat.cpu0)
	truncate -s $((size - 4096)) trace.dat.cpu0
	analyze 3 --formats=whole.dat trace.dat
	says "missing exits: "
	says "partial sub-buffers at the end: 2, "
}

@test "killed: the clock is that of --formats" {
	killed unpatched-tsc same
	analyze 3 --formats=whole.dat trace.dat
	prints "kvm_exit_cycles: recorded: exits 2 cycles 250"
	killed unpatched same
	analyze 3 --formats=whole.dat trace.dat
	prints "kvm_exit_ns: recorded: exits 2 ns 250"
}

@test "killed: no round trip survives the end of what was read" {
	killed unpatched same
	analyze 3 --formats=whole.dat trace.dat
	lacks " hlt: " out.txt
	says "round trips not used, events of theirs may be lost: trace.dat: 1"
	# Of CPU 1, nothing was read: it may have had any of the events.
	: >trace.dat.cpu1
	analyze 3 --formats=whole.dat trace.dat
	prints "kvm_exit_ns: recorded: exits 0 ns 0"
	says "round trips not used, events of theirs may be lost: trace.dat: 2"
}

# lacking_cpu1 SCENARIO: the recording without what CPU 1 has, three times
lacking_cpu1() {
	scenario "$1"
	mv trace.dat whole.dat
	"$SCENARIO" leave whole.dat
	mv whole.dat.cpu0 killed.dat.cpu0
	: >killed.dat.cpu1
	rm whole.dat.cpu1
	"$SCENARIO" "$1-v6" cut.dat
	truncate -s -4096 cut.dat
}

@test "killed or cut: the end of an epoch is not taken for known" {
	lacking_cpu1 two-epochs
	analyze 0 whole.dat
	prints "kvm_exit_cycles: epoch 2 report 1: exits 23 cycles 2300 "
	"$SCENARIO" two-epochs-short short.dat
	for recording in "--formats=whole.dat killed.dat" cut.dat short.dat; do
		# shellcheck disable=SC2086
		analyze 3 $recording
		prints "kvm_exit_cycles: epoch 1 report 1: exits 10 "
		lacks "epoch 2 report" out.txt
		prints "kvm_exit_cycles: recorded: exits 20 cycles 2000 "
	done
}

@test "killed or cut: views and reports miss the same" {
	lacking_cpu1 two-epochs
	for recording in "--formats=whole.dat killed.dat" cut.dat; do
		# shellcheck disable=SC2086
		analyze 3 $recording
		grep "epoch" err.txt >reports.txt || true
		# shellcheck disable=SC2086
		analyze 3 --by=reason $recording
		grep "epoch" err.txt | diff reports.txt -
	done
}

@test "killed or cut: what the kernel's figures lack is no difference" {
	lacking_cpu1 two-stats
	analyze 0 --check whole.dat
	prints "check: 2 equal, 0 different,"
	for recording in "--formats=whole.dat killed.dat" cut.dat; do
		# shellcheck disable=SC2086
		analyze 3 --check $recording
		prints "check: epoch 1 report 1: cut"
		prints "check: 1 equal, 0 different,"
	done
}

@test "killed: an instance" {
	scenario instances
	for instance in guests few; do
		"$SCENARIO" leave trace.dat $instance
	done
	"$SCENARIO" leave trace.dat
	mv trace.dat whole.dat
	analyze 3 --formats=whole.dat --instance=few trace.dat
	says "round trips not used, events of theirs may be lost: trace.dat: 1"
	says "reading the 2 files trace.dat.few.cpuN that trace-cmd left behind"
	analyze 3 --formats=whole.dat trace.dat
	says "not read: trace.dat: instance guests: choose it with --instance"
	analyze 1 --instance=few trace.dat
	says "trace-cmd restore -o fixed.dat trace.dat.few.cpu0 trace.dat.few.cpu1"
	analyze 1 --formats=whole.dat --instance=nix trace.dat
	one_line
	says "there is no file trace.dat.nix.cpuN"
}

@test "killed: files beside a whole recording are another one's" {
	killed plain
	mv other.dat trace.dat
	analyze 0 trace.dat
	cmp log.txt out.txt
	one_line
	says "note: not read: trace.dat.cpuN: 3 files of another recording that was not finished"
}

@test "--formats that are none: one more line, status 1" {
	killed plain
	echo hello >text
	for formats in text missing.dat trace.dat.cpu0; do
		analyze 1 --formats=$formats trace.dat
		no_output
		one_line
		says "$formats"
	done
}

@test "a version 7 file that is cut: what can be done, status 1" {
	scenario plain
	size=$(stat -c %s trace.dat)
	truncate -s $((size - 2000)) trace.dat
	analyze 1 trace.dat
	no_output
	one_line
	says "the file ends at 0x"
	says ": the list of where the events are is missing: copy the file again, or record again"
}

@test "a version 7 file that is cut behind its top buffer: a note" {
	scenario instances
	size=$(stat -c %s trace.dat)
	truncate -s $((size - 2000)) trace.dat
	analyze 0 trace.dat
	prints "kvm_exit_ns: recorded: svm cpuid: exits 1 ns 500 min"
	says "note: the file ends early: trace.dat: ftrace instances listed after this point may be missing"
	analyze 1 --instance=few trace.dat
	no_output
	one_line
	says "the file ends at 0x"
}

# real NAME: a file of recordings/, here
real() {
	gzip -dc "$BATS_TEST_DIRNAME/recordings/$1.gz" >"$1"
}

@test "real recordings: instances as the kernel's log" {
	from=$BATS_TEST_DIRNAME/recordings
	cp "$from/instances-v7.dat" v7.dat
	real instances-v6.dat
	mv instances-v6.dat v6.dat
	for version in v7 v6; do
		sed -n 's/^.*\(kvm_exit_cycles: epoch .*\)/\1/p' \
			"$from/instances-$version.txt" >log.txt
		for instance in guests few; do
			analyze 0 --instance=$instance $version.dat
			cmp log.txt out.txt
		done
		analyze 1 $version.dat
		says "no kvm_entry event in $version.dat"
	done
}

@test "real recordings: what a killed trace-cmd left" {
	from=$BATS_TEST_DIRNAME/recordings
	for cpu in 0 1; do
		real killed.dat.cpu$cpu
	done
	analyze 3 --formats="$from/formats.dat" --check="$from/killed.txt" \
		killed.dat
	prints "check: 5 equal, 0 different, 8 not recorded,"
	analyze 3 --formats="$from/formats.dat" killed.dat
	says "missing exits: 0 before, 168 lost"
}
