// SPDX-License-Identifier: GPL-2.0
/*
 * Where in the file the stream of each CPU is.  All are of the file, so it is the
 * file's size that bounds what is read, however many CPUs there are: no two of
 * them share a byte.
 */
#include <stdlib.h>

#include "base/compare.h"
#include "base/error.h"
#include "source/tracecmd/tracedat-private.h"

int tracedat_add_cpu(struct tracedat *td, uint32_t cpu, uint64_t offset,
		     uint64_t size, unsigned int room)
{
	struct recording *info = &td->source.recording;
	struct recording_cpu *new;
	uint64_t left;

	if (!td->cpus) {
		td->cpus = calloc(room, sizeof(*td->cpus));
		if (!td->cpus)
			return error("out of memory: %s: %u CPUs", td->path,
				     room);
		info->cpus = td->cpus;
	}
	if (offset > UINT64_MAX - size)
		return error("bad offset: %s: cpu %u: 0x%llx and %llu bytes exceed 64 bits",
			     td->path, cpu, (unsigned long long)offset,
			     (unsigned long long)size);
	left = offset < info->file_bytes ? info->file_bytes - offset : 0;
	new = &td->cpus[info->nr_cpus++];
	new->cpu = cpu;
	new->offset = offset;
	new->size = size;
	new->missing = size > left ? size - left : 0;
	if (info->missing_bytes > UINT64_MAX - new->missing)
		return error("bad size: %s: cpu %u: all sizes together exceed 64 bits",
			     td->path, cpu);
	info->missing_bytes += new->missing;
	/* Each term is at most the file's size, and there are at most 65536. */
	info->data_bytes += size - new->missing;
	return 0;
}

static int cmp_number(const void *a, const void *b)
{
	const struct recording_cpu *x = a, *y = b;

	return compare_u64(x->cpu, y->cpu);
}

static int cmp_offset(const void *a, const void *b)
{
	const struct recording_cpu *x = a, *y = b;
	int order = compare_u64(x->offset, y->offset);

	return order ? order : cmp_number(a, b);
}

/* Two streams for one CPU would have no order between them. */
static int check_numbers(const struct tracedat *td, struct recording_cpu *cpus,
			 unsigned int nr)
{
	unsigned int i;

	qsort(cpus, nr, sizeof(*cpus), cmp_number);
	for (i = 1; i < nr; i++)
		if (cpus[i].cpu == cpus[i - 1].cpu)
			return error("bad BUFFER option: %s: cpu %u has two streams",
				     td->path, cpus[i].cpu);
	return 0;
}

static int check_offsets(const struct tracedat *td, struct recording_cpu *cpus,
			 unsigned int nr)
{
	const struct recording_cpu *a, *b;
	unsigned int i;

	qsort(cpus, nr, sizeof(*cpus), cmp_offset);
	for (i = 1; i < nr; i++) {
		a = &cpus[i - 1];
		b = &cpus[i];
		if (b->offset - a->offset < a->size)
			return error("bad offset: %s: cpu %u at 0x%llx is within the %llu bytes of cpu %u at 0x%llx",
				     td->path, b->cpu,
				     (unsigned long long)b->offset,
				     (unsigned long long)a->size, a->cpu,
				     (unsigned long long)a->offset);
	}
	return 0;
}

int tracedat_check_cpus(const struct tracedat *td)
{
	const struct recording *info = &td->source.recording;
	struct recording_cpu *cpus;
	unsigned int i, nr = 0;
	int ret = 0;

	if (!info->nr_cpus)
		return 0;
	cpus = malloc(info->nr_cpus * sizeof(*cpus));
	if (!cpus)
		return error("out of memory: %s: %u CPUs", td->path,
			     info->nr_cpus);
	for (i = 0; i < info->nr_cpus; i++)
		if (info->cpus[i].size)
			cpus[nr++] = info->cpus[i];
	if (nr && (check_numbers(td, cpus, nr) < 0 ||
		   check_offsets(td, cpus, nr) < 0))
		ret = -1;
	free(cpus);
	return ret;
}
