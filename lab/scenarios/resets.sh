# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# Epochs closed in every way there is, eighty times, while VMs run.
resets() {
	start_vmm --vms=2 --vcpus=2 --seed=12 cpuid=1000000 out=1000000 \
		vmcall=500000
	for round in $(seq 20); do
		usleep 20000
		report_counters
		usleep 20000
		echo $((100 + round)) >"$parameters/exit_cycles_interval"
		usleep 20000
		echo reset >"$exit_cycles"
		usleep 20000
		echo 0 >"$parameters/exit_cycles_interval"
	done
	end_vmm
}

verdict identical
recorded -b 60000 -- resets
