// SPDX-License-Identifier: GPL-2.0
#include "live/live.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live/batch.h"
#include "live/clock.h"
#include "live/counters.h"
#include "live/flight.h"
#include "live/guard.h"
#include "live/keepstate.h"
#include "live/listen.h"
#include "live/options.h"
#include "live/rings.h"
#include "live/screen.h"
#include "live/tracefile.h"
#include "live/tracing.h"

#define DRAIN_MS	100	/* how often buffers are emptied */
#define SAY_WAITING_MS	1000	/* without any exit */

struct live {
	struct kvx *k;
	struct live_options opt;
	struct tracing tracing;
	struct rings rings;
	struct tracefile save;
	char *events;			/* where it is, if a state is made of it */
	struct flight flight;		/* instead of that, if it is to stop */
	bool tripped;			/* an exit was that long */
	int head;			/* of the recording: a file */

	FILE *out;			/* what the library prints, */
	char *text;			/* which is here */
	size_t len;

	uint64_t start_ms, next_ms;	/* when the next interval is over */
	uint64_t shown;			/* intervals */
	pid_t child;			/* that shows one; 0: none */
	int held;			/* ends when it holds nothing of the kernel's any more */
	struct batch batch;
	bool is_child;
	struct screen *screen;		/* NULL: text is printed, */
	struct listen *listen;		/* or is to be asked for */
	int frame, said;		/* what a child leaves for it: files */
	bool due;			/* show, once all that was read is handled */
	bool over;			/* nothing more will be read */
	bool failed;
};

/* The only state that is not in a struct: for the signal handler. */
static volatile sig_atomic_t stopped;

static void stop(int sig)
{
	(void)sig;
	stopped = 1;
}

/* The instance is to be removed, whatever ends us. */
static void handle_signals(void (*handler)(int sig))
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	const struct sigaction sa = { .sa_handler = handler };
	size_t i;

	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* Showing */

/* What the library has printed is what is shown. */
static int print_block(struct live *l, bool last)
{
	const double seconds = (clock_ms() - l->start_ms) / 1000.;

	fflush(l->out);
	if (last && !l->opt.interval_ms && !l->opt.prometheus)
		return batch_write(&l->batch, l->text, l->len);
	return batch_print(&l->batch, l->text, l->len, seconds);
}

/* On the screen: from a child, which leaves it in a file */

static char *read_file(int fd)
{
	const off_t len = lseek(fd, 0, SEEK_END);
	char *text = len < 0 ? NULL : calloc(1, len + 1);

	if (text && pread(fd, text, len, 0) != len)
		text[0] = '\0';
	return text;
}

static int leave_frame(struct live *l)
{
	fflush(l->out);
	return batch_write_to(&l->batch, l->frame, "frame", l->text, l->len);
}

static void show_frame(struct live *l)
{
	struct frame f = { .ms = clock_ms() - l->start_ms };
	char *csv = read_file(l->frame), *said = read_file(l->said);

	if (said)
		snprintf(f.said, sizeof(f.said), "%.*s",
			 (int)strcspn(said, "\n"), said);
	if (csv && frame_parse(&f, csv, l->opt.pid) == 0)
		screen_add(l->screen, &f);
	else
		frame_release(&f);
	free(csv);
	free(said);
}

static void offer_metrics(struct live *l)
{
	char *text = read_file(l->frame);

	if (text)
		listen_set(l->listen, text, strlen(text));
	free(text);
}

static bool leaves_frames(const struct live *l)
{
	return l->screen || l->listen;
}

static int clear_frame(struct live *l)
{
	if (!leaves_frames(l))
		return 0;
	lseek(l->frame, 0, SEEK_SET);
	lseek(l->said, 0, SEEK_SET);
	return ftruncate(l->frame, 0) | ftruncate(l->said, 0);
}

/* The child that showed the last one: did it? */
static void reap(struct live *l, int flags)
{
	int status;

	if (!l->child || waitpid(l->child, &status, flags) != l->child)
		return;
	l->child = 0;
	close(l->held);
	if (WIFSIGNALED(status))
		kvx_say(l->k, KVX_ERROR, "who shows an interval was ended by signal %d: %s",
			WTERMSIG(status), strsignal(WTERMSIG(status)));
	if (!WIFEXITED(status) || WEXITSTATUS(status) == KVX_USAGE) {
		l->failed = true;
		stopped = 1;
	} else if (WEXITSTATUS(status) != KVX_FAILED) {
		l->batch.blocks++;
		if (l->screen)
			show_frame(l);
		else if (l->listen)
			offer_metrics(l);
	}
}

/*
 * What is read is the parent's.  A child may live on for long, as whoever reads what it
 * prints may be slow, and the kernel keeps an instance of which somebody has a file open.
 */
static void be_child(struct live *l)
{
	l->is_child = true;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	rings_hang_up(&l->rings);
	tracing_let_go(&l->tracing);
	close(l->held);
	kvx_print_messages(l->k, l->screen ? fdopen(l->said, "w") : NULL, NULL);
}

static pid_t fork_child(struct live *l)
{
	int ends[2];
	pid_t child;

	if (clear_frame(l) < 0 || pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	child = fork();
	/* The child's end is the only one that can be written to. */
	close(ends[child ? 1 : 0]);
	l->held = ends[child ? 0 : 1];
	if (child < 0)
		close(l->held);
	return child;
}

/* Until the child has let go, which takes it no time, or is dead */
static void wait_for_let_go(const struct live *l)
{
	char none;

	while (l->child && read(l->held, &none, sizeof(none)) < 0 && errno == EINTR)
		;
}

/* Return true in the child. */
static bool show(struct live *l)
{
	reap(l, WNOHANG);
	/* Who reads what is printed is slower than that. */
	if (l->child)
		return false;
	l->shown++;
	l->child = fork_child(l);
	if (l->child < 0) {
		kvx_say(l->k, KVX_WARNING, "cannot show an interval: fork: %s",
			strerror(errno));
		l->child = 0;
		return false;
	}
	if (!l->child)
		be_child(l);
	return l->is_child;
}

/* Reading */

/* The end of a replay is no reason to take a screen or metrics away. */
static bool is_last(const struct live *l)
{
	return stopped || l->tripped || l->rings.failed || (l->opt.count && l->shown >= l->opt.count) ||
	       (l->opt.for_ms && clock_ms() - l->start_ms >= l->opt.for_ms) ||
	       (rings_ended(&l->rings) && (!leaves_frames(l) || l->rings.unread));
}

/* Who may want something meanwhile */
static int user_fd(const struct live *l)
{
	return l->screen ? STDIN_FILENO : l->listen ? listen_fd(l->listen) : -1;
}

/* A terminal without the other end, which no signal tells who is in no session with it */
static void wait_for(struct live *l, int ms)
{
	if (rings_wait(&l->rings, user_fd(l), ms) < 0)
		stopped = 1;
}

static void pause_until(struct live *l, uint64_t ms)
{
	uint64_t now = clock_ms();

	if (ms > now && !rings_have_more(&l->rings))
		wait_for(l, ms - now < DRAIN_MS ? ms - now : DRAIN_MS);
}

/* What was found meanwhile, and what the user wants */
static void serve_user(struct live *l)
{
	if (!leaves_frames(l))
		return;
	reap(l, WNOHANG);
	if (l->listen)
		listen_serve(l->listen);
	else if (!screen_keys(l->screen))
		stopped = 1;
}

static uint64_t next_stop(const struct live *l)
{
	uint64_t ms = UINT64_MAX;

	if (l->opt.interval_ms)
		ms = l->next_ms;
	if (l->opt.for_ms && l->start_ms + l->opt.for_ms < ms)
		ms = l->start_ms + l->opt.for_ms;
	return ms;
}

static void see_time(struct live *l)
{
	const uint64_t now = clock_ms();

	l->due = l->opt.interval_ms && now >= l->next_ms;
	while (l->due && l->next_ms <= now)
		l->next_ms += l->opt.interval_ms;
}

/* Will nothing more come?  What is replayed does not stop with us. */
static bool is_frozen(const struct live *l)
{
	return !l->tripped || !l->tracing.replay || rings_ended(&l->rings);
}

/* For the library: an exit that was longer than asked for */
static void find_long(void *user)
{
	struct live *l = user;

	tracing_stop(&l->tracing);
	l->tripped = true;
}

/* For the library: see struct kvx_live. */
static int wait_for_more(void *user, uint64_t *until)
{
	struct live *l = user;
	size_t done;

	if (l->is_child || (l->due && show(l)))
		return -1;
	if (l->over)
		return 0;
	l->due = false;
	serve_user(l);
	if (is_last(l))
		tracing_stop(&l->tracing);
	else
		pause_until(l, next_stop(l));
	done = rings_round(&l->rings, until);
	if (is_last(l) && ((!done && !rings_have_more(&l->rings) && is_frozen(l)) ||
			   l->tracing.stuck)) {
		l->over = true;
		return 0;
	}
	see_time(l);
	return 1;
}

static size_t next_pages(void *user, unsigned int stream, unsigned char **data)
{
	struct live *l = user;

	return rings_next(&l->rings, stream, data);
}

/*
 * Until there is something.  Then once more, so that nothing that is still to be read
 * is earlier: the recording begins with the earliest event of all CPUs.
 */
static bool wait_for_first(struct live *l)
{
	bool said = false;
	uint64_t until;

	while (!rings_round(&l->rings, &until)) {
		serve_user(l);
		if (stopped || rings_ended(&l->rings))
			return false;
		if (!said && clock_ms() - l->start_ms >= SAY_WAITING_MS) {
			kvx_say(l->k, KVX_NOTE, "no exits yet: waiting for a VM to run");
			said = true;
			if (l->screen)
				screen_say(l->screen, "no exits yet: waiting for a VM to run");
		}
		wait_for(l, DRAIN_MS);
	}
	rings_round(&l->rings, &until);
	l->start_ms = clock_ms();
	l->next_ms = l->start_ms + l->opt.interval_ms;
	return true;
}

static int analyze(struct live *l)
{
	const struct kvx_live live = {
		.size = sizeof(live), .wait = wait_for_more,
		.next = next_pages, .user = l,
		.name = l->opt.save ? l->opt.save : "live",
		.some_only = l->opt.pid != 0,
		.found = l->opt.stop_after ? find_long : NULL,
	};
	char head[32];
	int status;

	snprintf(head, sizeof(head), "/proc/self/fd/%d", l->head);
	status = kvx_live(l->k, &live);
	if (status == KVX_OK)
		status = kvx_open(l->k, head);
	if (status == KVX_OK)
		status = kvx_print(l->k, l->out);
	return status;
}

/* Of a child, nobody is to do anything more. */
static void end_child(struct live *l, int status)
{
	if (status != KVX_FAILED && status != KVX_USAGE &&
	    (leaves_frames(l) ? leave_frame(l) : print_block(l, false)) < 0)
		status = KVX_USAGE;
	fflush(NULL);
	_exit(status);
}

/*
 * Whoever reads what is printed may do so later, or never: until then, nothing of the
 * kernel's is taken, and a signal ends us.  On a screen, the terminal is given back first.
 */
static int end_tracing(struct live *l)
{
	int ret;

	tracing_stop(&l->tracing);
	rings_hang_up(&l->rings);
	wait_for_let_go(l);
	ret = tracing_close(&l->tracing);
	if (!leaves_frames(l))
		handle_signals(SIG_DFL);
	return ret;
}

static int record(struct live *l)
{
	int status;

	if (tracing_start(&l->tracing) < 0)
		return KVX_FAILED;
	l->start_ms = clock_ms();
	if (!wait_for_first(l)) {
		kvx_say(l->k, KVX_NOTE, "no exits: no VM ran");
		return KVX_OK;
	}
	status = analyze(l);
	if (l->is_child)
		end_child(l, status);
	l->failed |= end_tracing(l) < 0;
	reap(l, 0);
	if (status != KVX_FAILED && status != KVX_USAGE && !leaves_frames(l) &&
	    print_block(l, true) < 0)
		status = KVX_FAILED;
	handle_signals(stop);
	return status;
}

static const char *path_of_events(const struct live *l)
{
	return l->events ? l->events : l->opt.save;
}

/* If it is to be one.  Of no exits there is none, which was said. */
static int save_state(struct live *l)
{
	if (l->events && !l->rings.bytes) {
		unlink(l->events);
		return 0;
	}
	return l->events ? keepstate_make(l->k, l->opt.by, l->events, l->opt.save) : 0;
}

static int save_flight(struct live *l, int status)
{
	if (!l->tripped) {
		kvx_say(l->k, KVX_NOTE, "no exit was longer than %s: nothing is saved",
			l->opt.stop_after);
		return status;
	}
	if (flight_save(&l->flight, l->head, path_of_events(l)) < 0 ||
	    save_state(l) < 0)
		return KVX_FAILED;
	kvx_say(l->k, KVX_NOTE, "an exit was longer than %s: %s has what came before, from where all CPUs have events",
		l->opt.stop_after, l->opt.save);
	return status;
}

/* What is kept is completed also if something else failed. */
static int save(struct live *l, int status)
{
	if (!l->opt.save)
		return status;
	if (l->opt.stop_after)
		return save_flight(l, status);
	/* Of a part of what was seen, there is no state. */
	if (tracefile_finish(&l->save) < 0 || l->save.failed || save_state(l) < 0)
		status = KVX_FAILED;
	return status;
}

static int open_user(struct live *l)
{
	l->frame = memfd_create("frame", MFD_CLOEXEC);
	l->said = memfd_create("said", MFD_CLOEXEC);
	if (l->frame < 0 || l->said < 0)
		return -1;
	if (l->opt.listen) {
		l->listen = listen_open(l->k, l->opt.listen);
		return l->listen ? 0 : -1;
	}
	l->screen = screen_open(l->k, &l->opt.interval_ms,
				l->opt.since == LIVE_SINCE_INTERVAL);
	return l->screen ? 0 : -1;
}

static int open_all(struct live *l)
{
	if (tracing_open(&l->tracing, l->k, &l->opt) != KVX_OK ||
	    rings_open(&l->rings, &l->tracing) < 0)
		return -1;
	l->head = tracefile_head(&l->tracing);
	l->out = open_memstream(&l->text, &l->len);
	if (l->head < 0 || !l->out)
		return -1;
	if ((l->opt.screen || l->opt.listen) && open_user(l) < 0)
		return -1;
	if (!l->opt.save)
		return 0;
	if (keepstate_is(l->opt.save)) {
		l->events = keepstate_events(l->opt.save);
		if (!l->events) {
			kvx_say(l->k, KVX_ERROR, "out of memory");
			return -1;
		}
	}
	if (l->opt.stop_after) {
		l->rings.see = flight_add;
		l->rings.see_arg = &l->flight;
		return flight_open(&l->flight, &l->tracing);
	}
	l->rings.see = tracefile_add;
	l->rings.see_arg = &l->save;
	return tracefile_open(&l->save, &l->tracing, l->head, path_of_events(l));
}

/* What could not be read is missing, even if no number of an exit tells. */
static int see_faults(struct live *l, int status)
{
	const unsigned int unread = l->rings.unread;

	if (unread && unread == l->rings.nr) {
		kvx_say(l->k, KVX_ERROR, "no trace buffer can be read any more: was tracefs unmounted, or the instance removed?");
		status = KVX_FAILED;
	}
	if (l->rings.failed)
		status = KVX_FAILED;
	return unread && status == KVX_OK ? (int)KVX_LOSSES : status;
}

static int run(struct live *l)
{
	int status = KVX_FAILED;

	if (open_all(l) == 0)
		status = save(l, record(l));
	status = see_faults(l, status);
	screen_close(l->screen);
	listen_close(l->listen);
	tracefile_drop(&l->save);
	flight_close(&l->flight);
	rings_close(&l->rings);
	l->failed |= tracing_close(&l->tracing) < 0;
	if (l->out)
		fclose(l->out);
	free(l->text);
	free(l->events);
	if (l->head >= 0)
		close(l->head);
	return l->failed || l->save.failed ? (int)KVX_FAILED : status;
}

/* A few for each CPU: of hosts with hundreds of them, more than the usual 1024 */
static void allow_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* On a terminal, somebody looks after us. */
static int start(struct live *l)
{
	int status = -1;

	if (l->opt.screen && (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))) {
		kvx_say(l->k, KVX_ERROR, "no terminal: --batch prints each interval");
		return KVX_USAGE;
	}
	if (l->opt.screen)
		status = guard(l->k);
	if (status >= 0)
		return status;
	handle_signals(stop);
	allow_files();
	return l->opt.counters ? counters_show(l->k, &l->opt, &stopped) : run(l);
}

int live_main(struct kvx *k, int argc, char **argv)
{
	struct live *l = calloc(1, sizeof(*l));
	int status = KVX_OK;

	if (!l) {
		kvx_say(k, KVX_ERROR, "out of memory");
		return KVX_FAILED;
	}
	l->k = k;
	l->head = -1;
	if (live_options_parse(&l->opt, k, argc, argv) < 0) {
		status = KVX_USAGE;
	} else if (l->opt.help) {
		live_options_help(stdout);
	} else {
		l->batch = (struct batch){ .k = k, .opt = &l->opt };
		status = start(l);
	}
	free(l);
	return status;
}
