// SPDX-License-Identifier: GPL-2.0
#include "event/filter.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/compare.h"
#include "base/error.h"
#include "event/clock.h"
#include "event/names.h"

#define NS_PER_S	1000000000ull

/* Decimal, or hexadecimal after 0x, up to @end */
static bool parse_u64(const char *text, const char *end, uint64_t *v)
{
	int base = text[0] == '0' && (text[1] | 0x20) == 'x' ? 16 : 10;
	unsigned long long n;
	char *stop;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	n = strtoull(text, &stop, base);
	*v = n;
	return !errno && stop == end;
}

static bool parse_u32(const char *text, const char *end, uint32_t *v)
{
	uint64_t n;

	if (!parse_u64(text, end, &n) || n > UINT32_MAX)
		return false;
	*v = n;
	return true;
}

/* "7", "0-3", "!7", "!0-3" up to @end */
static bool parse_range(const char *text, const char *end,
			struct filter_range *range)
{
	const char *dash;

	range->not = *text == '!';
	text += range->not;
	dash = memchr(text, '-', end - text);
	if (!parse_u32(text, dash ? dash : end, &range->first))
		return false;
	range->last = range->first;
	return !dash || (parse_u32(dash + 1, end, &range->last) &&
			 range->first <= range->last);
}

int filter_parse_numbers(struct filter_list *l, const char *what,
			 const char *arg)
{
	const char *end;

	for (;; arg = end + 1) {
		end = strchrnul(arg, ',');
		if (l->nr == FILTER_MAX)
			return error("too many values of --%s: more than %u",
				     what, FILTER_MAX);
		if (!parse_range(arg, end, &l->ranges[l->nr++]))
			return error("bad value of --%s: %.*s, expected 0 to %u, a range such as 0-3, or all others as !7",
				     what, (int)(end - arg), arg, UINT32_MAX);
		if (!*end)
			return 0;
	}
}

const char *filter_range_text(char buf[FILTER_RANGE_MAX],
			      const struct filter_range *range)
{
	int len = snprintf(buf, FILTER_RANGE_MAX, "%s%" PRIu32,
			   range->not ? "!" : "", range->first);

	if (range->last != range->first)
		snprintf(buf + len, FILTER_RANGE_MAX - len, "-%" PRIu32,
			 range->last);
	return buf;
}

int filter_parse_reasons(struct filter_options *opt, const char *arg)
{
	if (opt->nr_reasons == FILTER_MAX)
		return error("too many values of --reason: more than %u",
			     FILTER_MAX);
	opt->reasons[opt->nr_reasons++] = arg;
	return 0;
}

/*
 * So many times @unit, a power of ten, with as many digits behind the point as
 * that has zeros: nothing is rounded.  Return what follows; NULL: no number.
 */
static const char *parse_decimal(const char *arg, uint64_t unit, uint64_t *v)
{
	unsigned long long n;
	char *p;

	errno = 0;
	n = strtoull(arg, &p, 10);
	if (!isdigit((unsigned char)*arg) || errno ||
	    __builtin_mul_overflow(n, unit, v))
		return NULL;
	if (*p != '.' || !isdigit((unsigned char)p[1]))
		return p;
	for (p++; isdigit((unsigned char)*p) && unit > 1; p++) {
		unit /= 10;
		if (__builtin_add_overflow(*v, (*p - '0') * unit, v))
			return NULL;
	}
	return p;
}

/* trace-cmd report rounds to microseconds, unless it is asked for all digits. */
static uint64_t first_shown_as(const char *arg, uint64_t ns)
{
	const char *point = strchr(arg, '.');

	if ((point && strlen(point + 1) > 6) || ns < 500)
		return ns;
	return ns - 500;
}

int filter_parse_time(struct filter_time *time, const char *arg)
{
	const char *end;

	time->given = true;
	time->absolute = *arg == '@';
	end = parse_decimal(arg + time->absolute, NS_PER_S, &time->ns);
	if (time->absolute && end)
		time->ns = first_shown_as(arg, time->ns);
	if (end && !*end)
		return 0;
	return error("bad number of seconds: %s, expected e.g. 1.5 since the first event, or @8.111701 as trace-cmd report has it, with up to 9 decimal places",
		     arg);
}

bool filter_parse_duration(const char *text, const char *end, uint64_t *v,
			   bool *has_unit)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {
		{ "", 1 }, { "ns", 1 }, { "us", 1000 }, { "ms", 1000000 },
		{ "s", NS_PER_S },
	};
	const char *unit = text + strspn(text, "0123456789.");
	unsigned int i;

	*has_unit = unit < end;
	for (i = 0; unit <= end && i < sizeof(units) / sizeof(units[0]); i++)
		if (strlen(units[i].name) == (size_t)(end - unit) &&
		    !memcmp(unit, units[i].name, end - unit))
			return parse_decimal(text, units[i].ns, v) == unit;
	return false;
}

/* A plain number is in the unit of the figures, whatever that will be. */
int filter_parse_length(struct filter_options *opt, const char *arg)
{
	opt->has_longer_than = true;
	if (filter_parse_duration(arg, arg + strlen(arg), &opt->longer_than,
				  &opt->longer_than_ns))
		return 0;
	return error("bad value of --longer-than: %s, expected a whole number, of cycles or, on unpatched kernels, of ns, or one with ns, us, ms or s, e.g. 50us or, no finer than a ns, 1.5ms",
		     arg);
}

static int add_reason(struct filter *f, struct filter_reason reason)
{
	if (array_room(f->reasons, f->nr_reasons, f->reasons_allocated,
		       "exit reasons") < 0)
		return -1;
	f->reasons[f->nr_reasons++] = reason;
	return 0;
}

/*
 * What other programs and the kernel's headers put before a name: EXIT_HLT,
 * SVM_EXIT_HLT, EXIT_REASON_HLT.
 */
static const char *without_prefix(const char *text, const char *end)
{
	static const char *const prefixes[] = { "svm_", "vmx_", "exit_",
						"reason_" };
	unsigned int i;
	size_t len;

	for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		len = strlen(prefixes[i]);
		if ((size_t)(end - text) > len &&
		    is_same_word(text, prefixes[i], len))
			text += len;
	}
	return text;
}

/* "svm ", "isa3 ": return what follows; @text itself if there is no such word. */
static const char *parse_isa(const char *text, const char *end, uint32_t *isa)
{
	const char *space = memchr(text, ' ', end - text);

	if (!space || space + 1 == end)
		return text;
	if (!isa_find(text, space - text, isa) &&
	    (space - text < 3 || !is_same_word(text, "isa", 3) ||
	     !parse_u32(text + 3, space, isa)))
		return text;
	return space + 1;
}

/*
 * Does @reason have the name in @text, of @len bytes, in upper or lower case?  That
 * of the kernel's event, or of its header and libtraceevent's plugin, which differ
 * in one name besides the prefix.
 */
static bool has_name(const struct reason *reason, const char *text, size_t len)
{
	const char *end = text + len, *bare = without_prefix(text, end);
	const char *name = reason->name;

	if (reason->other)
		return false;
	if (strlen(name) == len && is_same_word(name, text, len))
		return true;
	if (bare == text)
		return false;
	if (end - bare == 4 && is_same_word(bare, "ioio", 4))
		return !strcmp(name, "io");
	return strlen(name) == (size_t)(end - bare) &&
	       is_same_word(name, bare, end - bare);
}

/* May exits of @isa have the name of @reason? */
static bool names_isa(const struct reasons *r, const struct reason *reason,
		      uint32_t isa)
{
	if (reason->isa == ISA_REST)
		return !isa_valid(isa) && !reasons_has_table(r, isa);
	return reason->isa == isa;
}

/* "0x78" or "48-55" */
static bool parse_codes(const char *text, const char *end,
			struct filter_reason *reason)
{
	const char *dash = memchr(text, '-', end - text);

	if (!parse_u64(text, dash ? dash : end, &reason->first))
		return false;
	reason->last = reason->first;
	return !dash || (parse_u64(dash + 1, end, &reason->last) &&
			 reason->first <= reason->last);
}

static int add_named(struct filter *f, struct filter_reason reason,
		     const struct reason *named)
{
	if (reason.any_isa) {
		reason.any_isa = false;
		reason.isa = named->isa;
		reason.rest = named->isa == ISA_REST;
	}
	reason.first = named->code;
	reason.last = named->code;
	return add_reason(f, reason);
}

/* "hlt", "svm hlt", "!EXIT_HLT", "0x78", "svm 0x40-0x5f", "isa3 0x78" */
static int resolve_reason(struct filter *f, const char *path, const char *text,
			  size_t len)
{
	const struct reasons *r = f->names;
	struct filter_reason reason = { .not = len && *text == '!' };
	unsigned int before = f->nr_reasons, i;
	const char *end = text + len, *name;

	text += reason.not;
	name = parse_isa(text, end, &reason.isa);
	reason.any_isa = name == text;
	if (parse_codes(name, end, &reason))
		return add_reason(f, reason);
	for (i = 0; i < r->nr; i++)
		if (has_name(&r->slots[i], name, end - name) &&
		    (reason.any_isa ||
		     names_isa(r, &r->slots[i], reason.isa)) &&
		    add_named(f, reason, &r->slots[i]) < 0)
			return -1;
	if (f->nr_reasons == before)
		return names_unknown(r, path, text, end, name);
	return 0;
}

bool filter_options_any(const struct filter_options *opt)
{
	return opt->vms.nr || opt->vcpus.nr || opt->threads.nr || opt->cpus.nr ||
	       opt->nr_reasons || opt->from.given || opt->to.given ||
	       opt->has_longer_than;
}

int filter_options_copy(struct filter_options *to,
			const struct filter_options *from)
{
	*to = *from;
	for (to->nr_reasons = 0; to->nr_reasons < from->nr_reasons;
	     to->nr_reasons++) {
		to->reasons[to->nr_reasons] =
			strdup(from->reasons[to->nr_reasons]);
		if (!to->reasons[to->nr_reasons])
			return error("out of memory: names of exit reasons");
	}
	return 0;
}

void filter_options_release(struct filter_options *copy)
{
	while (copy->nr_reasons)
		free((char *)copy->reasons[--copy->nr_reasons]);
}

bool filter_next_reason(struct filter_word *w)
{
	if (w->end && *w->end)
		w->text = w->end + 1;
	else if (w->next < w->opt->nr_reasons)
		w->text = w->opt->reasons[w->next++];
	else
		return false;
	w->end = strchrnul(w->text, ',');
	return true;
}

static int resolve_reasons(struct filter *f, const char *path)
{
	struct filter_word w = { .opt = f->opt };

	while (filter_next_reason(&w))
		if (resolve_reason(f, path, w.text, w.end - w.text) < 0)
			return -1;
	return 0;
}

static int resolve_times(struct filter *f)
{
	const struct filter_options *opt = f->opt;
	uint64_t units;

	if ((!opt->from.given && !opt->to.given) ||
	    clock_from_ns(f->info, 0, &units))
		return 0;
	return clock_no_seconds(f->info, opt->from.given ? "from" : "to");
}

/* Nanoseconds since the first event, which was at @first, as trace-cmd has it */
static uint64_t since_first(const struct filter_time *time, uint64_t first)
{
	if (!time->absolute)
		return time->ns;
	return time->ns > first ? time->ns - first : 0;
}

/* The time stamp @ns after @first_ts; saturates */
static uint64_t stamp_after(const struct filter *f, uint64_t first_ts,
			    uint64_t ns)
{
	uint64_t units = 0;

	clock_from_ns(f->info, ns, &units);
	return units > UINT64_MAX - first_ts ? UINT64_MAX : first_ts + units;
}

void filter_begin(struct filter *f, uint64_t first_ts)
{
	const struct filter_options *opt = f->opt;
	uint64_t first = 0;

	clock_shown_ns(f->info, first_ts, &first);
	if (opt->from.given) {
		f->from_ns = since_first(&opt->from, first);
		f->begin = f->from_ns ? stamp_after(f, first_ts, f->from_ns) : 0;
	}
	if (opt->to.given) {
		f->to_ns = since_first(&opt->to, first);
		f->end = stamp_after(f, first_ts, f->to_ns);
	}
}

int filter_init(struct filter *f, const struct filter_options *opt,
		const struct reasons *reasons, const struct recording *info)
{
	memset(f, 0, sizeof(*f));
	f->opt = opt;
	f->names = reasons;
	f->info = info;
	f->end = UINT64_MAX;
	f->to_ns = UINT64_MAX;
	f->any = filter_options_any(opt);
	if (resolve_times(f) < 0)
		return -1;
	return resolve_reasons(f, info->path);
}

bool filter_set_unit(struct filter *f, const struct recording *info,
		     const char *unit)
{
	f->longer_than = f->opt->longer_than;
	return !f->opt->longer_than_ns || !strcmp(unit, "ns") ||
	       clock_ns_to_cycles(info, f->opt->longer_than, &f->longer_than);
}

void filter_set_rate(struct filter *f, uint64_t hz)
{
	const unsigned __int128 cycles = (unsigned __int128)f->opt->longer_than *
					 hz / NS_PER_S;

	f->longer_than = cycles > UINT64_MAX ? UINT64_MAX : cycles;
}

int filter_unit_error(const struct recording *info)
{
	return error("--longer-than: %s: figures are in cycles, and nothing says how many there are to a second: give a number of cycles, without a unit, or --tsc-khz",
		     info->path);
}

void filter_release(struct filter *f)
{
	free(f->reasons);
	memset(f, 0, sizeof(*f));
}

static bool list_has(const struct filter_list *l, uint32_t v)
{
	const struct filter_range *range;
	bool fits = true;
	unsigned int i;

	/* All fit where all that was given says what does not. */
	for (i = 0; i < l->nr && fits; i++)
		fits = l->ranges[i].not;
	for (i = 0; i < l->nr; i++) {
		range = &l->ranges[i];
		if (v < range->first || v > range->last)
			continue;
		if (range->not)
			return false;
		fits = true;
	}
	return fits;
}

static bool takes_isa(const struct filter *f, const struct filter_reason *r,
		      uint32_t isa)
{
	if (r->rest)
		return !isa_valid(isa) && !reasons_has_table(f->names, isa);
	return r->any_isa || r->isa == isa;
}

static bool takes_reason(const struct filter *f, const struct group_key *key)
{
	const struct filter_reason *r;
	bool fits = true;
	unsigned int i;

	for (i = 0; i < f->nr_reasons && fits; i++)
		fits = f->reasons[i].not;
	for (i = 0; i < f->nr_reasons; i++) {
		r = &f->reasons[i];
		if (key->code < r->first || key->code > r->last ||
		    !takes_isa(f, r, key->isa))
			continue;
		if (r->not)
			return false;
		fits = true;
	}
	return fits;
}

bool filter_takes(const struct filter *f, const struct group_key *key,
		  uint64_t ts)
{
	return ts >= f->begin && ts < f->end &&
	       list_has(&f->opt->vms, key->vm) &&
	       list_has(&f->opt->vcpus, key->vcpu) &&
	       list_has(&f->opt->threads, key->thread) &&
	       list_has(&f->opt->cpus, key->cpu) && takes_reason(f, key);
}
