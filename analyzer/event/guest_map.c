// SPDX-License-Identifier: GPL-2.0
#include "event/guest_map.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/error.h"

/* The end of the kernel's code: nothing from there on is in a function. */
#define END_OF_TEXT	"_etext"

static int grow_names(struct guest_map *map, const char *path)
{
	size_t size = map->names_allocated ? map->names_allocated * 2 : 65536;
	char *names;

	if (map->names_len + GUEST_MAP_NAME_MAX > GUEST_MAP_NAMES_MAX)
		return error("too many functions: %s: their names have more than %u bytes",
			     path, GUEST_MAP_NAMES_MAX);
	names = realloc(map->names, size);
	if (!names)
		return error("out of memory: %s: %zu bytes of names", path, size);
	map->names = names;
	map->names_allocated = size;
	return 0;
}

static int add(struct guest_map *map, const char *path, uint64_t address,
	       const char *name, size_t len, bool local)
{
	char *p;
	size_t i;

	if (len >= GUEST_MAP_NAME_MAX)
		len = GUEST_MAP_NAME_MAX - 1;
	if (map->nr == GUEST_MAP_FUNCTIONS_MAX)
		return error("too many functions: %s: more than %u", path,
			     GUEST_MAP_FUNCTIONS_MAX);
	if (array_room(map->functions, map->nr, map->allocated, "functions") < 0)
		return -1;
	if (map->names_allocated - map->names_len < GUEST_MAP_NAME_MAX &&
	    grow_names(map, path) < 0)
		return -1;
	map->functions[map->nr++] = (struct guest_function){
		.address = address, .name = map->names_len, .local = local,
	};
	p = map->names + map->names_len;
	for (i = 0; i < len; i++)
		p[i] = name[i] > ' ' && name[i] <= '~' ? name[i] : '?';
	p[len] = '\0';
	map->names_len += len + 1;
	return 0;
}

/* "ffffffff81000000 T _stext", with "\t[kvm]" behind it if it is of a module */
static bool parse_line(const char *line, uint64_t *address, char *type,
		       const char **name, size_t *len)
{
	char *end;

	if (!isxdigit((unsigned char)*line))
		return false;
	errno = 0;
	*address = strtoull(line, &end, 16);
	if (errno || end[0] != ' ' || !isalpha((unsigned char)end[1]) ||
	    end[2] != ' ')
		return false;
	*type = end[1];
	*name = end + 3;
	*len = strcspn(*name, " \t\r\n");
	return *len;
}

static int not_a_map(const char *path, uint64_t line)
{
	return error("not a map of functions: %s: line %llu: expected e.g. \"ffffffff81000000 T _stext\", as in System.map or /proc/kallsyms, or an ELF file",
		     path, (unsigned long long)line);
}

static int read_text(struct guest_map *map, const char *path, FILE *f)
{
	uint64_t address, lines = 0, zeros = 0;
	char line[1024], type;
	const char *name;
	size_t len;

	while (fgets(line, sizeof(line), f)) {
		lines++;
		if (!parse_line(line, &address, &type, &name, &len))
			return not_a_map(path, lines);
		zeros += !address;
		if (!strchr("tTwW", type))
			continue;
		if (add(map, path, address, name, len,
			islower((unsigned char)type)) < 0)
			return -1;
	}
	if (ferror(f))
		return error("cannot read: %s: %s", path, strerror(errno));
	if (lines && zeros == lines)
		return error("all addresses are 0: %s: read /proc/kallsyms of the guest as root, with kernel.kptr_restrict=0",
			     path);
	return 0;
}

static int read_symbols(struct guest_map *map, const char *path, Elf *elf,
			Elf_Scn *section, const GElf_Shdr *header)
{
	Elf_Data *data = elf_getdata(section, NULL);
	const char *name;
	GElf_Sym symbol;
	size_t nr, i;

	if (!data || !header->sh_entsize)
		return 0;
	nr = data->d_size / header->sh_entsize;
	for (i = 0; i < nr && i <= INT32_MAX; i++) {
		if (!gelf_getsym(data, i, &symbol))
			break;
		name = elf_strptr(elf, header->sh_link, symbol.st_name);
		if (!name || !*name || symbol.st_shndx == SHN_UNDEF)
			continue;
		if (GELF_ST_TYPE(symbol.st_info) != STT_FUNC &&
		    strcmp(name, END_OF_TEXT))
			continue;
		if (add(map, path, symbol.st_value, name, strlen(name),
			GELF_ST_BIND(symbol.st_info) == STB_LOCAL) < 0)
			return -1;
	}
	return 0;
}

static int read_elf(struct guest_map *map, const char *path, int fd)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;
	int ret = 0;
	Elf *elf;

	if (elf_version(EV_CURRENT) == EV_NONE)
		return error("cannot read: %s: this libelf is too old", path);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (!elf)
		return error("cannot read: %s: %s", path, elf_errmsg(-1));
	while (ret == 0 && (section = elf_nextscn(elf, section)))
		if (gelf_getshdr(section, &header) &&
		    header.sh_type == SHT_SYMTAB)
			ret = read_symbols(map, path, elf, section, &header);
	elf_end(elf);
	return ret;
}

/* Of several names of an address, the global one, or the first one */
static int compare_functions(const void *a, const void *b)
{
	const struct guest_function *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	if (x->local != y->local)
		return x->local ? 1 : -1;
	return (x->name > y->name) - (x->name < y->name);
}

static void sort(struct guest_map *map)
{
	size_t i, nr = 0;

	qsort(map->functions, map->nr, sizeof(*map->functions),
	      compare_functions);
	for (i = 0; i < map->nr; i++)
		if (!nr || map->functions[nr - 1].address !=
			   map->functions[i].address)
			map->functions[nr++] = map->functions[i];
	map->nr = nr;
}

static int read_file(struct guest_map *map, const char *path, FILE *f)
{
	char magic[SELFMAG];
	struct stat st;

	if (fstat(fileno(f), &st) < 0)
		return error("cannot stat %s: %s", path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return error("is a directory: %s", path);
	if (fread(magic, 1, sizeof(magic), f) == sizeof(magic) &&
	    !memcmp(magic, ELFMAG, sizeof(magic)))
		return read_elf(map, path, fileno(f));
	if (fseek(f, 0, SEEK_SET) < 0)
		return error("cannot read: %s: %s", path, strerror(errno));
	return read_text(map, path, f);
}

int guest_map_read(struct guest_map *map, const char *path)
{
	FILE *f;
	int ret;

	memset(map, 0, sizeof(*map));
	f = fopen(path, "re");
	if (!f)
		return error("cannot open: %s: %s", path, strerror(errno));
	ret = read_file(map, path, f);
	fclose(f);
	if (ret < 0)
		return -1;
	if (!map->nr)
		return error("no functions in %s: expected System.map, a copy of the guest's /proc/kallsyms, or an ELF file with symbols",
			     path);
	sort(map);
	return 0;
}

void guest_map_release(struct guest_map *map)
{
	free(map->functions);
	free(map->names);
	memset(map, 0, sizeof(*map));
}

const struct guest_function *guest_map_find(const struct guest_map *map,
					    uint64_t address)
{
	size_t lo = 0, hi = map->nr, mid;
	const struct guest_function *f;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (map->functions[mid].address <= address)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (!lo)
		return NULL;
	f = &map->functions[lo - 1];
	if (!strcmp(guest_map_name(map, f), END_OF_TEXT) ||
	    (lo == map->nr && address - f->address >= GUEST_MAP_LAST_MAX))
		return NULL;
	return f;
}
