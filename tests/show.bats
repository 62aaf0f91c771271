#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# --show: one exit, event by event.  Which events are inside it, and when, is what
# trace-cmd report prints; what it cost is what --list and the stamps say.

load cli-helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	unset COLUMNS
	here=$BATS_TEST_DIRNAME
}

# Events of out.txt beside what trace-cmd report -t has of the thread in that time
same_as_trace_cmd() {
	trace-cmd report -t trace.dat 2>/dev/null >report.txt
	python3 - <<-'END'
		import json, re
		one = json.load(open("out.txt"))
		line = re.compile(r"\s*\S.*-(\d+) +\[(\d+)\][^:]* (\d+)\.(\d{9}): +(\S+): ")
		events = [m.groups() for m in map(line.match, open("report.txt")) if m]
		events = [(int(t), int(c), int(s) * 10**9 + int(n), e) for t, c, s, n, e in events]
		first = min(e[2] for e in events)
		begin, end = one["exit"]["begin_ns"] + first, one["exit"]["end_ns"] + first
		expected = [(when - first, cpu, name) for tid, cpu, when, name in events
		            if begin <= when <= end and (tid == one["thread"])]
		got = [(e["time_ns"], e["cpu"], e["event"]) for e in one["events"]
		       if not e["event"].startswith("sched_") or e["fields"].get("prev_pid") == one["thread"]]
		assert got == expected, (got, expected)
		assert got[0][2] == "kvm_exit" and got[-1][2] == "kvm_entry"
		times = [e["time_ns"] for e in one["events"]]
		assert [e["later"] for e in one["events"]][1:] == [b - a for a, b in zip(times, times[1:])]
		mine = [(when - first, name) for tid, _, when, name in events if tid == one["thread"]]
		ends = [when for when, name in mine if name == "kvm_entry"]
		at = ends.index(one["exit"]["end_ns"])
		assert [x["end_ns"] for x in one["before"]] == ends[max(at - 3, 0):at]
		assert [x["end_ns"] for x in one["after"]] == ends[at + 1:at + 4]
		if one["before"]:
		    assert one["exit"]["later"] == one["exit"]["begin_ns"] - ends[at - 1]
	END
}

@test "from a list one step to each of its exits, with and without stamps" {
	for kind in sample sample-vmx sample-unpatched sample-unpatched-vmx; do
		recording $kind
		analyze 0 --list --top=4 --format=csv trace.dat
		cp out.txt list.csv
		[ "$(grep -c '^group' list.csv)" -eq 4 ]
		for time in $(grep '^group' list.csv | cut -d , -f 2); do
			analyze 0 --show="$time" --format=json trace.dat
			same_as_trace_cmd
			python3 - "$time" <<-'END'
				import csv, json, sys
				one = json.load(open("out.txt"))
				row = [r for r in csv.DictReader(open("list.csv", newline=""))
				       if r["time"] == sys.argv[1] and r["row"] == "group"][0]
				x = one["exit"]
				length = row["cycles"] if "cycles" in row else row["ns"]
				assert x["length"] == int(length) and x["rip"] == row["rip"]
				assert x["reason"] == row["reason"], (x, row)
				assert (x["detail"] or "") == row["detail"], (x, row)
				assert one["recording"]["stamped"] == ("halted_cycles" in row)
				if one["recording"]["stamped"]:
				    assert x["halted"] == int(row["halted_cycles"])
			END
		done
		analyze 0 --list --top=1 trace.dat
		step=$(sed -n 's/^The first one, event by event: //p' out.txt)
		analyze 0 "$step" trace.dat
		prints "from kvm_exit to kvm_entry:"
	done
}

@test "by number, by a time in the middle, as trace-cmd prints it" {
	recording sample
	analyze 0 --show=12345 --format=json trace.dat
	same_as_trace_cmd
	cp out.txt number.json
	python3 -c 'import json; x = json.load(open("number.json"))["exit"]; assert (x["epoch"], x["number"], x["report"]) == (1, 12345, 25)'
	analyze 0 --show=1:12345 --format=json trace.dat
	cmp number.json out.txt
	# One ns before its end, and when that is printed in microseconds
	end=$(python3 -c 'import json; print(json.load(open("number.json"))["exit"]["end_ns"])')
	analyze 0 --show="0$(printf '%010d' $((end - 1)) | sed 's/.........$/.&/')" \
		--format=json trace.dat
	cmp number.json out.txt
	first=$(sed -n 's/.*\] *\([0-9]*\)\.\([0-9]*\): .*/\1\2/p' report.txt | sort -n | head -n 1)
	stamp=$(printf '%010d' $((first + end)) | sed 's/.........$/.&/')
	analyze 0 --show="@${stamp%???}" --format=json trace.dat
	cmp number.json out.txt
}

@test "tables are as they are, JSON is as its schema says" {
	for kind in sample sample-vmx sample-unpatched sample-unpatched-vmx sample-arm64/trace; do
		recording $kind
		analyze 0 --list --top=1 --format=csv trace.dat
		time=$(sed -n 's/^group,\([^,]*\),.*/\1/p' out.txt)
		compare_golden "$here/golden/${kind%%/*}.show" --show="$time" trace.dat
		analyze 0 --show="$time" --format=json trace.dat
		"$here/validate" "$here/../docs/schema-show.json" out.txt
	done
}

@test "an exit that is not there: one line with the nearest ones" {
	recording sample
	analyze 2 --show=99999 trace.dat
	says "no exit has number 99999: trace.dat: nearest: --show=1:35757"
	one_line
	no_output
	analyze 2 --show=3:17 trace.dat
	says "no exit has number 3:17: trace.dat: there is none at all"
	analyze 2 --show=100.0 trace.dat
	says "no exit at 100.0 s: trace.dat: nearest: --show=7.228568363"
	one_line
	nearest=$(sed -n 's/.*nearest: //p' err.txt)
	analyze 0 "$nearest" trace.dat
	analyze 2 --show=0.0 trace.dat
	says "no exit at 0.0 s: trace.dat: nearest: --show=0.4"
	recording epochs
	analyze 2 --show=2 trace.dat
	says "exit 2 is in several epochs: trace.dat: which: --show=1:2, --show=5:2?"
	analyze 0 --show=5:2 trace.dat
	prints "exit:      5:2 (epoch:number), in report 1: "
}

@test "kvm_entry alone, lost events, clocks that are no time" {
	recording entry-only
	analyze 0 --show=17 trace.dat
	prints "missing:   its kvm_exit, so nothing says which events are inside it"
	recording counter
	analyze 0 --show=17 trace.dat
	prints "ticks  cpu"
	analyze 2 --show=1.0 trace.dat
	says "--show=TIME: trace clock does not say seconds: trace.dat: counter"
	recording inside-gap
	analyze 0 --list --format=csv trace.dat
	time=$(sed -n '/unknown/s/^group,\([^,]*\),.*/\1/p' out.txt | head -n 1)
	analyze 0 --show="$time" trace.dat
	prints "missing:   events of this time were lost: some of it may be, too"
	recording off
	analyze 0 --list --top=1 --format=csv trace.dat
	time=$(sed -n 's/^group,\([^,]*\),.*/\1/p' out.txt)
	analyze 0 --show="$time" trace.dat
	says "no exit was accounted"
}

@test "what it does not go with" {
	recording sample
	for option in --by=vcpu --list --view=time --top=3 --last --reason=hlt --from=1; do
		analyze 2 --show=17 $option trace.dat
		says "--show is of one exit: not with ${option%%=*}"
	done
	analyze 2 --show=17 --format=csv trace.dat
	says "--show has the formats table and json"
	for wrong in x 0 17:x 1:2:3 :3 3: 1.5x @ ''; do
		analyze 2 --show="$wrong" trace.dat
		no_output
	done
	analyze 2 --show=17 trace.dat trace.dat
	says "more than one recording given"
	"$ANALYZER" --format=state --output=a.state trace.dat
	analyze 2 --show=17 a.state
	says "--show needs a recording: a.state is a state, which has no single exits"
	recording sample-unpatched
	analyze 2 --show=17 trace.dat
	says "--show=17: trace.dat: exits of an unpatched kernel have no numbers: --show=TIME"
}
