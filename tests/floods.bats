#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Small files that would make the analyzer print much, or take long.  ANALYZER and
# SCENARIO come from ./run.

load cli-helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	unset COLUMNS
	here=$BATS_TEST_DIRNAME
}

# hostile NAME: the file of cases/hostile
hostile() {
	gunzip -c "$here/cases/hostile/$1.gz" >"$1"
}

# 9000 exits of 4090 reasons, each the end of a report: the first 255 reports have
# up to 255 reasons.
@test "reports that no kernel could have printed are not proven" {
	hostile 10-amplify.dat
	analyze 3 10-amplify.dat
	[ "$(grep -c ': epoch 1 report [0-9]*: exits ' out.txt)" -eq 255 ]
	[ "$(grep -c ': epoch 1 report 255: svm ' out.txt)" -eq 255 ]
	[ "$(grep -c ': recorded: svm ' out.txt)" -eq 4090 ]
	prints 'kvm_exit_cycles: recorded: exits 9000 '
	[ "$(wc -c <out.txt)" -lt 10000000 ]
	one_line
	says "reports of more reasons than a kernel has lines for, 255, not proven: 10-amplify.dat: 8745"
}

# 10000 lines, each with a name that is none of 4090
@test "a log of unknown names does not take names times lines" {
	hostile 10-amplify.dat
	hostile 11-klog_unknown.txt
	analyze 4 --check=11-klog_unknown.txt 10-amplify.dat
	prints 'check: 0 equal, 8999 different, 1000 not recorded, 0 only in the recording, 1 cut'
}

# It goes back 15 times, and each time there is a line that is cut.
@test "a log that goes back again and again says so a few times" {
	recording plain
	for _ in {0..14}; do
		for report in 2 1; do
			echo "kvm_exit_cycles: epoch 1 report $report: exits 1 cycles 1 user 0 halted 0 off_cpu 0 backwards 0"
		done
		echo "kvm_exit_cycles: epoch 1 report 1: svm"
	done >log.txt
	"$ANALYZER" --check=log.txt trace.dat >out.txt 2>err.txt || true
	[ "$(grep -c 'note: log goes back: ' err.txt)" -eq 10 ]
	says "note: not shown: 5 more steps back of the log, each taken for a new load"
	[ "$(grep -c 'warning: malformed line in log: ' err.txt)" -eq 10 ]
	says "note: not shown: 5 more loads of the module with malformed lines"
}

# What stands where a NUL was is no space, in words or behind them.
@test "a NUL in a line of a log does not make it equal to another" {
	scenario plain
	reports=$(grep -c ': exits .* backwards ' log.txt)
	# ... but before our words it may be: some logs begin so after a crash.
	sed 's/^/\x00\x00/' log.txt >nul.txt
	analyze 0 --check=nul.txt trace.dat
	prints "check: $reports equal, 0 different"
	for place in 's/: exits /:\x00exits /' 's/ cycles / cycles\x00/' \
		's/$/\x00/' 's/ report / report\x00/'; do
		sed "1$place" log.txt >nul.txt
		status=0
		"$ANALYZER" --check=nul.txt trace.dat >out.txt 2>err.txt || status=$?
		[ "$status" -ne 0 ]
		says 'warning: malformed line in log: nul.txt: "'
		says 'malformed lines in log: nul.txt: 1'
	done
}
