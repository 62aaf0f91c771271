/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The files that trace-cmd would have left had it been killed while it made a
 * recording.
 */
#ifndef TESTS_LEAVE_H
#define TESTS_LEAVE_H

#include <stdio.h>
#include <stdlib.h>

#include "source/source.h"

static inline void leave_or_die(int good, const char *path)
{
	if (good)
		return;
	perror(path);
	abort();
}

static inline void leave_stream(const struct source *td, unsigned int index,
				uint32_t subbuf_bytes, const char *files)
{
	struct source_stream *s;
	struct source_span span;
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s.cpu%u", files,
		 source_recording(td)->cpus[index].cpu);
	f = fopen(path, "w");
	leave_or_die(f != NULL, path);
	leave_or_die(!source_stream_open(&s, td, index, subbuf_bytes), path);
	while (source_next_span(s, &span) > 0)
		leave_or_die(fwrite(span.data, 1, span.len, f) == span.len,
			     path);
	leave_or_die(!fclose(f), path);
	source_stream_close(s);
}

/* Write AS.cpuN with the top buffer of @path, AS.INSTANCE.cpuN with another. */
static inline void leave_files(const char *path, const char *as,
			       const char *instance)
{
	struct source_request request = { .instance = instance };
	struct source *td;
	char files[256];
	unsigned int i;

	if (source_open_request(&td, path, &request) < 0)
		abort();
	snprintf(files, sizeof(files), "%s%s%s", as, instance ? "." : "",
		 instance ? instance : "");
	for (i = 0; i < source_recording(td)->nr_cpus; i++)
		leave_stream(td, i, source_recording(td)->buffer_page_size, files);
	source_close(td);
}

#endif /* TESTS_LEAVE_H */
