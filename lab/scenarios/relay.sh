# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# vCPUs are handed from thread to thread, and moved from CPU to CPU.
verdict identical
recorded -b 60000 -- vmm --vcpus=4 --seed=14 --relay=25 --hlt-ms=2 cpuid=3000 \
	out=2000 in=2000 hlt=20
