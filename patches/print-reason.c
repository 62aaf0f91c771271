// SPDX-License-Identifier: GPL-2.0
/*
 * print-reason FORMAT: the text of an event, as libtraceevent prints it by the
 * format in that file, for both ISAs and for none.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event-parse.h>
#include <trace-seq.h>

/* As FORMAT describes it. */
struct event {
	uint16_t type;
	uint8_t flags;
	uint8_t preempt_count;
	int32_t pid;
	uint32_t isa;
	uint32_t exit_reason;
};

static void print(struct tep_handle *tep, uint32_t isa, uint32_t exit_reason)
{
	struct event e = { .type = 1, .isa = isa, .exit_reason = exit_reason };
	struct tep_record record = { .size = sizeof(e), .data = &e };
	struct trace_seq text;

	trace_seq_init(&text);
	tep_print_event(tep, &text, &record, "%s", TEP_PRINT_INFO);
	trace_seq_do_printf(&text);
	trace_seq_destroy(&text);
	putchar('\n');
}

int main(int argc, char **argv)
{
	static char format[65536];
	struct tep_handle *tep = tep_alloc();
	FILE *f = argc == 2 ? fopen(argv[1], "r") : NULL;
	size_t len = f ? fread(format, 1, sizeof(format), f) : 0;

	if (!tep || !len || tep_parse_event(tep, format, len, "kvm")) {
		fprintf(stderr, "print-reason: no format\n");
		return EXIT_FAILURE;
	}
	fclose(f);
	print(tep, 1, 10);
	print(tep, 1, 0x80000000 | 10);
	print(tep, 2, 0x72);
	print(tep, 0, 0);
	tep_free(tep);
	return EXIT_SUCCESS;
}
