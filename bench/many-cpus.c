// SPDX-License-Identifier: GPL-2.0
/*
 * What an exit costs when many CPUs share the reports: one thread plays CPUs
 * that take turns at random, and a worker that folds what is due.  Run it under
 * callgrind, which counts the instructions of account() alone: count-many-cpus
 * does.  accounting.h is cut out of the patch.
 *
 * many-cpus CPUS INTERVAL EXITS
 */
#include "accounting.h"

#define MAX_CPUS	256
/* Reports are folded so many at a time, as the worker does not run each time. */
#define LATE		4

__thread size_t this_cpu_offset;
unsigned int nr_cpu_ids;

static struct kvm_vcpu_exit_cycles vcpus[MAX_CPUS];

static void exit_poll(struct work_struct *work)
{
	(void)work;
}

/* What the hooks do that are inlined in the vendors' modules, and accounting. */
void noinline account(struct kvm_vcpu_exit_cycles *ec, u32 exit_reason)
{
	ec->stamps.exit_tsc = rdtsc_ordered();
	ec->open = READ_ONCE(kvm_exit_cycles_period);
	ec->stamps.isa = KVM_ISA_SVM;
	ec->stamps.exit_reason = exit_reason;
	ec->stamps.traced = 0;
	__kvm_exit_cycles_entry(ec);
}

static unsigned int draw(unsigned int below)
{
	static u64 state = 1;

	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (state >> 33) % below;
}

static int setup(unsigned int nr, u32 interval)
{
	struct exit_ring *rings = aligned_alloc(64, nr * sizeof(*rings));

	if (!rings) {
		perror("many-cpus");
		return -1;
	}
	memset(rings, 0, nr * sizeof(*rings));
	for (unsigned int i = 0; i < nr; i++) {
		rings[i].newest = &rings[i].tables[0];
		vcpus[i].period = 3;
	}
	nr_cpu_ids = nr;
	slots_init(KVM_ISA_SVM);
	kvm_exit_cycles_period = 3;
	epochs[0].number = 1;
	epochs[0].interval = interval;
	epochs[0].step = interval ? interval : U64_MAX;
	epochs[0].ring = rings;
	current_epoch = &epochs[0];
	return 0;
}

int main(int argc, char **argv)
{
	/* Half of them are of one reason, as usual. */
	static const u32 reasons[] = {
		SVM_EXIT_MSR, SVM_EXIT_MSR, SVM_EXIT_MSR, SVM_EXIT_HLT,
		SVM_EXIT_CPUID, SVM_EXIT_INTR, SVM_EXIT_IOIO, SVM_EXIT_MSR,
	};
	unsigned int nr = argc == 4 ? strtoul(argv[1], NULL, 0) : 0;
	u32 interval = argc == 4 ? strtoul(argv[2], NULL, 0) : 0;
	u64 exits = argc == 4 ? strtoull(argv[3], NULL, 0) : 0;
	u64 counted = 0;

	if (!nr || nr > MAX_CPUS || setup(nr, interval)) {
		fprintf(stderr, "usage: many-cpus CPUS INTERVAL EXITS\n");
		return EXIT_FAILURE;
	}
	for (u64 seq = 1; seq <= exits; seq++) {
		unsigned int cpu = draw(nr);

		this_cpu_offset = cpu * sizeof(struct exit_ring);
		account(&vcpus[cpu], reasons[draw(ARRAY_SIZE(reasons))]);
		if (interval && seq % ((u64)interval * LATE) == 0)
			epoch_fold(&epochs[0], seq - interval);
	}
	epoch_fold(&epochs[0], U64_MAX);
	for (unsigned int slot = 0; slot < NR_SLOTS; slot++)
		counted += totals.figures[slot].exits;
	if (counted != exits) {
		fprintf(stderr, "many-cpus: counted %llu exits of %llu\n",
			(unsigned long long)counted, (unsigned long long)exits);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
