# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# A CPU that runs vCPUs goes, with tables that are not yet folded, and comes
# back.  Each other time, nothing is folded before it has gone: no report ends until
# the epoch is closed, which is while it is away.
hotplug() {
	interval=$parameters/exit_cycles_interval
	cpu=/sys/devices/system/cpu/cpu1/online
	start_vmm --vcpus=4 --seed=13 cpuid=1000000 out=1000000 vmcall=500000
	for round in $(seq 10); do
		usleep 75000
		[ $((round % 2)) -eq 0 ] || echo 0 >"$interval"
		usleep 75000
		echo 0 >$cpu
		[ $((round % 2)) -eq 0 ] || report_counters
		echo 500 >"$interval"
		usleep 100000
		echo 1 >$cpu
		fact "round $round"
	done
	end_vmm
}

verdict identical
recorded -b 60000 -- hotplug
