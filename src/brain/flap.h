/*
 * Signals that alert and recover again and again.  One that has changed more
 * than config->flap_changes times within config->flap_window is flapping: that
 * is told once, then nothing until it has been without a change for a whole
 * window, then once how it is.
 */
#ifndef WATCHDOG_FLAP_H
#define WATCHDOG_FLAP_H

#include "brain.h"

#define FLAP_CHANGES_MOST 20  /* that may be configured */
#define FLAP_SIGNALS_MAX 1024 /* whose changes are remembered at a time; others do not flap */

/* The changes of a signal within the window, oldest first; boot clock. */
struct flaps {
	double at[FLAP_CHANGES_MOST + 1];
	unsigned n;
};

/* An alert or a recovery was decided.  b->failed if memory is short. */
void flap_changed(struct brain *b, struct alert *a);

/* Time has passed: forget old changes; one that has had none for a window has ended. */
void flap_turned(struct brain *b, struct alert *a);

/* It flaps no more: what was told to flap is owed a line, as if the chats knew the opposite of what is so. */
void flap_ended(struct alert *a);

/* What is said of a while it flaps (the detail of a note), and what follows the detail of the line that says how it ended. */
void flap_say(const struct brain *b, const struct alert *a, struct strbuf *out);
void flap_say_steady(const struct brain *b, struct strbuf *out);

/* What is remembered of a, made if need be; NULL if FLAP_SIGNALS_MAX are, or memory is short: then b->failed. */
struct flaps *flap_of(struct brain *b, struct alert *a);

#endif
