# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# The same run recorded by trace-cmd and perf at once, by one clock, and what perf makes
# of it.  On a patched kernel, either recording proves what is in the log.
verdict both
recorded -b 20000 -C perf -- by_both 'kvm:*' --vcpus=2 cpuid=4000 out=4000 rdmsr=2000 \
	mmio=1000 vmcall=1000
perf kvm -i perf.data stat report >perf-kvm-stat.txt 2>&1
