// SPDX-License-Identifier: GPL-2.0
#include "output/writer.h"

#include "base/error.h"
#include "base/output.h"
#include "output/formats.h"

static const struct format *const formats[] = {
	[VIEW_NONE] = &format_reports,
	[VIEW_TABLE] = &format_table,
	[VIEW_JSON] = &format_json,
	[VIEW_CSV] = &format_csv,
	[VIEW_JSONL] = &format_jsonl,
	[VIEW_SQLITE] = &format_sqlite,
	[VIEW_FOLDED] = &format_folded,
	[VIEW_PROMETHEUS] = &format_prometheus,
};

static int run(int (*print)(const struct view *v, FILE *out),
	       const struct view *v, FILE *out)
{
	const int ret = print ? print(v, out) : 0;

	/* That reports what is wrong with the output, if anything is. */
	if (ret && ret != VIEW_SAID && output_flush(out) == 0)
		error("out of memory: output");
	return ret ? -1 : 0;
}

int writer_begin(const struct view *v, FILE *out)
{
	return run(formats[v->opt->format]->begin, v, out);
}

int writer_block(const struct view *v, FILE *out)
{
	return run(formats[v->opt->format]->block, v, out);
}

int writer_end(const struct view *v, FILE *out)
{
	if (run(formats[v->opt->format]->end, v, out) < 0)
		return -1;
	return output_flush(out);
}

int view_print(const struct view *v, FILE *out)
{
	if (writer_begin(v, out) < 0 || writer_block(v, out) < 0)
		return -1;
	return writer_end(v, out);
}
