# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# Counting is switched off and on, ten times, while VMs run.
switched() {
	start_vmm --vms=2 --vcpus=2 --seed=17 cpuid=1000000 out=1000000 \
		vmcall=500000
	for _ in $(seq 10); do
		usleep 100000
		echo N >"$parameters/exit_cycles"
		usleep 100000
		echo Y >"$parameters/exit_cycles"
	done
	usleep 100000
	end_vmm
}

verdict identical
recorded -b 60000 -- switched
