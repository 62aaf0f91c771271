#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# live --stop-after: pages are replayed.  What is saved is worked out from the pages of
# the recording: the latest of each CPU, from the time on from which all are there.

load cli-helpers

setup_file() {
	command -v trace-cmd >/dev/null || skip 'no trace-cmd'
}

replay=$BATS_TEST_DIRNAME/live/replay

teardown() {
	[ -z "${player:-}" ] || kill "$player" 2>/dev/null || true
}

# flight STATUS OPTION...: of the recording, into saved.dat
flight() {
	local expected=$1
	shift
	rm -rf tracefs
	"$replay" tree plain.dat tracefs
	"$replay" play plain.dat tracefs "${step:-65536}" 0 2>/dev/null 3>&- &
	player=$!
	analyze "$expected" live --replay=tracefs --save=saved.dat "$@"
}

plain() {
	recording "$1"
	trace-cmd convert -i trace.dat -o plain.dat --file-version 6 \
		--compression none >/dev/null 2>&1
}

# begin KIB: the time from which both CPUs have something, if so much of each is kept
begin() {
	python3 - "$1" "$replay" <<-'END'
		import struct, sys
		kib, source = int(sys.argv[1]), open(sys.argv[2]).read()
		exec(source.rpartition('main()')[0])
		begin = 0
		for pages in Recording('plain.dat').pages:
		    nr, keep = len(pages) // 4096, kib // 4
		    if nr > keep:
		        page = pages[(nr - keep) * 4096:]
		        begin = max(begin, struct.unpack('<Q', page[:8])[0])
		print(begin)
	END
}

# events FILE: by CPU and time in ns, as trace-cmd reads them, but those that live does not
# record
events() {
	trace-cmd report -t -R "$1" 2>/dev/null |
		sed -nE 's/^ *[^[]*-[0-9]+ +\[([0-9]+)\].* +([0-9]+)\.([0-9]{9}): +(kvm_(exit|entry|pio|msr|mmio|exit_stats|exit_report):.*)/\1 \2\3 \4/p'
}

@test "what is saved is what all CPUs have in common, event by event" {
	plain sample
	events plain.dat >all.txt
	[ "$(wc -l <all.txt)" -gt 10000 ]
	for kib in 8 64 256; do
		flight 0 --stop-after=8090000 --buffer=$kib
		says 'note: an exit was longer than 8090000: saved.dat has what came before'
		from=$(begin $kib)
		[ "$from" -gt 0 ]
		awk -v from="$from" '$2 >= from' all.txt >want.txt
		[ "$(wc -l <want.txt)" -gt "$kib" ]
		events saved.dat | diff -q want.txt -
		[ "$(echo saved.dat*)" = saved.dat ]
	done
}

@test "it shows the exit that stopped it; all is kept if there is room" {
	plain sample
	flight 0 --stop-after=8095495 --format=csv
	columns row exits cycles max_cycles | tr '\n' ' ' >got.txt
	grep -qF 'row=total exits=1 cycles=8095496 max_cycles=8095496 ' got.txt
	analyze 0 --format=csv saved.dat
	cp out.txt saved.csv
	analyze 0 --format=csv trace.dat
	cmp saved.csv out.txt
	# A part of the exit, and only some exits
	flight 0 --stop-after=1 --of=halted --reason=hlt --buffer=8 --format=csv
	says 'an exit was longer than 1:'
	columns row reason | grep -q 'row=group reason=svm hlt'
}

@test "an unpatched kernel: the same" {
	plain sample-unpatched
	events plain.dat >all.txt
	flight 0 --stop-after=8118127ns --buffer=32
	from=$(begin 32)
	[ "$from" -gt 0 ]
	awk -v from="$from" '$2 >= from' all.txt >want.txt
	[ "$(wc -l <want.txt)" -gt 20 ]
	events saved.dat | diff -q want.txt -
}

@test "no exit is that long: nothing is saved" {
	plain sample
	flight 0 --stop-after=8095496
	says 'note: no exit was longer than 8095496: nothing is saved'
	[ ! -e saved.dat ]
}

@test "it stops at once: what comes later is not waited for" {
	plain sample
	rm -rf tracefs
	"$replay" tree plain.dat tracefs
	# A second between turns, of which there are sixty
	"$replay" play plain.dat tracefs 20000 1000 2>/dev/null 3>&- &
	player=$!
	"$ANALYZER" live --replay=tracefs --save=saved.dat --stop-after=1000 \
		>out.txt 2>err.txt 3>&- &
	pid=$!
	sleep 8
	# What is replayed goes on; a kernel's buffers would be frozen.
	kill $player
	wait $pid || true
	says 'an exit was longer than 1000'
}

@test "a disk that fills: said, and status 1" {
	plain sample
	trap '' XFSZ
	ulimit -f 64
	flight 1 --stop-after=8090000
	says 'cannot write: saved.dat: File too large'
}

@test "wrong usage" {
	plain sample
	analyze 2 live --stop-after=5000
	says '--stop-after takes --save=FILE'
	analyze 2 live --stop-after=5000 --save=x --longer-than=4
	says '--longer-than is given twice'
	analyze 2 live --stop-after=5000 --save=x --view=time
	says '--stop-after does not go with --view=time'
	analyze 2 live --stop-after=x --save=x
	says 'x'
	analyze 2 live --counters --stop-after=1
	says '--stop-after does not go with --counters'
}
