/*
 * What all roles want of an event loop.
 */
#ifndef WATCHDOG_LOOP_H
#define WATCHDOG_LOOP_H

#include <event2/event.h>

/*
 * So long a pause lasts.  Services of the same host answer within that time;
 * and it is added to what is measured of them, which is told in whole
 * milliseconds.
 */
#define LOOP_PAUSE_MS 1

/* A loop on which loop_pause() works.  Returns NULL if memory is short. */
struct event_base *loop_new(void);

/*
 * event_add() of a timer or socket without which its owner would wait for
 * ever and nobody would notice: memory that is short ends the process, whose
 * successor begins anew.  Where a failure can be told to a caller, or a
 * deadline stands behind it, event_add() will do.
 */
void loop_add(struct event *ev, const struct timeval *timeout);

/*
 * Sleep LOOP_PAUSE_MS once, when all is done that can be done at once: the
 * questions are out then, and their answers are met together, at one
 * awakening instead of one for each.  Nothing is heard meanwhile, so this is
 * for whom nobody waits for.  loop_pause_new(): NULL if memory is short; ends by event_free().
 */
struct event *loop_pause_new(struct event_base *base);
void loop_pause(struct event *pause);

#endif
