# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# Counting is switched off and on, ten times, while VMs run; five of these times
# they are stopped before and continued after, so that each vCPU has an exit that
# was open when counting went off and is open when it comes back.
switched() {
	start_vmm --vms=2 --vcpus=2 --seed=17 cpuid=1000000 out=1000000 \
		vmcall=500000
	for i in $(seq 10); do
		usleep 100000
		if [ $((i % 2)) -ne 0 ]; then
			# shellcheck disable=SC2046
			kill -STOP $(pidof vmm)
			# Until the last of them has come to a halt
			usleep 20000
		fi
		echo N >"$parameters/exit_cycles"
		usleep 200000
		echo Y >"$parameters/exit_cycles"
		# shellcheck disable=SC2046
		kill -CONT $(pidof vmm)
	done
	fact "off 10 times 200 ms, 5 of them stopped"
	usleep 100000
	end_vmm
}

verdict identical
recorded -b 60000 -- switched
