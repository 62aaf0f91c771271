/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A page -> one HTML document, which needs nothing else and sends nothing anywhere.
 *
 * It is complete without a script.  With one, charts and tables are of what the reader
 * chooses.  What a recording says of itself is text in it, whatever it is.
 */
#ifndef ANALYZER_HTML_H
#define ANALYZER_HTML_H

#include <stdio.h>

#include "result/page.h"

/* Time is cut into as many buckets as leave a page below that, but into some. */
#define HTML_BYTES_MAX	400000u

/* Return -1 after an error, or if nothing more can be written. */
int html_print(const struct page_views *views, FILE *out);

#endif /* ANALYZER_HTML_H */
