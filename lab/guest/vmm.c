// SPDX-License-Identifier: GPL-2.0
/*
 * A virtual machine monitor whose guest executes a known number of exiting
 * instructions and times each of them with its own TSC.
 *
 * Output, one fact a line, VM being this process's id as in the kvm events:
 *
 *   vm VM isa svm|vmx vcpus N
 *   op VM VCPU NAME done N sum CYCLES min CYCLES max CYCLES
 *   slept VM VCPU times N sum CYCLES
 *   expect VM REASON exact|atleast N
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "vm.h"

#define MAX_VMS		16
#define MAX_COUNT	100000000UL

struct options {
	uint64_t count[OP_NR];
	unsigned long vcpus;
	unsigned long vms;
	unsigned long seed;
	unsigned long hlt_ms;
	unsigned long sleep_ms;
	unsigned long migrate_ms;	/* 0: vCPUs stay where they are */
	unsigned long pin;		/* CPUs to pin to, from 0; 0: none */
	unsigned long relay;		/* KVM_RUNs of a thread; 0: all */
};

struct worker {
	struct vcpu vcpu;
	pthread_t thread;
	const struct options *options;
	unsigned long cpu;		/* where it is pinned */
	uint64_t sleeps;
	uint64_t slept_cycles;
	bool created;
	bool running;
	bool done;
	int ret;
};

static const struct {
	const char *name;
	const char *svm;
	const char *vmx;
	bool exact;
} operations[OP_NR] = {
#define X(id, name, svm, vmx, exact) { name, svm, vmx, exact },
	OPERATIONS(X)
#undef X
};

static uint64_t rdtsc(void)
{
	uint32_t low, high;

	asm volatile("lfence; rdtsc; lfence"
		     : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

static void sleep_ms(unsigned long ms)
{
	struct timespec left = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&left, &left) && errno == EINTR)
		;
}

static void pin_to(pthread_t thread, unsigned long cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	pthread_setaffinity_np(thread, sizeof(set), &set);
}

static void sleep_for_guest(struct worker *worker)
{
	uint64_t start = rdtsc();

	sleep_ms(worker->options->sleep_ms);
	worker->slept_cycles += rdtsc() - start;
	worker->sleeps++;
}

/* Answer an exit to userspace.  Returns 1 when the guest is done, or -1. */
static int handle_exit(struct worker *worker)
{
	struct kvm_run *run = worker->vcpu.run;
	const uint32_t pattern = MMIO_PATTERN;

	switch (run->exit_reason) {
	case KVM_EXIT_IO:
		if (run->io.port == PORT_DONE)
			return 1;
		if (run->io.port == PORT_SLEEP)
			sleep_for_guest(worker);
		else if (run->io.direction == KVM_EXIT_IO_IN)
			*((uint8_t *)run + run->io.data_offset) = IO_PATTERN;
		return 0;
	case KVM_EXIT_MMIO:
		memcpy(run->mmio.data, &pattern, sizeof(pattern));
		return 0;
	case KVM_EXIT_INTR:
		return 0;
	}
	fprintf(stderr, "vmm: vCPU %u: unexpected exit to userspace %u, detail %#llx\n",
		worker->vcpu.id, run->exit_reason,
		(unsigned long long)run->hw.hardware_exit_reason);
	return -1;
}

/* Run the vCPU until the guest is done, or for as long as a relay's thread may. */
static void *run_lap(void *data)
{
	struct worker *worker = data;
	unsigned long left = worker->options->relay;
	int ret = 0;

	do {
		if (ioctl(worker->vcpu.fd, KVM_RUN, 0) == 0)
			ret = handle_exit(worker);
		else if (errno != EINTR && errno != EAGAIN)
			ret = vm_error("KVM_RUN");
	} while (!ret && --left);
	worker->done = ret;
	worker->ret = ret < 0 ? -1 : 0;
	return NULL;
}

/* Each lap has a thread of its own. */
static int run_relay(struct worker *worker)
{
	pthread_t thread;

	while (!worker->done) {
		errno = pthread_create(&thread, NULL, run_lap, worker);
		if (errno)
			return vm_error("pthread_create");
		pthread_join(thread, NULL);
	}
	return worker->ret;
}

static void *run_vcpu(void *data)
{
	struct worker *worker = data;

	if (worker->options->relay)
		worker->ret = run_relay(worker);
	else
		run_lap(worker);
	__atomic_store_n(&worker->running, false, __ATOMIC_RELEASE);
	return NULL;
}

/* Move each vCPU to the next CPU, again and again, until all are done. */
static void migrate(struct worker *workers, const struct options *options)
{
	unsigned long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	bool running = true;

	while (running) {
		sleep_ms(options->migrate_ms);
		running = false;
		for (unsigned long i = 0; i < options->vcpus; i++) {
			struct worker *worker = &workers[i];

			if (!__atomic_load_n(&worker->running, __ATOMIC_ACQUIRE))
				continue;
			running = true;
			worker->cpu = (worker->cpu + 1) % cpus;
			pin_to(worker->thread, worker->cpu);
		}
	}
}

static int start_vcpu(struct worker *worker, struct vm *vm, unsigned int id,
		      const struct options *options)
{
	struct guest_args *args = vm_args(vm, id);

	worker->options = options;
	worker->cpu = id;
	worker->created = true;
	if (vcpu_init(&worker->vcpu, vm, id))
		return -1;
	args->seed = options->seed ? options->seed + id : 0;
	args->hlt_ns = options->hlt_ms * 1000000;
	args->touch = GUEST_TOUCH + id * options->count[OP_TOUCH] * PAGE_BYTES;
	for (unsigned int op = 0; op < OP_NR; op++)
		args->op[op].count = options->count[op];
	worker->running = true;
	errno = pthread_create(&worker->thread, NULL, run_vcpu, worker);
	if (errno) {
		worker->running = false;
		return vm_error("pthread_create");
	}
	if (options->pin)
		pin_to(worker->thread, id % options->pin);
	return 0;
}

static int print_vcpu(const struct worker *worker)
{
	const struct guest_args *args = vm_args(worker->vcpu.vm, worker->vcpu.id);

	for (unsigned int op = 0; op < OP_NR; op++) {
		const struct op_result *result = &args->op[op];

		if (result->count)
			printf("op %d %u %s done %" PRIu64 " sum %" PRIu64
			       " min %" PRIu64 " max %" PRIu64 "\n",
			       getpid(), worker->vcpu.id, operations[op].name,
			       result->done, result->sum, result->min, result->max);
	}
	if (worker->sleeps)
		printf("slept %d %u times %" PRIu64 " sum %" PRIu64 "\n",
		       getpid(), worker->vcpu.id, worker->sleeps,
		       worker->slept_cycles);
	if (args->wrong || !args->finished) {
		fprintf(stderr, "vmm: vCPU %u: %" PRIu64 " wrong results%s\n",
			worker->vcpu.id, args->wrong,
			args->finished ? "" : ", not finished");
		return -1;
	}
	return 0;
}

static const char *reason_of(const struct vm *vm, unsigned int op)
{
	return vm->svm ? operations[op].svm : operations[op].vmx;
}

/* One line for each reason, at the first operation that causes it. */
static void print_expected(const struct vm *vm, const struct options *options)
{
	for (unsigned int op = 0; op < OP_NR; op++) {
		uint64_t count = 0;
		bool exact = true, first = true;

		for (unsigned int i = 0; i < OP_NR; i++) {
			if (strcmp(reason_of(vm, i), reason_of(vm, op)))
				continue;
			first &= i >= op;
			count += options->count[i];
			exact &= operations[i].exact;
			/* The exit that comes before each DR access. */
			if (i == OP_CPUID)
				count += options->count[OP_DR];
		}
		if (first && count)
			printf("expect %d %s %s %" PRIu64 "\n", getpid(),
			       reason_of(vm, op), exact ? "exact" : "atleast",
			       count * options->vcpus);
	}
}

static int run_vm(const struct options *options)
{
	struct worker workers[MAX_VCPUS] = { 0 };
	struct vm vm;
	int ret = vm_init(&vm, options->count[OP_TOUCH] * options->vcpus);

	for (unsigned int i = 0; i < options->vcpus && !ret; i++)
		ret = start_vcpu(&workers[i], &vm, i, options);
	if (!ret && options->migrate_ms)
		migrate(workers, options);
	if (!ret)
		printf("vm %d isa %s vcpus %lu\n", getpid(),
		       vm.svm ? "svm" : "vmx", options->vcpus);
	for (unsigned int i = 0; i < options->vcpus; i++) {
		if (workers[i].thread)
			pthread_join(workers[i].thread, NULL);
		if (workers[i].ret)
			ret = -1;
	}
	for (unsigned int i = 0; i < options->vcpus; i++) {
		if (!ret && print_vcpu(&workers[i]))
			ret = -1;
		if (workers[i].created)
			vcpu_release(&workers[i].vcpu);
	}
	if (!ret)
		print_expected(&vm, options);
	vm_release(&vm);
	fflush(stdout);
	return ret;
}

/* Each VM is a process of its own, as with any VMM. */
static int run_vms(const struct options *options)
{
	int ret = 0, status;

	if (options->vms == 1)
		return run_vm(options);
	for (unsigned long i = 0; i < options->vms; i++) {
		switch (fork()) {
		case -1:
			ret = vm_error("fork");
			break;
		case 0:
			prctl(PR_SET_PDEATHSIG, SIGTERM);
			exit(run_vm(options) ? EXIT_FAILURE : EXIT_SUCCESS);
		}
	}
	while (wait(&status) >= 0)
		if (status)
			ret = -1;
	return ret;
}

static int usage(void)
{
	fputs("usage: vmm [OPTION]... OPERATION=COUNT...\n"
	      "  --vcpus=N       vCPUs of each VM (1 to 16; default 1)\n"
	      "  --vms=N         VMs at once (1 to 16; default 1)\n"
	      "  --seed=N        mix the operations in random order, from this seed\n"
	      "  --hlt-ms=N      a timer ends each hlt after so long (default 1)\n"
	      "  --sleep-ms=N    how long each sleep sleeps in the VMM (default 1)\n"
	      "  --pin=N         pin the vCPUs to the first N CPUs\n"
	      "  --migrate-ms=N  move every vCPU to the next CPU every so often\n"
	      "  --relay=N       run each vCPU from another thread after N KVM_RUNs\n"
	      "operations, COUNT of each on each vCPU:", stderr);
	for (unsigned int op = 0; op < OP_NR; op++)
		fprintf(stderr, " %s", operations[op].name);
	fputc('\n', stderr);
	return -1;
}

static int parse_number(const char *text, unsigned long min, unsigned long max,
			unsigned long *value)
{
	char *end;

	errno = 0;
	*value = strtoul(text, &end, 0);
	if (errno || end == text || *end || *text == '-' ||
	    *value < min || *value > max) {
		fprintf(stderr, "vmm: bad number: %s: must be %lu to %lu\n",
			text, min, max);
		return -1;
	}
	return 0;
}

static int parse_operation(const char *text, struct options *options)
{
	const char *equals = strchr(text, '=');
	unsigned long count;

	for (unsigned int op = 0; equals && op < OP_NR; op++) {
		size_t length = strlen(operations[op].name);

		if (length != (size_t)(equals - text) ||
		    strncmp(text, operations[op].name, length))
			continue;
		if (parse_number(equals + 1, 0, MAX_COUNT, &count))
			return -1;
		options->count[op] = count;
		return 0;
	}
	fprintf(stderr, "vmm: bad operation: %s\n", text);
	return usage();
}

static int parse_options(int argc, char **argv, struct options *options)
{
	static const struct option names[] = {
		{ "vcpus", required_argument, NULL, 'c' },
		{ "vms", required_argument, NULL, 'v' },
		{ "seed", required_argument, NULL, 's' },
		{ "hlt-ms", required_argument, NULL, 'h' },
		{ "sleep-ms", required_argument, NULL, 'S' },
		{ "pin", required_argument, NULL, 'p' },
		{ "migrate-ms", required_argument, NULL, 'm' },
		{ "relay", required_argument, NULL, 'r' },
		{ NULL, 0, NULL, 0 },
	};
	int c, ret = 0;

	while (!ret && (c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (c) {
		case 'c':
			ret = parse_number(optarg, 1, MAX_VCPUS, &options->vcpus);
			break;
		case 'v':
			ret = parse_number(optarg, 1, MAX_VMS, &options->vms);
			break;
		case 's':
			ret = parse_number(optarg, 0, UINT32_MAX, &options->seed);
			break;
		case 'h':
			ret = parse_number(optarg, 1, 10000, &options->hlt_ms);
			break;
		case 'S':
			ret = parse_number(optarg, 0, 10000, &options->sleep_ms);
			break;
		case 'p':
			ret = parse_number(optarg, 1, CPU_SETSIZE, &options->pin);
			break;
		case 'm':
			ret = parse_number(optarg, 1, 10000, &options->migrate_ms);
			break;
		case 'r':
			ret = parse_number(optarg, 1, MAX_COUNT, &options->relay);
			break;
		default:
			ret = usage();
		}
	}
	if (!ret && optind == argc)
		ret = usage();
	while (!ret && optind < argc)
		ret = parse_operation(argv[optind++], options);
	return ret;
}

int main(int argc, char **argv)
{
	struct options options = {
		.vcpus = 1, .vms = 1, .hlt_ms = 1, .sleep_ms = 1,
	};

	if (parse_options(argc, argv, &options))
		return 2;
	return run_vms(&options) ? EXIT_FAILURE : EXIT_SUCCESS;
}
