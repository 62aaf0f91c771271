/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names of a guest's instructions: the functions of its kernel, by address.
 *
 * A map is what /proc/kallsyms of the guest says, which is best as it has modules
 * and where the kernel was put (KASLR); a System.map, for a guest without KASLR;
 * or an ELF file with a symbol table, such as vmlinux.
 *
 * The file is untrusted: of what it has, only addresses and printable names are
 * used.  Memory: 16 bytes for each function, and its name.
 */
#ifndef ANALYZER_GUEST_MAP_H
#define ANALYZER_GUEST_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Far above what a kernel has */
#define GUEST_MAP_FUNCTIONS_MAX	(1u << 22)
#define GUEST_MAP_NAMES_MAX	(1u << 28)	/* bytes, of all names */
#define GUEST_MAP_NAME_MAX	512u		/* kernel: KSYM_NAME_LEN */

/* An address this far behind the last function is in none. */
#define GUEST_MAP_LAST_MAX	(1u << 20)

struct guest_function {
	uint64_t address;
	uint32_t name;		/* where it begins in names */
	bool local;
};

struct guest_map {
	struct guest_function *functions;	/* ascending, each address once */
	size_t nr, allocated;
	char *names;
	size_t names_len, names_allocated;
};

/* Return -1 after an error.  Release works on a zeroed or failed one. */
int guest_map_read(struct guest_map *map, const char *path);
void guest_map_release(struct guest_map *map);

/* The function that @address is in, or NULL; its name is guest_map_name(). */
const struct guest_function *guest_map_find(const struct guest_map *map,
					    uint64_t address);

static inline const char *guest_map_name(const struct guest_map *map,
					 const struct guest_function *function)
{
	return map->names + function->name;
}

#endif /* ANALYZER_GUEST_MAP_H */
