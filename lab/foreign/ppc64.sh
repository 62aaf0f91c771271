# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
#
# ppc64: Debian 12's kernel, little-endian, on POWER9.  QEMU is the hypervisor of that
# machine, too: KVM runs there as a guest of it, and asks it to enter its own guests.

suite=bookworm
debian_architecture=ppc64el
debian_kernel=linux-image-powerpc64le
triplet=powerpc64le-linux-gnu
libgcc='libgcc-12-dev'
compile=(clang --target="$triplet" -fuse-ld=lld)
linker=ld.lld linker_package=lld
modules=(virtio_pci virtio_blk kvm_hv)
emulator=(qemu-system-ppc64 -nodefaults
	-M 'pseries,cap-nested-hv=on,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken'
	-cpu POWER9)
emulator_package=qemu-system-ppc
disk=virtio-blk-pci
console_arguments='console=hvc0'
workload='--vcpus=2 rounds=2000'
