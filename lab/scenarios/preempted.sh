# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# A spinning SCHED_FIFO task takes the vCPU's CPU away: all of that is
# "off_cpu", of whatever reason was open.
preempted() {
	hog 0 20 20 30 >hog.txt &
	hog=$!
	vmm --pin=1 cpuid=8000 vmcall=8000
	wait $hog
}

verdict identical
recorded -b 20000 -- preempted
