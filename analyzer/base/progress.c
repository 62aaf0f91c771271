// SPDX-License-Identifier: GPL-2.0
#include "base/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FIRST_MS	1000u
#define NEXT_MS		200u

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

void progress_format(char line[PROGRESS_LINE_MAX], uint64_t bytes,
		     uint64_t total, uint64_t ms)
{
	double rate = ms ? (double)bytes * 1000 / ms : 0, left;
	uint64_t done = bytes < total ? bytes : total;
	int len;

	len = snprintf(line, PROGRESS_LINE_MAX, "%.0f %%, ",
		       total ? 100. * done / total : 100.);
	len += format_rate(line + len, PROGRESS_LINE_MAX - len, rate);
	left = rate ? (total - done) / rate : 0;
	if (rate && left < 1e6)
		snprintf(line + len, PROGRESS_LINE_MAX - len, ", %.0f s left",
			 left);
}

static uint64_t ms_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - start->tv_sec) * 1000 +
	       (now.tv_nsec - start->tv_nsec) / 1000000;
}

static void show(const struct progress *p)
{
	char line[PROGRESS_LINE_MAX];

	progress_format(line, reading_bytes(p->reading), p->total,
			ms_since(&p->start));
	fprintf(stderr, "%-*s\r", (int)PROGRESS_LINE_MAX, line);
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
	struct progress *p = arg;
	struct timespec next = p->start;
	bool shown = false;

	add_ms(&next, FIRST_MS);
	pthread_mutex_lock(&p->lock);
	while (!p->quit) {
		if (pthread_cond_timedwait(&p->wake, &p->lock, &next) == 0)
			continue;
		show(p);
		shown = true;
		add_ms(&next, NEXT_MS);
	}
	pthread_mutex_unlock(&p->lock);
	if (shown)
		fprintf(stderr, "%*s\r", (int)PROGRESS_LINE_MAX, "");
	return NULL;
}

void progress_begin(struct progress *p, const struct reading *reading,
		    uint64_t total)
{
	pthread_condattr_t attr;

	if (!p)
		return;
	memset(p, 0, sizeof(*p));
	if (!reading || !isatty(STDERR_FILENO))
		return;
	p->reading = reading;
	p->total = total;
	clock_gettime(CLOCK_MONOTONIC, &p->start);
	pthread_mutex_init(&p->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&p->wake, &attr);
	pthread_condattr_destroy(&attr);
	/* Without one more thread there is no progress to be seen. */
	p->running = pthread_create(&p->thread, NULL, show_until_quit, p) == 0;
}

void progress_expect(struct progress *p, uint64_t bytes)
{
	if (!p || !p->running)
		return;
	pthread_mutex_lock(&p->lock);
	p->total = reading_bytes(p->reading) + bytes;
	pthread_mutex_unlock(&p->lock);
}

void progress_end(struct progress *p)
{
	if (!p || !p->running)
		return;
	pthread_mutex_lock(&p->lock);
	p->quit = true;
	pthread_cond_signal(&p->wake);
	pthread_mutex_unlock(&p->lock);
	pthread_join(p->thread, NULL);
	pthread_cond_destroy(&p->wake);
	pthread_mutex_destroy(&p->lock);
	p->running = false;
}
