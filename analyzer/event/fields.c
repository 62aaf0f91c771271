// SPDX-License-Identifier: GPL-2.0
#include "event/fields.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "event/symbols.h"

#define LINE_MAX_BYTES	256u	/* a longer line is that of no usual field */

/* A line of a format: "\tfield:u64 seq;\toffset:72;\tsize:8;\tsigned:0;" */
struct line {
	char type[LINE_MAX_BYTES];	/* up to the name */
	char name[FIELDS_NAME_MAX];
	unsigned int offset, size, is_signed;
	bool is_array;
};

/* "char comm[16]" -> its parts */
static bool split_declaration(struct line *l, char *text)
{
	char *array = strchr(text, '['), *name;

	/* "__data_loc char[] name" has its brackets before the name. */
	l->is_array = array;
	if (array && !strchr(array, ' '))
		*array = '\0';
	name = strrchr(text, ' ');
	if (!name || strlen(name + 1) >= sizeof(l->name))
		return false;
	*name = '\0';
	strcpy(l->type, text);
	strcpy(l->name, name + 1);
	return true;
}

static bool parse_line(struct line *l, const char *text, size_t len)
{
	static const char prefix[] = "\tfield:";
	const size_t before = sizeof(prefix) - 1;
	char copy[LINE_MAX_BYTES], *end;

	if (len <= before || len >= sizeof(copy) || memcmp(text, prefix, before))
		return false;
	memcpy(copy, text + before, len - before);
	copy[len - before] = '\0';
	end = strchr(copy, ';');
	if (!end || sscanf(end, "; offset:%5u; size:%5u; signed:%1u;",
			   &l->offset, &l->size, &l->is_signed) != 3)
		return false;
	*end = '\0';
	return split_declaration(l, copy);
}

/* Little-endian: subbuf.h has it swapped. */
static uint64_t load(const uint8_t *data, unsigned int size, bool is_signed)
{
	uint64_t v = 0;
	unsigned int i;

	for (i = 0; i < size; i++)
		v |= (uint64_t)data[i] << 8 * i;
	if (is_signed && size < 8 && v >> (8 * size - 1))
		v |= UINT64_MAX << 8 * size;
	return v;
}

static bool set_text(struct field *f, const struct subbuf_record *rec,
		     uint32_t offset, uint32_t size)
{
	const char *text = (const char *)rec->data + offset;

	if (offset > rec->len || size > rec->len - offset)
		return false;
	f->is_text = true;
	escape_text(f->text, sizeof(f->text), text, strnlen(text, size));
	return true;
}

/* Return false if it is no integer and no text, or not in @rec. */
static bool set_field(struct field *f, const struct line *l,
		      const struct subbuf_record *rec)
{
	const uint8_t *data = rec->data + l->offset;
	uint32_t place;

	*f = (struct field){ .is_signed = l->is_signed };
	strcpy(f->name, l->name);
	if (!l->size || l->offset > rec->len || l->size > rec->len - l->offset)
		return false;
	if (!strncmp(l->type, "__data_loc char", 15) && l->size == 4) {
		place = load(data, 4, false);
		return set_text(f, rec, place & 0xffff, place >> 16);
	}
	if (l->is_array)
		return !strncmp(l->type, "char", 4) &&
		       set_text(f, rec, l->offset, l->size);
	if (l->size > 8)
		return false;
	f->value = load(data, l->size, l->is_signed);
	return true;
}

static void read_fields(struct fields *f, const struct source_format *format,
			const struct subbuf_record *rec)
{
	const char *text = format->text, *newline;
	const char *end = text + symbols_fields_len(text, format->len);
	struct line l;

	for (; text < end && f->nr < FIELDS_MAX; text = newline + 1) {
		newline = memchr(text, '\n', end - text);
		if (!newline)
			newline = end;
		if (parse_line(&l, text, newline - text) &&
		    strncmp(l.name, "common_", 7) &&
		    set_field(&f->list[f->nr], &l, rec))
			f->nr++;
	}
}

/* Copy the first line's name if it is the format of event @id. */
static bool is_format_of(const struct source_format *format, unsigned int id,
			 char name[FIELDS_NAME_MAX])
{
	char head[FIELDS_NAME_MAX + 64], text[64];
	size_t len = format->len;
	unsigned int found;

	if (len >= sizeof(head))
		len = sizeof(head) - 1;
	memcpy(head, format->text, len);
	head[len] = '\0';
	if (sscanf(head, "name: %63s\nID: %5u", text, &found) != 2 || found != id)
		return false;
	escape_text(name, FIELDS_NAME_MAX, text, strlen(text));
	return true;
}

void fields_read(struct fields *f, const struct source *src,
		 const struct subbuf_record *rec)
{
	const unsigned int id = subbuf_event_id(rec);
	struct source_formats it = SOURCE_FORMATS_INIT;
	struct source_format format;

	f->nr = 0;
	while (source_next_format(src, &it, &format))
		if (is_format_of(&format, id, f->event)) {
			read_fields(f, &format, rec);
			return;
		}
	snprintf(f->event, sizeof(f->event), "event %u", id);
}

/* Those of nanoseconds are read as numbers. */
static bool is_time(const char *name)
{
	const size_t len = strlen(name);

	return !strcmp(name, "ns") || (len > 3 && !strcmp(name + len - 3, "_ns"));
}

const char *field_text(const struct field *f, char buf[FIELD_SHOWN_MAX])
{
	if (f->is_text)
		return f->text;
	if (f->is_signed)
		snprintf(buf, FIELD_SHOWN_MAX, "%" PRId64, (int64_t)f->value);
	else
		snprintf(buf, FIELD_SHOWN_MAX,
			 f->value > 9 && !is_time(f->name) ? "0x%" PRIx64 :
							     "%" PRIu64,
			 f->value);
	return buf;
}
