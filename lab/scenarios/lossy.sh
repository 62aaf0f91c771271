# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# Buffers of two pages: most events are overwritten before they are read.
verdict lossy
recorded -b 8 -- vmm --vcpus=3 --seed=6 cpuid=4000 out=4000 vmcall=2000
