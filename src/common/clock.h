/*
 * Time.  Decisions, deadlines and ages use the boot clock, which never jumps
 * and counts while the host sleeps; supervision uses the monotonic clock,
 * which does not (a suspended host must not look like hung children).  The
 * wall clock is for text only.
 */
#ifndef WATCHDOG_CLOCK_H
#define WATCHDOG_CLOCK_H

#include <sys/time.h>

/* Seconds since boot, sleep included (CLOCK_BOOTTIME). */
double clock_boot(void);

/* Seconds since boot, sleep excluded (CLOCK_MONOTONIC). */
double clock_awake(void);

/* Seconds since the epoch (CLOCK_REALTIME). */
double clock_wall(void);

/* For event_add().  Negative and NaN become 0; INFINITY and what is over 31 years become that. */
struct timeval clock_timeval(double seconds);

#endif
