# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# The VMM sleeps 20 ms on one port: all of that is "user", of io alone.
verdict identical
recorded -b 20000 -- vmm --sleep-ms=20 sleep=100 cpuid=5000 vmcall=5000
