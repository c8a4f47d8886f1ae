/*
 * The queue of transitions.  Pure.  Trusts its callers for keys and texts
 * that are within their bounds.
 */
#include "build_config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "outbox.h"

#define MARK_STEP 7919 /* has no factor in common with MARKS, so that every mark comes before one comes again */

void
outbox_init(struct outbox *o, unsigned chats, uint32_t first_mark)
{
	*o = (struct outbox){
		.chats = chats, .batch_since = NAN, .batch_mark = MARKS, .next_mark = first_mark % MARKS, .next_seq = 1,
		.room = {OUTBOX_MAX, OUTBOX_BYTES_MAX},
	};
	TAILQ_INIT(&o->waiting);
	for (unsigned i = 0; i < CHATS_MAX; i++)
		o->chat[i].since = NAN;
}

size_t
transition_bytes(const struct transition *t)
{
	return strlen(t->key) + strlen(t->detail) + strlen(t->past) + strlen(t->shown);
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

void
transition_count(struct outbox *o, const struct transition *t)
{
	o->count++;
	o->bytes += transition_bytes(t);
	count_carried(o, t, false, t->carried != 0);
}

void
transition_drop(struct outbox *o, struct transition *t)
{
	TAILQ_REMOVE(&o->waiting, t, entry);
	count_carried(o, t, t->carried != 0, false);
	o->count--;
	o->bytes -= transition_bytes(t);
	free(t);
}

void
outbox_free(struct outbox *o)
{
	struct transition *t;

	while ((t = TAILQ_FIRST(&o->waiting)) != NULL)
		transition_drop(o, t);
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

/* --- transitions --- */

/* One block for the transition and its strings. */
struct transition *
transition_copy(const struct transition *from)
{
	const char *const texts[] = {
		from->key, from->detail, from->past == NULL ? "" : from->past, from->shown == NULL ? "" : from->shown,
	};
	const char *copies[sizeof(texts) / sizeof(texts[0])];
	struct transition *t;
	size_t size = sizeof(*t);
	char *at;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		size += strlen(texts[i]) + 1;
	if ((t = malloc(size)) == NULL)
		return NULL;
	*t = *from;
	at = (char *)(t + 1);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++, at += strlen(at) + 1)
		copies[i] = strcpy(at, texts[i]);
	t->key = copies[0];
	t->detail = copies[1];
	t->past = copies[2];
	t->shown = copies[3];
	return t;
}

static struct transition *
append(struct outbox *o, const struct transition *from)
{
	struct transition *t = transition_copy(from);

	if (t == NULL)
		return NULL;
	TAILQ_INSERT_TAIL(&o->waiting, t, entry);
	transition_count(o, t);
	return t;
}

static uint16_t
all_chats(const struct outbox *o)
{
	return (uint16_t)((1u << o->chats) - 1);
}

int
outbox_add(struct outbox *o, const struct transition *from)
{
	struct transition *t;

	if (outbox_make_room(o, from) == -1 || (t = append(o, from)) == NULL)
		return -1;
	t->batch = o->batch;
	t->waiting = all_chats(o) & (from->waiting == 0 ? UINT16_MAX : from->waiting);
	if (isnan(o->batch_since))
		o->batch_since = t->decided;
	return 0;
}

uint16_t
outbox_there(const struct outbox *o, double at)
{
	uint16_t there = 0;

	for (unsigned i = 0; i < o->chats; i++)
		if (!(o->chat[i].since > at))
			there |= (uint16_t)(1u << i);
	return there;
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
		/* That it flaps is no alert, and is told once. */
		if (strcmp(t->key, key) != 0 || t->action == ACTION_NOTE)
			continue;
		/* What is older belongs to an incident whose end is told. */
		if (t->action == ACTION_RECOVERY)
			break;
		/* One that stands for earlier ones is told. */
		if (t->folded > 0)
			continue;
		transition_drop(o, t);
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
