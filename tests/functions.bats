#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The guest's functions: what --guest-map makes of rips.

load cli-helpers

# map: functions of the guest in samples/trace.dat, as far as anybody knows them
map() {
	cat >kallsyms <<-'END'
	0000000000000000 A fixed_percpu_data
	00000000000ff000 T bios
	ffffffff81000000 T _stext
	ffffffff81428f00 t some_driver	[driver]
	ffffffff81429000 T behind_it
	ffffffff81e00000 T _etext
	END
}

@test "by rip: the function, and how far from its beginning" {
	recording sample
	map
	analyze 0 --by=rip --guest-map=kallsyms --format=csv trace.dat
	head -n 1 out.txt | grep -q '^row,rip,function,exits,'
	grep -q '^group,0xffffffff81428fa4,some_driver+0xa4,3065,' out.txt
	# Below the first function there is none.
	grep -q '^group,0x[0-9a-f]*,in no function,' out.txt
	cut -d, -f1,2,4- out.txt >with
	analyze 0 --by=rip --format=csv trace.dat
	cmp with out.txt
}

@test "by function: the sums of its instructions" {
	recording sample
	map
	analyze 0 --by=rip,reason --guest-map=kallsyms --format=csv trace.dat
	python3 - <<-'END' >want
	import csv
	sums = {}
	for row in csv.DictReader(open("out.txt")):
	    if row["row"] == "group":
	        name = row["function"].rsplit("+0x", 1)[0]
	        key = name, row["reason"]
	        n, cycles = sums.get(key, (0, 0))
	        sums[key] = n + int(row["exits"]), cycles + int(row["cycles"])
	for key, value in sorted(sums.items()):
	    print(*key, *value, sep=",")
	END
	[ "$(wc -l <want)" -gt 20 ]
	analyze 0 --by=function,reason --guest-map=kallsyms --format=csv trace.dat
	python3 - <<-'END' | cmp - want
	import csv
	rows = [(r["function"], r["reason"], r["exits"], r["cycles"])
	        for r in csv.DictReader(open("out.txt")) if r["row"] == "group"]
	for row in sorted(rows):
	    print(*row, sep=",")
	END
	analyze 0 --by=function --guest-map=kallsyms --format=json trace.dat
	"$BATS_TEST_DIRNAME/validate" "$BATS_TEST_DIRNAME/../docs/schema.json" out.txt
	grep -q '"by": \["function"\]' out.txt
}

@test "lists name functions, too; unknown rips stay unknown" {
	recording sample
	map
	analyze 0 --list --top=5 --guest-map=kallsyms trace.dat
	grep -q ' 0xffffffff811a2664  _stext+0x1a2664 ' out.txt
	analyze 0 --list --top=5 --guest-map=kallsyms --format=json trace.dat
	"$BATS_TEST_DIRNAME/validate" "$BATS_TEST_DIRNAME/../docs/schema.json" out.txt
	scenario entry-only
	analyze 0 --by=function --guest-map=kallsyms --format=csv trace.dat
	grep -q '^group,unknown,' out.txt
}

@test "a guest without stamps has functions as well" {
	recording sample-unpatched
	map
	analyze 0 --by=function --guest-map=kallsyms --format=csv trace.dat
	grep -q '^group,in no function,' out.txt
	grep -q '^total,,10808,' out.txt
}

@test "wrong use of maps is said in one line" {
	recording sample
	map
	echo nothing >nothing
	while IFS='|' read -r status options message; do
		# shellcheck disable=SC2086
		analyze "$status" $options
		says "$message"
		no_output
	done <<-'END'
	2|--by=function trace.dat|--by=function needs --guest-map: System.map
	2|--format=state --by=rip --guest-map=kallsyms trace.dat|a state has instructions as numbers
	2|--guest-map=kallsyms trace.dat|use it with --by=rip, --by=function or --list
	2|--by=rip --sort=function trace.dat|--sort=function needs --by=function
	1|--by=rip --guest-map=none trace.dat|cannot open: none: No such file
	1|--by=rip --guest-map=nothing trace.dat|not a map of functions: nothing: line 1
	2|--by=function --guest-map=kallsyms trace.dat trace.dat|--by=function is of one recording
	END
	analyze 0 --by=rip,vm --format=state trace.dat
	cp out.txt rip.state
	analyze 2 --by=function --guest-map=kallsyms --format=csv rip.state
	says "--by=function: a state has no instructions in functions: rip.state"
	analyze 0 --by=rip --guest-map=kallsyms --format=csv rip.state
	grep -q '^group,0xffffffff81428fa4,some_driver+0xa4,3065,' out.txt
}
