/*
 * Ticks: every interval all sources are asked at once; what one sees goes to
 * the brain when it is complete, without waiting for the others.  A tick
 * ends when the last source has answered, each by its own deadline, and the
 * brain has been given all of it.  Ticks never overlap; one that outlasts the
 * interval delays the next, and none is caught up.
 */
#ifndef WATCHDOG_TICK_H
#define WATCHDOG_TICK_H

#include <sys/queue.h>

#include "outlet.h"

struct tick;

/*
 * Something to look at.  look() begins a look that ends with exactly one
 * source_done(), inside look() or later from the loop, at its own deadline
 * at the latest.  abandon() forgets a look under way: no source_done().
 */
struct source {
	void (*look)(struct source *s);
	void (*abandon)(struct source *s);
	void (*drained)(struct source *s); /* the brain has taken all that waited; may be NULL */
	enum signal_kind kind; /* what it tells of, for tick_confirm(); KIND_DOCKER for containers */
	const char *name;      /* likewise; NULL where the kind has but one */
	/* tick.c's own */
	struct tick *tick;
	struct batch *seen;
	bool looking, confirm;
	TAILQ_ENTRY(source) entry;
};

struct tick *tick_new(struct role *role); /* never NULL */
void tick_free(struct tick *t); /* NULL is fine; before its sources */

/* Before the first tick; s must outlive t. */
void tick_add(struct tick *t, struct source *s);

/* A message for the brain, to be sent with the source's others; -1 as batch_add(). */
int source_say(struct source *s, enum message_type type, const void *msg);
#define SOURCE_SAY(s, NAME, name, ...) source_say(s, MSG_##NAME, &(const struct msg_##name){__VA_ARGS__})

/* What was said in this look is not to be sent after all. */
void source_unsay(struct source *s);

/* Messages for the brain outside any look; b is left empty. */
void tick_send(struct tick *t, struct batch *b);

/* What a source has said goes out, though it has not done, or no tick waits for it. */
void source_send(struct source *s);

/*
 * In the middle of a long list: send what has become much.  Returns true if
 * anything was sent, so that source_unsay() can no longer take it back.
 */
bool source_flow(struct source *s);

/* True while so much waits for the brain that more is better not asked for; drained() says when that is over. */
bool source_is_choked(const struct source *s);

/* The look is over: what was said goes out. */
void source_done(struct source *s);

/* Look now; if a tick runs, once more right after it. */
void tick_now(struct tick *t);

/*
 * Look again at the source of this signal in WATCHDOG_CONFIRM_S, or in wait
 * seconds if that is not negative: a tick of those sources alone, between the
 * others.  The next tick of all does as well.  A signal without a source of
 * that kind and name is ignored.
 */
void tick_confirm(struct tick *t, enum signal_kind kind, const char *name, double wait);

/* The brain can be reached: begin.  It cannot: what runs is abandoned. */
void tick_linked(struct tick *t);
void tick_unlinked(struct tick *t);

#endif
