#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What a maintainer's machines would say about the patch: does it apply, is it
# in style, does it build without a warning, and does it leave nothing behind
# when its option is off.  Each check is also shown a mistake that it must see.
# Run it by patches/check.

load ../tests/lab/lab

patch=${LAB_PATCH:-$top/patches/0001-kvm-exit-cycles.patch}
option=KVM_EXIT_CYCLES

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	pristine=$("$top/lab/build-kernel" --source check-gcc)
}

build() {
	"$top/lab/build-kernel" "$1"
}

# copy_sources DIR: the unpatched state of the files that the patch changes.
copy_sources() {
	local file
	mkdir -p "$1"
	while read -r file; do
		[ ! -f "$pristine/$file" ] ||
			(cd "$pristine" && cp --parents "$file" "$OLDPWD/$1")
	done < <(git apply --numstat "$patch" | cut -f3)
}

# git_am DIR PATCH: to a repository of nothing but what the patch changes.
git_am() {
	export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
	export GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@localhost
	export GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@localhost
	copy_sources "$1" && git -C "$1" init -q && git -C "$1" add -A &&
		git -C "$1" commit -qm base &&
		git -C "$1" am -q --whitespace=error "$2"
}

plain_patch() {
	copy_sources "$1" &&
		patch -p1 --fuzz=0 --force --no-backup-if-mismatch -d "$1" <"$2"
}

# The patch, with one line of context that the kernel does not have.
with_other_context() {
	awk '/^@@/ { hunk = 1 }
		hunk && !done && /^ ./ { $0 = $0 "!"; done = 1 }
		{ print }
		END { exit !done }' "$patch"
}

# append FILE: as a patch, standard input at the end of a file of the kernel.
append() {
	cat "$pristine/$1" - |
		diff -u --label "a/$1" --label "b/$1" "$pristine/$1" - || :
}

# checkpatch PATCH: passes if there is nothing to say.
checkpatch() {
	# spdxcheck.py complains on stderr if python3-ply is not there.
	perl "$pristine/scripts/checkpatch.pl" --root="$pristine" --strict \
		"$1" 2>stderr >report || :
	cat report
	grep -qE '^total: 0 errors, 0 warnings, 0 checks, [1-9][0-9]* lines' report
}

# What compilers, kernel-doc, objtool and the linker say about KVM in a log.
# About the unpatched one they say nothing: there is nothing to compare with.
warnings() {
	grep -iE '(warning|error): ' "$1" | grep -i kvm
}

# compiled_all KERNEL: all of KVM, the option on, warnings on.
compiled_all() {
	local kernel=$1 objects
	grep -qx "CONFIG_$option=y" "$kernel/config"
	grep -qx CONFIG_KVM_WERROR=y "$kernel/config"
	objects=$(grep -cE '^  CC .*kvm/.*\.o$' "$kernel/build.log")
	[ "$objects" -ge 30 ] || fail "only $objects objects were compiled"
}

# builds VARIANT: without a warning.
builds() {
	local kernel
	kernel=$(build "$1")
	compiled_all "$kernel"
	! warnings "$kernel/build.log"
}

# What sparse has to say about all of KVM is much, and old: only compare it.
warnings_anywhere() {
	warnings "$1/build.log" | sed -E 's/:[0-9]+:[0-9]+: /: /' | sort
}

# Sections of an object, relocations included.  Not the lines that WARN()s are
# in: those move.  Nor are names of symbols compared that contain such lines.
sections() {
	size -A "$1" | tail -n +3
	objcopy -R __bug_table "$1" sections.o
	objdump -sr sections.o | tail -n +4
}

# same_objects DIR DIR: nothing but line numbers differs in any object of KVM.
same_objects() {
	local object compared=0 differ=0
	diff <(cd "$1" && find . -name '*.o' | sort) \
		<(cd "$2" && find . -name '*.o' | sort) || return
	while read -r object; do
		compared=$((compared + 1))
		! cmp -s "$1/$object" "$2/$object" || continue
		sections "$1/$object" >first
		sections "$2/$object" >second
		cmp -s first second && continue
		echo "$object differs"
		diff first second | head -n 8
		differ=1
	done < <(cd "$1" && find . -name '*.o')
	[ "$compared" -ge 40 ] || fail "only $compared objects compared"
	[ $differ -eq 0 ]
}

# noinstr DIR: calls that leave sections which nothing may be traced in.  In
# all of KVM at once, as the two vendors' parts call the common one.  Functions
# of other parts of the kernel that may be called are named in the file known.
noinstr() {
	{
		echo '.section .noinstr.text, "ax"'
		sed 's/.*/.globl &; .type &, @function; &: ret; .size &, . - &/' known
	} | gcc -c -x assembler -o known.o -
	find "$1" -name '*.o' -exec ld -r -z noexecstack -o all.o known.o {} +
	"$1/objtool" --noinstr --link --dry-run all.o 2>&1 |
		sed -n 's/.*objtool: \([^ +]*\)+0x[0-9a-f]*: /\1: /p' | sort
}

# learn DIR: what the unpatched kernel calls may be called.  objtool leaves a
# path at the first finding, so that those behind it come to light one by one.
learn() {
	: >known
	for _ in {1..20}; do
		noinstr "$1" >found
		[ -s found ] || return 0
		sed -n 's/.*: call to \(.*\)() leaves .*/\1/p' found |
			sort -u - known >names
		cmp -s names known && break
		mv names known
	done
	fail "objtool has more to say: $(cat found)"
}

# libgcc DIR: functions for 64-bit arithmetic that gcc calls and no kernel has.
libgcc() {
	find "$1" -name '*.o' -exec nm -u {} + | grep -E ' __[a-z]+di[234]$'
}

# not_exported KVM VENDOR: what a vendor module would not find in kvm.ko.
not_exported() {
	comm -12 <(nm -u "$2" | awk '{ print $2 }' | sort) \
		<(nm --defined-only "$1" | awk '{ print $3 }' | sort) >needed
	[ "$(wc -l <needed)" -ge 100 ] || fail "$2 needs next to nothing of $1"
	nm "$1" | sed -n 's/.* __export_symbol_//p' | sort >exported
	comm -23 needed exported
}

@test "git am takes it" {
	git_am tree "$patch"
	plain_patch plain "$patch"
	diff -r --exclude=.git tree plain
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

@test "documents are in order" {
	count=0
	plain_patch tree "$patch"
	while read -r file; do
		[ ! -f "$pristine/$file" ] || continue
		rst2html --halt=warning "tree/$file" >/dev/null
		count=$((count + 1))
	done < <(git apply --numstat "$patch" | cut -f3 | grep '\.rst$')
	[ $count -gt 0 ]
}

@test "no warning: gcc" {
	builds check-gcc
}

@test "no warning: gcc, modules" {
	builds check-modules
}

@test "no new warning: gcc, lockdep and other checkers, and sparse" {
	kernel=$(build check-debug)
	plain=$(build check-debug-unpatched)
	compiled_all "$kernel"
	warnings_anywhere "$kernel" >with
	warnings_anywhere "$plain" >without
	[ -s without ]
	diff without with
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
	kernel=$(build check-debug)
	plain=$(build check-debug-unpatched)
	learn "$plain"
	[ -s known ]
	noinstr "$kernel" >found
	diff /dev/null found
}

@test "nothing that i386 cannot link" {
	kernel=$(build check-i386)
	! libgcc "$kernel" || return
	mkdir mistake
	echo 'long long f(long long a, long long b) { return a / b; }' |
		gcc -m32 -ffreestanding -c -x c -o mistake/f.o -
	libgcc mistake
}

@test "vendor modules find what they need" {
	kernel=$(build check-modules)
	for vendor in kvm-amd kvm-intel; do
		not_exported "$kernel/arch/x86/kvm/kvm.o" \
			"$kernel/arch/x86/kvm/$vendor.o" >missing
		diff /dev/null missing
	done
	objcopy -R .export_symbol "$kernel/arch/x86/kvm/kvm.o" none.o
	not_exported none.o "$kernel/arch/x86/kvm/kvm-amd.o" >missing
	cmp missing needed
}

@test "the option off leaves nothing behind" {
	off=$(build check-off)
	plain=$(build check-unpatched)
	! grep "^CONFIG_$option=" "$off/config" || return
	same_objects "$off" "$plain"
}

@test "that comparison sees the option on" {
	on=$(build check-gcc)
	plain=$(build check-unpatched)
	run same_objects "$on" "$plain"
	[ "$status" -ne 0 ]
}
