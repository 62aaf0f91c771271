# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# For an emulator whose TSC counts instructions: no other task, no migration,
# so that a round trip costs the same each time.
verdict identical
recorded -b 20000 -- vmm --pin=1 --hlt-ms=2 cpuid=3000 out=3000 in=3000 \
	mmio=3000 rdmsr=3000 wrmsr=3000 vmcall=3000 cr=3000 dr=3000 \
	wbinvd=3000 touch=3000 hlt=200 sleep=200
