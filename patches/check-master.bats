#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The patch for mainline, on a machine that has the source package which it was
# fitted to (patches/README.md).  Run it by patches/check.

load checks

patch=$top/patches/master/0001-kvm-exit-cycles.patch

setup() {
	[ -f /usr/src/linux-source-7.3.tar.xz ] || skip "no linux-source-7.3"
	cd "$BATS_TEST_TMPDIR" || return
	pristine=$("$top/lab/build-kernel" --source patched-master)
}

@test "mainline: git am takes it, and makes of it what patch does" {
	both_take_it
}

@test "mainline: checkpatch.pl --strict says nothing" {
	checkpatch "$patch"
}

@test "mainline: documents are in order" {
	documents
}
