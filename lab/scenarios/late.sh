# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# The recording begins when the VM has run for a while, with no reset.
late() {
	reset_counters
	start_vmm --vcpus=3 --seed=8 cpuid=1000000 out=1000000 vmcall=100000
	moment 1
	start_recording -b 40000
	moment 2
	end_vmm
	report_counters
	stop_recording
	end_log
}

verdict late
late
