/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Recordings of which something is lost without a trace where it was, for
 * scenario.c.
 */
#ifndef TESTS_SCENARIO_LOST_H
#define TESTS_SCENARIO_LOST_H

/*
 * Two epochs of the interval 10.  All of the second, and a report of the first
 * that is full, are on CPU 0; the first one's last report, of 3 exits, is on
 * CPU 1.  The second counts on from the first: 20 exits if that is not known.
 */
void write_two_epochs(const char *path, const char *clock);
/* The same, and in version 6, where the data of CPU 1 are the end of the file */
void write_two_epochs_v6(const char *path, const char *clock);
/* The records of CPU 1 are too short. */
void write_two_epochs_short(const char *path, const char *clock);
/* They are not there, and the kernel's statistics of CPU 1 say so. */
void write_two_epochs_dropped(const char *path, const char *clock);
/* A round trip of an unpatched kernel, and events dropped on 6 CPUs */
void write_unpatched_dropped(const char *path, const char *clock);

/* Two reports; of the first one's kvm_exit_stats, one line is on CPU 1. */
void write_two_stats(const char *path, const char *clock);
void write_two_stats_v6(const char *path, const char *clock);

/*
 * The second epoch alone is on CPU 0, and its last report is of 10 exits; the
 * kernel recorded 30 events more, or just 22, as many as two sub-buffers hold.
 */
void write_lacking(const char *path, const char *clock);
/* Statistics count as many too many, but each number is there. */
void write_lacking_none(const char *path, const char *clock);
void write_lacking_few(const char *path, const char *clock);
void write_lacking_tail(const char *path, const char *clock);
void write_repeated(const char *path, const char *clock);
/* Of CPU 5, which has no stream, the kernel recorded 3 events. */
void write_taken_meanwhile(const char *path, const char *clock);
void write_taken_lossy(const char *path, const char *clock);
void write_absent(const char *path, const char *clock);
/* All that there is are statistics of 17087 events. */
void write_all_lacking(const char *path, const char *clock);
/* An unpatched kernel; there are two statistics of CPU 1. */
void write_two_statistics(const char *path, const char *clock);
/*
 * An unpatched kernel's: a round trip of 100 each 1000 on CPU 0, of thread 7; on
 * CPU 1, of other events, three are lost between 2050 and 3050.
 */
void write_idle_gap(const char *path, const char *clock);
/* kvm_entry alone, of a patched kernel; the exit TSC lies before the loss. */
void write_entry_gap(const char *path, const char *clock);
/* kvm_exit alone: without the format of kvm_entry; with that of a patched kernel */
void write_exit_alone(const char *path, const char *clock);
void write_exit_alone_patched(const char *path, const char *clock);

/* The number of one exit is the highest there is, and another epoch lacks 3. */
void write_lost_huge(const char *path, const char *clock);

#endif /* TESTS_SCENARIO_LOST_H */
