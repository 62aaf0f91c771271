// SPDX-License-Identifier: GPL-2.0
#include "live/screen.h"

#include <curses.h>
#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "console.h"

#define FRAMES_MAX	600u
#define BYTES_MAX	(32u << 20)	/* of all frames */
#define PAGE		10		/* frames */
#define TREND		12		/* intervals, a character each */
#define HEAD_LINES	6
#define NAME_MIN	12
#define INPUT_MAX	40u

enum column { NAME, EXITS, RATE, CYCLES, AVG, MIN, P50, P99, MAX, NR_COLUMNS };

static const struct {
	const char *title;		/* "%": the unit */
	int width;
} columns[NR_COLUMNS] = {
	{ "name", 0 }, { "exits", 11 }, { "exits/s", 9 }, { "%", 17 },
	{ "avg", 10 }, { "min", 9 }, { "p50", 9 }, { "p99", 11 }, { "max", 12 },
};

struct screen {
	struct kvx *k;
	uint64_t *interval_ms;
	FILE *messages;
	char *text;
	size_t len;

	struct frame frames[FRAMES_MAX];	/* the latest ones, in a circle */
	size_t first, nr;
	size_t bytes;
	uint64_t dropped;

	bool interval;			/* figures of it; or since the start */
	bool frozen;
	size_t back;			/* so many frames before the latest, if frozen */
	size_t top;			/* the first row on the screen */
	enum column sort;
	bool reverse, help;
	bool quit;
	const char *prompt;		/* a key asks for more; NULL: no */
	char input[INPUT_MAX], filter[INPUT_MAX];
	char said[FRAME_TEXT_MAX];
};

static struct frame *frame_at(struct screen *s, size_t back)
{
	return &s->frames[(s->first + s->nr - 1 - back) % FRAMES_MAX];
}

static size_t bytes_of(const struct frame *f)
{
	return 2 * f->figures.nr * sizeof(*f->figures.rows);
}

static void drop_first(struct screen *s)
{
	struct frame *f = &s->frames[s->first];

	s->bytes -= bytes_of(f);
	frame_release(f);
	s->first = (s->first + 1) % FRAMES_MAX;
	s->nr--;
	s->dropped++;
}

/* Figures */

static double rate(const struct figures_row *row, uint64_t ms)
{
	return ms ? row->exits * 1000. / ms : 0;
}

/* What is sorted by; unknown figures come last. */
static uint64_t figure(const struct figures_row *row, enum column column)
{
	switch (column) {
	case EXITS:
	case RATE:	return row->exits;
	case CYCLES:	return row->cycles;
	case AVG:	return figures_average(row);
	case MIN:	return row->has_range ? row->min : 0;
	case P50:	return row->has_percentiles ? row->p50 : 0;
	case P99:	return row->has_percentiles ? row->p99 : 0;
	case MAX:	return row->has_range ? row->max : 0;
	default:	return 0;
	}
}

static int compare(const void *a, const void *b, void *screen)
{
	const struct screen *s = screen;
	const struct figures_row *x = *(const struct figures_row *const *)a;
	const struct figures_row *y = *(const struct figures_row *const *)b;
	const uint64_t u = figure(x, s->sort), v = figure(y, s->sort);
	const int order = u != v ? (u < v ? 1 : -1) : strcmp(x->name, y->name);

	return s->reverse ? -order : order;
}

/* What is shown: of the frame so many back.  Its rows are @out's, and sorted. */
struct shown {
	struct figures figures;
	const struct figures_row **rows;
	size_t nr;
	uint64_t ms;			/* that they are of */
	const struct frame *frame;
};

static void shown_release(struct shown *v)
{
	figures_release(&v->figures);
	free(v->rows);
}

static bool has_previous(const struct screen *s, size_t back)
{
	return back + 1 < s->nr;
}

static void choose_rows(struct screen *s, struct shown *v)
{
	size_t i;

	v->rows = malloc((v->figures.nr + 1) * sizeof(*v->rows));
	for (i = 0; v->rows && i < v->figures.nr; i++)
		if (!*s->filter || strstr(v->figures.rows[i].name, s->filter))
			v->rows[v->nr++] = &v->figures.rows[i];
	if (v->nr)
		qsort_r(v->rows, v->nr, sizeof(*v->rows), compare, s);
}

static void show_frame(struct screen *s, struct shown *v, size_t back)
{
	const struct figures none = { .rows = NULL };
	const struct frame *f = frame_at(s, back), *before = NULL;

	*v = (struct shown){ .frame = f, .ms = f->ms };
	if (s->interval && has_previous(s, back)) {
		before = frame_at(s, back + 1);
		v->ms -= before->ms;
	}
	if (figures_since(&v->figures, &f->figures,
			  before ? &before->figures : &none) == 0) {
		/* Counters were reset in between. */
		figures_release(&v->figures);
		figures_since(&v->figures, &f->figures, &none);
	}
	choose_rows(s, v);
}

/* Trends: exits of the last intervals, the most of them the highest */

static uint64_t exits_of(struct screen *s, size_t back, const char *name)
{
	const struct figures_row *row =
		figures_find(&frame_at(s, back)->figures, name);

	return row ? row->exits : 0;
}

static void put_trend(struct screen *s, size_t back, const char *name)
{
	static const char *const blocks[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆",
					      "▇", "█" };
	static const char *const plain[] = { " ", ".", ":", "-", "=", "+", "*",
					     "#", "@" };
	const char *const *bars = console_has_blocks() ? blocks : plain;
	uint64_t exits[TREND] = { 0 }, most = 0, now, before;
	int i;

	for (i = 0; i < TREND && has_previous(s, back + i); i++) {
		now = exits_of(s, back + i, name);
		before = exits_of(s, back + i + 1, name);
		exits[i] = now > before ? now - before : 0;
		if (exits[i] > most)
			most = exits[i];
	}
	addch(' ');
	for (i = TREND - 1; i >= 0; i--)
		addstr(bars[most ? (exits[i] * 8 + most - 1) / most : 0]);
}

/* Drawing */

/* Text up to the edge; what does not fit is left out. */
static void put_line(int y, attr_t attr, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void put_line(int y, attr_t attr, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (y >= LINES)
		return;
	attrset(attr);
	mvaddnstr(y, 0, text, COLS);
	attrset(A_NORMAL);
}

static attr_t warn_attr(void)
{
	return has_colors() && console_has_colors() ? A_BOLD | COLOR_PAIR(1) : A_BOLD;
}

static int name_width(const struct shown *v)
{
	size_t width = NAME_MIN, i;

	for (i = 0; i < v->nr; i++)
		if (strlen(v->rows[i]->name) > width)
			width = strlen(v->rows[i]->name);
	return width > (size_t)COLS / 3 && COLS / 3 > NAME_MIN ? COLS / 3 : (int)width;
}

/* Columns that fit; the trend is the last one. */
static bool fits(int *x, int width)
{
	if (*x + 1 + width > COLS)
		return false;
	*x += 1 + width;
	return true;
}

static void put_figure(const struct figures_row *row, enum column c, uint64_t ms)
{
	const int width = columns[c].width;

	if (((c == MIN || c == MAX) && !row->has_range) ||
	    ((c == P50 || c == P99) && !row->has_percentiles))
		printw(" %*s", width, "-");
	else if (c == RATE)
		printw(" %*.1f", width, rate(row, ms));
	else
		printw(" %*" PRIu64, width, figure(row, c));
}

static void put_row(struct screen *s, int y, const struct shown *v,
		    const struct figures_row *row, const char *name, int width)
{
	int x = width, c;

	mvprintw(y, 0, "%-*.*s", width, width, name);
	for (c = EXITS; c < NR_COLUMNS && fits(&x, columns[c].width); c++)
		put_figure(row, c, v->ms);
	if (row != &v->figures.total && fits(&x, TREND))
		put_trend(s, s->frozen ? s->back : 0, row->name);
}

static void put_titles(const struct screen *s, const struct shown *v, int width)
{
	int x = width, c;
	char title[16];

	attrset(A_REVERSE);
	mvprintw(HEAD_LINES - 1, 0, "%-*.*s", width, width,
		 s->sort == NAME ? "name*" : v->frame->what);
	for (c = EXITS; c < NR_COLUMNS && fits(&x, columns[c].width); c++) {
		snprintf(title, sizeof(title), "%s%s",
			 *columns[c].title == '%' ? v->frame->unit : columns[c].title,
			 s->sort == (enum column)c ? "*" : "");
		printw(" %*s", columns[c].width, title);
	}
	if (fits(&x, TREND))
		printw(" %-*s", TREND, "trend");
	attrset(A_NORMAL);
}

static void put_head(const struct screen *s, const struct shown *v)
{
	put_line(0, A_BOLD, "kvm-exit-cycles live: %s, %.1f s; every %.1f s",
		 s->interval ? "of the interval" : "since the start", v->ms / 1000.,
		 *s->interval_ms / 1000.);
	if (s->frozen)
		put_line(1, A_REVERSE, "FROZEN at %.1f s, %zu before the latest: space goes on",
			 v->frame->ms / 1000., s->back);
	put_line(2, v->frame->lossy ? warn_attr() : A_NORMAL, "%s", v->frame->missing);
	put_line(3, A_NORMAL, "%s", v->frame->said);
	if (s->prompt)
		put_line(4, A_BOLD, "%s%s", s->prompt, s->input);
	else if (*s->filter)
		put_line(4, A_NORMAL, "only names with: %s", s->filter);
}

static void put_table(struct screen *s, const struct shown *v)
{
	const int width = name_width(v), room = LINES - HEAD_LINES - 2;
	size_t i;

	if (s->top + 1 > v->nr)
		s->top = v->nr ? v->nr - 1 : 0;
	put_titles(s, v, width);
	for (i = s->top; i < v->nr && (int)(i - s->top) < room; i++)
		put_row(s, HEAD_LINES + i - s->top, v, v->rows[i],
			v->rows[i]->name, width);
	attrset(A_BOLD);
	if (room >= 0)
		put_row(s, HEAD_LINES + (i - s->top), v, &v->figures.total,
			"total", width);
	attrset(A_NORMAL);
}

static const char *const help[] = {
	"h ?         this help",
	"q           quit",
	"space       freeze, and go on",
	"left right  an interval back, and forward (PgUp PgDn: ten; Home End: all)",
	"up down     rows",
	"i           since the start, or of the last interval",
	"s d         how often: seconds",
	"n e c a m   sort by name, exits, cycles, average, maximum",
	"< >         sort by the column to the left, to the right",
	"r           the other way round",
	"f           only names with a text; none: all",
	"",
	"min, p50, p99 and max are of all exits of a group, or -.  The trend is of exits",
	"in each of the last intervals.  any key: back",
};

static void put_help(void)
{
	size_t i;

	for (i = 0; i < sizeof(help) / sizeof(help[0]); i++)
		put_line(i, A_NORMAL, "%s", help[i]);
}

static void draw(struct screen *s)
{
	struct shown v;

	erase();
	if (s->help) {
		put_help();
	} else if (!s->nr) {
		put_line(0, A_BOLD, "kvm-exit-cycles live: %s", s->said);
	} else {
		show_frame(s, &v, s->frozen ? s->back : 0);
		put_head(s, &v);
		put_table(s, &v);
		shown_release(&v);
	}
	put_line(LINES - 1, A_DIM, "q quit  h help  space freeze  i interval  s seconds  < > sort  r reverse  f filter");
	refresh();
}

/* Frames */

void screen_add(struct screen *s, struct frame *f)
{
	while (s->nr && (s->nr == FRAMES_MAX || s->bytes + bytes_of(f) > BYTES_MAX))
		drop_first(s);
	s->frames[(s->first + s->nr++) % FRAMES_MAX] = *f;
	s->bytes += bytes_of(f);
	/* What is frozen stays, as long as it is kept. */
	if (s->frozen && s->back + 1 < s->nr)
		s->back++;
	draw(s);
}

void screen_say(struct screen *s, const char *text)
{
	snprintf(s->said, sizeof(s->said), "%s", text);
	draw(s);
}

/* Keys */

static void go_back(struct screen *s, long by)
{
	long back = (s->frozen ? (long)s->back : 0) + by;
	/* Of an interval, the one before is needed. */
	const long most = (long)s->nr - 1 - (s->dropped && s->interval);

	if (back > most)
		back = most;
	s->frozen = true;
	s->back = back > 0 ? back : 0;
}

static void ask(struct screen *s, const char *prompt)
{
	s->prompt = prompt;
	s->input[0] = '\0';
}

#define ASK_SECONDS	"seconds between figures: "
#define ASK_FILTER	"only names with: "

static void answer(struct screen *s)
{
	char *end;
	double seconds;

	if (!strcmp(s->prompt, ASK_FILTER)) {
		strcpy(s->filter, s->input);
		s->top = 0;
	} else {
		seconds = strtod(s->input, &end);
		if (!*end && end != s->input && seconds >= 0.02 && seconds <= 3600)
			*s->interval_ms = seconds * 1000;
		else
			beep();
	}
	s->prompt = NULL;
}

static void handle_input(struct screen *s, int key)
{
	const size_t len = strlen(s->input);

	if (key == '\n' || key == KEY_ENTER) {
		answer(s);
	} else if (key == 27) {
		s->prompt = NULL;
	} else if (key == KEY_BACKSPACE || key == 127 || key == '\b') {
		if (len)
			s->input[len - 1] = '\0';
	} else if (key >= ' ' && key < 127 && len + 1 < INPUT_MAX) {
		s->input[len] = key;
		s->input[len + 1] = '\0';
	}
}

static void sort_by(struct screen *s, int column)
{
	s->sort = (column + NR_COLUMNS) % NR_COLUMNS;
	s->top = 0;
}

static void handle_sort_key(struct screen *s, int key)
{
	switch (key) {
	case 'n': sort_by(s, NAME); break;
	case 'e': sort_by(s, EXITS); break;
	case 'c': sort_by(s, CYCLES); break;
	case 'a': sort_by(s, AVG); break;
	case 'm': sort_by(s, MAX); break;
	case '<': sort_by(s, s->sort - 1); break;
	case '>': sort_by(s, s->sort + 1); break;
	case 'r': s->reverse = !s->reverse; break;
	}
}

static void handle_key(struct screen *s, int key)
{
	switch (key) {
	case 'q': s->quit = true; break;
	case 'h':
	case '?': s->help = true; break;
	case ' ': s->frozen = !s->frozen; s->back = 0; break;
	case 'i': s->interval = !s->interval; break;
	case 's':
	case 'd': ask(s, ASK_SECONDS); break;
	case 'f': ask(s, ASK_FILTER); break;
	case KEY_LEFT: go_back(s, 1); break;
	case KEY_RIGHT: go_back(s, -1); break;
	case KEY_PPAGE: go_back(s, PAGE); break;
	case KEY_NPAGE: go_back(s, -PAGE); break;
	case KEY_HOME: go_back(s, FRAMES_MAX); break;
	case KEY_END: go_back(s, -(long)FRAMES_MAX); break;
	case KEY_UP: s->top -= s->top > 0; break;
	case KEY_DOWN: s->top++; break;
	default: handle_sort_key(s, key); break;
	}
}

bool screen_keys(struct screen *s)
{
	bool any = false;
	int key;

	while (!s->quit && (key = getch()) != ERR) {
		any = true;
		if (key == KEY_RESIZE)
			continue;
		if (s->help)
			s->help = false;
		else if (s->prompt)
			handle_input(s, key);
		else if (s->nr || key == 'q')
			handle_key(s, key);
	}
	if (any && !s->quit)
		draw(s);
	return !s->quit;
}

/* The terminal */

static void prepare(void)
{
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(25);
	curs_set(0);
	if (console_has_colors() && start_color() == OK) {
		use_default_colors();
		init_pair(1, COLOR_RED, -1);
	}
}

struct screen *screen_open(struct kvx *k, uint64_t *interval_ms, bool interval)
{
	struct screen *s = calloc(1, sizeof(*s));
	SCREEN *terminal = NULL;

	setlocale(LC_CTYPE, "");
	if (s)
		s->messages = open_memstream(&s->text, &s->len);
	if (s && s->messages)
		terminal = newterm(NULL, stdout, stdin);
	if (!terminal) {
		kvx_say(k, KVX_ERROR, "cannot show a screen: the terminal \"%s\" is not known: use --batch",
			getenv("TERM") ? getenv("TERM") : "");
		if (s && s->messages)
			fclose(s->messages);
		if (s)
			free(s->text);
		free(s);
		return NULL;
	}
	s->k = k;
	s->interval_ms = interval_ms;
	s->interval = interval;
	s->sort = CYCLES;
	kvx_print_messages(k, s->messages, program_invocation_short_name);
	prepare();
	screen_say(s, "starting");
	return s;
}

void screen_close(struct screen *s)
{
	if (!s)
		return;
	endwin();
	kvx_print_messages(s->k, stderr, program_invocation_short_name);
	fclose(s->messages);
	fwrite(s->text, 1, s->len, stderr);
	free(s->text);
	while (s->nr)
		drop_first(s);
	free(s);
}
