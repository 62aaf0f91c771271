// SPDX-License-Identifier: GPL-2.0
/* Names, labels and numbers of a comparison, as its formats have them */
#include <math.h>
#include <string.h>

#include "base/decimal.h"
#include "output/compare-private.h"

const char *compare_name(const struct comparison *c, enum compare_what what)
{
	static const char *const names[2][COMPARE_FIGURES] = {
		{ "cycles", "exits", "mean", "p50", "p99", "share" },
		{ "cycles_per_s", "exits_per_s", "mean", "p50", "p99", "share" },
	};

	return names[c->per_second][what];
}

unsigned int compare_labels(const struct view *v, bool machine,
			    const struct column *list[COLUMNS_MAX])
{
	unsigned int nr = columns_select(v, machine, list), i, kept = 0;

	for (i = 0; i < nr; i++)
		if ((list[i]->flags & COLUMN_LABEL) &&
		    !(list[i]->by & (BY_VM | BY_RECORDING)))
			list[kept++] = list[i];
	return kept;
}

const char *compare_label(const struct compare_row *row,
			  char buf[COMPARE_LABEL_MAX])
{
	const struct column *list[COLUMNS_MAX];
	unsigned int nr, i, decimals;
	char number[DECIMAL_MAX];
	struct value value;
	size_t used = 0;

	if (!row->group)
		return "all exits";
	*buf = '\0';
	nr = compare_labels(row->view, false, list);
	for (i = 0; i < nr && used < COMPARE_LABEL_MAX; i++) {
		columns_get(row->view, list[i], row->group, &value);
		if (value.type == VALUE_NONE)
			continue;
		decimals = value.type == VALUE_DECIMAL ? value.decimals : 0;
		used += snprintf(buf + used, COMPARE_LABEL_MAX - used, "%s%s%s",
				 used ? " " : "",
				 value.type == VALUE_TEXT ? "" :
				 list[i]->key,
				 value.type == VALUE_TEXT ? value.text : " ");
		if (value.type != VALUE_TEXT && used < COMPARE_LABEL_MAX)
			used += snprintf(buf + used, COMPARE_LABEL_MAX - used, "%s",
					 decimal_text(number, value.integer,
						      decimals));
	}
	return buf;
}

const char *compare_number(char buf[COMPARE_NUMBER_MAX], double v,
			   unsigned int places)
{
	const double scaled = round(fabs(v) * pow(10, places));
	char digits[DECIMAL_MAX];

	if (!(scaled < 1e37))
		return "inf";
	decimal_text(digits, (u128)scaled, places);
	snprintf(buf, COMPARE_NUMBER_MAX, "%s%s", v < 0 && scaled > 0 ? "-" : "",
		 digits);
	return buf;
}

const char *compare_evidence(const struct comparison *c)
{
	if (c->evidence == EVIDENCE_NONE || c->blind)
		return "none";
	if (c->within)
		return "within";
	return c->evidence == EVIDENCE_EXACT ? "exact" : "weak";
}

const char *compare_verdict(enum compare_verdict verdict)
{
	static const char *const names[] = {
		[VERDICT_NONE] = "none", [VERDICT_UNSURE] = "unsure",
		[VERDICT_SAME] = "same", [VERDICT_LESS] = "better",
		[VERDICT_MORE] = "worse",
	};

	return names[verdict];
}

const char *compare_change(enum compare_verdict verdict)
{
	if (verdict == VERDICT_LESS)
		return "less";
	return verdict == VERDICT_MORE ? "more" : compare_verdict(verdict);
}
