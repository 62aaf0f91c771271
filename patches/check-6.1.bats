#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The backport to 6.1: what check.bats asks of the patch, as far as kernels
# differ.  Run it by patches/check.

load checks

patch=$top/patches/6.1/0001-kvm-exit-cycles.patch
series=-6.1

@test "6.1: git am takes it, and makes of it what patch does" {
	both_take_it
}

@test "6.1: checkpatch.pl --strict says nothing" {
	checkpatch "$patch"
}

@test "6.1: the KUnit tests of the patch apply on top" {
	git_am tree "$patch"
	git -C tree am -q --whitespace=error "$top"/patches/0002-*.patch
}

@test "6.1: documents are in order" {
	documents
}

@test "6.1: no new warning: gcc" {
	builds_as check-gcc-6.1 check-unpatched-6.1
}

@test "6.1: no new warning: gcc, modules" {
	builds_as check-modules-6.1 check-unpatched-6.1
}

@test "6.1: vendor modules find what they need" {
	vendors_find_all
}

@test "6.1: the option off leaves nothing behind" {
	leaves_nothing
}
