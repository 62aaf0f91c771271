# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# What live shows and keeps, of guests whose exits are known, beside a recording by
# trace-cmd.  It is installed; VMs run before it, in two turns, and when it is killed.

instances=$tracing/instances

live_records() {
	[ "$(cat "$instances/kvm-exit-cycles-live-$live/tracing_on" 2>/dev/null)" = 1 ]
}

live_stopped() {
	! live_records
}

# start_live NAME OPTION...: into NAME.csv, NAME.err and NAME.dat
start_live() {
	name=$1
	shift
	kvm-exit-cycles live --batch --format=csv --save="$name.dat" "$@" \
		>"$name.csv" 2>"$name.err" &
	live=$!
	wait_for live_records
}

end_live() {
	fact "ticks $name $(cut -d' ' -f14,15 "/proc/$live/stat")"
	kill "-${1:-INT}" "$live"
	status=0
	wait "$live" || status=$?
	fact "status $name $status"
	fact "instances $name $(find "$instances" -mindepth 1 -maxdepth 1 | wc -l)"
}

if patched; then
	verdict identical
else
	verdict unpatched
fi
start_recording -b 20000
start_live whole --interval=0
start_live_pid=$live
reset_counters
vmm --vcpus=3 cpuid=4000 out=4000 vmcall=2000
report_counters
live=$start_live_pid
name=whole
end_live
stop_recording
end_log
kvm-exit-cycles --format=csv whole.dat >whole-saved.csv 2>whole-saved.err || :
kvm-exit-cycles --format=csv trace.dat >trace.csv 2>trace.err || :

# Each interval
start_live turns --interval=200ms --by=vcpu,reason
vmm --vcpus=2 --hlt-ms=2 cpuid=2000 hlt=400
end_live TERM
kvm-exit-cycles --format=csv --by=vcpu,reason turns.dat >turns-saved.csv 2>/dev/null || :

# A flight recorder: one exit that takes long, as its thread is stopped meanwhile
name=flight
kvm-exit-cycles live --batch --format=csv --stop-after=20ms --of=total --reason='!hlt' \
	--save=flight.dat >flight.csv 2>flight.err &
live=$!
wait_for live_records
start_vmm out=1000000
usleep 300000
kill -STOP "$guests"
usleep 300000
kill -CONT "$guests"
wait_for live_stopped
end_vmm
status=0
wait "$live" || status=$?
fact "status flight $status"
fact "instances flight $(find "$instances" -mindepth 1 -maxdepth 1 | wc -l)"
kvm-exit-cycles --format=csv flight.dat >flight-saved.csv 2>/dev/null || :

# The kernel's own figures, if it has some
status=0
kvm-exit-cycles live --batch --counters --format=csv --count=1 --interval=0 \
	--since=reset --for=20ms >counters.csv 2>counters.err || status=$?
fact "status counters $status"
if patched; then
	echo report >"$exit_cycles"
	cat "$exit_cycles" >counters.txt
	kvm-exit-cycles live --batch --counters --format=csv --count=1 \
		--interval=20ms --since=reset >counters.csv 2>counters.err
fi

# Killed, and what the next one makes of it
start_live killed --interval=0
vmm cpuid=2000
moment 1
end_live KILL
start_live after --interval=0
vmm cpuid=500
end_live HUP
begin_log
