#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Recordings and states of many hosts: by MPI, by GNU parallel, by a Slurm array.  What
# one process prints of all files is what they have to print.

load ../cli-helpers

setup_file() {
	command -v mpicc >/dev/null || skip 'no mpicc: scripts/install-deps fleet'
	# The same objects as the analyzer under test
	make -s -C "$BATS_TEST_DIRNAME/../../mpi" O="$BATS_FILE_TMPDIR/mpi" \
		A="$(dirname "$ANALYZER")" WERROR=1
	export MPI=$BATS_FILE_TMPDIR/mpi/kvm-exit-cycles-mpi
	# What mpirun leaves goes there, too.
	export TMPDIR=$BATS_FILE_TMPDIR
	mkdir "$BATS_FILE_TMPDIR/files"
	cd "$BATS_FILE_TMPDIR/files"
	cp "$BATS_TEST_DIRNAME"/../../samples/{trace,vmx}.dat .
	for name in plain late lossy unfinished svm; do
		"$SCENARIO" $name $name.dat
	done
	"$ANALYZER" --format=state --by=cpu,vcpu,reason --output=svm.state svm.dat 2>/dev/null
}

setup() {
	cd "$BATS_FILE_TMPDIR/files"
}

files=(plain.dat trace.dat late.dat svm.state vmx.dat lossy.dat unfinished.dat)

# by_mpi N STATUS WORD...: into out.txt and err.txt of the test
by_mpi() {
	local n=$1 expected=$2 status=0
	shift 2
	timeout 120 mpirun --allow-run-as-root --oversubscribe -np "$n" \
		"${wrapper[@]}" "$MPI" "$@" >"$BATS_TEST_TMPDIR/out.txt" 2>"$BATS_TEST_TMPDIR/err.txt" ||
		status=$?
	[ $status -eq "$expected" ] && return
	echo "status $status, not $expected"
	cat "$BATS_TEST_TMPDIR/err.txt"
	return 1
}

says() {
	grep -qF -- "$1" "$BATS_TEST_TMPDIR/err.txt" || { cat "$BATS_TEST_TMPDIR/err.txt"; return 1; }
}

# alone STATUS WORD...: one process, into want.txt of the test
alone() {
	local expected=$1 status=0
	shift
	"$ANALYZER" "$@" >"$BATS_TEST_TMPDIR/want.txt" 2>"$BATS_TEST_TMPDIR/alone.txt" || status=$?
	[ $status -eq "$expected" ]
	[ -s "$BATS_TEST_TMPDIR/want.txt" ]
}

same() {
	cmp "$BATS_TEST_TMPDIR/want.txt" "$BATS_TEST_TMPDIR/out.txt"
}

# prints_the_same OPTIONS RANKS FILE...
prints_the_same() {
	local n
	# shellcheck disable=SC2086
	alone 3 $1 "${@:3}"
	for n in 1 2 "$2"; do
		# shellcheck disable=SC2086
		by_mpi "$n" 3 $1 "${@:3}"
		same || { echo "$1: $n"; return 1; }
	done
}

@test "any number of ranks prints what one process prints" {
	for options in --format=csv "--format=json --by=vm,reason --histogram" \
		"--format=table --view=time --by=vm" "--format=csv --view=time" \
		"--format=json --by=recording" --by=cpu,vcpu --format=state; do
		prints_the_same "$options" 4 "${files[@]}"
	done
	# The state of the list does not have these keys.
	for options in "--format=csv --by=kind,cpu --cpu=0" \
		"--format=json --by=detail:4K,rip --vm=1-99999 --reason=!hlt" \
		"--format=csv --by=time:100ms,reason"; do
		prints_the_same "$options" 2 "${files[@]/%state/dat}"
	done
}

@test "in any order of files" {
	alone 3 --format=csv "${files[@]}"
	for order in 1 2 3; do
		mapfile -t shuffled < <(printf '%s\n' "${files[@]}" | shuf --random-source=<(yes $order))
		by_mpi 3 3 --format=csv "${shuffled[@]}"
		same
	done
	alone 3 --format=state "${files[@]}"
	by_mpi 3 3 --format=state "${shuffled[@]}"
	same
	# More ranks than files; one file
	alone 0 --format=json plain.dat trace.dat
	by_mpi 4 0 --format=json plain.dat trace.dat
	same
	alone 0 --format=csv trace.dat
	by_mpi 2 0 --format=csv trace.dat
	same
}

@test "a file that fails is named, counted and left out: status 7" {
	head -c 3000 svm.state >bad.state
	alone 7 --format=json missing.dat trace.dat bad.state plain.dat
	for n in 1 2 4; do
		by_mpi $n 7 --format=json missing.dat trace.dat bad.state plain.dat
		same
		says 'cannot open: missing.dat'
		says 'bad state: bad.state'
		says 'left out: 2 of 4 inputs'
		grep -q '"inputs_left_out": 2' "$BATS_TEST_TMPDIR/out.txt"
	done
	by_mpi 2 1 --format=csv missing.dat bad.state
	says 'none of 2 inputs can be read'
	[ ! -s "$BATS_TEST_TMPDIR/out.txt" ]
	by_mpi 2 1 --format=csv missing.dat
	rm bad.state
}

@test "what cannot be asked for is said once" {
	while IFS='|' read -r options text; do
		# shellcheck disable=SC2086
		by_mpi 2 2 $options trace.dat plain.dat
		says "$text"
		[ "$(grep -c '^kvm-exit-cycles-mpi: ' "$BATS_TEST_TMPDIR/err.txt")" -eq 1 ]
	done <<-END
		--format=xml|unknown format: xml
		-f csv|bad option: -f: options are spelled out here
		--view=reports|reports are of one recording
		--no-such|bad option: no-such
	END
	by_mpi 2 2 --format=csv
	says 'no recording given'
	by_mpi 2 0 --help
	[ "$(grep -c ^Usage: "$BATS_TEST_TMPDIR/out.txt")" -eq 1 ]
}

@test "--output: once all is there" {
	alone 3 --format=csv "${files[@]}"
	by_mpi 2 3 --format=csv --output="$BATS_TEST_TMPDIR/got.csv" "${files[@]}"
	[ ! -s "$BATS_TEST_TMPDIR/out.txt" ]
	cmp "$BATS_TEST_TMPDIR/want.txt" "$BATS_TEST_TMPDIR/got.csv"
}

@test "the largest file goes first, to the rank that has least" {
	cd "$BATS_TEST_TMPDIR"
	cat >owners.c <<-'END'
		#include <stdio.h>
		#include <stdlib.h>
		#include "share.h"

		int main(int argc, char **argv)
		{
			uint64_t bytes[16];
			int owner[16], i, nr = argc - 2;

			for (i = 0; i < nr; i++)
				bytes[i] = strtoull(argv[i + 2], NULL, 10) << 20;
			if (share_files(bytes, nr, atoi(argv[1]), owner) < 0)
				return 1;
			for (i = 0; i < nr; i++)
				printf("%d", owner[i]);
			return 0;
		}
	END
	cc -I"$BATS_TEST_DIRNAME/../../mpi" -o owners owners.c "$BATS_TEST_DIRNAME/../../mpi/share.c"
	[ "$(./owners 1 3 1 2)" = 000 ]
	# 7 4 3 are 14, as are 6 5 3.
	[ "$(./owners 2 3 4 7 3 5 6)" = 000111 ]
	[ "$(./owners 4 9 1 1 1 1 9)" = 023231 ]
}

@test "a rank that dies ends all of them, says so, and nothing is written" {
	cd "$BATS_TEST_TMPDIR"
	cp "$BATS_FILE_TMPDIR"/files/{trace,vmx}.dat .
	# Rank 1 waits for a pipe, which comes last.
	mkfifo pipe
	cat >note-pid <<-'END'
		#!/bin/bash
		echo $$ >"rank.$OMPI_COMM_WORLD_RANK"
		exec "$@"
	END
	chmod +x note-pid
	echo before >got.csv
	wrapper=(./note-pid)
	exec 8<>pipe
	(
		for ((i = 0; i < 600; i++)); do
			for rank in 0 1; do
				pid=$(cat rank.$rank 2>/dev/null) || continue
				[ "$(readlink "/proc/$pid/exe")" = "$MPI" ] || continue
				# shellcheck disable=SC2010
				if ls -l "/proc/$pid/fd" 2>/dev/null | grep -q "$PWD/pipe"; then
					kill -9 "$pid"
					exit
				fi
			done
			sleep 0.1
		done
	) 8>&- &
	killer=$!
	status=0
	by_mpi 2 137 --format=csv --output=got.csv trace.dat vmx.dat pipe || status=$?
	exec 8>&-
	wait $killer
	[ $status -eq 0 ]
	says 'signal 9 (Killed)'
	[ "$(cat got.csv)" = before ]
	[ "$(echo got.csv*)" = got.csv ]
}

@test "GNU parallel: states of all recordings, added up" {
	command -v parallel >/dev/null || skip 'no parallel: scripts/install-deps fleet'
	cd "$BATS_TEST_TMPDIR"
	ln -s "$ANALYZER" kvm-exit-cycles
	PATH=$PWD:$PATH
	cp "$BATS_FILE_TMPDIR"/files/*.dat .
	# As in docs/fleet.md
	command=$(sed -n 's/^    \(ls \*\.dat | parallel.*\)/\1/p' "$BATS_TEST_DIRNAME/../../docs/fleet.md")
	[ -n "$command" ]
	eval "$command" 2>/dev/null || [ $? -le 101 ]
	alone 3 --format=csv -- *.dat
	status=0
	kvm-exit-cycles --format=csv -- *.state >out.txt 2>err.txt || status=$?
	[ $status -eq 3 ]
	same
}

@test "a Slurm array: states of all recordings, added up" {
	cd "$BATS_TEST_TMPDIR"
	ln -s "$ANALYZER" kvm-exit-cycles
	PATH=$PWD:$PATH
	cp "$BATS_FILE_TMPDIR"/files/*.dat .
	array=$BATS_TEST_DIRNAME/../../fleet/slurm-array.sh
	ls -- *.dat >recordings.txt
	n=$(wc -l <recordings.txt)
	for ((i = 1; i <= n; i++)); do
		SLURM_ARRAY_TASK_ID=$i "$array" recordings.txt states 2>>err.txt
	done
	status=0
	"$array" recordings.txt states 2>>err.txt || status=$?
	[ $status -eq 3 ]
	alone 3 --format=state -- *.dat
	cmp want.txt states/all.state
	# One of the tasks fails.
	echo missing.dat >>recordings.txt
	run env SLURM_ARRAY_TASK_ID=$((n + 1)) "$array" recordings.txt states
	[ "$status" -eq 1 ]
	run "$array" recordings.txt states
	[ "$status" -eq 7 ]
}
