#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Views of time: where that of each vCPU went.  ANALYZER and SCENARIO come from
# ./run; scenarios are described in scenario.c.

load cli-helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	unset COLUMNS
	here=$BATS_TEST_DIRNAME
}

# csv ARGUMENT...: a view of time into out.txt, whatever the status
csv() {
	"$ANALYZER" --view=time --format=csv "$@" trace.dat >out.txt 2>err.txt ||
		true
}

# adds_up ROWS: so many groups, and in each line the parts are the span.
adds_up() {
	python3 - "$1" <<-'END'
		import csv, sys
		parts = "guest processing user halted off_cpu traced unknown before after"
		with open("out.txt", newline="") as file:
		    rows = [row for row in csv.DictReader(file)
		            if row["row"] in ("group", "more", "total")]
		assert len(rows) == int(sys.argv[1]) + 1, len(rows)
		total = 0
		for row in rows:
		    unit = "_ns" if "span_ns" in row else "_cycles"
		    span = int(row["span" + unit])
		    sums = sum(int(row.get(part + unit) or 0) for part in parts.split())
		    assert sums == span > 0, row
		    total += -span if row["row"] == "total" else span
		assert total == 0
	END
}

# figures COLUMN...: of each vCPU or VM, or several
figures() {
	python3 - "$@" <<-'END'
		import csv, sys
		with open("out.txt", newline="") as file:
		    for row in csv.DictReader(file):
		        if row["row"] in ("group", "more"):
		            print(*(row[name] for name in sys.argv[1:]))
	END
}

@test "time: the columns add up to the span, for each vCPU and each VM" {
	while read -r kind vcpus vms; do
		recording "$kind"
		csv
		adds_up "$vcpus"
		[ "$vms" -eq 0 ] && continue
		csv --by=vm
		adds_up "$vms"
	done <<-END
		sample 2 1
		sample-vmx 2 1
		plain 4 2
		epochs 4 2
		lossy 4 2
		late 4 2
		entry-only 4 2
		counter 4 2
		odd 1 1
		huge 1 1
		off 1 0
		unpatched 2 0
		unpatched-tsc 2 0
		unpatched-gap 3 0
		where 2 0
		where-vmx 2 0
		where-blind 1 0
		where-off 1 1
	END
}

@test "time: parts of the exits are those of the reports" {
	for kind in sample sample-vmx; do
		recording $kind
		analyze 0 --by=vcpu --format=csv --sort=vcpu trace.dat
		figures vm vcpu exits cycles user_cycles halted_cycles \
			off_cpu_cycles >exits.txt
		csv --sort=vcpu
		figures vm vcpu exits processing_cycles user_cycles \
			halted_cycles off_cpu_cycles | diff exits.txt -
		[ "$(wc -l <exits.txt)" -eq 2 ]
		[ "$(figures unknown_cycles | sort -u)" = 0 ]
	done
}

@test "time: events of an unpatched kernel, each part known" {
	for kind in where where-vmx; do
		recording $kind
		csv
		figures thread span_ns guest_ns processing_ns user_ns halted_ns \
			off_cpu_ns unknown_ns before_ns after_ns >got.txt
		diff - got.txt <<-'END'
			7 1400 300 250 100 450 100 0 0 200
			8 1400 20 10 0 0 0 30 1210 130
		END
	done
}

@test "time: what is not recorded is unknown, and a note says so" {
	recording where-blind
	csv
	# Empty, as no event tells them
	[ "$(figures processing_ns user_ns halted_ns off_cpu_ns unknown_ns)" = "    300" ]
	says "note: not recorded: kvm_fpu kvm_userspace_exit kvm_vcpu_wakeup sched_switch: time that"
	recording where-tsc
	csv
	says "note: halts are recorded in ns, and the recording does not say"
	[ "$(figures user_cycles halted_cycles off_cpu_cycles | head -n 1)" = "100  " ]
	csv --tsc-khz=1000000
	[ "$(grep -c 'halts are' err.txt)" -eq 0 ]
	figures guest_cycles processing_cycles user_cycles halted_cycles \
		off_cpu_cycles unknown_cycles | head -n 1 | grep -x '300 250 100 450 100 0'
	recording where
	csv
	[ "$(grep -c 'not recorded' err.txt)" -eq 0 ]
}

@test "time: while the kernel does not count, it is unknown" {
	recording where-off
	csv
	[ "$(figures guest_cycles processing_cycles user_cycles unknown_cycles)" = "10 43 7 50" ]
}

@test "time: losses make time unknown, status 3" {
	recording lossy
	analyze 3 --format=time trace.dat
	csv
	figures unknown_percent | while read -r share; do
		[ "${share%.*}" -gt 2 ]
	done
	recording plain
	csv
	[ "$(figures unknown_cycles | sort -u)" = 0 ]
}

@test "time: --vcpu, --vm, --sort, --top" {
	recording plain
	csv --sort=vcpu
	figures vm vcpu guest_cycles >all.txt
	csv --vcpu=1 --vm=1001
	figures vm vcpu guest_cycles >one.txt
	[ "$(wc -l <one.txt)" -eq 1 ]
	grep -qxFf one.txt all.txt
	csv --sort=guest
	figures guest_cycles | sort -rnc
	csv --sort=guest%
	figures guest_cycles | sort -rnc
	csv
	figures processing_cycles | sort -rnc
	csv --top=1
	adds_up 2
	csv --vcpu=77
	says "no exit matches the filter"
}

@test "time: wrong usage, status 2" {
	recording plain
	while IFS='|' read -r option message; do
		# shellcheck disable=SC2086
		analyze 2 $option trace.dat
		no_output
		says "$message"
	done <<-'END'
		--view=clock|unknown view: clock, expected exits, time, list or reports
		--format=time --view=list|--format=time is a view of time: not with --view=list
		--view=exits --format=time|--format=time is a view of time: not with --view=exits
		--view=time --format=reports|--view is about views: not with --format=reports
		--check --view=time|--check is about reports: not with --view
		--format=time --by=reason|a view of time is by vm, vcpu, thread or recording, and nothing else
		--view=time --by=vm,cpu|a view of time is by vm, vcpu, thread or recording, and nothing else
		--view=time --reason=hlt|of all of the vCPU's time: not with --reason
		--view=time --cpu=1|of all of the vCPU's time: not with --cpu
		--view=time --from=2 --to=1|--from is not before --to
		--view=time --sort=p50|cannot sort by: p50, expected one of recording, recording_index, vm, vm_name, vcpu, thread, thread_name, exits, timed, span, guest
		--sort=guest|cannot sort by: guest, expected one of time, width, recording, recording_index, vm, vm_name, vcpu, thread, thread_name, cpu, reason
	END
	recording where
	analyze 2 --view=time --by=vm trace.dat
	says "nothing says which VM a thread is of"
}

@test "time: --format=time is a table; the last --format and --view count" {
	recording sample
	analyze 0 --format=time trace.dat
	cp out.txt table.txt
	for options in "--view=time" "--view=time --format=table" \
		"--format=json --format=time" "--view=exits --view=time"; do
		# shellcheck disable=SC2086
		analyze 0 $options trace.dat
		cmp table.txt out.txt
	done
	analyze 0 --list trace.dat
	cp out.txt list.txt
	for options in "--view=list" "--view=list --list" \
		"--format=time --format=table --view=list"; do
		# shellcheck disable=SC2086
		analyze 0 $options trace.dat
		cmp list.txt out.txt
	done
	analyze 0 --format=time --format=table --top=1 trace.dat
	prints "reason"
	COLUMNS=100 analyze 0 --format=time trace.dat
	[ "$(grep -v 'No room' out.txt | wc -L)" -le 100 ]
	grep -q '^ *vm  vcpu  *exits  guest%  proc%  user%  halted%' out.txt
}

@test "time: any number of threads gives the same" {
	for kind in sample lossy where unpatched-gap; do
		recording $kind
		"$ANALYZER" -j1 --format=time trace.dat >one.txt 2>&1 || true
		"$ANALYZER" -j3 --format=time trace.dat >more.txt 2>&1 || true
		cmp one.txt more.txt
	done
}

@test "time: JSON follows its schema" {
	/usr/bin/python3 -c 'import jsonschema' ||
		skip "no jsonschema: apt-get install python3-jsonschema"
	for kind in sample sample-vmx lossy huge off where where-vmx where-blind; do
		recording $kind
		"$ANALYZER" --view=time --top=1 --format=json trace.dat \
			>$kind.json 2>/dev/null || true
	done
	"$here/validate" "$here/../docs/schema.json" ./*.json
	[ "$(find . -name '*.json' -size +0 | wc -l)" -eq 8 ]
	for change in 's/"view": "time"/"view": "exits"/' 's/"guest": /"guess": /' \
		's/"halted": [0-9]*/"halted": -1/'; do
		sed "$change" sample.json >wrong.json
		if "$here/validate" "$here/../docs/schema.json" wrong.json 2>/dev/null; then
			echo "$change: accepted"
			return 1
		fi
	done
}

# One file for each case, written with UPDATE=1 and then read by a person.
@test "golden: views of time" {
	for golden in "$here"/golden/*.time; do
		name=$(basename "$golden" .time)
		recording "${name%%.*}"
		case $name in
		*.table)	arguments=--format=time ;;
		*.json)		arguments="--view=time --format=json" ;;
		*.csv)		arguments="--view=time --format=csv" ;;
		*.vm)		arguments="--view=time --by=vm" ;;
		esac
		# shellcheck disable=SC2086
		compare_golden "$golden" $arguments trace.dat
	done
}

# Each part of each vCPU, over spans that follow each other: add up to the whole.
@test "--from and --to cut the parts, and what they cut adds up to the cycle" {
	for seed in 3 4 5 6 7 8; do
		"${SCENARIO%/*}/oracle-seed" $seed $seed.dat
	done
	for name in sample sample-vmx sample-unpatched sample-unpatched-vmx lossy; do
		recording $name
		mv trace.dat $name.dat
	done
	python3 - "$ANALYZER" ./*.dat <<-'END'
		import csv, io, random, re, subprocess, sys
		analyzer, recordings = sys.argv[1], sys.argv[2:]

		def view(path, start=None, end=None):
		    arguments = [] if start is None else [f"--from={start:.9f}"]
		    arguments += [] if end is None else [f"--to={end:.9f}"]
		    run = subprocess.run([analyzer, "--view=time", "--format=csv", *arguments,
		                          path], capture_output=True, text=True)
		    if run.returncode == 2 and "do not tell the TSC" in run.stderr:
		        return None
		    if run.returncode == 2 and "does not say seconds" in run.stderr:
		        return None
		    assert run.returncode in (0, 3), run.stderr
		    rows = {}
		    for row in csv.DictReader(io.StringIO(run.stdout, newline="")):
		        if row["row"] not in ("group", "total"):
		            continue
		        figures = {name: int(value) for name, value in row.items()
		                   if value and re.search("exits$|_cycles$|_ns$", name)}
		        span = sum(v for name, v in figures.items() if name.startswith("span"))
		        parts = sum(figures.values()) - span - figures["exits"]
		        assert span == parts, (path, start, end, row)
		        rows[tuple(row.get(k) for k in ("row", "vm", "vcpu", "thread"))] = figures
		    return rows

		def span_of(path):
		    text = subprocess.run([analyzer, "--format=table", path],
		                          capture_output=True, text=True).stdout
		    found = re.search(r", ([0-9.]+) s of", text)
		    return float(found[1]) if found else None

		done = 0
		for path in recordings:
		    whole, span = view(path), span_of(path)
		    if not span or not whole:
		        continue
		    random.seed(path)
		    cuts = sorted({round(random.uniform(0, span * 1.02), 9) for _ in range(5)})
		    windows = [view(path, *w) for w in zip([None, *cuts], [*cuts, None])]
		    if None in windows:
		        continue
		    sums = {}
		    for window in windows:
		        for key, figures in window.items():
		            for name, value in figures.items():
		                sums.setdefault(key, dict.fromkeys(figures, 0))[name] += value
		    assert sums == whole, (path, cuts, sums, whole)
		    done += 1
		assert done >= 7, done
	END
}

# The model: stamps as trace-cmd prints them, each exit's parts one behind the other.
# Where the spans end in the TSC, their lengths say.
@test "--from and --to: each part is what the stamps of that span say" {
	recording sample
	trace-cmd report -R trace.dat 2>/dev/null >report.txt
	python3 - "$ANALYZER" <<-'END'
		import csv, io, re, subprocess, sys
		number = lambda text, name: int(re.search(rf" {name}=(\S+)", text)[1], 0)
		vcpus, stamps = {}, []
		for line in open("report.txt"):
		    if " kvm_entry: " in line:
		        e = {n: number(line, n) for n in ("vcpu_id", "tsc", "exit_tsc", "user",
		             "halted", "off_cpu", "seq", "traced")}
		        vcpus.setdefault(e["vcpu_id"], []).append(e)
		        stamps.append(e["tsc"])
		    elif " kvm_exit: " in line:
		        tsc = number(line, "tsc")
		        vcpus.setdefault(number(line, "vcpu_id"), []).append({"tsc": tsc, "seq": None})
		        stamps.append(tsc)
		pieces = {}
		first, last = min(stamps), max(stamps)
		for vcpu, events in vcpus.items():
		    events.sort(key=lambda e: e["tsc"])
		    at, out = first, [("before", first, events[0]["tsc"])]
		    for before, e in zip(events, events[1:]):
		        at = before["tsc"]
		        if e["seq"] is None:
		            out.append(("guest", at, e["tsc"]))
		            continue
		        if not e["seq"]:
		            out.append(("unknown", at, e["tsc"]))
		            continue
		        assert e["exit_tsc"] == at
		        for name in ("user", "halted", "off_cpu", "traced"):
		            out.append((name, at, at + e[name]))
		            at += e[name]
		        out.append(("processing", at, e["tsc"]))
		    out.append(("after", events[-1]["tsc"], last))
		    pieces[vcpu] = out
		begin = first
		cuts = [None, 0.9, 2.6307, 2.635, 2.6375, 5.123456789, None]
		for start, end in zip(cuts, cuts[1:]):
		    arguments = [f"--from={start}"] * (start is not None) + \
		                [f"--to={end}"] * (end is not None)
		    text = subprocess.run([sys.argv[1], "--view=time", "--format=csv", *arguments,
		                           "trace.dat"], capture_output=True, text=True).stdout
		    rows = [r for r in csv.DictReader(io.StringIO(text, newline="")) if r["row"] == "group"]
		    assert len(rows) == 2
		    until = begin + int(rows[0]["span_cycles"])
		    if start and end:
		        # The machine's TSC counts nanoseconds.
		        assert abs(until - begin - (end - start) * 1e9) < 60000
		    for row in rows:
		        for name in ("guest", "processing", "user", "halted", "off_cpu", "traced",
		                     "unknown", "before", "after"):
		            expected = sum(max(0, min(b, until) - max(a, begin))
		                           for part, a, b in pieces[int(row["vcpu"])] if part == name)
		            assert int(row[name + "_cycles"]) == expected, (name, row, expected)
		    begin = until
		assert begin == last
	END
}

@test "--from and --to of a view of time need stamps and time stamps that go together" {
	recording no-rate 2>/dev/null || recording counter
	analyze 2 --view=time --from=1 trace.dat
	no_output
	recording sample
	analyze 0 --view=time --from=2 --to=2.5 trace.dat
	prints "chosen:    from 2 s to 2.5 s: 1,526 exits in 0.5 s"
	prints "cycles, first stamp to last of what was chosen"
}

# Of each vCPU, from what trace-cmd prints: the kvm_entry behind a kvm_vcpu_wakeup of its
# thread has how long that was.  Without stamps, the event itself says it.
@test "halts: polled, or slept" {
	for kind in sample sample-vmx case; do
		if [ $kind = case ]; then
			cp "$BATS_TEST_DIRNAME"/cases/haltpoll.dat trace.dat
		else
			recording $kind
		fi
		trace-cmd report -R trace.dat >report.txt 2>err.txt
		analyze 0 --view=time --format=csv --columns=halted,polled,slept trace.dat
		python3 - <<-'END'
			import collections, csv, re
			told, sums = collections.defaultdict(lambda: [0, 0]), collections.defaultdict(lambda: [0, 0])
			for line in open("report.txt"):
			    event = re.match(r"\s*\S+-(\d+)\s+\[\d+\]\s+\S+: (kvm_vcpu_wakeup|kvm_entry):", line)
			    if not event:
			        continue
			    tid, name = event.groups()
			    field = lambda f: int(re.search(rf" {f}=(\d+)", line).group(1))
			    if name == "kvm_vcpu_wakeup":
			        told[tid][field("waited")] += field("ns")
			        continue
			    polled, slept = told.pop(tid, (0, 0))
			    halted = field("halted") if " halted=" in line else polled + slept
			    if polled + slept:
			        part = halted * polled // (polled + slept)
			        sums[field("vcpu_id")][0] += part
			        sums[field("vcpu_id")][1] += halted - part
			rows = list(csv.DictReader(open("out.txt", newline="")))
			unit = "cycles" if "halted_cycles" in rows[0] else "ns"
			groups = {int(r["vcpu"]): r for r in rows if r["row"] == "group"}
			assert groups and groups.keys() == sums.keys()
			for vcpu, row in groups.items():
			    found = [int(row[f"{name}_{unit}"]) for name in ("polled", "slept")]
			    assert found == sums[vcpu], (vcpu, found, sums[vcpu])
			    assert sum(found) == int(row[f"halted_{unit}"])
		END
	done
	grep -q ',22392000,10800000,11592000' out.txt
	# A part of a recording has its parts.
	recording sample
	for span in 0:2 2:2.5 2.5:9; do
		analyze 0 --view=time --format=csv --columns=halted,polled,slept \
			--from=${span%:*} --to=${span#*:} trace.dat
		columns row halted_cycles polled_cycles slept_cycles |
			sed -n 's/^row=total//p' | tr -c '0-9\n' ' ' >>parts.txt
	done
	analyze 0 --view=time --format=csv --columns=halted,polled,slept trace.dat
	columns row halted_cycles polled_cycles slept_cycles |
		sed -n 's/^row=total//p' | tr -c '0-9\n' ' ' >whole.txt
	# Each span is cut, and rounded, by itself.
	paste -d ' ' whole.txt <(awk '{ h += $1; p += $2; s += $3; if ($2 + $3 != $1) exit 1 }
		END { printf "%.0f %.0f %.0f\n", h, p, s }' parts.txt) |
		awk '{ exit $1 != $4 || $2 - $5 > 3 || $5 - $2 > 3 || $2 + $3 != $1 || !$2 }'
	analyze 0 --format=state --output=one.state trace.dat
	analyze 0 --view=time --format=csv --columns=halted,polled,slept_percent one.state
	columns row halted_cycles polled_cycles slept_percent |
		grep -qx 'row=total halted_cycles=4077299920 polled_cycles= slept_percent='
	# Not where it is not recorded, and not unless it is asked for
	scenario plain
	analyze 0 --view=time --raw --columns=polled,slept_percent,exits trace.dat
	grep -q '^total *- *- ' out.txt
	analyze 0 --view=time --format=csv trace.dat
	lacks polled out.txt
}
