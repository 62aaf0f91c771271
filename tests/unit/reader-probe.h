/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Read all of a file that may be damaged in any way, and check that failures
 * are one message each.
 */
#ifndef TESTS_UNIT_READER_PROBE_H
#define TESTS_UNIT_READER_PROBE_H

#include "mktrace.h"
#include "reader-test.h"
#include "source/subbuf.h"
#include "source/source.h"

#define NR(a)		(sizeof(a) / sizeof((a)[0]))

static const struct subbuf_format format = { 1024, 8, 8, 16, 1008, NULL };

static const struct mktrace_config kinds[] = {
	{ .version = 6, .subbuf_bytes = 1024 },
	{ .version = 7, .subbuf_bytes = 1024 },
	{ .version = 7, .subbuf_bytes = 1024, .compression = MKTRACE_ZSTD },
	{ .version = 7, .subbuf_bytes = 1024, .compression = MKTRACE_ZLIB },
	{ .version = 7, .subbuf_bytes = 1024, .compression = MKTRACE_ZSTD,
	  .compress_options = true },
	{ .version = 7, .subbuf_bytes = 1024, .compression = MKTRACE_ZSTD,
	  .short_size = true },
};

/* What reading a whole file gave */
struct probe {
	const char *wrong;	/* with a chunk that was skipped; or NULL */
	bool opened, read;	/* without an error */
	uint64_t missing;
	uint64_t data_bytes;
	unsigned int formats, spans, sub_buffers, records, faults, partial;
	struct capture capture;
};

static inline void probe_sub_buffers(struct probe *p, const struct source_span *span)
{
	struct subbuf_record rec;
	struct subbuf sb;
	size_t pos;
	int ret;

	for (pos = 0; pos < span->len; pos += format.subbuf_bytes) {
		p->sub_buffers++;
		ret = subbuf_load(&sb, &format, span->data + pos,
				  span->len - pos < format.subbuf_bytes ?
				  span->len - pos : format.subbuf_bytes);
		while (!ret && (ret = subbuf_next(&sb, &rec)) > 0) {
			p->records += rec.len > 0;
			ret = 0;
		}
		p->faults += ret < 0;
	}
}

static inline void probe_stream(struct probe *p, const struct source *td,
			 unsigned int index)
{
	struct source_stream *s;
	struct source_span span;
	int ret;

	ret = source_stream_open(&s, td, index, format.subbuf_bytes);
	while (!ret && (ret = source_next_span(s, &span)) > 0) {
		p->spans++;
		p->partial += span.partial;
		if (span.wrong)
			p->wrong = span.wrong;
		probe_sub_buffers(p, &span);
		assert_true(p->spans < 100000);
		ret = 0;
	}
	if (ret < 0) {
		p->read = false;
		/* Once failed, it stays failed, without another message. */
		if (s)
			assert_int_equal(source_next_span(s, &span), -1);
	}
	source_stream_close(s);
}

static inline void probe_all(struct probe *p, const struct source *td)
{
	struct source_formats it = SOURCE_FORMATS_INIT;
	struct source_format f;
	uint64_t sum = 0;
	unsigned int i;

	p->opened = true;
	p->read = true;
	p->missing = source_recording(td)->missing_bytes;
	p->data_bytes = source_recording(td)->data_bytes;
	while (source_next_format(td, &it, &f)) {
		/* Touch all of it, for address checking. */
		for (i = 0; i < f.len; i++)
			sum += f.text[i];
		p->formats += sum + strlen(f.system) > 0;
	}
	/* Stop at the first failing stream: one message then. */
	for (i = 0; i < source_recording(td)->nr_cpus && p->read; i++)
		probe_stream(p, td, i);
}

static inline void probe_request(struct probe *p, const char *path,
				 const struct source_request *request)
{
	struct source *td;

	memset(p, 0, sizeof(*p));
	capture_start(&p->capture);
	if (!source_open_request(&td, path, request))
		probe_all(p, td);
	else
		assert_null(td);
	source_close(td);
	capture_end(&p->capture);
	if (!p->opened || !p->read)
		assert_one_message(p->capture.text, path);
	else
		assert_string_equal(p->capture.text, "");
}

static inline void probe(struct probe *p, const char *path)
{
	probe_request(p, path, &(struct source_request){ .instance = NULL });
}

/* A file as small as it can be, with every part */
static inline struct mktrace *small_trace(const struct mktrace_config *config)
{
	static const char *const unused[] = {
		"kvm_exit", "kvm_exit_report", "kvm_exit_stats", "kvm_msr",
		"kvm_mmio", "kvm_page_fault", "kvm_userspace_exit",
		"kvm_vcpu_wakeup",
	};
	struct mktrace *t = mktrace_new(config);
	unsigned int i;

	for (i = 0; i < NR(unused); i++)
		mktrace_event_drop(t, unused[i]);
	mktrace_event_print(t, "kvm_entry", "");
	mktrace_event_print(t, "sched_switch", "");
	for (i = 0; i < 60; i++)
		mktrace_pio(t, i % config->cpus, 1000 + i,
			    &(struct mktrace_pio){ .pid = i });
	return t;
}

static inline void small_file(const struct mktrace_config *config, const char *path,
		       struct mktrace_layout *layout)
{
	mktrace_finish(small_trace(config), path, layout);
}

#endif /* TESTS_UNIT_READER_PROBE_H */
