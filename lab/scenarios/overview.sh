# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# A bit of everything that a VM does, and where its time went: samples/ has this
# from a kernel that counts nothing.
if patched; then
	verdict identical
else
	verdict unpatched
fi
recorded -b 20000 -C mono -e kvm -e sched:sched_switch -- \
	vmm --vcpus=2 --seed=5 --hlt-ms=3 --sleep-ms=3 cpuid=800 out=800 in=400 \
	mmio=400 rdmsr=600 wrmsr=400 vmcall=400 cr=400 dr=200 wbinvd=100 touch=400 \
	hlt=60 sleep=40
