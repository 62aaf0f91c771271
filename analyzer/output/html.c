// SPDX-License-Identifier: GPL-2.0
#include "output/html.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "base/error.h"
#include "base/output.h"
#include "output/html-private.h"
#include "result/columns.h"

/* Files that become a part of the program: from NAME to NAME_end, at least a byte each */
#define INCLUDE_FILE(name, path)					\
	__asm__(".section .rodata\n"					\
		#name ":\n"						\
		".incbin \"" path "\"\n"				\
		#name "_end:\n"						\
		".byte 0\n"						\
		".previous\n");						\
	extern const char name[] __attribute__((visibility("hidden"))); \
	extern const char name##_end[] __attribute__((visibility("hidden")))

INCLUDE_FILE(html_css, "output/page/page.css");
INCLUDE_FILE(html_js, "output/page/page.js");

/* Tables: rows are numbered as the series of the page are. */

static void print_header(const struct html *h, const struct view *v,
			 const struct column *const *list, unsigned int nr)
{
	char buf[COLUMN_TEXT_MAX];
	unsigned int i;

	fputs("<thead><tr>", h->out);
	for (i = 0; i < nr; i++) {
		fprintf(h->out, "<th scope=\"col\"%s>",
			list[i]->flags & COLUMN_LABEL ? " class=\"label\"" : "");
		html_text(columns_name(v, list[i]->header ? list[i]->header :
				       list[i]->key, buf), h->out);
		fputs("</th>", h->out);
	}
	fputs("</tr></thead>\n", h->out);
}

static void print_cells(const struct html *h, const struct view *v,
			const struct column *const *list, unsigned int nr,
			const struct group *g, const char *label)
{
	char cell[CELL_MAX];
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if ((list[i]->flags & COLUMN_LABEL) && label) {
			fprintf(h->out, "<td class=\"label\">%s</td>", i ? "" : label);
			continue;
		}
		html_cell(v, list[i], g, cell);
		if (list[i]->flags & COLUMN_LABEL)
			fprintf(h->out, "<td class=\"label\" data-label=\"%s\">",
				list[i]->key);
		else
			fprintf(h->out, "<td data-key=\"%s\">", list[i]->key);
		html_text(cell, h->out);
		fputs("</td>", h->out);
	}
	fputs("</tr>\n", h->out);
}

static void print_table(const struct html *h, const struct view *v, const char *id,
			const char *caption)
{
	const struct column *list[COLUMNS_MAX];
	const unsigned int nr = columns_select(v, false, list);
	unsigned int i;

	fprintf(h->out, "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"%s\"><table id=\"%s\"><caption class=\"hidden\">%s</caption>\n",
		caption, id, caption);
	print_header(h, v, list, nr);
	fputs("<tbody>\n", h->out);
	for (i = 0; i < v->nr_shown; i++) {
		fprintf(h->out, "<tr data-series=\"%u\">", i);
		print_cells(h, v, list, nr, v->sorted[i], NULL);
	}
	if (v->nr_more) {
		fprintf(h->out, "<tr data-series=\"%zu\">", v->nr_shown);
		print_cells(h, v, list, nr, &v->more, "all others");
	}
	fputs("</tbody>\n<tfoot><tr data-total>", h->out);
	print_cells(h, v, list, nr, &v->total, "total");
	fputs("</tfoot></table></div>\n", h->out);
}

/* Where time went */

static const char *const part_names[TIMES_PARTS] = {
	[TIMES_GUEST] = "guest", [TIMES_PROCESSING] = "processing",
	[TIMES_USER] = "user", [TIMES_HALTED] = "halted",
	[TIMES_OFF_CPU] = "off_cpu", [TIMES_TRACED] = "traced",
	[TIMES_UNKNOWN] = "unknown", [TIMES_BEFORE] = "before",
	[TIMES_AFTER] = "after",
};

static void print_shares(const struct html *h, const struct group *g, const char *name)
{
	char buf[DECIMAL_MAX];
	u128 percent;
	unsigned int i;

	if (!g->times || !g->times->span)
		return;
	fputs("<div class=\"shares-row\"><span>", h->out);
	html_text(name, h->out);
	fputs("</span><span class=\"shares\">", h->out);
	for (i = 0; i < TIMES_PARTS; i++) {
		percent = decimal_ratio(g->times->part[i] * 100, g->times->span, 2);
		decimal_text(buf, percent, 2);
		if (percent)
			fprintf(h->out, "<i class=\"%s\" style=\"width:%s%%\" title=\"%s %s %%\"></i>",
				part_names[i], buf, part_names[i], buf);
	}
	fputs("</span></div>\n", h->out);
}

static void print_times(const struct html *h)
{
	const struct page_axis axis = { .v = h->p->views->times };
	char name[HTML_NAME_MAX];
	unsigned int i;

	fputs("<section><h2>Where the time of each vCPU went</h2>\n<figure aria-hidden=\"true\"><p class=\"legend\">",
	      h->out);
	for (i = 0; i < TIMES_PARTS; i++)
		if (h->p->views->times->total.times && h->p->views->times->total.times->part[i])
			fprintf(h->out, "<span><i class=\"%s\"></i>%s</span>",
				part_names[i], part_names[i]);
	fputs("</p>\n", h->out);
	for (i = 0; i < h->p->views->times->nr_shown; i++) {
		html_name(&axis, i, name, sizeof(name));
		print_shares(h, h->p->views->times->sorted[i], name);
	}
	if (h->p->views->times->nr_more)
		print_shares(h, &h->p->views->times->more, "all others");
	fputs("</figure>\n", h->out);
	print_table(h, h->p->views->times, "times", "Where the time of each vCPU went");
	fputs("</section>\n", h->out);
}

/* The document */

void html_begin(const char *title, const char *heading, FILE *out)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width\">\n<title>",
	      out);
	html_text(title, out);
	fputs("</title>\n<style>\n", out);
	fwrite(html_css, 1, html_css_end - html_css, out);
	fputs("</style></head>\n<body>\n<header><h1>", out);
	html_text(heading, out);
	fputs("</h1></header>\n<main>\n", out);
}

static int print_head(const struct html *h)
{
	char *title;

	if (asprintf(&title, "VM exits: %s", h->v->info->path) < 0)
		return -1;
	html_begin(title, h->v->info->path, h->out);
	free(title);
	return 0;
}

/* The lines above a table: what was recorded, what is missing, what is proven */
static int print_facts(const struct html *h)
{
	char *text = NULL;
	size_t len;
	FILE *facts = open_memstream(&text, &len);

	if (!facts)
		return -1;
	table_print_head(h->v, facts);
	if (fclose(facts)) {
		free(text);
		return -1;
	}
	fputs("<pre>", h->out);
	html_text(text, h->out);
	fputs("</pre>\n", h->out);
	free(text);
	return 0;
}

static void print_controls(const struct html *h)
{
	fputs("<div class=\"chosen js\">\n"
	      "<label>Reason <select id=\"reason\"><option value=\"-1\">all</option></select></label>\n"
	      "<label>vCPU <select id=\"vcpu\"><option value=\"-1\">all</option></select></label>\n",
	      h->out);
	if (h->p->kinds.nr)
		fputs("<label>About <select id=\"kind\"><option value=\"-1\">all</option></select></label>\n",
		      h->out);
	fputs("<button type=\"button\" id=\"reset\">Show all</button>\n"
	      "<span id=\"status\" role=\"status\"></span>\n</div>\n", h->out);
}

static void print_when(const struct html *h)
{
	fputs("<section><h2>When, and how long: <span class=\"what\">all exits</span></h2>\n"
	      "<p class=\"faint\">Each column is a span of time, each row a length; the darker, the more exits. A line marks the longest exit of each column. Below: exits by time.</p>\n"
	      "<p class=\"faint js\">Drag, or use the arrow keys, to choose a span; Escape shows all of it again.</p>\n"
	      "<div id=\"when\" tabindex=\"0\" role=\"group\" aria-label=\"Choose a span of time with the arrow keys, Shift and an arrow changes its end, Escape chooses all\">\n",
	      h->out);
	html_chart_when(h);
	fputs("</div></section>\n<section><h2>How long: <span class=\"what\">all exits</span></h2>\n"
	      "<p class=\"faint\">How many exits took how long, in quarters of powers of two.</p>\n",
	      h->out);
	html_chart_lengths(h);
	fputs("</section>\n", h->out);
}

static void print_tables(const struct html *h)
{
	fputs("<section><h2>By reason</h2>\n", h->out);
	print_table(h, h->p->reasons.v, "by-reason", "Exits by reason");
	fputs("</section>\n<section><h2>By vCPU</h2>\n", h->out);
	print_table(h, h->p->vcpus.v, "by-vcpu", "Exits by vCPU");
	fputs("</section>\n", h->out);
	if (h->p->views->kinds) {
		fputs("<section><h2>By what they were about</h2>\n", h->out);
		print_table(h, h->p->views->kinds, "by-kind",
			    "Exits by the kind of what they were about");
		fputs("</section>\n", h->out);
	}
	if (h->p->views->times)
		print_times(h);
	if (!h->p->views->list)
		return;
	fputs("<section><h2>The dearest exits of the recording</h2>\n", h->out);
	print_table(h, h->p->views->list, "dearest", "The dearest exits of the recording");
	fputs("</section>\n", h->out);
}

static int print_body(const struct html *h)
{
	if (print_facts(h) < 0)
		return -1;
	if (h->p->nr_buckets) {
		print_controls(h);
		print_when(h);
	}
	print_tables(h);
	return 0;
}

static int print_document(const struct page *p, FILE *out)
{
	const struct html h = { .p = p, .v = p->views->reasons, .out = out };
	int ret = print_head(&h);

	if (!ret)
		ret = print_body(&h);
	fputs("</main>\n", out);
	if (!ret && p->nr_buckets) {
		ret = html_data(&h);
		fputs("<script>\n", out);
		fwrite(html_js, 1, html_js_end - html_js, out);
		fputs("</script>\n", out);
	}
	fputs("</body></html>\n", out);
	return ret;
}

/* The document in memory, which the caller frees; NULL: memory is short */
static char *make_document(const struct page_views *views, unsigned int buckets,
			   size_t *len)
{
	char *text = NULL;
	struct page page;
	FILE *out;
	int ret;

	ret = page_init(&page, views, buckets);
	out = ret ? NULL : open_memstream(&text, len);
	if (out) {
		ret = print_document(&page, out);
		if (fclose(out))
			ret = -1;
	}
	page_release(&page);
	if (out && !ret)
		return text;
	free(text);
	error("out of memory: a page");
	return NULL;
}

int html_print(const struct page_views *views, FILE *out)
{
	unsigned int buckets = PAGE_BUCKETS;
	char *text = NULL;
	size_t len;

	/* Of one bucket, any page is small enough. */
	do {
		free(text);
		text = make_document(views, buckets, &len);
		if (!text)
			return -1;
		buckets /= 2;
	} while (len > HTML_BYTES_MAX && buckets);
	fwrite(text, 1, len, out);
	free(text);
	return output_flush(out);
}
