// SPDX-License-Identifier: GPL-2.0
#include "base/recording.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* @to points into what is copied: replace that.  NULL stays NULL. */
static int own(const char **to)
{
	if (!*to)
		return 0;
	*to = strdup(*to);
	return *to ? 0 : error("out of memory: facts of a recording");
}

int recording_copy(struct recording *to, const struct recording *from)
{
	const char **const strings[] = {
		&to->path, &to->compression, &to->clock, &to->uname,
		&to->recorder, &to->instance, &to->files, &to->host,
		&to->arch,
	};
	const unsigned int nr = sizeof(strings) / sizeof(strings[0]);
	unsigned int i;
	int ret = 0;

	*to = *from;
	to->header_page = NULL;
	to->header_event = NULL;
	to->cpus = NULL;
	to->dropped = NULL;
	to->absent = NULL;
	to->instances = NULL;
	to->tasks = NULL;
	/* After a failure, too, none may point to what is not owned. */
	for (i = 0; i < nr; i++)
		if (own(strings[i]) < 0)
			ret = -1;
	return ret;
}

void recording_release(struct recording *copy)
{
	free((char *)copy->path);
	free((char *)copy->compression);
	free((char *)copy->clock);
	free((char *)copy->uname);
	free((char *)copy->recorder);
	free((char *)copy->host);
	free((char *)copy->arch);
	free((char *)copy->instance);
	free((char *)copy->files);
	memset(copy, 0, sizeof(*copy));
}

/* The second word of "Linux HOST RELEASE ..."; a kernel without a name says "(none)" */
const char *recording_host(const struct recording *info,
			   char host[RECORDING_HOST_MAX + 1])
{
	const char *name = info->host ? info->host : "";
	size_t len = strlen(name);

	if (!info->host && info->uname && !strncmp(info->uname, "Linux ", 6)) {
		name = info->uname + 6;
		len = strcspn(name, " ");
	}
	if (len == 6 && !memcmp(name, "(none)", len))
		len = 0;
	if (len > RECORDING_HOST_MAX)
		len = RECORDING_HOST_MAX;
	memcpy(host, name, len);
	host[len] = '\0';
	return host;
}

/* "ppc64le", "ppc64" */
static bool is_powerpc(const struct recording *info)
{
	const char *word = info->arch;

	if (!word && info->uname) {
		word = strrchr(info->uname, ' ');
		word = word ? word + 1 : info->uname;
	}
	return word && !strncmp(word, "ppc", 3);
}

const struct recording_advice *recording_advice(const struct recording *info)
{
	static const struct recording_advice powerpc = {
		.exits = "trace-cmd record -e kvm_hv -e kvm",
		.clock = "trace-cmd record -C mono -e kvm_hv -e kvm",
		.times = "trace-cmd record -C mono -e kvm_hv -e kvm -e sched:sched_switch",
		.buffer = "trace-cmd record -b KIB",
	};
	static const struct recording_advice trace_cmd = {
		.exits = "trace-cmd record -e kvm",
		.clock = "trace-cmd record -C mono -e kvm",
		.times = "trace-cmd record -C mono -e kvm -e sched:sched_switch",
		.buffer = "trace-cmd record -b KIB",
		.powerpc = &powerpc,
	};
	const struct recording_advice *advice = info->advice ? info->advice : &trace_cmd;

	return advice->powerpc && is_powerpc(info) ? advice->powerpc : advice;
}
