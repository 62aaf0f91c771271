// SPDX-License-Identifier: GPL-2.0
/*
 * What stands above a table: the recording, what of it is looked at, and what is
 * missing.
 */
#include <inttypes.h>
#include <string.h>

#include "error.h"
#include "render.h"
#include "table-private.h"

static void print_seconds(const struct view *v, FILE *out)
{
	if (v->has_span)
		fprintf(out, "%" PRIu64 ".%06" PRIu64 " s",
			v->span_ns / 1000000000, v->span_ns / 1000 % 1000000);
	else
		fputs("unknown time", out);
}

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

static void print_guests(const struct view *v, FILE *out)
{
	fputs("guests:    ", out);
	if (v->isas)
		fprintf(out, "%s%s%s, ",
			v->isas & 1u << ISA_VMX ? isa_name(ISA_VMX) : "",
			v->isas == (1u << ISA_VMX | 1u << ISA_SVM) ? " and " : "",
			v->isas & 1u << ISA_SVM ? isa_name(ISA_SVM) : "");
	if (v->stamped)
		fprintf(out, "%" PRIu64 " vCPU%s of %" PRIu64 " VM%s", v->vcpus,
			plural(v->vcpus), v->vms, plural(v->vms));
	else
		fprintf(out, "%" PRIu64 " vCPU thread%s of unknown VMs",
			v->vcpus, plural(v->vcpus));
	fprintf(out, ", on %u CPU%s\n", v->info->nr_cpus,
		plural(v->info->nr_cpus));
}

/* A number as the cells have it */
static void print_count(const struct view *v, uint64_t n, FILE *out)
{
	char digits[RENDER_U128_MAX], cell[CELL_MAX];
	const char *plain = render_u128(digits, n);

	table_group_digits(cell, plain);
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

static void print_exits(const struct view *v, FILE *out)
{
	fputs("exits:     ", out);
	print_count(v, v->exits, out);
	fputs(" recorded", out);
	if (v->exits != v->total.cell.exits) {
		fputs(", ", out);
		print_count(v, v->total.cell.exits, out);
		fputs(" of them chosen", out);
	}
	if (v->losses.unread) {
		putc('\n', out);
		return;
	}
	fputs(v->stamped ? "; missing: " : "; lost events: ", out);
	print_count(v, v->stamped ? v->before : v->losses.lost_events, out);
	if (v->stamped) {
		fputs(" before, ", out);
		print_count(v, v->lost, out);
		fputs(" lost", out);
		if (v->total.cell.backwards) {
			fputs("; backwards, taken as 0: ", out);
			print_count(v, v->total.cell.backwards, out);
		}
	} else if (v->losses.lost_uncounted) {
		fputs(", and more in ", out);
		print_count(v, v->losses.lost_uncounted, out);
		fprintf(out, " place%s", plural(v->losses.lost_uncounted));
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
	fprintf(out, " %s%s%s", what, plural(n), behind);
	*before = "; ";
}

static void print_details(const struct view *v, FILE *out)
{
	const char *before = "details:   ";

	if (!v->unknown && !v->unattached && !v->no_room)
		return;
	print_part(v, &before, v->unknown, "exit", " unknown", out);
	print_part(v, &before, v->unattached, "event", " inside no exit", out);
	print_part(v, &before, v->no_room, "exit", " as other", out);
	putc('\n', out);
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
	fprintf(out, "kernel:    %s; %s\n",
		!v->patched ? "unpatched" :
		v->stamped ? "patched" : "patched, but not counting",
		figures_from(v));
	print_guests(v, out);
	print_interrupted(v, out);
	print_exits(v, out);
	print_details(v, out);
	fprintf(out, "unit:      %s\n\n",
		strcmp(v->unit, "cycles") ? v->unit : "cycles (TSC ticks)");
}
