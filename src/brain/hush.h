/*
 * Whether a chat is told.  What is decided is decided all the same: the
 * decision, its callback and its history go on.  Here is the second question:
 * is there a reason to say nothing now, and what do the chats know?
 *
 * For each signal `told` is what the chats know.  While a reason lasts
 * nothing of the signal is queued.  When it has passed, told and state are
 * compared: a trouble that goes on and was not told is told once; one that
 * goes on and was told is repeated if a repeat was withheld and the cooldown
 * since it was told is over; one that was told and is over is told to be
 * over; what was both begun and over in between is not worth a word.  A
 * recovery is never told of what was never told.  An edge has no state: its
 * amount is held, and told as one.
 *
 * "Told" is queued: whether the chat has it already is the outbox's business.
 */
#ifndef WATCHDOG_HUSH_H
#define WATCHDOG_HUSH_H

#include "brain.h"

/* In the order in which they are asked: the first that holds is the reason. */
enum hush {
	HUSH_NONE,
	HUSH_START,       /* the summary of a new start is still to come */
	HUSH_MAINTENANCE, /* a window of the configuration is open */
	HUSH_SILENCED,    /* a person has ordered so */
	HUSH_COVERED,     /* what it depends on is down, and that is told */
	HUSH_FLAPPING,    /* it changes too often; told only if nothing above hinders it */
	HUSH_ACKED,       /* a person knows: no repeats */
	HUSH_COUNT
};

/* Why nothing is said of the signal at now (boot clock), or HUSH_NONE. */
enum hush hush_reason(const struct brain *b, const struct alert *a, double now);

/* The word of a reason, for a person: "covered". */
const char *hush_name(enum hush why);

/* The transition of a signal to be queued: its action and detail now, its times, its incident. */
struct transition hush_transition(const struct brain *b, const struct alert *a, enum action action, const char *detail);

/* Queue a note about a: what there is to say of that beside its name.  quiet: it makes no sound. */
void hush_note(struct brain *b, const struct alert *a, enum about about, const char *detail, bool quiet);

/* Something was decided on a: queue t, or remember what is not told. */
void hush_take(struct brain *b, struct alert *a, const struct transition *t);

/*
 * The signal is not to be kept: forget it, at once or when what the chats
 * know of it is put right.  Until then a->leaving is set.
 */
void hush_forget(struct brain *b, struct alert *a);

/* A signal that was leaving is here again: as if it were new, but for what is told of it. */
void hush_revive(struct alert *a);

/*
 * Tell what no reason hinders any more.  Before the outbox's batch is closed:
 * what was queued in it and is hushed meanwhile (a cause was seen after its
 * effect) is taken out again.
 */
void hush_settle(struct brain *b);

#endif
