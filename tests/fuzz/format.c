// SPDX-License-Identifier: GPL-2.0
/*
 * Any bytes as the format of kvm_entry, in a recording that is sound otherwise.
 */
#include <string.h>

#include "analyze.h"
#include "fuzz.h"
#include "mktrace.h"

static const char name[] = "name: kvm_entry\n";

/* The sound recording, once, and where the format is in it */
static uint8_t *recording;
static size_t recording_len, format_at, format_len;

static void load_recording(void)
{
	struct mktrace_config config = { .version = 6 };
	struct mktrace *t = mktrace_new(&config);
	char path[] = "/tmp/fuzz-format.XXXXXX";
	int fd = mkstemp(path);
	struct mktrace_entry e = { .pid = 7, .seq = 1, .epoch = 1, .report = 1,
				   .vm = 5, .isa = 2, .exit_reason = 0x78 };
	uint8_t *found;
	uint64_t len;

	mktrace_entry(t, 0, 1000, &e);
	mktrace_finish(t, path, NULL);
	recording_len = lseek(fd, 0, SEEK_END);
	recording = malloc(recording_len);
	fuzz_assert(recording);
	fuzz_assert(pread(fd, recording, recording_len, 0) ==
		    (ssize_t)recording_len);
	close(fd);
	unlink(path);
	found = memmem(recording, recording_len, name, sizeof(name) - 1);
	fuzz_assert(found);
	format_at = found - recording;
	memcpy(&len, found - sizeof(len), sizeof(len));
	format_len = len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct options options = { .threads = 1 };
	char path[FUZZ_PATH_MAX], *text;
	uint64_t len64 = len;
	size_t text_len, rest;
	uint8_t *file;
	int fd;

	if (!recording)
		load_recording();
	rest = format_at + format_len;
	file = malloc(recording_len - format_len + len);
	fuzz_assert(file);
	memcpy(file, recording, format_at);
	memcpy(file + format_at - sizeof(len64), &len64, sizeof(len64));
	memcpy(file + format_at, data, len);
	memcpy(file + format_at + len, recording + rest, recording_len - rest);
	fd = fuzz_file(path, file, recording_len - format_len + len);
	free(file);
	options.path = path;
	options.out = open_memstream(&text, &text_len);
	fuzz_assert(options.out);
	analyze(&options);
	fclose(options.out);
	free(text);
	close(fd);
	return 0;
}
