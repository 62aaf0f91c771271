#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Figures that are computed when they are printed: ratios, percentiles.  ANALYZER
# and SCENARIO come from ./run.

load cli-helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	unset COLUMNS
	here=$BATS_TEST_DIRNAME
}

# 30, 1 and 1 exits of 32: 93.75 % and, twice, 3.125 %
@test "a ratio is rounded once, in all formats" {
	recording sample
	chosen="--vcpu=0 --reason=cr0_sel_write,rsm,write_cr0"
	# shellcheck disable=SC2086
	for format in table csv json; do
		analyze 0 $chosen --format=$format trace.dat
		cp out.txt $format.txt
	done
	grep -qE '^svm rsm +1 +3\.13 ' table.txt
	grep -q '^group,svm rsm,svm,115,1,3\.13,' csv.txt
	grep -q '"reason": "svm rsm".* "exits": 1, "exits_percent": 3\.13,' json.txt
	analyze 0 --vcpu=0 --reason=rsm,cr0_sel_write,write_cr0 --histogram trace.dat
	grep -qE ' 30 +93\.75%| 1 +3\.13%' out.txt
	# Every number that has decimal places, in the three formats
	python3 - <<-'END'
		import csv, json, re
		rows = [r for r in csv.DictReader(open("csv.txt", newline=""))
		        if r["row"] in ("group", "total")]
		parsed = json.load(open("json.txt"))
		objects = parsed["groups"] + [parsed["total"]]
		lines = [l.split() for l in open("table.txt")
		         if re.match("svm |total ", l)]
		for row, o, line in zip(rows, objects, lines, strict=True):
		    for name in "exits_percent", "exits_per_s", "cycles_percent":
		        places = 1 if name == "exits_per_s" else 2
		        assert row[name] == f"{o[name]:.{places}f}", (name, row)
		        assert row[name] in line, (name, line)
	END
}

# All exits of the sample against what is said of them
@test "percentiles: so many took no more, and that by less than a 64th" {
	for recording in sample sample-unpatched; do
		recording $recording
		analyze 0 --format=csv trace.dat
		cp out.txt groups.txt
		analyze 0 --list --top=100000 --format=csv trace.dat
		python3 - <<-'END'
			import csv
			exits = {}
			for row in csv.DictReader(open("out.txt", newline="")):
			    if row["row"] == "group":
			        unit = "cycles" if "cycles" in row else "ns"
			        for key in row["reason"], "":
			            exits.setdefault(key, []).append(int(row[unit]))
			seen = 0
			for row in csv.DictReader(open("groups.txt", newline="")):
			    if row["row"] not in ("group", "total"):
			        continue
			    values = sorted(exits[row["reason"]])
			    for name, permille in (("p50", 500), ("p90", 900),
			                           ("p99", 990), ("p99_9", 999)):
			        shown = int(row[f"{name}_{unit}"])
			        rank = -(-len(values) * permille // 1000)
			        own = values[rank - 1]
			        assert sum(v <= shown for v in values) * 1000 \
			            >= permille * len(values)
			        assert own <= shown <= min(own + own // 64, values[-1])
			        seen += 1
			assert seen > 40, seen
		END
	done
}

# The kernel is patched, and counts nothing: round trips, in ns
@test "--longer-than with a unit, where exits are not counted" {
	recording off
	analyze 0 --list --format=csv trace.dat
	longest=$(sed -n '2s/.*,\([0-9]*\)\r*$/\1/p' out.txt)
	[ "$longest" -gt 0 ]
	for less in 0 1; do
		length=$((longest - less))
		analyze 0 --longer-than=$length --format=csv trace.dat
		cp out.txt plain.txt
		grep -q "^total,.*,$less," out.txt || [ "$less" -eq 1 ]
		analyze 0 --longer-than=${length}ns --format=csv trace.dat
		cmp plain.txt out.txt
	done
	analyze 0 --longer-than=1us trace.dat
	prints 'chosen:    longer than 1 us: '
	prints 'unit:      ns'
}

# Its parts add up to less than the time of the recording, which is said.
@test "a view of time says from where to where its span is" {
	recording sample
	analyze 0 --view=time --format=csv trace.dat
	columns span_cycles >spans.txt
	span=$(sed -n '1s/^span_cycles=\([0-9]\{4,\}\)$/\1/p' spans.txt)
	analyze 0 --view=time --raw trace.dat
	prints "span:      $span cycles, first stamp to last"
	prints ', 7.446761 s of trace clock local'
	# Without stamps, both are from the first event to the last.
	recording sample-unpatched
	analyze 0 --view=time --raw trace.dat
	lacks '^span:' out.txt
	prints ', 0.940302 s of'
	prints ' 940302704 '
}

# The row of unknown details has more than the exits without a kvm_exit: those
# of another reason, for instance.
@test "what is unknown is said of exits without a kvm_exit alone" {
	recording lossy
	analyze 3 --by=detail --format=json trace.dat
	python3 - <<-'END'
		import json
		j = json.load(open("out.txt"))
		row = sum(g["exits"] for g in j["groups"]
		          if g["detail_kind"] == "unknown")
		assert 0 < j["details"]["exits_unknown"] <= row, (j["details"], row)
	END
	analyze 3 --by=detail trace.dat
	grep -qE '^details: +[0-9,]+ exits? without a kvm_exit' out.txt
}
