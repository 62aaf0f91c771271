/* SPDX-License-Identifier: GPL-2.0 */
/* Exit statuses */
#ifndef ANALYZER_STATUS_H
#define ANALYZER_STATUS_H

#define STATUS_OK		0
#define STATUS_FAILED		1	/* file, format, I/O */
#define STATUS_USAGE		2
#define STATUS_LOSSES		3	/* complete but with losses */
#define STATUS_DIFFERENT	4	/* check: something differs */
#define STATUS_NOT_COMPARED	5	/* check: nothing could be compared */
#define STATUS_WORSE		6	/* compare: what is after costs more */
#define STATUS_INCOMPLETE	7	/* some inputs are left out */
#define STATUS_INTERRUPTED	130	/* what was known until then: 128 + SIGINT */

#endif /* ANALYZER_STATUS_H */
