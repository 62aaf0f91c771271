# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# The recording ends while the VM runs on.
unfinished() {
	start_recording -b 40000
	reset_counters
	start_vmm --vcpus=3 --seed=9 cpuid=1000000 out=1000000 vmcall=100000
	sleep 3
	stop_tracing
	end_log
	end_vmm
	finish_recording
}

verdict unfinished
unfinished
