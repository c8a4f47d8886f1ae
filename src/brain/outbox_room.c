/*
 * The outbox's bounds.  Past OUTBOX_MAX the changes of one signal fold into
 * its last one; what is dropped at the very end are incidents that are over.
 * Pure.
 */
#include "build_config.h"

#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "outbox.h"

/* What is not part of a message under way. */
static size_t
loose_count(const struct outbox *o)
{
	return o->count - o->carried_count;
}

static size_t
loose_bytes(const struct outbox *o)
{
	return o->bytes - o->carried_bytes;
}

/* --- folding --- */

struct newest {
	UT_hash_handle hh;
	struct transition *t;
};

bool
transition_opens(const struct transition *t)
{
	return t->folded > 0 ? t->opened : t->action == ACTION_ALERT;
}

/* An earlier change of a signal gives way to its newest, for the chats that will hear of that. */
static void
give_way(struct outbox *o, struct transition *old, struct transition *newest)
{
	if (old->carried != 0 || (old->waiting & ~newest->waiting) != 0)
		return;
	newest->opened = transition_opens(old);
	newest->folded += old->folded + 1;
	newest->amount += old->amount;
	transition_drop(o, old);
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
		/* It says nothing of how the signal is. */
		if (t->action == ACTION_NOTE)
			continue;
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

/* --- other strings --- */

/* Have a copy of as stand in the place of t. */
static int
replace(struct outbox *o, struct transition *t, const struct transition *as)
{
	struct transition *copy = transition_copy(as);

	if (copy == NULL)
		return -1;
	TAILQ_INSERT_AFTER(&o->waiting, t, copy, entry);
	transition_count(o, copy);
	transition_drop(o, t);
	return 0;
}

int
outbox_rename(struct outbox *o, const char *old, const char *key)
{
	struct transition *t, *next, as;

	for (t = TAILQ_FIRST(&o->waiting); t != NULL; t = next) {
		next = TAILQ_NEXT(t, entry);
		if (strcmp(t->key, old) != 0)
			continue;
		as = *t;
		as.key = key;
		if (replace(o, t, &as) == -1)
			return -1;
	}
	return 0;
}

static int
shorten_one(struct outbox *o, struct transition *t)
{
	char text[ALERT_DETAIL_SHORT];
	struct strbuf detail = STRBUF_IN(text);
	struct transition less = *t;

	strbuf_puts(&detail, t->detail);
	less.detail = text;
	less.past = less.shown = "";
	return replace(o, t, &less);
}

static int
shorten(struct outbox *o)
{
	struct transition *t, *next;

	for (t = TAILQ_FIRST(&o->waiting); t != NULL; t = next) {
		next = TAILQ_NEXT(t, entry);
		if (t->carried == 0 && strlen(t->detail) + strlen(t->past) + strlen(t->shown) >= ALERT_DETAIL_SHORT && shorten_one(o, t) == -1)
			return -1;
	}
	return 0;
}

/* --- dropping --- */

static bool
too_many(const struct outbox *o)
{
	return loose_count(o) > OUTBOX_SIGNALS_MAX || loose_bytes(o) > OUTBOX_SIGNALS_BYTES_MAX;
}

/* A note, and the end of an incident; untold: only if no chat has heard of it. */
static bool
may_drop(const struct transition *t, bool untold)
{
	return t->action == ACTION_NOTE || (t->action == ACTION_RECOVERY && (!untold || transition_opens(t)));
}

/* Never one that still alerts. */
static uint64_t
drop_over(struct outbox *o, bool untold)
{
	struct transition *t, *next;
	uint64_t dropped = 0;

	for (t = TAILQ_FIRST(&o->waiting); t != NULL && too_many(o); t = next) {
		next = TAILQ_NEXT(t, entry);
		if (t->carried != 0 || !may_drop(t, untold))
			continue;
		dropped += (uint64_t)t->folded + 1;
		transition_drop(o, t);
	}
	return dropped;
}

static int
tell_dropped(struct outbox *o, const struct transition *at, uint64_t dropped)
{
	struct transition notice = {
		.kind = KIND_WATCHDOG, .severity = SEVERITY_CRITICAL, .action = ACTION_ALERT, .mark = at->mark,
		.decided = at->decided, .wall = at->wall, .since_wall = at->wall, .amount = dropped, .total = dropped, .key = "watchdog:outbox", .detail = "",
	};

	log_error("%llu changes of signals that are well again could not be kept: too many wait to be sent",
	    (unsigned long long)dropped);
	return outbox_add(o, &notice);
}

/* A quarter more may come, while that is allowed: so making room costs the same for each, however many wait. */
static size_t
next_room(size_t now, size_t usual, size_t most)
{
	size_t quarter = now + now / 4 < most ? now + now / 4 : most, room = now + usual / 10;

	if (room < quarter)
		room = quarter;
	return room < usual ? usual : room;
}

int
outbox_make_room(struct outbox *o, const struct transition *at)
{
	uint64_t dropped;

	if (loose_count(o) < o->room.count && loose_bytes(o) < o->room.bytes)
		return 0;
	if (fold(o) == -1 || (loose_bytes(o) > OUTBOX_BYTES_MAX / 10 * 9 && shorten(o) == -1))
		return -1;
	dropped = drop_over(o, true);
	dropped += drop_over(o, false);
	o->room.count = next_room(loose_count(o), OUTBOX_MAX, OUTBOX_SIGNALS_MAX);
	o->room.bytes = next_room(loose_bytes(o), OUTBOX_BYTES_MAX, OUTBOX_SIGNALS_BYTES_MAX);
	return dropped == 0 ? 0 : tell_dropped(o, at, dropped);
}
