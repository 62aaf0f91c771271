#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What people run on hosts of their own: host-check and record, as
# they are installed, in scenarios/host.sh.

load lab

setup() {
	use host/host
}

# ended NAME STATUS: how a program did.
ended() {
	grep -qx "status $1 $2" "$dir/facts" ||
		fail "$(grep "status $1 " "$dir/facts"), must be $2; $(cat "$dir/$1".{txt,err})"
}

# says NAME TEXT: in a line of its output.
says() {
	grep -qF -- "$2" "$dir/$1.txt" ||
		fail "$1 does not say \"$2\": $(cat "$dir/$1.txt")"
}

@test "refused: not root" {
	for name in nobody nobody-record; do
		ended $name 2
		[ ! -s "$dir/$name.txt" ]
		grep -q 'must be root' "$dir/$name.err"
	done
}

@test "refused: a kernel that does not count" {
	verdict plain/host
	for name in unpatched unpatched-record; do
		ended $name 2
		grep -q 'this kernel, 6\..*, does not count exits: it is not patched' \
			"$dir/$name.err"
	done
}

@test "refused: counting is off, somebody else is tracing" {
	ended off-record 2
	grep -q 'counting is off: echo Y > ' "$dir/off-record.err"
	ended traced 2
	grep -q 'somebody is tracing already' "$dir/traced.err"
}

@test "host-check: kernel, ISA and TSC of this machine" {
	ended idle 3
	says idle 'ok   kernel    6.12.'
	says idle 'ok   ISA       svm (AMD-V)'
	says idle 'note TSC       the CPU does not promise'
	says idle 'ok   TSC       the same on all CPUs'
	says idle 'none in 5 s'
	says idle 'kvm-exit-cycles-host-check 100000'
	says idle 'not known: interval, log and buffers; nothing to set'
}

@test "host-check: counts the exits of guests that run" {
	# The lab has the default interval.
	ended busy 1
	rate=$(sed -n 's/^ok   exits *\([0-9]*\) a second$/\1/p' "$dir/busy.txt")
	between 1500 "$rate" 100000 'rate'
	says busy 'set  interval  a report each 500 exits makes '
	# The kernel's log has 2 MiB there.
	says busy 'ok   log       2048 KiB hold '
}

@test "host-check: what to set for so many exits" {
	ended often 1
	says often 'set  interval  a report each 500 exits makes 2000 a second'
	says often 'echo 1000000 > /sys/module/kvm/parameters/exit_cycles_interval'
	says often 'kvm-exit-cycles record -b '
	ended off 1
	says off 'echo Y > /sys/module/kvm/parameters/exit_cycles'
}

@test "record: a guest, and nothing else" {
	ended record 0
	says record 'log        61 equal, 0 different, 0 not recorded, 0 only in the recording, 0 cut'
	says record 'recording  61 equal, 0 different, 0 not recorded, 0 only in the recording, 0 cut'
	says record 'verdict    equal: '
	verdict host/host
	[ "$(figure "$dir" 'svm cpuid' exits)" -eq 12000 ]
}

@test "record: beside guests that ran before and run on" {
	ended beside 0
	says beside ' lines, no difference'
	equal=$(sed -n 's/^log *\([0-9]*\) equal, 0 different.*/\1/p' "$dir/beside.txt")
	between 10 "$equal" 1000 'equal reports'
	[ "$(grep -c ' report [0-9]*: exits ' "$dir/beside/reports.txt")" -ge 10 ]
}

@test "record: exits that are lost" {
	ended small 3
	says small ' lost'
	says small 'verdict    equal as far as compared, but exits are missing'
}

@test "record: a figure that is wrong" {
	ended wrong 4
	says wrong 'verdict    DIFFERENT'
}

@test "record: no guest at all" {
	ended nothing 1
	grep -q 'was a VM running?' "$dir/nothing.err"
}
