// SPDX-License-Identifier: GPL-2.0
#include "scenario-reasons.h"

#include "mktrace.h"

void write_long_codes(const char *path, const char *clock)
{
	static const uint64_t codes[] = {
		0x100000078, 0x78, UINT64_MAX, 0x100000078, 1ull << 63,
	};
	struct mktrace *t = mktrace_new(&(struct mktrace_config){
		.clock = clock, .unpatched = true });
	uint64_t ts = 1000;
	unsigned int i;

	mktrace_field_resize(t, "kvm_exit", "exit_reason", 8, false);
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++, ts += 200) {
		mktrace_exit(t, 0, ts, &(struct mktrace_exit){
			.pid = 7, .exit_reason = codes[i],
			.isa = MKTRACE_ISA_SVM });
		mktrace_entry(t, 0, ts + 100, &(struct mktrace_entry){ .pid = 7 });
	}
	mktrace_finish(t, path, NULL);
}
