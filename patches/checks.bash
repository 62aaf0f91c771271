# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
#
# What the checks of each kernel's patch share.  A file of tests sets $patch,
# and $series, which the names of its kernel's variants end with.

load ../tests/lab/lab

option=KVM_EXIT_CYCLES

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	pristine=$("$top/lab/build-kernel" --source "check-gcc$series")
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

both_take_it() {
	git_am tree "$patch"
	plain_patch plain "$patch"
	diff -r --exclude=.git tree plain
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

# What the patch adds to Documentation/, by whoever makes web pages of it.
documents() {
	local count=0 file
	plain_patch tree "$patch"
	while read -r file; do
		[ ! -f "$pristine/$file" ] || continue
		rst2html --halt=warning "tree/$file" >/dev/null
		count=$((count + 1))
	done < <(git apply --numstat "$patch" | cut -f3 | grep '\.rst$')
	[ $count -gt 0 ]
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
	in_its_turn "$1"
	kernel=$(build "$1")
	compiled_all "$kernel"
	! warnings "$kernel/build.log"
}

# What sparse has to say about all of KVM is much, and old: only compare it.
warnings_anywhere() {
	warnings "$1/build.log" | sed -E 's/:[0-9]+:[0-9]+: /: /' | sort
}

# builds_as VARIANT UNPATCHED: without a warning that the unpatched kernel has not.
builds_as() {
	local kernel plain
	in_its_turn "$1" "$2"
	kernel=$(build "$1")
	plain=$(build "$2")
	compiled_all "$kernel"
	warnings_anywhere "$kernel" >with
	warnings_anywhere "$plain" >without
	[ -s without ]
	diff without with
}

# entry_format PATCH: the format of kvm_entry as the kernel shows it, cut down to
# its reason.  Names of u64 are a macro's that libtraceevent 1.7 does not know.
entry_format() {
	cat <<-'END'
	name: kvm_entry
	ID: 1
	format:
		field:unsigned short common_type;	offset:0;	size:2;	signed:0;
		field:unsigned char common_flags;	offset:2;	size:1;	signed:0;
		field:unsigned char common_preempt_count;	offset:3;	size:1;	signed:0;
		field:int common_pid;	offset:4;	size:4;	signed:1;

		field:u32 isa;	offset:8;	size:4;	signed:0;
		field:u32 exit_reason;	offset:12;	size:4;	signed:0;

	END
	printf 'print fmt: "reason %%s", '
	sed -n '/^+TRACE_EVENT(kvm_entry,/,/^+);/{
		/^+\t*  *(__entry->isa == KVM_ISA_VMX)/,/"none"/{
			s/^+[ \t]*//; s/__entry/REC/g; s/_symbolic_u64/_symbolic/
			s/KVM_ISA_VMX/1/; s/KVM_ISA_SVM/2/
			s/VMX_EXIT_REASONS/{ 10, "CPUID" }, { 12, "HLT" }/
			s/SVM_EXIT_REASONS/{ 0x72, "cpuid" }, { 0x78, "hlt" }/
			s/)$//
			p
		}
	}' "$1" | tr '\n' ' '
	echo
}

# names_reasons PATCH: trace-cmd report and perf script print what was meant.
names_reasons() {
	local flags
	read -ra flags < <(pkg-config --cflags --libs libtraceevent)
	gcc -Wall -Werror -o print-reason "$top/patches/print-reason.c" "${flags[@]}"
	entry_format "$1" >format
	./print-reason format >reasons
	printf 'reason %s\n' CPUID CPUID cpuid none | diff - reasons
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

# The option off is the unpatched kernel, to the instruction.
leaves_nothing() {
	local off plain
	in_its_turn "check-off$series" "check-unpatched$series"
	off=$(build "check-off$series")
	plain=$(build "check-unpatched$series")
	! grep "^CONFIG_$option=" "$off/config" || return
	same_objects "$off" "$plain"
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
	nm "$1" | sed -nE 's/.* __(export_symbol|ksymtab)_//p' | sort >exported
	comm -23 needed exported
}

# vendors_find_all: sets $kernel, in which both vendors' modules find what they
# need in kvm.ko.
vendors_find_all() {
	local vendor
	in_its_turn "check-modules$series"
	kernel=$(build "check-modules$series")
	for vendor in kvm-amd kvm-intel; do
		not_exported "$kernel/arch/x86/kvm/kvm.o" \
			"$kernel/arch/x86/kvm/$vendor.o" >missing
		diff /dev/null missing
	done
}
