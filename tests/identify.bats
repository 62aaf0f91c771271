#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Files that are no recordings: one line says what they are, and what to do.
# ANALYZER and SCENARIO come from ./run.

load cli-helpers

# is FILE TEXT: no output, and one line that says so of it
is() {
	analyze 1 "$1"
	no_output
	one_line
	says "analyzer: not a recording: $1: $2"
}

@test "identify: what is compressed, and the command that unpacks it" {
	scenario two-epochs
	gzip -k trace.dat
	is trace.dat.gz "compressed: unpack it, and name what comes out: gzip -dk trace.dat.gz"
	xz -k trace.dat
	is trace.dat.xz "compressed: unpack it, and name what comes out: xz -dk trace.dat.xz"
	bzip2 -k trace.dat
	is trace.dat.bz2 "compressed: unpack it, and name what comes out: bzip2 -dk trace.dat.bz2"
	if command -v zstd >/dev/null; then
		zstd -q trace.dat
	else
		printf '\x28\xb5\x2f\xfd\x04\x00' >trace.dat.zst
	fi
	is trace.dat.zst "compressed: unpack it, and name what comes out: zstd -d trace.dat.zst"
	printf '\x04\x22\x4d\x18\x64' >trace.lz4
	is trace.lz4 "compressed: unpack it, and name what comes out: lz4 -d trace.lz4"
	tar -cf all.tar trace.dat
	is all.tar "an archive: unpack it, and name what comes out: tar -xf all.tar"
	printf 'PK\3\4\24' >all.zip
	is all.zip "an archive: unpack it, and name what comes out: unzip all.zip"
	# What the command leaves is a recording.
	rm trace.dat
	gzip -dk trace.dat.gz
	analyze 0 trace.dat
	# From a pipe, there is no name to give.
	analyze 1 - <trace.dat.gz
	says "not a recording: standard input: compressed: unpack it, and name what comes out: gzip -dk FILE"
}

@test "identify: other programs' recordings" {
	printf '\xc1\x1f\xfc\xc1\0\0' >channel0_0
	is channel0_0 "a CTF trace, as of LTTng or perf data convert"
	printf '\xc1\xfc\x1f\xc1\0\0' >channel0_0
	is channel0_0 "a CTF trace"
	printf '\x57\x1d\xd1\x75\0\0' >metadata
	is metadata "a CTF trace"
	printf '/* CTF 1.8 */\n' >metadata
	is metadata "a CTF trace"
	mkdir -p ctf/ust/uid/1000
	cp metadata ctf/ust/uid/1000
	is ctf "a CTF trace"
	printf '\xd4\xc3\xb2\xa1\2\0\4\0' >net.pcap
	is net.pcap "packets of a network: record with: trace-cmd record -e kvm"
	printf '\x0a\x0d\x0d\x0a\x1c\0\0\0' >net.pcapng
	is net.pcapng "packets of a network"
	printf 'PERFFILE\x68\0\0\0' >old.data
	is old.data "a perf.data of 2012 or before"
	# e_type of a core, and of a program, in either byte order
	printf '\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\4\0\x3e\0' >vmcore
	is vmcore "a core of a kernel: take the trace out of it in crash: extend trace.so, then: trace dump -t trace.dat"
	printf '\177ELF\2\2\1\0\0\0\0\0\0\0\0\0\0\4\0\x16' >vmcore
	is vmcore "a core of a kernel"
	printf '\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\x3e\0' >program
	is program "a program"
	printf 'KDUMP   \6\0\0\0' >vmcore
	is vmcore "a core of a kernel"
}

@test "identify: folders" {
	mkdir threads headless plain other
	touch threads/data threads/data.0 headless/data.0 plain/trace.dat
	is threads "a folder of perf record --threads, but its file \"data\" is no perf.data: copy all files of the folder"
	is headless "a folder of perf record --threads without its file \"data\", which says what the events are: copy all files of the folder"
	# A part of a recording that is one: perf.bats has the whole of it.
	scenario unpatched
	"$MKPERF" trace.dat perf.data folder
	is perf.data/data.0 "a part of one, by perf record --threads: name its folder: perf.data"
	cd perf.data
	is data.0 "a part of one, by perf record --threads: name its folder: ."
	cd ..
	analyze 1 plain
	says "is a directory: plain: name the recording in it: plain/trace.dat"
	analyze 1 other
	one_line
	grep -qx 'analyzer: is a directory: other' err.txt
	# Not all of a machine is looked at: that would take long.
	analyze 1 /
	one_line
}

@test "identify: text" {
	printf '# tracer: nop\n#\n# entries-in-buffer/entries-written: 2/2   #P:8\n' >trace
	is trace "ftrace's text: the recording itself is needed: record with: trace-cmd record -e kvm"
	printf 'cpus=2\n       CPU 0/KVM-4242  [000]  1.000000: kvm_exit:   reason HLT rip 0x1\n' >report.txt
	is report.txt "text of trace-cmd report or ftrace: the recording itself is needed: trace.dat"
	printf 'cpus=2\n  <idle>-0 [000] 1.0: sched_switch: a\n' >report.txt
	is report.txt "text of trace-cmd report: the recording itself is needed: trace.dat"
	printf 'CPU 0/KVM  4242 [000]     1.000000:                  kvm:kvm_exit: reason HLT\n' >script.txt
	is script.txt "text of perf script: the recording itself is needed: perf.data"
	printf '[   12.345678] kvm_exit_cycles: epoch 1 report 1: exits 500 cycles 1\n' >dmesg.txt
	is dmesg.txt "a log of the kernel: compare a recording with it: --check=LOG trace.dat"
	printf '[    0.000000] Linux version 6.12\n' >dmesg.txt
	is dmesg.txt "a log of the kernel: it has no exits"
	printf '[12345.678901] usb 1-1: new device\n' >dmesg.txt
	is dmesg.txt "a log of the kernel"
	printf 'Nov 30 12:00:00 host kernel: Linux version 6.12\n' >dmesg.txt
	is dmesg.txt "a log of the kernel"
	scenario two-epochs
	"$ANALYZER" --format=csv trace.dat >figures.csv
	is figures.csv "figures that were printed as CSV: name the recording, or save them as --format=state"
	"$ANALYZER" --format=json trace.dat >figures.json
	is figures.json "figures that were printed as JSON"
	# What nobody knows is shown.
	echo hello >hello.txt
	analyze 1 hello.txt
	says 'not a trace.dat file: hello.txt: starts with "hell"'
	printf '\1\2' >two
	analyze 1 two
	one_line
}

@test "identify: a file of nothing, and a state of another version" {
	: >empty.dat
	analyze 1 empty.dat
	one_line
	says "empty file: empty.dat: nothing was recorded: record again"
	scenario two-epochs
	"$ANALYZER" --format=state --output=one.state trace.dat
	analyze 0 --format=table one.state
	printf '\3' | dd of=one.state bs=1 seek=8 conv=notrunc status=none
	analyze 1 --format=table one.state
	one_line
	says "unknown version of a state: one.state: 3, expected 1 to 2: it was saved by another version of this program: save the figures again"
}
