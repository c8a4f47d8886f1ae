/*
 * Orders as bytes of a snapshot, which are treated as hostile.
 */
#include "build_config.h"

#include "snapshot_parts.h"

static const struct field ack_fields[] = {
	TIME(2, ack, wall),
	CODE(2, ack, severity, SEVERITY_CRITICAL),
	FLAG(2, ack, over),
	TEXT(2, ack, key),
	TEXT(2, ack, who),
	TEXT(2, ack, comment),
};

static const struct field silence_fields[] = {
	TIME(2, silence, until),
	TIME(2, silence, wall),
	TEXT(2, silence, pattern),
	TEXT(2, silence, who),
	TEXT(2, silence, comment),
};

void
snapshot_put_orders(struct writer *w, const struct brain *b)
{
	const struct orders *o = &b->orders;

	write_u32(w, (uint32_t)o->acks);
	for (size_t i = 0; i < o->acks; i++)
		fields_put(w, FIELDS(ack_fields), o->ack[i]);
	write_u32(w, (uint32_t)o->silences);
	for (size_t i = 0; i < o->silences; i++)
		fields_put(w, FIELDS(silence_fields), o->silence[i]);
}

/* A silence without an end would be one that nobody ordered. */
static bool
is_sane(const struct brain *b, const struct silence *s)
{
	return s->until <= b->clock.now + SILENCE_LONGEST_S;
}

void
snapshot_get_orders(struct loading *l, struct brain *b)
{
	uint32_t acks = get_number(&l->r, read_u32(&l->r), ACKS_MAX), silences;

	for (uint32_t i = 0; i < acks && !l->r.failed; i++) {
		struct ack k = {0};

		fields_get(&l->r, l->version, FIELDS(ack_fields), &k);
		if (!l->r.failed && orders_restore_ack(&b->orders, &k) == -1)
			l->r.failed = true;
	}
	silences = get_number(&l->r, read_u32(&l->r), SILENCES_MAX);
	for (uint32_t i = 0; i < silences && !l->r.failed; i++) {
		struct silence s = {0};

		fields_get(&l->r, l->version, FIELDS(silence_fields), &s);
		if (!l->r.failed && (!is_sane(b, &s) || orders_restore_silence(&b->orders, &s) == -1))
			l->r.failed = true;
	}
}
