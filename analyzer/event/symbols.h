/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The symbol tables of the exit reasons, out of an event's print format, e.g.
 *
 *	"... reason %s", (REC->isa == 1) ?
 *	__print_symbolic(REC->exit_reason & 0xffff, { 0, "EXCEPTION_NMI" }, ...) :
 *	__print_symbolic(REC->exit_reason, { 0x040 + 0, "DE excp" }, ...)
 *
 * libtraceevent is not asked for them: it reads "a ? b : c ? d : e" as
 * "(a ? b : c) ? d : e", and crashes on print formats that name a field which
 * the event does not have.
 *
 * A table belongs to the ISA of the condition before it or, without another
 * condition in between, to the ISA that the conditions so far leave, as the
 * machine has it: after "isa == 1", to SVM.  A comma between two arguments of the format ends
 * that.
 */
#ifndef ANALYZER_SYMBOLS_H
#define ANALYZER_SYMBOLS_H

#include <stddef.h>

#include "event/machine.h"
#include "event/reasons.h"

/*
 * Add the names in the @len bytes of an event's format @text to @r.  What is not
 * understood is left out.  Return -1 on a reported error: too many names.
 */
int symbols_load(struct reasons *r, const struct machine *machine,
		 const char *text, size_t len);

/* Length of what precedes the line "print fmt:" in @text, or @len. */
size_t symbols_fields_len(const char *text, size_t len);

#endif /* ANALYZER_SYMBOLS_H */
