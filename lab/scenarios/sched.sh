# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# With sched_switch, a recording says where time went without stamps as well:
# halts, time in userspace, and a SCHED_FIFO task that takes the CPU away.  Not
# compressed, so that the event formats can be edited.
everywhere() {
	hog 0 20 20 20 >hog.txt &
	hog=$!
	vmm --vcpus=2 --seed=3 --hlt-ms=5 --sleep-ms=5 cpuid=3000 out=1000 \
		mmio=500 rdmsr=500 vmcall=3000 hlt=60 sleep=40
	wait $hog
}

if patched; then
	verdict identical
else
	verdict unpatched
fi
recorded -b 20000 -C mono --compression none -e kvm \
	-e sched:sched_switch -- everywhere
