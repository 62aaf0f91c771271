#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# perf.data: mkperf writes what perf would have recorded of the events of a
# trace.dat, so that both have to give the same bytes out.  perf itself, where it
# is installed, says whether it reads the same events there.

load cli-helpers

# The ways to record that perf 6.1 reads, too
FORMS=('' pipe zstd 'pipe zstd' callchain read threads mixed attr=64
	'attr=112 turn=1' folder 'folder zstd threads mixed' rounds
	'rounds zstd turn=9' 'rounds pipe zstd')

# mkperf TRACE.DAT PERF.DATA WORD...: in place of the file, or folder, PERF.DATA
mkperf() {
	rm -rf "$2"
	"$MKPERF" "$@"
}

# without_clock FILE: as perf's clock is called perf, trace-cmd's as in the file, and
# each has its own way to record what is missing
without_clock() {
	sed -E -i 's/"clock": "[a-z_]+"/"clock"/; s/trace clock [a-z_]+/clock/
		s/(record with(: another one, e\.g\.)?): .*/\1/
		/is not coherent across CPUs/d' "$1"
}

# samples FILE: how many a file in pipe form has
samples() {
	perl -e '
		open(my $f, "<:raw", $ARGV[0]) or die;
		my $all = do { local $/; <$f> };
		my ($n, $at) = (0, 16);
		while ($at < length($all)) {
			my ($type, $size) = unpack("Vx2vV", substr($all, $at, 12));
			$n++ if $type == 9;
			$at += (unpack("V", substr($all, $at + 8, 4)) + 7) & ~7
				if $type == 66;
			$at += $size;
		}
		print $n;' "$1"
}

# same_as_trace MODE...: trace.dat and perf.data give the same
same_as_trace() {
	local file status
	for file in trace perf; do
		mkdir -p $file
		mv $file.dat $file/recording
		status=0
		(cd $file && "$ANALYZER" "$@" recording >out.txt 2>err.txt) ||
			status=$?
		echo "status $status" >>$file/out.txt
		mv $file/recording $file.dat
		without_clock $file/out.txt
		without_clock $file/err.txt
	done
	diff trace/out.txt perf/out.txt
	diff trace/err.txt perf/err.txt
}

@test "each form, the bytes of the same trace.dat" {
	local kind form
	for kind in plain late no-exit unpatched-vmx unpatched-inside where \
			older-svm long-codes; do
		"$SCENARIO" $kind trace.dat
		for form in "${FORMS[@]}" zstd2 plain attr=136 \
				'pipe zstd2 mixed threads turn=7 read callchain' \
				'folder zstd2 threads turn=7' 'folder plain'; do
			# shellcheck disable=SC2086
			mkperf trace.dat perf.dat $form
			same_as_trace --format=csv --by=detail
		done
		same_as_trace
		same_as_trace --check
		same_as_trace --format=time
		same_as_trace --list --format=json
	done
}

# alter FILE EVERY CODE: what perl CODE makes of each so-manieth sample, $r, of a
# file in pipe form; what it gives the record to have
alter() {
	perl -e '
		my ($path, $every, $code) = @ARGV;
		my ($n, $at, $out) = (0, 16);
		open(my $f, "<:raw", $path) or die;
		my $all = do { local $/; <$f> };
		$out = substr($all, 0, 16);
		while ($at < length($all)) {
			my ($type, $misc, $size) = unpack("VvvV", substr($all, $at, 12));
			my $r = substr($all, $at, $size);
			$at += $size;
			if ($type == 66) {
				$size = (unpack("V", substr($r, 8)) + 7) & ~7;
				$r .= substr($all, $at, $size);
				$at += $size;
			} elsif ($type == 9 && ++$n % $every == 0) {
				eval "$code; 1" or die $@;
				substr($r, 6, 2) = pack("v", length($r));
			}
			$out .= $r;
		}
		open($f, ">:raw", $path) or die;
		print $f $out;' "$@"
}

@test "samples that are not like most, among those that are" {
	local kind every
	for kind in plain where unpatched-inside; do
		"$SCENARIO" $kind trace.dat
		for every in 1 2 3 7; do
			"$MKPERF" trace.dat perf.dat pipe
			# Something behind the raw data
			alter perf.dat $every '$r .= "\xff" x 8'
			same_as_trace
			same_as_trace --format=csv --by=detail
			"$MKPERF" trace.dat perf.dat pipe
			# Between them, a record of no known type
			alter perf.dat $every '$r .= pack("Vvvx8", 4711, 0, 16);
				substr($r, 6, 2) = pack("v", length($r) - 16);
				$out .= $r; $r = substr($out, -16, 16, "")'
			same_as_trace
		done
	done
}

@test "a sample whose raw data exceed it is lost, and those around it are not" {
	cp "$BATS_TEST_DIRNAME/../samples/trace.dat" trace.dat
	"$MKPERF" trace.dat perf.dat pipe
	alter perf.dat 20000 'substr($r, 56, 4) = pack("V", 0xfffffffc)'
	analyze 3 perf.dat
	says "trace buffer overrun: $(($(samples perf.dat) / 20000)) events were lost"
}

@test "a recording of 36000 exits, at any number of threads" {
	local threads
	cp "$BATS_TEST_DIRNAME/../samples/trace.dat" trace.dat
	for form in '' zstd 'zstd threads' folder 'folder zstd threads' rounds \
			'rounds zstd' 'rounds pipe zstd2 turn=1000'; do
		# shellcheck disable=SC2086
		mkperf trace.dat perf.dat $form
		for threads in 1 2 7; do
			same_as_trace -j $threads
			same_as_trace -j $threads --format=csv --by=vcpu,reason
		done
		same_as_trace --check
	done
}

# unannounced FILE: one in pipe form, without what says which CPUs were recorded: all
# of it is looked at before it is read
unannounced() {
	perl -e '
		open(my $f, "<:raw", $ARGV[0]) or die;
		my $all = do { local $/; <$f> };
		my $at = 16;
		while ($at < length($all)) {
			my ($type, undef, $size, $more) = unpack("VvvV", substr($all, $at, 12));
			substr($all, $at, 4) = pack("V", 79) if $type == 69;
			$at += (($more + 7) & ~7) if $type == 66;
			$at += $size;
		}
		print $all;' "$1"
}

# read_once TRACE.DAT EVERY...
read_once() {
	local cpu='substr($r, 40, 4)' time='substr($r, 32, 8)' code threads every
	local from=$1
	shift
	for code in '' \
		"$cpu = pack('V', 77)" \
		"$cpu = pack('V', 70000)" \
		"$cpu = pack('V', 0)" \
		"$time = pack('Q<', unpack('Q<', $time) - 1000000)" \
		"$time = pack('Q<', unpack('Q<', $time) + 100000000)" \
		"\$out .= pack('VvvQ<Q<VVa8a4VQ<', 2, 0, 56, 1000, 3, 0, 7, $time, $cpu, 0, 1000)" \
		"\$out .= pack('VvvQ<Q<', 2, 0, 24, 1000, 3)" \
		"\$out .= pack('VvvQ<Q<VVQ<VVQ<', 13, 0, 56, 5, 0, 7, 0, 0, 0, 1000)" \
		"\$out .= pack('VvvQ<Q<Q<Q<Q<', 69, 0, 48, 1, 1000, 0, 5, 0)" \
		"\$r .= pack('Vvv', 68, 0, 8); substr(\$r, 6, 2) = pack('v', length(\$r) - 8); \$out .= \$r; \$r = substr(\$out, -8, 8, '')" \
		"substr(\$r, 8, 8) = pack('Q<', 9)" \
		"substr(\$r, 0, 4) = pack('V', 3)"; do
		for every in "$@"; do
			"$MKPERF" "$from" perf.dat pipe rounds
			[ -z "$code" ] || alter perf.dat $every "$code"
			unannounced perf.dat >all.dat
			run "$ANALYZER" -j1 all.dat
			echo "$status ${output//all.dat/perf.dat}" >want.txt
			for threads in 1 3; do
				run "$ANALYZER" -j$threads perf.dat
				echo "$status $output" | diff want.txt -
			done
		done
	done
}

@test "read once: the same as with a look at all of it before" {
	read_once "$BATS_TEST_DIRNAME/../samples/trace.dat" 50000
}

@test "read once, without stamps: likewise" {
	read_once "$BATS_TEST_DIRNAME/../samples/unpatched.dat" 10000
}

@test "VMs are processes; threads and processes have names" {
	"$SCENARIO" unpatched trace.dat
	for form in '' pipe zstd threads folder; do
		# shellcheck disable=SC2086
		mkperf trace.dat perf.data pid=4711 $form
		analyze 0 --format=csv --by=vcpu perf.data
		# Both threads say that they run vCPU 0.
		columns row vm vm_name vcpu exits >got.txt
		grep -qx 'row=group vm=4711 vm_name=qemu-kvm vcpu=0 exits=3' got.txt
		analyze 0 --format=csv --by=vm,thread --vm=4711 --thread=8 perf.data
		columns row vm vm_name thread thread_name exits >got.txt
		grep -qx 'row=group vm=4711 vm_name=qemu-kvm thread=8 thread_name=qemu exits=1' \
			got.txt
		analyze 0 --format=csv --vm=4712 perf.data
		columns row exits | grep -qx 'row=total exits=0'
		analyze 0 --format=table perf.data
		prints "2 vCPU threads of 1 VM, on"
	done
	# A state keeps the names.
	analyze 0 --format=state --output=one.state perf.data
	analyze 0 --format=csv --by=vcpu one.state
	cp out.txt state.txt
	analyze 0 --format=csv --by=vcpu perf.data
	diff state.txt out.txt
}

@test "big-endian: the same bytes as little-endian" {
	local kind form mode
	mkdir little big
	for kind in plain unpatched-vmx where lossy; do
		"$SCENARIO" $kind little.dat
		MKTRACE_BIG_ENDIAN=1 "$SCENARIO" $kind big.dat
		for form in '' 'pipe zstd' 'zstd2 threads callchain read mixed' \
				'folder zstd'; do
			# shellcheck disable=SC2086
			mkperf little.dat little/perf.data $form
			# shellcheck disable=SC2086
			mkperf big.dat big/perf.data $form
			run diff -rq little/perf.data big/perf.data
			[ "$status" = 1 ]
			for mode in '' --check '--format=csv --by=detail'; do
				for order in little big; do
					cd $order
					# shellcheck disable=SC2086
					run "$ANALYZER" $mode perf.data
					echo "$status $output" >out.txt
					cd ..
				done
				diff little/out.txt big/out.txt
			done
		done
	done
}

@test "perf script reads the same events" {
	command -v perf && command -v trace-cmd || skip "no perf, or no trace-cmd"
	local form
	"$SCENARIO" plain trace.dat
	trace-cmd report -t trace.dat 2>/dev/null |
		sed -nE 's/^.*(\[[0-9]+\]) +([0-9.]+:) +([a-z_]+):.*/\1 \2 \3/p' |
		sort >want.txt
	[ "$(wc -l <want.txt)" -gt 2000 ]
	for form in "${FORMS[@]}"; do
		# shellcheck disable=SC2086
		mkperf trace.dat perf.dat $form
		perf script -f --ns -F cpu,time,event -i perf.dat 2>/dev/null |
			sed -E 's/ +/ /g; s/^ //; s/ kvm:/ /; s/: ?$//' |
			grep -v cpu-clock | sort >got.txt
		diff want.txt got.txt
	done
}

@test "loss: how many, and no interval across it" {
	local form
	"$SCENARIO" unpatched-gap trace.dat
	"$MKPERF" trace.dat perf.dat
	# In places that nobody counted, trace.dat says; perf counts one each.
	analyze 3 perf.dat
	says "events lost, counted: perf.dat: 1"
	cp out.txt got.txt
	analyze 3 trace.dat
	diff out.txt got.txt
	"$SCENARIO" lossy trace.dat
	for form in '' folder 'folder zstd threads'; do
		# shellcheck disable=SC2086
		mkperf trace.dat perf.dat $form
		analyze 3 perf.dat
		says "trace buffer overrun: 5 events were lost"
		cp out.txt got.txt
		analyze 3 trace.dat
		diff out.txt got.txt
	done
}

@test "what was lost behind the last record of a CPU" {
	"$SCENARIO" unpatched trace.dat
	for form in '' zstd folder; do
		# shellcheck disable=SC2086
		mkperf trace.dat perf.dat tail=77 $form
		analyze 3 --format=json perf.dat
		grep -q '"losses":.*"events": 77,' out.txt
		analyze 0 --format=json trace.dat
		grep -q '"losses":.*"events": 0,' out.txt
	done
	# It is not known of which CPU.
	mkperf trace.dat perf.dat tail=77 plain
	analyze 3 --format=json perf.dat
	grep -q '"losses":.*"events": 77,' out.txt
}

# damage FILE TENTH: so far into the compressed records of FILE, one begins with a
# block of the type that zstd has reserved
damage() {
	perl -e '
		my ($path, $tenth) = @ARGV;
		open(my $f, "+<:raw", $path) or die;
		read($f, my $head, 48);
		my $pipe = unpack("Q<", substr($head, 8, 8)) == 16;
		my $at = $pipe ? 16 : unpack("Q<", substr($head, 40, 8));
		my @packed;
		while (seek($f, $at, 0) && read($f, my $rec, 12) == 12) {
			my ($type, undef, $size, $more) = unpack("L<S<S<L<", $rec);
			last if $size < 8;
			push(@packed, $at + ($type == 83 ? 16 : 8))
				if $type == 81 || $type == 83;
			$at += $size + ($pipe && $type == 66 ? $more : 0);
		}
		@packed > 10 or die "few compressed records";
		seek($f, $packed[@packed * $tenth / 10], 0);
		print $f "\xff" x 8;' "$1" "$2"
}

@test "compressed data that are damaged: read up to there" {
	local form tenth exits all last
	cp "$BATS_TEST_DIRNAME/../samples/trace.dat" trace.dat
	all=$("$ANALYZER" --format=csv --by=vm trace.dat | awk -F, '$1 == "total" { print $4 }')
	[ "$all" -gt 1000 ]
	for form in zstd 'pipe zstd2'; do
		last=$all
		for tenth in 8 5; do
			# shellcheck disable=SC2086
			"$MKPERF" trace.dat perf.dat $form
			damage perf.dat $tenth
			analyze 3 --format=csv --by=vm perf.dat
			says "cannot decompress: perf.dat: at 0x"
			says "recording is cut: perf.dat"
			exits=$(awk -F, '$1 == "total" { print $4 }' out.txt)
			# Most of what lies before is there.
			[ "$exits" -lt "$last" ]
			[ "$exits" -gt $((all * (tenth - 2) / 10)) ]
			last=$exits
		done
	done
}

@test "unfinished: read up to its end, with formats of another recording" {
	"$SCENARIO" plain trace.dat
	"$MKPERF" trace.dat whole.data
	"$MKPERF" trace.dat perf.data unfinished
	analyze 1 perf.data
	no_output
	one_line
	says "unfinished recording: perf.data: its event formats are missing: name a recording with the same events by --formats"
	for formats in trace.dat whole.data; do
		analyze 3 --formats=$formats perf.data
		says "unfinished recording: perf.data: its recorder did not complete it"
		cp out.txt got.txt
		analyze 0 whole.data
		diff out.txt got.txt
	done
}

# Formats of another recording, which has more events: its attrs say which are here.
@test "unfinished: what was not recorded stays unknown" {
	"$SCENARIO" where-blind trace.dat
	"$SCENARIO" where more.dat
	"$MKPERF" trace.dat perf.data unfinished
	analyze 0 --view=time --format=csv trace.dat
	sed '/^lost/d' out.txt >want.txt
	analyze 3 --view=time --format=csv --formats=more.dat perf.data
	sed '/^lost/d' out.txt | diff want.txt -
	says "not recorded: kvm_fpu kvm_userspace_exit kvm_vcpu_wakeup sched_switch"
	"$SCENARIO" unpatched-inside trace.dat
	"$SCENARIO" unpatched-levels more.dat
	"$MKPERF" trace.dat perf.data unfinished
	analyze 3 --by=level --format=csv --formats=more.dat perf.data
	says "levels of exits are unknown"
}

@test "cut: what is missing, and how many bytes" {
	"$SCENARIO" plain trace.dat
	"$MKPERF" trace.dat perf.data pipe
	truncate -s -5000 perf.data
	analyze 3 perf.data
	says "bad record: perf.data: at 0x"
	says "recording is cut: perf.data: "
	"$MKPERF" trace.dat perf.data
	truncate -s 200000 perf.data
	analyze 3 --formats=trace.dat perf.data
	says "recording is cut: perf.data: "
}

@test "a folder that is not whole" {
	"$SCENARIO" plain trace.dat
	analyze 0 trace.dat
	cp out.txt want.txt
	"$MKPERF" trace.dat whole folder
	"$MKPERF" trace.dat zstd folder zstd
	for kind in whole zstd; do
		# One of the files is missing: the last, which the records name, or one
		# before
		for n in 1 0; do
			cp -r $kind perf.data
			rm perf.data/data.$n
			analyze 1 perf.data
			no_output
			one_line
			says "missing: perf.data/data.$n: some of the events are in it: copy all files of perf.data"
			rm -r perf.data
		done
		# One is cut.
		cp -r $kind perf.data
		truncate -s -20 perf.data/data.1
		analyze 3 perf.data
		says "perf.data/data.1"
		says "recording is cut: perf.data: "
		rm -r perf.data
	done
	cp -r whole perf.data
	truncate -s -20 perf.data/data.1
	analyze 3 perf.data
	says "bad record: perf.data/data.1: at 0x"
	# All of them
	rm perf.data/data.*
	analyze 1 perf.data
	one_line
	says "missing: perf.data/data.0: "
	# That the file with the header is named, or copied, alone
	for file in whole/data data; do
		cp -f whole/data data
		analyze 1 $file
		no_output
		one_line
		says "no events in $file: they are in other files: name the folder in which perf record --threads wrote it"
	done
	# A file is none.
	mkdir perf.data/data.0 perf.data/data.1
	analyze 1 perf.data
	one_line
	says "not a file: perf.data/data.0: perf record --threads wrote records to it"
	# More of them than a process may open
	for n in $(seq "$(find whole -name 'data.*' | wc -l)" 60); do
		: >whole/data.$n
	done
	(ulimit -n 40 && analyze 1 whole)
	one_line
	says "cannot open: whole/data."
	says "Too many open files: allow more: ulimit -n"
	analyze 0 whole
	diff want.txt out.txt
	# The header is cut.
	rm -r perf.data
	cp -r whole perf.data
	truncate -s 50 perf.data/data
	analyze 1 perf.data
	one_line
	says "truncated: perf.data/data: "
	# Another version: the last section is of the feature DIR_FORMAT.
	rm -r perf.data
	cp -r whole perf.data
	printf '\2' | dd of=perf.data/data bs=1 conv=notrunc status=none \
		seek=$(($(stat -c %s perf.data/data) - 8))
	analyze 1 perf.data
	one_line
	says "unknown version of a folder of perf: perf.data: 2, expected 0 or 1"
	# perf was killed: formats are those of another recording.
	"$MKPERF" trace.dat killed folder unfinished
	analyze 1 killed
	one_line
	says "unfinished recording: killed: its event formats are missing: name a recording with the same events by --formats"
	analyze 3 --formats=whole killed
	says "unfinished recording: killed: its recorder did not complete it"
	diff want.txt out.txt
}

@test "a folder of perf record --kcore: all is in its file" {
	"$SCENARIO" plain trace.dat
	analyze 0 trace.dat
	cp out.txt want.txt
	mkdir -p perf.data/kcore_dir
	"$MKPERF" trace.dat perf.data/data
	analyze 0 perf.data
	diff want.txt out.txt
	analyze 0 perf.data/data
	diff want.txt out.txt
}

@test "a folder that perf wrote" {
	command -v perf && perf record -q --threads -a -e 'kvm:*' -o real.data true ||
		skip "no perf that may record kvm events on all CPUs"
	# No VM ran, or one did.
	run "$ANALYZER" --format=csv real.data
	[ "$status" = 0 ] || [ "$status" = 3 ] ||
		[[ $output = "analyzer: no kvm_exit event in real.data: was a VM running? record with: perf kvm stat record, "* ]]
}

@test "its clock is perf's own, or the one that was asked for" {
	"$SCENARIO" unpatched trace.dat
	"$MKPERF" trace.dat perf.data
	analyze 0 --format=table perf.data
	prints "of trace clock perf"
	"$MKPERF" trace.dat perf.data mono
	analyze 0 --format=table perf.data
	prints "of trace clock mono"
}

@test "a perf.data without what is needed says how to record" {
	"$SCENARIO" unpatched trace.dat
	"$MKPERF" trace.dat perf.data no-kvm
	analyze 1 perf.data
	no_output
	one_line
	says "no kvm events in perf.data: record with: perf kvm stat record, or perf record -a -e 'kvm:*'"
	"$MKPERF" trace.dat perf.data no-raw
	analyze 1 perf.data
	one_line
	says "bad attr: perf.data: samples without time, CPU or raw data"
	# One that perf wrote, of something else
	if command -v perf && perf record -o other.data -e dummy true; then
		analyze 1 other.data
		one_line
		says "no tracepoints in other.data: record with: perf kvm stat record"
	fi
}

@test "what is missing is to be recorded by perf, once more" {
	"$SCENARIO" exit-alone trace.dat
	"$MKPERF" trace.dat perf.dat
	analyze 3 perf.dat
	says "no kvm_entry event in perf.dat: how long its exits took is unknown: record with: perf kvm stat record, or perf record"
	lacks trace-cmd err.txt
	analyze 3 trace.dat
	says "record with: trace-cmd record -e kvm"
	"$SCENARIO" where-blind trace.dat
	"$MKPERF" trace.dat perf.dat
	analyze 0 --view=time perf.dat
	says "record with: perf record -k mono -a -e 'kvm:*' -e sched:sched_switch"
	lacks trace-cmd err.txt
}

@test "from standard input, and from a pipe" {
	"$SCENARIO" plain trace.dat
	"$MKPERF" trace.dat perf.data pipe zstd
	analyze 0 trace.dat
	cp out.txt want.txt
	for file in trace.dat perf.data; do
		cat $file | analyze 0 -
		diff want.txt out.txt
		analyze 0 <(cat $file)
		diff want.txt out.txt
	done
	analyze 1 - <<<"something else"
	one_line
	says "not a trace.dat file: standard input: starts with"
	analyze 1 - </dev/null
	says "empty file: standard input"
}

# Whatever the bytes are: status 0, 1 or 3, no signal
@test "cut at many places, and each byte of the header changed" {
	local form at size status bad=0
	"$SCENARIO" where trace.dat
	for form in '' 'pipe zstd'; do
		# shellcheck disable=SC2086
		mkperf trace.dat perf.data $form
		size=$(stat -c %s perf.data)
		for ((at = 0; at < size; at += size / 60 + 1)); do
			head -c "$at" perf.data >cut.data
			status=0
			timeout 20 "$ANALYZER" cut.data >out.txt 2>err.txt ||
				status=$?
			[[ $status = [013] ]] || bad=1
		done
		for ((at = 0; at < 330; at += 3)); do
			cp perf.data cut.data
			printf '\xff' | dd of=cut.data bs=1 seek=$at conv=notrunc \
				status=none
			status=0
			timeout 20 "$ANALYZER" cut.data >out.txt 2>err.txt ||
				status=$?
			[[ $status = [013] ]] || bad=1
		done
	done
	# A file of a folder is cut, or has a byte that is none of a record.
	for form in folder 'folder zstd'; do
		# shellcheck disable=SC2086
		mkperf trace.dat perf.data $form
		size=$(stat -c %s perf.data/data.0)
		cp perf.data/data.0 whole.0
		for ((at = 0; at < size; at += size / 60 + 1)); do
			for change in cut byte; do
				cp whole.0 perf.data/data.0
				if [ $change = cut ]; then
					truncate -s "$at" perf.data/data.0
				else
					printf '\xff' | dd of=perf.data/data.0 bs=1 \
						seek="$at" conv=notrunc status=none
				fi
				status=0
				timeout 20 "$ANALYZER" perf.data >out.txt \
					2>err.txt || status=$?
				[[ $status = [013] ]] || bad=1
			done
		done
	done
	[ "$bad" = 0 ]
}
