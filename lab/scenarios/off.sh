# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# Counting turned off: nothing is counted or printed, and nothing is stamped.
off() {
	echo N >"$parameters/exit_cycles"
	start_recording -b 20000
	begin_log
	vmm --vcpus=2 cpuid=2000 out=2000
	stop_recording
	end_log
	echo Y >"$parameters/exit_cycles"
}

verdict off
off
