# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# VMs are stopped and continued, as job control does.
stopped() {
	start_vmm --vms=2 --vcpus=2 --seed=15 cpuid=1000000 out=1000000 \
		vmcall=500000
	usleep 200000
	for _ in $(seq 20); do
		usleep 20000
		# shellcheck disable=SC2046
		kill -STOP $(pidof vmm)
		usleep 50000
		# shellcheck disable=SC2046
		kill -CONT $(pidof vmm)
	done
	fact "stopped 4 vCPUs 20 times 50 ms"
	usleep 50000
	end_vmm
}

verdict identical
recorded -b 60000 -- stopped
