#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Work and memory for each file, in all modes: see budget.  With one build only:
# sanitizers need more.

setup() {
	[ "${BUILD_CC:-gcc}${BUILD_SAN:-}" = gcc ] || skip 'with gcc only'
	cd "$BATS_TEST_TMPDIR" || return
}

budget() {
	"$BATS_TEST_DIRNAME/budget" "$@"
}

# recipes FILE...: the recordings that they make
recipes() {
	for recipe; do
		"$FUZZ/wild-file" "$recipe" "${recipe##*/}.dat"
	done
}

@test "files made to hurt: no more work and memory than their bytes allow" {
	budget "$ANALYZER" "$BATS_TEST_DIRNAME"/cases/hostile/*.gz
}

@test "recordings with anything wild: no more work and memory than that" {
	"$FUZZ/seeds" seeds
	recipes seeds/wild/* "$BATS_TEST_DIRNAME"/fuzz/corpus/wild/*
	budget "$ANALYZER" ./*.dat
}

@test "the budget can be exceeded" {
	local samples=$BATS_TEST_DIRNAME/../samples
	if budget --scale=0.001 "$ANALYZER" "$samples/vmx.dat" >out.txt; then
		return 1
	fi
	grep -q '^vmx.dat: -j1 .*: .* instructions or more, not ' out.txt
	grep -q ' MB, not 0 MB' out.txt
}
