// SPDX-License-Identifier: GPL-2.0
/*
 * Which CPUs were recorded: perf says so in front of its records, 6.1 of any
 * recording.  Then streams can begin before all has been looked at.
 */
#include "base/diag.h"
#include "source/perfdata/perfdata-scan.h"

/* Before them: so much is looked at to find which CPUs there are. */
#define ANNOUNCED_BYTES	(1u << 20)

static bool is_in_front(const struct perf_record *rec)
{
	return rec->type != PERF_SAMPLE && rec->type != PERF_LOST &&
	       rec->type != PERF_LOST_SAMPLES && rec->type != PERF_COMPRESSED &&
	       rec->type != PERF_COMPRESSED2;
}

/*
 * Which CPUs were recorded, in front of all samples?  False: nothing says so.  Event
 * formats, which a block has no room for, are not looked at once more.
 */
static bool find_cpus(struct perfdata *pd)
{
	struct perf_window w;
	struct perf_record rec;
	bool any_task = false;
	int ret = perf_window_init(&w, pd, PERF_RECORD_MAX);

	if (ret < 0)
		return false;
	perf_window_seek(&w, pd->begin, pd->end - pd->begin);
	pd->first = pd->begin;
	while ((ret = perf_window_peek(&w, &rec)) == 1 && is_in_front(&rec) &&
	       w.pos - pd->first < ANNOUNCED_BYTES) {
		if (rec.type == PERF_ID_INDEX)
			perf_ids_place(pd, &rec);
		any_task |= rec.type == PERF_COMM || rec.type == PERF_FORK;
		perf_window_skip(&w, &rec);
		if (rec.bytes > rec.size && !any_task)
			pd->first = w.pos;
	}
	perf_window_release(&w);
	pd->announced = w.pos;
	return ret == 1 && perf_scan_silent_cpus(pd) == 0 && pd->nr_cpus;
}

int perf_announced(struct perfdata *pd)
{
	const struct diag *before;
	bool found;

	if (pd->folder || pd->incomplete)
		return -1;
	before = diag_set(&diag_silent);
	found = perf_index_begin(pd) == 0 && find_cpus(pd);
	diag_set(before);
	if (found)
		perf_scan_sort_cpus(pd);
	else
		perf_index_release(pd);
	pd->all_cpus_known = found;
	return found ? 0 : -1;
}
