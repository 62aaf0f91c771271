// SPDX-License-Identifier: GPL-2.0
/*
 * One exit for people: what it cost, and a line for each event, with the time since
 * the line before.
 */
#include <inttypes.h>
#include <string.h>

#include "base/decimal.h"
#include "base/error.h"
#include "output/one.h"

#define NUMBER_MAX	64u

static const char *grouped(char buf[NUMBER_MAX], uint64_t v, unsigned int decimals)
{
	char plain[DECIMAL_MAX];

	decimal_group(buf, decimal_text(plain, v, decimals));
	return buf;
}

static bool in_ns(const struct one *o)
{
	return !strcmp(one_clock_unit(o), "ns");
}

/* Seconds since the first event, or else as recorded */
static const char *time_text(const struct one *o, uint64_t ts, char buf[NUMBER_MAX])
{
	uint64_t ns;

	if (one_ns(o, ts, &ns))
		return decimal_text(buf, ns, 9);
	return decimal_text(buf, ts, 0);
}

static void print_cost(const struct one *o, const struct one_exit *x, FILE *out)
{
	const struct stats_sample *s = &x->sample;
	char buf[NUMBER_MAX];

	if (!x->has_end) {
		fputs("unknown: no kvm_entry ended it", out);
		return;
	}
	fprintf(out, "%s %s", grouped(buf, s->cycles, 0), o->unit);
	if (!x->has_number)
		return;
	if (s->backwards)
		fputs(" (its stamps go backwards)", out);
	if (s->user)
		fprintf(out, ", user %s", grouped(buf, s->user, 0));
	if (s->halted)
		fprintf(out, ", halted %s", grouped(buf, s->halted, 0));
	if (s->off_cpu)
		fprintf(out, ", off CPU %s", grouped(buf, s->off_cpu, 0));
}

static void print_thread(const struct one *o, FILE *out)
{
	fputs("vCPU:      ", out);
	if (o->has_vcpu)
		fprintf(out, "%" PRIu32, o->vcpu);
	else
		fputs("unknown", out);
	if (o->has_vm)
		fprintf(out, " of VM %" PRIu32, o->vm);
	if (*o->vm_name)
		fprintf(out, " (%s)", o->vm_name);
	fprintf(out, ", thread %" PRIu32, o->thread);
	if (*o->thread_name)
		fprintf(out, " (%s)", o->thread_name);
	putc('\n', out);
}

static void print_head(const struct one *o, FILE *out)
{
	const struct one_exit *x = &o->exit;
	char path[4096];

	escape_text(path, sizeof(path), o->info->path, strlen(o->info->path));
	fprintf(out, "recording: %s\nexit:      ", path);
	if (x->has_number)
		fprintf(out, "%" PRIu32 ":%" PRIu64 " (epoch:number), in report %" PRIu32 ": ",
			x->epoch, x->seq, x->report);
	fprintf(out, "%s%s%s", x->reason, *x->detail ? ", " : "", x->detail);
	if (x->has_rip)
		fprintf(out, ", rip 0x%" PRIx64, x->rip);
	putc('\n', out);
	print_thread(o, out);
	fputs("cost:      ", out);
	print_cost(o, x, out);
	putc('\n', out);
	if (x->has_number && x->traced)
		fprintf(out, "traced:    %" PRIu64 " cycles, which are no part of that\n",
			x->traced);
	if (!x->has_begin)
		fputs("missing:   its kvm_exit, so nothing says which events are inside it\n",
		      out);
	if (o->gap)
		fputs("missing:   events of this time were lost: some of it may be, too\n",
		      out);
}

/* What each line begins with: @before is when the line before it ended */
static void print_time(const struct one *o, uint64_t ts, const uint64_t *before,
		       uint32_t cpu, FILE *out)
{
	char time[NUMBER_MAX], gap[NUMBER_MAX] = "-";

	if (before)
		grouped(gap, one_gap(o, *before, ts), in_ns(o) ? 3 : 0);
	fprintf(out, "%13s  %13s  %3" PRIu32 "  ", time_text(o, ts, time), gap, cpu);
}

/* An exit in one line, which stands where it begins */
static void print_exit(const struct one *o, const struct one_exit *x,
		       const uint64_t *before, FILE *out)
{
	print_time(o, x->has_begin ? x->begin : x->end, x->has_begin ? before : NULL,
		   x->cpu, out);
	fprintf(out, "%s: ", x->reason);
	print_cost(o, x, out);
	if (*x->detail)
		fprintf(out, "; %s", x->detail);
	putc('\n', out);
}

/* Of kvm_exit and kvm_entry, the lines above have what counts. */
static bool is_above(const char *event, const char *field)
{
	static const char *const above[] = {
		"tsc", "exit_tsc", "user", "halted", "off_cpu", "seq", "traced",
		"epoch", "report", "vm", "exit_reason", "isa",
	};
	unsigned int i;

	if (strcmp(event, "kvm_exit") && strcmp(event, "kvm_entry"))
		return false;
	for (i = 0; i < sizeof(above) / sizeof(above[0]); i++)
		if (!strcmp(above[i], field))
			return true;
	return false;
}

static void print_fields(const struct fields *f, FILE *out)
{
	char buf[FIELD_SHOWN_MAX];
	const char *before = ": ";
	unsigned int i;

	for (i = 0; i < f->nr; i++) {
		if (is_above(f->event, f->list[i].name))
			continue;
		fprintf(out, "%s%s=%s", before, f->list[i].name,
			field_text(&f->list[i], buf));
		before = " ";
	}
}

static void print_event(const struct one *o, const struct one_event *e,
			const uint64_t *before, FILE *out)
{
	print_time(o, e->ts, before, e->cpu, out);
	fputs(e->fields.event, out);
	print_fields(&e->fields, out);
	putc('\n', out);
}

/* @before: in, when the line before ended; out, when the last one did */
static const uint64_t *print_exits(const struct one *o, const struct one_exit *list,
				   unsigned int nr, const uint64_t *before, FILE *out)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		print_exit(o, &list[i], before, out);
		before = &list[i].end;
	}
	return before;
}

static void print_inside(const struct one *o, const uint64_t *before, FILE *out)
{
	size_t i;

	if (!o->nr)
		print_exit(o, &o->exit, before, out);
	for (i = 0; i < o->nr; i++) {
		print_event(o, &o->events[i], before, out);
		before = &o->events[i].ts;
	}
	if (o->more)
		fprintf(out, "%" PRIu64 " more events\n", o->more);
}

int one_print_table(const struct one *o, FILE *out)
{
	const uint64_t *before = o->has_last ? &o->last : NULL;

	print_head(o, out);
	fprintf(out, "\n%13s  %13s  cpu\n", "time",
		in_ns(o) ? "us later" : one_clock_unit(o));
	fputs("before it, with the guest's turn ahead of each exit:\n", out);
	before = print_exits(o, o->before, o->nr_before, before, out);
	fputs("from kvm_exit to kvm_entry:\n", out);
	print_inside(o, before, out);
	fputs("after it:\n", out);
	print_exits(o, o->after, o->nr_after, &o->exit.end, out);
	return ferror(out) ? -1 : 0;
}
