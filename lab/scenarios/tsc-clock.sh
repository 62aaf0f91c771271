# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# Time stamps and figures on the same clock.
verdict identical
recorded -b 20000 -C x86-tsc -- vmm --vcpus=2 --seed=4 cpuid=3000 out=3000 \
	vmcall=1000 hlt=20
