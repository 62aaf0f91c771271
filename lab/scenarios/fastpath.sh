# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# Exits that KVM handles with interrupts off, entering the guest again at once.
# On AMD-V, it needs the next RIP for that, which QEMU's does not give.
verdict identical
recorded -b 40000 -- vmm --vcpus=2 --seed=10 icr=5000 cpuid=2500 out=2500 \
	vmcall=2000
