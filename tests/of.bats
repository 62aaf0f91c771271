#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# --of: percentiles, order and --longer-than of other parts than cycles.  The
# figures, oracle.bats knows.

load cli-helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	unset COLUMNS
	here=$BATS_TEST_DIRNAME
}

@test "tables, lists and histograms of what was asked for, as they are" {
	local of
	for kind in sample sample-vmx; do
		recording $kind
		for of in halted total; do
			compare_golden "$here/golden/$kind.table.$of" --format=table \
				--of=$of trace.dat
			compare_golden "$here/golden/$kind.list.$of" --list --top=5 \
				--of=$of trace.dat
		done
	done
	compare_golden "$here/golden/sample-vmx.histogram.halted" --histogram --of=halted \
		--reason=HLT trace.dat
}

@test "CSV has it in its names, JSON says it" {
	recording sample
	for of in user halted off_cpu total; do
		analyze 0 --format=csv --of=$of trace.dat
		head -n 1 out.txt | grep -q ",min_${of}_cycles,.*,p99_${of}_cycles,"
		analyze 0 --format=json --of=$of --histogram trace.dat
		grep -q "^ \"of\": \"$of\"" out.txt
		"$here/validate" "$here/../docs/schema.json" out.txt
	done
	analyze 0 --format=csv --of=cycles trace.dat
	cp out.txt cycles.csv
	analyze 0 --format=csv trace.dat
	cmp cycles.csv out.txt
	analyze 0 --format=json --list --of=total trace.dat
	"$here/validate" "$here/../docs/schema.json" out.txt
}

@test "without stamps there is the whole round trip only" {
	recording sample-unpatched
	for of in user halted off_cpu; do
		analyze 2 --of=$of trace.dat
		says "--of=$of: trace.dat: no stamps say which part of a round trip that was"
		no_output
	done
	analyze 0 --of=total trace.dat
}

@test "what it does not go with" {
	recording sample
	analyze 2 --of=idle trace.dat
	says "unknown measure: idle, expected cycles, user, halted, off_cpu or total"
	analyze 2 --of=halted --view=time trace.dat
	analyze 2 --of=halted --view=reports trace.dat
	analyze 2 --of=halted --format=state trace.dat
}

@test "--of takes states, as they have figures of each part" {
	recording sample
	"$ANALYZER" --format=state --output=a.state trace.dat
	for of in user halted off_cpu total; do
		"$ANALYZER" --of=$of --format=csv trace.dat >expected
		analyze 0 --of=$of --format=csv a.state
		diff expected out.txt
	done
}

@test "--columns: these figures, in this order" {
	recording sample
	analyze 0 --columns=p99,max,p50,p99.9,p99 --top=2 trace.dat
	grep -q '^reason     *p99  *max  *p50  *p99.9$' out.txt
	analyze 0 --columns=max_cycles,halted --format=csv trace.dat
	head -n 1 out.txt | tr -d '\r' >header
	[ "$(cat header)" = row,reason,isa,code,exits,max_cycles,halted_cycles ]
	grep -q $'^before,,,,0,,\r$' out.txt
	analyze 0 --columns=rip,cycles --list --top=1 trace.dat
	grep -q 'rip  *detail  *cycles$' out.txt
	analyze 2 --columns=p99,fast trace.dat
	says "no such column: fast, expected one of "
	analyze 2 --columns= trace.dat
	analyze 2 --columns=p99 --format=json trace.dat
	says "--columns is for tables and CSV"
	recording sample-unpatched
	analyze 2 --columns=p99,halted trace.dat
	says "--columns: trace.dat: this view has no column halted"
	no_output
}

# The machine that the sample is of counts a cycle in a nanosecond.
@test "--longer-than in us by the rate that is fitted, in all views" {
	recording sample
	for view in --by=reason --by=time --by=detail --list --of=halted; do
		analyze 0 --format=csv $view --longer-than=500us trace.dat
		cp out.txt fitted.csv
		analyze 0 --format=csv $view --longer-than=499999 trace.dat
		cmp fitted.csv out.txt
	done
	analyze 0 --longer-than=500us --jobs=1 trace.dat
	prints "longer than 500 us (499,999 cycles): 252 exits"
}
