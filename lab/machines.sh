# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
#
# The machines of the lab, by the names of their results.  Source it after
# lib.sh.
#
#   icount             AMD-V under QEMU, with a TSC that counts instructions
#   vmx-one, -again    VT-x under Bochs: 1 CPU, reports of 500 exits
#   vmx-live           with what is installed
#   vmx-sample, -plain as samples/*vmx.dat were recorded: nothing left out
#   vmx-four           4 CPUs
#   vmx-5, -32         2 CPUs, turns of 5 and of 32 instructions
#   vmx-no-ept         shadow paging
#   vmx-svm            AMD-V, as Bochs does it
#   debug-realtime     AMD-V under QEMU, with a TSC that is said to be constant
#   debug-races        a watchpoint at one access in 50 at most, twentieths
#   vmx-...            any other: 2 CPUs, turns of 16 instructions
#   ...6.1             AMD-V under QEMU, by the time of this machine
#   nested             AMD-V under QEMU, with a Linux to boot as the nested guest
#   perf, vmx-perf     with perf; -plain: unpatched
#   lingering          AMD-V under QEMU, a kernel that lingers amid accounting
#   ...                any other: AMD-V under QEMU
#
# An instruction takes QEMU 8 ns of the emulated machine's time (icount: 1 ns),
# so that no figure depends on how busy this one is, but for those of 6.1.
#
# Bochs executes some ten million instructions a second: scenarios do a part of
# what they do under QEMU, and reports are of 250 exits, so that there are as
# many.

# on_machine MACHINE KERNEL INITRD OUTPUT SCENARIO...
on_machine() {
	local -x LAB_NAME=$1
	case $1 in
	vmx-* | debug-races)	on_bochs "$@" ;;
	*)	on_qemu "$@" ;;
	esac >/dev/null
}

on_qemu() {
	local shift=3 clock
	[ "$1" != icount ] || shift=0
	clock="-icount shift=$shift,sleep=off"
	# With such a clock, it hangs when it starts its second CPU.
	[[ $1 != *6.1 ]] || clock=
	# Its KVM wants a constant TSC, which QEMU has and does not admit.
	[ "$1" != debug-realtime ] ||
		local -x LAB_MODEL=qemu64,+svm,+npt,+invtsc,x-force-features=on
	LAB_QEMU=$clock "$lab/boot-qemu" "${@:2}"
}

on_bochs() {
	local -x LAB_APPEND='scale=4 kvm.exit_cycles_interval=250'
	case $1 in
	vmx-halt)	LAB_APPEND='scale=2 kvm.exit_cycles_interval=250' ;;
	vmx-sample | vmx-plain)	LAB_APPEND='' ;;
	debug-races)
		LAB_APPEND='scale=20 kvm.exit_cycles_interval=50 kcsan.skip_watch=50'
		;;
	vmx-no-ept)	LAB_APPEND+=' kvm_intel.ept=0' ;;
	vmx-one | vmx-again)
		local -x LAB_CPUS=1
		LAB_APPEND=scale=2
		;;
	vmx-four)	local -x LAB_CPUS=4 ;;
	vmx-5)		local -x LAB_QUANTUM=5 ;;
	vmx-32)		local -x LAB_QUANTUM=32 ;;
	vmx-svm)	local -x LAB_MODEL=zambezi ;;
	esac
	"$lab/boot-bochs" "${@:2}"
}

# machines_of MACHINE/SCENARIO...: each machine once.
machines_of() {
	printf '%s\n' "${@%%/*}" | sort -u
}

# variant_of MACHINE: which kernel is booted there.
variant_of() {
	case $1 in
	6.1 | stress-6.1 | vmx-6.1)	echo patched-6.1 ;;
	plain | vmx-plain | perf-plain | vmx-perf-plain)	echo unpatched ;;
	modules | unnamed | lingering)	echo "patched-$1" ;;
	kunit)		echo debug ;;
	kunit-6.1)	echo kunit-6.1 ;;
	*)		echo patched ;;
	esac
}

# machine_for SCENARIO: where it is at home.
machine_for() {
	case $1 in
	exact)		echo icount ;;
	linux | hypervisor)	echo nested ;;
	plain | overview)	echo plain ;;
	kunit)		echo kunit ;;
	both)		echo perf ;;
	reload)		echo modules ;;
	*)		echo try ;;
	esac
}

kernel_for() {
	"$lab/build-kernel" "$(variant_of "$1")"
}

# initrd_for MACHINE KERNEL: the initramfs that goes with it.
initrd_for() {
	case $1 in
	nested)	"$lab/build-initrd" "$2" "$("$lab/build-kernel" nested)" ;;
	*perf*)	LAB_PROGRAMS=$(command -v perf) "$lab/build-initrd" "$2" ;;
	*)	"$lab/build-initrd" "$2" ;;
	esac
}

# boot_all OUTPUT MACHINE/SCENARIO...: one boot for each machine, one after the
# other, whatever becomes of each.
boot_all() {
	local to=$1 machine kernel initrd scenarios status=0
	shift
	mkdir -p "$to"
	for machine in $(machines_of "$@"); do
		mapfile -t scenarios < <(printf '%s\n' "$@" |
			sed -n "s,^$machine/,,p" | sort -u)
		kernel=$(kernel_for "$machine") &&
			initrd=$(initrd_for "$machine" "$kernel") &&
			on_machine "$machine" "$kernel" "$initrd" \
				"$to/$machine" "${scenarios[@]}" || status=1
	done
	return $status
}
