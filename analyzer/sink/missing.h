/* SPDX-License-Identifier: GPL-2.0 */
/* What a recording lacks: it is said on standard error, and in the exit status. */
#ifndef ANALYZER_MISSING_H
#define ANALYZER_MISSING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/losses.h"
#include "base/status.h"
#include "sink/proof.h"
#include "source/source.h"
#include "walk/epochs.h"

#define NOT_ACCOUNTED \
	"no exit was accounted: is the parameter exit_cycles of kvm on?"

/*
 * There is no event @name in what was read: an error, unless reading was stopped
 * before there could be one.  Return -1; 0 if @name is NULL.
 */
int missing_event(const struct source *src, const char *name);

/*
 * Warn of what all recordings can lack: dropped events, those that the file does
 * not have, a cut file, damage.
 * Return STATUS_LOSSES then, STATUS_OK otherwise.
 */
int missing_events(const struct source *src, const struct losses *l);

/*
 * The same for a recording with stamps, where lost events need not be lost exits;
 * and if each exit is there, as @epochs tell, nothing is lost, whatever statistics
 * say.  @accounted: it has exits with a number.
 */
int missing_stamped(const struct source *src, const struct losses *l,
		    const struct epochs *epochs, bool accounted);

/*
 * Events that the kernel recorded, by its statistics, and the file does not have.
 * 0 where each exit is there: then statistics that say otherwise are wrong.
 */
uint64_t missing_lacking(const struct source *src, const struct losses *l,
			 const struct epochs *epochs);

/* Note what details lack: exits without a kvm_exit, events inside no exit. */
void missing_details(uint64_t unknown, uint64_t unattached);

/* Note what of levels is not known.  @known: events that tell it can be there. */
void missing_levels(bool known, bool any_nested);

#define MISSING_MISMATCH \
	"kvm_exit events with another reason than their kvm_entry"

/* What was said of epochs, and the sums of what is missing.  At first zeroed. */
struct missing_epochs {
	struct few missing, late, endless;
	uint64_t before, lost;		/* exits; they saturate */
};

/*
 * Warn of what is missing of an epoch of which all is known: of the last one, if
 * @is_last.  @reports: there are kvm_exit_report events.  @midway: that it begins in
 * the middle is no loss.
 * Return STATUS_LOSSES then, STATUS_OK otherwise.
 */
int missing_epoch(struct missing_epochs *all, const struct proof_epoch *e,
		  bool is_last, bool reports, bool midway);

/* All epochs were seen: what was not said of each of them. */
void missing_epochs_end(const struct missing_epochs *all);

#endif /* ANALYZER_MISSING_H */
