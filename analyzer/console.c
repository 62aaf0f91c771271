// SPDX-License-Identifier: GPL-2.0
#include "console.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_MAX	10000u
#define WIDTH_USUAL	80u

#define FIRST_MS	1000u
#define NEXT_MS		200u

static void fail(struct output *o)
{
	o->failed = true;
	kvx_say(o->k, KVX_ERROR, "cannot write: %s: %s",
		o->name ? o->name : "standard output", strerror(errno));
}

/* Return false if waiting or trying again is of no use. */
static bool can_try_again(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	if (errno == EINTR)
		return true;
	if (errno != EAGAIN)
		return false;
	return poll(&p, 1, -1) >= 0 || errno == EINTR;
}

/* Return 0 for a failure, as fopencookie(3) has it. */
static ssize_t output_write(void *cookie, const char *data, size_t len)
{
	struct output *o = cookie;
	size_t done = 0;
	ssize_t n;

	while (!o->failed && done < len) {
		n = write(o->fd, data + done, len - done);
		if (n >= 0)
			done += n;
		else if (!can_try_again(o->fd))
			fail(o);
	}
	return o->failed ? 0 : (ssize_t)len;
}

int output_open(struct output *o, struct kvx *k, int fd)
{
	const cookie_io_functions_t functions = { .write = output_write };

	*o = (struct output){ .k = k, .fd = fd };
	o->file = fopencookie(o, "w", functions);
	if (!o->file) {
		kvx_say(k, KVX_ERROR, "out of memory: standard output");
		return -1;
	}
	if (isatty(fd))
		setvbuf(o->file, NULL, _IOLBF, BUFSIZ);
	return 0;
}

int output_close(struct output *o)
{
	fclose(o->file);
	/* Who closed it before us wants no output. */
	if (close(o->fd) < 0 && errno != EBADF && !o->failed)
		fail(o);
	return o->failed ? -1 : 0;
}

#define HELP_COLUMN	24

void console_put_option(FILE *out, const char *option, const char *help)
{
	fprintf(out, "  %-*s", HELP_COLUMN - 2, option);
	if (strlen(option) >= HELP_COLUMN - 2)
		fprintf(out, "\n%*s", HELP_COLUMN, "");
	fprintf(out, "%s\n", help);
}

uint32_t console_width(bool on_stdout)
{
	const char *columns = getenv("COLUMNS");
	unsigned long width = 0;
	struct winsize size;

	if (columns)
		width = strtoul(columns, NULL, 10);
	else if (!on_stdout || !isatty(STDOUT_FILENO))
		return 0;
	else if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		width = size.ws_col;
	if (width && width <= WIDTH_MAX)
		return width;
	return columns ? 0 : WIDTH_USUAL;
}

/* The locale is looked at only: what libraries do must not depend on it. */
bool console_has_blocks(void)
{
	locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	bool has;

	if (!locale)
		return false;
	has = !strcmp(nl_langinfo_l(CODESET, locale), "UTF-8");
	freelocale(locale);
	return has;
}

bool console_has_colors(void)
{
	const char *never = getenv("NO_COLOR"), *term = getenv("TERM");

	return !(never && *never) && term && *term && strcmp(term, "dumb");
}

/* Two digits at least */
static int format_rate(char *to, size_t size, double rate)
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB" };
	unsigned int i = 0;

	while (rate >= 1000 && i + 1 < sizeof(units) / sizeof(units[0])) {
		rate /= 1000;
		i++;
	}
	return snprintf(to, size, "%.*f %s/s", rate < 10 && i ? 1 : 0, rate,
			units[i]);
}

void watch_format(char line[WATCH_LINE_MAX], uint64_t bytes, uint64_t total,
		  uint64_t ms)
{
	double rate = ms ? (double)bytes * 1000 / ms : 0, left;
	uint64_t done = bytes < total ? bytes : total;
	int len;

	len = snprintf(line, WATCH_LINE_MAX, "%.0f %%, ",
		       total ? 100. * done / total : 100.);
	len += format_rate(line + len, WATCH_LINE_MAX - len, rate);
	left = rate ? (total - done) / rate : 0;
	if (rate && left < 1e6)
		snprintf(line + len, WATCH_LINE_MAX - len, ", %.0f s left",
			 left);
}

static uint64_t ms_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - start->tv_sec) * 1000 +
	       (now.tv_nsec - start->tv_nsec) / 1000000;
}

static void show(const struct watch *w)
{
	char line[WATCH_LINE_MAX];
	uint64_t bytes, total;

	kvx_progress(w->k, &bytes, &total);
	watch_format(line, bytes, total, ms_since(&w->start));
	fprintf(stderr, "%-*s\r", (int)WATCH_LINE_MAX, line);
}

static void add_ms(struct timespec *ts, unsigned int ms)
{
	ts->tv_sec += ms / 1000;
	ts->tv_nsec += ms % 1000 * 1000000;
	if (ts->tv_nsec >= 1000000000) {
		ts->tv_sec++;
		ts->tv_nsec -= 1000000000;
	}
}

static void *show_until_quit(void *arg)
{
	struct watch *w = arg;
	struct timespec next = w->start;
	bool shown = false;

	add_ms(&next, FIRST_MS);
	pthread_mutex_lock(&w->lock);
	while (!w->quit) {
		if (pthread_cond_timedwait(&w->wake, &w->lock, &next) == 0)
			continue;
		show(w);
		shown = true;
		add_ms(&next, NEXT_MS);
	}
	pthread_mutex_unlock(&w->lock);
	if (shown)
		fprintf(stderr, "%*s\r", (int)WATCH_LINE_MAX, "");
	return NULL;
}

static void begin(struct watch *w)
{
	pthread_condattr_t attr;

	if (!isatty(STDERR_FILENO))
		return;
	w->quit = false;
	clock_gettime(CLOCK_MONOTONIC, &w->start);
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w->wake, &attr);
	pthread_condattr_destroy(&attr);
	/* Without one more thread there is no progress to be seen. */
	w->running = pthread_create(&w->thread, NULL, show_until_quit, w) == 0;
}

static void end(struct watch *w)
{
	if (!w->running)
		return;
	pthread_mutex_lock(&w->lock);
	w->quit = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	w->running = false;
}

void watch_reading(void *watch, int reading)
{
	if (reading)
		begin(watch);
	else
		end(watch);
}
