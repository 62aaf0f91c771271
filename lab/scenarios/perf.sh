# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# The same exits in a perf.data and in a trace.dat, for bench/record-perf.
verdict identical
recorded -b 150000 --compression none -- by_both 'kvm:*' --vcpus=3 cpuid=30000 out=30000
