# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# Three times as many vCPUs as CPUs, every one moved to the next CPU each 3 ms.
verdict identical
recorded -b 40000 -- vmm --vcpus=6 --seed=3 --migrate-ms=3 cpuid=2000 out=2000 \
	vmcall=1000 hlt=20
