// SPDX-License-Identifier: GPL-2.0
#include "vm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define CPUID_ENTRIES	256

/* Page table entries: accessed and dirty are set, so nobody writes them. */
#define PTE_TABLE	0x63UL	/* present, writable, accessed, dirty */
#define PTE_LARGE	(PTE_TABLE | 0x80UL)
#define GIGABYTES	4

#define CR0_LONG_MODE	0x80050033UL	/* PG AM WP NE ET MP PE */
#define CR4_LONG_MODE	0x20UL		/* PAE */
#define EFER_LONG_MODE	0x500UL		/* LMA LME */
#define X2APIC_ENABLE	0xc00UL		/* in the APIC base MSR */

extern const uint8_t payload_start[], payload_end[];

int vm_error(const char *what)
{
	fprintf(stderr, "vmm: %s: %s\n", what, strerror(errno));
	return -1;
}

static bool host_is_svm(void)
{
	uint32_t eax = 0, ebx, ecx = 0, edx;

	asm volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
	/* "Auth"enticAMD, "Hygo"nGenuine */
	return ebx == 0x68747541 || ebx == 0x6f677948;
}

/* Map the low 4 GiB to themselves in pages of 2 MiB. */
static void build_page_tables(uint8_t *memory)
{
	uint64_t *pml4 = (uint64_t *)(memory + GUEST_PAGE_TABLES);
	uint64_t *pdpt = pml4 + 512;
	uint64_t *pd = pdpt + 512;

	pml4[0] = (GUEST_PAGE_TABLES + PAGE_BYTES) | PTE_TABLE;
	for (uint64_t i = 0; i < GIGABYTES; i++)
		pdpt[i] = (GUEST_PAGE_TABLES + (2 + i) * PAGE_BYTES) | PTE_TABLE;
	for (uint64_t i = 0; i < GIGABYTES * 512; i++)
		pd[i] = i << 21 | PTE_LARGE;
}

/* Small pages on both sides, so that each first touch is one exit. */
static int add_memory(struct vm *vm, uint32_t slot, uint64_t address,
		      size_t bytes, uint8_t **memory)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot,
		.guest_phys_addr = address,
		.memory_size = bytes,
	};
	uint8_t *map = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED)
		return vm_error("guest memory");
	*memory = map;
	madvise(map, bytes, MADV_NOHUGEPAGE);
	region.userspace_addr = (uint64_t)map;
	if (ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &region) < 0)
		return vm_error("KVM_SET_USER_MEMORY_REGION");
	return 0;
}

static int get_cpuid(struct vm *vm)
{
	vm->cpuid = calloc(1, sizeof(*vm->cpuid) +
			   CPUID_ENTRIES * sizeof(vm->cpuid->entries[0]));
	if (!vm->cpuid)
		return vm_error("CPUID table");
	vm->cpuid->nent = CPUID_ENTRIES;
	if (ioctl(vm->kvm, KVM_GET_SUPPORTED_CPUID, vm->cpuid) < 0)
		return vm_error("KVM_GET_SUPPORTED_CPUID");
	return 0;
}

int vm_init(struct vm *vm, size_t touch_pages)
{
	int run_bytes;

	*vm = (struct vm) { .kvm = -1, .fd = -1, .svm = host_is_svm() };
	vm->touch_bytes = touch_pages * PAGE_BYTES;
	vm->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (vm->kvm < 0)
		return vm_error("/dev/kvm");
	vm->fd = ioctl(vm->kvm, KVM_CREATE_VM, 0);
	if (vm->fd < 0)
		return vm_error("KVM_CREATE_VM");
	run_bytes = ioctl(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (run_bytes < 0)
		return vm_error("KVM_GET_VCPU_MMAP_SIZE");
	vm->run_bytes = run_bytes;
	/* VMX without unrestricted guest asks for a place for its TSS. */
	if (ioctl(vm->fd, KVM_SET_TSS_ADDR, 0xfffbd000UL) < 0)
		return vm_error("KVM_SET_TSS_ADDR");
	if (ioctl(vm->fd, KVM_CREATE_IRQCHIP, 0) < 0)
		return vm_error("KVM_CREATE_IRQCHIP");
	if (get_cpuid(vm) ||
	    add_memory(vm, 0, 0, GUEST_MEMORY, &vm->memory) ||
	    (touch_pages &&
	     add_memory(vm, 1, GUEST_TOUCH, vm->touch_bytes, &vm->touch)))
		return -1;
	build_page_tables(vm->memory);
	memcpy(vm->memory + GUEST_PAYLOAD, payload_start,
	       payload_end - payload_start);
	return 0;
}

void vm_release(struct vm *vm)
{
	if (vm->fd >= 0)
		close(vm->fd);
	if (vm->kvm >= 0)
		close(vm->kvm);
	if (vm->memory)
		munmap(vm->memory, GUEST_MEMORY);
	if (vm->touch)
		munmap(vm->touch, vm->touch_bytes);
	free(vm->cpuid);
}

struct guest_args *vm_args(const struct vm *vm, unsigned int id)
{
	return (struct guest_args *)(vm->memory + GUEST_ARGS + id * PAGE_BYTES);
}

/* Enter 64-bit code directly: flat segments, paging on, x2APIC on. */
static int set_sregs(struct vcpu *vcpu)
{
	const struct kvm_segment code = {
		.limit = 0xffffffff, .selector = 0x08, .type = 11,
		.present = 1, .s = 1, .l = 1, .g = 1,
	};
	const struct kvm_segment data = {
		.limit = 0xffffffff, .selector = 0x10, .type = 3,
		.present = 1, .s = 1, .db = 1, .g = 1,
	};
	struct kvm_sregs sregs;

	if (ioctl(vcpu->fd, KVM_GET_SREGS, &sregs) < 0)
		return vm_error("KVM_GET_SREGS");
	sregs.cs = code;
	sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = data;
	sregs.cr0 = CR0_LONG_MODE;
	sregs.cr3 = GUEST_PAGE_TABLES;
	sregs.cr4 = CR4_LONG_MODE;
	sregs.efer = EFER_LONG_MODE;
	sregs.apic_base |= X2APIC_ENABLE;
	if (ioctl(vcpu->fd, KVM_SET_SREGS, &sregs) < 0)
		return vm_error("KVM_SET_SREGS");
	return 0;
}

static int set_regs(struct vcpu *vcpu)
{
	struct kvm_regs regs = {
		.rip = GUEST_PAYLOAD,
		.rflags = 2,
		.rdi = GUEST_ARGS + vcpu->id * PAGE_BYTES,
		/* As after a call: 8 bytes off a multiple of 16. */
		.rsp = GUEST_STACKS + (vcpu->id + 1) * PAGE_BYTES - 8,
	};
	struct kvm_mp_state running = { .mp_state = KVM_MP_STATE_RUNNABLE };

	if (ioctl(vcpu->fd, KVM_SET_REGS, &regs) < 0)
		return vm_error("KVM_SET_REGS");
	if (ioctl(vcpu->fd, KVM_SET_MP_STATE, &running) < 0)
		return vm_error("KVM_SET_MP_STATE");
	return 0;
}

int vcpu_init(struct vcpu *vcpu, struct vm *vm, unsigned int id)
{
	void *run;

	*vcpu = (struct vcpu) { .vm = vm, .id = id, .fd = -1 };
	vcpu->fd = ioctl(vm->fd, KVM_CREATE_VCPU, id);
	if (vcpu->fd < 0)
		return vm_error("KVM_CREATE_VCPU");
	run = mmap(NULL, vm->run_bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
		   vcpu->fd, 0);
	if (run == MAP_FAILED)
		return vm_error("kvm_run");
	vcpu->run = run;
	if (ioctl(vcpu->fd, KVM_SET_CPUID2, vm->cpuid) < 0)
		return vm_error("KVM_SET_CPUID2");
	if (set_sregs(vcpu) || set_regs(vcpu))
		return -1;
	vm_args(vm, id)->svm = vm->svm;
	vm_args(vm, id)->cr4 = CR4_LONG_MODE;
	return 0;
}

void vcpu_release(struct vcpu *vcpu)
{
	if (vcpu->run)
		munmap(vcpu->run, vcpu->vm->run_bytes);
	if (vcpu->fd >= 0)
		close(vcpu->fd);
}
