#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The summary: what a terminal shows, with figures that other formats have, too.

load cli-helpers

terminal=$BATS_TEST_DIRNAME/on-terminal

# shown COLUMNS ARGUMENT...: on a terminal without colors, into out.txt
shown() {
	NO_COLOR=1 TERM=xterm "$terminal" "$1" "$ANALYZER" "${@:2}" >out.txt
}

# fits COLUMNS: 24 lines, none of them longer
fits() {
	python3 - "$1" <<'END'
import sys
lines = open("out.txt", encoding="utf-8").read().splitlines()
assert 10 < len(lines) <= 24, len(lines)
for line in lines:
    # What is to be typed is not cut, however narrow the terminal is.
    assert len(line) <= int(sys.argv[1]) or "--list" in line or "--by=" in line, line
END
}

@test "a terminal shows it, a pipe has the reports" {
	recording sample
	shown 80 trace.dat
	grep -q '^recording  trace.dat, 7.45 s, kernel patched$' out.txt
	grep -q '^guests     svm, 2 vCPUs, 1 VM, on 2 CPUs$' out.txt
	grep -q '^exits      35,757 recorded, 4,802 a second, nothing is missing$' out.txt
	grep -q "^reports    72 proven, 72 equal the kernel's own figures$" out.txt
	analyze 0 trace.dat
	grep -q '^kvm_exit_cycles: epoch 1 report 1: ' out.txt
	# An option that asks for something else gets it.
	for option in --format=reports --last --report=1 --check; do
		shown 80 $option trace.dat
		lacks '^recording  ' out.txt
	done
}

@test "it fits, at 60, 80 and 200 columns" {
	for kind in sample sample-vmx sample-unpatched sample-unpatched-vmx \
			svm unfinished off unpatched repeated long; do
		recording $kind
		for columns in 60 80 200; do
			shown $columns trace.dat || [ $? -eq 3 ]
			# What goes to standard error is more.
			sed -i '/^analyzer: /d' out.txt
			[ $columns = 60 ] || fits $columns
			[ "$(wc -l <out.txt)" -le 26 ]
		done
	done
}

@test "its figures are those of the views" {
	for kind in sample sample-vmx sample-unpatched; do
		recording $kind
		analyze 0 --format=summary --raw --unit=cycles trace.dat ||
			analyze 0 --format=summary --raw trace.dat
		cp out.txt summary.txt
		analyze 0 --format=json trace.dat
		cp out.txt exits.json
		analyze 0 --view=time --format=json trace.dat
		cp out.txt times.json
		for of in user halted off_cpu; do
			"$ANALYZER" --of=$of --format=json trace.dat >$of.json 2>err.txt || rm $of.json
		done
		python3 - <<'END'
import json, os
exits, times = json.load(open("exits.json")), json.load(open("times.json"))
text = open("summary.txt", encoding="utf-8").read()
unit = exits["unit"]
load = lambda name: json.load(open(name)) if os.path.exists(name) else None
parts = {unit: True} | {name: load(name + ".json") for name in ("user", "halted", "off_cpu")}
mostly = set()
for group in exits["groups"][:5]:
    line = next(l for l in text.splitlines() if l.startswith("  " + group["reason"] + " "))
    cells = line[len("  " + group["reason"]):].replace("#", "").split()
    assert [int(cells[0]), int(cells[1]), float(cells[2])] == \
        [group["exits"], group[unit], group[unit + "_percent"]], line
    most = max(parts, key=lambda part: group.get(part, -1))
    of = parts[most] if most == unit else next(
        g for g in parts[most]["groups"] if g["reason"] == group["reason"])
    of = group if most == unit else of
    if parts["halted"]:
        assert cells[3:5] == ["KVM" if most == unit else most, str(of["p99"])], line
        mostly.add(most)
    else:
        assert cells[3:5] == [str(group["avg"]), str(group["p99"])], line
assert mostly != {unit} or "svm" not in exits["recording"]["isas"], mostly
rest = exits["groups"][5:]
line = next(l for l in text.splitlines() if l.startswith(f"  {len(rest)} others "))
cells = line.replace("#", "").split()[2:]
assert int(cells[0]) == sum(g["exits"] for g in rest), line
assert int(cells[1]) == sum(g[unit] for g in rest), line
total = times["total"]
for name, part in ("guest", "guest"), ("KVM", "processing"), ("user", "user"), \
        ("halted", "halted"), ("off CPU", "off_cpu"):
    line = next(l for l in text.splitlines() if l.startswith(f"  {name} "))
    cells = line[2 + len(name):].split()
    assert float(cells[0].rstrip("%")) == total[part + "_percent"], line
    assert int(cells[1]) == total[part], line
END
	done
}

@test "exits over time: as many as a list has, where they ended" {
	for kind in sample sample-vmx sample-unpatched; do
		recording $kind
		analyze 0 --format=json --top=1 trace.dat
		cp out.txt view.json
		analyze 0 --list --format=csv --columns=cycles trace.dat
		cp out.txt list.csv
		analyze 0 --format=summary trace.dat
		python3 - <<-'END'
			import csv, json, re
			from decimal import Decimal
			span = json.load(open("view.json"))["recording"]["span_ns"]
			width, nr = span // 42 + 1, 42
			counts = [0] * nr
			for row in csv.DictReader(open("list.csv", newline="")):
			    if row["row"] == "group":
			        counts[int(Decimal(row["time"]) * 10**9) // width] += 1
			most = max(counts)
			curve = "".join(" .:-=+*%#"[-(-8 * n // most)] for n in counts)
			rate = f"{(most * 10**9 * 2 + width) // (2 * width):,}"
			line = next(l for l in open("out.txt") if l.startswith("over time"))
			assert line == f"over time  {curve}  up to {rate} a second\n", (line, curve, rate)
		END
	done
	shown 80 trace.dat
	grep -q '^over time  .\{42\}  up to ' out.txt
	grep -q '^over time .*█' out.txt
	# No time, none to tell: of states, of several recordings, of a moment
	analyze 0 --format=state --output=one.state trace.dat
	analyze 0 --format=summary one.state
	lacks '^over time' out.txt
	recording sample
	cp "$BATS_TEST_DIRNAME"/../samples/vmx.dat .
	analyze 0 --format=summary trace.dat vmx.dat
	lacks '^over time' out.txt
}

@test "mostly: what a row is mostly about, in a table in a terminal, too" {
	recording sample
	shown 80 --format=table trace.dat
	grep -q '^svm hlt .* halted  3.84 ms$' out.txt
	grep -q '^svm io .* user  4.10 ms$' out.txt
	shown 80 --by=rip --top=2 trace.dat
	lacks mostly out.txt
	analyze 0 --format=csv --columns=mostly,mostly_p99,mostly_max --reason=hlt trace.dat
	columns row mostly mostly_p99_cycles mostly_max_cycles >got.txt
	analyze 0 --format=csv --of=halted --reason=hlt trace.dat
	columns row p99_halted_cycles max_halted_cycles |
		sed 's/p99_halted/mostly_p99/; s/max_halted/mostly_max/; s/^row=[a-z]*/& mostly=halted/' |
		grep -E '^row=(group|total)' | diff - <(grep -E '^row=(group|total)' got.txt)
	analyze 0 --format=csv --sort=mostly_p99 trace.dat
	columns row mostly_p99_cycles | sed -n 's/^row=group mostly_p99_cycles=//p' | sort -c -n -r
	# Of states that have each part, as of recordings
	analyze 0 --format=state --output=one.state trace.dat
	for file in one.state trace.dat; do
		analyze 0 --format=csv --columns=mostly,mostly_p99 $file
		mv out.txt $file.csv
	done
	diff one.state.csv trace.dat.csv
	recording sample-unpatched
	analyze 2 --columns=mostly --format=table trace.dat
	says "this view has no column mostly"
	recording sample
	analyze 2 --columns=mostly --of=halted --format=table trace.dat
	says "this view has no column mostly"
}

@test "bars: blocks where the locale has them, relative to the longest" {
	recording sample
	shown 80 trace.dat
	grep -q '^  guest  .*  █\{40\}$' out.txt
	# 18.60 of 44.09 % is 16.87 of 40 columns, and 7 eighths.
	grep -q '^  KVM  .*  █\{16\}▉$' out.txt
	LC_ALL=C NO_COLOR=1 "$terminal" 80 "$ANALYZER" trace.dat >out.txt
	grep -q '^  guest  .*  #\{40\}$' out.txt
	grep -q '^  KVM  .*  #\{17\}$' out.txt
	lacks '[^ -~]' out.txt
	analyze 0 --format=summary trace.dat
	lacks '[^ -~]' out.txt
	# The same of histograms
	shown 80 --histogram --top=1 trace.dat
	grep -q '█' out.txt
	lacks '#' out.txt
	analyze 0 --histogram --top=1 trace.dat
	lacks '[^ -~]' out.txt
}

@test "colors in a terminal only, and not against the user's will" {
	recording sample
	TERM=xterm "$terminal" 80 "$ANALYZER" trace.dat >out.txt
	grep -q "$(printf '\033\\[32m72 proven\033\\[0m')" out.txt
	sed 's/\x1b\[[0-9]*m//g' out.txt >plain.txt
	shown 80 trace.dat
	cmp plain.txt out.txt
	TERM=dumb "$terminal" 80 "$ANALYZER" trace.dat | cmp - plain.txt
	# Empty is not set.
	NO_COLOR='' TERM=xterm "$terminal" 80 "$ANALYZER" trace.dat | grep -q "$(printf '\033')"
	TERM=xterm analyze 0 --format=summary trace.dat
	lacks "$(printf '\033')" out.txt
}

@test "what is missing and what is not proven is said" {
	scenario lossy
	analyze 3 --format=summary trace.dat
	prints "1,183 recorded, 51 exits lost,"
	prints "1 proven, 8 equal the kernel's own figures"
	prints "some exits are in none of them"
	scenario late
	analyze 3 --format=summary trace.dat
	prints "374 exits before it began"
	prints "0 proven, they count exits before the recording: reset first"
	scenario no-stats
	analyze 0 --format=summary trace.dat
	prints "not compared: no kvm_exit_stats recorded"
	recording off
	analyze 0 --format=summary trace.dat
	prints "none: the kernel's parameter kvm.exit_cycles was off"
	recording sample-unpatched
	analyze 0 --format=summary trace.dat
	prints "none: such a kernel does not count exits itself"
	recording no-events
	analyze 1 --format=summary trace.dat
	no_output
	one_line
}

@test "figures of the kernel that differ are not called equal" {
	scenario plain
	# One figure of one kvm_exit_stats: that of the total of report 1
	python3 - <<'END'
import re
exits, cycles = map(int, re.search(r"report 1: exits (\d+) cycles (\d+)",
                                   open("log.txt").read()).groups())
data = bytearray(open("trace.dat", "rb").read())
pair = exits.to_bytes(8, "little") + cycles.to_bytes(8, "little")
at = data.find(pair)
assert at >= 0 and data.find(pair, at + 1) < 0
data[at + 8] ^= 1
open("trace.dat", "wb").write(data)
END
	analyze 4 --check trace.dat
	grep -o '^check: [0-9]* equal, 1 different' out.txt >check.txt
	analyze 0 --format=summary trace.dat
	prints " 1 DIFFER from the kernel's own figures"
	prints "$(sed 's/check: \([0-9]*\) .*/ \1 equal/' check.txt) the kernel's own figures"
	prints "--check trace.dat"
}

@test "several recordings, and states" {
	cp "$BATS_TEST_DIRNAME"/../samples/{trace,vmx}.dat .
	analyze 0 --format=summary trace.dat vmx.dat
	prints "recording  2 recordings, 12.1 s, kernel patched"
	prints "51,186 recorded"
	prints "103 proven, 103 equal"
	analyze 0 --format=state --output=one.state trace.dat
	analyze 0 --format=summary one.state
	prints "72 proven, not compared: a state has no figures of the kernel"
	analyze 0 --format=state --by=detail --output=details.state trace.dat
	analyze 1 --format=summary details.state
	says "no key reason in a state: details.state"
	analyze 0 --format=state --by=reason,detail --output=details.state trace.dat
	analyze 0 --format=summary details.state
	lacks '^Where the time' out.txt
}

@test "hostile names neither reach the terminal nor a shell" {
	recording sample
	name=$'a\033[31m\nb; $(x).dat'
	mv trace.dat "$name"
	shown 80 "$name"
	lacks "$(printf '\033')" out.txt
	grep -qF 'recording  a\x1b[31m\x0ab; $(x).dat,' out.txt
	grep -q -- '--list FILE' out.txt
	mv "$name" "it is"
	shown 80 "it is"
	grep -q -- "--list 'it is'" out.txt
	mv "it is" "$(printf '%0120d' 1)"
	shown 80 "$(printf '%0120d' 1)"
	grep -q '^recording  \.\.\.0*1,$' out.txt
}

@test "what else is asked for is refused" {
	recording sample
	for option in --by=vm --sort=exits --top=3 --list --view=time --reason=hlt \
			--histogram --from=1; do
		analyze 2 --format=summary $option trace.dat
		says "a summary is of all exits and times: not with --"
	done
}
