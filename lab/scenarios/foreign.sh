# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2046,SC2086,SC2154
# The architecture's guest, recorded by trace-cmd and perf at once: exits, and what
# says more about them.
events=
for event in kvm_entry kvm_exit kvm_guest_fault kvm_mmio kvm_handle_sys_reg \
	kvm_sys_access kvm_hvc_arm64 kvm_wfx_arm64 kvm_userspace_exit \
	kvm_pio kvm_msr kvm_cpuid; do
	[ ! -e "$tracing/events/kvm/$event" ] || events="$events kvm:$event"
done
verdict both
recorded $(printf -- '-e %s ' $events) -b 20000 -- \
	by_both "$(echo $events | tr ' ' ,)" $(cat /workload)
# What perf makes of it, for docs/perf-kvm-stat.md
perf kvm -i perf.data stat report >perf-kvm-stat.txt 2>&1
