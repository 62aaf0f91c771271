#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# README.md against what it is about: the output of ./run, and where links lead.

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return
}

# result: the comparison, and the summary
result() {
	sed -n '/^ *Compared with the kernel/,/no difference/p; /^ *recording  samples/,/ --list /p'
}

@test "./run prints what README.md shows" {
	./run >"$BATS_TEST_TMPDIR/all"
	grep -q '^The last report, epoch 1 report 72, in TSC cycles:$' "$BATS_TEST_TMPDIR/all"
	result <"$BATS_TEST_TMPDIR/all" >"$BATS_TEST_TMPDIR/out"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/out")" -ge 20 ]
	result <README.md | sed 's/^    //' | diff - "$BATS_TEST_TMPDIR/out"
}

@test "links between documents lead somewhere" {
	n=0
	for document in README.md */README.md docs/*.md; do
		for link in $(grep -oE '\]\([^)#:]+' "$document" | cut -c3-); do
			n=$((n + 1))
			[ -e "$(dirname "$document")/$link" ] ||
				{ echo "$document: $link"; return 1; }
		done
	done
	[ $n -ge 10 ]
}

@test "every document of docs/ is linked from README.md" {
	for document in docs/*.md; do
		grep -qF "]($document)" README.md || { echo "$document"; return 1; }
	done
}

@test "README is no longer than what a new user reads" {
	[ "$(wc -l <README.md)" -le 150 ]
}
