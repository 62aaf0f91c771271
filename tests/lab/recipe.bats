#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# docs/recipe.md: all of its commands, in their order, as they stand there.  But
# for one: where the lab has built a kernel from the same source with the same
# options, that one is taken, and five minutes are saved.

load lab

setup_file() {
	local kernel recipe=$top/docs/recipe.md
	kernel=$("$top/lab/build-kernel" patched)
	export work=$BATS_FILE_TMPDIR/exit-cycles
	{
		cat <<-END
		set -euo pipefail
		export LAB_CACHE=$cache
		cd $top
		take_kernel() {
			cmp \$work/build/.config $kernel/config
			mkdir -p \$work/build/arch/x86/boot
			cp $kernel/bzImage \$work/build/arch/x86/boot/
		}
		END
		awk '/^```sh$/ { inside = 1; next }
			/^```$/ { inside = 0 }
			inside' "$recipe" |
			sed "s/^make .* bzImage\$/take_kernel/
				s,^export work=.*,export work=$work,"
	} >"$BATS_FILE_TMPDIR/script"
	status=0
	bash "$BATS_FILE_TMPDIR/script" >"$BATS_FILE_TMPDIR/out" \
		2>"$BATS_FILE_TMPDIR/err" </dev/null || status=$?
	echo "$status" >"$BATS_FILE_TMPDIR/status"
	# What the tests do not look at is large; nobody asks for that initramfs again.
	rm -rf "$work/linux-source-6.12" "$work/build"
	[ ! -s "$work/initrd" ] || rm -f "$(cat "$work/initrd")"
}

out() {
	cat "$BATS_FILE_TMPDIR/out"
}

@test "every command ends with status 0" {
	grep -q '^take_kernel$' "$BATS_FILE_TMPDIR/script"
	[ "$(cat "$BATS_FILE_TMPDIR/status")" -eq 0 ] ||
		fail "$(out | tail -n 5; tail -n 20 "$BATS_FILE_TMPDIR/err")"
}

@test "the places that are to be looked at are there" {
	for place in 'static int vcpu_enter_guest' 'static int vcpu_run' \
		'trace_kvm_entry' 'trace_kvm_exit' '__svm_vcpu_run(svm' \
		'__vmx_vcpu_run(vmx' CONFIG_KVM_EXIT_CYCLES=y; do
		out | grep -qF "$place" || fail "not there: $place"
	done
}

@test "the log and the analyzer have 15000 of each" {
	for reason in cpuid io; do
		[ "$(out | grep -c "svm $reason: exits 15000 ")" -eq 2 ]
	done
}

@test "the diff is empty, over as many reports as it says" {
	out | grep -qx identical
	equal=$(out | sed -n 's/^check: \([0-9]*\) equal, 0 different, 0 not recorded, .*/\1/p')
	between 61 "$equal" 66 'equal reports'
	log_of "$work/results/counts" |
		diff - <("$top/analyzer/analyzer" "$work/results/counts/trace.dat")
}
