// SPDX-License-Identifier: GPL-2.0
/*
 * Any bytes as a kernel log.
 */
#include "sink/check.h"
#include "fuzz.h"
#include "sink/klog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char path[FUZZ_PATH_MAX], *text;
	int fd = fuzz_file(path, data, len);
	struct klog_counts counts;
	struct reasons reasons;
	struct check check;
	size_t text_len;
	FILE *out = open_memstream(&text, &text_len);

	fuzz_assert(out);
	reasons_init(&reasons);
	fuzz_assert(reasons_add(&reasons, ISA_SVM, 0x72, "cpuid") == 0);
	fuzz_assert(reasons_add(&reasons, ISA_SVM, 0x41, "DE excp") == 0);
	fuzz_assert(reasons_add(&reasons, ISA_VMX, 12, "HLT") == 0);
	fuzz_assert(reasons_finish(&reasons) == 0);
	fuzz_assert(check_init(&check, &reasons, out) == 0);
	if (klog_read(&check, path, &counts) == 0 &&
	    check_finish_kernel(&check) == 0)
		check_finish(&check);
	check_release(&check);
	reasons_release(&reasons);
	fclose(out);
	free(text);
	close(fd);
	return 0;
}
