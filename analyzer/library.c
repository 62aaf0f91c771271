// SPDX-License-Identifier: GPL-2.0
/*
 * The handles of kvmexits.h: options, messages, and what a recording says of itself.
 */
#include "library.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "result/state.h"

#ifndef VERSION
#define VERSION "unknown"
#endif

_Static_assert((int)KVX_ERROR == DIAG_ERROR &&
	       (int)KVX_WARNING == DIAG_WARNING && (int)KVX_NOTE == DIAG_NOTE,
	       "kinds of messages are the same");
_Static_assert((int)KVX_OK == STATUS_OK && (int)KVX_FAILED == STATUS_FAILED &&
	       (int)KVX_USAGE == STATUS_USAGE &&
	       (int)KVX_LOSSES == STATUS_LOSSES &&
	       (int)KVX_DIFFERENT == STATUS_DIFFERENT &&
	       (int)KVX_NOT_COMPARED == STATUS_NOT_COMPARED &&
	       (int)KVX_WORSE == STATUS_WORSE &&
	       (int)KVX_INCOMPLETE == STATUS_INCOMPLETE &&
	       (int)KVX_INTERRUPTED == STATUS_INTERRUPTED,
	       "statuses are the same");
_Static_assert(KVX_JOBS_MAX == THREADS_MAX, "numbers of threads are the same");

const char *kvx_version(void)
{
	return VERSION;
}

/* Messages */

/* The errors of a call, a line each, as far as there is room */
static void keep_error(struct kvx *k, const char *text)
{
	size_t used = strlen(k->error);

	if (k->entered)
		used = 0;
	else if (used + 1 < sizeof(k->error))
		k->error[used++] = '\n';
	k->entered = false;
	snprintf(k->error + used, sizeof(k->error) - used, "%s", text);
}

static void say(void *user, enum diag_kind kind, const char *line,
		const char *text)
{
	struct kvx *k = user;

	pthread_mutex_lock(&k->lock);
	if (kind == DIAG_ERROR)
		keep_error(k, text);
	if (k->messages)
		diag_print(k->messages, kind, line, text);
	if (k->message)
		k->message(k->message_user, (enum kvx_kind)kind, text);
	pthread_mutex_unlock(&k->lock);
}

const char *kvx_error(const struct kvx *k)
{
	return k ? k->error : "out of memory, or no handle";
}

void kvx_on_message(struct kvx *k, kvx_message_fn fn, void *user)
{
	if (!k)
		return;
	k->message = fn;
	k->message_user = user;
}

void kvx_print_messages(struct kvx *k, FILE *out, const char *program)
{
	if (!k)
		return;
	free(k->program);
	k->program = program ? strdup(program) : NULL;
	k->diag.program = k->program;
	k->messages = out;
}

void kvx_say(struct kvx *k, enum kvx_kind kind, const char *format, ...)
{
	const struct diag *before;
	va_list args;

	if (!k || !format || kind < KVX_ERROR || kind > KVX_NOTE)
		return;
	before = library_enter(k);
	va_start(args, format);
	message((enum diag_kind)kind, format, args);
	va_end(args);
	library_leave(before);
}

/* Handles */

static void seed_hash(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, hash_seed_init);
}

static void watch(void *user, bool reading)
{
	struct kvx *k = user;

	if (k->watch)
		k->watch(k->watch_user, reading);
}

struct kvx *kvx_new(void)
{
	struct kvx *k = calloc(1, sizeof(*k));

	seed_hash();
	if (!k)
		return NULL;
	k->diag = (struct diag){ .say = say, .user = k };
	k->progress.watch = watch;
	k->progress.user = k;
	pthread_mutex_init(&k->lock, NULL);
	return k;
}

static void free_strings(struct library_string *s)
{
	struct library_string *next;

	for (; s; s = next) {
		next = s->next;
		free(s);
	}
}

static void drop_paths(struct kvx *k)
{
	while (k->nr_paths)
		free(k->paths[--k->nr_paths]);
}

void kvx_free(struct kvx *k)
{
	const struct diag *before;

	if (!k)
		return;
	before = library_enter(k);
	analyze_close(&k->recorded);
	library_leave(before);
	free_strings(k->strings);
	drop_paths(k);
	free(k->paths);
	free(k->states);
	pthread_mutex_destroy(&k->lock);
	free(k->program);
	free(k);
}

/* Options */

/* A copy of @text that lives as long as the handle */
static const char *keep_string(struct kvx *k, const char *text)
{
	size_t size = strlen(text) + 1;
	struct library_string *s = malloc(sizeof(*s) + size);

	if (!s) {
		error("out of memory: an option");
		return NULL;
	}
	memcpy(s->text, text, size);
	s->next = k->strings;
	k->strings = s;
	return s->text;
}

static int set_option(struct kvx *k, const char *option, const char *value)
{
	if (!option)
		return error("no option is named");
	if (k->open && settings_is_early(option))
		return error("--%s says how a recording is opened: it is open",
			     option);
	if (value) {
		value = keep_string(k, value);
		if (!value)
			return -1;
	}
	return settings_set(&k->settings, option, value);
}

enum kvx_status kvx_set(struct kvx *k, const char *option, const char *value)
{
	const struct diag *before;
	int ret;

	if (!k)
		return KVX_USAGE;
	before = library_enter(k);
	ret = set_option(k, option, value);
	library_leave(before);
	return ret < 0 ? KVX_USAGE : KVX_OK;
}

void kvx_reset(struct kvx *k)
{
	const struct options *old;

	if (!k)
		return;
	old = &k->settings.options;
	k->settings = (struct settings){
		.options = { .request = old->request, .isa = old->isa },
	};
}

enum kvx_status library_check(struct kvx *k,
			      int (*get)(const struct settings *s,
					 struct options *opt))
{
	const struct diag *before;
	struct options opt;
	int ret;

	if (!k)
		return KVX_USAGE;
	before = library_enter(k);
	ret = get(&k->settings, &opt);
	library_leave(before);
	return ret < 0 ? KVX_USAGE : KVX_OK;
}

enum kvx_status kvx_check(struct kvx *k)
{
	return library_check(k, settings_get);
}

/* Recordings */

static int live_wait(void *user, uint64_t *until)
{
	const struct kvx *k = user;

	return k->live.wait(k->live.user, until);
}

static size_t live_next(void *user, unsigned int index, uint8_t **data)
{
	const struct kvx *k = user;

	return k->live.next(k->live.user, index, data);
}

static void live_found(void *user)
{
	const struct kvx *k = user;

	k->live.found(k->live.user);
}

enum kvx_status kvx_live(struct kvx *k, const struct kvx_live *live)
{
	if (!k)
		return KVX_USAGE;
	if (!live || k->nr_paths) {
		kvx_say(k, KVX_ERROR, "who records is to be known before a recording is opened");
		return KVX_USAGE;
	}
	library_fill(&k->live, sizeof(k->live), live, live->size);
	k->source_live = (struct source_live){
		.wait = live_wait, .next = live_next, .user = k,
		.name = k->live.name ? keep_string(k, k->live.name) : NULL,
		.found = k->live.found ? live_found : NULL,
		.some_only = k->live.some_only,
	};
	k->is_live = true;
	return KVX_OK;
}

static int add_input(struct kvx *k, const char *path, struct input_state state)
{
	const size_t nr = k->nr_paths + 1;
	char **paths = realloc(k->paths, nr * sizeof(*paths));
	struct input_state *states = realloc(k->states, nr * sizeof(*states));

	if (paths) {
		k->paths = paths;
		paths[nr - 1] = strdup(path);
	}
	if (states)
		k->states = states;
	if (!paths || !paths[nr - 1] || !states) {
		if (paths)
			free(paths[nr - 1]);
		return error("out of memory: %zu inputs", nr);
	}
	states[nr - 1] = state;
	k->nr_paths++;
	return 0;
}

static int add_path(struct kvx *k, const char *path)
{
	return add_input(k, path, (struct input_state){ .given = false });
}

static enum kvx_status open_recording(struct kvx *k)
{
	const struct settings *s = &k->settings;
	struct options opt;

	if ((s->compare_option ? settings_get_compare(s, &opt) :
				 settings_get(s, &opt)) < 0)
		return KVX_USAGE;
	opt.path = k->paths[0];
	opt.request.reading = &k->reading;
	opt.request.live = k->is_live ? &k->source_live : NULL;
	if (analyze_reads_once(&opt))
		opt.request.once = opt.threads ? opt.threads : 1;
	if (analyze_open(&k->recorded, &opt) < 0) {
		analyze_close(&k->recorded);
		return KVX_FAILED;
	}
	k->open = true;
	return KVX_OK;
}

static enum kvx_status open_input(struct kvx *k, const char *path)
{
	enum kvx_status status;

	if (!path) {
		error("no recording given");
		return KVX_USAGE;
	}
	if (k->nr_paths) {
		error("a recording is open: %s: another one takes another handle, or kvx_add()",
		      k->paths[0]);
		return KVX_USAGE;
	}
	if (add_path(k, path) < 0)
		return KVX_FAILED;
	if (state_is(path))
		return KVX_OK;
	status = open_recording(k);
	if (status != KVX_OK)
		drop_paths(k);
	return status;
}

enum kvx_status kvx_open(struct kvx *k, const char *path)
{
	const struct diag *before;
	enum kvx_status status;

	if (!k)
		return KVX_USAGE;
	before = library_enter(k);
	status = open_input(k, path);
	library_leave(before);
	return status;
}

enum kvx_status kvx_add(struct kvx *k, const char *path)
{
	const struct diag *before;
	enum kvx_status status = KVX_USAGE;

	if (!k)
		return KVX_USAGE;
	before = library_enter(k);
	if (!path)
		error("no recording given");
	else if (!k->nr_paths)
		error("no recording is open");
	else
		status = add_path(k, path) < 0 ? KVX_FAILED : KVX_OK;
	library_leave(before);
	return status;
}

enum kvx_status kvx_add_state(struct kvx *k, const char *path, const void *state,
			      size_t bytes)
{
	const struct input_state input = { true, state, bytes };
	const struct diag *before;
	enum kvx_status status = KVX_USAGE;

	if (!k)
		return KVX_USAGE;
	before = library_enter(k);
	if (path)
		status = add_input(k, path, input) < 0 ? KVX_FAILED : KVX_OK;
	else
		error("no recording given");
	library_leave(before);
	return status;
}

int kvx_is_state(const char *path)
{
	return path && state_is(path);
}

/* Is it of one recording only? */
static bool is_of_one(const struct options *opt)
{
	return opt->check || opt->show.text || opt->view.subject == VIEW_OF_REPORTS;
}

/* Does it take one pass? */
static int check_live(const struct options *opt)
{
	if (!is_of_one(opt) && (opt->view.format == VIEW_TABLE ||
				    opt->view.format == VIEW_CSV ||
				    opt->view.format == VIEW_JSON ||
				    opt->view.format == VIEW_PROMETHEUS))
		return 0;
	return error("live, there are no reports, and formats are table, csv, json and prometheus: all others are of the recording that it saves");
}

int kvx_adds(struct kvx *k)
{
	const struct diag *before;
	struct options opt;
	bool adds;

	if (!k)
		return 0;
	before = library_enter(k);
	adds = settings_get(&k->settings, &opt) == 0 && !is_of_one(&opt);
	library_leave(before);
	return adds;
}

static void begin(struct kvx *k, struct options *opt)
{
	opt->path = k->is_live && k->source_live.name ? k->source_live.name :
							k->paths[0];
	opt->more = k->paths + 1;
	opt->nr_more = k->nr_paths - 1;
	opt->states = k->states;
	opt->request.reading = &k->reading;
	opt->request.live = k->is_live ? &k->source_live : NULL;
	opt->progress = &k->progress;
	__atomic_store_n(&k->reading.bytes, 0, __ATOMIC_RELAXED);
}

enum kvx_status library_know_all(struct kvx *k)
{
	return !k->open || source_know_all(k->recorded.src) == 0 ? KVX_OK :
								 KVX_FAILED;
}

enum kvx_status library_begin_compare(struct kvx *k, struct options *opt)
{
	if (settings_get_compare(&k->settings, opt) < 0)
		return KVX_USAGE;
	begin(k, opt);
	return library_know_all(k);
}

enum kvx_status library_begin(struct kvx *k, struct options *opt)
{
	if (!k->nr_paths) {
		error("no recording is open");
		return KVX_USAGE;
	}
	if (settings_get(&k->settings, opt) < 0)
		return KVX_USAGE;
	if (k->nr_paths > 1 && is_of_one(opt)) {
		error("more than one recording given: %s, %s: %s of one; a view can be of several: --format=table",
		      k->paths[0], k->paths[1],
		      opt->show.text ? "--show is" : "reports are");
		return KVX_USAGE;
	}
	if (k->is_live && check_live(opt) < 0)
		return KVX_USAGE;
	begin(k, opt);
	return analyze_reads_once(opt) ? KVX_OK : library_know_all(k);
}

static void fill_facts(const struct kvx *k, struct kvx_facts *to)
{
	const struct recorded *r = &k->recorded;
	const struct recording *info = source_recording(r->src);

	to->path = info->path;
	to->file_bytes = info->file_bytes;
	to->data_bytes = info->data_bytes;
	to->version = info->version;
	to->cpus = info->nr_cpus;
	to->compression = info->compression;
	to->clock = info->clock;
	to->uname = info->uname;
	to->recorder = info->recorder;
	to->instance = info->instance;
	to->dropped_events = info->dropped_events;
	to->missing_bytes = info->missing_bytes;
	to->patched = r->p->stamped;
	to->unfinished = info->unfinished;
}

void library_fill(void *to, size_t to_size, const void *from, size_t size)
{
	const size_t head = sizeof(size_t);

	if (to_size <= head)
		return;
	memcpy((char *)to + head, (const char *)from + head,
	       (to_size < size ? to_size : size) - head);
	if (to_size > size)
		memset((char *)to + size, 0, to_size - size);
}

enum kvx_status kvx_facts(struct kvx *k, struct kvx_facts *facts)
{
	struct kvx_facts f = KVX_FACTS_INIT;
	const struct diag *before;
	enum kvx_status status;

	if (!k || !facts)
		return KVX_USAGE;
	if (!k->open) {
		kvx_say(k, KVX_ERROR, "no recording is open");
		return KVX_USAGE;
	}
	before = library_enter(k);
	status = library_know_all(k);
	library_leave(before);
	if (status != KVX_OK)
		return status;
	fill_facts(k, &f);
	library_fill(facts, facts->size, &f, sizeof(f));
	return KVX_OK;
}

/* Waiting */

void kvx_stop(struct kvx *k)
{
	if (k)
		reading_stop(&k->reading);
}

void kvx_progress(const struct kvx *k, uint64_t *bytes, uint64_t *total)
{
	if (bytes)
		*bytes = k ? reading_bytes(&k->reading) : 0;
	if (total)
		*total = k ? progress_total(&k->progress) : 0;
}

void kvx_on_reading(struct kvx *k, kvx_reading_fn fn, void *user)
{
	if (!k)
		return;
	k->watch = fn;
	k->watch_user = user;
}
