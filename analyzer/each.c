// SPDX-License-Identifier: GPL-2.0
/* Exits one by one, of what a handle has open: exits.h does it. */
#include "base/error.h"
#include "exits.h"
#include "library.h"

enum kvx_status library_each(struct kvx *k, const struct options *opt,
			     const struct view *known, struct exits_lacking *lacking,
			     library_exit_fn take, void *user)
{
	const struct exits_request request = {
		.opt = opt, .known = known, .lacking = lacking, .take = take,
		.user = user,
	};

	return exits_read(&request, &k->recorded);
}

static enum kvx_status read_opened(struct kvx *k, kvx_exit_fn fn, void *user)
{
	struct options opt;
	const struct exits_request request = { .opt = &opt, .fn = fn, .user = user };
	enum kvx_status status = library_begin(k, &opt);

	if (status != KVX_OK)
		return status;
	if (!k->open || opt.nr_more) {
		error("exits one by one are of one recording: %s",
		      k->open ? "there are several" : "this is a state");
		return KVX_USAGE;
	}
	status = library_know_all(k);
	return status == KVX_OK ? exits_read(&request, &k->recorded) : status;
}

enum kvx_status kvx_each(struct kvx *k, kvx_exit_fn fn, void *user)
{
	const struct diag *before;
	enum kvx_status status;

	if (!k || !fn)
		return KVX_USAGE;
	before = library_enter(k);
	status = read_opened(k, fn, user);
	library_leave(before);
	return status;
}
