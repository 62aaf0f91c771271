// SPDX-License-Identifier: GPL-2.0
#include "event/symbols.h"

#include <string.h>

#define NESTING_MAX	16

enum token {
	TOKEN_END,
	TOKEN_NAME,
	TOKEN_NUMBER,
	TOKEN_STRING,
	TOKEN_EQUAL,		/* == */
	TOKEN_UNEQUAL,		/* != */
	TOKEN_ARROW,		/* -> */
	TOKEN_SHIFT,		/* << */
	TOKEN_CHAR = 256,	/* plus the character */
};

/* Any other character as a token */
#define TOKEN(c)	(TOKEN_CHAR + (c))

struct scan {
	const char *pos, *end;
	unsigned int token;
	const char *text;	/* of a name or string: first byte */
	size_t len;
	uint64_t number;
	struct reasons *reasons;
	const struct machine *machine;
	uint32_t isa;		/* of the next table; 0: cannot tell */
	uint32_t then;		/* of the one behind that */
	uint32_t asked;		/* ISAs in the conditions so far: isa_bit() */
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       is_digit(c);
}

static int digit_value(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}

/* Decimal, octal or hexadecimal, as in C; suffixes such as UL are dropped. */
static void scan_number(struct scan *s)
{
	int base = 10;

	s->token = TOKEN_NUMBER;
	s->number = 0;
	if (*s->pos == '0') {
		base = 8;
		if (s->end - s->pos > 1 && (s->pos[1] | 32) == 'x') {
			base = 16;
			s->pos += 2;
		}
	}
	for (; s->pos < s->end && digit_value(*s->pos) < base; s->pos++)
		s->number = s->number * base + digit_value(*s->pos);
	while (s->pos < s->end && is_name(*s->pos))
		s->pos++;
}

static void scan_string(struct scan *s)
{
	s->token = TOKEN_STRING;
	s->text = ++s->pos;
	while (s->pos < s->end && *s->pos != '"')
		s->pos += *s->pos == '\\' && s->end - s->pos > 1 ? 2 : 1;
	s->len = s->pos - s->text;
	if (s->pos < s->end)
		s->pos++;
}

static void scan_name(struct scan *s)
{
	s->token = TOKEN_NAME;
	s->text = s->pos;
	while (s->pos < s->end && is_name(*s->pos))
		s->pos++;
	s->len = s->pos - s->text;
}

static void scan_char(struct scan *s)
{
	static const struct {
		char text[3];
		enum token token;
	} pairs[] = {
		{ "==", TOKEN_EQUAL }, { "!=", TOKEN_UNEQUAL },
		{ "->", TOKEN_ARROW }, { "<<", TOKEN_SHIFT },
	};
	unsigned int i;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (s->end - s->pos < 2 || memcmp(s->pos, pairs[i].text, 2))
			continue;
		s->token = pairs[i].token;
		s->pos += 2;
		return;
	}
	s->token = TOKEN((unsigned char)*s->pos++);
}

static void next(struct scan *s)
{
	while (s->pos < s->end && (*s->pos == ' ' || *s->pos == '\t' ||
				   *s->pos == '\n'))
		s->pos++;
	if (s->pos == s->end)
		s->token = TOKEN_END;
	else if (is_digit(*s->pos))
		scan_number(s);
	else if (is_name(*s->pos))
		scan_name(s);
	else if (*s->pos == '"')
		scan_string(s);
	else
		scan_char(s);
}

/* NULL is no word. */
static bool is_word(const struct scan *s, const char *word)
{
	return s->token == TOKEN_NAME && word && s->len == strlen(word) &&
	       !memcmp(s->text, word, s->len);
}

static bool evaluate(struct scan *s, uint64_t *v, unsigned int depth);

/* "5", "-1", "(0x40)"; the token after it is next. */
static bool evaluate_operand(struct scan *s, uint64_t *v, unsigned int depth)
{
	if (depth > NESTING_MAX)
		return false;
	if (s->token == TOKEN_NUMBER) {
		*v = s->number;
		next(s);
		return true;
	}
	if (s->token == TOKEN('-') || s->token == TOKEN('~')) {
		bool negative = s->token == TOKEN('-');

		next(s);
		if (!evaluate_operand(s, v, depth + 1))
			return false;
		*v = negative ? -*v : ~*v;
		return true;
	}
	if (s->token != TOKEN('('))
		return false;
	next(s);
	if (!evaluate(s, v, depth + 1) || s->token != TOKEN(')'))
		return false;
	next(s);
	return true;
}

/* Operands with +, -, | and <<, from left to right. */
static bool evaluate(struct scan *s, uint64_t *v, unsigned int depth)
{
	unsigned int op;
	uint64_t right;

	if (!evaluate_operand(s, v, depth))
		return false;
	for (;;) {
		op = s->token;
		if (op != TOKEN('+') && op != TOKEN('-') && op != TOKEN('|') &&
		    op != TOKEN_SHIFT)
			return true;
		next(s);
		if (!evaluate_operand(s, &right, depth))
			return false;
		if (op == TOKEN('+'))
			*v += right;
		else if (op == TOKEN('-'))
			*v -= right;
		else if (op == TOKEN('|'))
			*v |= right;
		else
			*v = right < 64 ? *v << right : 0;
	}
}

/* What the numbers of a table are */
enum table_of {
	TABLE_OTHER,
	TABLE_REASONS,
	TABLE_SORTS,
};

static enum table_of table_of(const struct scan *s)
{
	const struct machine *m = s->machine;

	if (is_word(s, m->reason_field) || is_word(s, m->reason_older))
		return TABLE_REASONS;
	return is_word(s, m->sort_field) || is_word(s, m->sort_older) ?
	       TABLE_SORTS : TABLE_OTHER;
}

/* Return false for a sort of exits that are told apart by their reasons. */
static bool code_of(const struct machine *m, enum table_of of, uint32_t isa,
		    uint64_t number, uint64_t *code)
{
	if (of == TABLE_REASONS) {
		*code = m->code(isa, MACHINE_NO_SORT, number);
		return true;
	}
	*code = m->code(isa, number, 0);
	return *code == m->code(isa, number, 1);
}

static int add_name(struct scan *s, uint32_t isa, uint64_t code)
{
	char name[REASON_NAME_MAX];
	size_t i, n = 0;

	for (i = 0; i < s->len && n < sizeof(name) - 1; i++) {
		if (s->text[i] == '\\' && i + 1 < s->len)
			i++;
		/* A NUL must not end the name early; reasons_add() cleans. */
		name[n++] = s->text[i] ? s->text[i] : '?';
	}
	name[n] = '\0';
	return reasons_add(s->reasons, isa, code, name);
}

/* "{ 0x040 + 0, "DE excp" }"; the token is the brace. */
static int scan_symbol(struct scan *s, enum table_of of, uint32_t isa)
{
	uint64_t number, code;

	next(s);
	if (!evaluate(s, &number, 0) || s->token != TOKEN(','))
		return 0;
	next(s);
	return s->token == TOKEN_STRING &&
	       code_of(s->machine, of, isa, number, &code) ?
	       add_name(s, isa, code) : 0;
}

/*
 * "(REC->exit_reason & 0xffff, { 0, "EXCEPTION_NMI" }, ...)"; the token is
 * __print_symbolic.
 */
static int scan_table(struct scan *s)
{
	enum table_of of = TABLE_OTHER;
	bool in_table = false;
	uint32_t isa = s->machine->isa_field ? s->isa : s->machine->isas[0].isa;
	int depth = 0;

	for (next(s); s->token != TOKEN_END; next(s)) {
		if (s->token == TOKEN('('))
			depth++;
		else if (s->token == TOKEN(')') && --depth <= 0)
			break;
		else if (s->token == TOKEN(',') && depth == 1)
			in_table = true;
		else if (!in_table && of == TABLE_OTHER)
			of = table_of(s);
		else if (in_table && of != TABLE_OTHER && isa &&
			 s->token == TOKEN('{') && scan_symbol(s, of, isa) < 0)
			return -1;
	}
	if (of != TABLE_OTHER) {
		s->isa = s->then;
		s->then = 0;
	}
	return 0;
}

/* After "isa" or "1": does the rest compare it with the other?  Return its ISA. */
static void scan_condition(struct scan *s)
{
	bool named = s->token == TOKEN_NAME;
	uint64_t isa = s->number;
	unsigned int op;

	next(s);
	op = s->token;
	if (op != TOKEN_EQUAL && op != TOKEN_UNEQUAL)
		return;
	next(s);
	if (named) {
		if (s->token != TOKEN_NUMBER)
			return;
		isa = s->number;
	} else {
		if (is_word(s, "REC"))
			next(s);
		if (s->token == TOKEN_ARROW)
			next(s);
		if (!is_word(s, s->machine->isa_field))
			return;
	}
	if (!isa || isa >= ISA_REST)
		return;
	s->asked |= isa_bit(isa);
	s->isa = op == TOKEN_EQUAL ? isa : s->machine->isa_left(s->asked);
	s->then = op == TOKEN_EQUAL ? s->machine->isa_left(s->asked) : isa;
	next(s);
}

/* The second looks codes of 64 bits up, as newer kernels have them on SVM. */
static bool is_print_symbolic(const struct scan *s)
{
	return is_word(s, "__print_symbolic") ||
	       is_word(s, "__print_symbolic_u64");
}

static int scan_all(struct scan *s)
{
	int depth = 0;

	next(s);
	while (s->token != TOKEN_END) {
		if (is_word(s, s->machine->isa_field) || s->token == TOKEN_NUMBER) {
			scan_condition(s);
			continue;
		}
		if (s->token == TOKEN('('))
			depth++;
		else if (s->token == TOKEN(')'))
			depth--;
		else if (s->token == TOKEN(',') && depth <= 0)
			s->isa = s->then = s->asked = 0;
		else if (is_print_symbolic(s) && scan_table(s) < 0)
			return -1;
		next(s);
	}
	return 0;
}

size_t symbols_fields_len(const char *text, size_t len)
{
	static const char mark[] = "\nprint fmt:";
	const char *p = memmem(text, len, mark, sizeof(mark) - 1);

	return p ? (size_t)(p + 1 - text) : len;
}

int symbols_load(struct reasons *r, const struct machine *machine,
		 const char *text, size_t len)
{
	size_t fields = symbols_fields_len(text, len);
	struct scan s = {
		.pos = text + fields, .end = text + len, .reasons = r,
		.machine = machine,
	};

	return scan_all(&s);
}
