# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# Counting is switched off and on, ten times, while VMs run; five of these times
# they are stopped meanwhile, so that each of their exits is open before and after.
switched() {
	start_vmm --vms=2 --vcpus=2 --seed=17 cpuid=1000000 out=1000000 \
		vmcall=500000
	for i in $(seq 10); do
		usleep 100000
		# shellcheck disable=SC2046
		[ $((i % 2)) -eq 0 ] || kill -STOP $(pidof vmm)
		echo N >"$parameters/exit_cycles"
		usleep 100000
		echo Y >"$parameters/exit_cycles"
		# shellcheck disable=SC2046
		kill -CONT $(pidof vmm)
	done
	fact "off 10 times 100 ms, 5 of them stopped"
	usleep 100000
	end_vmm
}

verdict identical
recorded -b 60000 -- switched
