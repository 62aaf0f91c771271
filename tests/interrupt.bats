#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# While a recording is read: progress, and Ctrl-C.  Both come with calls of
# pread() (pread.c, PREAD of ./run), not with time.

load cli-helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	unset COLUMNS
	here=$BATS_TEST_DIRNAME
	export ASAN_OPTIONS="$ASAN_OPTIONS:verify_asan_link_order=0"
}

# It takes 786 calls to read: 10 for metadata, then two CPUs.
sample() {
	cp "$here/../samples/trace.dat" trace.dat
}

# heeding VARIABLE=VALUE... COMMAND...: Ctrl-C ends it, even if that is ignored here,
# as in the background of a script.
heeding() {
	env --default-signal=INT LD_PRELOAD="$PREAD" "$@"
}

# interrupt N ARGUMENT...: Ctrl-C at call N
interrupt() {
	local status=0
	heeding PREAD_INT="$1" "$ANALYZER" "${@:2}" trace.dat \
		>out.txt 2>err.txt || status=$?
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
	for call in 20 100 400 500 600 700 760; do
		for jobs in 1 2; do
			interrupt $call -j$jobs
			grep epoch out.txt >reports.txt || true
			head -n "$(wc -l <reports.txt)" all.txt | cmp - reports.txt
			cat reports.txt >>total.txt
			# What was read, in reports or not, is in the block behind.
			[ $call -eq 20 ] ||
				grep -q 'recorded: exits [0-9]' out.txt
		done
	done
	[ "$(wc -l <total.txt)" -gt 1000 ]
}

@test "Ctrl-C: views say so, and what they leave out" {
	sample
	for view in exits time; do
		interrupt 400 -j1 --view=$view --format=table
		grep -qE '^INTERRUPTED: [0-9,]+ of 960,601 bytes of events were not read$' out.txt
		exits=$(sed -n 's/^exits: *\([0-9,]*\) recorded$/\1/p' out.txt | tr -d ,)
		[ "$exits" -gt 1000 ]
		[ "$exits" -lt 35000 ]
		interrupt 400 -j1 --view=$view --format=json
		prints "\"exits\": $exits}"
		prints '"exits_before": null, "exits_lost": null,'
		[ "$(grep -c '"unread_bytes": 0' out.txt)" -eq 0 ]
		interrupt 400 -j1 --view=$view --format=csv
		grep -q "^total,.*,$exits," out.txt
	done
}

@test "Ctrl-C: the parts of time still add up" {
	sample
	for call in 100 400 700; do
		interrupt $call -j1 --view=time --format=csv
		python3 - <<-'END'
			import csv
			parts = "guest processing user halted off_cpu traced unknown before after"
			for row in csv.DictReader(open("out.txt", newline="")):
			    if row["row"] in ("before", "lost"):
			        assert row["exits"] == ""
			        continue
			    assert int(row["span_cycles"]) > 0
			    assert int(row["span_cycles"]) == sum(
			        int(row[part + "_cycles"]) for part in parts.split())
		END
	done
}

@test "Ctrl-C when all is read once more: the end, without figures" {
	sample
	# Exits are lost where a chunk cannot be decompressed.  To be sure that none is
	# there twice, all is read once more after call 786.
	printf damaged | dd of=trace.dat bs=1 seek=$((0x961cc)) conv=notrunc status=none
	for view in "--view=time" "--view=time --format=csv" --by=detail; do
		# shellcheck disable=SC2086
		interrupt 1000 -j1 $view
		no_output
		says "while it was read once more, which all figures need: there are none"
		[ "$(wc -l <err.txt)" -eq 2 ]
		says "cannot decompress: trace.dat: cpu 0 at 0x96168"
	done
}

# JSON says first what is missing, so all was read before; unpatched, so is CSV.  Each
# time takes 170 calls.
@test "Ctrl-C while a list is read once more: what there is of it, and why it ends" {
	cp "$here/../samples/unpatched.dat" trace.dat
	for format in json jsonl csv; do
		analyze 0 -j1 --list --format=$format trace.dat
		cp out.txt all.txt
		interrupt 260 -j1 --list --format=$format
		says "while it was read once more: the list ends before the last exit"
		lines=$(wc -l <out.txt)
		[ "$lines" -gt 3000 ]
		[ "$lines" -lt "$(wc -l <all.txt)" ]
		# The last one is of an exit that another follows.
		diff <(head -n 3000 all.txt) <(head -n 3000 out.txt)
	done
}

# slow_reader RECORDING ARGUMENT...: Ctrl-C while a pipe is full of the output;
# what came through, in got.txt
slow_reader() {
	python3 - "$ANALYZER" "${@:2}" "$1" <<-'END'
		import fcntl, os, signal, subprocess, sys, time
		F_SETPIPE_SZ = 1031
		signal.signal(signal.SIGINT, signal.default_int_handler)
		r, w = os.pipe()
		fcntl.fcntl(w, F_SETPIPE_SZ, 4096)
		if os.environ.get("NONBLOCK"):
		    os.set_blocking(w, False)
		p = subprocess.Popen(sys.argv[1:], stdout=w)
		os.close(w)
		# Asleep in write() or poll(): in neither while it reads the file
		def sleeps():
		    with open(f"/proc/{p.pid}/stat") as file:
		        return file.read().rsplit(")", 1)[1].split()[0] == "S"
		asleep = 0
		deadline = time.monotonic() + 60
		while asleep < 20 and time.monotonic() < deadline:
		    time.sleep(0.02)
		    asleep = asleep + 1 if sleeps() else 0
		p.send_signal(signal.SIGINT)
		time.sleep(0.1)
		with open(r, "rb") as pipe, open("got.txt", "wb") as out:
		    out.write(pipe.read())
		sys.exit(p.wait())
	END
}

@test "Ctrl-C while the reader of a pipe is slow: nothing is left out" {
	sample
	for format in csv json; do
		"$ANALYZER" --by=rip,detail --format=$format trace.dat >all.txt
		[ "$(wc -c <all.txt)" -gt 20000 ]
		slow_reader trace.dat --by=rip,detail --format=$format
		cmp all.txt got.txt
		NONBLOCK=1 slow_reader trace.dat --by=rip,detail --format=$format
		cmp all.txt got.txt
	done
	"$ANALYZER" trace.dat >all.txt
	slow_reader trace.dat
	cmp all.txt got.txt
}

@test "Ctrl-C and a full disk: a failure" {
	sample
	for format in reports csv json table; do
		status=0
		heeding PREAD_INT=400 "$ANALYZER" -j1 --format=$format \
			trace.dat >/dev/full 2>err.txt || status=$?
		[ "$status" -eq 1 ]
		[ "$(grep -c 'cannot write: standard output: No space left' err.txt)" -eq 1 ]
		says "warning: interrupted"
	done
}

# A file that may grow to so many KiB and no further: nothing comes after the
# first write that fails.
@test "after a write that failed nothing follows" {
	sample
	for arguments in "" "--by=rip,detail --format=csv" "--by=rip,detail --format=json"; do
		# shellcheck disable=SC2086
		"$ANALYZER" $arguments trace.dat >all.txt
		status=0
		# shellcheck disable=SC2086
		(trap '' XFSZ; ulimit -f 5; "$ANALYZER" $arguments trace.dat) \
			>some.txt 2>err.txt || status=$?
		[ "$status" -eq 1 ]
		one_line
		says "cannot write: standard output: File too large"
		[ "$(wc -c <some.txt)" -eq 5120 ]
		cmp -n 5120 all.txt some.txt
	done
}

@test "Ctrl-C: round trips of an unpatched recording, none wrong" {
	"$SCENARIO" long trace.dat
	"$ANALYZER" trace.dat 2>/dev/null | grep -q ' exits 40000 ns 4000000$'
	export PREAD_BYTES=100000
	for call in 4 7 12; do
		interrupt $call -j1
		# Each is 100 ns long.
		line=$(grep -E 'recorded: exits' out.txt)
		exits=$(sed 's/.* exits \([0-9]*\) ns .*/\1/' <<<"$line")
		[ "$exits" -lt 40000 ]
		[ "${line##* ns }" -eq $((exits * 100)) ]
	done
	[ "$exits" -gt 1000 ]
}

@test "Ctrl-C before anything is known: no figures, and no other complaint" {
	sample
	for format in reports csv; do
		interrupt 3 --format=$format
		no_output
		one_line
		says "trace.dat: 960601 of 960601 bytes"
	done
}

@test "Ctrl-C twice, or with --check: the end at once" {
	sample
	for arguments in "PREAD_INTS=1 $ANALYZER" "$ANALYZER --check"; do
		status=0
		# shellcheck disable=SC2086
		heeding PREAD_INT=400 $arguments trace.dat \
			>out.txt 2>err.txt || status=$?
		[ "$status" -eq 130 ]
		no_output
		[ ! -s err.txt ]
	done
}

@test "Ctrl-C: where it is ignored, it stays so" {
	sample
	(
		trap '' INT
		env LD_PRELOAD="$PREAD" PREAD_INT=400 PREAD_INTS=5 \
			"$ANALYZER" --last trace.dat >out.txt 2>err.txt
	)
	prints "report 72: exits 35757"
	[ ! -s err.txt ]
}

@test "progress: in a terminal, after a second, and gone before the output" {
	command -v script >/dev/null || skip "no script: apt-get install bsdutils"
	sample
	in_terminal "env LD_PRELOAD=$PREAD PREAD_MS=3 '$ANALYZER' -j1 \
		--format=table trace.dat" >out.txt
	tr '\r' '\n' <out.txt | sed 's/ *$//' |
		grep -E '^[0-9]+ %, [0-9.]+ [kM]?B/s, [0-9]+ s left$' >progress.txt
	[ "$(wc -l <progress.txt)" -ge 3 ]
	sort -nc progress.txt
	[ "$(tail -n 1 progress.txt | cut -d' ' -f1)" -le 100 ]
	# The last thing before the table is an empty line of as many spaces.
	tr '\r' '\n' <out.txt | grep -B1 '^recording:' | head -n 1 |
		grep -qE '^ {64}$'
}

@test "progress: a check reads twice, and is not done after once" {
	command -v script >/dev/null || skip "no script: apt-get install bsdutils"
	sample
	in_terminal "env LD_PRELOAD=$PREAD PREAD_MS=3 '$ANALYZER' -j1 \
		--check trace.dat" >out.txt
	tr '\r' '\n' <out.txt | grep -oE '^[0-9]+ %' >progress.txt
	[ "$(wc -l <progress.txt)" -ge 3 ]
	sort -nc progress.txt
	[ "$(grep -c '^100' progress.txt)" -le 1 ]
}

@test "progress: never into a file" {
	command -v script >/dev/null || skip "no script: apt-get install bsdutils"
	sample
	in_terminal "env LD_PRELOAD=$PREAD PREAD_MS=3 '$ANALYZER' -j1 \
		--format=table trace.dat 2>err.txt" >out.txt
	[ ! -s err.txt ]
	[ "$(grep -c 's left' out.txt)" -eq 0 ]
	prints "total"
}
