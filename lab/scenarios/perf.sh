# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# The same exits in a perf.data and in a trace.dat, for bench/record-perf.
by_both() {
	fact "perf record -e kvm:* -c 1 -R -a"
	perf record -q -e 'kvm:*' -c 1 -R -a -m 2048 -o perf.data -- \
		/bin/vmm --vcpus=3 cpuid=30000 out=30000 >vmm.txt
}

verdict identical
recorded -b 150000 --compression none -- by_both
