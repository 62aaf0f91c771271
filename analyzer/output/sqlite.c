// SPDX-License-Identifier: GPL-2.0
/*
 * Single exits as a database of SQLite, for whoever asks in SQL: a table of typed rows
 * with indexes on time and reason, what the recording says of itself, and views for the
 * usual questions.
 *
 * The library of SQLite writes to a file with a name.  So there is a temporary one, in
 * /var/tmp, which is then copied to where the output goes.
 */
#include <errno.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/decimal.h"
#include "base/error.h"
#include "output/formats.h"
#include "result/columns.h"

#define SQL_MAX		4096u

struct database {
	const struct view *v;
	sqlite3 *db;
	sqlite3_stmt *insert;
	const struct column *list[COLUMNS_MAX];
	unsigned int nr;
	char path[4096];
};

static int failed(const struct database *d)
{
	error("cannot write a database: %s: %s", d->path, sqlite3_errmsg(d->db));
	return VIEW_SAID;
}

static int run(const struct database *d, const char *sql)
{
	return sqlite3_exec(d->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : failed(d);
}

/* Columns */

static bool has(const struct database *d, const char *key)
{
	unsigned int i;

	for (i = 0; i < d->nr; i++)
		if (!strcmp(d->list[i]->key, key))
			return true;
	return false;
}

static const char *type_of(const struct view *v, const struct column *col)
{
	static const char *const texts[] = {
		"reason", "isa", "rip", "function", "detail", "detail_kind", "vm_name",
		"thread_name",
	};
	unsigned int i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!strcmp(col->key, texts[i]))
			return "TEXT";
	return col->unit == UNIT_SECONDS ||
	       (col->unit == UNIT_CYCLES && v->shown.decimals) ? "REAL" : "INTEGER";
}

/* Each row is one exit: a column that says so, for sums, is left out. */
static void select_columns(struct database *d)
{
	const struct column *all[COLUMNS_MAX];
	unsigned int nr = columns_select(d->v, true, all), i;

	for (i = 0; i < nr; i++)
		if (strcmp(all[i]->key, "exits"))
			d->list[d->nr++] = all[i];
}

static int create(struct database *d)
{
	char create[SQL_MAX] = "CREATE TABLE exits (", insert[SQL_MAX] = "INSERT INTO exits VALUES (";
	char name[COLUMN_TEXT_MAX];
	unsigned int i;

	for (i = 0; i < d->nr; i++) {
		size_t used = strlen(create);

		snprintf(create + used, sizeof(create) - used, "%s\"%s\" %s", i ? ", " : "",
			 columns_name(d->v, d->list[i]->key, name),
			 type_of(d->v, d->list[i]));
		strcat(insert, i ? ", ?" : "?");
	}
	strcat(create, ")");
	strcat(insert, ")");
	if (run(d, create) < 0)
		return VIEW_SAID;
	return sqlite3_prepare_v2(d->db, insert, -1, &d->insert, NULL) == SQLITE_OK ? 0 :
	       failed(d);
}

/* Rows */

static int bind(sqlite3_stmt *to, int place, const struct value *value)
{
	char buf[DECIMAL_U128_MAX];

	switch (value->type) {
	case VALUE_INTEGER:
		if (value->integer <= INT64_MAX)
			return sqlite3_bind_int64(to, place, value->integer);
		/* No integer of SQLite's can be so large. */
		return sqlite3_bind_text(to, place, decimal_u128(buf, value->integer), -1,
					 SQLITE_TRANSIENT);
	case VALUE_DECIMAL:
		return sqlite3_bind_double(to, place,
					   decimal_real(value->integer, value->decimals));
	case VALUE_TEXT:
		return sqlite3_bind_text(to, place, value->text, -1, SQLITE_TRANSIENT);
	default:
		return sqlite3_bind_null(to, place);
	}
}

static int put_exit(void *arg, const struct view *v, const struct group *g)
{
	struct database *d = arg;
	struct value value;
	unsigned int i;

	for (i = 0; i < d->nr; i++) {
		columns_get(v, d->list[i], g, &value);
		if (bind(d->insert, i + 1, &value) != SQLITE_OK)
			return failed(d);
	}
	if (sqlite3_step(d->insert) != SQLITE_DONE || sqlite3_reset(d->insert) != SQLITE_OK)
		return failed(d);
	return 0;
}

/* What the recording says, and what it lacks: one row */
static int put_facts(const struct database *d)
{
	const struct view *v = d->v;
	char path[4096], sql[SQL_MAX], *text;
	int ret;

	escape_text(path, sizeof(path), v->info->path, strlen(v->info->path));
	snprintf(sql, sizeof(sql),
		 "CREATE TABLE recording (path TEXT, clock TEXT, unit TEXT, stamped INTEGER, exits INTEGER, exits_before INTEGER, exits_lost INTEGER, round_trips_unused INTEGER, lost_events INTEGER, span REAL);"
		 "INSERT INTO recording VALUES (%%Q, %%Q, %%Q, %d, %" PRIu64 ", %" PRIu64 ", %" PRIu64 ", %" PRIu64 ", %" PRIu64 ", %s%" PRIu64 "e-9)",
		 v->stamped, v->exits, v->before, v->lost, v->unused,
		 v->losses.lost_events, v->has_span ? "" : "NULL --", v->span_ns);
	text = sqlite3_mprintf(sql, path, v->info->clock, columns_unit(v));
	if (!text)
		return -1;
	ret = run(d, text);
	sqlite3_free(text);
	return ret;
}

/* Views */

/* Exits by @keys, which are columns or what "AS" names, in the order of @order */
static int put_view(const struct database *d, const char *name, const char *keys,
		    const char *group, const char *order)
{
	const char *unit = columns_unit(d->v), *parts = "";
	char sql[SQL_MAX];

	if (has(d, "halted"))
		parts = ", sum(user) AS user, sum(halted) AS halted, sum(off_cpu) AS off_cpu";
	snprintf(sql, sizeof(sql),
		 "CREATE VIEW %s AS SELECT %s, count(*) AS exits, sum(\"%s\") AS \"%s\", round(100.0 * sum(\"%s\") / (SELECT sum(\"%s\") FROM exits), 2) AS percent, avg(\"%s\") AS avg, max(\"%s\") AS max%s FROM exits GROUP BY %s ORDER BY %s",
		 name, keys, unit, unit, unit, unit, unit, unit, parts, group, order);
	return run(d, sql);
}

/* Each rank is that of the smallest exit that so many do not exceed. */
static int put_percentiles(const struct database *d)
{
	const char *unit = columns_unit(d->v);
	char sql[SQL_MAX];

	snprintf(sql, sizeof(sql),
		 "CREATE VIEW percentiles AS SELECT reason, n AS exits, min(CASE WHEN 2 * i >= n THEN \"%s\" END) AS p50, min(CASE WHEN 10 * i >= 9 * n THEN \"%s\" END) AS p90, min(CASE WHEN 100 * i >= 99 * n THEN \"%s\" END) AS p99, min(CASE WHEN 1000 * i >= 999 * n THEN \"%s\" END) AS p99_9, max(\"%s\") AS max FROM (SELECT reason, \"%s\", row_number() OVER (PARTITION BY reason ORDER BY \"%s\") AS i, count(*) OVER (PARTITION BY reason) AS n FROM exits WHERE \"%s\" IS NOT NULL) GROUP BY reason ORDER BY exits DESC",
		 unit, unit, unit, unit, unit, unit, unit, unit);
	return run(d, sql);
}

static int put_views(const struct database *d)
{
	static const char by_cost[] = "percent DESC";
	char slowest[256];

	snprintf(slowest, sizeof(slowest),
		 "CREATE VIEW slowest AS SELECT * FROM exits ORDER BY \"%s\" DESC",
		 columns_unit(d->v));
	if (put_view(d, "by_reason", "reason", "reason", by_cost) < 0 ||
	    put_view(d, "by_detail", "reason, detail", "reason, detail", by_cost) < 0 ||
	    put_view(d, "by_second", "CAST(time AS INTEGER) AS second, reason",
		     "second, reason", "second, percent DESC") < 0 ||
	    (has(d, "vm") && has(d, "vcpu") &&
	     put_view(d, "by_vcpu", "vm, vcpu", "vm, vcpu", by_cost) < 0) ||
	    put_percentiles(d) < 0)
		return VIEW_SAID;
	return run(d, slowest);
}

/* The file */

static int fill(struct database *d)
{
	int ret;

	if (sqlite3_open(d->path, &d->db) != SQLITE_OK)
		return failed(d);
	select_columns(d);
	/* Nobody reads it before it is whole. */
	if (run(d, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN") < 0 ||
	    create(d) < 0)
		return VIEW_SAID;
	ret = view_for_groups(d->v, put_exit, d);
	if (ret || (ret = put_facts(d)) || (ret = put_views(d)))
		return ret;
	return run(d, "CREATE INDEX exits_time ON exits (time); CREATE INDEX exits_reason ON exits (reason); COMMIT");
}

static int copy(int fd, FILE *out)
{
	char buf[65536];
	ssize_t len;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return -1;
	while ((len = read(fd, buf, sizeof(buf))) > 0)
		if (fwrite(buf, 1, len, out) != (size_t)len)
			return -1;
	return len < 0 ? -1 : 0;
}

static int put_block(const struct view *v, FILE *out)
{
	struct database d = { .v = v, .path = "/var/tmp/kvm-exit-cycles-XXXXXX" };
	int fd, ret;

	fd = mkstemp(d.path);
	if (fd < 0) {
		error("cannot create: %s: %s", d.path, strerror(errno));
		return VIEW_SAID;
	}
	ret = fill(&d);
	sqlite3_finalize(d.insert);
	if (sqlite3_close(d.db) != SQLITE_OK)
		ret = -1;
	if (!ret)
		ret = copy(fd, out);
	close(fd);
	unlink(d.path);
	return ret;
}

const struct format format_sqlite = { NULL, put_block, NULL };
