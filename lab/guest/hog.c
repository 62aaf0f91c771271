// SPDX-License-Identifier: GPL-2.0
/*
 * hog CPU BURST_MS PAUSE_MS TIMES: take a CPU away from everybody else, as a
 * SCHED_FIFO task that spins for BURST_MS, then sleeps for PAUSE_MS.
 * Prints "hog cpu N times N sum CYCLES": the TSC cycles of the bursts.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <x86intrin.h>

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static uint64_t burst(unsigned long ms)
{
	uint64_t start = __rdtsc(), end = now_ns() + ms * 1000000;

	while (now_ns() < end)
		;
	return __rdtsc() - start;
}

static int take_over(int cpu)
{
	const struct sched_param priority = { .sched_priority = 10 };
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) ||
	    sched_setscheduler(0, SCHED_FIFO, &priority)) {
		perror("hog");
		return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	unsigned long cpu, burst_ms, pause_ms, times;
	struct timespec pause;
	uint64_t sum = 0;

	if (argc != 5) {
		fputs("usage: hog CPU BURST_MS PAUSE_MS TIMES\n", stderr);
		return 2;
	}
	cpu = strtoul(argv[1], NULL, 0);
	burst_ms = strtoul(argv[2], NULL, 0);
	pause_ms = strtoul(argv[3], NULL, 0);
	times = strtoul(argv[4], NULL, 0);
	pause = (struct timespec){ pause_ms / 1000, pause_ms % 1000 * 1000000 };

	if (take_over(cpu))
		return EXIT_FAILURE;
	for (unsigned long i = 0; i < times; i++) {
		nanosleep(&pause, NULL);
		sum += burst(burst_ms);
	}
	printf("hog cpu %lu times %lu sum %" PRIu64 "\n", cpu, times, sum);
	return EXIT_SUCCESS;
}
