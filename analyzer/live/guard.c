// SPDX-License-Identifier: GPL-2.0
#include "live/guard.h"

#include <curses.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

#include "live/tracing.h"

/* For the signal handler */
static volatile pid_t worker;

/* From the terminal, the other process has it as well: twice does no harm. */
static void hand_on(int sig)
{
	if (worker > 0)
		kill(worker, sig);
}

static void hand_on_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	const struct sigaction sa = { .sa_handler = hand_on,
				      .sa_flags = SA_RESTART };
	size_t i;

	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &sa, NULL);
}

static void put_capability(const char *name)
{
	const char *text = tigetstr(name);

	if (text && text != (const char *)-1)
		putp(text);
}

static void restore(const struct termios *before)
{
	int err;

	tcsetattr(STDIN_FILENO, TCSANOW, before);
	if (setupterm(NULL, STDOUT_FILENO, &err) != OK)
		return;
	put_capability("sgr0");
	put_capability("rmkx");
	put_capability("cnorm");
	put_capability("rmcup");
	fflush(stdout);
}

int guard(struct kvx *k)
{
	struct termios before;
	int status;

	tcgetattr(STDIN_FILENO, &before);
	hand_on_signals();
	worker = fork();
	if (!worker) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		return -1;
	}
	if (worker < 0) {
		kvx_say(k, KVX_ERROR, "cannot start: fork: %s", strerror(errno));
		return KVX_FAILED;
	}
	while (waitpid(worker, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	restore(&before);
	tracing_remove_left(k);
	kvx_say(k, KVX_ERROR, "live was ended by signal %d: %s", WTERMSIG(status),
		strsignal(WTERMSIG(status)));
	return KVX_FAILED;
}
