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

# What --list prints in all three formats, for ARGUMENT..., is what --top=N does, by time,
# and so are the messages, in any order: some are known when all exits were printed.
whole() {
	local status=0
	"$ANALYZER" --list --top=100000 --format=csv "$@" trace.dat >top.csv 2>top.err || status=$?
	for format in csv json jsonl; do
		analyze $status --list --format=$format "$@" trace.dat
		cp out.txt whole.$format
		diff <(sort top.err) <(sort err.txt)
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

# all_printed COLUMN EVENT: each time in the list's column is that of a line of trace-cmd's
# for the event.
all_printed() {
	local nr
	nr=$(cut -d, -f"$1" starts.txt | grep -c .)
	[ "$nr" -gt 10000 ]
	[ "$(comm -12 <(cut -d, -f"$1" starts.txt | sort) <(grep " $2: " report.txt |
		sed "s/.*[^0-9.]\([0-9.]*\): $2: .*/\1/" | sort) | grep -c .)" -eq "$nr" ]
}

@test "start and end of each exit are the times that trace-cmd report prints" {
	command -v trace-cmd >/dev/null || skip "no trace-cmd: apt-get install trace-cmd"
	for kind in sample sample-vmx sample-unpatched sample-unpatched-vmx; do
		recording $kind
		trace-cmd report -t trace.dat >report.txt 2>/dev/null
		analyze 0 --list --format=csv --columns=start,end,cycles trace.dat
		python3 - <<-'END' >starts.txt
			import csv
			for row in csv.DictReader(open("out.txt", newline="")):
			    if row["row"] != "group":
			        assert not row["start"] and not row["end"]
			        continue
			    assert float(row["start"]) < float(row["end"])
			    print(row["start"], row["end"], sep=",")
		END
		all_printed 1 kvm_exit
		all_printed 2 kvm_entry
	done
	cp "$here/cases/exit-only.dat" trace.dat
	analyze 0 --list --top=1 --format=csv --columns=start,end,cycles trace.dat
	grep -q '^group,.*,0.001000000,,' out.txt
	analyze 2 --format=csv --columns=start trace.dat
	grep -q 'no such column: start' err.txt
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

# database ARGUMENT...: --format=sqlite into a.db, and its text into rows.txt
query() {
	sqlite3 -batch -noheader -separator '|' a.db "$1"
}

@test "a database: the exits of CSV, typed, and the figures of a table" {
	for kind in sample sample-vmx sample-unpatched lossy; do
		recording $kind
		rm -f a.db
		"$ANALYZER" --format=sqlite --output=a.db trace.dat 2>err.txt || [ $? -eq 3 ]
		"$ANALYZER" --list --format=csv trace.dat >list.csv 2>/dev/null || true
		"$ANALYZER" --format=csv trace.dat >table.csv 2>/dev/null || true
		[ "$(query 'PRAGMA integrity_check')" = ok ]
		python3 - <<-'END'
			import csv, sqlite3
			db = sqlite3.connect("a.db")
			read = lambda name: [{k.removesuffix("_cycles").removesuffix("_ns"): v for k, v in r.items()}
			                     for r in csv.DictReader(open(name, newline=""))]
			listed = [r for r in read("list.csv") if r["row"] == "group"]
			cursor = db.execute("SELECT * FROM exits")
			names = [c[0] for c in cursor.description]
			assert set(names) == set(listed[0]) - {"row", "exits"}
			rows = cursor.fetchall()
			assert len(rows) == len(listed)
			for row, expected in zip(rows, listed):
			    for name, value in zip(names, row):
			        text = expected[name]
			        if name == "time":
			            assert abs(value - float(text)) < 1e-9 and type(value) is float
			        elif text == "":
			            assert value in (None, ""), (name, value)
			        else:
			            assert str(value) == text, (name, value, text)
			            assert type(value) is int or name not in ("cycles", "ns", "vcpu", "code")
			unit = "cycles" if "cycles" in names else "ns"
			by_reason = {r[0]: r for r in db.execute(f"SELECT reason, exits, {unit}, max FROM by_reason")}
			exact = {r[0]: r for r in db.execute("SELECT reason, exits, p50, p90, p99, p99_9, max FROM percentiles")}
			table = read("table.csv")
			groups = [r for r in table if r["row"] == "group"]
			assert len(groups) == len(by_reason)
			for g in groups:
			    # Equal names are exits of several codes: none here
			    r = by_reason[g["reason"]]
			    assert [str(v) for v in r[1:]] == [g["exits"], g[unit], g["max"]], (r, g)
			    for place, name in ((2, "p50"), (3, "p90"), (4, "p99"), (5, "p99_9")):
			        p, bound = exact[g["reason"]][place], int(g[name])
			        assert p <= bound <= p + p // 64, (g["reason"], name, p, bound)
			exits, before, lost, stamped = db.execute("SELECT exits, exits_before, exits_lost, stamped FROM recording").fetchone()
			assert exits == len(rows)
			if stamped:
			    assert [str(before), str(lost)] == [r["exits"] for r in table if r["row"] in ("before", "lost")]
			assert db.execute("SELECT count(*) FROM slowest").fetchone()[0] == exits
			assert db.execute("SELECT sum(exits) FROM by_second").fetchone()[0] == exits
			assert db.execute("SELECT sum(exits) FROM by_detail").fetchone()[0] == exits
		END
		query 'EXPLAIN QUERY PLAN SELECT * FROM exits WHERE time BETWEEN 2 AND 3' | grep -q 'INDEX exits_time'
		query "EXPLAIN QUERY PLAN SELECT * FROM exits WHERE reason = 'svm hlt'" | grep -q 'INDEX exits_reason'
	done
}

@test "a database: what is chosen, and what it does not go with" {
	recording sample
	"$ANALYZER" --format=sqlite --reason=hlt --of=halted --top=5 trace.dat >a.db
	[ "$(query 'SELECT count(*), count(DISTINCT reason) FROM exits')" = '5|1' ]
	analyze 2 --format=sqlite --view=time trace.dat
	says "--format=sqlite has single exits: not with --view=time"
	analyze 2 --format=sqlite --by=vcpu trace.dat
	says "--format=sqlite has single exits, with views that group them: not with --by"
	analyze 2 --format=sqlite --columns=max trace.dat
	says "--format=sqlite has all columns: not with --columns"
	status=0
	"$ANALYZER" --format=sqlite trace.dat >/dev/full 2>err.txt || status=$?
	[ "$status" -eq 1 ]
}
