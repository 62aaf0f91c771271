// SPDX-License-Identifier: GPL-2.0
#include "live/listen.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "live/microhttpd.h"

#define CONNECTIONS	32u
#define SECONDS_IDLE	5u		/* then a connection is closed */
#define CONNECTION_BYTES 8192u		/* of what was asked, and the head of an answer */
#define CONTENT_TYPE	"text/plain; version=0.0.4; charset=utf-8"

struct listen {
	const struct microhttpd *mhd;
	struct MHD_Daemon *daemon;
	struct MHD_Response *metrics;	/* NULL: there are none yet */
	struct MHD_Response *none, *unknown, *bad;
};

static struct MHD_Response *text_response(const struct listen *l, const char *text)
{
	return l->mhd->create_response_from_buffer(strlen(text), (void *)text,
						   MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result answer(void *arg, struct MHD_Connection *connection,
			      const char *url, const char *method,
			      const char *version, const char *data,
			      size_t *size, void **state)
{
	struct listen *l = arg;

	(void)version;
	(void)data;
	(void)state;
	if (strcmp(method, "GET") && strcmp(method, "HEAD")) {
		*size = 0;
		return l->mhd->queue_response(connection, MHD_HTTP_METHOD_NOT_ALLOWED,
					      l->bad);
	}
	if (strcmp(url, "/metrics"))
		return l->mhd->queue_response(connection, MHD_HTTP_NOT_FOUND,
					      l->unknown);
	if (!l->metrics)
		return l->mhd->queue_response(connection,
					      MHD_HTTP_SERVICE_UNAVAILABLE, l->none);
	return l->mhd->queue_response(connection, MHD_HTTP_OK, l->metrics);
}

/* Split "[::1]:9105" into its halves; without a host it is that of the loopback. */
static int split_address(char *text, const char **host, const char **port)
{
	char *colon = strrchr(text, ':');
	size_t len;

	*host = "127.0.0.1";
	*port = colon ? colon + 1 : text;
	if (colon && colon != text) {
		*colon = '\0';
		len = strlen(text);
		if (*text == '[' && text[len - 1] == ']') {
			text[len - 1] = '\0';
			text++;
		} else if (strchr(text, ':')) {
			return -1;
		}
		*host = text;
	}
	if (!**port || strspn(*port, "0123456789") != strlen(*port) ||
	    strlen(*port) > 5 || atoi(*port) < 1 || atoi(*port) > 65535)
		return -1;
	return 0;
}

static int open_socket(struct kvx *k, const char *address,
		       const struct addrinfo *to)
{
	const int yes = 1;
	int fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			0);

	if (fd >= 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == 0 &&
	    bind(fd, to->ai_addr, to->ai_addrlen) == 0 &&
	    listen(fd, CONNECTIONS) == 0)
		return fd;
	kvx_say(k, KVX_ERROR, "cannot listen: %s: %s", address, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static int open_address(struct kvx *k, const char *address)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
					.ai_flags = AI_NUMERICSERV };
	struct addrinfo *found = NULL;
	const char *host, *port;
	char *text = strdup(address);
	int fd = -1, err;

	if (!text || split_address(text, &host, &port) < 0) {
		kvx_say(k, KVX_ERROR, "bad address: %s, expected ADDRESS:PORT, as 127.0.0.1:9105 or [::1]:9105",
			address);
		free(text);
		return -1;
	}
	err = getaddrinfo(host, port, &hints, &found);
	if (err)
		kvx_say(k, KVX_ERROR, "cannot listen: %s: %s", address,
			gai_strerror(err));
	else
		fd = open_socket(k, address, found);
	if (found)
		freeaddrinfo(found);
	free(text);
	return fd;
}

static int start(struct listen *l, struct kvx *k, int fd)
{
	l->none = text_response(l, "no exits yet: waiting for a VM to run\n");
	l->unknown = text_response(l, "not found: see /metrics\n");
	l->bad = text_response(l, "GET and HEAD only\n");
	if (l->none && l->unknown && l->bad)
		l->daemon = l->mhd->start_daemon(
			MHD_USE_EPOLL, 0, NULL, NULL, answer, l,
			MHD_OPTION_LISTEN_SOCKET, fd,
			MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS,
			MHD_OPTION_CONNECTION_TIMEOUT, SECONDS_IDLE,
			MHD_OPTION_CONNECTION_MEMORY_LIMIT,
			(size_t)CONNECTION_BYTES, MHD_OPTION_END);
	if (l->daemon)
		return 0;
	close(fd);
	kvx_say(k, KVX_ERROR, "cannot listen: no HTTP server");
	return -1;
}

struct listen *listen_open(struct kvx *k, const char *address)
{
	struct listen *l = calloc(1, sizeof(*l));
	int fd = -1;

	if (l)
		l->mhd = microhttpd_load(k);
	if (l && l->mhd)
		fd = open_address(k, address);
	if (fd >= 0 && start(l, k, fd) == 0)
		return l;
	listen_close(l);
	return NULL;
}

static void drop(const struct listen *l, struct MHD_Response *r)
{
	if (r)
		l->mhd->destroy_response(r);
}

void listen_close(struct listen *l)
{
	if (!l)
		return;
	if (l->daemon)
		l->mhd->stop_daemon(l->daemon);
	drop(l, l->metrics);
	drop(l, l->none);
	drop(l, l->unknown);
	drop(l, l->bad);
	free(l);
}

/* Who is still being answered keeps the text from before. */
void listen_set(struct listen *l, const char *text, size_t len)
{
	struct MHD_Response *r =
		l->mhd->create_response_from_buffer(len, (void *)text,
						    MHD_RESPMEM_MUST_COPY);

	if (!r)
		return;
	l->mhd->add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, CONTENT_TYPE);
	drop(l, l->metrics);
	l->metrics = r;
}

int listen_fd(const struct listen *l)
{
	return l->mhd->get_daemon_info(l->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

void listen_serve(struct listen *l)
{
	l->mhd->run(l->daemon);
}
