# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# A CPU that runs vCPUs goes, with tables that are not yet folded, and comes
# back.
hotplug() {
	cpu=/sys/devices/system/cpu/cpu1/online
	start_vmm --vcpus=4 --seed=13 cpuid=1000000 out=1000000 vmcall=500000
	for round in $(seq 10); do
		usleep 150000
		echo 0 >$cpu
		usleep 100000
		echo 1 >$cpu
		fact "round $round"
	done
	end_vmm
}

verdict identical
recorded -b 60000 -- hotplug
