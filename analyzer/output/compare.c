// SPDX-License-Identifier: GPL-2.0
#include "output/compare.h"

#include "base/error.h"
#include "base/output.h"
#include "output/compare-private.h"

int compare_print(const struct comparison *c, FILE *out)
{
	static int (*const prints[])(const struct comparison *c, FILE *out) = {
		[VIEW_TABLE] = compare_print_table,
		[VIEW_CSV] = compare_print_csv,
		[VIEW_JSON] = compare_print_json,
		[VIEW_HTML] = compare_print_html,
	};

	if (prints[c->view_opt->format](c, out) < 0) {
		/* That reports what is wrong with the output, if anything is. */
		if (output_flush(out) == 0)
			error("out of memory: output");
		return -1;
	}
	return output_flush(out);
}
