# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# Reports asked for, counters zeroed and the interval changed while VMs run.
knobs() {
	start_vmm --vms=2 --vcpus=2 --seed=11 cpuid=1000000 out=1000000 \
		vmcall=500000
	moment 1
	report_counters
	moment 1
	echo reset >"$exit_cycles"
	moment 1
	echo 100 >"$parameters/exit_cycles_interval"
	moment 1
	echo reset >"$exit_cycles"
	echo 500 >"$parameters/exit_cycles_interval"
	moment 1
	end_vmm
}

verdict identical
recorded -b 60000 -- knobs
