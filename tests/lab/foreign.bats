#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What lab/run-foreign has left: exits of other architectures.  They take turns,
# and the one whose turn it is not is skipped.

load lab
partial=1

@test "arm64: trace-cmd and perf have the same exits" { verdict arm64/foreign; }
@test "riscv64: trace-cmd and perf have the same exits" { verdict riscv64/foreign; }
@test "ppc64: trace-cmd and perf have the same exits" { verdict ppc64/foreign; }
@test "amd64: trace-cmd and perf have the same exits" { verdict amd64/foreign; }
