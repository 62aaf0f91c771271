#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What the lab's scripts refuse, and what they mend.  Nothing is built or booted.

setup() {
	lab=$(realpath "$BATS_TEST_DIRNAME/../../lab")
	export LAB_CACHE=$BATS_TEST_TMPDIR/cache
	cd "$BATS_TEST_TMPDIR"
}

# folder DIR: what lab/run does with its argument first.
folder() {
	bash -c 'set -euo pipefail; . "$1/lib.sh"; results_folder "$2"' bash \
		"$lab" "$1"
}

@test "results do not replace what is none" {
	run "$lab/run" --al
	[ "$status" = 1 ]
	[[ $output == *"no such option: --al"* ]]
	mkdir -p mine/photos
	touch mine/photos/1 file
	run folder mine
	[ "$status" = 1 ]
	[[ $output == *"not a folder of results: mine has mine/photos:"* ]]
	run folder file
	[ "$status" = 1 ]
	[[ $output == *"not a folder: file"* ]]
	[ -e mine/photos/1 ]
}

@test "results replace results, and begin where nothing is" {
	mkdir -p empty old/a
	touch old/a/facts
	for dir in empty old new/deep; do
		folder "$dir"
		mkdir -p "$dir/b"
		folder "$dir"
	done
	mkdir -p "$LAB_CACHE/results/of-yore"
	folder "$LAB_CACHE/results"
}

@test "try: usage names scenarios, kernels and machines" {
	for arguments in '' 'no-such' 'counts no-such' 'counts patched more'; do
		# shellcheck disable=SC2086
		run "$lab/try" $arguments
		[ "$status" = 2 ]
		[[ $output == *"scenarios: both console cost counts "* ]]
		[[ $output == *"kernels: "*" patched "*" unpatched"* ]]
		[[ $output == *"vmx-four"* ]]
	done
}

@test "compare: usage names scenarios, kernels and what a side is" {
	for arguments in '' patched 'patched unpatched more' '--no-such patched unpatched' \
			'patched no-such' 'no-such:a=1 patched' '--rounds=0 patched unpatched' \
			'--rounds=x patched unpatched' '--scenario=no-such patched unpatched'; do
		# shellcheck disable=SC2086
		run "$lab/compare" $arguments
		[ "$status" = 2 ]
		[[ $output == *"a side: KERNEL[:ARGUMENT...]"* ]]
		[[ $output == *"scenarios: both console "*" linux "* ]]
		[[ $output == *"kernels: "*" patched "*" unpatched"* ]]
	done
	run "$lab/compare" 'patched:a b' patched
	[ "$status" = 2 ]
	run "$lab/compare" --help
	[ "$status" = 0 ]
	[[ $output == *"a side: KERNEL[:ARGUMENT...]"* ]]
	[ ! -e "$LAB_CACHE" ]
}

# compared STATUS: what lab/compare does with recordings that stand in for the emulator's.
# boots.txt is what was booted, in this order.
compared() {
	local expected=$1
	shift
	mkdir -p tree/analyzer tree/scripts
	cp -r "$lab" tree/lab
	printf '#!/bin/bash\necho "/kernel/$1"\n' >tree/lab/build-kernel
	printf '#!/bin/bash\necho /initrd\n' >tree/lab/build-initrd
	cat >tree/lab/boot-qemu <<-'END'
		#!/bin/bash
		echo "$1|$4|$LAB_APPEND|${3##*/}" >>boots.txt
		mkdir -p "$3/$4"
		touch "$3/$4/trace.dat"
	END
	printf 'all:\n' >tree/analyzer/Makefile
	cat >tree/analyzer/analyzer <<-END
		#!/bin/bash
		printf '%s\n' "\$@" >arguments.txt
		echo verdict >\$(sed -n 's/--output=//p' arguments.txt)
		[ "\$1" = compare ] || exit 0
		exit $expected
	END
	chmod +x tree/analyzer/analyzer tree/lab/build-kernel tree/lab/build-initrd \
		tree/lab/boot-qemu
	run tree/lab/compare "$@"
	[ "$status" = "$expected" ]
}

@test "compare: in turns, with the arguments of each side, and the verdict's status" {
	compared 6 --rounds=1 --scenario=counts :a=1:b=2,-c unpatched
	folder=$LAB_CACHE/compare
	printf '%s\n' '/kernel/patched|counts|a=1 b=2,-c|before-1' \
		'/kernel/unpatched|counts||after-1' '/kernel/unpatched|counts||after-2' \
		'/kernel/patched|counts|a=1 b=2,-c|before-2' | diff - "$folder/boots.txt"
	[[ $output == *verdict* ]]
	printf '%s\n' compare --paired --format=table --output=compare.table \
		before-{1,2}/counts/trace.dat -- \
		after-{1,2}/counts/trace.dat | diff - "$folder/arguments.txt"
	[ -e "$folder/compare.html" ]
	for name in {before,after}-{1,2}; do
		[ -e "$folder/$name.state" ]
	done
}

@test "a kernel in the cache that lacks a part is no kernel" {
	# shellcheck disable=SC2016
	whole() {
		bash -c 'targets=("$2")
			eval "$(sed -n "/^is_whole()/,/^}/p" "$1/build-kernel")"
			is_whole kernel' bash "$lab" "$1"
	}
	mkdir kernel
	for file in facts config bzImage System.map; do
		run whole bzImage
		[ "$status" != 0 ]
		echo x >"kernel/$file"
	done
	whole bzImage
	rm kernel/System.map
	run whole bzImage
	[ "$status" != 0 ]
	whole arch/x86/kvm/
	: >kernel/facts
	run whole arch/x86/kvm/
	[ "$status" != 0 ]
}
