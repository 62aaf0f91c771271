// SPDX-License-Identifier: GPL-2.0
/*
 * The time of vCPUs: cases, then many random ones against two naive models.  One
 * knows where a thread is at each single moment; the other is that of the
 * patched kernel (model.h).
 */
#include "reader-test.h"

#include "model.h"
#include "walk/round_trips.h"
#include "sink/views-private.h"

static char path[TEST_PATH_MAX];

static const struct timeline_vcpu *vcpu_of(const struct timeline *tl,
					   uint32_t vm, uint32_t vcpu)
{
	size_t i;

	for (i = 0; i < tl->size; i++)
		if (tl->vcpus[i].used && tl->vcpus[i].vm == vm &&
		    tl->vcpus[i].vcpu == vcpu)
			return &tl->vcpus[i];
	fail_msg("no vCPU %u of VM %u", vcpu, vm);
	return NULL;
}

static void assert_adds_up(const struct times *t)
{
	u128 sum = 0;
	unsigned int i;

	for (i = 0; i < TIMES_PARTS; i++)
		sum += t->part[i];
	assert_true(sum == t->span);
}

static void assert_parts(const struct timeline *tl, uint32_t vm, uint32_t vcpu,
			 uint64_t first, uint64_t last, const struct times *want)
{
	struct times got;
	unsigned int i;

	timeline_get(tl, vcpu_of(tl, vm, vcpu), first, last, &got);
	assert_adds_up(&got);
	for (i = 0; i < TIMES_PARTS; i++)
		if (got.part[i] != want->part[i])
			fail_msg("part %u: %llu, expected %llu", i,
				 (unsigned long long)got.part[i],
				 (unsigned long long)want->part[i]);
}

#define TIMES(...)	(&(struct times){ .part = { __VA_ARGS__ } })

static void stamped_entry(struct timeline *tl, struct event_entry e)
{
	e.vm = 1;
	assert_int_equal(timeline_stamped_entry(tl, &e), 0);
}

static void stamped_exit(struct timeline *tl, uint64_t tsc)
{
	assert_int_equal(timeline_stamped_exit(tl, &(struct event_exit){
				 .vm = 1, .tsc = tsc }), 0);
}

/* An exit that began before the first event is in none of the parts. */
static void test_stamps(void **state)
{
	struct timeline tl = { .nr = 0 };

	(void)state;
	stamped_entry(&tl, (struct event_entry){ .seq = 1, .tsc = 1000,
						 .exit_tsc = 10, .user = 900 });
	stamped_exit(&tl, 1100);
	stamped_entry(&tl, (struct event_entry){
		.seq = 2, .tsc = 1300, .exit_tsc = 1100, .user = 10,
		.halted = 20, .off_cpu = 30, .traced = 40 });
	/* without its kvm_exit */
	stamped_entry(&tl, (struct event_entry){ .seq = 3, .tsc = 1402,
						 .exit_tsc = 1400 });
	assert_parts(&tl, 1, 0, 900, 1500,
		     TIMES([TIMES_GUEST] = 200, [TIMES_PROCESSING] = 102,
			   [TIMES_USER] = 10, [TIMES_HALTED] = 20,
			   [TIMES_OFF_CPU] = 30, [TIMES_TRACED] = 40,
			   [TIMES_BEFORE] = 100, [TIMES_AFTER] = 98));
	timeline_release(&tl);
}

static void test_missing_stamps(void **state)
{
	struct timeline tl = { .nr = 0 };

	(void)state;
	stamped_exit(&tl, 100);
	/* its entry is lost, and so is the next exit */
	stamped_entry(&tl, (struct event_entry){ .seq = 9, .tsc = 170,
						 .exit_tsc = 150 });
	stamped_exit(&tl, 200);
	stamped_exit(&tl, 220);
	/* an entry that accounts nothing */
	stamped_entry(&tl, (struct event_entry){ .tsc = 250 });
	/* not counting from here on, up to an exit at 350 */
	stamped_exit(&tl, 0);
	stamped_exit(&tl, 350);
	stamped_entry(&tl, (struct event_entry){ .seq = 11, .tsc = 360,
						 .exit_tsc = 350 });
	assert_parts(&tl, 1, 0, 100, 360,
		     TIMES([TIMES_GUEST] = 30, [TIMES_PROCESSING] = 30,
			   [TIMES_UNKNOWN] = 50 + 20 + 30 + 100));
	timeline_release(&tl);
}

/* Parts that exceed the whole, stamps that go back, an exit after its entry */
static void test_contradictions(void **state)
{
	struct timeline tl = { .nr = 0 };

	(void)state;
	stamped_entry(&tl, (struct event_entry){ .tsc = 1000 });
	stamped_entry(&tl, (struct event_entry){
		.seq = 1, .tsc = 1100, .exit_tsc = 1010, .user = 50,
		.halted = UINT64_MAX, .off_cpu = 1 });
	stamped_entry(&tl, (struct event_entry){ .seq = 2, .tsc = 1200,
						 .exit_tsc = 1090 });
	stamped_entry(&tl, (struct event_entry){ .seq = 3, .tsc = 1250,
						 .exit_tsc = 1260 });
	stamped_entry(&tl, (struct event_entry){ .seq = 4, .tsc = 1150,
						 .exit_tsc = 1140 });
	assert_parts(&tl, 1, 0, 1000, 1300,
		     TIMES([TIMES_GUEST] = 10, [TIMES_USER] = 50,
			   [TIMES_HALTED] = 40, [TIMES_UNKNOWN] = 150,
			   [TIMES_AFTER] = 50));
	assert_int_equal(tl.backwards, 1);
	timeline_release(&tl);
}

/* What overlaps a gap is unknown, but for the exit that has stamps. */
static void test_gaps(void **state)
{
	struct timeline tl = { .nr = 0 };

	(void)state;
	stamped_entry(&tl, (struct event_entry){ .tsc = 100 });
	gaps_add(&tl.gaps, 120, 150);
	stamped_entry(&tl, (struct event_entry){ .seq = 2, .tsc = 260,
						 .exit_tsc = 200 });
	stamped_exit(&tl, 300);
	gaps_add(&tl.gaps, 310, 320);
	stamped_entry(&tl, (struct event_entry){ .seq = 4, .tsc = 400,
						 .exit_tsc = 300 });
	assert_parts(&tl, 1, 0, 100, 400,
		     TIMES([TIMES_GUEST] = 40, [TIMES_PROCESSING] = 160,
			   [TIMES_UNKNOWN] = 100));
	timeline_release(&tl);

	tl.all_recorded = true;
	timeline_entry(&tl, 7, 100);
	gaps_add(&tl.gaps, 100, 150);
	timeline_exit(&tl, 7, 200);
	timeline_entry(&tl, 7, 250);
	assert_parts(&tl, 0, 7, 100, 250,
		     TIMES([TIMES_PROCESSING] = 50, [TIMES_UNKNOWN] = 100));
	timeline_release(&tl);
}

/*
 * Without kvm_exit, an exit is known from its kvm_entry only, when a gap may have
 * begun since: that says nothing of the time in the guest before.
 */
static void test_gap_of_part(void **state)
{
	static const struct {
		uint64_t begin, end;
		bool guest;		/* its time is known */
	} cases[] = {
		{ 210, 250, true }, { 200, 250, true }, { 199, 250, false },
		{ 90, 101, false }, { 90, 100, true }, { 150, 160, false },
		{ 0, 50, true }, { 150, 500, false }, { 0, UINT64_MAX, false },
	};
	struct timeline tl = { .nr = 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		stamped_entry(&tl, (struct event_entry){ .tsc = 100 });
		gaps_add(&tl.gaps, cases[i].begin, cases[i].end);
		stamped_entry(&tl, (struct event_entry){
			.seq = 2, .tsc = 260, .exit_tsc = 200 });
		assert_parts(&tl, 1, 0, 100, 260,
			     TIMES([TIMES_GUEST] = cases[i].guest ? 100 : 0,
				   [TIMES_UNKNOWN] = cases[i].guest ? 0 : 100,
				   [TIMES_PROCESSING] = 60));
		timeline_release(&tl);
	}
}

/* A halt takes back what it says and no more, the nearest first. */
static void test_halts(void **state)
{
	struct timeline tl = { .all_recorded = true };

	(void)state;
	/* Threads are of no interest before they exit or enter. */
	timeline_run_begin(&tl, 7, 10);
	timeline_switch(&tl, 7, 0, 20);
	assert_int_equal(timeline_wakeup(&tl, 7, 30, 5, TIMELINE_HALT_SLEPT), 0);
	assert_int_equal(tl.nr, 0);
	timeline_exit(&tl, 7, 100);
	timeline_switch(&tl, 7, 0, 110);
	timeline_switch(&tl, 0, 7, 150);
	timeline_wakeup(&tl, 7, 160, 30, TIMELINE_HALT_SLEPT);	/* 130 to 160 */
	timeline_switch(&tl, 7, 0, 165);
	timeline_switch(&tl, 0, 7, 170);
	timeline_wakeup(&tl, 7, 180, 1000, TIMELINE_HALT_SLEPT);	/* 160 to 180 */
	timeline_entry(&tl, 7, 200);
	assert_parts(&tl, 0, 7, 100, 200,
		     TIMES([TIMES_PROCESSING] = 10 + 20, [TIMES_OFF_CPU] = 20,
			   [TIMES_HALTED] = 30 + 20));
	timeline_release(&tl);
}

/* Polled, slept, and one of which nothing says it; by stamps, two in one exit */
static void test_told_halts(void **state)
{
	struct timeline tl = { .all_recorded = true };
	struct timeline_vcpu *v;

	(void)state;
	timeline_exit(&tl, 7, 100);
	timeline_wakeup(&tl, 7, 110, 10, TIMELINE_HALT_POLLED);
	timeline_wakeup(&tl, 7, 140, 25, TIMELINE_HALT_SLEPT);
	timeline_wakeup(&tl, 7, 150, 4, TIMELINE_HALT_UNTOLD);
	timeline_entry(&tl, 7, 160);
	v = timeline_find(&tl, 0, 7);
	assert_int_equal(v->part[TIMES_HALTED], 10 + 25 + 4);
	assert_int_equal(v->polled, 10);
	assert_int_equal(v->slept, 25);
	timeline_tell_halt(v, 100, 1, 3);
	assert_int_equal(v->polled, 10 + 25);
	assert_int_equal(v->slept, 25 + 75);
	timeline_tell_halt(v, UINT64_MAX - 200, 1ull << 60, 1ull << 60);
	assert_true(v->polled - 35 + (v->slept - 100) == UINT64_MAX - 200);
	timeline_tell_halt(v, 5, 0, 0);
	assert_true(v->polled - 35 + (v->slept - 100) == UINT64_MAX - 200);
	timeline_release(&tl);
}

/* A halt is within its exit, whatever it says. */
static void test_long_halt(void **state)
{
	struct timeline tl = { .all_recorded = true };

	(void)state;
	timeline_exit(&tl, 7, 100);
	timeline_switch(&tl, 7, 0, 110);
	timeline_switch(&tl, 0, 7, 150);
	timeline_entry(&tl, 7, 160);
	timeline_exit(&tl, 7, 200);
	timeline_wakeup(&tl, 7, 220, UINT64_MAX, TIMELINE_HALT_SLEPT);
	timeline_entry(&tl, 7, 230);
	assert_parts(&tl, 0, 7, 100, 230,
		     TIMES([TIMES_GUEST] = 40, [TIMES_PROCESSING] = 20 + 10,
			   [TIMES_OFF_CPU] = 40, [TIMES_HALTED] = 20));
	timeline_release(&tl);
}

/* Two entries in a row, two exits in a row: what was in between is unknown. */
static void test_missing_events(void **state)
{
	struct timeline tl = { .all_recorded = true };

	(void)state;
	timeline_entry(&tl, 7, 100);
	timeline_entry(&tl, 7, 110);
	timeline_exit(&tl, 7, 130);
	timeline_exit(&tl, 7, 170);
	timeline_entry(&tl, 7, 171);
	assert_parts(&tl, 0, 7, 90, 180,
		     TIMES([TIMES_GUEST] = 20, [TIMES_PROCESSING] = 1,
			   [TIMES_UNKNOWN] = 50, [TIMES_BEFORE] = 10,
			   [TIMES_AFTER] = 9));
	timeline_release(&tl);
}

/* Naive: where a thread is, moment by moment */

struct thread {
	struct timeline *tl;
	uint32_t tid;
	uint64_t now;
	uint64_t truth[TIMES_PARTS];
};

static uint32_t rng = 1;

static uint32_t rnd(uint32_t below)
{
	rng = rng * 1664525 + 1013904223;
	return (rng >> 8) % below;
}

static void spend(struct thread *t, enum times_part part)
{
	uint32_t moments;

	for (moments = rnd(9); moments; moments--) {
		t->now++;
		t->truth[part]++;
	}
}

/* Off the CPU for a while, which counts for @part */
static void be_off(struct thread *t, enum times_part part)
{
	timeline_switch(t->tl, t->tid, 0, t->now);
	spend(t, part);
	timeline_switch(t->tl, 0, t->tid, t->now);
}

static void be_somewhere(struct thread *t, enum times_part part)
{
	spend(t, part);
	while (!rnd(3)) {
		be_off(t, part == TIMES_PROCESSING ? TIMES_OFF_CPU : part);
		spend(t, part);
	}
}

static void be_halted(struct thread *t)
{
	uint64_t start = t->now;

	be_somewhere(t, TIMES_HALTED);
	timeline_wakeup(t->tl, t->tid, t->now, t->now - start,
			TIMELINE_HALT_POLLED);
}

static void be_in_userspace(struct thread *t)
{
	timeline_run_end(t->tl, t->tid, t->now);
	be_somewhere(t, TIMES_USER);
	timeline_run_begin(t->tl, t->tid, t->now);
}

static void exit_and_enter(struct thread *t)
{
	timeline_exit(t->tl, t->tid, t->now);
	be_somewhere(t, TIMES_PROCESSING);
	while (!rnd(3)) {
		if (rnd(2))
			be_halted(t);
		else
			be_in_userspace(t);
		be_somewhere(t, TIMES_PROCESSING);
	}
	timeline_entry(t->tl, t->tid, t->now);
	spend(t, TIMES_GUEST);
}

static void test_moments(void **state)
{
	struct timeline tl = { .all_recorded = true };
	struct thread threads[150];
	struct times want = { .span = 0 };
	unsigned int i, j;

	(void)state;
	for (i = 0; i < 150; i++)
		threads[i] = (struct thread){ &tl, i + 1, 100 + rnd(50), { 0 } };
	for (i = 0; i < 150; i++)
		threads[i].truth[TIMES_BEFORE] = threads[i].now;
	for (i = 0; i < 60000; i++)
		exit_and_enter(&threads[rnd(150)]);
	for (i = 0; i < 150; i++) {
		timeline_exit(&tl, i + 1, threads[i].now);
		threads[i].truth[TIMES_AFTER] = 100000000 - threads[i].now;
		for (j = 0; j < TIMES_PARTS; j++)
			want.part[j] = threads[i].truth[j];
		assert_true(want.part[TIMES_OFF_CPU] > 100);
		assert_parts(&tl, 0, i + 1, 0, 100000000, &want);
	}
	timeline_release(&tl);
}

/* The model of the patched kernel */

static uint64_t cut(uint64_t *left, uint64_t v)
{
	v = v < *left ? v : *left;
	*left -= v;
	return v;
}

/*
 * What must be in the parts for the vCPU of @x, all exits but the first event's
 * summed up; and the time that is in none of the exits.
 */
static void sum_exits(const struct model *m, const struct model_exit *x,
		      struct times *t)
{
	const struct model_exit *e;
	uint64_t left;
	size_t i;

	memset(t, 0, sizeof(*t));
	for (i = 0; i < m->nr_exits; i++) {
		e = &m->exits[i];
		if (e->vm != x->vm || e->vcpu != x->vcpu)
			continue;
		left = e->tsc - e->exit_tsc;
		t->span += left;
		t->part[TIMES_USER] += cut(&left, e->user);
		t->part[TIMES_HALTED] += cut(&left, e->halted);
		t->part[TIMES_OFF_CPU] += cut(&left, e->off_cpu);
		t->part[TIMES_TRACED] += cut(&left, e->traced);
		t->part[TIMES_PROCESSING] += left;
	}
}

/* The timeline of a recording, by the loops that views have */
struct timepass {
	struct timeline timeline;
	uint64_t first, last;
};

static int run_stamped(struct timepass *tp, const struct source *td,
		       const struct parse *p)
{
	const struct options opt = { .path = path, .threads = 1,
				     .view = { .subject = VIEW_OF_TIME } };
	struct views v = { .opt = &opt, .src = td, .p = p,
			   .view = { .opt = &opt.view,
				     .info = source_recording(td) } };
	int ret;

	assert_int_equal(filter_init(&v.filter, &opt.view.filter, &p->reasons,
				     v.view.info), 0);
	ret = views_read_times(&v);

	*tp = (struct timepass){ v.timeline, v.first, v.last };
	views_close_shards(&v);
	epochs_release(&v.epochs);
	filter_release(&v.filter);
	return ret;
}

static int ignore_trip(struct round_trips *t __attribute__((unused)),
		       const struct trip *trip __attribute__((unused)),
		       void *arg __attribute__((unused)))
{
	return 0;
}

static int run_unstamped(struct timepass *tp, const struct source *td,
			 const struct parse *p)
{
	struct round_trips trips;
	int ret;

	memset(tp, 0, sizeof(*tp));
	ret = round_trips_open(&trips, td, p, NULL, &tp->timeline, NULL,
			       (struct slicing){ .threads = 1 });
	if (!ret)
		ret = round_trips_read(&trips, ignore_trip, (void *[]){ NULL });
	tp->first = trips.walk.first_ts;
	tp->last = trips.walk.last_ts;
	timeline_extend(&tp->timeline, &tp->first, &tp->last);
	round_trips_close(&trips);
	return ret;
}

static int timepass_run(struct timepass *tp, const struct source *td,
			const struct parse *p, bool stamped)
{
	return stamped ? run_stamped(tp, td, p) : run_unstamped(tp, td, p);
}

static void timepass_release(struct timepass *tp)
{
	timeline_release(&tp->timeline);
}

static void run_pass(struct timepass *tp)
{
	struct source *td;
	struct parse p;

	assert_int_equal(source_open(&td, path), 0);
	assert_int_equal(parse_init(&p, td), 0);
	assert_int_equal(timepass_run(tp, td, &p, true), 0);
	parse_release(&p);
	source_close(td);
}

static struct model_config config_of(unsigned int seed)
{
	return (struct model_config){
		.seed = seed, .cpus = 1 + seed % 4, .vms = 1 + seed % 3,
		.vcpus = 1 + seed % 5, .exits = 400, .interval = 50,
		.migrate = seed % 3, .no_exit = seed % 4 == 0,
		.close_every = seed % 2 ? 70 : 0,
		.clock = seed % 5 ? "local" : "counter",
	};
}

static void test_model(void **state)
{
	struct model_config c;
	struct timepass tp;
	struct times want, got;
	struct model *m;
	unsigned int seed;
	size_t i, part;

	(void)state;
	for (seed = 0; seed < 200; seed++) {
		c = config_of(seed);
		m = model_run(&c, path);
		run_pass(&tp);
		for (i = 0; i < m->nr_exits; i++) {
			sum_exits(m, &m->exits[i], &want);
			timeline_get(&tp.timeline,
				     vcpu_of(&tp.timeline, m->exits[i].vm,
					     m->exits[i].vcpu), tp.first,
				     tp.last, &got);
			assert_adds_up(&got);
			for (part = TIMES_PROCESSING; part < TIMES_UNKNOWN; part++)
				assert_true(got.part[part] == want.part[part]);
			assert_int_equal(got.part[TIMES_UNKNOWN], 0);
			assert_true(got.part[TIMES_GUEST] + got.part[TIMES_BEFORE] +
				    got.part[TIMES_AFTER] == got.span - want.span);
		}
		timepass_release(&tp);
		model_free(m);
	}
}

/* With losses, no part is more than it really was, but for the unknown. */
static void test_lossy(void **state)
{
	struct model_config c;
	struct timepass all, some;
	struct times truth, got;
	const struct timeline_vcpu *v;
	unsigned int seed, unknown = 0;
	size_t i, part;

	(void)state;
	for (seed = 0; seed < 300; seed++) {
		c = config_of(seed);
		model_free(model_run(&c, path));
		run_pass(&all);
		c.holes = 1 + seed % 6;
		c.hole_events = 1 + seed % 60;
		model_free(model_run(&c, path));
		run_pass(&some);
		for (i = 0; i < some.timeline.size; i++) {
			v = &some.timeline.vcpus[i];
			if (!v->used)
				continue;
			timeline_get(&some.timeline, v, some.first, some.last, &got);
			assert_adds_up(&got);
			timeline_get(&all.timeline,
				     vcpu_of(&all.timeline, v->vm, v->vcpu),
				     all.first, all.last, &truth);
			for (part = TIMES_GUEST; part < TIMES_UNKNOWN; part++)
				assert_true(got.part[part] <= truth.part[part]);
			unknown += got.part[TIMES_UNKNOWN] != 0;
		}
		timepass_release(&all);
		timepass_release(&some);
	}
	assert_true(unknown > 300);
}

/* Whatever the file says, the parts of each vCPU add up. */
static unsigned int check_any(bool stamped)
{
	const struct timeline_vcpu *v;
	struct source *td = NULL;
	struct timepass tp;
	struct times got;
	struct parse p;
	unsigned int n = 0;
	size_t i;

	if (source_open(&td, path) < 0)
		return 0;
	if (parse_init(&p, td) == 0) {
		timepass_run(&tp, td, &p, stamped);
		for (i = 0; i < tp.timeline.size; i++) {
			v = &tp.timeline.vcpus[i];
			if (!v->used)
				continue;
			timeline_get(&tp.timeline, v, tp.first, tp.last, &got);
			assert_true(tp.first <= v->first && v->last <= tp.last);
			assert_adds_up(&got);
			n++;
		}
		timepass_release(&tp);
	}
	parse_release(&p);
	source_close(td);
	return n;
}

static void test_damaged(void **state)
{
	unsigned int seed, flips, vcpus = 0;
	struct model_config c;
	struct capture capture;
	FILE *f;
	long size;

	(void)state;
	capture_start(&capture);
	for (seed = 0; seed < 400; seed++) {
		c = config_of(seed);
		c.clock = "mono";
		model_free(model_run(&c, path));
		f = fopen(path, "r+");
		assert_non_null(f);
		fseek(f, 0, SEEK_END);
		size = ftell(f);
		for (flips = 1 + seed % 100; flips; flips--) {
			fseek(f, size / 3 + rnd(size - size / 3), SEEK_SET);
			fputc(rnd(256), f);
		}
		fclose(f);
		vcpus += check_any(seed & 1);
	}
	capture_end(&capture);
	assert_true(vcpus > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stamps),
		cmocka_unit_test(test_missing_stamps),
		cmocka_unit_test(test_contradictions),
		cmocka_unit_test(test_gaps),
		cmocka_unit_test(test_gap_of_part),
		cmocka_unit_test(test_halts),
		cmocka_unit_test(test_told_halts),
		cmocka_unit_test(test_long_halt),
		cmocka_unit_test(test_missing_events),
		cmocka_unit_test(test_moments),
		cmocka_unit_test(test_model),
		cmocka_unit_test(test_lossy),
		cmocka_unit_test(test_damaged),
	};

	strcpy(path, test_path("trace.dat"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
