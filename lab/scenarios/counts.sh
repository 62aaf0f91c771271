# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# Exact numbers: 3 vCPUs on 2 CPUs, 5000 x (cpuid, out) each.
verdict identical
recorded -b 20000 -- vmm --vcpus=3 cpuid=5000 out=5000
