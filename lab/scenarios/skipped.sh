# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# A report for every exit: more than can be printed.  Some are skipped, those
# that are printed are as exact as ever.  Each time that the worker looks, it
# prints 16 at most: there have to be several such times.
skipped() {
	start_recording -b 60000
	echo 1 >"$parameters/exit_cycles_interval"
	reset_counters
	vmm --vcpus=3 --seed=9 cpuid=4000 out=4000 vmcall=4000
	report_counters
	stop_recording
	end_log
}

verdict identical
skipped
