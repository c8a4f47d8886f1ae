/*
 * The messages under way to each chat.  Pure.  Trusts the notifier for
 * nothing: an outcome of a message that it does not have is refused.
 */
#include "build_config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "log.h"
#include "outbox.h"

void
parcel_free(struct parcel *m)
{
	free(m->body);
	free(m->minimal);
	*m = (struct parcel){0};
}

/* What tells of a trouble that goes on is what later news of it replies to. */
static void
note_thread(struct outbox *o, const struct transition *t, unsigned chat)
{
	if ((t->action == ACTION_ALERT || t->action == ACTION_REALERT) && t->amount == 0)
		threads_note(&o->threads, chat, t->mark, o->chat[chat].parcel.told_as);
}

void
parcel_drop(struct outbox *o, unsigned chat, bool done)
{
	uint16_t bit = (uint16_t)(1u << chat);
	struct transition *t, *next;

	for (t = TAILQ_FIRST(&o->waiting); t != NULL; t = next) {
		next = TAILQ_NEXT(t, entry);
		if ((t->carried & bit) == 0)
			continue;
		transition_carry(o, t, chat, false);
		note_thread(o, t, chat);
		if (done)
			t->waiting &= (uint16_t)~bit;
		if (t->waiting == 0)
			transition_drop(o, t);
	}
	parcel_free(&o->chat[chat].parcel);
}

void
outbox_credit(struct outbox *o, unsigned chat)
{
	if (chat < o->chats)
		o->chat[chat].credit = true;
}

void
outbox_notifier_lost(struct outbox *o)
{
	for (unsigned i = 0; i < o->chats; i++) {
		struct parcel *m = &o->chat[i].parcel;

		m->maybe_told = m->maybe_told || m->offered;
		m->offered = false;
		o->chat[i].credit = false;
	}
}

int
outbox_compose(struct outbox *o, const struct setting *s)
{
	int made = 0;

	for (unsigned i = 0; i < o->chats; i++) {
		struct chat *c = &o->chat[i];
		int rc;

		if (!c->credit || c->parcel.present)
			continue;
		if ((rc = digest_compose(o, i, s, &c->parcel)) == -1)
			return -1;
		if (rc == 1) {
			c->parcel.seq = o->next_seq++;
			made++;
		}
	}
	return made;
}

void
outbox_snapshot(struct outbox *o, uint64_t generation)
{
	for (unsigned i = 0; i < o->chats; i++)
		if (o->chat[i].parcel.present && o->chat[i].parcel.generation == 0)
			o->chat[i].parcel.generation = generation;
}

void
outbox_confirm(struct outbox *o, uint64_t generation)
{
	if (generation > o->confirmed)
		o->confirmed = generation;
}

void
outbox_flooded(struct outbox *o, double until, double now)
{
	o->flood_until = fmax(o->flood_until, fmin(until, now + OUTBOX_FLOOD_MAX_S));
}

static bool
may_leave(const struct outbox *o, const struct chat *c)
{
	const struct parcel *m = &c->parcel;

	return c->credit && m->present && !m->offered && m->generation != 0 && m->generation <= o->confirmed;
}

/* A further piece replies to the first.  The plainest form is nothing but its text. */
static int64_t
reply_to(const struct parcel *m)
{
	if (m->format == FORMAT_MINIMAL)
		return 0;
	return m->reply_to != 0 ? m->reply_to : m->told_as;
}

int
outbox_offer(struct outbox *o, const struct setting *s, struct msg_message *msg, struct strbuf *text)
{
	for (unsigned i = 0; i < o->chats && s->at.now >= o->flood_until; i++) {
		struct chat *c = &o->chat[i];

		if (!may_leave(o, c))
			continue;
		strbuf_free(text);
		if (digest_render(&c->parcel, s, text) == -1)
			return -1;
		c->credit = false;
		c->parcel.offered = true;
		*msg = (struct msg_message){
			.seq = c->parcel.seq, .chat = (uint16_t)i, .format = c->parcel.format, .silent = c->parcel.silent,
			.reply_to = reply_to(&c->parcel), .text = text->s,
		};
		return 1;
	}
	return 0;
}

bool
outbox_in_flight(const struct outbox *o)
{
	for (unsigned i = 0; i < o->chats; i++)
		if (o->chat[i].parcel.present && o->chat[i].parcel.offered)
			return true;
	return false;
}

static struct parcel *
parcel_offered(struct outbox *o, uint64_t seq, unsigned chat)
{
	struct parcel *m = chat < o->chats ? &o->chat[chat].parcel : NULL;

	return m != NULL && m->present && m->offered && m->seq == seq ? m : NULL;
}

/* The message has changed: it goes out again as a new one, once that is safe. */
static void
parcel_anew(struct outbox *o, struct parcel *m)
{
	m->seq = o->next_seq++;
	m->generation = 0;
	m->offered = m->maybe_told = false;
	m->end = 0;
}

void
outbox_told_as(struct outbox *o, uint64_t seq, unsigned chat, int64_t message_id)
{
	struct parcel *m = parcel_offered(o, seq, chat);

	if (m != NULL && m->told_as == 0)
		m->told_as = message_id;
}

int
outbox_delivered(struct outbox *o, uint64_t seq, unsigned chat)
{
	struct parcel *m = parcel_offered(o, seq, chat);

	if (m == NULL)
		return -1;
	o->chat[chat].unusable = false;
	o->unreachable = false;
	m->at = m->end;
	if ((m->format == FORMAT_MINIMAL ? m->minimal : m->body)[m->at] == '\0')
		parcel_drop(o, chat, true);
	else
		parcel_anew(o, m);
	return 0;
}

static void
set_aside(struct outbox *o, unsigned chat, const char *why)
{
	o->set_aside++;
	log_error("message for chat %u is set aside, Telegram refuses it in every form (%.200s): %.1000s", chat + 1, why,
	    o->chat[chat].parcel.body);
	parcel_drop(o, chat, true);
}

static void
refused(struct outbox *o, struct parcel *m, unsigned chat, const char *why)
{
	if (m->format == FORMAT_MINIMAL) {
		set_aside(o, chat, why);
		return;
	}
	log_warning("message for chat %u is refused as it is, it goes on in a plainer form: %.200s", chat + 1, why);
	m->format++;
	if (m->format == FORMAT_MINIMAL)
		m->at = 0;
	parcel_anew(o, m);
}

int
outbox_failed(struct outbox *o, uint64_t seq, unsigned chat, enum send_failure why, const char *text)
{
	struct parcel *m = parcel_offered(o, seq, chat);

	if (m == NULL)
		return -1;
	m->offered = false;
	o->unreachable = why == SEND_UNREACHABLE;
	if (why == SEND_POISON) {
		refused(o, m, chat, text);
		return 0;
	}
	if (why == SEND_CHAT && !o->chat[chat].unusable) {
		o->chat[chat].unusable = true;
		log_error("chat %u cannot be used, what is for it waits and is tried every 5 minutes: %.200s", chat + 1, text);
	}
	m->maybe_told = m->maybe_told || why == SEND_UNKNOWN;
	/* Surely never told: what has happened since may be merged with it.  The incident mark stays. */
	if (!m->maybe_told && m->at == 0 && m->format == FORMAT_HTML)
		parcel_drop(o, chat, false);
	return 0;
}

static void
forget_threads(struct outbox *o, unsigned chat)
{
	threads_forget(&o->threads, chat);
	o->chat[chat].parcel.reply_to = o->chat[chat].parcel.told_as = 0;
}

/* A message that never left is made anew without what is taken out of it. */
static void
drop_unsent(struct outbox *o, const struct transition *t)
{
	for (unsigned i = 0; i < o->chats; i++) {
		const struct parcel *m = &o->chat[i].parcel;

		if ((t->carried & (1u << i)) != 0 && !m->offered && !m->maybe_told && m->at == 0)
			parcel_drop(o, i, false);
	}
}

bool
outbox_take_back(struct outbox *o, const char *key)
{
	uint16_t everybody = (uint16_t)((1u << o->chats) - 1);
	struct transition *t, *before;
	bool found = false;

	for (t = TAILQ_LAST(&o->waiting, transitions); t != NULL; t = before) {
		before = TAILQ_PREV(t, transitions, entry);
		/* That it flaps is no alert, and is told once. */
		if (strcmp(t->key, key) != 0 || t->action == ACTION_NOTE)
			continue;
		/* What is older belongs to an incident whose end is told. */
		if (t->action == ACTION_RECOVERY)
			break;
		if (t->folded > 0 || t->waiting != everybody)
			continue;
		drop_unsent(o, t);
		if (t->carried != 0)
			continue;
		found = found || t->action == ACTION_ALERT;
		transition_drop(o, t);
	}
	return found;
}

bool
outbox_moved(struct outbox *o, unsigned chat, int64_t new_id)
{
	if (chat >= o->chats || (o->chat[chat].moved && o->chat[chat].new_id == new_id))
		return false;
	forget_threads(o, chat);
	o->chat[chat].moved = true;
	o->chat[chat].new_id = new_id;
	return true;
}

void
outbox_forget_moves(struct outbox *o)
{
	for (unsigned i = 0; i < o->chats; i++)
		o->chat[i].moved = false;
	for (unsigned i = 0; i < CHATS_MAX; i++)
		forget_threads(o, i);
	o->flood_until = 0;
}
