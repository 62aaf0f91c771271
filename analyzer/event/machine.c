// SPDX-License-Identifier: GPL-2.0
#include "event/machine.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/compare.h"
#include "base/error.h"
#include "event/machine-x86.h"

static const struct machine *const machines[] = {
	&machine_x86, &machine_arm64, &machine_riscv, &machine_s390,
	&machine_powerpc, &machine_loongarch,
};

#define NR_MACHINES	(sizeof(machines) / sizeof(machines[0]))

const struct machine *machine_next(const struct machine *m)
{
	size_t i = 0;

	while (m && machines[i++] != m)
		;
	return i < NR_MACHINES ? machines[i] : NULL;
}

bool machine_format_is(const struct source_format *format, const char *system,
		       const char *name)
{
	static const char prefix[] = "name: ";
	size_t prefix_len = sizeof(prefix) - 1, name_len = strlen(name);
	const char *text = format->text;

	return !strcmp(format->system, system) &&
	       format->len > prefix_len + name_len &&
	       !memcmp(text, prefix, prefix_len) &&
	       !memcmp(text + prefix_len, name, name_len) &&
	       text[prefix_len + name_len] == '\n';
}

/* "\tfield:unsigned int exit_reason;" */
static bool has_field(const struct source_format *format, const char *name)
{
	char text[64];
	int len = snprintf(text, sizeof(text), " %s;\t", name);

	return memmem(format->text, format->len, text, len);
}

static bool is_of(const struct source_format *format, const struct machine *m)
{
	const struct machine_sign *sign;
	unsigned int i;

	for (i = 0; i < m->nr_signs; i++) {
		sign = &m->signs[i];
		if (machine_format_is(format, m->system, sign->event) &&
		    has_field(format, sign->field) &&
		    (!sign->also || has_field(format, sign->also)))
			return true;
	}
	return false;
}

/* "x86, arm64": @text has room for all of them. */
static const char *list_names(char *text, size_t size)
{
	size_t i, len = 0;

	for (i = 0; i < NR_MACHINES; i++)
		len += snprintf(text + len, size - len, "%s%s", i ? ", " : "",
				machines[i]->name);
	return text;
}

const struct machine *machine_of(const struct source *src)
{
	struct source_formats it = SOURCE_FORMATS_INIT;
	struct source_format format;
	const struct machine *m;
	bool unknown = false;
	char names[128];

	while (source_next_format(src, &it, &format)) {
		for (m = machine_next(NULL); m; m = machine_next(m))
			if (is_of(&format, m))
				return m;
		unknown |= machine_format_is(&format, "kvm", "kvm_exit");
	}
	if (!unknown)
		return machines[0];
	error("unknown architecture: %s: its kvm:kvm_exit is of none of these: %s",
	      source_recording(src)->path, list_names(names, sizeof(names)));
	return NULL;
}

/* @of: whose it is */
static const struct machine_isa *find_isa(uint32_t isa,
					  const struct machine **of)
{
	const struct machine *m;
	unsigned int i;

	for (m = machine_next(NULL); m; m = machine_next(m))
		for (i = 0; i < m->nr_isas; i++)
			if (m->isas[i].isa == isa) {
				*of = m;
				return &m->isas[i];
			}
	return NULL;
}

const struct machine *machine_of_isa(uint32_t isa)
{
	const struct machine *m;

	return find_isa(isa, &m) ? m : NULL;
}

const char *isa_caveat(uint32_t isa)
{
	const struct machine *m = machine_of_isa(isa);

	return m ? m->caveat : NULL;
}

const char *isa_name(char buf[ISA_NAME_MAX], uint32_t isa)
{
	const struct machine *m;
	const struct machine_isa *named = find_isa(isa, &m);

	if (named)
		return named->name;
	if (isa == ISA_REST)
		return "isa*";
	snprintf(buf, ISA_NAME_MAX, "isa%" PRIu32, isa);
	return buf;
}

bool isa_find(const char *text, size_t len, uint32_t *isa)
{
	const struct machine *m;
	unsigned int i;

	for (m = machine_next(NULL); m; m = machine_next(m))
		for (i = 0; i < m->nr_isas; i++) {
			if (strlen(m->isas[i].name) != len ||
			    !is_same_word(m->isas[i].name, text, len))
				continue;
			*isa = m->isas[i].isa;
			return true;
		}
	return false;
}
