# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# Every instruction that the guest knows, in random order.
verdict identical
recorded -b 20000 -- vmm --vcpus=2 --seed=7 --hlt-ms=2 cpuid=600 out=600 \
	in=600 mmio=600 rdmsr=600 wrmsr=600 vmcall=600 cr=600 dr=600 \
	wbinvd=600 touch=600 hlt=100 sleep=100
