# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# What an exit costs the guest, for an emulator whose TSC counts instructions.
# Nothing is recorded to a file, so that no other task runs.
verdict cost

# cost MODE: the cheapest round trip of each kind, which nothing disturbed, as
# lines "MODE OPERATION CYCLES".  One kind after the other: an exit to userspace
# leaves something to do for the exit behind it.
cost() {
	for operation in cpuid vmcall rdmsr wbinvd out; do
		vmm --pin=1 $operation=2000
	done
	awk -v mode="$1" '$1 == "op" { print mode, $4, $10 }' vmm.txt >>cost.txt
	rm vmm.txt
}

# count VALUE, interval VALUE, trace VALUE: each for what comes next.
count() {
	if patched; then
		echo "$1" >"$parameters/exit_cycles"
	fi
}

interval() {
	if patched; then
		echo "$1" >"$parameters/exit_cycles_interval"
	fi
}

trace() {
	echo "$1" >"$tracing/events/kvm/kvm_exit/enable"
	echo "$1" >"$tracing/events/kvm/kvm_entry/enable"
}

begin_log
if patched; then
	cost on
	interval 0
	cost interval-0
	interval 500
fi
trace 1
cost traced
count N
if patched; then
	cost off-traced
fi
trace 0
cost off
end_log
