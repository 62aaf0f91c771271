// SPDX-License-Identifier: GPL-2.0
#include "exposition.h"

#include <string.h>

const struct exposition_metric exposition_build = {
	"kvm_exit_build_info", "gauge", "Which version wrote this.",
};

const struct exposition_metric exposition_exits = {
	"kvm_exits_total", "counter", "VM exits.",
};

const struct exposition_metric exposition_cycles = {
	"kvm_exit_time_cycles_total", "counter",
	"Time of exits, by where it went.",
};

const struct exposition_metric exposition_backwards = {
	"kvm_exit_backwards_total", "counter",
	"Exits whose stamps contradict each other: their cycles are taken as 0.",
};

const struct exposition_metric exposition_written = {
	"kvm_exit_analysis_timestamp_seconds", "gauge", "When this was written.",
};

void exposition_begin(FILE *out, const struct exposition_metric *m)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", m->name, m->help, m->name,
		m->type);
}

void exposition_label(FILE *out, const char *name, const char *value)
{
	fprintf(out, "%s%s=\"", ftell(out) ? "," : "", name);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			putc('\\', out);
		putc(*value, out);
	}
	putc('"', out);
}

void exposition_reason(FILE *out, const char *isa, const char *reason)
{
	const size_t len = strlen(isa);

	if (len && !strncmp(reason, isa, len) && reason[len] == ' ')
		reason += len + 1;
	if (len)
		exposition_label(out, "isa", isa);
	exposition_label(out, "reason", reason);
}

void exposition_sample(FILE *out, const char *name, const char *suffix,
		       const char *labels, const char *label)
{
	fprintf(out, "%s%s", name, suffix);
	if (*labels || *label)
		fprintf(out, "{%s%s%s}", labels, *labels && *label ? "," : "",
			label);
	putc(' ', out);
}
