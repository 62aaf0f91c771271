/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where messages go: what error(), warning() and note() say (error.h) is handed
 * to a struct diag.  Each thread has a current one.  An entry of the library makes
 * its handle's the current one and restores what was there before it returns;
 * base/threads hands it on to the threads that it starts.
 *
 * Nothing else is shared by threads, so that any number of handles can be used at
 * the same time, each by one thread.
 */
#ifndef ANALYZER_DIAG_H
#define ANALYZER_DIAG_H

enum diag_kind {
	DIAG_ERROR,
	DIAG_WARNING,		/* the result is affected */
	DIAG_NOTE,		/* worth knowing, the result is right */
};

/*
 * @line is what a program prints, without the end of the line:
 * "PROGRAM: warning: MESSAGE".  @text is the message alone, and points into it.
 * It is one line and safe to be shown, see error.h, and lives until the function
 * returns.  Any thread may call it, and several at a time may.
 */
typedef void (*diag_fn)(void *user, enum diag_kind kind, const char *line,
			const char *text);

struct diag {
	diag_fn say;
	void *user;		/* @say gets it */
	const char *program;	/* whose messages these are; NULL: no name is put
				   in front of them */
};

/* Make @d, which outlives its use, that of this thread.  Return the one before. */
const struct diag *diag_set(const struct diag *d);

/* That of this thread.  Before diag_set(), it prints lines on standard error. */
const struct diag *diag_current(void);

/* A struct diag can have it as @say: print a line on @user, a FILE. */
void diag_print(void *user, enum diag_kind kind, const char *line,
		const char *text);

/* One that nobody hears: what is said is known already, or told by a status. */
extern const struct diag diag_silent;

#endif /* ANALYZER_DIAG_H */
