#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# lab/run-grade, with a program in place of lab/grade: nothing is built or booted.

setup() {
	top=$(realpath "$BATS_TEST_DIRNAME/../..")
	cd "$BATS_TEST_TMPDIR"
	export LAB_CACHE=$PWD/cache
	mkdir tree
	cp -r "$top/lab" "$top/patches" tree/
	printf '#!/bin/bash\necho %q\n' "$PWD" >tree/lab/build-kernel
	cat >tree/lab/grade <<-'END'
		#!/bin/bash
		echo "$*" >>arguments.txt
		for diff in "${@: -1}"/*.diff; do
			name=${diff##*/}
			mkdir "$LAB_CACHE/graded/${name%.diff}"
			echo '{"tests": [{"name": "applies: x", "score": 1, "max_score": 1,
				"output": "it applies to 6.1"}]}' \
				>"$LAB_CACHE/graded/${name%.diff}/results.json"
		done
	END
	bwrap --unshare-all --ro-bind / / true || skip 'no namespaces'
}

@test "it begins with an empty cache, and names a case's own base last" {
	tree/lab/run-grade ours-6.1 >out
	grep -x 'judged    ours-6.1  *applies kept it applies to 6.1' out
	grep -x '1 passed, 0 failed, 0 skipped' out
	grep -e '--base=6.12 --base=6.1 ' arguments.txt
	cmp "$top/patches/6.1/0001-kvm-exit-cycles.patch" \
		"$LAB_CACHE/graded/diffs/with --base=6.1/ours-6.1.diff"
}

@test "a sheet that does not say what it must is no success" {
	run tree/lab/run-grade ours-modules
	[ "$status" -ne 0 ]
	[[ $output == *"NOT       ours-modules "*"does not say of boots: boots on AMD-V and VT-x"* ]]
	[[ $output == *"0 passed, 1 failed, 0 skipped" ]]
}
