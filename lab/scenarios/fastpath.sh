# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# Exits that KVM handles with interrupts off, entering the guest again at once.
verdict identical
recorded -b 40000 -- vmm --vcpus=2 --seed=10 icr=4000 cpuid=2000 out=2000 \
	vmcall=1000
