#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# While a recording is read: progress, and Ctrl-C.  Reading is made to take
# seconds (slow-pread.c, SLOW of ./run).

load cli-helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	unset COLUMNS
	here=$BATS_TEST_DIRNAME
	export ASAN_OPTIONS="$ASAN_OPTIONS:verify_asan_link_order=0"
}

sample() {
	cp "$here/../samples/trace.dat" trace.dat
}

# An unpatched one: 1 MiB on each of 2 CPUs
unpatched() {
	"$SCENARIO" long trace.dat
}

# slowly MS COMMAND...: each read takes as long.
slowly() {
	env LD_PRELOAD="$SLOW" SLOW_PREAD="$1" "${@:2}"
}

# interrupt MS ARGUMENT...: Ctrl-C after 0.7 s of at least twice that
interrupt() {
	local status=0
	slowly "$1" timeout --foreground --preserve-status -s INT 0.7 \
		"$ANALYZER" "${@:2}" trace.dat >out.txt 2>err.txt || status=$?
	cat err.txt
	[ "$status" -eq 130 ]
	says "warning: interrupted: trace.dat: "
	[ "$(grep -c 'missing exits' err.txt)" -eq 0 ]
}

# in_terminal COMMAND: its output, as a terminal of 100 columns gets it
in_terminal() {
	script -qec "stty cols 100; $1" /dev/null </dev/null
}

@test "Ctrl-C: what is printed as the kernel's is the kernel's" {
	sample
	"$ANALYZER" trace.dat >all.txt
	interrupt 3 -j2
	grep epoch out.txt >reports.txt
	[ "$(wc -l <reports.txt)" -gt 100 ]
	[ "$(wc -l <reports.txt)" -lt "$(wc -l <all.txt)" ]
	head -n "$(wc -l <reports.txt)" all.txt | cmp - reports.txt
	# What was read, in reports or not, is in the block behind them.
	grep -q "recorded: exits [0-9]" out.txt
}

@test "Ctrl-C: views say so, and what they leave out" {
	sample
	for view in exits time; do
		interrupt 3 -j1 --view=$view --format=table
		grep -qE '^INTERRUPTED: [0-9,]+ of 960,601 bytes of events were not read$' out.txt
		grep -qE '^exits:     [0-9,]+ recorded$' out.txt
		exits=$(sed -n 's/^exits: *\([0-9,]*\) recorded$/\1/p' out.txt | tr -d ,)
		[ "$exits" -gt 1000 ]
		[ "$exits" -lt 35000 ]
		interrupt 3 -j1 --view=$view --format=json
		prints '"exits_before": null, "exits_lost": null,'
		[ "$(grep -c '"unread_bytes": 0' out.txt)" -eq 0 ]
		interrupt 3 -j1 --view=$view --format=csv
		grep -q '^total,' out.txt
	done
}

@test "Ctrl-C: the parts of time still add up" {
	sample
	interrupt 3 -j1 --view=time --format=csv
	python3 - <<-'END'
		import csv
		for row in csv.DictReader(open("out.txt", newline="")):
		    parts = "guest processing user halted off_cpu traced unknown before after"
		    assert int(row["span_cycles"]) > 0
		    assert int(row["span_cycles"]) == sum(
		        int(row[part + "_cycles"]) for part in parts.split())
	END
}

@test "Ctrl-C: round trips of an unpatched recording, none wrong" {
	unpatched
	"$ANALYZER" trace.dat 2>/dev/null | grep -q ' exits 40000 ns 4000000$'
	export SLOW_PREAD_BYTES=100000
	interrupt 150
	# Each is 100 ns long.
	line=$(grep -E 'recorded: exits' out.txt)
	exits=$(sed 's/.* exits \([0-9]*\) ns .*/\1/' <<<"$line")
	[ "$exits" -gt 100 ]
	[ "$exits" -lt 40000 ]
	[ "${line##* ns }" -eq $((exits * 100)) ]
}

@test "Ctrl-C before anything is known: no figures, and no other complaint" {
	sample
	for format in reports csv; do
		status=0
		slowly 100 timeout --foreground --preserve-status -s INT 0.3 \
			"$ANALYZER" --format=$format trace.dat \
			>out.txt 2>err.txt || status=$?
		[ "$status" -eq 130 ]
		no_output
		one_line
		says "warning: interrupted: trace.dat: 960601 of 960601 bytes"
	done
}

@test "Ctrl-C twice: the end at once" {
	sample
	LD_PRELOAD='' python3 - <<-'END'
		import os, signal, subprocess, time
		slow = dict(os.environ, LD_PRELOAD=os.environ["SLOW"],
		            SLOW_PREAD="1000")
		analyzer = subprocess.Popen([os.environ["ANALYZER"], "trace.dat"],
		                            env=slow, stdout=subprocess.PIPE)
		time.sleep(0.5)
		analyzer.send_signal(signal.SIGINT)
		time.sleep(0.2)
		assert analyzer.poll() is None
		analyzer.send_signal(signal.SIGINT)
		output, _ = analyzer.communicate(timeout=2)
		assert analyzer.returncode == -signal.SIGINT and not output
	END
}

@test "Ctrl-C: --check is ended at once; where it is ignored, it stays so" {
	sample
	status=0
	slowly 10 timeout --foreground --preserve-status -s INT 0.5 \
		"$ANALYZER" --check trace.dat >out.txt 2>err.txt || status=$?
	[ "$status" -eq 130 ]
	no_output
	[ ! -s err.txt ]
	# A shell starts what goes to the background with SIGINT ignored.
	slowly 3 "$ANALYZER" --last trace.dat >out.txt 2>err.txt &
	pid=$!
	sleep 0.7
	kill -INT $pid
	wait $pid
	prints "report 72: exits 35757"
}

@test "progress: in a terminal, after a second, and gone before the output" {
	command -v script >/dev/null || skip "no script: apt-get install bsdutils"
	sample
	in_terminal "env LD_PRELOAD=$SLOW SLOW_PREAD=5 '$ANALYZER' -j1 \
		--format=table trace.dat" >out.txt
	tr '\r' '\n' <out.txt | sed 's/ *$//' |
		grep -E '^[0-9]+ %, [0-9.]+ [kM]?B/s, [0-9]+ s left$' >progress.txt
	[ "$(wc -l <progress.txt)" -ge 5 ]
	sort -nc progress.txt
	[ "$(tail -n 1 progress.txt | cut -d' ' -f1)" -le 100 ]
	# The last thing before the table is an empty line of as many spaces.
	tr '\r' '\n' <out.txt | grep -B1 '^recording:' | head -n 1 |
		grep -qE '^ {64}$'
}

@test "progress: not of what is fast, and never into a file" {
	command -v script >/dev/null || skip "no script: apt-get install bsdutils"
	sample
	in_terminal "'$ANALYZER' --format=table trace.dat" >out.txt
	[ "$(grep -c 's left' out.txt)" -eq 0 ]
	prints "total"
	slowly 3 "$ANALYZER" -j1 --format=table trace.dat >out.txt 2>err.txt
	[ ! -s err.txt ]
	in_terminal "env LD_PRELOAD=$SLOW SLOW_PREAD=3 '$ANALYZER' -j1 \
		--format=table trace.dat 2>err.txt"
	[ ! -s err.txt ]
}
