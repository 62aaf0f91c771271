# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# One VM after the other is the last to go, and all of the log goes to a console
# that takes 5 ms for a line: no VM waits until the report of the one before is
# printed.
last() {
	dmesg -n 8
	echo 5 >/proc/sys/kernel/printk_delay
	for seed in $(seq 20); do
		vmm --seed="$seed" cpuid=300 out=300 vmcall=300
	done
	echo 0 >/proc/sys/kernel/printk_delay
	dmesg -n 4
}

verdict identical
recorded -b 60000 -- last
