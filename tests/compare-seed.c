// SPDX-License-Identifier: GPL-2.0
/*
 * Recordings for compare.bats, made up by a seed (guest-work.h), with a change or not:
 *
 *	compare-seed SEED TRACE.DAT EXITS [cost|tail|count REASON FACTOR] [unpatched]
 *
 * REASON is an index: 0 npf, 1 io, 2 hlt, 3 msr.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest-work.h"
#include "mktrace.h"

#define SVM	2u

static enum work_change change_named(const char *name)
{
	if (!strcmp(name, "cost"))
		return WORK_COST;
	if (!strcmp(name, "tail"))
		return WORK_TAIL_COST;
	return !strcmp(name, "count") ? WORK_COUNT : WORK_SAME;
}

static void add_exit(struct mktrace *t, const struct work_exit *e, uint64_t seed,
		     bool unpatched, uint64_t seq)
{
	const uint32_t code = work_reasons[e->reason].code;
	/* No two recordings begin at the same time. */
	const uint64_t ns = e->ns + seed * 1000, tsc = 3 * ns;

	if (unpatched)
		mktrace_exit(t, 0, ns, &(struct mktrace_exit){
			.pid = seed % 10000 + 1, .isa = SVM, .exit_reason = code });
	mktrace_entry(t, 0, ns + (unpatched ? e->cycles / 3 : 0),
		      &(struct mktrace_entry){
		.pid = seed % 10000 + 1, .vm = seed % 10000, .tsc = tsc + e->cycles,
		.exit_tsc = tsc, .seq = seq, .epoch = 1,
		.report = 1 + (seq - 1) / 500, .exit_reason = code, .isa = SVM });
}

int main(int argc, char **argv)
{
	const bool unpatched = argc > 1 && !strcmp(argv[argc - 1], "unpatched");
	struct mktrace_config config = { .unpatched = unpatched, .clock = "mono" };
	struct work_plan plan = { .exits = 0 };
	uint64_t seq = 0, seed;
	struct work_exit e;
	struct mktrace *t;
	struct work w;

	if (argc < 4) {
		fprintf(stderr, "usage: compare-seed SEED TRACE.DAT EXITS [cost|tail|count REASON FACTOR] [unpatched]\n");
		return 2;
	}
	seed = strtoull(argv[1], NULL, 10);
	plan.exits = strtoul(argv[3], NULL, 10);
	if (argc > 6) {
		plan.change = change_named(argv[4]);
		plan.reason = strtoul(argv[5], NULL, 10);
		plan.factor = strtod(argv[6], NULL);
	}
	t = mktrace_new(&config);
	w = work_of(seed, &plan);
	while (work_next(&w, &e))
		add_exit(t, &e, seed, unpatched, ++seq);
	mktrace_finish(t, argv[2], NULL);
	return 0;
}
