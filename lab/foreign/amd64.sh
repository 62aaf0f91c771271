# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
#
# amd64: Debian 12's kernel on AMD-V.  Foreign only in that this lab has not built
# it; the guest is that of the lab's own kernels.

suite=bookworm
triplet=x86_64-linux-gnu
modules=(virtio_pci virtio_blk kvm_amd)
linker=ld linker_package=binutils
emulator=(qemu-system-x86_64 -cpu 'EPYC,+svm,+npt')
emulator_package=qemu-system-x86
disk=virtio-blk-pci
console_arguments='console=ttyS0'
workload='--vcpus=3 cpuid=500 out=500 rdmsr=250 mmio=125'
