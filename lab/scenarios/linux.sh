# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# A Linux boots as the nested guest: 2 vCPUs, QEMU as its VMM.
verdict identical
recorded -b 100000 -- boot_linux
