// SPDX-License-Identifier: GPL-2.0
/*
 * Texts and figures as the parts of a page write them.
 */
#include <string.h>

#include "base/decimal.h"
#include "output/html-private.h"

void html_text(const char *text, FILE *out)
{
	for (; *text; text++)
		switch (*text) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			putc(*text, out);
		}
}

void html_count(u128 v, FILE *out)
{
	char digits[DECIMAL_U128_MAX], cell[CELL_MAX];

	decimal_group(cell, decimal_u128(digits, v));
	fputs(cell, out);
}

void html_length(const struct html *h, u128 v, FILE *out)
{
	char buf[UNIT_TEXT_MAX], cell[CELL_MAX];

	if (!h->v->shown.scaled) {
		html_count(v, out);
		return;
	}
	decimal_group(cell, unit_scale(buf, unit_to_ns(&h->v->shown, v)));
	fputs(cell, out);
}

unsigned int html_decimals(const struct page *p)
{
	uint64_t width = p->width_ns;
	unsigned int decimals = 9;

	for (; decimals && width % 10 == 0; width /= 10)
		decimals--;
	return decimals;
}

void html_seconds(const struct html *h, unsigned int bucket, FILE *out)
{
	const unsigned int places = html_decimals(h->p);
	u128 ns = (u128)(h->p->first + bucket) * h->p->width_ns;
	char buf[DECIMAL_MAX];
	unsigned int i;

	for (i = places; i < 9; i++)
		ns /= 10;
	fputs(decimal_text(buf, ns, places), out);
}

void html_cell(const struct view *v, const struct column *col,
	       const struct group *g, char cell[CELL_MAX])
{
	struct value value;

	columns_get(v, col, g, &value);
	table_format(v, col, &value, cell);
}

void html_name(const struct page_axis *axis, unsigned int i, char *buf, size_t size)
{
	const struct column *list[COLUMNS_MAX];
	const unsigned int nr = columns_select(axis->v, false, list);
	const bool alone = axis->v->by & (BY_REASON | BY_KIND);
	char cell[CELL_MAX];
	size_t used = 0;
	unsigned int k;
	bool named;

	*buf = '\0';
	if (i >= axis->v->nr_shown) {
		snprintf(buf, size, "%s", "all others");
		return;
	}
	for (k = 0; k < nr && used < size; k++) {
		if (!(list[k]->flags & COLUMN_LABEL))
			continue;
		html_cell(axis->v, list[k], axis->v->sorted[i], cell);
		/* "thread 201 qemu": a name says of what it is by its place. */
		named = alone || strstr(list[k]->key, "_name");
		used += snprintf(buf + used, size - used, "%s%s%s%s", used ? " " : "",
				 named ? "" : list[k]->key, named ? "" : " ", cell);
	}
}
