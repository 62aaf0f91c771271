/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is behind the handles of kvmexits.h; private to the files of the library
 * that are directly here: library.c, exits.c, figures.c.
 */
#ifndef ANALYZER_LIBRARY_H
#define ANALYZER_LIBRARY_H

#include <pthread.h>
#include <stdbool.h>

#include "analyze.h"
#include "base/error.h"
#include "kvmexits.h"
#include "options.h"

struct library_string {
	struct library_string *next;
	char text[];
};

struct kvx {
	struct diag diag;
	pthread_mutex_t lock;		/* of what messages go to */
	char error[4 * ERROR_MESSAGE_MAX];	/* of the latest call that had any */
	bool entered;			/* no error of this call yet */
	kvx_message_fn message;
	void *message_user;
	FILE *messages;
	char *program;

	struct settings settings;
	struct library_string *strings;	/* of options */
	struct recorded recorded;
	char **paths;			/* of all inputs, the first one opened */
	unsigned int nr_paths;
	struct input_state *states;	/* of each of them */
	bool open;			/* it is a recording, and no state */
	struct reading reading;
	struct kvx_live live;		/* if it is_live */
	struct source_live source_live;
	bool is_live;
	struct progress progress;
	kvx_reading_fn watch;
	void *watch_user;
};

/*
 * Begin something with what is open of @k: @opt has what its options ask for.
 * Return KVX_OK, or KVX_USAGE after an error.
 */
enum kvx_status library_begin(struct kvx *k, struct options *opt);

/* It takes more of the recording than analyze_reads_once() allows. */
enum kvx_status library_know_all(struct kvx *k);

/* As library_begin(), of a comparison of all that is open */
enum kvx_status library_begin_compare(struct kvx *k, struct options *opt);

/* Do the options go together, as @get says: settings_get(), or _compare()? */
enum kvx_status library_check(struct kvx *k,
			      int (*get)(const struct settings *s,
					 struct options *opt));

/*
 * Call @take for each exit that @opt chooses, as kvx_each() does, once all was read
 * for @known, a view of it.  It returns -1 for no more.  @lacking: see exits.h.
 */
struct exits_lacking;

typedef int (*library_exit_fn)(void *user, const struct group_key *key, uint64_t ts,
			       const struct stats_sample *sample);

enum kvx_status library_each(struct kvx *k, const struct options *opt,
			     const struct view *known, struct exits_lacking *lacking,
			     library_exit_fn take, void *user);

/*
 * Can a list without a ceiling be printed while all is read for the first time?  Return
 * 1, 0 or, after an error, -1.
 */
int library_reads_once(struct kvx *k, const struct options *opt);

/* Then print it.  @v is zeroed; to be released in any case.  Return a status. */
enum kvx_status library_print_once(struct kvx *k, const struct options *opt,
				   struct view *v, FILE *out);

/*
 * Or else: what view_print() of @v, a list that shows one exit only,
 * does for all of them.  Return a status.
 */
enum kvx_status library_print_whole(struct kvx *k, const struct options *opt,
				    struct view *v, FILE *out);

/*
 * Fill in the struct of a caller, whose first member is its size, @to_size, from
 * the library's own, of @size.
 */
void library_fill(void *to, size_t to_size, const void *from, size_t size);

/* Entries of the library are between these two. */
static inline const struct diag *library_enter(struct kvx *k)
{
	k->entered = true;
	return diag_set(&k->diag);
}

static inline void library_leave(const struct diag *before)
{
	diag_set(before);
}

#endif /* ANALYZER_LIBRARY_H */
