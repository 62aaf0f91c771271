// SPDX-License-Identifier: GPL-2.0
#include "event/machine.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/compare.h"
#include "event/machine-x86.h"

static const struct machine *const machines[] = {
	&machine_x86,
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

const struct machine *machine_of(const struct source *src)
{
	struct source_formats it = SOURCE_FORMATS_INIT;
	struct source_format format;
	const struct machine *m;

	while (source_next_format(src, &it, &format))
		for (m = machine_next(NULL); m; m = machine_next(m))
			if (machine_format_is(&format, m->system, m->exit) &&
			    has_field(&format, m->reason_field))
				return m;
	return machines[0];
}

static const struct machine_isa *find_isa(uint32_t isa)
{
	const struct machine *m;
	unsigned int i;

	for (m = machine_next(NULL); m; m = machine_next(m))
		for (i = 0; i < m->nr_isas; i++)
			if (m->isas[i].isa == isa)
				return &m->isas[i];
	return NULL;
}

const char *isa_name(char buf[ISA_NAME_MAX], uint32_t isa)
{
	const struct machine_isa *named = find_isa(isa);

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
