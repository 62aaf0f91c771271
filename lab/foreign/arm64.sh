# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
#
# arm64: Debian 12's kernel (KVM is built in), VHE, GICv3.

suite=bookworm
triplet=aarch64-linux-gnu
libgcc='libgcc-12-dev'
compile=(clang --target="$triplet" -fuse-ld=lld)
linker=ld.lld linker_package=lld
modules=(virtio_mmio virtio_blk)
emulator=(qemu-system-aarch64 -M 'virt,virtualization=on,gic-version=3'
	-cpu cortex-a76)
emulator_package=qemu-system-arm
disk=virtio-blk-device
console_arguments='console=ttyAMA0'
workload='--vcpus=2 rounds=2000'
