#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# live --counters: a folder stands for debugfs.  Its kvm/exit_cycles is a FIFO, so that
# each time it is read the next state of the counters is there.

load cli-helpers

# state N: what the kernel's file has, the Nth time
state() {
	case $1 in
	0)	echo 'kvm_exit_cycles: skipped 7' ;;
	1)	cat <<-'END'
		kvm_exit_cycles: epoch 2 report 1: exits 500 cycles 70000 user 300 halted 90000 off_cpu 40 backwards 1
		kvm_exit_cycles: epoch 2 report 1: svm DE excp: exits 100 cycles 20000 min 150 avg 200 max 900 user 0 halted 0 off_cpu 0
		kvm_exit_cycles: epoch 2 report 1: svm hlt: exits 400 cycles 50000 min 90 avg 125 max 333 user 300 halted 90000 off_cpu 40
		kvm_exit_cycles: skipped 7
		END
		;;
	2)	cat <<-'END'
		kvm_exit_cycles: epoch 2 report 3: exits 1500 cycles 18446744073709551615 user 301 halted 190000 off_cpu 41 backwards 3
		kvm_exit_cycles: epoch 2 report 3: svm DE excp: exits 100 cycles 20000 min 150 avg 200 max 900 user 0 halted 0 off_cpu 0
		kvm_exit_cycles: epoch 2 report 3: svm cpuid: exits 3 cycles 1000 min 310 avg 333 max 350 user 0 halted 0 off_cpu 0
		kvm_exit_cycles: epoch 2 report 3: svm hlt: exits 1397 cycles 18446744073709530615 min 80 avg 1 max 18446744073709000000 user 301 halted 190000 off_cpu 41
		kvm_exit_cycles: skipped 8
		END
		;;
	3)	cat <<-'END'
		kvm_exit_cycles: epoch 4 report 1: exits 20 cycles 2000 user 0 halted 0 off_cpu 0 backwards 0
		kvm_exit_cycles: epoch 4 report 1: svm hlt: exits 20 cycles 2000 min 100 avg 100 max 100 user 0 halted 0 off_cpu 0
		kvm_exit_cycles: skipped 8
		END
		;;
	esac
}

teardown() {
	[ -z "${player:-}" ] || kill "$player" 2>/dev/null || true
}

# counters STATES OPTION...: the file has one after the other; into out.txt and err.txt
counters() {
	local states=$1 n=0
	shift
	for _ in $states; do n=$((n + 1)); done
	rm -rf debugfs
	mkdir -p debugfs/kvm
	mkfifo debugfs/kvm/exit_cycles
	for i in $states; do
		# Who reads it has opened it: the next time, it is another one.
		exec 4>debugfs/kvm/exit_cycles
		mkfifo next
		mv next debugfs/kvm/exit_cycles
		state "$i" >&4
		exec 4>&-
	done 3>&- &
	player=$!
	analyze 0 live --batch --counters --replay=debugfs --interval=100ms \
		--count=$((n - 1)) "$@"
	wait $player
}

want() {
	diff - got.txt
}

@test "since live was started: differences of integers, no false minimum" {
	counters '1 2' --format=csv
	columns row reason epoch report exits cycles min_cycles avg_cycles max_cycles \
		user_cycles halted_cycles off_cpu_cycles | sed 's/[a-z_]*=//g' >got.txt
	want <<-'END'
		group svm hlt 2 3 997 18446744073709480615  18502250826188044  1 100000 1
		group svm cpuid 2 3 3 1000 310 333 350 0 0 0
		total  2 3 1000 18446744073709481615  18446744073709481  1 100000 1
	END
}

@test "since the one before: only what came in between" {
	counters '0 1 2' --since=interval --format=csv
	[ "$(grep -c row out.txt)" = 1 ]
	columns row reason exits cycles min_cycles max_cycles | sed 's/[a-z_]*=//g' >got.txt
	want <<-'END'
		group svm hlt 400 50000 90 333
		group svm DE excp 100 20000 150 900
		total  500 70000 90 900
		group svm hlt 997 18446744073709480615  
		group svm cpuid 3 1000 310 350
		total  1000 18446744073709481615  
	END
}

@test "since they were reset: what the kernel says, minimum and maximum too" {
	counters '1 2' --since=reset --format=csv
	columns row reason exits cycles min_cycles avg_cycles max_cycles |
		sed 's/[a-z_]*=//g' >got.txt
	want <<-'END'
		group svm hlt 1397 18446744073709530615 80 13204541212390501 18446744073709000000
		group svm DE excp 100 20000 150 200 900
		group svm cpuid 3 1000 310 333 350
		total  1500 18446744073709551615 80 12297829382473034 18446744073709000000
	END
}

@test "reset meanwhile: said, and nothing is less than 0" {
	for since in start interval; do
		counters '1 2 3' --since=$since --format=jsonl
		says 'note: the counters were reset meanwhile'
		[ "$(grep -c note err.txt)" = 1 ]
		python3 - <<-'END'
			import json
			first, last = map(json.loads, open('out.txt'))
			assert not first['was_reset'] and last['was_reset']
			assert first['of_seconds'] > 0 and last['of_seconds'] is None
			assert last['epoch'] == 4
			assert last['groups'] == [{
			    'reason': 'svm hlt', 'exits': 20, 'cycles': 2000, 'min': 100,
			    'avg': 100, 'max': 100, 'user': 0, 'halted': 0, 'off_cpu': 0,
			    'backwards': None}]
			assert last['total']['exits'] == 20
		END
	done
}

@test "tables say since when, and - where the kernel's minimum is of more exits" {
	counters '1 2'
	prints 'counters: up to epoch 2 report 3; reports that were skipped: 8'
	prints ', since live was started; min and max of all of them, or -; cycles are TSC ticks'
	grep -E '^svm hlt +997 +18446744073709480615 +- +18502250826188044 +- +1 +100000 +1$' out.txt
	grep -E '^svm cpuid +3 +1000 +310 +333 +350 +0 +0 +0$' out.txt
	lacks 'DE excp' out.txt
	counters '0 0' --since=reset
	prints 'counters: no report since they were reset'
	prints 'figures:  since the counters were reset'
	grep -E '^total +0 +0 +- +0 +- ' out.txt
}

@test "metrics: counters since the reset, which promtool takes" {
	counters '1 2' --format=prometheus
	prints 'kvm_exits_total{isa="svm",reason="DE excp"} 100'
	prints 'kvm_exits_total{isa="svm",reason="hlt"} 1397'
	prints 'kvm_exit_time_cycles_total{isa="svm",reason="hlt",part="halted"} 190000'
	prints 'kvm_exit_backwards_total 3'
	prints 'kvm_exit_skipped_reports_total 8'
	cp out.txt metrics.txt
	if command -v promtool; then promtool check metrics <metrics.txt; fi
	counters '1 2' --format=prometheus --output=kvm.prom
	no_output
	diff <(grep -v timestamp metrics.txt) <(grep -v timestamp kvm.prom)
	[ "$(echo kvm.prom*)" = kvm.prom ]
}

# fails TEXT: of the file as it is
fails() {
	analyze 1 live --batch --counters --replay=debugfs --count=1 --interval=20ms
	no_output
	says "$1"
	one_line
}

@test "no such file: why" {
	mkdir debugfs
	fails 'no debugfs/kvm: debugfs is not mounted there, or KVM is not loaded'
	mkdir debugfs/kvm
	fails 'no debugfs/kvm/exit_cycles: this kernel is not patched'
	mkdir debugfs/kvm/exit_cycles
	fails 'cannot read: debugfs/kvm/exit_cycles: Is a directory'
}

@test "not root: said" {
	[ "$(id -u)" = 0 ] || skip 'only root can be somebody else'
	mkdir -p debugfs/kvm
	state 1 >debugfs/kvm/exit_cycles
	chmod 700 debugfs/kvm
	chmod 755 . && cp "$ANALYZER" analyzer
	status=0
	setpriv --reuid=65534 --clear-groups ./analyzer live --batch --counters \
		--replay=debugfs >out.txt 2>err.txt || status=$?
	[ $status = 1 ]
	no_output
	says 'counters take root: run it with sudo'
}

# bad SED TEXT: state 2, altered
bad() {
	state 2 | sed "$1" >debugfs/kvm/exit_cycles
	fails "bad counters: debugfs/kvm/exit_cycles: $2"
}

@test "a file of something else: the line is named" {
	mkdir -p debugfs/kvm
	: >debugfs/kvm/exit_cycles
	fails 'bad counters: debugfs/kvm/exit_cycles: the file is empty'
	bad 's/svm hlt/svm h\x02t/' 'line '
	bad 's/svm hlt/svm h\xfft/' 'line '
	bad '3s/epoch 2/epoch 3/' 'line 3: '
	bad '2s/ user.*//' 'line 2: '
	bad '4s/halted [0-9]*/halted 18446744073709551616/' 'line 4: '
	bad '1s/exits 1500/exits 1501/' 'the exits of all reasons are not those of the total'
	bad '1s/^/x/' 'line 1: "xkvm_exit_cycles'
	bad 's/epoch 2/epoch 0/' 'line 1: '
	bad '$s/$/ more/' 'line 5: '
}

# usage TEXT OPTION...
usage() {
	local text=$1
	shift
	analyze 2 live --replay=debugfs "$@"
	no_output
	says "$text"
}

@test "wrong usage" {
	usage '--by does not go with --counters' --counters --by=vm
	usage '--pid does not go with --counters' --counters --pid=1
	usage '--save does not go with --counters' --save=x --counters
	usage '--since: of --counters, or start and interval on a screen' --batch --since=reset
	usage 'bad since: epoch, expected start, interval or reset' --since=epoch
	usage 'takes no other --since than reset' --counters --format=prometheus --since=start
	usage '--output: of --format=prometheus only' --counters --output=x
}
