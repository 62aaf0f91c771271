#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Fuzz targets without libFuzzer: the seeds that seeds.c writes, what fuzzing
# found (fuzz/corpus/TARGET), and some seconds of changes to both.  FUZZ comes
# from ./run.  To fuzz: make fuzz SECONDS=600.

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	"$FUZZ/seeds" seeds
	"$BATS_TEST_DIRNAME/fuzz/perf-seeds" "$MKPERF" seeds
}

# replay TARGET SECONDS: more than the seeds were run, and nothing failed.
replay() {
	local seeds=(seeds/"$1"/*) found=()
	[ "${#seeds[@]}" -ge 4 ]
	for file in "$BATS_TEST_DIRNAME"/fuzz/corpus/"$1"/*; do
		[ ! -f "$file" ] || found+=("$file")
	done
	if ! "$FUZZ/replay-$1" "$2" "${seeds[@]}" "${found[@]}" \
		>out.txt 2>err.txt; then
		tail -n 20 err.txt
		return 1
	fi
	[ "$(sed -n 's/ runs$//p' out.txt)" -gt "${#seeds[@]}" ]
}

@test "container: any bytes, one pass and two" {
	replay container 4
}

@test "perf.data: any bytes, one pass and two" {
	replay perfdata 4
}

@test "sub-buffer: any bytes, nothing beyond them" {
	replay subbuf 2
}

@test "event format: any text" {
	replay format 3
}

@test "kernel log: any text" {
	replay klog 2
}

@test "state: any bytes, and what is accepted is saved as the same" {
	replay state 4
}

@test "machine: any bytes in the events of any architecture" {
	replay machine 4
}

@test "wild: sound recordings with any number in any place" {
	replay wild 3
}
