# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# For lab/grade: known guests on a kernel that counts in somebody else's way, and the
# stock tracepoints as the witness.  Each phase is marked in log and recording.  It ends
# with a guest that does nothing but hypercalls, so many that a report must come: until
# then, the figures of all other exits are final.
verdict graded
pad=2200
most=2000000
hung=

# mark TEXT: in the log, in the recording, and for whoever waits outside
mark() {
	echo "<6>lab: phase $1" >/dev/kmsg
	echo "graded $*" >"$tracing"/trace_marker
	echo "lab: guests of phase $*" >/dev/console
}

# guests ARGUMENT...: what hangs or goes wrong is said, and the next one is tried.
guests() {
	status=0
	timeout 100 /bin/vmm "$@" >>vmm.txt 2>errors || status=$?
	echo "$phase $status $(head -n 1 errors)" >>guests.txt
	case $status in
	124 | 137 | 143)	hung=1 ;;
	esac
}

# For whoever waits outside: guests that do not get on have no exits.
beat() {
	exits=
	while sleep 5; do
		now=$(cat /sys/kernel/debug/kvm/exits)
		[ "$now" = "$exits" ] ||
			echo "lab: guests of phase $phase: $now exits" >/dev/console
		exits=$now
	done
}

# keep_log [PHASE]: of a flood, its end, behind the mark that was lost with the rest.
keep_log() {
	echo "lab: log of phase $phase" >/dev/console
	dmesg -s $most -c >/tmp/part
	[ -z "${1:-}" ] || grep -q "lab: phase $1\$" /tmp/part ||
		echo "lab: phase $1" >>dmesg.txt
	cat /tmp/part >>dmesg.txt
}

# phase NAME ARGUMENT...: unless guests of one before did not come to their end
phase() {
	[ -z "$hung" ] || return 0
	phase=$1
	shift
	mark "$phase"
	beat &
	# shellcheck disable=SC2046
	guests $(scaled "$@")
	echo "graded end" >"$tracing"/trace_marker
	guests --pin=1 vmcall=$pad
	kill $! || :
	# Who prints behind the guest's back comes to an end before the next mark.
	usleep 300000
	keep_log "$phase"
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
