/*
 * The last half hour of a percentage: a few buckets with the highest value
 * of each, a line of blocks, and where it is going.  While it is short its
 * buckets are narrow, from one look on; they widen as it grows.
 */
#ifndef WATCHDOG_TRAIL_H
#define WATCHDOG_TRAIL_H

#include "config.h"
#include "strbuf.h"

#define TRAIL_BUCKETS 15
#define TRAIL_SPAN_S 1800.0
#define TRAIL_WIDTH_S (TRAIL_SPAN_S / TRAIL_BUCKETS)
#define TRAIL_NONE UINT16_MAX  /* no look in this bucket */
#define TRAIL_VALUE_MAX 10000  /* hundredths of a percent */
#define TRAIL_TEXT_MAX 320     /* bytes of trail_say()'s text, with the NUL */
#define TRAILS_MAX 1024        /* signals that have one */

struct trail {
	double width;               /* of a bucket, seconds; 0 = nothing noted yet */
	uint64_t newest;            /* number of the newest bucket: boot clock / width */
	uint16_t v[TRAIL_BUCKETS];  /* hundredths of a percent, newest first … */
	uint16_t part[TRAIL_BUCKETS]; /* … and when in its bucket: 0 its begin, 65535 its end */
	char text[TRAIL_TEXT_MAX];  /* of the last trail_say(); "" = none */
};

/* Where it is going, by a straight line through the buckets. */
struct trend {
	bool known;     /* three buckets at least have a value */
	double seconds; /* from the oldest to the newest of them */
	double change;  /* percentage points in that time, by the line */
	double spread;  /* percentage points between the lowest and the highest */
	double fit;     /* 0 to 1: how much of the ups and downs the line explains */
	double full_in; /* seconds until 100 % at this rate; INFINITY if it does not rise, or that says nothing */
};

/* Note percent (0 to 100) at now (boot clock).  interval: seconds between two looks. */
void trail_note(struct trail *t, double now, double interval, double percent);

/* The line through what has been noted. */
void trail_trend(const struct trail *t, struct trend *trend);

/* Write the blocks, oldest first; "·" where nothing was seen for longer than looks are apart. */
void trail_blocks(const struct trail *t, double interval, struct strbuf *out);

/* Write blocks and trend, and with fills when it will be full, to t->text; "" if there is but one bucket to draw. */
void trail_say(struct trail *t, double interval, bool fills, enum language lang);

#endif
