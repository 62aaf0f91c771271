# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# A timer ends each HLT after 20 ms: all of that is "halted", of hlt alone.
verdict identical
recorded -b 20000 -- vmm --hlt-ms=20 hlt=100 cpuid=5000 out=5000
