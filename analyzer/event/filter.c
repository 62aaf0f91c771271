// SPDX-License-Identifier: GPL-2.0
#include "event/filter.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "event/clock.h"

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

int filter_parse_numbers(struct filter_list *l, const char *what,
			 const char *arg)
{
	const char *end;

	for (;; arg = end + 1) {
		end = strchrnul(arg, ',');
		if (l->nr == FILTER_MAX)
			return error("too many values of --%s: more than %u",
				     what, FILTER_MAX);
		if (!parse_u32(arg, end, &l->values[l->nr++]))
			return error("bad value of --%s: %.*s, expected 0 to %u",
				     what, (int)(end - arg), arg, UINT32_MAX);
		if (!*end)
			return 0;
	}
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

int filter_parse_seconds(uint64_t *ns, const char *arg)
{
	const char *end = parse_decimal(arg, NS_PER_S, ns);

	if (end && !*end)
		return 0;
	return error("bad number of seconds: %s, expected e.g. 1.5, with up to 9 decimal places",
		     arg);
}

/* A plain number is in the unit of the figures, whatever that will be. */
int filter_parse_length(struct filter_options *opt, const char *arg)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {
		{ "", 1 }, { "ns", 1 }, { "us", 1000 }, { "ms", 1000000 },
		{ "s", NS_PER_S },
	};
	const char *unit = arg + strspn(arg, "0123456789.");
	unsigned int i;

	opt->has_longer_than = true;
	opt->longer_than_ns = *unit;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcmp(unit, units[i].name) &&
		    parse_decimal(arg, units[i].ns, &opt->longer_than) == unit)
			return 0;
	return error("bad value of --longer-than: %s, expected a whole number, of cycles or, on unpatched kernels, of ns, or one with ns, us, ms or s, e.g. 50us or, no finer than a ns, 1.5ms",
		     arg);
}

static int add_reason(struct filter *f, struct filter_reason reason)
{
	struct filter_reason *list;
	unsigned int size;

	if (f->nr_reasons == f->reasons_allocated) {
		size = f->reasons_allocated ? f->reasons_allocated * 2 : 16;
		list = realloc(f->reasons, size * sizeof(*list));
		if (!list)
			return error("out of memory: %u exit reasons", size);
		f->reasons = list;
		f->reasons_allocated = size;
	}
	f->reasons[f->nr_reasons++] = reason;
	return 0;
}

/* All names of each ISA in one message, which error() may cut */
static void list_names(const struct reasons *r)
{
	char text[ERROR_MESSAGE_MAX], isa[ISA_NAME_MAX];
	unsigned int i, from;
	size_t used;

	for (i = 0; i < r->nr; i += i == from) {
		for (from = i, used = 0; i < r->nr && !r->slots[i].other &&
		     r->slots[i].isa == r->slots[from].isa; i++)
			if (used < sizeof(text))
				used += snprintf(text + used,
						 sizeof(text) - used, "%s%s",
						 used ? ", " : "",
						 r->slots[i].name);
		if (used)
			error("known of %s: %s",
			      isa_name(isa, r->slots[from].isa), text);
	}
}

static int unknown_reason(const struct reasons *r, const char *path,
			  const char *text, size_t len)
{
	error("unknown exit reason: %.*s: expected a number or, e.g. \"hlt\" or \"svm hlt\", a name that %s knows",
	      (int)len, text, path);
	list_names(r);
	return -1;
}

/* "svm ", "isa3 ": return what follows; @text itself if there is no such word. */
static const char *parse_isa(const char *text, const char *end, uint32_t *isa)
{
	const char *space = memchr(text, ' ', end - text);

	if (!space || space + 1 == end)
		return text;
	if (space == text + 3 && !strncasecmp(text, "vmx", 3))
		*isa = ISA_VMX;
	else if (space == text + 3 && !strncasecmp(text, "svm", 3))
		*isa = ISA_SVM;
	else if (strncasecmp(text, "isa", 3) ||
		 !parse_u32(text + 3, space, isa))
		return text;
	return space + 1;
}

/* Does @reason have the name in @text, of @len bytes, in upper or lower case? */
static bool has_name(const struct reason *reason, const char *text, size_t len)
{
	return !reason->other && strlen(reason->name) == len &&
	       !strncasecmp(reason->name, text, len);
}

/* May exits of @isa have the name of @reason? */
static bool names_isa(const struct reasons *r, const struct reason *reason,
		      uint32_t isa)
{
	if (reason->isa == ISA_REST)
		return !isa_valid(isa) && !reasons_has_table(r, isa);
	return reason->isa == isa;
}

/* "hlt", "svm hlt", "0x78", "svm 0x78", "isa3 0x78" */
static int resolve_reason(struct filter *f, const char *path, const char *text,
			  size_t len)
{
	const struct reasons *r = f->names;
	struct filter_reason reason = { .any_isa = true };
	unsigned int before = f->nr_reasons, i;
	const char *end = text + len, *name;
	bool any_isa;

	name = parse_isa(text, end, &reason.isa);
	any_isa = reason.any_isa = name == text;
	if (parse_u64(name, end, &reason.code))
		return add_reason(f, reason);
	for (i = 0; i < r->nr; i++) {
		if (!has_name(&r->slots[i], name, end - name) ||
		    !(any_isa || names_isa(r, &r->slots[i], reason.isa)))
			continue;
		reason.any_isa = false;
		reason.code = r->slots[i].code;
		if (any_isa) {
			reason.isa = r->slots[i].isa;
			reason.rest = reason.isa == ISA_REST;
		}
		if (add_reason(f, reason) < 0)
			return -1;
	}
	if (f->nr_reasons == before)
		return unknown_reason(r, path, text, len);
	return 0;
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

static int resolve_times(struct filter *f, const struct recording *info)
{
	const struct filter_options *opt = f->opt;

	f->to = UINT64_MAX;
	if ((opt->has_from && !clock_from_ns(info, opt->from_ns, &f->from)) ||
	    (opt->has_to && !clock_from_ns(info, opt->to_ns, &f->to)))
		return error("--%s: trace clock does not say seconds: %s: %s",
			     opt->has_from ? "from" : "to", info->path,
			     info->clock ? info->clock : "local");
	return 0;
}

int filter_init(struct filter *f, const struct filter_options *opt,
		const struct reasons *reasons, const struct recording *info)
{
	memset(f, 0, sizeof(*f));
	f->opt = opt;
	f->names = reasons;
	f->any = opt->vms.nr || opt->vcpus.nr || opt->cpus.nr ||
		 opt->nr_reasons || opt->has_from || opt->has_to ||
		 opt->has_longer_than;
	if (resolve_times(f, info) < 0)
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

bool filter_needs_vm(const struct filter *f)
{
	return f->opt->vms.nr;
}

static bool list_has(const struct filter_list *l, uint32_t v)
{
	unsigned int i;

	if (!l->nr)
		return true;
	for (i = 0; i < l->nr; i++)
		if (l->values[i] == v)
			return true;
	return false;
}

static bool takes_isa(const struct filter *f, const struct filter_reason *r,
		      uint32_t isa)
{
	if (r->rest)
		return !isa_valid(isa) && !reasons_has_table(f->names, isa);
	return r->any_isa || r->isa == isa;
}

bool filter_takes(const struct filter *f, const struct group_key *key,
		  uint64_t ts)
{
	unsigned int i;

	ts = ts > f->first_ts ? ts - f->first_ts : 0;
	if (ts < f->from || ts >= f->to || !list_has(&f->opt->vms, key->vm) ||
	    !list_has(&f->opt->vcpus, key->vcpu) ||
	    !list_has(&f->opt->cpus, key->cpu))
		return false;
	if (!f->opt->nr_reasons)
		return true;
	for (i = 0; i < f->nr_reasons; i++)
		if (f->reasons[i].code == key->code &&
		    takes_isa(f, &f->reasons[i], key->isa))
			return true;
	return false;
}
