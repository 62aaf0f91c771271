# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# What people run on hosts of their own, installed: is the host ready, do kernel
# and recording agree.  With no guest, with one that runs on, and when refused.

# try NAME COMMAND...: its output and its status, as files.
try() {
	name=$1
	shift
	status=0
	"$@" >"$name.txt" 2>"$name.err" || status=$?
	fact "status $name $status"
}

# As somebody else
nobody() {
	su -s /bin/sh nobody -c "$*"
}

# Some guest, from another program
guest() {
	try record kvm-exit-cycles-record-and-check -o recorded \
		vmm --vcpus=3 cpuid=4000 out=4000 vmcall=2000
	mv recorded/trace.dat recorded/dmesg.txt .
	cp record.txt vmm.txt
}

# Guests that ran before, and run on.
beside() {
	start_vmm --vcpus=2 --seed=4 --hlt-ms=1 hlt=10000000 cpuid=10000000
	moment 1
	try busy kvm-exit-cycles-host-check
	try beside kvm-exit-cycles-record-and-check -o beside -b 20000 sleep 2
	end_vmm
	rm -f beside/trace.dat
}

# An analyzer that is off by a little
wrong() {
	cat >/tmp/wrong <<-'END'
	#!/bin/sh
	kvm-exit-cycles "$@" | sed 's/ cycles 1/ cycles 2/'
	END
	chmod +x /tmp/wrong
	export ANALYZER=/tmp/wrong
	try wrong kvm-exit-cycles-record-and-check -o wrong \
		vmm --vcpus=2 cpuid=3000 out=3000
	unset ANALYZER
	rm -f wrong/trace.dat
}

# Buffers of two pages: they do for a guest that halts most of the time, not for
# the next.
small() {
	try small kvm-exit-cycles-record-and-check -o small -b 8 sh -c '
		vmm --hlt-ms=2 hlt=500
		vmm --vcpus=2 cpuid=3000 out=3000'
	rm -f small/trace.dat
}

knobs_wrong() {
	echo N >"$parameters/exit_cycles"
	try off kvm-exit-cycles-host-check 1000
	try off-record kvm-exit-cycles-record-and-check true
	echo Y >"$parameters/exit_cycles"
	try often kvm-exit-cycles-host-check 1000000
	echo 1 >"$tracing/events/kvm/kvm_entry/enable"
	try traced kvm-exit-cycles-record-and-check true
	echo 0 >"$tracing/events/kvm/kvm_entry/enable"
}

mkdir -p /etc
echo nobody:x:65534:65534:nobody:/:/bin/sh >/etc/passwd
try nobody nobody kvm-exit-cycles-host-check
try nobody-record nobody kvm-exit-cycles-record-and-check true
if ! patched; then
	verdict refused
	try unpatched kvm-exit-cycles-host-check
	try unpatched-record kvm-exit-cycles-record-and-check true
	return
fi
verdict identical
begin_log
try idle kvm-exit-cycles-host-check
guest
beside
wrong
small
knobs_wrong
try nothing kvm-exit-cycles-record-and-check -o nothing true
begin_log
