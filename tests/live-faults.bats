#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# live, when something goes wrong around it: instances of ftrace, tracefs, CPUs, the disk.
# A folder stands for tracefs, in which it makes its instance (live/fake-tracefs.c).

load cli-helpers

setup_file() {
	command -v trace-cmd >/dev/null || skip 'no trace-cmd'
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	replay=$BATS_TEST_DIRNAME/live/replay
	recording sample-unpatched
	trace-cmd convert -i trace.dat -o plain.dat --file-version 6 \
		--compression none >/dev/null 2>&1
	"$replay" instances plain.dat tracefs
	export ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0
}

teardown() {
	for pid in ${reader:-} ${player:-} ${live:-}; do
		kill "$pid" 2>/dev/null && wait "$pid" || true
	done
}

play() {
	"$replay" play plain.dat tracefs "${1:-65536}" "${2:-0}" 2>/dev/null 3>&- &
	player=$!
}

# live STATUS OPTION...: of all that is recorded
live() {
	local expected=$1 status=0
	shift
	env LD_PRELOAD="$FAKE_TRACEFS" timeout 100 "$ANALYZER" live --batch --interval=0 \
		--replay=tracefs "$@" >out.txt 2>err.txt || status=$?
	[ "$status" -eq "$expected" ] && return
	echo "status $status, not $expected"
	cat err.txt
	return 1
}

# begin OPTION...: until it has made its instance and has read something
begin() {
	play 4096 20
	env LD_PRELOAD="$FAKE_TRACEFS" "$ANALYZER" live --batch --interval=0 --format=csv \
		--replay=tracefs --save=saved.dat "$@" >out.txt 2>err.txt 3>&- &
	live=$!
	for _ in {1..2000}; do
		[ "$(stat -c %s saved.dat.cpu0 2>/dev/null || echo 0)" -lt 20000 ] || return 0
		sleep 0.02
	done
	cat err.txt
	return 1
}

# ends STATUS
ends() {
	local status=0
	wait "$live" || status=$?
	[ "$status" = "$1" ] || { echo "status $status"; cat err.txt; return 1; }
}

instances() {
	ls tracefs/instances
}

@test "an instance is made, switched on, and removed" {
	play
	live 0 --format=csv
	prints 'total,'
	lacks instance err.txt
	[ -z "$(instances)" ]
	[ "$(cat tracefs/trace_clock)" != '[local]' ]
	[ "$(cat tracefs/events/kvm/kvm_entry/enable)" = 1 ]
	[ "$(cat tracefs/events/enable)" = 0 ]
	[ "$(cat tracefs/tracing_on)" = 0 ]
	begin
	[ "$(instances)" = "kvm-exit-cycles-live-$live" ]
	[ "$(cat tracefs/tracing_on)" = 1 ]
	kill -INT "$live"
	ends 0
	[ -z "$(instances)" ]
	[ "$(cat tracefs/tracing_on)" = 0 ]
}

@test "an instance cannot be made: why, what to do, and nothing is left" {
	# libtracefs 1.6.4 loses its path of an instance that it cannot make.
	ASAN_OPTIONS+=:detect_leaks=0
	# ENOSPC, ENOMEM
	for error in 28 12; do
		FAKE_MKDIR=$error live 1
		no_output
		one_line
		says 'cannot create: ftrace instance kvm-exit-cycles-live-'
		says 'too many of them, or no memory: rmdir those of tracefs/instances that nobody uses'
		[ -z "$(instances)" ]
	done
	FAKE_MKDIR=1 live 1
	says ': Operation not permitted'
}

@test "a file of the instance cannot be written: it is removed" {
	rm tracefs/trace_clock
	mkdir tracefs/trace_clock
	live 1
	says 'cannot write: ftrace instance: trace_clock: '
	[ -z "$(instances)" ]
	rmdir tracefs/trace_clock
	rm tracefs/tracing_on
	live 1
	says 'cannot write: ftrace instance: tracing_on: '
	[ -z "$(instances)" ]
}

@test "what a killed live has left is removed by the next one, and nothing else" {
	begin
	kill -KILL "$live"
	wait "$live" || true
	left=$(instances)
	[ "$left" = "kvm-exit-cycles-live-$live" ]
	# Others, and one of a process that is alive
	mkdir tracefs/instances/{kvm-exit-cycles-live-x,foo-99999999,"kvm-exit-cycles-live-$$"}
	kill "$player" 2>/dev/null || true
	wait "$player" || true
	play
	live 0
	says "note: removed: ftrace instance $left: a live that was killed had left it"
	[ "$(grep -c instance err.txt)" = 1 ]
	[ "$(instances | wc -l)" = 3 ]
	[ ! -e "tracefs/instances/$left" ]
}

@test "what is left and cannot be removed: how to, and it goes on" {
	mkdir tracefs/instances/kvm-exit-cycles-live-99999999
	play
	# EBUSY: of its own as well
	FAKE_RMDIR=16 live 1 --format=csv
	prints 'total,'
	says 'cannot remove: ftrace instance kvm-exit-cycles-live-99999999, which a live that was killed has left: Device or resource busy: unless somebody uses it, as in a container: rmdir tracefs/instances/kvm-exit-cycles-live-99999999'
	grep -qE 'cannot remove: ftrace instance (kvm-exit-cycles-live-[0-9]+): Device or resource busy: once nobody uses it: rmdir tracefs/instances/\1$' err.txt
}

# same_id STATUS: one of its own ID is there already
same_id() {
	local status=0
	play
	# shellcheck disable=SC2016
	timeout 100 sh -c 'mkdir "tracefs/instances/kvm-exit-cycles-live-$$"
		LD_PRELOAD=$FAKE_TRACEFS exec "$ANALYZER" live --batch --interval=0 \
			--replay=tracefs' >out.txt 2>err.txt || status=$?
	[ "$status" = "$1" ] || { echo "status $status"; cat err.txt; return 1; }
}

@test "one of an earlier process with its ID is made anew; one in use is left alone" {
	same_id 0
	says 'note: removed: ftrace instance kvm-exit-cycles-live-'
	prints 'total '
	[ -z "$(instances)" ]
	kill $player 2>/dev/null || true
	FAKE_RMDIR=16 same_id 1
	says ': it is there, and in use: unless somebody needs it: rmdir tracefs/instances/kvm-exit-cycles-live-'
	no_output
	[ "$(instances | wc -l)" = 1 ]
}

@test "tracefs is gone meanwhile: it ends, and says what is left and how to remove it" {
	begin
	mv tracefs gone
	kill -INT "$live"
	ends 1
	prints 'total,'
	says "cannot remove: ftrace instance kvm-exit-cycles-live-$live: tracefs is gone from tracefs: mount it there, then: rmdir tracefs/instances/kvm-exit-cycles-live-$live"
	# It records no more, at least.
	[ "$(cat gone/tracing_on)" = 0 ]
	cp out.txt live.csv
	analyze 0 --format=csv saved.dat
	cmp live.csv out.txt
}

@test "no CPU can be read any more: said, and status 1" {
	for cpu in 0 1; do
		rm tracefs/per_cpu/cpu$cpu/trace_pipe_raw
		mkdir tracefs/per_cpu/cpu$cpu/trace_pipe_raw
	done
	live 1
	says 'warning: cannot read: trace buffer of CPU 0: Is a directory: it is not looked at any more'
	says 'no trace buffer can be read any more: was tracefs unmounted, or the instance removed?'
	[ -z "$(instances)" ]
}

@test "one CPU that cannot be read is a loss, also if no number of an exit tells" {
	rm tracefs/per_cpu/cpu1/trace_pipe_raw
	mkdir tracefs/per_cpu/cpu1/trace_pipe_raw
	sed 's/self.pages = \[\(.*\)\]$/self.pages = [\1][:1]/' "$replay" >replay-one
	chmod +x replay-one
	replay=$PWD/replay-one
	play
	live 3
	says 'warning: cannot read: trace buffer of CPU 1: '
	[ -z "$(instances)" ]
}

@test "more CPUs than files that may be open at first" {
	play
	ulimit -S -n 12
	live 0 --save=saved.dat
	[ "$(echo saved.dat*)" = saved.dat ]
}

# on_disk KIB COMMAND...: in a folder of that size
on_disk() {
	unshare -rm true 2>/dev/null || skip 'no mount namespaces here'
	mkdir -p disk
	# shellcheck disable=SC2016
	unshare -rm bash -c 'mount -t tmpfs -o "size=$0k" none disk && "$@"' "$@"
}

# full OPTION...: what is kept has no room.  What is left is what was shown.
full() {
	"$replay" play plain.dat tracefs 4096 0 2>/dev/null 3>&- &
	status=0
	"$ANALYZER" live --batch --interval=0 --replay=tracefs --save=disk/saved.dat "$@" \
		>out.txt 2>err.txt || status=$?
	[ $status = 1 ]
	grep -qF 'cannot write: disk/saved.dat: No space left on device' err.txt
	grep -qF 'events stay in disk/saved.dat.cpuN: with these beside it, kvm-exit-cycles reads disk/saved.dat' err.txt
	"$ANALYZER" --format=csv disk/saved.dat >kept.csv 2>err.txt || [ $? = 3 ]
	grep -q '^total,' kept.csv
}

@test "no room to complete what is kept: it stays, and is whole" {
	export -f full
	export replay
	rm -r tracefs
	"$replay" tree plain.dat tracefs
	size=$(stat -c %s plain.dat)
	# Once, but not twice
	on_disk $((size * 3 / 2 / 1024)) full --format=csv
	cmp out.txt kept.csv
	# Not even once
	rm kept.csv
	on_disk $((size / 2 / 1024)) full
	[ -s kept.csv ]
	# What was on the way when it stopped
	on_disk $((size * 3 / 2 / 1024)) full --stop-after=8118127ns
}

# until COMMAND...: it is so in the end
until_true() {
	for _ in {1..600}; do
		if "$@"; then return; fi
		sleep 0.05
	done
	return 1
}

is_on() { [ "$(cat tracefs/tracing_on)" = 1 ]; }
has_none() { [ -z "$(instances)" ]; }

@test "nobody reads what is printed: nothing is left meanwhile, and a signal ends it" {
	mkfifo out
	sleep 1000 <out 3>&- &
	reader=$!
	play
	env --default-signal=INT LD_PRELOAD="$FAKE_TRACEFS" "$ANALYZER" live --batch \
		--interval=0 --format=csv --list --top=5000 --replay=tracefs >out 2>err.txt 3>&- &
	live=$!
	until_true is_on
	until_true has_none
	kill -0 "$live"
	kill -INT "$live"
	ends 130
}

# open_files PROCESS...: those of tracefs
open_files() {
	local process
	for process; do
		find "/proc/$process/fd" -type l -lname '*/tracefs/*'
	done
}
child_of() { child=$(pgrep -P "$live"); }
# blocked: the same child, longer than an interval
blocked() {
	child_of || return
	local before=$child
	sleep 0.3
	child_of && [ "$child" = "$before" ]
}

# The kernel keeps an instance of which anybody has a file open.
@test "who shows an interval holds nothing of the kernel's, however slow its reader is" {
	mkfifo out
	sleep 1000 <out 3>&- &
	reader=$!
	play 4096 20
	env --default-signal=INT LD_PRELOAD="$FAKE_TRACEFS" "$ANALYZER" live --batch \
		--interval=100ms --format=csv --list --top=5000 --replay=tracefs >out 2>err.txt 3>&- &
	live=$!
	until_true blocked
	[ -n "$(open_files "$live")" ]
	[ -z "$(open_files "$child")" ]
	kill -INT "$live"
	until_true has_none
	kill -0 "$child"
	# Whoever read it is gone.
	kill "$reader"
	ends 1
	lacks 'cannot remove' err.txt
}

# Who is in another session gets no signal of it.
@test "a terminal that is gone ends a screen, and is not asked again and again" {
	cat >gone.py <<-'END'
		import os, pty, subprocess, sys, time
		master, slave = pty.openpty()
		live = subprocess.Popen(sys.argv[1:], stdin=slave, stdout=slave,
		                        stderr=open('err.txt', 'w'), start_new_session=True)
		os.close(slave)
		os.read(master, 100)
		time.sleep(1)
		os.close(master)
		sys.exit(live.wait(60))
	END
	mkdir -p debugfs/kvm
	cat >debugfs/kvm/exit_cycles <<-'END'
		kvm_exit_cycles: skipped 0
	END
	rm -r tracefs
	"$replay" tree plain.dat tracefs
	export TERM=xterm
	python3 gone.py "$ANALYZER" live --replay=tracefs
	python3 gone.py "$ANALYZER" live --counters --replay=debugfs
}
