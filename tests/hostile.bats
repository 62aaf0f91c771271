#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Files that were made to hurt, of cases/hostile: in each mode the analyzer ends
# with a status that it has, within bounds of memory and of CPU time, and passes
# nothing off as proven.  CPU time, not time: the machine may have other things to
# do.  It is some ten times what it takes.

load cli-helpers

# Sanitizers reserve terabytes of addresses.
case ${BUILD_SAN:-} in
'')	memory_kib=$((600 << 10)) ;;
*)	memory_kib=unlimited ;;
esac

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	cases=$BATS_TEST_DIRNAME/cases/hostile
}

# hostile NAME: the file of that number
hostile() {
	local found
	found=$(compgen -G "$cases/$1-*.gz")
	gunzip -c "$found" >trace.dat
}

# bounded ARGUMENT...: status, out.txt and err.txt.  What threads reserve for
# stacks is not used: 8 threads have 8 MiB each.
bounded() {
	status=0
	(
		ulimit -v "$memory_kib" -t 20 -s 1024
		exec "$ANALYZER" "$@"
	) >out.txt 2>err.txt || status=$?
}

# in_each_mode STATUS...: one of these, whatever is asked for
in_each_mode() {
	local mode
	for mode in --jobs=1 --format=table --format=time --by=detail --list \
		--check --jobs=8 "--by=vcpu --format=csv --jobs=8"; do
		# shellcheck disable=SC2086
		bounded $mode trace.dat
		if ! grep -qw "$status" <<<"$* 5"; then
			echo "$mode: status $status"
			cat err.txt
			return 1
		fi
		[ "$(wc -c <err.txt)" -lt 20000 ]
	done
}

@test "hostile: chunks that unpack to a multiple of the file, on 100 CPUs" {
	hostile 01
	in_each_mode 1
	bounded trace.dat
	no_output
	one_line
	says ": 100 CPUs with sub-buffers of 1048576 bytes: at most 67108864 bytes are allowed"
}

@test "hostile: a gap on a CPU without vCPUs" {
	hostile 05
	in_each_mode 3 2
}

@test "hostile: as many windows as streams" {
	hostile 07
	in_each_mode 3
	bounded --jobs=1 trace.dat
	mv out.txt one.txt
	bounded --jobs=8 trace.dat
	cmp one.txt out.txt
}

@test "hostile: losses that add up to 2^64 are losses" {
	hostile 08
	in_each_mode 3
	bounded trace.dat
	[ "$status" -eq 3 ]
	says "warning: absurd counts of lost events: trace.dat: 2 of more than 2^48"
	proves 0
	prints "kvm_exit_cycles: recorded: "
}

@test "hostile: hundreds of thousands of threads" {
	hostile 09
	in_each_mode 1 2 3
	bounded --format=time trace.dat
	no_output
	one_line
	says "too many vCPUs: the recording has more than 262144"
}

@test "hostile: thousands of reasons in each of many reports" {
	hostile 10
	in_each_mode 0 1 3 4
	bounded trace.dat
	[ "$(wc -c <out.txt)" -lt $((64 << 20)) ]
}

@test "hostile: a log with unknown names" {
	hostile 10
	gunzip -c "$cases"/11-*.gz >log.txt
	bounded --check=log.txt trace.dat
	[ "$status" -le 5 ]
}

@test "hostile: a section that is longer than the file" {
	hostile 13
	in_each_mode 1
	cp "$BATS_TEST_DIRNAME/../samples/trace.dat" good.dat
	for mode in --jobs=1 --format=table --format=time --list; do
		bounded "$mode" --formats=good.dat trace.dat
		[ "$status" -eq 0 ]
	done
	bounded --formats=good.dat trace.dat
	says "note: event formats are those of good.dat: those of trace.dat cannot be read"
	prints "recorded: svm hlt: exits 20 cycles 1000 min 50 avg 50 max 50 "
}

# What metadata say where and how long they are is read once, or compared.
@test "a file that changes while it is read: the same, or an error" {
	local mode expected
	export ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0"
	recording sample
	for mode in --jobs=1 --format=table --list; do
		"$ANALYZER" "$mode" trace.dat >want.txt 2>/dev/null
		for change in 1 128 255; do
			expected=0
			LD_PRELOAD=$PREAD PREAD_CHANGE=$change PREAD_UNTIL=4096 \
				"$ANALYZER" "$mode" trace.dat \
				>out.txt 2>err.txt || expected=$?
			cat err.txt
			[ "$expected" -eq 1 ] || cmp want.txt out.txt
		done
	done
}
