// SPDX-License-Identifier: GPL-2.0
/*
 * What stands above a table: the recording, what of it is looked at, and what is
 * missing.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "base/error.h"
#include "output/table-private.h"

#define SOURCES_SHOWN	20u

static void print_seconds(const struct view *v, FILE *out)
{
	if (v->has_span)
		fprintf(out, "%" PRIu64 ".%06" PRIu64 " s",
			v->span_ns / 1000000000, v->span_ns / 1000 % 1000000);
	else
		fputs("unknown time", out);
}

/* Without stamps, a thread that exits is one vCPU. */
static void print_threads(const struct view *v, FILE *out)
{
	fprintf(out, "%" PRIu64 " vCPU thread%s of ", v->vcpus,
		plural_s(v->vcpus));
	if (v->vms)
		fprintf(out, "%" PRIu64 " VM%s", v->vms, plural_s(v->vms));
	else
		fputs("unknown VMs", out);
}

static void print_guests(const struct view *v, FILE *out)
{
	const char *before = "guests:    ";
	char buf[ISA_NAME_MAX];
	unsigned int i;

	for (i = 0; i < ISA_BITS; i++)
		if (v->isas & 1u << i) {
			fprintf(out, "%s%s", before, isa_name(buf, isa_of_bit(i)));
			before = " and ";
		}
	fputs(v->isas ? ", " : before, out);
	if (v->stamped)
		fprintf(out, "%" PRIu64 " vCPU%s of %" PRIu64 " VM%s", v->vcpus,
			plural_s(v->vcpus), v->vms, plural_s(v->vms));
	else
		print_threads(v, out);
	fprintf(out, ", on %u CPU%s\n", v->info->nr_cpus,
		plural_s(v->info->nr_cpus));
}

/* What the events of an architecture cannot tell */
static void print_caveats(const struct view *v, FILE *out)
{
	const char *caveat;
	unsigned int i;

	for (i = 0; i < ISA_BITS && !v->stamped; i++) {
		caveat = v->isas & 1u << i ? isa_caveat(isa_of_bit(i)) : NULL;
		if (caveat)
			fprintf(out, "note:      %s\n", caveat);
	}
}

/* A number as the cells have it */
static void print_count(const struct view *v, uint64_t n, FILE *out)
{
	char digits[DECIMAL_U128_MAX], cell[CELL_MAX];
	const char *plain = decimal_u128(digits, n);

	decimal_group(cell, plain);
	fputs(v->opt->raw ? plain : cell, out);
}

/* Nothing that follows is of all that is recorded. */
static void print_interrupted(const struct view *v, FILE *out)
{
	if (!v->losses.unread)
		return;
	fputs("INTERRUPTED: ", out);
	print_count(v, v->losses.unread, out);
	fputs(" of ", out);
	print_count(v, v->info->data_bytes, out);
	fputs(" bytes of events were not read\n", out);
}

/* The line on what the options choose: "a 1 or 2, b 3: " and how many */
struct chosen {
	const struct view *v;
	FILE *out;
	const char *before;	/* the next filter */
};

static FILE *begin_filter(struct chosen *c, const char *what)
{
	fprintf(c->out, "%s%s", c->before, what);
	c->before = ", ";
	return c->out;
}

static void print_chosen_reasons(struct chosen *c)
{
	struct filter_word w = { .opt = &c->v->opt->filter };
	char text[1024];

	while (filter_next_reason(&w)) {
		escape_text(text, sizeof(text), w.text, w.end - w.text);
		if (w.text == w.opt->reasons[0])
			begin_filter(c, "reason ");
		else
			fputs(" or ", c->out);
		fputs(text, c->out);
	}
}

static void print_chosen_numbers(struct chosen *c, const char *what,
				 const struct filter_list *l)
{
	char buf[FILTER_RANGE_MAX];
	unsigned int i;

	for (i = 0; i < l->nr; i++) {
		if (i)
			fputs(" or ", c->out);
		else
			begin_filter(c, what);
		fputs(filter_range_text(buf, &l->ranges[i]), c->out);
	}
}

/* @n of 10^-@digits, as people write it: 1500000000 of 10^-9 is 1.5. */
static void print_decimal(uint64_t n, int digits, FILE *out)
{
	char text[32];
	int len;

	len = snprintf(text, sizeof(text), "%0*" PRIu64, digits + 1, n);
	fprintf(out, "%.*s", len - digits, text);
	for (; digits && text[len - 1] == '0'; digits--)
		len--;
	if (digits)
		fprintf(out, ".%.*s", digits, text + len - digits);
}

static void print_ns(uint64_t ns, FILE *out)
{
	static const struct {
		const char *name;
		uint64_t ns;
		int digits;
	} units[] = {
		{ "s", 1000000000, 9 }, { "ms", 1000000, 6 }, { "us", 1000, 3 },
		{ "ns", 0, 0 },
	};
	unsigned int i = 0;

	while (ns < units[i].ns)
		i++;
	print_decimal(ns, units[i].digits, out);
	fprintf(out, " %s", units[i].name);
}

/* As given, and what that is in the unit of the figures */
static void print_chosen_length(struct chosen *c)
{
	const struct filter_options *opt = &c->v->opt->filter;
	bool converted = opt->longer_than_ns && strcmp(c->v->unit, "ns");

	if (!opt->has_longer_than)
		return;
	begin_filter(c, c->v->opt->of ? stats_of_name(c->v->opt->of) : "");
	fputs(c->v->opt->of ? " longer than " : "longer than ", c->out);
	if (opt->longer_than_ns)
		print_ns(opt->longer_than, c->out);
	if (converted)
		fputs(" (", c->out);
	if (converted || !opt->longer_than_ns) {
		print_count(c->v, c->v->longer_than, c->out);
		fprintf(c->out, " %s%s", c->v->unit, converted ? ")" : "");
	}
}

static void print_chosen_times(struct chosen *c)
{
	const struct filter_options *opt = &c->v->opt->filter;

	if (opt->from.given) {
		print_decimal(c->v->from_ns, 9, begin_filter(c, "from "));
		fputs(" s", c->out);
		c->before = " ";
	}
	if (opt->to.given) {
		print_decimal(c->v->to_ns, 9, begin_filter(c, "to "));
		fputs(" s", c->out);
	}
	c->before = ", ";
}

/* Of all the exits: what the options leave, and of how much time that is */
static void print_chosen(const struct view *v, FILE *out)
{
	const struct filter_options *opt = &v->opt->filter;
	struct chosen c = { .v = v, .out = out, .before = "chosen:    " };

	if (!v->chosen)
		return;
	print_chosen_reasons(&c);
	print_chosen_numbers(&c, "VM ", &opt->vms);
	print_chosen_numbers(&c, "vCPU ", &opt->vcpus);
	print_chosen_numbers(&c, "thread ", &opt->threads);
	print_chosen_numbers(&c, "CPU ", &opt->cpus);
	print_chosen_length(&c);
	print_chosen_times(&c);
	fputs(": ", out);
	print_count(v, v->total.cell.exits, out);
	fprintf(out, " exit%s", plural_s(v->total.cell.exits));
	if (opt->from.given || opt->to.given) {
		fputs(" in ", out);
		print_decimal(v->window_ns, 9, out);
		fputs(" s", out);
	}
	putc('\n', out);
}

static void print_exits(const struct view *v, FILE *out)
{
	fputs("exits:     ", out);
	print_count(v, v->exits, out);
	fputs(" recorded", out);
	if (v->losses.unread) {
		putc('\n', out);
		return;
	}
	fputs(v->stamped ? "; missing: " : "; lost events: ", out);
	print_count(v, v->stamped ? v->before :
		       (u128)v->losses.lost_events + v->info->dropped_events +
		       v->lacking,
		    out);
	if (v->stamped) {
		fputs(" before, ", out);
		print_count(v, v->lost, out);
		fputs(" lost", out);
		if (v->total.cell.backwards) {
			fputs("; backwards, taken as 0: ", out);
			print_count(v, v->total.cell.backwards, out);
		}
		if (v->lacking) {
			fputs("; events that the file lacks: ", out);
			print_count(v, v->lacking, out);
		}
	} else if (v->losses.lost_uncounted) {
		fputs(", and more in ", out);
		print_count(v, v->losses.lost_uncounted, out);
		fprintf(out, " place%s", plural_s(v->losses.lost_uncounted));
	}
	putc('\n', out);
}

static const char *figures_from(const struct view *v)
{
	if (v->opt->subject == VIEW_OF_TIME)
		return v->stamped ? "where time went, by its stamps" :
				    "where time went, by events";
	return v->stamped ? "cycles are KVM's own work, by its stamps" :
			    "whole round trips, by time stamps";
}

/* "12 exits": @n of them, or nothing, after what was there before */
static void print_part(const struct view *v, const char **before, uint64_t n,
		       const char *what, const char *behind, FILE *out)
{
	if (!n)
		return;
	fputs(*before, out);
	print_count(v, n, out);
	fprintf(out, " %s%s%s", what, plural_s(n), behind);
	*before = "; ";
}

static void print_details(const struct view *v, FILE *out)
{
	const char *before = "details:   ";

	if (!v->unknown && !v->unattached && !v->no_room)
		return;
	print_part(v, &before, v->unknown, "exit", " without a kvm_exit", out);
	print_part(v, &before, v->unattached, "event", " inside no exit", out);
	print_part(v, &before, v->no_room, "exit", " as other", out);
	putc('\n', out);
}

static void print_of(const struct view *v, FILE *out)
{
	if (v->opt->of)
		fprintf(out, "of:        %s: %s\n", stats_of_name(v->opt->of),
			v->opt->subject == VIEW_OF_LIST ? "that is the order" :
			"min, avg, stddev, percentiles and max are of it");
}

static void print_buckets(const struct view *v, FILE *out)
{
	if (!(v->by & BY_TIME) || !v->groups.width_ns)
		return;
	fputs("buckets:   ", out);
	print_ns(v->groups.width_ns, out);
	fputs(" each; time is its begin, in seconds since the first event\n", out);
}

/* What is added up to: with stamps, it is not the time that stands above. */
static void print_times_span(const struct view *v, FILE *out)
{
	if (v->opt->subject != VIEW_OF_TIME || !v->stamped || v->nr_sources > 1)
		return;
	fputs("span:      ", out);
	print_count(v, v->times_span, out);
	fprintf(out, " %s, first stamp to last%s\n", v->unit,
		v->opt->filter.from.given || v->opt->filter.to.given ?
		" of what was chosen" : "");
}

/* A rate of the TSC in MHz, and who says so */
static void print_rate(const struct unit *unit, FILE *out)
{
	char buf[DECIMAL_MAX];

	fprintf(out, "; TSC at %s MHz",
		decimal_text(buf, decimal_ratio(unit->hz, 1000000, 3), 3));
	if (unit->from == RATE_FROM_RECORDING)
		fputs(", by the recording", out);
	else if (unit->from == RATE_FROM_USER)
		fputs(", by --tsc-khz", out);
	else
		fprintf(out, ", fitted within %s ppm",
			decimal_text(buf, decimal_ratio((u128)unit->error_hz *
							1000000, unit->hz, 3), 3));
}

static void print_unit(const struct view *v, FILE *out)
{
	fputs("unit:      ", out);
	if (!v->shown.converted)
		fputs(strcmp(v->unit, "cycles") ? v->unit : "cycles (TSC ticks)",
		      out);
	else
		fputs(v->shown.scaled ? "each as shown" : v->shown.name, out);
	if (v->shown.from)
		print_rate(&v->shown, out);
	fputs("\n\n", out);
}

static void print_source(const struct view *v, const struct view_source *s,
			 FILE *out)
{
	char path[1024];

	escape_text(path, sizeof(path), s->path, strlen(s->path));
	fprintf(out, "           %s: ", path);
	print_count(v, s->exits, out);
	fprintf(out, " exit%s", plural_s(s->exits));
	if (v->stamped && (s->before || s->lost)) {
		fputs("; missing: ", out);
		print_count(v, s->before, out);
		fputs(" before, ", out);
		print_count(v, s->lost, out);
		fputs(" lost", out);
	}
	if (s->proof.known) {
		fputs("; reports proven: ", out);
		print_count(v, s->proof.reports, out);
		fputs(s->proof.whole ? ", of all exits" : ", not of all exits",
		      out);
	}
	putc('\n', out);
}

/* Each of those that were added up, if there are not too many for people */
static void print_sources(const struct view *v, FILE *out)
{
	size_t i;

	for (i = 0; i < v->nr_sources && i < SOURCES_SHOWN; i++)
		print_source(v, &v->sources[i], out);
	if (v->nr_sources > SOURCES_SHOWN)
		fprintf(out, "           and %zu more\n",
			v->nr_sources - SOURCES_SHOWN);
	if (v->left_out)
		fprintf(out, "           left out, as it cannot be read: %" PRIu64 " more\n",
			v->left_out);
}

void table_print_head(const struct view *v, FILE *out)
{
	char path[1024];

	escape_text(path, sizeof(path), v->info->path, strlen(v->info->path));
	fprintf(out, "recording: %s, ", path);
	print_seconds(v, out);
	escape_text(path, sizeof(path), v->info->clock ? v->info->clock : "local",
		    strlen(v->info->clock ? v->info->clock : "local"));
	fprintf(out, " of trace clock %s\n", path);
	print_sources(v, out);
	fprintf(out, "kernel:    %s; %s\n",
		!v->patched ? "unpatched" :
		v->stamped ? "patched" : "patched, but not counting",
		figures_from(v));
	if (v->opt->subject != VIEW_OF_REPORTS)
		print_guests(v, out);
	print_caveats(v, out);
	print_interrupted(v, out);
	print_exits(v, out);
	print_chosen(v, out);
	print_details(v, out);
	print_buckets(v, out);
	print_of(v, out);
	print_times_span(v, out);
	print_unit(v, out);
}
