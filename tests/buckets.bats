#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# --by=time: exits in buckets of time.  ANALYZER and SCENARIO come from ./run;
# scenarios are described in scenario.c.  What is in the buckets, oracle.bats knows.

load cli-helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	unset COLUMNS
	here=$BATS_TEST_DIRNAME
}

kinds='sample sample-vmx sample-unpatched sample-unpatched-vmx'

@test "tables by time, as they are" {
	for kind in $kinds; do
		recording $kind
		compare_golden "$here/golden/$kind.time.buckets" --by=time trace.dat
	done
	recording sample
	compare_golden "$here/golden/sample.time,reason.buckets" --by=time:2s,reason \
		--top=12 trace.dat
}

# A bucket is what --from and --to choose: those are found in another way.
@test "each bucket is what --from and --to choose" {
	for kind in $kinds unpatched; do
		recording $kind
		for by in time:0.1s,reason time:100000us,detail; do
			analyze 0 --format=csv --sort=exits --by=$by trace.dat
			cp out.txt buckets.csv
			python3 - "$ANALYZER" "${by#*,}" <<-'END'
				import csv, subprocess, sys
				analyzer, key = sys.argv[1:]
				by = "--by=" + ("reason" if key.startswith("time") else key)
				rows = [row for row in csv.DictReader(open("buckets.csv", newline=""))
				        if row["row"] == "group"]
				starts = sorted({row["time"] for row in rows}, key=float)
				for start in starts[1:3] + starts[-1:]:
				    out = subprocess.run([analyzer, "--format=csv", "--sort=exits", by,
				                          f"--from={start}", f"--to={float(start) + 0.1:.9f}",
				                          "trace.dat"], stdout=subprocess.PIPE,
				                         stderr=subprocess.DEVNULL, text=True, check=True)
				    chosen = [row for row in csv.DictReader(out.stdout.splitlines())
				              if row["row"] == ("total" if key.startswith("time") else "group")]
				    mine = [row for row in rows if row["time"] == start]
				    assert len(mine) == len(chosen), (start, len(mine), len(chosen))
				    labels = [] if key.startswith("time") else [key]
				    for a, b in zip(mine, chosen):
				        for name in labels + [name for name in b if name.startswith(
				                ("exits", "cycles", "ns", "min", "max", "p99", "user", "halted"))
				                and not name.endswith("percent")]:
				            assert a[name] == b[name], (start, name, a[name], b[name])
			END
		done
	done
}

@test "rows are by time, then by cycles; --sort asks for another order" {
	recording sample
	analyze 0 --format=csv --by=time:1s,reason trace.dat
	python3 - <<-'END'
		import csv
		rows = [row for row in csv.DictReader(open("out.txt", newline=""))
		        if row["row"] == "group"]
		order = [(float(row["time"]), -int(row["cycles"])) for row in rows]
		assert order == sorted(order) and len({time for time, _ in order}) == 8
		assert {row["width"] for row in rows} == {"1.000000000"}
	END
	analyze 0 --format=csv --by=time --sort=exits --top=1 trace.dat
	grep -q '^group,0.900000000,0.100000000,1707,' out.txt
}

@test "the width that nobody chose is that of the time that is looked at" {
	recording sample
	for range in '2.0 2.5 0.005000000' '2.0 2.4 0.005000000' '2.0 7 0.050000000' \
		'0 1000 0.100000000'; do
		read -r from to width <<<"$range"
		analyze 0 --format=csv --by=time --from=$from --to=$to trace.dat
		[ "$(sed 1d out.txt | grep ^group | cut -d, -f3 | uniq)" = $width ]
	done
}

@test "the same bytes with any number of threads, and JSON is as the schema says" {
	for kind in $kinds; do
		recording $kind
		for jobs in 1 4; do
			analyze 0 --jobs=$jobs --format=json --by=time,cpu,reason trace.dat
			cp out.txt $jobs.json
		done
		cmp 1.json 4.json
		"$here/validate" "$here/../docs/schema.json" 1.json
	done
}

@test "widths that are none, and too many buckets" {
	recording sample
	for width in 0us 0 1 5 -1ms 1m 1.0000000001s ms 99999999999s ''; do
		analyze 2 --by=time:$width trace.dat
		says "bad width of --by=time: $width, expected more than 0 us, ms or s, e.g. time:50ms"
		no_output
	done
	for view in --by=time:1us --by=time:1us,detail; do
		analyze 2 $view trace.dat
		says "--by=time: trace.dat: more than 1000000 buckets of that width"
		no_output
	done
	analyze 0 --by=time:1us --from=2 --to=3 trace.dat
	analyze 2 --by=vm:1ms trace.dat
	says "cannot group by: vm:1ms"
	recording sample-unpatched
	analyze 2 --by=time:100ns trace.dat
	says "more than 1000000 buckets of that width"
	for view in --view=time --list --view=reports; do
		analyze 2 $view --by=time trace.dat
	done
}

@test "a clock that does not say seconds" {
	recording tsc
	analyze 2 --by=time trace.dat
	says "--by=time: trace clock does not say seconds: trace.dat: x86-tsc"
	analyze 0 --by=time --tsc-khz=1000000 trace.dat
}

@test "states: buckets of one width, or of a multiple, are added up" {
	recording sample
	cp trace.dat a.dat
	recording sample-vmx
	cp trace.dat b.dat
	for kind in a b; do
		"$ANALYZER" --format=state --by=time:20ms,reason --output=$kind.state $kind.dat
	done
	"$ANALYZER" --format=state --by=time:20ms,reason --output=ab.state a.dat b.dat
	"$ANALYZER" --format=state --output=merged.state b.state a.state
	cmp ab.state merged.state
	for by in time:20ms time:20ms,reason time:100ms time:1s,reason reason; do
		analyze 0 --format=csv --by=$by a.dat
		cp out.txt one.csv
		analyze 0 --format=csv --by=$by a.state
		cmp one.csv out.txt
		analyze 0 --format=csv --by=$by a.dat b.dat
		cp out.txt two.csv
		for inputs in 'a.state b.state' ab.state 'a.state b.dat'; do
			analyze 0 --format=csv --by=$by $inputs
			cmp two.csv out.txt
		done
	done
	analyze 1 --by=time:30ms a.state
	says "--by=time: buckets of 30000000 ns are not whole ones of 20000000 ns: a.state"
	"$ANALYZER" --format=state --by=reason --output=plain.state a.dat
	analyze 1 --by=time plain.state
	says "no key time in a state"
	analyze 1 --view=time a.state
	says "no times in a state: a.state: it was saved by rip, detail or time"
}

@test "exits a second are of the bucket's own time, of all recordings" {
	recording sample
	analyze 0 --format=csv --by=time:5s trace.dat
	python3 - <<-'END'
		import csv
		rows = list(csv.DictReader(open("out.txt", newline="")))
		first, last = [row for row in rows if row["row"] == "group"]
		assert abs(float(first["exits_per_s"]) - int(first["exits"]) / 5) < 0.051
		# 7.446761 s in all
		assert abs(float(last["exits_per_s"]) - int(last["exits"]) / 2.446761) < 0.051
	END
	analyze 0 --format=csv --by=time:1s --from=2.5 trace.dat
	python3 - <<-'END'
		import csv
		row = next(csv.DictReader(open("out.txt", newline="")))
		assert row["time"] == "2.000000000"
		assert abs(float(row["exits_per_s"]) - int(row["exits"]) / 0.5) < 0.051
	END
}
