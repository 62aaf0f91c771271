# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# kvm_entry and the two report events: everything, at half the volume.
verdict identical
recorded -b 20000 -e kvm:kvm_entry -e kvm:kvm_exit_report \
	-e kvm:kvm_exit_stats -- vmm --vcpus=3 --seed=2 cpuid=3000 out=3000 \
	vmcall=2000
