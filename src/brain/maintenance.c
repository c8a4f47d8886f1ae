/*
 * The local clock against the windows.  Pure, save for the time zone, which
 * the process has loaded.
 */
#include "build_config.h"

#include <math.h>
#include <time.h>

#include "maintenance.h"

#define WEEK 7
#define PROBE_S 3600 /* no clock is put forward by more */
#define WALL_MAX 1e11

/* What a clock on the wall shows. */
struct reading {
	unsigned day, minute;
	long offset; /* seconds east of UTC */
};

/* Returns false for a time that no calendar has. */
static bool
read_clock(struct reading *r, time_t t)
{
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL)
		return false;
	*r = (struct reading){(unsigned)tm.tm_wday, (unsigned)(tm.tm_hour * 60 + tm.tm_min), tm.tm_gmtoff};
	return true;
}

static bool
begins_on(const struct window *w, unsigned day)
{
	return w->first <= w->last ? day >= w->first && day <= w->last : day >= w->first || day <= w->last;
}

static bool
holds(const struct window *w, const struct reading *r)
{
	if (w->from < w->until)
		return begins_on(w, r->day) && r->minute >= w->from && r->minute < w->until;
	return (begins_on(w, r->day) && r->minute >= w->from) ||
	    (begins_on(w, (r->day + WEEK - 1) % WEEK) && r->minute < w->until);
}

/*
 * What a clock would show that was not put forward, if that is an hour which
 * all others have left out.  Returns false if there is no such thing now.
 */
static bool
read_left_out(struct reading *r, const struct reading *now, time_t t)
{
	struct reading before, then;
	long gap;

	if (!read_clock(&before, t - PROBE_S) || (gap = now->offset - before.offset) <= 0 ||
	    !read_clock(&then, t - gap) || then.offset != before.offset)
		return false;
	*r = *now;
	r->minute = (now->minute + 24 * 60 - (unsigned)(gap / 60)) % (24 * 60);
	if (r->minute > now->minute)
		r->day = (now->day + WEEK - 1) % WEEK;
	return true;
}

bool
maintenance_open(const struct window_list *windows, double wall)
{
	struct reading now, left_out;
	bool gap;
	time_t t;

	if (windows->n == 0 || !(wall > -WALL_MAX && wall < WALL_MAX) || !read_clock(&now, t = (time_t)floor(wall)))
		return false;
	gap = read_left_out(&left_out, &now, t);
	for (size_t i = 0; i < windows->n; i++)
		if (holds(&windows->v[i], &now) || (gap && holds(&windows->v[i], &left_out)))
			return true;
	return false;
}
