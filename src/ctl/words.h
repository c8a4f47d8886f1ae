/*
 * Numbers and times as words, for a person at a terminal.
 */
#ifndef WATCHDOG_CTL_WORDS_H
#define WATCHDOG_CTL_WORDS_H

#include <stddef.h>

#define WORDS_MAX 64

/* "45 s", "12 min", "1 h 12 min", "2 d 3 h"; negative is 0. */
void words_duration(char *buf, size_t cap, double seconds);

/* "14:02:11" in TZ, "Nov 26 14:02" if that was not within half a day of now; "" for NaN.  Seconds since the epoch. */
void words_time(char *buf, size_t cap, double at, double now);

/* What makes a plural: "s", or "" for one. */
const char *words_s(double n);

/* "10.9 MiB"; "" for NaN. */
void words_bytes(char *buf, size_t cap, double bytes);

#endif
