// SPDX-License-Identifier: GPL-2.0
#include "reader-test.h"

#include <stdlib.h>
#include <string.h>

#include "event/machine-x86.h"
#include "output/html.h"
#include "result/page.h"

#define WIDTH_NS	1000000u
#define HOSTILE		"</script><b onclick=x>&\""

static const struct recording info = { .path = "a<b>.dat", .clock = "local",
				       .nr_cpus = 1 };

/* What recordings of guests that keep busy have of everything, and more */
struct shape {
	unsigned int vcpus, reasons, buckets, lengths;
	unsigned int kinds;		/* each reason has two of these; 0: they are not known */
};

static uint64_t length_of(unsigned int i, unsigned int reason)
{
	return 900 + (100ull << i % 20) + reason * 7 + i;
}

/* Of the exit that is the @i-th of its reason */
static unsigned int kind_of(const struct shape *s, unsigned int reason, unsigned int i)
{
	return 1 + (reason + i % 2) % s->kinds;
}

static void add(struct view *v, struct group_key key, const struct shape *s,
		unsigned int reason)
{
	struct stats_sample sample = { .user = 3, .halted = 2, .off_cpu = 1 };
	struct group *g;
	unsigned int i;

	if (!(v->by & BY_VCPU))
		key.vm = key.vcpu = 0;
	if (!(v->by & BY_REASON))
		key.isa = key.code = 0;
	if (!(v->by & BY_TIME))
		key.ts = 0;
	for (i = 0; i < s->lengths; i++) {
		if (v->by & BY_KIND)
			key.detail.kind = kind_of(s, reason, i);
		g = groups_get(&v->groups, &key);
		assert_non_null(g);
		sample.cycles = length_of(i, reason);
		assert_int_equal(group_add(g, &sample), 0);
	}
}

/* A view of all exits of @s, by @by */
static void make_view(struct view *v, const struct shape *s, unsigned int by,
		      unsigned int top)
{
	const struct view_options opt = { .format = VIEW_HTML, .by = by, .top = top };
	struct reasons reasons;
	char name[32];
	unsigned int vcpu, reason, bucket;

	reasons_init(&reasons);
	for (reason = 0; reason < s->reasons; reason++) {
		snprintf(name, sizeof(name), "reason %u", reason);
		assert_int_equal(reasons_add(&reasons, ISA_SVM, reason,
					     reason ? name : HOSTILE), 0);
	}
	assert_int_equal(reasons_finish(&reasons), 0);
	assert_int_equal(view_init(v, &opt, &info, &reasons), 0);
	reasons_release(&reasons);
	v->by = by;
	v->unit = "cycles";
	v->stamped = v->patched = v->complete = true;
	v->groups.width_ns = by & BY_TIME ? WIDTH_NS : 0;
	for (vcpu = 0; vcpu < s->vcpus; vcpu++)
		for (reason = 0; reason < s->reasons; reason++)
			for (bucket = 0; bucket < s->buckets; bucket++)
				add(v, (struct group_key){ .vm = 1, .vcpu = vcpu,
					.isa = ISA_SVM, .code = reason,
					.ts = 1000 + bucket }, s, reason);
	if (by & BY_TIME)
		return;
	assert_int_equal(view_choose_unit(v), 0);
	assert_int_equal(view_finish(v), 0);
}

struct made {
	struct view cells, reasons, vcpus, kinds;
	struct page_views views;
};

static void make(struct made *m, const struct shape *s)
{
	make_view(&m->cells, s, BY_TIME | BY_VM | BY_VCPU | BY_REASON |
		  (s->kinds ? BY_KIND : 0), 0);
	make_view(&m->reasons, s, BY_REASON, PAGE_REASONS);
	make_view(&m->vcpus, s, BY_VM | BY_VCPU, PAGE_VCPUS);
	m->views = (struct page_views){ .cells = &m->cells, .reasons = &m->reasons,
					.vcpus = &m->vcpus };
	if (!s->kinds)
		return;
	make_view(&m->kinds, s, BY_KIND, PAGE_KINDS);
	m->views.kinds = &m->kinds;
}

static void release(struct made *m)
{
	view_release(&m->cells);
	view_release(&m->reasons);
	view_release(&m->vcpus);
	if (m->views.kinds)
		view_release(&m->kinds);
}

static void test_bins(void **state)
{
	unsigned int bin;

	(void)state;
	assert_int_equal(page_bin_start(0), 0);
	assert_int_equal(page_bin_start(1), 16);
	assert_int_equal(page_bin_start(4), 64);
	assert_int_equal(page_bin_start(5), 80);
	assert_int_equal(page_bin_start(8), 128);
	assert_int_equal(page_bin_start(9), 160);
	assert_int_equal(page_bin(UINT64_MAX), PAGE_BINS - 1);
	for (bin = 1; bin < PAGE_BINS; bin++) {
		assert_int_equal(page_bin(page_bin_start(bin)), bin);
		assert_int_equal(page_bin(page_bin_start(bin) - 1), bin - 1);
	}
}

static uint64_t in_bins(const struct page *p, unsigned int series)
{
	unsigned int bucket, bin;
	uint64_t sum = 0;

	for (bucket = 0; bucket < p->nr_buckets; bucket++)
		for (bin = 0; bin < PAGE_BINS; bin++)
			sum += page_bins(p, series, bucket)[bin];
	return sum;
}

/* Of each kind, worked out exit by exit, in the rows of @p */
static void check_kinds(const struct page *p, const struct shape *s)
{
	uint64_t rows[PAGE_KINDS + 1] = { 0 }, right[PAGE_KINDS + 1] = { 0 };
	unsigned int reason, i, k, b;
	size_t row;

	for (reason = 0; reason < s->reasons; reason++)
		for (i = 0; i < s->lengths; i++)
			for (k = 0; k <= PAGE_KINDS; k++)
				if (k == PAGE_KINDS ||
				    p->kinds.v->sorted[k]->key.detail.kind ==
				    kind_of(s, reason, i)) {
					right[k] += s->vcpus * s->buckets;
					break;
				}
	for (row = 0; row < p->nr_rows; row++)
		for (b = 0; b < p->nr_buckets; b++)
			rows[p->rows[row].kind] += page_cell(p, row, b)->exits;
	for (k = 0; k <= PAGE_KINDS; k++) {
		assert_int_equal(rows[k], right[k]);
		assert_int_equal(in_bins(p, page_kind_series(p, k)), right[k]);
		assert_true(right[k]);
	}
}

/* Buckets, vCPUs, reasons and kinds that have none of their own are in others. */
static void test_sums(void **state)
{
	const struct shape s = { .vcpus = 18, .reasons = 23, .buckets = 50,
				 .lengths = 3, .kinds = 23 };
	const uint64_t exits = 18ull * 23 * 50 * 3;
	struct stats_cell sum = { .exits = 0 };
	unsigned int b;
	struct made m;
	struct page p;
	size_t row;

	(void)state;
	make(&m, &s);
	assert_int_equal(page_init(&p, &m.views, 20), 0);
	/* 50 buckets from 1000 on: three make one, from 999 on. */
	assert_int_equal(p.width_ns, 3 * WIDTH_NS);
	assert_int_equal(p.first, 333);
	assert_int_equal(p.nr_buckets, 17);
	assert_int_equal(p.vcpus.nr, PAGE_VCPUS + 1);
	assert_int_equal(p.reasons.nr, PAGE_REASONS + 1);
	assert_int_equal(p.kinds.nr, PAGE_KINDS + 1);
	for (row = 0; row < p.nr_rows; row++)
		for (b = 0; b < p.nr_buckets; b++)
			stats_cell_merge(&sum, page_cell(&p, row, b));
	assert_int_equal(sum.exits, exits);
	assert_true(sum.cycles == m.reasons.total.cell.cycles);
	assert_int_equal(sum.halted, 2 * exits);
	assert_int_equal(sum.max, length_of(2, 22));

	/* All, the last of the reasons, the last of the vCPUs */
	assert_int_equal(in_bins(&p, PAGE_ALL), exits);
	assert_int_equal(in_bins(&p, page_reason_series(PAGE_REASONS)), 18 * 3 * 50 * 3);
	assert_int_equal(in_bins(&p, page_vcpu_series(&p, PAGE_VCPUS)), 2 * 23 * 50 * 3);
	check_kinds(&p, &s);
	page_release(&p);
	release(&m);
}

/* Without kinds, each pair of vCPU and reason is a row. */
static void test_without_kinds(void **state)
{
	const struct shape s = { .vcpus = 3, .reasons = 4, .buckets = 5, .lengths = 2 };
	struct made m;
	struct page p;

	(void)state;
	make(&m, &s);
	assert_int_equal(page_init(&p, &m.views, 20), 0);
	assert_int_equal(p.kinds.nr, 0);
	assert_int_equal(p.nr_rows, 3 * 4);
	assert_int_equal(page_cell(&p, 11, 4)->exits, 2);
	page_release(&p);
	release(&m);
}

static char *print(const struct page_views *views, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	assert_non_null(out);
	assert_int_equal(html_print(views, out), 0);
	fclose(out);
	return text;
}

static void test_size(void **state)
{
	const struct shape s = { .vcpus = 17, .reasons = 21, .buckets = 120,
				 .lengths = 12, .kinds = 25 };
	struct made m;
	size_t len;

	(void)state;
	make(&m, &s);
	free(print(&m.views, &len));
	assert_in_range(len, 100000, HTML_BYTES_MAX);
	release(&m);
}

static unsigned int count(const char *text, const char *what)
{
	unsigned int n = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		n++;
	return n;
}

/* Neither path nor reason becomes an element, in HTML or in the data of the script. */
static void test_hostile(void **state)
{
	const struct shape s = { .vcpus = 1, .reasons = 2, .buckets = 2,
				 .lengths = 2 };
	struct made m;
	size_t len;
	char *text;

	(void)state;
	make(&m, &s);
	text = print(&m.views, &len);
	assert_null(strstr(text, "<b"
				 " onclick"));
	assert_null(strstr(text, "a<b>"));
	assert_int_equal(count(text, "</script>"), 2);
	assert_non_null(strstr(text, "&lt;/script&gt;&lt;b onclick=x&gt;&amp;&quot;"));
	assert_non_null(strstr(text, "\\u003c/script\\u003e\\u003cb onclick=x\\u003e\\u0026\\\""));
	assert_non_null(strstr(text, "<h1>a&lt;b&gt;.dat</h1>"));
	free(text);
	release(&m);
}

/* Without any exit it is a page of what is known. */
static void test_empty(void **state)
{
	const struct shape s = { .vcpus = 0 };
	struct made m;
	size_t len;
	char *text;

	(void)state;
	make(&m, &s);
	text = print(&m.views, &len);
	assert_null(strstr(text, "<script"));
	assert_int_equal(count(text, "</html>"), 1);
	free(text);
	release(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bins),
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_without_kinds),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
