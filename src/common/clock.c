/*
 * The three clocks.  A clock that cannot be read is fatal: without time there
 * is nothing this program could decide.
 */
#include "build_config.h"

#include <math.h>
#include <time.h>

#include "clock.h"
#include "log.h"

#define LONGEST_S 1e9 /* 31 years: it fits into any time_t, and libevent may add it to now */

static double
clock_read(clockid_t id)
{
	struct timespec ts;

	if (clock_gettime(id, &ts) == -1)
		fatal("clock_gettime(%d)", (int)id);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

double
clock_boot(void)
{
	return clock_read(CLOCK_BOOTTIME);
}

double
clock_awake(void)
{
	return clock_read(CLOCK_MONOTONIC);
}

double
clock_wall(void)
{
	return clock_read(CLOCK_REALTIME);
}

struct timeval
clock_timeval(double seconds)
{
	double whole, fraction;

	if (!(seconds > 0))
		return (struct timeval){0};
	if (seconds > LONGEST_S)
		seconds = LONGEST_S;
	fraction = modf(seconds, &whole);
	return (struct timeval){.tv_sec = (time_t)whole, .tv_usec = (suseconds_t)(fraction * 1e6)};
}
