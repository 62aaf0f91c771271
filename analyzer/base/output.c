// SPDX-License-Identifier: GPL-2.0
#include "base/output.h"

int output_flush(FILE *out)
{
	return fflush(out) || ferror(out) ? -1 : 0;
}
