# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# A report is due each 10 exits, which are many in a second, and 50 reports a
# second are as many as may be printed.
flood() {
	start_recording -b 60000
	echo 50 >"$parameters/exit_cycles_max_reports"
	echo 10 >"$parameters/exit_cycles_interval"
	reset_counters
	vmm --vcpus=3 --seed=18 cpuid=6000 out=6000 vmcall=6000
	report_counters
	cat "$exit_cycles" >exit_cycles.txt
	echo 200 >"$parameters/exit_cycles_max_reports"
	echo 500 >"$parameters/exit_cycles_interval"
	stop_recording
	end_log
}

verdict identical
flood
