/* SPDX-License-Identifier: GPL-2.0 */
/*
 * By how much do the figures of some recordings differ from those of others, and how
 * sure is that?  No names, no units, no output.
 *
 * A recording is one figure.  Exits of one recording are not independent of each
 * other: a recording drifts, and what is tested by its exits calls every other
 * recording a change.
 *
 * Had nothing changed, any of the recordings might as well have been made before or
 * after.  So all ways to put them on two sides, a relabeling each, are equally likely,
 * and of these the one that was recorded is extreme only by chance (E. J. G. Pitman,
 * 1937).  p is the share of the relabelings whose difference is as large, on the
 * side of the difference, times two.  The interval has all shifts that this test does
 * not reject, at 5 %: its ends are order statistics of
 *
 *	d = (sum of what moved to before - sum of what moved to after) / moved
 *
 * over all relabelings but the one that was recorded, as that is the shift at which
 * a relabeling's difference equals the recorded one (J. Hartigan, Using subsample
 * values as typical values, 1969; P. Garthwaite, 1996).  With paired recordings, each
 * pair may be exchanged; nothing else.
 *
 * Where a relabeling has more than 1 / 40 of all, no interval of 95 % has ends: three
 * recordings a side have 20.  There, Student's t for two samples with one variance,
 * or for pairs, tells what it can, if the figures of recordings are normal, which
 * nobody knows: that is weak.
 *
 * Of several tests, one is likely to reject by chance.  Adjusted p-values keep the
 * probability of any false alarm at 5 %.  Those of relabelings step down as Holm's do,
 * but with the joint distribution of all tests over the same relabelings: how often is
 * the most extreme of them as extreme (P. Westfall, S. Young, Resampling-based multiple
 * testing, 1993; "maxT" of Y. Ge, S. Dudoit, T. Speed, 2003)?  A clear change stands
 * out of twenty tests as it does of one, so four a side are enough for any number of
 * reasons; Holm's own would need six for ten tests, as its p is that of one test times
 * ten.  Weak ones are Holm's (A simple sequentially rejective multiple test procedure,
 * 1979).
 *
 * Figures are rounded to multiples of 2^-40 first, so sums of them are exact, and equal
 * ones are equal.
 */
#ifndef ANALYZER_INFERENCE_H
#define ANALYZER_INFERENCE_H

#include <stdbool.h>
#include <stdint.h>

#define RELABELINGS_MAX	20000u	/* if there are more, so many are drawn */

enum evidence {
	EVIDENCE_NONE,		/* one figure a side: nothing can be said */
	EVIDENCE_WEAK,		/* by Student's t */
	EVIDENCE_EXACT,		/* by relabelings */
};

struct inference {
	unsigned int before, after;	/* recordings on each side; equal, of pairs */
	bool paired;			/* the first with the first, and so on */
	enum evidence evidence;
	bool drawn;			/* some of the relabelings, by a seed */
	uint32_t nr;			/* of the relabelings; the first one is what
					   was recorded */
	/* of each relabeling: */
	int64_t *sums;			/* what is labeled after, */
	uint32_t *moved;		/* how many of a side are moved to the other */
	double *shifts;
};

/* Release works on a zeroed or failed one.  Return -1 only if memory is short. */
int inference_init(struct inference *s, unsigned int before, unsigned int after,
		   bool paired);
void inference_release(struct inference *s);

/* The lowest p that there can be; 0: any */
double inference_lowest_p(const struct inference *s);

struct estimate {
	double shift;		/* mean of after less mean of before */
	bool known;		/* these: */
	double low, high;	/* interval of 95 %, not adjusted */
	double p, adjusted;	/* two-sided */
};

/*
 * Of one figure: @values has that of each recording, those before first, none above
 * 2^6 or below -2^6.  e->adjusted is e->p.
 */
void inference_estimate(struct inference *s, const double *values,
			struct estimate *e);

/*
 * Adjust @nr estimates, all known, which are of @values.  Return -1 only if memory is
 * short.
 */
int inference_adjust(struct inference *s, const double *const *values,
		     struct estimate *const *e, unsigned int nr);

/* Probability that Student's t of @df > 0 degrees of freedom is within -@t and @t */
double student_within(double t, unsigned int df);

/* The t for which that is @probability, below 1 */
double student_quantile(double probability, unsigned int df);

#endif /* ANALYZER_INFERENCE_H */
