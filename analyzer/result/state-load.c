// SPDX-License-Identifier: GPL-2.0
/*
 * File -> state: docs/state.md says what each number is.  Whatever is accepted is
 * in the one form that state-save.c writes.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/error.h"
#include "result/state-numbers.h"

/* What is read at a time: no more is allocated than the file has, and this. */
#define PIECE	(1u << 20)

struct file {
	const char *path;
	int fd;
	const uint8_t *data;		/* all of it, if it is in memory: no @fd */
	size_t bytes;
	uint64_t pos;
	unsigned int version;
};

/* As read() */
static ssize_t read_some(struct file *f, void *to, size_t len)
{
	const size_t left = f->bytes - f->pos;

	if (!f->data)
		return read(f->fd, to, len);
	if (len > left)
		len = left;
	memcpy(to, f->data + f->pos, len);
	return len;
}

/* Read @len bytes, or report it: a file of another length than it says. */
static int read_all(struct file *f, uint8_t *to, size_t len)
{
	ssize_t n;

	while (len) {
		n = read_some(f, to, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error("cannot read %s: %s", f->path,
				     strerror(errno));
		if (!n)
			return error("bad state: %s: it ends at 0x%" PRIx64 ", %zu bytes early",
				     f->path, f->pos, len);
		to += n;
		f->pos += n;
		len -= n;
	}
	return 0;
}

/* @len bytes that the file says it has: allocated as they come. */
static uint8_t *read_payload(struct file *f, uint64_t len)
{
	uint8_t *data = NULL, *more;
	uint64_t done = 0, piece;

	while (done < len || !data) {
		piece = len - done < PIECE + done ? len - done : PIECE + done;
		more = realloc(data, done + piece + 1);
		if (!more) {
			error("out of memory: a state of %" PRIu64 " bytes", len);
			break;
		}
		data = more;
		if (read_all(f, data + done, piece) < 0)
			break;
		done += piece;
		if (done == len)
			return data;
	}
	free(data);
	return NULL;
}

static uint64_t number_of(const uint8_t *from, unsigned int bytes)
{
	uint64_t v = 0;

	while (bytes--)
		v = v << 8 | from[bytes];
	return v;
}

/* The part before, to compare with */
struct last {
	uint8_t *data;
	uint64_t len;
};

static int compare_with(const struct last *last, const uint8_t *data,
			uint64_t len)
{
	int order = memcmp(last->data, data, last->len < len ? last->len : len);

	return order ? order : (last->len > len) - (last->len < len);
}

static int load_part(struct state *s, struct file *f, struct last *last)
{
	uint64_t at = f->pos, len;
	uint8_t head[STATE_PART_HEAD], *data;
	struct state_in in = { .path = f->path, .version = f->version, .state = s };
	int ret = -1;

	if (read_all(f, head, sizeof(head)) < 0)
		return -1;
	len = number_of(head, 8);
	data = read_payload(f, len);
	if (!data)
		return -1;
	in.start = in.pos = data;
	in.end = data + len;
	in.offset = at + STATE_PART_HEAD;
	if (crc32_z(0, data, len) != number_of(head + 8, 4))
		error("bad state: %s: at 0x%" PRIx64 ": checksum is not that of the %" PRIu64 " bytes that follow: damaged",
		      f->path, at, len);
	else if (last->data && compare_with(last, data, len) >= 0)
		error("bad state: %s: at 0x%" PRIx64 ": not in the order of bytes, or there twice",
		      f->path, at);
	else
		ret = state_get_part(&in);
	free(last->data);
	*last = (struct last){ data, len };
	return ret;
}

static int load_head(struct file *f, uint64_t *nr)
{
	uint8_t head[STATE_HEAD];

	if (read_all(f, head, sizeof(head)) < 0)
		return -1;
	if (memcmp(head, STATE_MAGIC, STATE_MAGIC_LEN))
		return error("not a state: %s", f->path);
	f->version = number_of(head + 8, 4);
	if (f->version < STATE_VERSION_CYCLES || f->version > STATE_VERSION)
		return error("unknown version of a state: %s: %u, expected %u to %u: it was saved by another version of this program: save the figures again",
			     f->path, f->version, STATE_VERSION_CYCLES,
			     STATE_VERSION);
	*nr = number_of(head + 12, 4);
	if (!*nr || *nr > STATE_PARTS_MAX)
		return error("bad state: %s: %" PRIu64 " recordings, expected 1 to %u",
			     f->path, *nr, STATE_PARTS_MAX);
	return 0;
}

/* It is written with the lowest version that can be. */
static int check_version(const struct state *s, size_t first, const struct file *f)
{
	if (f->version == state_version(s, first))
		return 0;
	return error("bad state: %s: version %u, without what is new in it",
		     f->path, f->version);
}

static int load(struct state *s, struct file *f)
{
	struct last last = { .data = NULL };
	const size_t first = s->nr;
	uint64_t nr = 0;
	uint8_t more;
	int ret = load_head(f, &nr);

	for (; nr && !ret; nr--)
		ret = load_part(s, f, &last);
	free(last.data);
	if (!ret && read_some(f, &more, 1) == 1)
		ret = error("bad state: %s: at 0x%" PRIx64 ": something follows its end",
			    f->path, f->pos);
	return ret ? ret : check_version(s, first, f);
}

/* Of a file that is not sound, nothing stays. */
static int load_all(struct state *s, struct file *f)
{
	const size_t first = s->nr;
	int ret = load(s, f);
	size_t i;

	for (i = first; !ret && i < s->nr; i++) {
		s->parts[i].file = strdup(f->path);
		if (!s->parts[i].file)
			ret = error("out of memory: a path");
	}
	if (ret)
		state_cut(s, first);
	return ret;
}

int state_load(struct state *s, const char *path)
{
	struct file f = { .path = path, .fd = open(path, O_RDONLY | O_CLOEXEC) };
	int ret;

	if (f.fd < 0)
		return error("cannot open %s: %s", path, strerror(errno));
	ret = load_all(s, &f);
	close(f.fd);
	return ret;
}

int state_load_bytes(struct state *s, const char *path, const void *data, size_t bytes)
{
	struct file f = { .path = path, .fd = -1, .data = data, .bytes = bytes };

	return load_all(s, &f);
}

bool state_is(const char *path)
{
	char head[STATE_MAGIC_LEN];
	struct stat st;
	bool is;
	int fd;

	/* A pipe can be opened once. */
	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	is = fd >= 0 &&
	     pread(fd, head, sizeof(head), 0) == (ssize_t)sizeof(head) &&
	     !memcmp(head, STATE_MAGIC, sizeof(head));

	if (fd >= 0)
		close(fd);
	return is;
}
