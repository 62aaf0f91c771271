# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# A recording of the usual kind, for kernels that count nothing.
verdict unpatched
recorded -b 20000 -- vmm --vcpus=2 --seed=1 --hlt-ms=2 cpuid=2000 out=2000 \
	in=500 mmio=500 rdmsr=500 vmcall=500 cr=500 touch=500 hlt=50
