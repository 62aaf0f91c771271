// SPDX-License-Identifier: GPL-2.0
/*
 * Run a fuzz target without libFuzzer:
 *
 *	replay-TARGET SECONDS FILE...
 *
 * on each file as it is, and then on changes of them, in a fixed order, for so
 * many seconds.  Whatever fails ends with a signal; the input is in the file
 * replay-TARGET.input then.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "fuzz.h"

struct input {
	uint8_t *data;
	size_t len;
};

static const char *program;

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static struct input read_input(const char *path)
{
	struct input in = { NULL, 0 };
	FILE *f = fopen(path, "r");
	long len;

	if (!f || fseek(f, 0, SEEK_END) || (len = ftell(f)) < 0) {
		fprintf(stderr, "%s: %s: %s\n", program, path, strerror(errno));
		exit(2);
	}
	rewind(f);
	in.data = malloc(len + 1);
	fuzz_assert(in.data);
	in.len = fread(in.data, 1, len, f);
	fclose(f);
	return in;
}

/* Through one descriptor: closing a file that was cut waits for the disk. */
static void save(const uint8_t *data, size_t len)
{
	static int fd = -1;
	char path[256];

	if (fd < 0) {
		snprintf(path, sizeof(path), "%s.input", program);
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	}
	fuzz_assert(fd >= 0);
	fuzz_assert(pwrite(fd, data, len, 0) == (ssize_t)len);
	fuzz_assert(ftruncate(fd, len) == 0);
}

/* Other numbers at up to 8 places, and now and then a cut */
static void change(const struct input *in, uint8_t *copy, uint64_t *seed)
{
	static const uint32_t numbers[] = { 0, 1, 4, 0x7fffffff, 0x80000000,
					    0xffffffff, 0x10000, 29, 30, 31 };
	unsigned int n = 1 + next_random(seed) % 8;
	size_t len = in->len, at;

	memcpy(copy, in->data, len);
	if (next_random(seed) % 8 == 0)
		len = next_random(seed) % (len + 1);
	while (n-- && len >= 4) {
		at = next_random(seed) % (len - 3);
		if (next_random(seed) & 1)
			copy[at] ^= 1 << next_random(seed) % 8;
		else
			memcpy(copy + at, &numbers[next_random(seed) % 10], 4);
	}
	save(copy, len);
	LLVMFuzzerTestOneInput(copy, len);
}

int main(int argc, char **argv)
{
	uint64_t seed = 0x9e3779b97f4a7c15, runs = 0;
	time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 0);
	struct input *inputs;
	uint8_t *copy;
	int i;

	program = argv[0];
	if (argc < 3) {
		fprintf(stderr, "usage: %s SECONDS FILE...\n", program);
		return 2;
	}
	inputs = calloc(argc, sizeof(*inputs));
	fuzz_assert(inputs);
	for (i = 2; i < argc; i++, runs++) {
		inputs[i] = read_input(argv[i]);
		save(inputs[i].data, inputs[i].len);
		LLVMFuzzerTestOneInput(inputs[i].data, inputs[i].len);
	}
	while (time(NULL) < end) {
		for (i = 2; i < argc; i++, runs++) {
			copy = malloc(inputs[i].len + 1);
			fuzz_assert(copy);
			change(&inputs[i], copy, &seed);
			free(copy);
		}
	}
	for (i = 2; i < argc; i++)
		free(inputs[i].data);
	free(inputs);
	printf("%llu runs\n", (unsigned long long)runs);
	return 0;
}
