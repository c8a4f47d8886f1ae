/*
 * Trails.  Pure.  Trusts its caller for percentages and for a clock that
 * does not go back far.
 */
#include "build_config.h"

#include <math.h>
#include <string.h>

#include "message_text.h"
#include "trail.h"

#define LEVELS 8
#define BUCKET_MAX 9007199254740992.0 /* 2^53; a recording's clock may say anything */
#define SCALE_MIN 400.0      /* hundredths of a percent: less is no slope worth seeing */
#define PARTS 65535.0
#define STEADY 0.5           /* percentage points */
#define UNSTEADY 4.0         /* likewise, between the lowest and the highest */
#define FIT_TREND 0.5        /* below there is no direction */
#define FIT_FULL 0.8         /* below no time is told */
#define FULL_SEEN_S 240.0    /* so long must have been seen … */
#define FULL_BUCKETS 4       /* … in so many buckets … */
#define FULL_MAX_S 2592000.0 /* … and a time beyond a month is none */

/* --- buckets --- */

static uint64_t
bucket_of(double now, double width)
{
	return now > 0 ? (uint64_t)fmin(now / width, BUCKET_MAX) : 0;
}

/* How far back the oldest value is, in buckets; -1 = there is none. */
static int
oldest(const struct trail *t)
{
	for (int i = TRAIL_BUCKETS - 1; i >= 0; i--)
		if (t->v[i] != TRAIL_NONE)
			return i;
	return -1;
}

/* When the value of a bucket was seen. */
static double
when(const struct trail *t, int i)
{
	return ((double)t->newest - i + t->part[i] / PARTS) * t->width;
}

static void
keep_highest(struct trail *t, uint64_t i, uint16_t value, double at)
{
	double part = at / t->width - (double)(t->newest - i);

	if (t->v[i] != TRAIL_NONE && value < t->v[i])
		return;
	t->v[i] = value;
	t->part[i] = (uint16_t)(fmin(fmax(part, 0), 1) * PARTS);
}

static void
clear(struct trail *t)
{
	for (size_t i = 0; i < TRAIL_BUCKETS; i++)
		t->v[i] = TRAIL_NONE;
}

static void
widen(struct trail *t)
{
	struct trail old = *t;

	t->width = fmin(2 * old.width, TRAIL_WIDTH_S);
	t->newest = bucket_of(((double)old.newest + 0.5) * old.width, t->width);
	clear(t);
	for (int i = oldest(&old); i >= 0; i--) {
		uint64_t back = t->newest - bucket_of(when(&old, i), t->width);

		if (old.v[i] != TRAIL_NONE && back < TRAIL_BUCKETS)
			keep_highest(t, back, old.v[i], when(&old, i));
	}
}

static void
advance(struct trail *t, uint64_t bucket)
{
	uint64_t by = bucket - t->newest;

	for (size_t i = TRAIL_BUCKETS; i > 0; i--) {
		t->v[i - 1] = i - 1 >= by ? t->v[i - 1 - by] : TRAIL_NONE;
		t->part[i - 1] = i - 1 >= by ? t->part[i - 1 - by] : 0;
	}
	t->newest = bucket;
}

/* Looks that are further apart than a bucket is wide make wide buckets; more than the span is not remembered. */
static void
forget_old(struct trail *t)
{
	for (size_t i = 0; i < TRAIL_BUCKETS; i++)
		if ((double)i * t->width > TRAIL_SPAN_S)
			t->v[i] = TRAIL_NONE;
}

/* True if the oldest value is still there when bucket is the newest. */
static bool
has_room(const struct trail *t, uint64_t bucket)
{
	uint64_t by = bucket > t->newest ? bucket - t->newest : 0;

	return oldest(t) < 0 || by < (uint64_t)(TRAIL_BUCKETS - oldest(t));
}

void
trail_note(struct trail *t, double now, double interval, double percent)
{
	if (t->width <= 0) {
		t->width = fmin(fmax(interval, 0.1), TRAIL_SPAN_S);
		t->newest = bucket_of(now, t->width);
		clear(t);
	}
	while (t->width < TRAIL_WIDTH_S && !has_room(t, bucket_of(now, t->width)))
		widen(t);
	if (bucket_of(now, t->width) > t->newest)
		advance(t, bucket_of(now, t->width));
	forget_old(t);
	keep_highest(t, 0, (uint16_t)lround(fmin(fmax(percent, 0), 100) * 100), now);
}

/* The lowest and the highest value, in hundredths. */
static void
range(const struct trail *t, double *low, double *high)
{
	*low = TRAIL_VALUE_MAX;
	*high = 0;
	for (size_t i = 0; i < TRAIL_BUCKETS; i++)
		if (t->v[i] != TRAIL_NONE) {
			*low = fmin(*low, t->v[i]);
			*high = fmax(*high, t->v[i]);
		}
}

/* --- the trend --- */

/* Sums over the buckets that have a value: x in seconds from the oldest on, y in percent. */
struct sums {
	double n, x, y, xx, xy, yy;
};

static void
sum_up(const struct trail *t, struct sums *s)
{
	int first = oldest(t);

	*s = (struct sums){0};
	for (int i = first; i >= 0; i--) {
		double x = when(t, i) - when(t, first), y = t->v[i] / 100.0;

		if (t->v[i] == TRAIL_NONE)
			continue;
		s->n++;
		s->x += x;
		s->y += y;
		s->xx += x * x;
		s->xy += x * y;
		s->yy += y * y;
	}
}

static int
latest(const struct trail *t)
{
	for (int i = 0; i < TRAIL_BUCKETS; i++)
		if (t->v[i] != TRAIL_NONE)
			return i;
	return 0;
}

static double
full_in(const struct trail *t, const struct trend *trend, double n, double slope)
{
	double left = (TRAIL_VALUE_MAX - t->v[latest(t)]) / 100.0;

	if (slope <= 0 || left <= 0 || trend->change < STEADY || trend->fit < FIT_FULL || n < FULL_BUCKETS ||
	    trend->seconds < FULL_SEEN_S || left / slope > FULL_MAX_S)
		return INFINITY;
	return left / slope;
}

void
trail_trend(const struct trail *t, struct trend *trend)
{
	double sx, sy, sxy, slope, low, high;
	struct sums s;

	*trend = (struct trend){.full_in = INFINITY};
	if (t->width <= 0)
		return;
	sum_up(t, &s);
	if (s.n < 3)
		return;
	sx = s.xx - s.x * s.x / s.n;
	sy = s.yy - s.y * s.y / s.n;
	sxy = s.xy - s.x * s.y / s.n;
	slope = sxy / sx;
	range(t, &low, &high);
	trend->known = true;
	trend->spread = (high - low) / 100;
	trend->seconds = when(t, latest(t)) - when(t, oldest(t));
	trend->change = slope * trend->seconds;
	trend->fit = sy > 1e-6 ? sxy * sxy / (sx * sy) : 1;
	trend->full_in = full_in(t, trend, s.n, slope);
}

/* --- text --- */

static const char *
block(const struct trail *t, uint16_t v)
{
	static const char *const blocks[LEVELS] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	double low, high, level;

	range(t, &low, &high);
	level = (LEVELS - 1) * (1 - (high - v) / fmax(high - low, SCALE_MIN));
	return blocks[(size_t)lround(fmin(fmax(level, 0), LEVELS - 1))];
}

void
trail_blocks(const struct trail *t, double interval, struct strbuf *out)
{
	double patience = t->width > 0 ? (2 * interval + t->width) / t->width : 0;
	const char *last = "";
	int gap = 0;

	for (int i = t->width > 0 ? oldest(t) : -1; i >= 0; i--) {
		gap = t->v[i] == TRAIL_NONE ? gap + 1 : 0;
		if (gap == 0)
			last = block(t, t->v[i]);
		strbuf_puts(out, gap <= patience ? last : "·");
	}
}

static void
say_trend(const struct trend *trend, bool fills, enum language lang, struct strbuf *out)
{
	char change[TEXT_SHORT], seconds[TEXT_SHORT], full[TEXT_SHORT];

	text_percent(change, sizeof(change), lang, fabs(trend->change));
	text_duration(seconds, sizeof(seconds), lang, trend->seconds);
	text_duration(full, sizeof(full), lang, trend->full_in);
	strbuf_puts(out, " ");
	if (fabs(trend->change) >= STEADY && trend->fit >= FIT_TREND)
		text_say(out, lang, trend->change > 0 ? TEXT_TREND_RISING : TEXT_TREND_FALLING, change, seconds, NULL);
	else
		text_say(out, lang, trend->spread > UNSTEADY ? TEXT_TREND_UNSTEADY : TEXT_TREND_STEADY, seconds, NULL);
	if (fills && isfinite(trend->full_in))
		text_say(out, lang, TEXT_TREND_FULL, full, NULL);
}

void
trail_say(struct trail *t, double interval, bool fills, enum language lang)
{
	struct strbuf out = strbuf_fixed(t->text, sizeof(t->text));
	struct trend trend;

	t->text[0] = '\0';
	if (t->width <= 0)
		return;
	if (oldest(t) == latest(t))
		return;
	trail_blocks(t, interval, &out);
	trail_trend(t, &trend);
	if (trend.known)
		say_trend(&trend, fills, lang, &out);
}
