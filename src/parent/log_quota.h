/*
 * How much a child may write into the log: one that was taken over, or has a
 * fault, must not fill a disk.  What all signals together say when everything
 * fails at once has room.
 */
#ifndef WATCHDOG_LOG_QUOTA_H
#define WATCHDOG_LOG_QUOTA_H

#include <stdbool.h>
#include <stddef.h>

#define LOG_QUOTA_BURST (8u << 20)  /* bytes at once */
#define LOG_QUOTA_RATE (16u << 10)  /* bytes a second, from then on */

/* All zeroes is a full one. */
struct log_quota {
	double at;   /* when it was taken from last, as now */
	double used; /* bytes of the burst that are not given back yet */
	bool told;
};

/*
 * Whether len bytes more may be written.  now: seconds of a clock that does
 * not jump.  *first: they may not, and that has not been said since the quota
 * was last half free.
 */
bool log_quota_take(struct log_quota *q, size_t len, double now, bool *first);

#endif
