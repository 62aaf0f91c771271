# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# For lab/grade: known guests on a kernel that counts in somebody else's way, and the
# stock tracepoints as the witness.  Each phase is marked in log and recording.  It ends
# with a guest that does nothing but hypercalls, so many that a report must come: until
# then, the figures of all other exits are final.
verdict graded
pad=2200
most=2000000

# mark TEXT: in the log, in the recording, and for whoever waits outside
mark() {
	echo "<6>lab: phase $1" >/dev/kmsg
	echo "graded $*" >"$tracing"/trace_marker
	echo "lab: guests of phase $*" >/dev/console
}

# guests PHASE ARGUMENT...: what hangs or goes wrong is said, and the next one is tried.
guests() {
	name=$1
	shift
	# shellcheck disable=SC2046
	set -- $(scaled "$@")
	status=0
	timeout 100 /bin/vmm "$@" >>vmm.txt 2>errors || status=$?
	echo "$name $status $(head -n 1 errors)" >>guests.txt
}

# Of a flood, the beginning of the phase and its end
keep_log() {
	dmesg -s 16777216 -c >/tmp/part
	if [ "$(wc -c </tmp/part)" -gt $most ]; then
		grep 'lab: phase ' /tmp/part >>dmesg.txt
		tail -c $most /tmp/part | sed 1d >>dmesg.txt
	else
		cat /tmp/part >>dmesg.txt
	fi
}

# phase NAME ARGUMENT...
phase() {
	phase=$1
	shift
	mark "$phase"
	guests "$phase" "$@"
	echo "graded end" >"$tracing"/trace_marker
	timeout 100 /bin/vmm --pin=1 vmcall=$pad >>vmm.txt 2>errors ||
		echo "$phase $? $(head -n 1 errors)" >>guests.txt
	# Who prints behind the guest's back comes to an end before the next mark.
	usleep 300000
	keep_log
}

# Marks are not to be dropped as too many.
echo on >/proc/sys/kernel/printk_devkmsg
begin_log
start_recording -b 40000 -C x86-tsc -e kvm:kvm_entry -e kvm:kvm_exit
# Where a cycle is 1 ns, halts take 3.4e9 by then, and 5e9 in the end: more than 31 bits
# and more than 32.
phase one --pin=1 --hlt-ms=100 cpuid=1500 out=1000 rdmsr=300 cr=300 touch=200 hlt=34
phase two --vcpus=2 --pin=2 --hlt-ms=100 cpuid=1500 wbinvd=800 hlt=8
phase vms --vms=2 --vcpus=2 out=500 cpuid=500
phase fast --vcpus=2 icr=1000 out=200
stop_recording
keep_log
