# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# Two VMs at once, vCPU numbers equal.
verdict identical
recorded -b 40000 -- vmm --vms=2 --vcpus=2 --seed=5 cpuid=3000 out=3000 \
	vmcall=1000 rdmsr=500
