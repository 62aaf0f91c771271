# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# KVM as modules: unload and load again, ten times, each time with exits that
# are counted from nothing; then once more with the unloading right behind the
# last exit, when a report is due.
loaded() {
	[ -e /dev/kvm ]
}

unload() {
	modprobe -r kvm-amd
	# The module of the vendor takes kvm along, or leaves it to be removed.
	[ ! -d /sys/module/kvm ] || modprobe -r kvm
	[ ! -d /sys/module/kvm ]
}

verdict reload
for round in 1 2 3 4 5 6 7 8 9 10; do
	wait_for loaded
	vmm cpuid=700
	unload
	modprobe kvm-amd
	fact "round $round"
done
end_log
