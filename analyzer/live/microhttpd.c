// SPDX-License-Identifier: GPL-2.0
#include "live/microhttpd.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

static struct microhttpd functions;

static const struct {
	const char *name;
	size_t offset;
} members[] = {
#define MICROHTTPD_NAMED(name)	{ "MHD_" #name, offsetof(struct microhttpd, name) },
	MICROHTTPD_FUNCTIONS(MICROHTTPD_NAMED)
#undef MICROHTTPD_NAMED
};

static void *load(void)
{
	void *library = dlopen(MICROHTTPD_SONAME, RTLD_NOW | RTLD_LOCAL), *function;
	size_t i;

	for (i = 0; library && i < sizeof(members) / sizeof(*members); i++) {
		function = dlsym(library, members[i].name);
		if (!function)
			return NULL;
		memcpy((char *)&functions + members[i].offset, &function,
		       sizeof(function));
	}
	return library;
}

const struct microhttpd *microhttpd_load(struct kvx *k)
{
	if (load())
		return &functions;
	kvx_say(k, KVX_ERROR, "cannot listen: %s; --listen takes libmicrohttpd: install it",
		dlerror());
	return NULL;
}
