/* SPDX-License-Identifier: GPL-2.0 */
/* What json.c and compare-json.c share */
#ifndef ANALYZER_JSON_PRIVATE_H
#define ANALYZER_JSON_PRIVATE_H

#include <jansson.h>

#include "result/columns.h"

#define JSON_REAL_FLAGS	JSON_REAL_PRECISION(15)

/*
 * The bytes of @path in hex, where "path", which is escaped for people, is not the same;
 * NULL, which "s:o*" leaves out, if it is, or if memory is short.
 */
json_t *json_path_hex(const char *path);

/* NULL if memory is short */
json_t *json_of_value(const struct value *value);

#endif /* ANALYZER_JSON_PRIVATE_H */
