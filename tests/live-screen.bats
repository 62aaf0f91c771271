#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# live's screen, in a terminal of tmux: what stands there, and what each key does.  Pages
# are replayed, or counters are files, so that all figures are known.

load cli-helpers

setup_file() {
	command -v tmux >/dev/null || skip 'no tmux: scripts/install-deps test'
	command -v trace-cmd >/dev/null || skip 'no trace-cmd'
}

teardown() {
	terminal kill-server 2>/dev/null || true
	[ -z "${player:-}" ] || kill "$player" 2>/dev/null || true
}

terminal() {
	tmux -S "$BATS_TEST_TMPDIR/tmux" -f /dev/null "$@"
}

# Before another one is opened
close_terminal() {
	terminal kill-server
	while terminal ls >/dev/null 2>&1; do sleep 0.1; done
}

# start COLUMNS LINES OPTION...: live in a terminal of that size.  Who looks for leaks at the
# end stops the program for that, waits for it, and waits for ever if it is told to go on,
# as it is when its terminal goes away.
start() {
	local -x ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
	local columns=$1 lines=$2
	shift 2
	cat >run.sh <<-END
		trap : INT
		stty -a >before.txt
		"$ANALYZER" live $* 2>err.txt
		echo \$? >status.txt
		stty -a >after.txt
		echo it has ended
		exec sleep 1000
	END
	terminal new-session -d -x "$columns" -y "$lines" "sh run.sh" 3>&-
}

# replayed NAME OPTION...: a recording, all of it
replayed() {
	local replay=$BATS_TEST_DIRNAME/live/replay
	recording "$1"
	shift
	if ! cmp -s -n 11 trace.dat <(printf '\027\010Dtracing6'); then
		trace-cmd convert -i trace.dat -o plain.dat --file-version 6 \
			--compression none >/dev/null 2>&1
	else
		cp trace.dat plain.dat
	fi
	rm -rf tracefs
	"$replay" tree plain.dat tracefs
	"$replay" play plain.dat tracefs 65536 0 2>/dev/null 3>&- &
	player=$!
	start "${columns:-160}" "${lines:-40}" --replay=tracefs --interval=100ms "$@"
}

screen() {
	terminal capture-pane -p >screen.txt
}

# shows REGEX: it comes to stand there.
shows() {
	local n
	for ((n = 0; n < 300; n++)); do
		screen
		if grep -qE -- "$1" screen.txt; then return; fi
		sleep 0.1
	done
	echo "not there: $1"
	cat screen.txt err.txt
	return 1
}

# Whatever was typed has been seen, and drawn.
press() {
	terminal send-keys "$@"
	sleep 0.4
}

# rows: NAME EXITS RATE CYCLES ..., as they stand on the screen
rows() {
	screen
	sed -n '/ exits.* exits\/s/,/^total/p' screen.txt | sed '1d; $d' | tr -s ' '
}

# names: of rows, in their order
names() {
	rows | sed -E 's/ [0-9]+ [0-9.]+ [0-9]+ .*//'
}

total=35757

@test "the table has what the recording has" {
	replayed sample
	shows "^total +$total "
	rows | sed -E 's/^(svm [^0-9]+[0-9]*|svm [a-z_0-9]+) ([0-9]+) [0-9.]+ ([0-9]+) ([0-9]+) ([0-9]+) ([0-9]+) ([0-9]+) ([0-9]+).*/\1,\2,\3,\4,\5,\6,\7,\8/' >got.txt
	analyze 0 --format=csv trace.dat
	columns row reason exits cycles avg_cycles min_cycles p50_cycles p99_cycles max_cycles |
		sed -n 's/ [a-z0-9_]*=/,/g; s/^row=group,//p' >want.txt
	# The average is rounded down here, as the kernel's is.
	python3 - <<-'END'
		rows = [line.rstrip().split(',') for line in open('want.txt')]
		for row in rows:
		    row[3] = str(int(row[2]) // int(row[1]))
		assert len(rows) == 18
		got = [line.rstrip().split(',') for line in open('got.txt')]
		assert got == rows, (got, rows)
	END
	grep -q '^missing: 0 before, 0 lost; whole since then, by the numbers of exits' screen.txt
	grep -q '^kvm-exit-cycles live: since the start, .* every 0.1 s' screen.txt
}

@test "any --by; losses stand there; an unpatched kernel proves nothing" {
	replayed sample --by=vcpu,reason
	shows "^total +$total "
	rows >got.txt
	analyze 0 --format=csv --by=vcpu,reason trace.dat
	columns row vm vm_name vcpu reason exits | sed -n 's/^row=group //; s/[a-z_]*=//gp' |
		grep -v ' $' | head -5 >want.txt
	while read -r row; do
		grep -qF -- "$row" got.txt
	done <want.txt
	close_terminal
	replayed lossy-v6
	shows '^missing: 0 before, 51 lost; not whole'
	shows 'missing exits: 0 before, 51 lost'
	close_terminal
	replayed sample-unpatched
	shows '^round trips not used: .*the kernel is not patched'
}

# in_order KEY...: names on the screen are in this order of the recording's columns.
in_order() {
	analyze 0 --format=csv trace.dat
	columns row reason exits cycles avg_cycles max_cycles min_cycles |
		sed -n 's/ [a-z_]*=/,/g; s/^row=group,//p' |
		LC_ALL=C sort -t, "$@" -k1,1 | cut -d, -f1 | head -5 >want.txt
	names | head -5 | diff want.txt -
}

@test "keys that sort: e c a m n, < and >, r" {
	replayed sample
	shows "^total +$total "
	in_order -k3,3nr
	press e
	shows ' exits\* '
	in_order -k2,2nr
	press a
	shows ' avg\* '
	in_order -k4,4nr
	press m
	shows ' max\* '
	in_order -k5,5nr
	press c
	shows ' cycles\* '
	in_order -k3,3nr
	press '>' '>'
	shows ' min\* '
	in_order -k6,6nr
	press '<'
	shows ' avg\* '
	in_order -k4,4nr
	press n
	shows '^name\*'
	in_order -k1,1
	press r
	analyze 0 --format=csv trace.dat
	columns row reason | sed -n 's/^row=group reason=//p' | LC_ALL=C sort -r | head -5 >want.txt
	names | head -5 | diff want.txt -
}

@test "f: only names with a text; the total stays; s: how often" {
	replayed sample
	shows "^total +$total "
	press f
	shows '^only names with:$'
	press c r _ x BSpace Enter
	shows '^only names with: cr_$'
	shows "^total +$total "
	analyze 0 --format=csv trace.dat
	columns row reason | sed -n 's/^row=group reason=\(.*cr_.*\)/\1/p' | sort >want.txt
	names | sort | diff want.txt -
	press f Enter
	[ "$(rows | wc -l)" = 18 ]
	press s 0 . 5 Enter
	shows 'every 0.5 s$'
	press s x Enter
	shows 'every 0.5 s$'
	press d 2 Escape
	shows 'every 0.5 s$'
}

@test "up and down: rows" {
	lines=14 replayed sample
	shows "^total +$total "
	names >all.txt
	press Down Down
	[ "$(names | head -1)" = "$(sed -n 3p all.txt)" ]
	press Up
	[ "$(names | head -1)" = "$(sed -n 2p all.txt)" ]
}

# state N: counters, of which 1 comes first
state() {
	local exits=$((500 * $1)) cycles=$((70000 * $1 * $1))
	cat >next <<-END
		kvm_exit_cycles: epoch 2 report $1: exits $exits cycles $cycles user 0 halted 0 off_cpu 0 backwards 0
		kvm_exit_cycles: epoch 2 report $1: svm hlt: exits $exits cycles $cycles min 9 avg 1 max 99 user 0 halted 0 off_cpu 0
		kvm_exit_cycles: skipped 0
	END
	mv next debugfs/kvm/exit_cycles
}

# counted OPTION...
counted() {
	mkdir -p debugfs/kvm
	state 1
	start 130 20 --counters --replay=debugfs --interval=200ms "$@"
	shows '^total +0 '
}

@test "space: it stays as it was, and goes on" {
	counted
	press Space
	shows '^FROZEN at '
	state 2
	sleep 1
	screen
	grep -qE '^total +0 ' screen.txt
	press Space
	shows '^svm hlt +500 +[0-9.]+ +210000 +420 +- +- +- +-( |$)'
	lacks FROZEN screen.txt
}

@test "i, arrows, pages: the interval in which something was, and back" {
	counted
	state 3
	shows '^svm hlt +1000 +[0-9.]+ +560000 +560 '
	press i
	shows '^kvm-exit-cycles live: of the interval, 0\.'
	shows '^total +0 '
	local n
	for ((n = 0; n < 100; n++)); do
		press Left
		screen
		if grep -qE '^svm hlt +1000 +[0-9.]+ +560000 +560 ' screen.txt; then break; fi
	done
	[ "$n" -lt 100 ]
	grep -qE '^FROZEN at [0-9.]+ s, [0-9]+ before the latest' screen.txt
	press Left
	shows '^total +0 '
	press Right
	shows '^svm hlt +1000 '
	press Home
	shows '^total +0 '
	press i
	shows '^total +0 '
	press End
	shows '^svm hlt +1000 .*560000'
	press NPage PPage
	shows '^FROZEN at'
	press Space
	shows '^svm hlt +1000 .*560000'
}

@test "the trend: exits of intervals, the most of them the highest" {
	counted --interval=1s
	state 2
	shows '█$'
	state 4
	# Twice as many as before
	shows '▄ *█'
}

@test "h and ?: a help that says each key, as the man page does" {
	counted
	press h
	shows '^q +quit'
	cp screen.txt help.txt
	press x
	shows '^total '
	press '?'
	shows '^q +quit'
	# Keys, but for names of keys
	sed -nE '/^h \?/,/^f /s/^([^ ]+( [^ ]+)*)  +.*/\1/p' help.txt | tr ' ' '\n' |
		sort -u >keys.txt
	[ "$(wc -l <keys.txt)" -ge 18 ]
	sed -n '/^\.SH KEYS/,/^\.SH L/p' "$BATS_TEST_DIRNAME/../docs/kvm-exit-cycles-live.1" |
		sed -n '/^\.BR* /s/^\.BR* //p' | sed 's/", "/ /g; s/\\//g; s/[",]/ /g' |
		tr -s ' ' '\n' | sort -u >man.txt
	comm -23 keys.txt man.txt >missing.txt
	[ ! -s missing.txt ] || { cat missing.txt; return 1; }
}

@test "another size: no line is wider, the total stays" {
	replayed sample
	shows "^total +$total "
	terminal resize-window -x 60 -y 14
	sleep 1
	shows "^total +$total "
	awk 'length > 60 { exit 1 }' screen.txt
	lacks trend screen.txt
	shows ' exits/s '
	[ "$(rows | wc -l)" -ge 5 ]
	terminal resize-window -x 20 -y 4
	sleep 1
	terminal resize-window -x 200 -y 40
	shows "^total +$total .* 8095496"
	shows 'trend'
}

@test "colors, but for NO_COLOR" {
	replayed lossy-v6
	shows '51 lost'
	terminal capture-pane -p -e >colors.txt
	grep -q $'\e\\[[0-9;]*31m' colors.txt
	close_terminal
	export NO_COLOR=1
	replayed lossy-v6
	shows '51 lost'
	terminal capture-pane -p -e >colors.txt
	lacks $'\e\\[[0-9;]*3[0-7]m' colors.txt
}

@test "a locale without block characters: others" {
	export LC_ALL=C
	counted --interval=1s
	state 2
	shows '@$'
	lacks '█' screen.txt
}

# ended STATUS: the terminal is as it was.
ended() {
	shows '^it has ended'
	[ "$(cat status.txt)" = "$1" ]
	cmp before.txt after.txt
	[ "$(terminal display -p '#{alternate_on} #{cursor_flag}')" = '0 1' ]
}

# process N: the one that waits, or its child that works
process() {
	local outer
	outer=$(pgrep -P "$(terminal display -p '#{pane_pid}')")
	if [ "$1" = 1 ]; then echo "$outer"; else pgrep -P "$outer"; fi
}

@test "q, Ctrl-C, a signal: the terminal is as it was" {
	counted
	press q
	ended 0
	close_terminal
	counted
	press C-c
	ended 0
	close_terminal
	counted
	kill -TERM "$(process 1)"
	ended 0
	[ ! -s err.txt ]
}

@test "killed, crashed: the terminal is as it was, and that is said" {
	# With sanitizers, it ends by the signal as well, not by their report.
	export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}handle_segv=0
	for signal in KILL SEGV; do
		counted
		kill "-$signal" "$(process 2)"
		ended 1
		grep -q 'live was ended by signal' err.txt
		close_terminal
	done
	counted
	worker=$(process 2)
	kill -KILL "$(process 1)"
	# Who works ends by itself, before or after the shell says that it has ended.
	for _ in {1..300}; do
		[ -d "/proc/$worker" ] || break
		sleep 0.1
	done
	sleep 0.5
	grep -qx 137 status.txt
	[ "$(terminal display -p '#{alternate_on} #{cursor_flag}')" = '0 1' ]
}

@test "no terminal, or one that is not known: --batch" {
	mkdir -p debugfs/kvm
	state 1
	analyze 2 live --counters --replay=debugfs </dev/null
	no_output
	says 'no terminal: --batch prints each interval'
	TERM=nothing start 100 20 --counters --replay=debugfs
	sed -i '1iTERM=nothing; export TERM' run.sh
	close_terminal
	rm -f status.txt
	terminal new-session -d -x 100 -y 20 "sh run.sh" 3>&-
	shows '^it has ended'
	[ "$(cat status.txt)" = 1 ]
	says 'the terminal "nothing" is not known: use --batch'
}

@test "what a screen has not is refused" {
	analyze 2 live --view=time
	says '--view: not on a screen: use --batch'
	analyze 2 live --list
	says '--list: not on a screen: use --batch'
	analyze 2 live --since=reset
	says '--since: of --counters, or start and interval on a screen'
}

@test "what was seen is kept, and is the whole" {
	replayed sample --save=saved.dat
	shows "^total +$total "
	press q
	ended 0
	analyze 0 --format=csv saved.dat
	cp out.txt saved.csv
	analyze 0 --format=csv trace.dat
	cmp saved.csv out.txt
}
