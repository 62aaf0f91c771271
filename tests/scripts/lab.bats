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
		[[ $output == *"scenarios: console cost counts "* ]]
		[[ $output == *"kernels: "*" patched "*" unpatched"* ]]
		[[ $output == *"vmx-four"* ]]
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
