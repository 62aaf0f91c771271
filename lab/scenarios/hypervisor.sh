# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# The Linux that boots as the nested guest is a hypervisor itself: its KVM runs a
# guest, two hypervisors above the emulator.
verdict identical
recorded -b 100000 -- boot_linux 'vmm="--vcpus=2 cpuid=500 out=500 vmcall=500"'
tr -d '\r' <nested.txt | grep '^expect ' >vmm.txt
