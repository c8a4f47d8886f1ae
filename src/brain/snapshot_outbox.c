/*
 * The outbox as bytes: transitions that wait, and each chat with the message
 * under way to it.  The bytes are treated as hostile.
 */
#include "build_config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "snapshot_parts.h"
#include "trail.h"

#define TRANSITIONS_MAX (OUTBOX_SIGNALS_MAX + OUTBOX_MAX / 10 + CHATS_MAX * OUTBOX_CARRIED_MAX + 1)
#define BODY_MAX 60000 /* bytes */

/* --- the tables: a new member is a line here --- */

static const struct field outbox_fields[] = {
	NUMBER(1, outbox, batch, UINT32_MAX),
	NUMBER(1, outbox, next_mark, MARKS - 1),
	NUMBER(1, outbox, next_seq, UINT64_MAX),
	NUMBER(1, outbox, set_aside, UINT64_MAX),
	TIME(2, outbox, flood_until),
	FLAG(2, outbox, unreachable),
};

/* Before the key and the detail. */
static const struct field transition_fields[] = {
	CODE(1, transition, kind, KIND_COUNT - 1),
	CODE(1, transition, action, ACTION_COUNT - 1),
	NUMBER(1, transition, farewell, FAREWELL_COUNT - 1),
	NUMBER(1, transition, batch, UINT32_MAX),
	NUMBER(1, transition, mark, MARKS - 1),
	NUMBER(1, transition, folded, UINT32_MAX),
	TIME(1, transition, decided),
	TIME(1, transition, wall),
	TIME(1, transition, since_wall),
	TIME(1, transition, lasted),
	NUMBER(1, transition, amount, UINT64_MAX),
	NUMBER(1, transition, total, UINT64_MAX),
	NUMBER(1, transition, waiting, UINT16_MAX),
	NUMBER(1, transition, carried, UINT16_MAX),
	FLAG(2, transition, opened),
	NUMBER(2, transition, severity, SEVERITY_CRITICAL),
	FLAG(2, transition, again),
	FLAG(2, transition, quiet),
	FLAG(2, transition, apart),
	NUMBER(2, transition, covers, UINT32_MAX),
	CODE(2, transition, covers_kind, KIND_COUNT),
	CODE(2, transition, about, ABOUT_COUNT - 1),
};

/* Before the message under way. */
static const struct field chat_fields[] = {
	FLAG(1, chat, moved),
	NUMBER(1, chat, new_id, UINT64_MAX),
	FLAG(1, chat, parcel.present),
	MAYBE(2, chat, since),
};

/* Before the marks and the texts. */
static const struct field parcel_fields[] = {
	NUMBER(1, parcel, format, FORMAT_COUNT - 1),
	NUMBER(1, parcel, seq, UINT64_MAX),
	TIME(1, parcel, decided),
	TIME(1, parcel, wall),
	CODE(1, parcel, mark_count, MESSAGE_MARKS_MAX),
	FLAG(2, parcel, silent),
	NUMBER(2, parcel, reply_to, UINT64_MAX),
	NUMBER(2, parcel, told_as, UINT64_MAX),
};

static const struct field thread_fields[] = {
	NUMBER(2, thread, mark, MARKS - 1),
	NUMBER(2, thread, chat, CHATS_MAX - 1),
	NUMBER(2, thread, message, UINT64_MAX),
};

/* --- threads --- */

/* Oldest first; the free places are left out. */
void
snapshot_put_threads(struct writer *w, const struct brain *b)
{
	const struct threads *all = &b->outbox.threads;
	uint16_t n = 0;

	for (size_t i = 0; i < THREADS_MAX; i++)
		n = (uint16_t)(n + (all->v[i].message != 0));
	write_u16(w, n);
	for (size_t i = 0; i < THREADS_MAX; i++) {
		const struct thread *t = &all->v[(all->next + i) % THREADS_MAX];

		if (t->message != 0)
			fields_put(w, FIELDS(thread_fields), t);
	}
}

void
snapshot_get_threads(struct loading *l, struct brain *b)
{
	uint32_t n = get_number(&l->r, read_u16(&l->r), THREADS_MAX);

	for (uint32_t i = 0; i < n && !l->r.failed; i++) {
		struct thread t = {0};

		fields_get(&l->r, l->version, FIELDS(thread_fields), &t);
		if (!l->r.failed)
			threads_note(&b->outbox.threads, t.chat, t.mark, t.message);
	}
}

/* --- encoding --- */

static void
put_transition(struct writer *w, const struct transition *t)
{
	fields_put(w, FIELDS(transition_fields), t);
	write_str(w, t->key, ALERT_KEY_MAX);
	write_str(w, t->detail, ALERT_DETAIL_MAX);
	write_str(w, t->past, TRAIL_TEXT_MAX - 1);
	write_str(w, t->shown, NAME_MAX_LEN);
}

static void
put_parcel(struct writer *w, const struct parcel *m)
{
	fields_put(w, FIELDS(parcel_fields), m);
	for (unsigned i = 0; i < m->mark_count; i++)
		write_u32(w, m->marks[i]);
	write_str(w, m->body, BODY_MAX);
	write_str(w, m->minimal, BODY_MAX);
	write_u32(w, (uint32_t)m->at);
}

void
snapshot_put_outbox(struct writer *w, const struct brain *b)
{
	const struct outbox *o = &b->outbox;
	const struct transition *t;

	fields_put(w, FIELDS(outbox_fields), o);
	write_u32(w, (uint32_t)o->count);
	TAILQ_FOREACH(t, &o->waiting, entry)
		put_transition(w, t);
	write_u8(w, (uint8_t)o->chats);
	for (unsigned i = 0; i < o->chats; i++) {
		fields_put(w, FIELDS(chat_fields), &o->chat[i]);
		if (o->chat[i].parcel.present)
			put_parcel(w, &o->chat[i].parcel);
	}
}

/* --- decoding --- */

/* The number that each chat of the snapshot has now; CHATS_MAX = none. */
struct seats {
	unsigned of[CHATS_MAX];
};

static void
seats_of(struct seats *seats, const struct brain_options *options)
{
	for (unsigned i = 0; i < CHATS_MAX; i++)
		seats->of[i] = options->new_chats || i >= options->chats ? CHATS_MAX : i;
	for (unsigned i = 0; options->new_chats && i < options->chats; i++)
		if ((options->added_chats & (1u << i)) == 0)
			seats->of[(options->chat_was >> (4 * i)) & (CHATS_MAX - 1)] = i;
}

static uint16_t
seats_bits(const struct seats *seats, uint16_t bits)
{
	uint16_t now = 0;

	for (unsigned i = 0; i < CHATS_MAX; i++)
		if ((bits & (1u << i)) != 0 && seats->of[i] != CHATS_MAX)
			now |= (uint16_t)(1u << seats->of[i]);
	return now;
}

static void
get_transition(struct loading *l, struct outbox *o, const struct seats *seats)
{
	struct transition t = {0};

	fields_get(&l->r, l->version, FIELDS(transition_fields), &t);
	if (l->version < 2)
		t.severity = kind_severity(t.kind);
	t.waiting = seats_bits(seats, t.waiting);
	t.carried = seats_bits(seats, t.carried) & t.waiting;
	t.key = snapshot_get_key(&l->r, t.kind);
	t.detail = read_str(&l->r, ALERT_DETAIL_MAX - 1);
	t.past = l->version < 2 ? "" : read_str(&l->r, TRAIL_TEXT_MAX - 1);
	t.shown = l->version < 2 ? "" : read_str(&l->r, NAME_MAX_LEN);
	if (t.action == ACTION_NONE)
		l->r.failed = true;
	if (!l->r.failed && t.waiting != 0 && outbox_restore(o, &t) == -1)
		l->r.failed = true;
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
get_parcel(struct loading *l, struct parcel *m)
{
	fields_get(&l->r, l->version, FIELDS(parcel_fields), m);
	for (unsigned i = 0; i < m->mark_count; i++)
		m->marks[i] = get_number(&l->r, read_u32(&l->r), MARKS - 1);
	get_texts(&l->r, m);
	m->generation = l->generation;
	/* It may have been told after the snapshot was taken. */
	m->maybe_told = true;
}

static void
get_chat(struct loading *l, struct chat *c)
{
	*c = (struct chat){.since = NAN};
	fields_get(&l->r, l->version, FIELDS(chat_fields), c);
	if (c->parcel.present)
		get_parcel(l, &c->parcel);
}

/* A chat that is configured no more has its bytes read all the same; one that was not there begins now. */
static void
get_chats(struct loading *l, struct brain *b, const struct seats *seats)
{
	unsigned chats = get_number(&l->r, read_u8(&l->r), CHATS_MAX), seat;
	struct outbox *o = &b->outbox;

	for (unsigned i = 0; i < o->chats; i++)
		o->chat[i].since = b->clock.now;
	for (unsigned i = 0; i < chats && !l->r.failed; i++) {
		struct chat gone, *c = (seat = seats->of[i]) < o->chats ? &o->chat[seat] : &gone;

		get_chat(l, c);
		if (c == &gone)
			parcel_free(&gone.parcel);
	}
}

/* A message under way and what it carries go together. */
static void
settle_chats(struct outbox *o)
{
	for (unsigned i = 0; i < o->chats; i++) {
		struct transition *t;
		bool carries = false;

		TAILQ_FOREACH(t, &o->waiting, entry)
			carries = carries || (t->carried & (1u << i)) != 0;
		if (!carries || !o->chat[i].parcel.present)
			parcel_drop(o, i, false);
	}
}

void
snapshot_get_outbox(struct loading *l, struct brain *b)
{
	struct outbox *o = &b->outbox;
	struct seats seats;
	uint32_t count;

	seats_of(&seats, &b->options);
	fields_get(&l->r, l->version, FIELDS(outbox_fields), o);
	o->batch++;
	o->confirmed = l->generation;
	count = get_number(&l->r, read_u32(&l->r), TRANSITIONS_MAX);
	for (uint32_t i = 0; i < count && !l->r.failed; i++)
		get_transition(l, o, &seats);
	get_chats(l, b, &seats);
	settle_chats(o);
}
