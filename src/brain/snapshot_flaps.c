/*
 * The changes of signals of late, in a snapshot: for each signal that has any
 * its place in the table of alerts, and when they were.
 */
#include "build_config.h"

#include "flap.h"
#include "snapshot_parts.h"

static void
put_flaps(struct writer *w, uint32_t place, const struct flaps *f)
{
	write_u32(w, place);
	write_u8(w, (uint8_t)f->n);
	for (unsigned i = 0; i < f->n; i++)
		write_f64(w, f->at[i]);
}

void
snapshot_put_flaps(struct writer *w, const struct brain *b)
{
	size_t left = b->alerts.with_flaps;
	uint32_t place = 0;

	write_u32(w, (uint32_t)left);
	for (const struct alert *a = b->alerts.by_key; left > 0; a = a->hh.next, place++)
		if (a->story->flaps != NULL) {
			put_flaps(w, place, a->story->flaps);
			left--;
		}
}

/* Times that went back would never be forgotten. */
static void
get_flaps(struct reader *r, struct brain *b, struct alert *a)
{
	unsigned n = get_number(r, read_u8(r), FLAP_CHANGES_MOST + 1);
	struct flaps *f = flap_of(b, a);

	if (f == NULL) {
		r->failed = true;
		return;
	}
	for (unsigned i = 0; i < n && !r->failed; i++) {
		f->at[i] = get_time(r);
		if (f->at[i] > b->clock.now || (i > 0 && f->at[i] < f->at[i - 1]))
			r->failed = true;
	}
	f->n = r->failed ? 0 : n;
}

/* The places come in order. */
void
snapshot_get_flaps(struct loading *l, struct brain *b)
{
	uint32_t left = get_number(&l->r, read_u32(&l->r), FLAP_SIGNALS_MAX), place = 0, wanted;
	struct alert *a = b->alerts.by_key;

	for (; left > 0 && !l->r.failed; left--) {
		wanted = read_u32(&l->r);
		for (; a != NULL && place < wanted; place++)
			a = a->hh.next;
		if (l->r.failed || a == NULL || place != wanted || a->story->flaps != NULL)
			l->r.failed = true;
		else
			get_flaps(&l->r, b, a);
	}
}
