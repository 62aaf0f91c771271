# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# kvm_entry alone says all but where the last report of an epoch ends.
verdict prefix
recorded -b 20000 -e kvm:kvm_entry -- vmm --vcpus=3 --seed=2 cpuid=3000 \
	out=3000 vmcall=2000
