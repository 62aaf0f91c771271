# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
#
# riscv64: Debian 13's kernel (there is no such Debian 12), KVM as a module.

suite=trixie
triplet=riscv64-linux-gnu
libgcc='libgcc-14-dev'
compile=(clang --target="$triplet" -march=rv64gc -mabi=lp64d)
linker=$triplet-ld linker_package=binutils-$triplet
modules=(virtio_mmio virtio_blk kvm)
emulator=(qemu-system-riscv64 -M virt -cpu 'rv64,h=true')
emulator_package=qemu-system-misc
disk=virtio-blk-device
console_arguments='console=ttyS0 earlycon=sbi'
workload='--vcpus=2 rounds=2000'
