#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The command line: other instances.

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
