#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Lists without a ceiling, for programs.  They are read exit by exit; what --top sorts
# in memory has to be the same.

load cli-helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	unset COLUMNS
	here=$BATS_TEST_DIRNAME
}

# What --list prints in all three formats, for ARGUMENT..., is what --top=N does, by time.
whole() {
	local status=0
	"$ANALYZER" --list --top=100000 --format=csv "$@" trace.dat >top.csv 2>top.err || status=$?
	for format in csv json jsonl; do
		analyze $status --list --format=$format "$@" trace.dat
		cp out.txt whole.$format
		diff top.err err.txt
	done
	python3 - <<-'END'
		import csv, json
		read = lambda name: list(csv.DictReader(open(name, newline="")))
		top, rows = read("top.csv"), read("whole.csv")
		exits = lambda rows: [r for r in rows if r["row"] == "group"]
		rest = lambda rows: [r for r in rows if r["row"] != "group"]
		# Names are columns if any exit has one.
		for name in {"vm_name", "thread_name"} - set(top[0]):
		    for row in rows:
		        row.pop(name, None)
		assert rest(top) == rest(rows), (rest(top), rest(rows))
		text = lambda rows: sorted(json.dumps(r) for r in exits(rows))
		assert text(top) == text(rows)
		times = [float(r["time"]) for r in exits(rows) if r.get("time")]
		assert sum(a > b for a, b in zip(times, times[1:])) <= len(times) // 20
		document = json.load(open("whole.json"))
		lines = [json.loads(line) for line in open("whole.jsonl")]
		strip = lambda o: {k: v for k, v in o.items() if k != "row"}
		assert document["groups"] == [strip(o) for o in lines if o["row"] == "group"]
		assert [strip(o) for o in lines if o["row"] == "total"] == [document["total"]]
		assert document["groups_not_shown"] == 0 and document["more"] is None
		assert len(document["groups"]) == len(exits(rows))
		assert [o["row"] for o in lines] == [r["row"] for r in rows]
	END
}

@test "all exits, each once, as a list in memory has them" {
	for kind in sample sample-vmx sample-unpatched sample-unpatched-vmx; do
		recording $kind
		whole
		[ "$(grep -c '^group' whole.csv)" -gt 10000 ]
		"$here/validate" "$here/../docs/schema.json" whole.json
	done
	whole --vcpu=1 --reason=cpuid
	recording sample
	whole --longer-than=100us --of=total
	whole --from=2 --to=2.1 --cpu=1
}

@test "losses, kvm_entry alone, kvm_exit alone, kernels that do not count" {
	for kind in lossy late entry-only inside-gap gap-all off epochs moved unpatched older; do
		recording $kind
		whole
	done
}

@test "one object a line in other views, too" {
	recording sample
	for view in --by=reason --by=vcpu,time:1s --view=time; do
		analyze 0 $view --format=csv --top=3 trace.dat
		cp out.txt view.csv
		analyze 0 $view --format=jsonl --top=3 trace.dat
		python3 - <<-'END'
			import csv, json
			rows = list(csv.DictReader(open("view.csv", newline="")))
			lines = [json.loads(line) for line in open("out.txt")]
			assert [r["row"] for r in rows] == [o["row"] for o in lines]
			for row, line in zip(rows, lines):
			    assert str(line["exits"]) == row["exits"]
			    if row["row"] == "group" and "reason" in row:
			        assert row["reason"] == line["reason"]
		END
	done
	analyze 2 --view=reports --format=jsonl trace.dat
	says "reports have the formats reports, table, csv and json"
}

@test "a list that is not written is an error" {
	recording sample
	for format in csv json jsonl; do
		status=0
		"$ANALYZER" --list --format=$format trace.dat >/dev/full 2>err.txt || status=$?
		[ "$status" -eq 1 ]
		says "cannot write: standard output"
		[ "$(grep -c 'cannot write' err.txt)" -eq 1 ]
	done
}

# Ten times as many exits: a table in memory would be megabytes more.
@test "memory does not grow with the number of exits" {
	recording sample
	peak() {
		/usr/bin/time -f %M "$ANALYZER" --list --format=csv "$@" trace.dat 2>&1 >/dev/null |
			tail -n 1
	}
	[ -x /usr/bin/time ] || skip "no /usr/bin/time"
	few=$(peak --vcpu=99)
	all=$(peak)
	[ "$all" -lt $((few + 1500)) ]
}
