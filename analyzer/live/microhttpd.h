/* SPDX-License-Identifier: GPL-2.0 */
/*
 * libmicrohttpd, loaded when something is to be served.  It comes with TLS and nine
 * libraries more: linked to, they would cost each run of the program 3 ms, which takes 6
 * to start, and 3 MiB, whatever it is asked.
 */
#ifndef ANALYZER_LIVE_MICROHTTPD_H
#define ANALYZER_LIVE_MICROHTTPD_H

#include <microhttpd.h>

#include "kvmexits.h"

/* Its functions that are called, as <microhttpd.h> declares them */
#define MICROHTTPD_FUNCTIONS(X)				\
	X(add_response_header)				\
	X(create_response_from_buffer)			\
	X(destroy_response)				\
	X(get_daemon_info)				\
	X(queue_response)				\
	X(run)						\
	X(start_daemon)					\
	X(stop_daemon)

struct microhttpd {
#define MICROHTTPD_MEMBER(name) typeof(MHD_##name) *name;
	MICROHTTPD_FUNCTIONS(MICROHTTPD_MEMBER)
#undef MICROHTTPD_MEMBER
};

/* It stays loaded.  NULL after an error. */
const struct microhttpd *microhttpd_load(struct kvx *k);

#endif /* ANALYZER_LIVE_MICROHTTPD_H */
