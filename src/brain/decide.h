/*
 * The decision: what follows from a signal being active or not, and from
 * what was said of it before.  Pure.
 */
#ifndef WATCHDOG_DECIDE_H
#define WATCHDOG_DECIDE_H

#include <stdbool.h>

/* The last is no decision on a signal: a line of text for the chats (brain_note()). */
enum action { ACTION_NONE, ACTION_ALERT, ACTION_REALERT, ACTION_RECOVERY, ACTION_NOTE, ACTION_COUNT };

/* What was said last: alerting, and since when on the boot clock.  last_alert means nothing while not alerting. */
struct alert_state {
	bool alerting;
	double last_alert;
};

/*
 * Decide on a signal that keeps state, and bring its state up to date.  now
 * and cooldown are seconds; cooldown INFINITY = never a second time.
 */
enum action decide(bool active, struct alert_state *state, double now, double cooldown);

/* The word of an action in recordings: "none", "alert", "realert", "recovery", "note". */
const char *action_name(enum action action);

#endif
