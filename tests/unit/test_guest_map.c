// SPDX-License-Identifier: GPL-2.0
/* Functions of a guest: of text and ELF files, and of files that are neither. */
#include "reader-test.h"
#include "sanitized.h"

#include "event/guest_map.h"

static struct guest_map map;

static int read_map(const char *text, size_t len)
{
	const char *path = test_path("map");

	write_whole(path, text, len);
	return guest_map_read(&map, path);
}

static void assert_in(uint64_t address, const char *name, uint64_t offset)
{
	const struct guest_function *f = guest_map_find(&map, address);

	if (!name) {
		assert_null(f);
		return;
	}
	assert_non_null(f);
	assert_string_equal(guest_map_name(&map, f), name);
	assert_int_equal(address - f->address, offset);
}

/* In any order, with data in between, two names of an address, and modules */
static void test_text(void **state)
{
	static const char text[] =
		"0000000000000000 A fixed_percpu_data\n"
		"ffffffff81000000 T _stext\n"
		"ffffffff81000000 T _text\n"
		"ffffffff81000100 t local_one\n"
		"ffffffff81000100 T global_one\n"
		"ffffffff81000180 D some_data\n"
		"ffffffff81000080 W weak_one\n"
		"ffffffff81a00000 T _etext\n"
		"ffffffff81a00500 D more_data\n"
		"ffffffffc0100000 t mod_first\t[mod]\n"
		"ffffffffc0100040 t mod_last\t[mod]\r\n";

	(void)state;
	assert_int_equal(read_map(text, sizeof(text) - 1), 0);
	assert_int_equal(map.nr, 6);
	assert_in(0, NULL, 0);
	assert_in(0xffffffff80ffffff, NULL, 0);
	assert_in(0xffffffff81000000, "_stext", 0);
	assert_in(0xffffffff8100007f, "_stext", 0x7f);
	assert_in(0xffffffff81000080, "weak_one", 0);
	assert_in(0xffffffff810001ff, "global_one", 0xff);
	assert_in(0xffffffff819fffff, "global_one", 0x9ffeff);
	assert_in(0xffffffff81a00000, NULL, 0);
	assert_in(0xffffffffc00fffff, NULL, 0);
	assert_in(0xffffffffc010003f, "mod_first", 0x3f);
	assert_in(0xffffffffc01fffff + 0x40, "mod_last", 0xfffff);
	assert_in(0xffffffffc0200040, NULL, 0);
	assert_in(UINT64_MAX, NULL, 0);
	guest_map_release(&map);
}

/* What is printed cannot do harm, whatever the file has. */
static void test_names(void **state)
{
	static char text[2000] = "1000 T \x1b[31mred\x80\n2000 T ";

	(void)state;
	memset(text + strlen(text), 'x', 600);
	strcat(text, "\n");
	assert_int_equal(read_map(text, strlen(text)), 0);
	assert_in(0x1000, "?[31mred?", 0);
	assert_int_equal(strlen(guest_map_name(&map, guest_map_find(&map,
								    0x2000))),
			 GUEST_MAP_NAME_MAX - 1);
	guest_map_release(&map);
}

static void refused(const char *text, size_t len, const char *message)
{
	struct capture c;
	int ret;

	capture_start(&c);
	ret = read_map(text, len);
	capture_end(&c);
	assert_int_equal(ret, -1);
	assert_one_message(c.text, message);
	assert_message_has(c.text, message);
	guest_map_release(&map);
}

static void test_refused(void **state)
{
	struct capture c;

	(void)state;
	refused("", 0, "no functions in");
	refused("1000 D data\n", 12, "no functions in");
	refused("1000 T a\nnothing\n", 17, "line 2: expected");
	refused("1000 T \n", 8, "line 1: expected");
	refused("10000000000000000 T a\n", 22, "line 1: expected");
	refused("0 T a\n0 t b\n", 12, "all addresses are 0");
	refused("\177ELF", 4, "map");
	capture_start(&c);
	assert_int_equal(guest_map_read(&map, "/nonexistent"), -1);
	assert_int_equal(guest_map_read(&map, "/"), -1);
	capture_end(&c);
	assert_message_has(c.text, "cannot open: /nonexistent: No such file");
	assert_message_has(c.text, "is a directory: /");
}

/* This program is an ELF file: so are its own functions found. */
static void test_elf(void **state)
{
	size_t i;

	(void)state;
	assert_int_equal(guest_map_read(&map, "/proc/self/exe"), 0);
	assert_true(map.nr > 10);
	for (i = 0; i < map.nr; i++)
		if (!strcmp(guest_map_name(&map, &map.functions[i]), "main"))
			break;
	assert_true(i < map.nr);
	assert_in(map.functions[i].address + 1, "main", 1);
	guest_map_release(&map);
}

/* Damaged ELF files, and what is no map at all */
static void test_damaged(void **state)
{
	const char *path = test_path("damaged");
	unsigned int i, k, times = SANITIZED ? 100 : 400;
	uint64_t rng = 1;
	struct capture c;
	uint8_t *data;
	size_t len;

	(void)state;
	data = read_whole("/proc/self/exe", &len);
	capture_start(&c);
	for (i = 0; i < times; i++) {
		for (k = 0; k < 20; k++)
			data[next_random(&rng) % (k < 10 ? 64 : len)] =
				next_random(&rng);
		memcpy(data, "\177ELF", 4);
		write_whole(path, data, i % 3 ? len : next_random(&rng) % len);
		guest_map_read(&map, path);
		guest_map_find(&map, next_random(&rng));
		guest_map_release(&map);
	}
	capture_end(&c);
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_elf),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
