#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The patch for mainline's v6.12: that it is for that commit, and the same as
# the one for 6.12.y but for what surrounds it.  All that is known of the latter
# then holds for it, too.  Whoever has that tree says where (LAB_TREE_V6_12): the
# patch is applied there.  Run it by patches/check.

load checks

patch=$top/patches/v6.12/0001-kvm-exit-cycles.patch
stable=$top/patches/0001-kvm-exit-cycles.patch

# What these files are in that commit, as patches on the kernel's lists quote them
blobs='arch/x86/kvm/x86.c 83fe0a78146f
arch/x86/kvm/svm/svm.c 9df3e1e5ae81
arch/x86/kvm/vmx/vmx.c d28618e9277e'

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# index_of FILE PATCH: the blob that a patch says FILE was.
index_of() {
	sed -n "\,^diff --git a/$1 ,{ n; s/^index \([0-9a-f]*\)\.\..*/\1/p }" "$2"
}

# is_for_v6_12 PATCH
is_for_v6_12() {
	local file blob index
	grep -qx 'commit adc218676eef25575469234709c2d87185ca223a' "$1" || return
	while read -r file blob; do
		index=$(index_of "$file" "$1")
		[ ${#index} -ge 7 ] && [ "${blob#"$index"}" != "$blob" ] || return
	done <<<"$blobs"
}

# changes PATCH: the lines that it adds and removes, file by file.
changes() {
	sed -n '/^diff --git/,$p' "$1" | sed '/^-- $/,$d' |
		grep '^[-+]'
}

@test "v6.12: is made against the files of the commit that it names" {
	is_for_v6_12 "$patch"
}

@test "v6.12: the patch for 6.12.y is not, nor is one against another svm.c" {
	run is_for_v6_12 "$stable"
	[ "$status" -ne 0 ]
	sed 's/^index 9df3e1e5/index 9df3e1e6/' "$patch" >other.patch
	run is_for_v6_12 other.patch
	[ "$status" -ne 0 ]
}

@test "v6.12: adds and removes what the patch for 6.12.y does" {
	changes "$stable" >expected
	changes "$patch" >found
	[ "$(wc -l <expected)" -gt 1500 ]
	diff expected found
}

@test "v6.12: stamps directly behind the assembly that runs the guest" {
	# In 6.12.y, the lines around this one are others.
	grep -B3 -A3 '^+	kvm_exit_cycles_stamp(vcpu);$' "$patch" >found
	cat >expected <<-'END'
		 	else
		 		__svm_vcpu_run(svm, spec_ctrl_intercepted);
		 
		+	kvm_exit_cycles_stamp(vcpu);
		+
		 	guest_state_exit_irqoff();
		 }
		--
		 	vmx->fail = __vmx_vcpu_run(vmx, (unsigned long *)&vcpu->arch.regs,
		 				   flags);
		 
		+	kvm_exit_cycles_stamp(vcpu);
		+
		 	vcpu->arch.cr2 = native_read_cr2();
		 	vcpu->arch.regs_avail &= ~VMX_REGS_LAZY_LOAD_SET;
	END
	diff expected found
}

@test "v6.12: applies to the tree, as git and as patch" {
	pristine=${LAB_TREE_V6_12:-}
	[ -n "$pristine" ] || skip 'LAB_TREE_V6_12 does not name the tree'
	both_take_it
}
