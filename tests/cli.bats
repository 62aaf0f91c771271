#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The command line: output, messages and exit statuses.

load cli-helpers

@test "the kernel's log, to the byte, in every kind of file" {
	for kind in plain v6 zstd zlib vmx svm epochs skipped no-exit tsc \
		counter no-stats older-empty; do
		scenario $kind
		analyze 0 trace.dat
		cmp log.txt out.txt
		[ ! -s err.txt ]
	done
}

@test "32 bits: the kernel, or the recorder alone" {
	for kind in i386 i386-v6; do
		scenario $kind
		analyze 0 trace.dat
		cmp log.txt out.txt
	done
	# The file header's size of a long is that of trace-cmd.
	for kind in plain v6; do
		scenario $kind
		printf '\4' | dd of=trace.dat bs=1 seek=13 conv=notrunc status=none
		analyze 0 trace.dat
		cmp log.txt out.txt
	done
}

# What is in "rate" and these two is written as bytes, whatever the byte order.
@test "big-endian: every recording gives the same bytes out" {
	local n=0 kind mode order
	mkdir little big
	for kind in $("$SCENARIO"); do
		[[ $kind != rate* && $kind != odd && $kind != two-epochs-short ]] ||
			continue
		"$SCENARIO" "$kind" little/trace.dat
		MKTRACE_BIG_ENDIAN=1 "$SCENARIO" "$kind" big/trace.dat
		! cmp -s little/trace.dat big/trace.dat
		for mode in --check --format=table '--format=csv --by=detail' \
				--format=time ''; do
			for order in little big; do
				cd $order
				run "$ANALYZER" $mode trace.dat
				echo "$status $output" >out.txt
				cd ..
			done
			diff little/out.txt big/out.txt
		done
		n=$((n + 1))
	done
	[ "$n" -gt 60 ]
}

@test "a byte order that is none" {
	for kind in plain v6; do
		scenario $kind
		printf '\2' | dd of=trace.dat bs=1 seek=12 conv=notrunc status=none
		analyze 1 trace.dat
		no_output
		one_line
		says "bad byte order: trace.dat: 2, expected 0 or 1"
	done
}

@test "the documented pipeline" {
	scenario epochs
	[ "$(wc -l <log.txt)" -gt 200 ]
	run bash -c "cat dmesg.txt | grep -o 'kvm_exit_cycles: epoch .*' |
		diff - <('$ANALYZER' trace.dat)"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	# VMs run on: a block that the log does not have, which grep leaves out.
	scenario unfinished
	run bash -c "cat dmesg.txt | grep -o 'kvm_exit_cycles: epoch .*' |
		diff - <('$ANALYZER' trace.dat 2>err.txt | grep ': epoch ')"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	analyze 0 trace.dat
	prints "kvm_exit_cycles: recorded: "
}

@test "the samples: the kernel's log, to the byte" {
	samples=$BATS_TEST_DIRNAME/../samples
	for name in trace.dat:dmesg.txt vmx.dat:vmx-dmesg.txt; do
		log=$samples/${name#*:}
		analyze 0 "$samples/${name%:*}"
		grep -o 'kvm_exit_cycles: epoch .*' "$log" >log.txt
		[ "$(grep -c ' report [0-9]*: exits ' log.txt)" -ge 20 ]
		cmp log.txt out.txt
		[ ! -s err.txt ]
		analyze 0 --check "$samples/${name%:*}"
		analyze 0 --check="$log" "$samples/${name%:*}"
	done
}

@test "the samples are those whose digests are recorded" {
	cd "$BATS_TEST_DIRNAME/../samples"
	grep -oE '[0-9a-f]{64} .*' README.md >"$BATS_TEST_TMPDIR/digests"
	sha256sum -c "$BATS_TEST_TMPDIR/digests"
	for file in *.dat *dmesg.txt */*.dat */*.data; do
		grep -q " $file\$" "$BATS_TEST_TMPDIR/digests"
	done
}

@test "unfinished: a note and the recorded block, status 0" {
	scenario unfinished
	analyze 0 trace.dat
	proves 12
	prints "kvm_exit_cycles: recorded: exits 1234 cycles "
	says "note: epoch 1: unfinished: 34 exits after the last closed report"
	one_line
}

@test "begun late: exits before, no report, status 3" {
	scenario late
	analyze 3 trace.dat
	proves 0
	says "epoch 1: missing exits: 374 before, 0 lost"
	prints "kvm_exit_cycles: recorded: exits 860 cycles "
}

@test "lossy: what is lost is exact, status 3" {
	scenario lossy
	analyze 3 trace.dat
	says "epoch 1: missing exits: 0 before, 51 lost"
	prints "kvm_exit_cycles: recorded: exits 1183 cycles "
	grep '^kvm_exit_cycles: epoch ' out.txt | grep -vxFf log.txt >wrong.txt || true
	[ ! -s wrong.txt ]
}

@test "kvm_entry alone: all but the last report" {
	scenario entry-only
	analyze 0 trace.dat
	proves 12
	says "epoch 4: assumed to start from zero"
	prints "kvm_exit_cycles: recorded: exits 1234 cycles "
}

@test "counting since before the recording: nothing is proven, status 3" {
	scenario older
	analyze 3 trace.dat
	proves 0
	says "epoch 4: its reports include exits from before the recording"
	prints "kvm_exit_cycles: recorded: exits 1234 cycles "
}

@test "check against the recording's own figures" {
	scenario epochs
	analyze 0 --check trace.dat
	[ "$(tail -n 1 out.txt)" = "check: 103 equal, 0 different, 0 not recorded, 0 only in the recording, 0 cut" ]
	[ "$(grep -c ': equal$' out.txt)" -eq 103 ]
	lacks '^kvm_exit' out.txt
}

@test "check against a log, with every prefix" {
	scenario plain
	sed 's/^\[[^]]*\] //' dmesg.txt >bare.txt
	sed 's/^/[Sun Nov 22 18:45:01 2026] /' bare.txt >dmesg-T.txt
	sed 's/^/Nov 22 18:45:01 host kernel: /' bare.txt >journal.txt
	sed 's/^/Nov 22 18:45:01 host kernel: [   12.345678] /' bare.txt >syslog.txt
	sed 's/^/<6>[   12.345678][    T1] /' bare.txt >caller.txt
	sed 's/^/2026-11-22T18:45:01.123456+00:00 host kernel: /; s/$/\r/' \
		bare.txt >iso.txt
	for log in dmesg.txt bare.txt dmesg-T.txt journal.txt syslog.txt \
		caller.txt iso.txt; do
		analyze 0 --check=$log trace.dat
		prints "check: 13 equal, 0 different, 0 not recorded, 0 only in the recording, 0 cut"
	done
	"$ANALYZER" --check=- trace.dat <dmesg.txt >out.txt
	prints "check: 13 equal,"
}

@test "check: a figure that differs shows both values, status 4" {
	scenario plain
	sed 's/\(report 7: exits 700 cycles \)\([0-9]*\)/\11\2/' dmesg.txt >bad.txt
	analyze 4 --check=bad.txt trace.dat
	prints "check: 12 equal, 1 different,"
	prints "check: epoch 1 report 7: different"
	was=$(sed -n 's/.*report 7: exits 700 cycles \([0-9]*\) .*/\1/p' dmesg.txt)
	prints "total: cycles: kernel 1$was, recording $was"
}

@test "check: each figure of each line counts" {
	scenario plain
	analyze 0 --check=dmesg.txt trace.dat
	for word in exits cycles user halted off_cpu backwards min avg max; do
		line=$(grep -n "report 9:.* $word " dmesg.txt | tail -n 1 | cut -d: -f1)
		sed "${line}s/ $word \([0-9]*\)/ $word 9\1/" dmesg.txt >bad.txt
		analyze 4 --check=bad.txt trace.dat
		prints ": $word: kernel 9"
	done
}

@test "check: a line that is missing or too much differs" {
	scenario plain
	line=$(grep -n 'report 9: svm cpuid' dmesg.txt | cut -d: -f1)
	sed "${line}d" dmesg.txt >bad.txt
	analyze 4 --check=bad.txt trace.dat
	prints "check:   svm cpuid: not in the log"
	lacks 'svm cpuid: exits' out.txt
	sed "${line}s/svm cpuid/svm read_cr0/" dmesg.txt >bad.txt
	analyze 4 --check=bad.txt trace.dat
	prints "check:   svm cpuid: not in the log"
	prints "check:   svm read_cr0: not in the recording"
	sed "${line}p" dmesg.txt >bad.txt
	analyze 4 --check=bad.txt trace.dat
	sed "${line}s/svm cpuid/svm nonsense/" dmesg.txt >bad.txt
	analyze 4 --check=bad.txt trace.dat
	prints "a reason the recording does not name"
}

@test "check: a log that wrapped is compared as far as it goes" {
	scenario plain
	line=$(grep -n 'report 5: svm hlt' dmesg.txt | cut -d: -f1)
	tail -n +"$line" dmesg.txt >wrapped.txt
	analyze 3 --check=wrapped.txt trace.dat
	prints "check: epoch 1 report 5: cut"
	prints "check: 8 equal, 0 different, 0 not recorded, 4 only in the recording, 1 cut"
}

@test "check: the end of a log that is cut within a line" {
	scenario plain
	size=$(stat -c %s dmesg.txt)
	head -c $((size - 30)) dmesg.txt >cut.txt
	analyze 3 --check=cut.txt trace.dat
	says "malformed line in log: cut.txt"
	prints "check: 12 equal, 0 different, 0 not recorded, 0 only in the recording, 1 cut"
}

@test "check: only the last load of the module counts" {
	scenario plain
	{
		sed 's/ exits 1/ exits 7/' dmesg.txt
		cat dmesg.txt
	} >twice.txt
	analyze 0 --check=twice.txt trace.dat
	prints "check: 13 equal,"
	{
		cat dmesg.txt
		echo "[ 9.0] kvm_exit_cycles: counting, interval 500"
	} >reloaded.txt
	analyze 5 --check=reloaded.txt trace.dat
	says "no report after the last load of the module"
	one_line
}

@test "check: a recording begun late, by differences, status 3" {
	scenario late
	analyze 3 --check=dmesg.txt trace.dat
	prints "check: epoch 1 report 6: equal since the report before"
	prints "check: 9 equal, 0 different, 4 not recorded,"
	sed 's/\(report 9: svm io: .* halted \)\([0-9]*\)/\11\2/' dmesg.txt >bad.txt
	analyze 4 --check=bad.txt trace.dat
	prints "check: epoch 1 report 9: different since the report before"
	prints "svm io: halted: kernel"
}

@test "check: nothing to compare, one line, status 5" {
	scenario no-stats
	analyze 5 --check trace.dat
	no_output
	one_line
	says "no kvm_exit_stats events"
	echo "nothing of ours" >other.txt
	analyze 5 --check=other.txt trace.dat
	no_output
	one_line
	says 'other.txt: no line "kvm_exit_cycles: epoch ..."'
}

@test "check: malformed lines of ours are counted and named" {
	scenario plain
	{
		cat dmesg.txt
		echo "kvm_exit_cycles: epoch 1 report 13: svm io: exits 3 cyc"
		echo "kvm_exit_cycles: epoch 1 report 13: exits 99999999999999999999"
		echo "kvm_exit_cycles: epoch x"
	} >bad.txt
	analyze 3 --check=bad.txt trace.dat
	says 'malformed line in log: bad.txt: "kvm_exit_cycles: epoch 1 report 13: svm io: exits 3 cyc"'
	says "malformed lines in log: bad.txt: 3"
}

@test "not a recording: one line each, status 1" {
	echo hello >text
	: >empty
	mkdir folder
	for file in text empty folder missing; do
		analyze 1 $file
		no_output
		one_line
		says "$file"
	done
}

@test "no permission: one line, status 1" {
	[ "$(id -u)" -ne 0 ] || skip "root may read anything"
	scenario plain
	chmod 0 trace.dat
	analyze 1 trace.dat
	no_output
	one_line
}

@test "a log that cannot be read: one line, status 1" {
	scenario plain
	analyze 1 --check=missing.txt trace.dat
	no_output
	one_line
	says "missing.txt: No such file or directory"
}

@test "no kvm events: how to record them, status 1" {
	for kind in no-kvm no-events; do
		scenario $kind
		analyze 1 trace.dat
		no_output
		one_line
		says "trace-cmd record -e kvm"
	done
}

@test "unpatched: one block in ns, what cannot be known on stderr" {
	scenario unpatched
	analyze 0 trace.dat
	[ "$(head -n 1 out.txt)" = "kvm_exit_ns: recorded: exits 3 ns 1250" ]
	[ "$(sed -n 2p out.txt)" = "kvm_exit_ns: recorded: svm cpuid: exits 2 ns 250 min 100 avg 125 max 150" ]
	[ "$(sed -n 3p out.txt)" = "kvm_exit_ns: recorded: svm hlt: exits 1 ns 1000 min 1000 avg 1000 max 1000" ]
	[ "$(wc -l <out.txt)" -eq 3 ]
	says "note: recorded by an unpatched kernel"
	analyze 5 --check trace.dat
	no_output
	one_line
}

@test "unpatched: x86-tsc counts cycles, and so does trace-cmd's tsc2nsec" {
	for clock in tsc tsc2nsec; do
		scenario unpatched-$clock
		analyze 0 trace.dat
		[ "$(head -n 1 out.txt)" = "kvm_exit_cycles: recorded: exits 3 cycles 1250" ]
		prints "kvm_exit_cycles: recorded: svm hlt: exits 1 cycles 1000 min 1000 avg 1000 max 1000"
	done
}

@test "unpatched: clocks that are no time are refused by name" {
	for clock in counter uptime; do
		scenario unpatched-$clock
		analyze 1 trace.dat
		no_output
		one_line
		says "trace clock is no time: trace.dat: $clock"
	done
}

@test "unpatched: clock local and a thread that migrates" {
	scenario unpatched-migrated
	analyze 0 trace.dat
	says "warning: trace clock local is not coherent across CPUs: 1 round trip from"
	scenario unpatched-migrated-mono
	analyze 0 trace.dat
	lacks coherent err.txt
}

@test "unpatched: no interval survives a gap" {
	scenario unpatched-gap
	analyze 3 trace.dat
	[ "$(head -n 1 out.txt)" = "kvm_exit_ns: recorded: exits 1 ns 100" ]
	says "round trips not used, events of theirs may be lost: trace.dat: 1"
}

@test "dropped: what only the kernel's statistics say is a loss, status 3" {
	scenario two-epochs-dropped
	for options in "" "--last" "--by=reason"; do
		# shellcheck disable=SC2086
		analyze 3 $options trace.dat
		lacks "epoch 2 report" out.txt
		[ "$(wc -l <err.txt)" -eq 1 ]
		says "warning: events dropped: trace.dat: cpu 1: 4: nothing says where: record with a larger trace buffer: trace-cmd record -b KIB"
	done
	scenario unpatched-dropped
	for options in "" "--by=reason"; do
		# shellcheck disable=SC2086
		analyze 3 $options trace.dat
		[ "$(grep -c "events dropped: trace.dat: cpu [0-3]: [1-4]: " err.txt)" -eq 4 ]
		says "warning: events dropped: trace.dat: on 2 more CPUs"
		says "warning: which round trips are sound cannot be told: trace.dat: a dropped event may be of any"
	done
	analyze 3 --format=json trace.dat
	grep -q '"dropped_events": 21,' out.txt
	analyze 3 --format=table trace.dat
	prints "lost events: 21"
}

@test "lost: more than 64 bits can count" {
	scenario lost-huge
	analyze 3 --format=json trace.dat
	says "epoch 1: missing exits: 0 before, 18446744073709551613 lost"
	says "epoch 2: missing exits: 0 before, 3 lost"
	grep -qE '"exits_lost": "?18446744073709551615' out.txt
	analyze 3 --format=table --raw trace.dat
	prints "missing: 0 before, 18446744073709551615 lost"
}

@test "names from a file cannot forge lines" {
	scenario forged
	analyze 0 trace.dat
	[ "$(wc -l <out.txt)" -eq 2 ]
	lacks '[^ -~]' out.txt
}

@test "exit_cycles=0: round trips, and a note" {
	scenario off
	analyze 0 trace.dat
	says "no exit was accounted: is the parameter exit_cycles of kvm on?"
	prints "kvm_exit_ns: recorded: exits "
}

@test "a recording that is cut: what is there, status 3" {
	scenario v6
	size=$(stat -c %s trace.dat)
	truncate -s $((size - 20000)) trace.dat
	analyze 3 trace.dat
	says "recording is cut: trace.dat:"
}

@test "standard output that cannot be written, status 1" {
	scenario plain
	status=0
	"$ANALYZER" trace.dat >/dev/full 2>err.txt || status=$?
	[ "$status" -eq 1 ]
	says "cannot write: standard output"
	for option in --help --version --check; do
		status=0
		"$ANALYZER" $option trace.dat >/dev/full 2>err.txt || status=$?
		[ "$status" -eq 1 ]
		one_line
		says "cannot write: standard output: No space left on device"
	done
}

# blocks SELECTION: of the kernel's log, as a Perl condition on $epoch and $report
blocks() {
	perl -ne 'my ($epoch, $report) = /epoch (\d+) report (\d+)/ or next;
		print if '"$1" log.txt >expected.txt
	[ -s expected.txt ]
}

@test "--report: an epoch, or one report of it" {
	scenario epochs
	blocks '$epoch == 2'
	analyze 0 --report=2 trace.dat
	cmp expected.txt out.txt
	blocks '$epoch == 2 && $report == 1'
	analyze 0 --report=2.1 trace.dat
	cmp expected.txt out.txt
	analyze 0 -r 2.1 trace.dat
	cmp expected.txt out.txt
}

@test "--last: the last report, of all or of an epoch" {
	scenario epochs
	last=$(tail -n 1 log.txt | sed 's/^.*epoch \([0-9]*\) .*/\1/')
	number=$(tail -n 1 log.txt | sed 's/^.*report \([0-9]*\):.*/\1/')
	blocks "\$epoch == $last && \$report == $number"
	analyze 0 --last trace.dat
	cmp expected.txt out.txt
	number=$(sed -n 's/^.*epoch 1 report \([0-9]*\):.*/\1/p' log.txt | tail -n 1)
	blocks "\$epoch == 1 && \$report == $number"
	analyze 0 --last --report=1 trace.dat
	cmp expected.txt out.txt
	# Of an unfinished recording, no block of what is recorded.
	scenario unfinished
	analyze 0 -l trace.dat
	[ "$(grep -c ': exits .* backwards ' out.txt)" -eq 1 ]
	lacks recorded out.txt
}

@test "--last and --report where there is none: one line, status 1" {
	scenario plain
	for option in --report=7 --report=1.1000; do
		analyze 1 $option trace.dat
		no_output
		one_line
		says "no such report is proven: trace.dat: proven: epoch 1, reports 1 to 13"
	done
	scenario skipped
	analyze 1 --report=9 trace.dat
	says "proven: epoch 1, reports 1 to 2, 4 to 5, 10, 13"
	scenario epochs
	analyze 1 --last --report=1.77 trace.dat
	says "epoch 34, report 1; epoch 35, reports 1 to 80"
	scenario late
	analyze 1 --last trace.dat
	no_output
	says "no such report is proven: trace.dat: proven: none: all count exits from before the recording"
	says "once it runs: echo reset > /sys/kernel/debug/kvm/exit_cycles"
	scenario unpatched
	for option in --last --report=1; do
		analyze 1 $option trace.dat
		no_output
		one_line
		says "no reports: trace.dat: recorded by an unpatched kernel: round trips are shown by --format=table"
	done
}

@test "--jobs: the same output" {
	for kind in epochs zstd lossy late unpatched older; do
		scenario $kind
		"$ANALYZER" -j1 trace.dat >one.txt 2>&1 || true
		for jobs in 2 3 32; do
			"$ANALYZER" --jobs=$jobs trace.dat >more.txt 2>&1 || true
			cmp one.txt more.txt
		done
	done
}

@test "arguments out of range: status 2" {
	scenario plain
	for option in --jobs=0 --jobs=33 --jobs=x -j-1 --jobs=1.5 --report=x \
		--report=1. --report=1.0 --report=.1 --report=-1 --report=1.2.3 \
		--report=4294967296 "--report= 1" --report=; do
		analyze 2 "$option" trace.dat
		no_output
	done
	for option in --last --report=1; do
		analyze 2 --check $option trace.dat
		no_output
		says "--check compares all reports"
	done
}

@test "usage: status 2, nothing on stdout" {
	for args in "" "a b" "--unknown a" "-x a" "--help=x"; do
		# shellcheck disable=SC2086
		analyze 2 $args
		no_output
		says "see: analyzer --help"
	done
}

@test "no file named: trace.dat, if there is one" {
	for args in '' -l --format=table --check; do
		rm -f trace.dat
		# shellcheck disable=SC2086
		analyze 2 $args
		no_output
		says "no recording given, and there is no trace.dat here"
		scenario plain
		# shellcheck disable=SC2086
		analyze 0 $args trace.dat
		cp out.txt want.txt
		# shellcheck disable=SC2086
		analyze 0 $args
		cmp out.txt want.txt
	done
	analyze 0 --check=dmesg.txt
}

@test "usage: a value that an option needs, or does not take" {
	scenario plain
	while IFS='|' read -r args message; do
		# shellcheck disable=SC2086
		analyze 2 $args
		no_output
		says "analyzer: $message"
		[ "$(wc -l <err.txt)" -eq 2 ]
	done <<-'END'
		trace.dat --by|option needs a value: --by
		trace.dat --from|option needs a value: --from
		trace.dat -b|option needs a value: -b
		trace.dat -lr|option needs a value: -r
		--last=3 trace.dat|option takes no value: --last
		--las=3 trace.dat|option takes no value: --last
		--help=x|option takes no value: --help
		--unknown=3 trace.dat|bad option: --unknown=3
		--unknown trace.dat|bad option: --unknown
		-x trace.dat|bad option: -x
		--fo=table trace.dat|ambiguous option: --fo=table: it may be --format, --formats
		--re trace.dat|ambiguous option: --re: it may be --report, --reason
		-c dmesg.txt trace.dat|more than one recording given: dmesg.txt, trace.dat: is one of them a log: --check=dmesg.txt?
		--check=dmesg.txt a b|more than one recording given: a, b
		-ctrace.dat|no recording given: trace.dat is taken for a log
		--check=trace.dat|no recording given: trace.dat is taken for a log
	END
}

@test "-cLOG is --check=LOG" {
	scenario plain
	analyze 0 --check=dmesg.txt trace.dat
	cp out.txt long.txt
	analyze 0 -cdmesg.txt trace.dat
	cmp long.txt out.txt
	analyze 0 --check trace.dat
	cp out.txt long.txt
	analyze 0 -c trace.dat
	cmp long.txt out.txt
}

@test "help fits a screen, has examples" {
	analyze 0 --help
	[ ! -s err.txt ]
	[ "$(wc -l <out.txt)" -le 50 ]
	[ "$(wc -L <out.txt)" -le 80 ]
	prints "Examples:"
	mv out.txt help.txt
	analyze 0 -h
	cmp help.txt out.txt
}

@test "installed, the program goes by that name" {
	ln -s "$ANALYZER" kvm-exit-cycles
	./kvm-exit-cycles --help >out.txt
	[ "$(wc -L <out.txt)" -le 80 ]
	prints "Usage: kvm-exit-cycles "
	lacks analyzer out.txt
	./kvm-exit-cycles --version | grep -q '^kvm-exit-cycles '
	./kvm-exit-cycles 2>err.txt || [ $? -eq 2 ]
	says "kvm-exit-cycles: no recording given"
	says "kvm-exit-cycles: see: kvm-exit-cycles --help"
	lacks analyzer err.txt
}

@test "version" {
	analyze 0 --version
	grep -qE '^analyzer [0-9]+\.[0-9]+' out.txt
	mv out.txt version.txt
	analyze 0 -V
	cmp version.txt out.txt
}

@test "help and man page list the same options and statuses" {
	page=$BATS_TEST_DIRNAME/../docs/kvm-exit-cycles.1
	"$ANALYZER" --help | grep -oE -- '(^|[ ,])--?[a-zA-Z][a-z-]*' |
		tr -d ' ,' | sort -u | grep -vx -- '-e' >help.txt
	# Options are the tagged paragraphs of section OPTIONS.
	sed -n '/^\.SH OPTIONS/,/^\.SH [^O]/p' "$page" |
		awk '/^\.BR/ && before == ".TP" { print } { before = $0 }' |
		sed 's/\\-/-/g' | grep -oE -- '--?[a-zA-Z][a-z-]*' | sort -u >man.txt
	diff help.txt man.txt
	for status in 0 1 2 3 4 5 7 130; do
		sed -n '/^\.SH EXIT STATUS/,/^\.SH [^E]/p' "$page" |
			grep -qx "\.B $status"
	done
}

@test "the man page has every column that --sort takes, and every view" {
	page=$BATS_TEST_DIRNAME/../docs/kvm-exit-cycles.1
	scenario plain
	sed -n '/sort =/,/\.TP/p' "$page" | tr -cs 'a-z0-9_' '\n' >words.txt
	for view in exits time; do
		analyze 2 --view=$view --sort=? trace.dat
		sed -n 's/.*expected one of //p' err.txt | tr -d ' ' | tr , '\n'
	done | sort -u >columns.txt
	[ "$(wc -l <columns.txt)" -gt 30 ]
	while read -r column; do
		grep -qx "${column%_percent}" words.txt || { echo "$column"; return 1; }
	done <columns.txt
	for text in "$page" <("$ANALYZER" --help); do
		grep -A 3 -- 'view *=' "$text" >view.txt
		for view in exits time list reports; do
			grep -q $view view.txt
		done
	done
}

@test "the man page is well formed" {
	command -v groff >/dev/null || skip "no groff: apt-get install groff-base"
	groff -man -ww -Tascii -P-c -P-b -P-o -P-u \
		"$BATS_TEST_DIRNAME/../docs/kvm-exit-cycles.1" >page.txt 2>err.txt
	[ ! -s err.txt ]
	grep -q "EXIT STATUS" page.txt
}

@test "install puts program and man page where DESTDIR and PREFIX say" {
	make -s -C "$BATS_TEST_DIRNAME/../analyzer" install \
		O="$(dirname "$ANALYZER")" DESTDIR="$PWD/root" PREFIX=/opt \
		CC="${BUILD_CC:-gcc}" SAN="${BUILD_SAN:-}" WERROR=1
	root/opt/bin/kvm-exit-cycles --version
	[ -f root/opt/share/man/man1/kvm-exit-cycles.1 ]
}

@test "make says which package is missing, and what installs it" {
	cat >pkg-config <<-'END'
		#!/bin/sh
		case $* in
		"--exists libzstd" | "--exists jansson")	exit 1 ;;
		esac
	END
	chmod +x pkg-config
	for tool in "$PWD/pkg-config" no-pkg-config; do
		run make -C "$BATS_TEST_DIRNAME/../analyzer" O="$PWD/objects" PKG="$tool"
		[ "$status" -eq 2 ]
		[ ! -e objects ]
		echo "$output" | grep -qE "missing: (jansson libzstd|no-pkg-config);"
		echo "$output" | grep -q '/scripts/install-deps build'
	done
	make -C "$BATS_TEST_DIRNAME/../analyzer" clean O="$PWD/objects" PKG=no-pkg-config
}

# One file for each case, written with UPDATE=1 and then read by a person.
@test "golden: output, messages and status" {
	for golden in "$BATS_TEST_DIRNAME"/golden/*.txt; do
		name=$(basename "$golden" .txt)
		scenario "${name%%.*}"
		arguments=trace.dat
		case $name in
		*.check)	arguments="--check trace.dat" ;;
		*.log)		arguments="--check=dmesg.txt trace.dat" ;;
		esac
		# shellcheck disable=SC2086
		compare_golden "$golden" $arguments
	done
}

@test "analyzer/README.md names every source file" {
	cd "$BATS_TEST_DIRNAME/../analyzer" || return
	find . -name '*.[ch]' >"$BATS_TEST_TMPDIR/files"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/files")" -gt 100 ]
	while read -r file; do
		name=$(basename "${file%.*}")
		grep -q "\`${name%%-*}[\`*]" README.md || echo "not named: $file"
	done <"$BATS_TEST_TMPDIR/files" >"$BATS_TEST_TMPDIR/unnamed"
	cat "$BATS_TEST_TMPDIR/unnamed"
	[ ! -s "$BATS_TEST_TMPDIR/unnamed" ]
}

# One file for each case, written with UPDATE=1 and then read by a person.
@test "golden: reports as table, CSV and JSON" {
	for golden in "$BATS_TEST_DIRNAME"/golden/*.reports; do
		name=$(basename "$golden" .reports)
		recording "${name%%.*}"
		compare_golden "$golden" --view=reports --format="${name##*.}" \
			$([[ $name != sample* ]] || echo --last) trace.dat
	done
}

# grammar FILE: CSV of reports as the lines of reports
grammar() {
	python3 - "$1" <<-'END'
		import csv, sys
		rows = list(csv.DictReader(open(sys.argv[1], newline="")))
		stamped = "user_cycles" in rows[0]
		unit = "cycles" if "cycles" in rows[0] else "ns"
		def part(row, name, key=None):
		    value = row[key or name + "_" + unit]
		    return f" {name} {value or '-'}"
		blocks = []
		for row in rows:
		    if row["row"] not in ("group", "total"):
		        continue
		    which = "recorded"
		    if row["block"] == "proven":
		        which = f"epoch {row['epoch']} report {row['report']}"
		    line = part(row, "exits", "exits") + part(row, unit, unit)
		    if row["row"] == "group":
		        line += part(row, "min") + part(row, "avg") + part(row, "max")
		    if stamped:
		        line += part(row, "user") + part(row, "halted") + part(row, "off_cpu")
		        if row["row"] == "total":
		            line += part(row, "backwards", "backwards")
		    if row.get("timed", row["exits"]) != row["exits"]:
		        line += part(row, "timed", "timed")
		    name = f" {row['reason']}:" if row["row"] == "group" else ""
		    line = f"kvm_exit_{unit}: {which}:{name}{line}"
		    if not blocks or blocks[-1][0] != which:
		        blocks.append((which, []))
		    blocks[-1][1].insert(0 if row["row"] == "total" else len(blocks[-1][1]), line)
		for which, lines in blocks:
		    print(*lines, sep="\n")
	END
}

@test "reports in CSV have all figures of their lines" {
	for kind in sample sample-vmx sample-unpatched two-epochs late lossy \
		unfinished odd svm off unpatched exit-only; do
		case $kind in
		exit-only)	cp "$BATS_TEST_DIRNAME/cases/exit-only.dat" trace.dat ;;
		two-epochs)	scenario plain ;;
		*)		recording $kind ;;
		esac
		for options in "" --last --report=1; do
			status=0
			# shellcheck disable=SC2086
			"$ANALYZER" $options trace.dat >reports.txt 2>reports.err ||
				status=$?
			# shellcheck disable=SC2086
			analyze $status $options --view=reports --format=csv trace.dat
			diff reports.err err.txt
			[ ! -s reports.txt ] || [ $status -eq 1 ] ||
				grammar out.txt | diff reports.txt -
		done
	done
}

@test "reports in JSON have the figures of CSV, and follow the schema" {
	/usr/bin/python3 -c 'import jsonschema' ||
		skip "no jsonschema: apt-get install python3-jsonschema"
	for kind in sample late lossy sample-unpatched off; do
		recording $kind
		"$ANALYZER" --view=reports --format=csv trace.dat >out.csv 2>err.txt || :
		"$ANALYZER" --view=reports --format=json trace.dat >out.json 2>err.txt || :
		"$BATS_TEST_DIRNAME/validate" "$BATS_TEST_DIRNAME/../docs/schema.json" \
			out.json
		python3 - <<-'END'
			import csv, json
			rows = list(csv.DictReader(open("out.csv", newline="")))
			doc = json.load(open("out.json"))
			got = []
			for block in doc["blocks"]:
			    labels = {k: v for k, v in block.items()
			              if k not in ("total", "reasons")}
			    for kind, lines in (("group", block["reasons"]),
			                        ("total", [block["total"]])):
			        for line in lines:
			            got.append({"row": kind, **labels, **line})
			want = [r for r in rows if r["row"] in ("group", "total")]
			assert len(got) == len(want) > 1
			for g, w in zip(got, want):
			    for key, value in g.items():
			        name = next(n for n in (key, key + "_" + doc["unit"]) if n in w)
			        assert w[name] == ("" if value is None else str(value)), (g, w)
			rest = {r["row"]: r["exits"] for r in rows if r not in want}
			losses = doc["losses"]
			assert rest == ({"before": str(losses["exits_before"]),
			                 "lost": str(losses["exits_lost"])}
			                if doc["recording"]["stamped"] else
			                {"unused": str(losses["round_trips_unused"])}), rest
		END
	done
}

@test "reports as a view: wrong usage" {
	recording late
	while IFS='|' read -r options text; do
		# shellcheck disable=SC2086
		analyze 2 $options trace.dat
		says "$text"
		no_output
	done <<-'END'
		--view=reports --by=vm|reports are of all exits, by reason: not with --by
		--view=reports --format=csv --top=3|not with --top
		--view=reports --histogram|not with --histogram
		--view=reports --format=json --vcpu=1|not with --vcpu
		--view=reports --list|--list is of single exits: not with --view=reports
		--view=reports --format=time|not with --view=reports
		--view=reports --check|--check is about reports: not with --view
		--last --format=csv|--last is about reports: not with --format, unless there is --view=reports
	END
	analyze 3 trace.dat
	cp out.txt reports.txt
	for options in "--view=reports" "--view=reports --format=reports" \
		"--format=reports"; do
		# shellcheck disable=SC2086
		analyze 3 $options trace.dat
		diff reports.txt out.txt
	done
}
