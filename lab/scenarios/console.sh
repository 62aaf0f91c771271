# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# All of the log goes to a console that takes 2 ms for a line: more reports are
# due than it can take.  Some are skipped, none is wrong.
console() {
	start_recording -b 60000
	echo 20 >"$parameters/exit_cycles_interval"
	dmesg -n 8
	echo 2 >/proc/sys/kernel/printk_delay
	reset_counters
	vmm --vcpus=3 --seed=16 cpuid=12000 out=12000 vmcall=12000
	report_counters
	echo 0 >/proc/sys/kernel/printk_delay
	dmesg -n 4
	stop_recording
	end_log
}

verdict identical
console
