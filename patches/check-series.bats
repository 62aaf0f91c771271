#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The patch as a series for reviewers: that it is the same patch, that each part
# stands by itself, and that the cover letter tells of them.  Run it by
# patches/check.

load checks

series=
folder=$top/patches/series
cover=$folder/0000-cover-letter.patch
parts=("$folder"/000[1-9]-*.patch)
whole=("$top/patches/0001-kvm-exit-cycles.patch"
	"$top/patches/0002-kvm-exit-cycles-kunit.patch")

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	pristine=$("$top/lab/build-kernel" --source check-gcc)
	# All files that are changed, for copy_sources
	patch=$PWD/all.patch
	cat "${whole[@]}" "${parts[@]}" >"$patch"
}

# is_the_patch PART...
is_the_patch() {
	cat "$@" >parts.patch
	cat "${whole[@]}" >whole.patch
	git_am found "$PWD/parts.patch" && git_am expected "$PWD/whole.patch" &&
		diff -r --exclude=.git expected found
}

# state N: prints the name of a patch, the first N parts.  Not their messages:
# with other words, they are the same kernel.
state() {
	local part
	for part in "${parts[@]:0:$1}"; do
		sed -n '/^diff --git /,$p' "$part"
	done >"state-$1.patch"
	echo "$PWD/state-$1.patch"
}

# added PATCH...: how many lines.
added() {
	cat "$@" | git apply --numstat | awk '{ n += $1 } END { print n }'
}

# text COVER: what it says, without headers, list of patches and diffstat.
text() {
	sed '1,/^$/d; /^[^ ].* ([0-9]*):$/,$d' "$1"
}

# numbers_are_known COVER: each of two digits or more was measured, or is the
# patch's.
numbers_are_known() {
	sed '/^---$/,$d' "${whole[0]}" | cat - "$top/docs/accounting.md" >known
	text "$1" | grep -owE '[0-9]+( [0-9]{3})*' | grep '..' | sort -u >numbers
	[ "$(wc -l <numbers)" -ge 15 ] || fail 'next to no numbers'
	while read -r number; do
		grep -qwF -e "$number" known || echo "unknown: $number"
	done <numbers >unknown
	diff /dev/null unknown
}

@test "series: together it is the patch and its KUnit tests, to the byte" {
	[ ${#parts[@]} -ge 5 ]
	is_the_patch "${parts[@]}"
}

@test "series: without the last part it is the patch, to the byte" {
	unset 'whole[1]' 'parts[-1]'
	is_the_patch "${parts[@]}"
}

@test "series: that comparison sees a comment that differs" {
	sed 's,200 ticks back,100 ticks back,' "${parts[@]}" >mistake.patch
	run is_the_patch mistake.patch
	[ "$status" -ne 0 ]
	[[ $output = *'100 ticks back'* ]]
}

@test "series: patch -p1 takes each part without fuzz, behind those before" {
	local part
	copy_sources plain
	for part in "${parts[@]}"; do
		patch -p1 --fuzz=0 --force --no-backup-if-mismatch -d plain <"$part"
	done
	cat "${parts[@]}" >parts.patch
	git_am tree "$PWD/parts.patch"
	diff -r --exclude=.git tree plain
}

@test "series: checkpatch.pl --strict says nothing about any part" {
	local part
	for part in "${parts[@]}"; do
		checkpatch "$part"
	done
}

# Lines that one part adds and another changes are read twice.
@test "series: of 20 lines, a reviewer reads 19 once" {
	between "$(added "${whole[@]}")" "$(added "${parts[@]}")" \
		$(($(added "${whole[@]}") * 20 / 19)) 'lines added'
}

# Its list of patches and its diffstat, too.
@test "series: make-series writes it again, to the byte" {
	"$top/patches/make-series" open repository
	"$top/patches/make-series" close repository again
	diff -r "$folder" again
}

@test "series: that comparison sees a subject and a diffstat that differ" {
	local word
	for word in Stamp 'insertions(+)'; do
		rm -rf repository again copy
		cp -r "$folder" copy
		sed -i "s/ $word/ mistaken/" copy/0000-*
		"$top/patches/make-series" open repository
		"$top/patches/make-series" close repository again
		run diff -r copy again
		[ "$status" -ne 0 ]
		[[ $output = *mistaken* ]]
	done
}

@test "series: figures in the cover letter are those of the patch and its accounting" {
	numbers_are_known "$cover"
}

@test "series: that test sees a figure that is not" {
	sed 's/2634/2643/' "$cover" >mistake.patch
	run numbers_are_known mistake.patch
	[ "$status" -ne 0 ]
	[[ $output = *'unknown: 2643'* ]]
}

@test "series: each part builds without a warning" {
	local n kernel
	in_its_turn series
	for ((n = 1; n < ${#parts[@]}; n++)); do
		kernel=$(LAB_PATCH=$(state $n) build series)
		grep -qx "CONFIG_$option=y" "$kernel/config"
		[ -f "$kernel/arch/x86/kvm/exit_cycles.o" ]
		! warnings "$kernel/build.log" || return
	done
}

@test "series: the tests that come last build without a warning" {
	in_its_turn series
	kernel=$(LAB_PATCH=$(state ${#parts[@]}) build series-kunit)
	nm "$kernel/arch/x86/kvm/exit_cycles.o" | grep -w exit_cycles_suite
	! warnings "$kernel/build.log" || return
}

@test "series: with the option off, each part leaves nothing behind" {
	local n off plain
	in_its_turn series check-unpatched
	plain=$(build check-unpatched)
	for ((n = 1; n <= ${#parts[@]}; n++)); do
		off=$(LAB_PATCH=$(state $n) build series-off)
		! grep "^CONFIG_$option=" "$off/config" || return
		! warnings "$off/build.log" || return
		same_objects "$off" "$plain"
	done
}
