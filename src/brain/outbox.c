/*
 * The queue of transitions and the messages under way.  Pure.  Trusts the
 * notifier for nothing: an outcome of a message that it does not have is
 * refused.
 */
#include "build_config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "log.h"
#include "message_text.h"
#include "outbox.h"

#define MARK_STEP 7919 /* has no factor in common with MARKS, so that every mark comes before one comes again */
#define FULL(n) ((n) / 10 * 9) /* so that room is not made for each transition anew */

void
outbox_init(struct outbox *o, unsigned chats, uint32_t first_mark)
{
	*o = (struct outbox){
		.chats = chats, .batch_since = NAN, .batch_mark = MARKS, .next_mark = first_mark % MARKS, .next_seq = 1,
	};
	TAILQ_INIT(&o->waiting);
}

static size_t
transition_bytes(const struct transition *t)
{
	return strlen(t->key) + strlen(t->detail);
}

static void
count_carried(struct outbox *o, const struct transition *t, bool was, bool is)
{
	if (was == is)
		return;
	o->carried_count += is ? 1 : (size_t)-1;
	o->carried_bytes += is ? transition_bytes(t) : -transition_bytes(t);
}

void
transition_carry(struct outbox *o, struct transition *t, unsigned chat, bool carried)
{
	uint16_t bit = (uint16_t)(1u << chat), before = t->carried;

	t->carried = carried ? before | bit : before & (uint16_t)~bit;
	count_carried(o, t, before != 0, t->carried != 0);
}

static void
transition_free(struct outbox *o, struct transition *t)
{
	TAILQ_REMOVE(&o->waiting, t, entry);
	count_carried(o, t, t->carried != 0, false);
	o->count--;
	o->bytes -= transition_bytes(t);
	free(t);
}

static void
parcel_free(struct parcel *m)
{
	free(m->body);
	free(m->minimal);
	*m = (struct parcel){0};
}

void
outbox_free(struct outbox *o)
{
	struct transition *t;

	while ((t = TAILQ_FIRST(&o->waiting)) != NULL)
		transition_free(o, t);
	for (unsigned i = 0; i < CHATS_MAX; i++)
		parcel_free(&o->chat[i].parcel);
}

bool
outbox_empty(const struct outbox *o)
{
	return TAILQ_EMPTY(&o->waiting);
}

uint32_t
outbox_mark(struct outbox *o)
{
	if (o->batch_mark == MARKS) {
		o->batch_mark = o->next_mark;
		o->next_mark = (o->next_mark + 1) % MARKS;
	}
	return o->batch_mark;
}

/* Nothing that looks like something else; a letter first, so that it is a hashtag. */
void
outbox_mark_text(char buf[MARK_TEXT], uint32_t mark)
{
	static const char set[] = "bcdfghjkmnpqrstvwxyz0123456789ae";
	uint32_t n = mark % MARKS * MARK_STEP % MARKS;

	buf[0] = set[n % 20];
	buf[1] = set[n / 20 % 32];
	buf[2] = set[n / 640];
	buf[3] = '\0';
}

/* --- making room --- */

struct newest {
	UT_hash_handle hh;
	struct transition *t;
};

/* An earlier change of a signal gives way to its newest, for the chats that will hear of that. */
static void
give_way(struct outbox *o, struct transition *old, struct transition *newest)
{
	if (old->carried != 0 || (old->waiting & ~newest->waiting) != 0)
		return;
	newest->folded += old->folded + 1;
	newest->amount += old->amount;
	transition_free(o, old);
}

static int
fold(struct outbox *o)
{
	struct newest *all = calloc(o->count, sizeof(*all)), *head = NULL, *found;
	struct transition *t, *before;
	size_t n = 0;

	if (all == NULL)
		return -1;
	for (t = TAILQ_LAST(&o->waiting, transitions); t != NULL; t = before) {
		before = TAILQ_PREV(t, transitions, entry);
		HASH_FIND(hh, head, t->key, strlen(t->key), found);
		if (found != NULL) {
			give_way(o, t, found->t);
			continue;
		}
		all[n].t = t;
		HASH_ADD_KEYPTR(hh, head, t->key, strlen(t->key), &all[n]);
		n++;
	}
	HASH_CLEAR(hh, head);
	free(all);
	return 0;
}

static bool
over(const struct outbox *o, size_t count, size_t bytes)
{
	return o->count - o->carried_count > count || o->bytes - o->carried_bytes > bytes;
}

static uint64_t
drop_oldest(struct outbox *o)
{
	struct transition *t, *next;
	uint64_t dropped = 0;

	for (t = TAILQ_FIRST(&o->waiting); t != NULL; t = next) {
		next = TAILQ_NEXT(t, entry);
		if (!over(o, FULL(OUTBOX_MAX), FULL(OUTBOX_BYTES_MAX)))
			break;
		if (t->carried != 0)
			continue;
		dropped += (uint64_t)t->folded + 1;
		transition_free(o, t);
	}
	return dropped;
}

static int
make_room(struct outbox *o, const struct transition *at)
{
	struct transition notice = {
		.kind = KIND_WATCHDOG, .action = ACTION_ALERT, .mark = at->mark, .decided = at->decided, .wall = at->wall,
		.since_wall = at->wall, .key = "watchdog:outbox", .detail = "",
	};

	if (fold(o) == -1)
		return -1;
	if (!over(o, FULL(OUTBOX_MAX), FULL(OUTBOX_BYTES_MAX)))
		return 0;
	notice.amount = drop_oldest(o);
	log_error("%llu changes of signals could not be kept: too many wait to be sent", (unsigned long long)notice.amount);
	return notice.amount == 0 ? 0 : outbox_add(o, &notice);
}

/* --- transitions --- */

/* One block for the transition and its two strings. */
static struct transition *
transition_copy(const struct transition *from)
{
	size_t key = strlen(from->key) + 1, detail = strlen(from->detail) + 1;
	struct transition *t = malloc(sizeof(*t) + key + detail);
	char *text = (char *)(t + 1);

	if (t == NULL)
		return NULL;
	*t = *from;
	t->key = memcpy(text, from->key, key);
	t->detail = memcpy(text + key, from->detail, detail);
	return t;
}

static struct transition *
append(struct outbox *o, const struct transition *from)
{
	struct transition *t = transition_copy(from);

	if (t == NULL)
		return NULL;
	TAILQ_INSERT_TAIL(&o->waiting, t, entry);
	o->count++;
	o->bytes += transition_bytes(t);
	count_carried(o, t, false, t->carried != 0);
	return t;
}

int
outbox_add(struct outbox *o, const struct transition *from)
{
	struct transition *t;

	if (over(o, OUTBOX_MAX - 1, OUTBOX_BYTES_MAX) && make_room(o, from) == -1)
		return -1;
	if ((t = append(o, from)) == NULL)
		return -1;
	t->batch = o->batch;
	t->waiting = (uint16_t)((1u << o->chats) - 1);
	if (isnan(o->batch_since))
		o->batch_since = t->decided;
	return 0;
}

int
outbox_restore(struct outbox *o, const struct transition *from)
{
	return append(o, from) == NULL ? -1 : 0;
}

bool
outbox_withdraw(struct outbox *o, const char *key)
{
	struct transition *t, *before;
	bool found = false;

	/* The open batch is at the end. */
	for (t = TAILQ_LAST(&o->waiting, transitions); t != NULL && t->batch == o->batch; t = before) {
		before = TAILQ_PREV(t, transitions, entry);
		if (t->action == ACTION_RECOVERY || strcmp(t->key, key) != 0)
			continue;
		transition_free(o, t);
		found = true;
	}
	return found;
}

void
outbox_flush(struct outbox *o)
{
	if (isnan(o->batch_since))
		return;
	o->batch++;
	o->batch_since = NAN;
	o->batch_mark = MARKS;
}

/* --- messages --- */

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
		if (done)
			t->waiting &= (uint16_t)~bit;
		if (t->waiting == 0)
			transition_free(o, t);
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

static bool
may_leave(const struct outbox *o, const struct chat *c)
{
	const struct parcel *m = &c->parcel;

	return c->credit && m->present && !m->offered && m->generation != 0 && m->generation <= o->confirmed;
}

int
outbox_offer(struct outbox *o, const struct setting *s, struct msg_message *msg, struct strbuf *text)
{
	for (unsigned i = 0; i < o->chats; i++) {
		struct chat *c = &o->chat[i];

		if (!may_leave(o, c))
			continue;
		strbuf_free(text);
		if (digest_render(&c->parcel, s, text) == -1)
			return -1;
		c->credit = false;
		c->parcel.offered = true;
		*msg = (struct msg_message){
			.seq = c->parcel.seq, .chat = (uint16_t)i, .format = c->parcel.format, .text = text->s,
		};
		return 1;
	}
	return 0;
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

int
outbox_delivered(struct outbox *o, uint64_t seq, unsigned chat)
{
	struct parcel *m = parcel_offered(o, seq, chat);

	if (m == NULL)
		return -1;
	o->chat[chat].unusable = false;
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
	if (why == SEND_POISON) {
		refused(o, m, chat, text);
		return 0;
	}
	if (why == SEND_CHAT && !o->chat[chat].unusable) {
		o->chat[chat].unusable = true;
		log_error("chat %u cannot be used, what is for it waits: %.200s", chat + 1, text);
	}
	m->maybe_told = m->maybe_told || why == SEND_UNKNOWN;
	/* Surely never told: what has happened since may be merged with it.  The incident mark stays. */
	if (!m->maybe_told && m->at == 0 && m->format == FORMAT_HTML)
		parcel_drop(o, chat, false);
	return 0;
}

void
outbox_moved(struct outbox *o, unsigned chat, int64_t new_id)
{
	if (chat >= o->chats)
		return;
	o->chat[chat].moved = true;
	o->chat[chat].new_id = new_id;
}

void
outbox_forget_moves(struct outbox *o)
{
	for (unsigned i = 0; i < o->chats; i++)
		o->chat[i].moved = false;
}
