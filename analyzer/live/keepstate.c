// SPDX-License-Identifier: GPL-2.0
#include "live/keepstate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "outfile.h"

#define ENDING ".state"

bool keepstate_is(const char *path)
{
	const size_t len = strlen(path);

	return len > strlen(ENDING) &&
	       !strcmp(path + len - strlen(ENDING), ENDING);
}

char *keepstate_events(const char *path)
{
	char *events;

	return asprintf(&events, "%s.dat", path) < 0 ? NULL : events;
}

/* A handle of its own, which says nothing: losses were said when figures were shown. */
static int set(struct kvx *state, const char *by)
{
	return kvx_set(state, "format", "state") == KVX_OK &&
	       (!by || kvx_set(state, "by", by) == KVX_OK) &&
	       kvx_check(state) == KVX_OK ? 0 : -1;
}

static const char *why(const struct kvx *state)
{
	return state ? kvx_error(state) : "out of memory";
}

int keepstate_check(struct kvx *k, const char *by)
{
	struct kvx *state = kvx_new();
	int ret = state ? set(state, by) : -1;

	if (ret < 0)
		kvx_say(k, KVX_ERROR, "cannot save a state: %s", why(state));
	kvx_free(state);
	return ret;
}

static int print(struct kvx *state, const char *events, int fd)
{
	FILE *out = fdopen(fd, "w");
	enum kvx_status status;
	bool bad;

	if (!out) {
		close(fd);
		return -1;
	}
	status = kvx_open(state, events);
	if (status == KVX_OK)
		status = kvx_print(state, out);
	bad = ferror(out);
	bad |= fclose(out) != 0;
	if (bad)
		kvx_say(state, KVX_ERROR, "cannot write: %s", strerror(errno));
	return bad || status == KVX_FAILED || status == KVX_USAGE ? -1 : 0;
}

static int make(struct kvx *k, struct kvx *state, const char *events,
		const char *path)
{
	struct outfile f;

	if (outfile_open(&f, k, path) < 0)
		return -1;
	if (print(state, events, f.fd) == 0)
		return outfile_keep(&f);
	outfile_drop(&f);
	return -1;
}

int keepstate_make(struct kvx *k, const char *by, const char *events,
		   const char *path)
{
	struct kvx *state = kvx_new();
	int ret = state && set(state, by) == 0 ? make(k, state, events, path) : -1;

	if (ret < 0 && *why(state))
		kvx_say(k, KVX_ERROR, "no state: %s", why(state));
	if (ret < 0)
		kvx_say(k, KVX_ERROR, "not saved: %s: what was seen is in %s", path,
			events);
	else
		unlink(events);
	kvx_free(state);
	return ret;
}
