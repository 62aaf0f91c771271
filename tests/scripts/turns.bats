#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What ./check does not do each day takes turns: nothing is left out for good.

setup() {
	lab=$(realpath "$BATS_TEST_DIRNAME/../../lab")
	# An arbitrary day.
	first=20423
}

# kernels: those that take turns
kernels() {
	sed '/^#/d' "$lab/turns" | tr ' ' '\n'
}

# due_on DAY: kernels that take turns and are due.
due_on() {
	LAB_TURN=$1 bash -c '
		. "$1/lib.sh"
		for kernel in "${@:2}"; do
			! due "$kernel" || echo "$kernel"
		done' bash "$lab" $(kernels)
}

# due_within DAYS COMMAND...: what it names on one of so many days, each time
# something.
due_within() {
	local day
	for ((day = first; day < first + $1; day++)); do
		"${@:2}" "$day" >"$BATS_TEST_TMPDIR/due"
		grep -q . "$BATS_TEST_TMPDIR/due" || return
		cat "$BATS_TEST_TMPDIR/due"
	done | sort -u
}

named() {
	LAB_TURN=$2 "$lab/$1" --due
}

@test "each kernel that takes turns is one, and has one turn" {
	[ "$(kernels | wc -l)" -ge 10 ]
	[ -z "$(kernels | sort | uniq -d)" ]
	for kernel in $(kernels); do
		[ -f "$lab/variants/$kernel" ]
	done
}

@test "each of them is due within a week" {
	diff <(kernels | sort) <(due_within 7 due_on)
}

@test "each of them is due on a Monday, sooner or later" {
	for ((day = first; day < first + 7 * 7; day += 7)); do
		due_on "$day"
	done | sort -u | diff <(kernels | sort) -
}

@test "each scenario of stress is due within a week" {
	all=$(sed -n '/^all=(/,/)$/{ s/^all=//; p }' "$lab/run-stress")
	eval "all=$all"
	[ ${#all[@]} -ge 10 ]
	diff <(printf '%s\n' "${all[@]}" | sort) <(due_within 7 named run-stress)
}

@test "each deliberate mistake is due within two weeks" {
	diff <(cd "$lab/mutants" && printf '%s\n' *.patch | sed 's/\.patch$//' | sort) \
		<(due_within 14 named run-mutants)
}

@test "each submission of the assignment is due within 19 days, two a day at most" {
	{
		printf '%s\n' ours sound
		(cd "$lab/students" && grep -l ^Lost: *.patch | sed 's/\.patch$//')
		cases | sed '/| - *|/d; s/ .*//'
	} | sort | diff - <(due_within 19 named run-grade)
	for ((day = first; day < first + 19; day++)); do
		[ "$(named run-grade "$day" | wc -w)" -le 2 ]
	done
}

# cases: lines of the grader's table
cases() {
	sed '/^#/d; /^$/d' "$lab/grade.cases"
}

@test "the grader's table: of diffs that are there, with options and points that there are" {
	points=$(sed '/^#/d; s/ .*//' "$lab/grade.weights")
	options=$("$lab/grade" --help)
	[ "$(cases | wc -l)" -ge 25 ]
	[ -z "$(cases | sed 's/ .*//' | sort | uniq -d)" ]
	while IFS='|' read -r name diff with lost says; do
		read -r diff <<<"$diff"
		read -r point says <<<"$says"
		[[ $diff == ours || $diff == ours-6.1 || $diff == sound ||
			-f $lab/students/$diff.patch || -f $lab/mutants/$diff.patch ]]
		for option in $with; do
			grep -qF -- "${option%%=*}" <<<"$options"
		done
		if [ $lost = - ]; then
			[ "$(wc -w <<<"$point $says")" -ge 5 ]
			continue
		fi
		for point in $point $lost; do
			grep -qxF "$point" <<<"$points"
		done
		[ -n "$says" ]
	done < <(cases)
}

@test "each deliberate mistake stands there once: what a grader sees of it, or why nothing" {
	diff <(cd "$lab/mutants" && printf '%s\n' *.patch | sed 's/\.patch$//' | sort) \
		<(cases | cut -d'|' -f2 | tr -d ' ' | sort |
			while read -r diff; do
				[ ! -f "$lab/mutants/$diff.patch" ] || echo "$diff"
			done)
}

@test "each other architecture is due within a week, one a day at most" {
	(cd "$lab/foreign" && printf '%s\n' *.sh | sed 's/\.sh$//') >"$BATS_TEST_TMPDIR/all"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/all")" -ge 2 ]
	for ((day = first; day < first + 7; day++)); do
		named run-foreign "$day" >"$BATS_TEST_TMPDIR/due"
		[ "$(wc -w <"$BATS_TEST_TMPDIR/due")" -le 1 ]
		cat "$BATS_TEST_TMPDIR/due"
	done | grep . | sort -u | diff "$BATS_TEST_TMPDIR/all" -
}

@test "every kernel is built ahead that a patch's check or turn needs" {
	list=$(sed -n '/^kernels=(/,/)$/{ s/^kernels=//; p }' "$lab/build-ahead")
	eval "list=$list"
	for kernel in $(kernels) $(cd "$lab/variants" && echo check-*); do
		# Built from other patches, by the tests themselves.
		[[ $kernel != @(one-object|series) ]] || continue
		printf '%s\n' "${list[@]}" | grep -qxF "$kernel" || echo "$kernel"
	done | diff /dev/null -
}

@test "without turns, all is due; with them, it says when" {
	. "$lab/lib.sh"
	unset LAB_TURN
	due debug
	LAB_TURN=$((first / 6 * 6))
	due check-gcc
	! due debug || return
	[ "$(when_due debug)" = "debug is not built every day: due on $(date -u -d \
		"1970-01-01 + $((LAB_TURN + 1)) days" +%F)" ]
}

@test "each machine with perf is due within four days" {
	diff <(printf '%s\n' perf perf-plain vmx-perf vmx-perf-plain) \
		<(due_within 4 named run-perf)
}
