// SPDX-License-Identifier: GPL-2.0
#include "base/threads.h"

#include <string.h>

static void *member_main(void *arg)
{
	struct threads_member *m = arg;
	struct threads *c = m->threads;
	unsigned long turn = 0;

	diag_set(c->diag);
	pthread_mutex_lock(&c->lock);
	for (;;) {
		while (c->turn == turn && !c->quit)
			pthread_cond_wait(&c->begin, &c->lock);
		if (c->quit)
			break;
		turn = c->turn;
		pthread_mutex_unlock(&c->lock);
		c->fn(c->arg, m->number);
		pthread_mutex_lock(&c->lock);
		if (!--c->busy)
			pthread_cond_signal(&c->done);
	}
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

void threads_init(struct threads *c, unsigned int nr)
{
	struct threads_member *m;

	memset(c, 0, sizeof(*c));
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->begin, NULL);
	pthread_cond_init(&c->done, NULL);
	c->diag = diag_current();
	if (nr > THREADS_MAX)
		nr = THREADS_MAX;
	for (c->nr = 1; c->nr < nr; c->nr++) {
		m = &c->members[c->nr];
		m->threads = c;
		m->number = c->nr;
		if (pthread_create(&m->thread, NULL, member_main, m))
			break;
	}
}

void threads_release(struct threads *c)
{
	unsigned int i;

	pthread_mutex_lock(&c->lock);
	c->quit = true;
	pthread_cond_broadcast(&c->begin);
	pthread_mutex_unlock(&c->lock);
	for (i = 1; i < c->nr; i++)
		pthread_join(c->members[i].thread, NULL);
	pthread_cond_destroy(&c->done);
	pthread_cond_destroy(&c->begin);
	pthread_mutex_destroy(&c->lock);
}

void threads_run(struct threads *c, threads_fn fn, void *arg)
{
	if (c->nr == 1) {
		fn(arg, 0);
		return;
	}
	pthread_mutex_lock(&c->lock);
	c->fn = fn;
	c->arg = arg;
	c->busy = c->nr - 1;
	c->turn++;
	pthread_cond_broadcast(&c->begin);
	pthread_mutex_unlock(&c->lock);
	fn(arg, 0);
	pthread_mutex_lock(&c->lock);
	while (c->busy)
		pthread_cond_wait(&c->done, &c->lock);
	pthread_mutex_unlock(&c->lock);
}
