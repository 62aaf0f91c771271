#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What a maintainer's machines would say about the patch: does it apply, is it
# in style, does it build without a warning, and does it leave nothing behind
# when its option is off.  Each check is also shown a mistake that it must see.
# Run it by patches/check.

load checks

patch=${LAB_PATCH:-$top/patches/0001-kvm-exit-cycles.patch}
series=

@test "git am takes it, and makes of it what patch does" {
	both_take_it
}

@test "patch -p1 takes it without fuzz" {
	plain_patch tree "$patch"
	! find tree -name '*.rej' | grep . || return
}

@test "neither takes one with other context" {
	with_other_context >other.patch
	run git_am tree other.patch
	[ "$status" -ne 0 ]
	run plain_patch plain other.patch
	[ "$status" -ne 0 ]
}

@test "checkpatch.pl --strict says nothing" {
	checkpatch "$patch"
}

# The tests that come with it are a patch on top of it.
kunit_patch=$top/patches/0002-kvm-exit-cycles-kunit.patch

@test "its KUnit tests apply on top, checkpatch.pl --strict says nothing" {
	git_am tree "$patch"
	git -C tree am -q --whitespace=error "$kunit_patch"
	checkpatch "$kunit_patch"
}

@test "checkpatch.pl --strict sees a comparison that is out of style" {
	{
		cat "$patch"
		append arch/x86/kvm/irq_comm.c <<-'END'

		bool kvm_mistake(struct kvm *kvm)
		{
			return kvm == NULL;
		}
		END
	} >mistake.patch
	run checkpatch mistake.patch
	[ "$status" -ne 0 ]
	grep -F '0 errors, 0 warnings, 1 checks' report
}

# One that does not is a mistake that no test sees, until its turn comes.
@test "the lab's deliberate mistakes apply on top" {
	local mutant tree count=0
	plain_patch tree "$patch"
	cp -r tree lingering
	patch -p1 --fuzz=0 -d lingering <"$top/lab/extra/lingering.patch"
	for mutant in "$top"/lab/mutants/*.patch; do
		tree=tree
		! grep -q '^Scenario: lingering/' "$mutant" || tree=lingering
		patch -p1 --fuzz=0 --force --dry-run -d $tree <"$mutant"
		count=$((count + 1))
	done
	[ $count -ge 15 ]
}

@test "libtraceevent names the reasons of kvm_entry, of both ISAs" {
	local file
	for file in "$patch" "$top"/patches/{6.1,master}/0001-*.patch; do
		names_reasons "$file"
	done
}

@test "that test sees conditions that libtraceevent takes apart" {
	sed 's/((__entry->isa == KVM_ISA_SVM)/(__entry->isa == KVM_ISA_SVM)/; s/"none"))/"none")/' \
		"$patch" >mistake.patch
	run names_reasons mistake.patch
	[ "$status" -ne 0 ]
	grep -x 'reason none' reasons | head -n 1
}

@test "documents are in order" {
	documents
}

@test "no warning: gcc" {
	builds check-gcc
}

@test "no warning: gcc, modules" {
	builds check-modules
}

@test "no new warning: gcc, lockdep and other checkers, and sparse" {
	builds_as check-debug check-debug-unpatched
}

@test "no warning: gcc, i386" {
	builds check-i386
}

@test "no warning: clang" {
	builds check-clang
}

@test "a warning of the compiler fails the build" {
	append arch/x86/kvm/irq_comm.c >mistake.patch <<-'END'

	static int kvm_mistake(void)
	{
		return 0;
	}
	END
	in_its_turn one-object
	LAB_EXTRA=$PWD/mistake.patch run build one-object
	[ "$status" -ne 0 ]
	[[ $output = *unused-function* ]]
}

@test "warnings of kernel-doc, objtool and sparse are seen" {
	append arch/x86/kvm/irq_comm.c >mistake.patch <<-'END'

	void kvm_mistake(int __user *parameter);

	/**
	 * kvm_mistake - Leave something on the stack, call from noinstr
	 */
	noinstr void kvm_mistake(int __user *parameter)
	{
		_printk("%d", *parameter);
		asm volatile("push %rax");
	}
	END
	in_its_turn one-object
	kernel=$(LAB_EXTRA=$PWD/mistake.patch build one-object 2>/dev/null)
	warnings "$kernel/build.log" >seen
	cat seen
	grep 'parameter.* not described' seen
	grep 'objtool: kvm_mistake.*stack' seen
	grep 'dereference of noderef' seen
	: >known
	noinstr "$kernel" | grep 'kvm_mistake: call to _printk'
}

@test "code that may not be traced calls none that may" {
	in_its_turn check-debug check-debug-unpatched
	kernel=$(build check-debug)
	plain=$(build check-debug-unpatched)
	learn "$plain"
	[ -s known ]
	noinstr "$kernel" >found
	diff /dev/null found
}

@test "nothing that i386 cannot link" {
	in_its_turn check-i386
	kernel=$(build check-i386)
	! libgcc "$kernel" || return
	mkdir mistake
	echo 'long long f(long long a, long long b) { return a / b; }' |
		gcc -m32 -ffreestanding -c -x c -o mistake/f.o -
	libgcc mistake
}

@test "vendor modules find what they need" {
	vendors_find_all
	objcopy -R .export_symbol "$kernel/arch/x86/kvm/kvm.o" none.o
	not_exported none.o "$kernel/arch/x86/kvm/kvm-amd.o" >missing
	cmp missing needed
}

@test "the option off leaves nothing behind" {
	leaves_nothing
}

@test "that comparison sees the option on" {
	on=$(build check-gcc)
	plain=$(build check-unpatched)
	run same_objects "$on" "$plain"
	[ "$status" -ne 0 ]
}

# instructions CPUS INTERVAL MOST: of the accounting, for an exit.
instructions() {
	"$top/bench/count-many-cpus" ./many-cpus "$1" "$2" >count
	between 40 "$(cat count)" "$3" "instructions, $1 CPUS, interval $2"
}

@test "an exit costs little however many CPUs share the reports" {
	make -s -C "$top/bench" B="$PWD" PATCH="$patch" many-cpus
	instructions 1 500 75
	instructions 8 500 80
	instructions 64 500 100
	instructions 256 500 120
	instructions 256 10000 80
	instructions 256 1000000 75
}
