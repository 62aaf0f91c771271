// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's accounting of exits on one CPU, and on all at once: what does
 * the counter cost that they share?  accounting.h is cut out of the patch.
 *
 * contention [PAUSE...]: TSC ticks between two exits (0 1000 10000).  Prints
 * TSC ticks for an exit, the three reads of the TSC that it takes to say so
 * included.
 */
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "accounting.h"

#define EXITS		2000
#define ROUNDS		501
#define MAX_CPUS	64

/* A round of one CPU. */
struct round {
	u64 begin;
	u64 end;
	u64 ticks;
};

struct cpu {
	pthread_t thread;
	unsigned int number;
	struct round rounds[ROUNDS];
	/* Two CPUs never write to one cache line here. */
	struct kvm_vcpu_exit_cycles ec ____cacheline_aligned;
};

__thread size_t this_cpu_offset;
unsigned int nr_cpu_ids;

static struct cpu cpus[MAX_CPUS];
static unsigned int nr_cpus;
static unsigned int arrived;
static u64 pause_ticks;

/* Nobody waits for a report here: the interval is 0. */
static void exit_poll(struct work_struct *work)
{
	(void)work;
}

static void wait_ticks(u64 ticks)
{
	u64 start = rdtsc_ordered();

	while (rdtsc_ordered() - start < ticks)
		;
}

/* What the hooks do that are inlined in the vendors' modules. */
static void vm_exit(struct kvm_vcpu_exit_cycles *ec)
{
	ec->stamps.exit_tsc = rdtsc_ordered();
	ec->open = READ_ONCE(kvm_exit_cycles_period);
	ec->stamps.isa = KVM_ISA_SVM;
	ec->stamps.exit_reason = SVM_EXIT_CPUID;
	ec->stamps.traced = 0;
}

/* All CPUs begin a round at once. */
static void meet(unsigned int round)
{
	__atomic_add_fetch(&arrived, 1, __ATOMIC_SEQ_CST);
	while (READ_ONCE(arrived) < nr_cpus * (round + 1))
		;
}

static void run_round(struct kvm_vcpu_exit_cycles *ec, struct round *r)
{
	u64 ticks = 0;

	r->begin = rdtsc_ordered();
	for (unsigned int i = 0; i < EXITS; i++) {
		u64 start;

		wait_ticks(pause_ticks);
		start = rdtsc_ordered();
		vm_exit(ec);
		__kvm_exit_cycles_entry(ec);
		ticks += rdtsc_ordered() - start;
	}
	r->end = rdtsc_ordered();
	r->ticks = ticks;
}

static void *run(void *data)
{
	struct cpu *cpu = data;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu->number, &set);
	if (pthread_setaffinity_np(pthread_self(), sizeof(set), &set))
		perror("contention: cannot pin a thread");
	this_cpu_offset = cpu->number * sizeof(struct exit_ring);

	for (unsigned int round = 0; round < ROUNDS; round++) {
		meet(round);
		run_round(&cpu->ec, &cpu->rounds[round]);
	}
	return NULL;
}

static int compare(const void *a, const void *b)
{
	const double *l = a, *r = b;

	return *l < *r ? -1 : *l > *r;
}

/* Whether a round was at the same time on all CPUs, none taken away. */
static bool together(unsigned int nr, unsigned int round)
{
	u64 first = U64_MAX, begin = 0, end = U64_MAX, last = 0;

	for (unsigned int i = 0; i < nr; i++) {
		const struct round *r = &cpus[i].rounds[round];

		first = r->begin < first ? r->begin : first;
		begin = r->begin > begin ? r->begin : begin;
		end = r->end < end ? r->end : end;
		last = r->end > last ? r->end : last;
	}
	return end > begin && (end - begin) * 10 > (last - first) * 8;
}

/* The median of the rounds that were together: ticks for an exit. */
static double measure(unsigned int nr, unsigned int *rounds)
{
	static double all[MAX_CPUS * ROUNDS];
	unsigned int n = 0;

	nr_cpus = nr;
	arrived = 0;
	for (unsigned int i = 0; i < nr; i++)
		pthread_create(&cpus[i].thread, NULL, run, &cpus[i]);
	for (unsigned int i = 0; i < nr; i++)
		pthread_join(cpus[i].thread, NULL);
	*rounds = 0;
	for (unsigned int round = 0; round < ROUNDS; round++) {
		if (!together(nr, round))
			continue;
		++*rounds;
		for (unsigned int i = 0; i < nr; i++)
			all[n++] = (double)cpus[i].rounds[round].ticks / EXITS;
	}
	qsort(all, n, sizeof(*all), compare);
	return n ? all[n / 2] : 0;
}

static int setup(unsigned int nr)
{
	struct exit_ring *rings = aligned_alloc(64, nr * sizeof(*rings));

	if (!rings) {
		perror("contention");
		return -1;
	}
	memset(rings, 0, nr * sizeof(*rings));
	for (unsigned int i = 0; i < nr; i++) {
		rings[i].newest = &rings[i].tables[0];
		cpus[i].number = i;
		cpus[i].ec.period = 3;
	}
	slots_init(KVM_ISA_SVM);
	kvm_exit_cycles_period = 3;
	epochs[0].number = 1;
	epochs[0].step = U64_MAX;
	epochs[0].ring = rings;
	current_epoch = &epochs[0];
	return 0;
}

/* Every exit is in a table, and numbered: as many as there were. */
static int counted(unsigned int nr, uint64_t expected)
{
	uint64_t exits = 0;

	for (unsigned int i = 0; i < nr; i++) {
		struct exit_ring *ring = &epochs[0].ring[i];
		u64 cell = table_cell(ring, ring->newest, slot_of(SVM_EXIT_CPUID));

		exits += ring->cells[cell].exits;
	}
	if (exits == expected && (uint64_t)epochs[0].seq.counter == expected)
		return 0;
	fprintf(stderr, "contention: counted %llu exits of %llu\n",
		(unsigned long long)exits, (unsigned long long)expected);
	return -1;
}

int main(int argc, char **argv)
{
	static char *defaults[] = { "", "0", "1000", "10000" };
	unsigned int nr = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned int rounds;
	uint64_t expected = 0;

	if (nr > MAX_CPUS)
		nr = MAX_CPUS;
	if (argc < 2) {
		argc = ARRAY_SIZE(defaults);
		argv = defaults;
	}
	if (setup(nr))
		return EXIT_FAILURE;
	printf("%14s %8s %5u CPUs %7s %9s\n", "ticks between", "1 CPU", nr,
	       "ratio", "rounds");
	for (int i = 1; i < argc; i++) {
		double one, many;

		pause_ticks = strtoull(argv[i], NULL, 0);
		one = measure(1, &rounds);
		many = measure(nr, &rounds);
		expected += (uint64_t)EXITS * ROUNDS * (nr + 1);
		printf("%14s %8.0f %10.0f %7.2f %9u\n", argv[i], one, many,
		       many / one, rounds);
	}
	return counted(nr, expected) ? EXIT_FAILURE : EXIT_SUCCESS;
}
