# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# A Linux boots as the nested guest: 2 vCPUs, QEMU as its VMM.
linux() {
	fact "qemu -accel kvm -cpu host,-x2apic -smp 2"
	timeout 300 qemu-system-x86_64 -accel kvm -cpu host,-x2apic -smp 2 -m 256 \
		-display none -vga none -monitor none -net none -no-reboot \
		-serial file:nested.txt -kernel /boot/bzImage \
		-initrd /boot/initrd \
		-append "console=ttyS0 quiet panic=-1" </dev/null
	grep -q 'nested: powering off' nested.txt
}

verdict identical
recorded -b 100000 -- linux
