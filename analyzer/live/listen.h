/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Metrics over HTTP, for Prometheus: GET /metrics is answered with the latest text.  All
 * is done by listen_serve(), in the caller's thread, and never waits: connections are
 * few, have little memory, and are closed if nothing happens on them.
 */
#ifndef ANALYZER_LIVE_LISTEN_H
#define ANALYZER_LIVE_LISTEN_H

#include <stddef.h>

#include "kvmexits.h"

struct listen;

/*
 * @address: "ADDRESS:PORT", "[ADDRESS]:PORT", or "PORT" or ":PORT" of the loopback.  NULL
 * after an error.
 */
struct listen *listen_open(struct kvx *k, const char *address);
void listen_close(struct listen *l);

/* The text from now on, which is copied.  Until there is one, the answer is 503. */
void listen_set(struct listen *l, const char *text, size_t len);

/* A descriptor to poll for input; then, and from time to time, serve. */
int listen_fd(const struct listen *l);
void listen_serve(struct listen *l);

#endif /* ANALYZER_LIVE_LISTEN_H */
