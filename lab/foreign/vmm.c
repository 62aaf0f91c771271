// SPDX-License-Identifier: GPL-2.0
/*
 * A virtual machine monitor for architectures other than x86, whose guest causes
 * a known number of exits for each reason (see machine.h).
 *
 * usage: vmm [--vcpus=N] rounds=N
 *
 * Output, one fact a line, as that of the x86 one (../guest/vmm.c):
 *
 *   vm VM isa NAME vcpus N
 *   expect VM REASON exact N FIELD
 *
 * The exit by which a vCPU ends is not among those: no entry follows it.
 */
#include "machine.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAX_VCPUS	16
#define MEMORY_BYTES	0x10000

struct worker {
	struct kvm_run *run;
	int fd;
	uint32_t word;		/* what the guest reads, and has to add 1 to */
	pthread_t thread;
};

static int failed(const char *what)
{
	fprintf(stderr, "vmm: %s: %s\n", what, strerror(errno));
	return -1;
}

int set_register(int vcpu, uint64_t id, uint64_t value)
{
	struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)&value };

	return ioctl(vcpu, KVM_SET_ONE_REG, &reg);
}

/* An emulator that mixes up registers across exits is found out here. */
static int handle_mmio(struct worker *worker)
{
	struct kvm_run *run = worker->run;
	uint32_t word;

	if (!run->mmio.is_write) {
		memcpy(run->mmio.data, &worker->word, sizeof(worker->word));
		return 0;
	}
	memcpy(&word, run->mmio.data, sizeof(word));
	if (word == ++worker->word)
		return 0;
	fprintf(stderr, "vmm: the guest wrote %" PRIu32 ", not %" PRIu32 "\n",
		word, worker->word);
	return -1;
}

/* Returns 1 when the guest has switched itself off. */
static int handle_exit(struct worker *worker)
{
	switch (worker->run->exit_reason) {
	case KVM_EXIT_MMIO:
		return handle_mmio(worker);
	case KVM_EXIT_SYSTEM_EVENT:
	case KVM_EXIT_PAPR_HCALL:
		return 1;
	}
	fprintf(stderr, "vmm: unexpected exit to userspace %u\n",
		worker->run->exit_reason);
	return -1;
}

/* The vCPU that ends the machine ends the process: the others wait in KVM. */
static void *run_vcpu(void *data)
{
	struct worker *worker = data;
	int ret = 0;

	while (!ret) {
		if (ioctl(worker->fd, KVM_RUN, 0) == 0)
			ret = handle_exit(worker);
		else if (errno != EINTR && errno != EAGAIN)
			ret = failed("KVM_RUN");
	}
	fflush(stdout);
	_exit(ret < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

static int add_memory(int vm, unsigned int vcpus)
{
	uint8_t *memory = mmap(NULL, MEMORY_BYTES, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct kvm_userspace_memory_region region = {
		.guest_phys_addr = guest_memory,
		.memory_size = MEMORY_BYTES,
		.userspace_addr = (uintptr_t)memory,
	};
	uint32_t running = vcpus;

	if (memory == MAP_FAILED)
		return failed("guest memory");
	memcpy(memory, payload_start, payload_end - payload_start);
	memcpy(memory + (payload_running - payload_start), &running, sizeof(running));
	if (ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region) < 0)
		return failed("KVM_SET_USER_MEMORY_REGION");
	return 0;
}

static int create_vcpu(struct worker *worker, int kvm, int vm, unsigned int id,
		       uint64_t rounds)
{
	int bytes = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);

	worker->fd = ioctl(vm, KVM_CREATE_VCPU, id);
	if (bytes < 0 || worker->fd < 0)
		return failed("KVM_CREATE_VCPU");
	worker->run = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
			   worker->fd, 0);
	if (worker->run == MAP_FAILED)
		return failed("kvm_run");
	if (vcpu_begin(vm, worker->fd, rounds) < 0)
		return failed("registers");
	return 0;
}

static void print_expected(unsigned int vcpus, uint64_t rounds)
{
	printf("vm %d isa %s vcpus %u\n", getpid(), isa_name, vcpus);
	for (const struct round_exits *each = round_exits; each->reason; each++)
		printf("expect %d %s exact %" PRIu64 " %s\n", getpid(), each->reason,
		       each->exits * rounds * vcpus, each->field);
}

static int run_vm(unsigned int vcpus, uint64_t rounds)
{
	static struct worker workers[MAX_VCPUS];
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int vm = kvm < 0 ? -1 : ioctl(kvm, KVM_CREATE_VM, 0);

	if (vm < 0)
		return failed("/dev/kvm");
	if (add_memory(vm, vcpus))
		return -1;
	for (unsigned int i = 0; i < vcpus; i++)
		if (create_vcpu(&workers[i], kvm, vm, i, rounds))
			return -1;
	print_expected(vcpus, rounds);
	for (unsigned int i = 0; i < vcpus; i++) {
		errno = pthread_create(&workers[i].thread, NULL, run_vcpu, &workers[i]);
		if (errno)
			return failed("pthread_create");
	}
	pthread_join(workers[0].thread, NULL);
	return -1;
}

/* @text is NAME=NUMBER, from 1 to @max.  Returns 0 if it is not. */
static unsigned long parse(const char *text, const char *name, unsigned long max)
{
	size_t length = strlen(name);
	unsigned long value;
	char *end;

	if (strncmp(text, name, length) || text[length] != '=')
		return 0;
	value = strtoul(text + length + 1, &end, 10);
	return *end || value > max ? 0 : value;
}

int main(int argc, char **argv)
{
	unsigned long vcpus = 1, rounds = 0;

	if (argc == 3)
		vcpus = parse(argv[1], "--vcpus", MAX_VCPUS);
	if (argc == 2 || argc == 3)
		rounds = parse(argv[argc - 1], "rounds", 100000000);
	if (!vcpus || !rounds) {
		fputs("usage: vmm [--vcpus=N] rounds=N\n", stderr);
		return 2;
	}
	return run_vm(vcpus, rounds) ? EXIT_FAILURE : EXIT_SUCCESS;
}
