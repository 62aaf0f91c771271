# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2046,SC2086,SC2154
# The architecture's guest, recorded by trace-cmd and perf at once: exits, and what
# says more about them.
events=
for event in kvm/kvm_entry kvm/kvm_exit kvm/kvm_guest_fault kvm/kvm_mmio \
	kvm/kvm_handle_sys_reg kvm/kvm_sys_access kvm/kvm_hvc_arm64 \
	kvm/kvm_wfx_arm64 kvm/kvm_userspace_exit kvm/kvm_pio kvm/kvm_msr \
	kvm/kvm_cpuid kvm_hv/kvm_guest_enter kvm_hv/kvm_guest_exit \
	kvm_hv/kvm_hcall_enter kvm_hv/kvm_hcall_exit; do
	[ ! -e "$tracing/events/$event" ] || events="$events ${event%/*}:${event#*/}"
done
verdict both
recorded $(printf -- '-e %s ' $events) -b 20000 -- \
	by_both "$(echo $events | tr ' ' ,)" $(cat /workload)
# What perf makes of it, for docs/perf-kvm-stat.md
perf kvm -i perf.data stat report >perf-kvm-stat.txt 2>&1
