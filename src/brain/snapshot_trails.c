/*
 * The past of gauges, in a snapshot: for each signal that has one its place
 * in the table of alerts, and its buckets.
 */
#include "build_config.h"

#include "snapshot_parts.h"
#include "trail.h"

static const struct field trail_fields[] = {
	TIME(2, trail, width),
	NUMBER(2, trail, newest, UINT64_MAX),
};

static void
put_trail(struct writer *w, uint32_t place, const struct trail *t)
{
	write_u32(w, place);
	fields_put(w, FIELDS(trail_fields), t);
	for (size_t i = 0; i < TRAIL_BUCKETS; i++)
		write_u16(w, t->v[i]);
	for (size_t i = 0; i < TRAIL_BUCKETS; i++)
		write_u16(w, t->part[i]);
}

void
snapshot_put_trails(struct writer *w, const struct brain *b)
{
	size_t left = b->alerts.with_trail;
	uint32_t place = 0;

	write_u32(w, (uint32_t)left);
	for (const struct alert *a = b->alerts.by_key; left > 0; a = a->hh.next, place++)
		if (a->story->trail != NULL) {
			put_trail(w, place, a->story->trail);
			left--;
		}
}

/* A bucket that is still to come would hold up all that follow. */
static bool
is_sane(const struct trail *t, double now)
{
	if (!(t->width >= 0.1 && t->width <= TRAIL_SPAN_S) || (double)t->newest * t->width > now + t->width)
		return false;
	for (size_t i = 0; i < TRAIL_BUCKETS; i++)
		if (t->v[i] > TRAIL_VALUE_MAX && t->v[i] != TRAIL_NONE)
			return false;
	return true;
}

static void
get_trail(struct loading *l, struct brain *b, struct alert *a)
{
	struct trail *t = alert_trail(b, a);

	if (t == NULL) {
		l->r.failed = true;
		return;
	}
	fields_get(&l->r, l->version, FIELDS(trail_fields), t);
	for (size_t i = 0; i < TRAIL_BUCKETS; i++)
		t->v[i] = read_u16(&l->r);
	for (size_t i = 0; i < TRAIL_BUCKETS; i++)
		t->part[i] = read_u16(&l->r);
	if (!is_sane(t, b->clock.now))
		l->r.failed = true;
}

/* The places come in order. */
void
snapshot_get_trails(struct loading *l, struct brain *b)
{
	uint32_t left = get_number(&l->r, read_u32(&l->r), TRAILS_MAX), place = 0, wanted;
	struct alert *a = b->alerts.by_key;

	for (; left > 0 && !l->r.failed; left--) {
		wanted = read_u32(&l->r);
		for (; a != NULL && place < wanted; place++)
			a = a->hh.next;
		if (l->r.failed || a == NULL || place != wanted || a->story->trail != NULL)
			l->r.failed = true;
		else
			get_trail(l, b, a);
	}
}
