// SPDX-License-Identifier: GPL-2.0
/*
 * The results of kvmexits.h: a view, or reports and checks, which are kept as text
 * beside their figures.
 */
#include <stdlib.h>
#include <string.h>

#include "base/output.h"
#include "library.h"
#include "output/writer.h"
#include "result/columns.h"

/* A figure of a report; @text, if it has one, is the result's. */
struct cell {
	enum kvx_type type;
	unsigned int decimals;
	u128 integer;
	char *text;
};

struct kvx_result {
	enum kvx_status status;
	enum view_format format;
	bool histogram;
	char text[COLUMN_TEXT_MAX];	/* of the latest value */
	struct kvx_column columns[COLUMNS_MAX];
	char names[COLUMNS_MAX][COLUMN_TEXT_MAX];
	const struct column *list[COLUMNS_MAX];
	size_t nr_columns, nr_rows;

	bool has_view;
	struct view view;

	/* Without: reports, or a check */
	char *printed;
	size_t printed_len;
	struct cell *cells;		/* rows of nr_columns */
	size_t nr_cells, allocated;
};

/* Columns */

static const char *unit_of(const struct view *v, const struct column *col)
{
	switch (col->unit) {
	case UNIT_PERCENT:
		return "percent";
	case UNIT_PER_SECOND:
		return "per_s";
	case UNIT_SECONDS:
		return "s";
	case UNIT_CYCLES:
		return columns_unit(v);
	default:
		/* It is called by its unit. */
		return strcmp(col->key, "cycles") ? "" : columns_unit(v);
	}
}

static void set_columns(struct kvx_result *r, const struct view *v)
{
	char buf[COLUMN_TEXT_MAX];
	unsigned int i;

	r->nr_columns = columns_select(v, true, r->list);
	for (i = 0; i < r->nr_columns; i++) {
		snprintf(r->names[i], sizeof(r->names[i]), "%s",
			 columns_name(v, r->list[i]->key, buf));
		r->columns[i] = (struct kvx_column){
			.size = sizeof(struct kvx_column),
			.name = r->names[i],
			.unit = unit_of(v, r->list[i]),
			.label = !!(r->list[i]->flags & COLUMN_LABEL),
		};
	}
}

static enum kvx_type type_of(const struct value *value)
{
	static const enum kvx_type types[] = {
		[VALUE_NONE] = KVX_NONE, [VALUE_INTEGER] = KVX_INTEGER,
		[VALUE_DECIMAL] = KVX_DECIMAL, [VALUE_TEXT] = KVX_TEXT,
	};

	return types[value->type];
}

/*
 * The value of @g in @v.  What the groups of a sum have in common is not looked at:
 * of its labels, those of the whole report are there only.
 */
static void get_value(const struct view *v, const struct column *col,
		      const struct group *g, bool is_sum, struct value *value)
{
	*value = (struct value){ .type = VALUE_NONE };
	if (!is_sum || !(col->flags & COLUMN_LABEL) || col->by == BY_REPORT)
		columns_get(v, col, g, value);
}

/* Reports: figures are copied, as the view shows the next one after that. */

static struct cell *add_cells(struct kvx_result *r)
{
	size_t nr = r->allocated ? r->allocated * 2 : 64 * r->nr_columns;
	struct cell *cells;

	if (r->nr_cells + r->nr_columns > r->allocated) {
		cells = realloc(r->cells, nr * sizeof(*cells));
		if (!cells) {
			error("out of memory: %zu lines of reports",
			      r->nr_rows);
			return NULL;
		}
		r->cells = cells;
		r->allocated = nr;
	}
	cells = r->cells + r->nr_cells;
	memset(cells, 0, r->nr_columns * sizeof(*cells));
	r->nr_cells += r->nr_columns;
	r->nr_rows++;
	return cells;
}

static int add_row(struct kvx_result *r, const struct view *v,
		   const struct group *g, bool is_total)
{
	struct cell *cells = add_cells(r);
	struct value value;
	size_t i;

	if (!cells)
		return -1;
	for (i = 0; i < r->nr_columns; i++) {
		get_value(v, r->list[i], g, is_total, &value);
		cells[i].type = type_of(&value);
		cells[i].integer = value.integer;
		cells[i].decimals = value.decimals;
		if (value.type != VALUE_TEXT)
			continue;
		cells[i].text = strdup(value.text);
		if (!cells[i].text)
			return error("out of memory: lines of reports");
	}
	return 0;
}

/* In the order of the kernel's lines: the total goes first. */
static int take_report(void *user, const struct view *v)
{
	struct kvx_result *r = user;
	size_t i;

	if (!r->nr_columns)
		set_columns(r, v);
	if (add_row(r, v, &v->total, true) < 0)
		return -1;
	for (i = 0; i < v->nr_shown; i++)
		if (add_row(r, v, v->sorted[i], false) < 0)
			return -1;
	return 0;
}

/* Running */

/* Return a status; @v is to be released in any case. */
static enum kvx_status analyze_into(struct kvx *k, const struct options *opt,
				    struct view *v)
{
	const struct recorded *first = k->open ? &k->recorded : NULL;
	enum kvx_status status, ret;

	status = analyze_needs_inputs(opt) ? analyze_inputs(opt, first, v) :
					     analyze_opened(opt, first, v);
	ret = v->complete ? (enum kvx_status)analyze_finish(v) : KVX_OK;
	return ret == KVX_OK ? status : ret;
}

/* What was found the first time stands, unless it failed since, or lacks more. */
static enum kvx_status worse(enum kvx_status first, enum kvx_status second)
{
	if (second == KVX_FAILED || second == KVX_USAGE || second == KVX_INTERRUPTED)
		return second;
	return first == KVX_OK && second == KVX_LOSSES ? second : first;
}

/*
 * What is said of a whole list takes no details, which are read with the exits: but
 * JSON counts them above these.  Nothing is kept but sums, by what has a column only
 * where it is known.
 */
static void ask_for_sums(const struct kvx *k, struct view_options *opt)
{
	opt->top = 1;
	if (!k->recorded.p->stamped || opt->format == VIEW_JSON)
		return;
	opt->subject = VIEW_OF_EXITS;
	opt->by = BY_VM | BY_VCPU;
	opt->nr_columns = 0;
	opt->sort = NULL;
}

/* Read once for what is said of it, and once for its exits, unless once will do */
static enum kvx_status print_whole(struct kvx *k, const struct options *opt,
				   struct view *v)
{
	const int once = library_reads_once(k, opt);
	struct options first = *opt;
	enum kvx_status status;

	if (once)
		return once < 0 ? KVX_FAILED : library_print_once(k, opt, v, opt->out);
	ask_for_sums(k, &first.view);
	status = analyze_into(k, &first, v);
	if (!v->complete || status == KVX_FAILED || status == KVX_USAGE)
		return status;
	return worse(status, library_print_whole(k, opt, v, opt->out));
}

static enum kvx_status print(struct kvx *k, const struct options *opt, struct view *v)
{
	enum kvx_status status;

	if (view_is_whole_list(&opt->view) && k->open)
		return print_whole(k, opt, v);
	status = analyze_into(k, opt, v);
	if (!v->complete || status == KVX_FAILED || status == KVX_USAGE)
		return status;
	return view_print(v, opt->out) < 0 ? KVX_FAILED : status;
}

enum kvx_status kvx_print(struct kvx *k, FILE *out)
{
	struct view v = { .opt = NULL };
	const struct diag *before;
	enum kvx_status status;
	struct options opt;

	if (!k || !out)
		return KVX_USAGE;
	before = library_enter(k);
	status = library_begin(k, &opt);
	if (status == KVX_OK) {
		opt.out = out;
		status = print(k, &opt, &v);
		view_release(&v);
	}
	library_leave(before);
	return status;
}

static enum kvx_status run(struct kvx *k, struct kvx_result *r)
{
	const struct taker taker = { .user = r, .report = take_report };
	enum kvx_status status;
	struct options opt;

	status = library_begin(k, &opt);
	if (status != KVX_OK)
		return status;
	r->format = opt.view.format;
	r->histogram = opt.view.histogram;
	opt.taker = &taker;
	opt.out = open_memstream(&r->printed, &r->printed_len);
	if (!opt.out) {
		error("out of memory: a result");
		return KVX_FAILED;
	}
	status = analyze_into(k, &opt, &r->view);
	if (fclose(opt.out) && status != KVX_FAILED) {
		error("out of memory: a result");
		return KVX_FAILED;
	}
	r->has_view = r->view.complete;
	if (!r->has_view)
		return status;
	r->nr_rows = r->view.nr_shown;
	set_columns(r, &r->view);
	return status;
}

enum kvx_status kvx_run(struct kvx *k, struct kvx_result **result)
{
	enum kvx_status status = KVX_FAILED;
	const struct diag *before;
	struct kvx_result *r;

	if (!result)
		return KVX_USAGE;
	*result = NULL;
	if (!k)
		return KVX_USAGE;
	before = library_enter(k);
	r = calloc(1, sizeof(*r));
	if (r)
		r->status = status = run(k, r);
	else
		error("out of memory: a result");
	if (status == KVX_FAILED || status == KVX_USAGE)
		kvx_result_free(r);
	else
		*result = r;
	library_leave(before);
	return status;
}

void kvx_result_free(struct kvx_result *r)
{
	size_t i;

	if (!r)
		return;
	view_release(&r->view);
	for (i = 0; i < r->nr_cells; i++)
		free(r->cells[i].text);
	free(r->cells);
	free(r->printed);
	free(r);
}

enum kvx_status kvx_result_status(const struct kvx_result *r)
{
	return r ? r->status : KVX_USAGE;
}

/* Printing */

/* Which one @format names; NULL: the one that was asked for.  -1: none */
static int find_format(const struct kvx_result *r, const char *format)
{
	static const char *const names[] = {
		[VIEW_NONE] = "reports", [VIEW_TABLE] = "table",
		[VIEW_JSON] = "json", [VIEW_CSV] = "csv",
		[VIEW_JSONL] = "jsonl", [VIEW_SQLITE] = "sqlite",
		[VIEW_STATE] = "state", [VIEW_SUMMARY] = "summary",
		[VIEW_HTML] = "html", [VIEW_FOLDED] = "folded",
		[VIEW_PERFETTO] = "perfetto", [VIEW_PROMETHEUS] = "prometheus",
	};
	unsigned int i;

	if (!format)
		return r->format;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i], format))
			return i;
	return -1;
}

/* Histograms have no place in CSV, nor other views in the grammar of reports. */
static bool has_format(const struct kvx_result *r, int format)
{
	if (!r->has_view)
		return format == (int)r->format;
	if (format == VIEW_PROMETHEUS)
		return r->view.opt->subject == VIEW_OF_EXITS &&
		       !(r->view.by & ~METRICS_BY);
	return format > VIEW_NONE && format < VIEW_STATE && !(format == VIEW_CSV && r->histogram);
}

static int print_view(const struct kvx_result *r, enum view_format format,
		      FILE *out)
{
	struct view_options opt = *r->view.opt;
	struct view v = r->view;

	opt.format = format;
	v.opt = &opt;
	return view_print(&v, out);
}

enum kvx_status kvx_result_print(struct kvx_result *r, const char *format,
				 FILE *out)
{
	const struct diag *before;
	int ret, found;

	if (!r || !out)
		return KVX_USAGE;
	found = find_format(r, format);
	if (!has_format(r, found))
		return KVX_USAGE;
	if (!r->has_view) {
		fwrite(r->printed, 1, r->printed_len, out);
		return output_flush(out) < 0 ? KVX_FAILED : KVX_OK;
	}
	/* A result has no handle: what is wrong is the status only. */
	before = diag_set(&diag_silent);
	ret = print_view(r, found, out);
	diag_set(before);
	return ret < 0 ? KVX_FAILED : KVX_OK;
}

/* Figures */

size_t kvx_result_rows(const struct kvx_result *r)
{
	return r ? r->nr_rows : 0;
}

size_t kvx_result_columns(const struct kvx_result *r)
{
	return r ? r->nr_columns : 0;
}

enum kvx_status kvx_result_column(const struct kvx_result *r, size_t column,
				  struct kvx_column *c)
{
	if (!c || column >= kvx_result_columns(r))
		return KVX_USAGE;
	library_fill(c, c->size, &r->columns[column], sizeof(r->columns[0]));
	return KVX_OK;
}

/* Of a view */
static const struct group *find_row(const struct kvx_result *r, size_t row)
{
	if (row == KVX_ROW_TOTAL)
		return &r->view.total;
	if (row == KVX_ROW_MORE)
		return &r->view.more;
	return row < r->nr_rows ? r->view.sorted[row] : NULL;
}

static enum kvx_status get_of_view(struct kvx_result *r, size_t row,
				   size_t column, struct kvx_value *v)
{
	bool is_sum = row == KVX_ROW_TOTAL || row == KVX_ROW_MORE;
	const struct group *g = find_row(r, row);
	struct value value;

	if (!g)
		return KVX_USAGE;
	get_value(&r->view, r->list[column], g, is_sum, &value);
	v->type = type_of(&value);
	v->low = value.integer;
	v->high = value.integer >> 64;
	v->decimals = value.decimals;
	if (v->type == KVX_TEXT) {
		strcpy(r->text, value.text);
		v->text = r->text;
	}
	return KVX_OK;
}

static enum kvx_status get_of_reports(const struct kvx_result *r, size_t row,
				      size_t column, struct kvx_value *v)
{
	const struct cell *cell;

	if (row >= r->nr_rows)
		return KVX_USAGE;
	cell = &r->cells[row * r->nr_columns + column];
	v->type = cell->type;
	v->low = cell->integer;
	v->high = cell->integer >> 64;
	v->decimals = cell->decimals;
	v->text = cell->text;
	return KVX_OK;
}

enum kvx_status kvx_result_value(struct kvx_result *r, size_t row,
				 size_t column, struct kvx_value *v)
{
	struct kvx_value own = KVX_VALUE_INIT;
	enum kvx_status status;

	if (!v || column >= kvx_result_columns(r))
		return KVX_USAGE;
	status = r->has_view ? get_of_view(r, row, column, &own) :
			       get_of_reports(r, row, column, &own);
	if (status != KVX_OK)
		return status;
	if (own.type != KVX_DECIMAL)
		own.decimals = 0;
	/* Texts are sorted by a number that is nobody's business. */
	if (own.type == KVX_TEXT)
		own.low = own.high = 0;
	library_fill(v, v->size, &own, sizeof(own));
	return KVX_OK;
}
