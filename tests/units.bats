#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The unit of figures: converted figures are those in cycles, times the rate that
# is said.

load cli-helpers

# converted OPTION...: each figure of JSON in ns, us and ms against that in cycles.
converted() {
	local unit
	analyze "$@" --format=json trace.dat
	cp out.txt native.json
	for unit in ns us ms; do
		analyze "$@" --format=json --unit=$unit trace.dat
		"$BATS_TEST_DIRNAME/compare-units" native.json out.txt "$unit"
		"$BATS_TEST_DIRNAME/validate" \
			"$BATS_TEST_DIRNAME/../docs/schema.json" out.txt
	done
}

@test "ns, us and ms are cycles at the rate that is said" {
	recording sample
	converted 0
	converted 0 --by=vcpu,cpu --sort=p99
	converted 0 --view=time
	converted 0 --tsc-khz=2893125
	python3 -c 'import json
assert json.load(open("out.txt"))["tsc"] == {"hz": 2893125000, "error_hz": None,
					     "from": "user"}'
}

@test "the rate that is fitted is that of the emulated machine" {
	recording sample
	analyze 0 --format=json --unit=us trace.dat
	python3 -c 'import json
tsc = json.load(open("out.txt"))["tsc"]
assert tsc["from"] == "fit", tsc
assert abs(tsc["hz"] - 10 ** 9) < 5000, tsc
assert 0 < tsc["error_hz"] < 1000, tsc'
	analyze 0 --format=table --unit=us trace.dat
	grep -q '^unit:      us; TSC at 999\.999 MHz, fitted within 0\.[0-9]* ppm$' out.txt
	for jobs in 1 2; do
		analyze 0 --jobs=$jobs --format=json --unit=ns trace.dat
		cp out.txt jobs$jobs.json
	done
	cmp jobs1.json jobs2.json
}

@test "CSV has the unit in the names of columns" {
	recording sample
	analyze 0 --format=csv --unit=ms trace.dat
	head -n 1 out.txt | grep -q ',ms,ms_percent,min_ms,avg_ms,.*,halted_ms,'
	grep -q '^group,svm npf,.*,1222\.843863,' out.txt
	for column in avg_us p99_ms us; do
		analyze 0 --sort=$column --format=csv --unit=us trace.dat
	done
}

@test "a table is scaled when that is asked for, and the order stays" {
	recording sample
	analyze 0 --format=table --unit=auto trace.dat
	prints "unit:      each as shown; TSC at "
	grep -q '^svm npf .* 1\.22 s .* 53\.3 us ' out.txt
	sed -n '/^svm/s/  .*//p' out.txt >scaled
	analyze 0 --format=table trace.dat
	prints "unit:      cycles (TSC ticks)"
	sed -n '/^svm/s/  .*//p' out.txt | cmp - scaled
	# What programs read is not.
	analyze 0 --format=csv --unit=auto trace.dat
	cp out.txt auto.csv
	analyze 0 --format=csv trace.dat
	cmp out.txt auto.csv
}

@test "kernels without stamps: ns need no rate" {
	recording sample-unpatched
	converted 0
	analyze 0 --format=table --unit=us trace.dat
	grep -qx 'unit:      us' out.txt
	analyze 2 --unit=cycles trace.dat
	says "analyzer: --unit=cycles: trace.dat: figures are in ns"
	no_output
}

@test "a unit that cannot be had is wrong usage, in one line" {
	recording tsc
	for unit in ns us ms; do
		analyze 2 --unit=$unit trace.dat
		says "analyzer: --unit=$unit: trace.dat: nothing says how fast the TSC is"
		no_output
	done
	analyze 0 --unit=ns --tsc-khz=1000000 --format=csv trace.dat
	analyze 0 --unit=auto --format=table trace.dat
	prints "unit:      cycles (TSC ticks)"
	while IFS='|' read -r options message; do
		# shellcheck disable=SC2086
		analyze 2 $options trace.dat
		says "$message"
	done <<-'END'
	--unit=s|unknown unit: s, expected cycles, ns, us, ms or auto
	--unit=auto --raw|--raw shows plain numbers: not with --unit=auto
	--unit=us --view=reports --format=csv|--unit: reports are in the unit of the kernel
	--unit=us --format=reports|--unit is about views
	END
}

@test "in a terminal, a table is scaled unless --raw or --unit say otherwise" {
	command -v script >/dev/null || skip "no script: apt-get install bsdutils"
	recording sample
	while IFS='|' read -r options unit; do
		script -qec "stty cols 100; '$ANALYZER' --format=table $options trace.dat" \
			/dev/null </dev/null | tr -d '\r' >out.txt
		prints "unit:      $unit"
	done <<-'END'
	|each as shown; TSC at
	--raw|cycles (TSC ticks)
	--unit=cycles|cycles (TSC ticks)
	--unit=ms|ms; TSC at
	END
}
