/*
 * Encoding and decoding of the brain's state.  The decoder treats the bytes
 * as hostile: a brain that was taken over may have written them.
 */
#include "build_config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "snapshot.h"

#define MAGIC 0x57444253u /* "WDBS" */
#define FORMAT_VERSION 1
#define FIRST_SIZE 65536u
#define TIME_MAX 1e15
#define TRANSITIONS_MAX (OUTBOX_MAX + CHATS_MAX * OUTBOX_CARRIED_MAX + 1)
#define BODY_MAX 60000 /* bytes */

/* --- encoding --- */

static void
put_bool(struct writer *w, bool v)
{
	write_u8(w, v ? 1 : 0);
}

static void
put_alert(struct writer *w, const struct alert *a)
{
	write_u8(w, (uint8_t)a->kind);
	write_str(w, a->key, ALERT_KEY_MAX);
	put_bool(w, a->active);
	put_bool(w, a->state.alerting);
	put_bool(w, a->moved);
	put_bool(w, a->named);
	put_bool(w, a->seen_running);
	write_u32(w, a->bad);
	write_u32(w, a->good);
	write_u32(w, a->mark);
	write_f64(w, a->bad_since);
	write_f64(w, a->ripe);
	write_f64(w, a->state.last_alert);
	write_f64(w, a->ticks);
	write_f64(w, a->moved_at);
	write_f64(w, a->moved_now);
}

static void
put_transition(struct writer *w, const struct transition *t)
{
	write_u8(w, (uint8_t)t->kind);
	write_u8(w, (uint8_t)t->action);
	put_bool(w, t->gone);
	write_u32(w, t->batch);
	write_u32(w, t->mark);
	write_u32(w, t->folded);
	write_f64(w, t->decided);
	write_f64(w, t->wall);
	write_f64(w, t->since_wall);
	write_f64(w, t->lasted);
	write_u64(w, t->amount);
	write_u64(w, t->total);
	write_u16(w, t->waiting);
	write_u16(w, t->carried);
	write_str(w, t->key, ALERT_KEY_MAX);
	write_str(w, t->detail, ALERT_DETAIL_MAX);
}

static void
put_parcel(struct writer *w, const struct parcel *m)
{
	write_u8(w, m->format);
	write_u64(w, m->seq);
	write_f64(w, m->decided);
	write_f64(w, m->wall);
	write_u8(w, (uint8_t)m->mark_count);
	for (unsigned i = 0; i < m->mark_count; i++)
		write_u32(w, m->marks[i]);
	write_str(w, m->body, BODY_MAX);
	write_str(w, m->minimal, BODY_MAX);
	write_u32(w, (uint32_t)m->at);
}

static void
put_outbox(struct writer *w, const struct outbox *o)
{
	const struct transition *t;

	write_u32(w, o->batch);
	write_u32(w, o->next_mark);
	write_u64(w, o->next_seq);
	write_u64(w, o->set_aside);
	write_u32(w, (uint32_t)o->count);
	TAILQ_FOREACH(t, &o->waiting, entry)
		put_transition(w, t);
	write_u8(w, (uint8_t)o->chats);
	for (unsigned i = 0; i < o->chats; i++) {
		const struct chat *c = &o->chat[i];

		put_bool(w, c->moved);
		write_u64(w, (uint64_t)c->new_id);
		put_bool(w, c->parcel.present);
		if (c->parcel.present)
			put_parcel(w, &c->parcel);
	}
}

static void
put_brain(struct writer *w, const struct brain *b, uint64_t generation)
{
	struct alert *a, *next;

	write_u32(w, MAGIC);
	write_u16(w, FORMAT_VERSION);
	write_u64(w, generation);
	write_f64(w, b->clock.now);
	write_f64(w, b->now);
	write_f64(w, b->metrics.generated_at);
	write_f64(w, b->metrics.changed_at);
	write_f64(w, b->metrics.failed);
	write_u32(w, HASH_COUNT(b->alerts.by_key));
	ALERTS_EACH(&b->alerts, a, next)
		put_alert(w, a);
	put_outbox(w, &b->outbox);
}

int
snapshot_encode(const struct brain *b, uint64_t generation, uint8_t **bytes, size_t *len)
{
	for (size_t size = FIRST_SIZE; size <= 2 * SNAPSHOT_BYTES_MAX; size *= 2) {
		uint8_t *buf = malloc(size);
		struct writer w = writer_of(buf, size > SNAPSHOT_BYTES_MAX ? SNAPSHOT_BYTES_MAX : size);

		if (buf == NULL)
			return -1;
		put_brain(&w, b, generation);
		if (!w.failed) {
			*bytes = buf;
			*len = w.len;
			return 0;
		}
		free(buf);
	}
	log_error("the brain's state is over %u bytes and cannot be kept", SNAPSHOT_BYTES_MAX);
	return -1;
}

/* --- decoding --- */

static bool
get_bool(struct reader *r)
{
	uint8_t v = read_u8(r);

	if (v > 1)
		r->failed = true;
	return v == 1;
}

static uint32_t
get_number(struct reader *r, uint32_t v, uint32_t max)
{
	if (v > max)
		r->failed = true;
	return r->failed ? 0 : v;
}

static double
get_time(struct reader *r)
{
	double v = read_f64(r);

	if (!(v >= -TIME_MAX && v <= TIME_MAX))
		r->failed = true;
	return v;
}

/* A number that may be not known. */
static double
get_maybe(struct reader *r)
{
	double v = read_f64(r);

	if (isinf(v))
		r->failed = true;
	return v;
}

/* Returns the key if it is one of that kind, else NULL. */
static const char *
get_key(struct reader *r, enum signal_kind kind)
{
	const char *key = read_str(r, ALERT_KEY_MAX - 1), *prefix;
	char again[ALERT_KEY_MAX];

	if (r->failed)
		return NULL;
	prefix = kind_prefix(kind);
	if (strncmp(key, prefix, strlen(prefix)) != 0 ||
	    alert_key(again, sizeof(again), kind, key + strlen(prefix)) == -1)
		r->failed = true;
	return r->failed ? NULL : key;
}

static void
get_alert_state(struct reader *r, struct alert *a, double now)
{
	a->active = get_bool(r);
	a->state.alerting = get_bool(r);
	a->moved = get_bool(r);
	a->named = get_bool(r);
	a->seen_running = get_bool(r);
	a->bad = read_u32(r);
	a->good = read_u32(r);
	a->mark = get_number(r, read_u32(r), MARKS - 1);
	a->bad_since = get_time(r);
	a->ripe = get_time(r);
	a->state.last_alert = fmin(get_time(r), now);
	a->ticks = get_maybe(r);
	a->moved_at = get_maybe(r);
	a->moved_now = get_time(r);
}

static void
get_alert(struct reader *r, struct brain *b)
{
	enum signal_kind kind = get_number(r, read_u8(r), KIND_COUNT - 1);
	const char *key = get_key(r, kind);
	const char *name = key == NULL ? NULL : alert_key_name(kind, key);
	bool full;
	struct alert *a;

	if (name == NULL || alerts_find(&b->alerts, kind, name) != NULL ||
	    (a = alerts_get(&b->alerts, kind, name, &full)) == NULL) {
		r->failed = true;
		return;
	}
	get_alert_state(r, a, b->clock.now);
}

static void
get_alerts(struct reader *r, struct brain *b)
{
	uint32_t count = get_number(r, read_u32(r), ALERTS_MAX);

	for (uint32_t i = 0; i < count && !r->failed; i++)
		get_alert(r, b);
}

static void
get_transition(struct reader *r, struct outbox *o, uint32_t chats)
{
	struct transition t = {.kind = get_number(r, read_u8(r), KIND_COUNT - 1)};
	uint32_t mask = (1u << chats) - 1;

	t.action = get_number(r, read_u8(r), ACTION_COUNT - 1);
	t.gone = get_bool(r);
	t.batch = read_u32(r);
	t.mark = get_number(r, read_u32(r), MARKS - 1);
	t.folded = read_u32(r);
	t.decided = get_time(r);
	t.wall = get_time(r);
	t.since_wall = get_time(r);
	t.lasted = get_time(r);
	t.amount = read_u64(r);
	t.total = read_u64(r);
	t.waiting = (uint16_t)(read_u16(r) & mask);
	t.carried = (uint16_t)(read_u16(r) & t.waiting);
	t.key = get_key(r, t.kind);
	t.detail = read_str(r, ALERT_DETAIL_MAX - 1);
	if (t.action == ACTION_NONE)
		r->failed = true;
	if (!r->failed && t.waiting != 0 && outbox_restore(o, &t) == -1)
		r->failed = true;
}

static void
get_texts(struct reader *r, struct parcel *m)
{
	const char *body = read_str(r, BODY_MAX), *minimal = read_str(r, BODY_MAX);
	const char *text = m->format == FORMAT_MINIMAL ? minimal : body;
	size_t at = read_u32(r);

	if (r->failed)
		return;
	m->body = strdup(body);
	m->minimal = strdup(minimal);
	m->at = at;
	/* A piece begins with a code point, and there is one. */
	if (m->body == NULL || m->minimal == NULL || at >= strlen(text) || ((unsigned char)text[at] & 0xc0) == 0x80)
		r->failed = true;
}

static void
get_parcel(struct reader *r, struct parcel *m, uint64_t generation)
{
	/* It may have been told after the snapshot was taken. */
	m->maybe_told = true;
	m->format = (uint8_t)get_number(r, read_u8(r), FORMAT_COUNT - 1);
	m->seq = read_u64(r);
	m->decided = get_time(r);
	m->wall = get_time(r);
	m->mark_count = get_number(r, read_u8(r), MESSAGE_MARKS_MAX);
	for (unsigned i = 0; i < m->mark_count; i++)
		m->marks[i] = get_number(r, read_u32(r), MARKS - 1);
	get_texts(r, m);
	m->generation = generation;
	m->present = true;
}

/* A chat that is configured no more has its bytes read all the same. */
static void
get_chats(struct reader *r, struct outbox *o, uint64_t generation)
{
	unsigned chats = get_number(r, read_u8(r), CHATS_MAX);

	for (unsigned i = 0; i < chats && !r->failed; i++) {
		struct chat *c = &o->chat[i];

		c->moved = get_bool(r);
		c->new_id = (int64_t)read_u64(r);
		if (get_bool(r))
			get_parcel(r, &c->parcel, generation);
	}
}

static void
get_outbox(struct reader *r, struct outbox *o, uint64_t generation)
{
	uint32_t count;

	o->batch = read_u32(r) + 1;
	o->next_mark = get_number(r, read_u32(r), MARKS - 1);
	o->next_seq = read_u64(r);
	o->set_aside = read_u64(r);
	count = get_number(r, read_u32(r), TRANSITIONS_MAX);
	for (uint32_t i = 0; i < count && !r->failed; i++)
		get_transition(r, o, o->chats);
	get_chats(r, o, generation);
	o->confirmed = generation;
}

/* A message under way and what it carries go together; a chat that is configured no more has neither. */
static void
settle_chats(struct outbox *o)
{
	for (unsigned i = 0; i < CHATS_MAX; i++) {
		struct transition *t;
		bool carries = false;

		TAILQ_FOREACH(t, &o->waiting, entry)
			carries = carries || (t->carried & (1u << i)) != 0;
		if (i >= o->chats || !carries || !o->chat[i].parcel.present)
			parcel_drop(o, i, false);
		if (i >= o->chats)
			o->chat[i] = (struct chat){0};
	}
}

const char *
snapshot_decode(struct brain *b, const uint8_t *bytes, size_t len, uint64_t *generation)
{
	struct reader r = reader_of(bytes, len);
	double taken;

	if (read_u32(&r) != MAGIC)
		return "not a snapshot";
	if (read_u16(&r) != FORMAT_VERSION)
		return "of another version";
	*generation = read_u64(&r);
	taken = get_time(&r);
	if (!r.failed && taken > b->clock.now)
		return "from the future of this host's clock: of another boot";
	b->now = fmin(get_time(&r), b->clock.now);
	b->metrics.generated_at = get_maybe(&r);
	b->metrics.changed_at = get_maybe(&r);
	b->metrics.failed = get_maybe(&r);
	get_alerts(&r, b);
	if (!r.failed)
		get_outbox(&r, &b->outbox, *generation);
	if (!reader_done(&r))
		return "malformed";
	settle_chats(&b->outbox);
	return NULL;
}

uint32_t
snapshot_checksum(uint32_t crc, const uint8_t *bytes, size_t len)
{
	crc = ~crc;
	for (size_t i = 0; i < len; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (crc & 1) != 0 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
	}
	return ~crc;
}
