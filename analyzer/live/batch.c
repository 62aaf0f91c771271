// SPDX-License-Identifier: GPL-2.0
#include "live/batch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "outfile.h"

int batch_write_to(const struct batch *b, int fd, const char *name,
		   const char *text, size_t len)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = write(fd, text + done, len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			kvx_say(b->k, KVX_ERROR, "cannot write: %s: %s", name,
				strerror(errno));
			return -1;
		}
		done += n;
	}
	return 0;
}

int batch_write(const struct batch *b, const char *text, size_t len)
{
	return batch_write_to(b, STDOUT_FILENO, "standard output", text, len);
}

int batch_metrics(const struct batch *b, const char *text, size_t len)
{
	struct outfile f;
	bool bad;

	if (!b->opt->output)
		return batch_write(b, text, len);
	if (outfile_open(&f, b->k, b->opt->output) < 0)
		return -1;
	bad = batch_write_to(b, f.fd, b->opt->output, text, len) < 0;
	close(f.fd);
	if (!bad)
		return outfile_keep(&f);
	outfile_drop(&f);
	return -1;
}

static void put_table(FILE *out, const struct batch *b, const char *text,
		      double seconds)
{
	time_t now = time(NULL);
	char date[32];
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", &tm);
	fprintf(out, "%s%s, after %.1f s\n\n%s", b->blocks ? "\n" : "", date,
		seconds, text);
}

/* Each line begins with the time, but for the head, which comes once. */
static void put_csv(FILE *out, const struct batch *b, const char *text,
		    double seconds)
{
	const char *end;
	bool head = true;

	for (; (end = strchr(text, '\n')); text = end + 1, head = false) {
		if (!head)
			fprintf(out, "%.3f,", seconds);
		else if (!b->blocks)
			fputs("seconds,", out);
		if (!head || !b->blocks)
			fprintf(out, "%.*s\n", (int)(end - text), text);
	}
}

/* Lines and their indentation mean nothing: no string has a line's end in it. */
static void put_json(FILE *out, const char *text, double seconds)
{
	fprintf(out, "{\"seconds\": %.3f, ", seconds);
	for (text += *text == '{'; *text; text++) {
		if (*text != '\n')
			putc(*text, out);
		else
			while (text[1] == ' ')
				text++;
	}
	putc('\n', out);
}

int batch_print(const struct batch *b, const char *text, size_t len,
		double seconds)
{
	char *block = NULL;
	size_t size = 0;
	FILE *out;
	int ret;

	if (b->opt->prometheus)
		return batch_metrics(b, text, len);
	out = open_memstream(&block, &size);
	if (!out) {
		kvx_say(b->k, KVX_ERROR, "out of memory: an interval");
		return -1;
	}
	if (b->opt->csv)
		put_csv(out, b, text, seconds);
	else if (b->opt->json)
		put_json(out, text, seconds);
	else
		put_table(out, b, text, seconds);
	fclose(out);
	ret = block ? batch_write(b, block, size) : -1;
	free(block);
	return ret;
}
