/*
 * Waiting that does not fail quietly.
 */
#ifndef WATCHDOG_LOOP_H
#define WATCHDOG_LOOP_H

#include <event2/event.h>

/*
 * event_add() of a timer or socket without which its owner would wait for
 * ever and nobody would notice: memory that is short ends the process, whose
 * successor begins anew.  Where a failure can be told to a caller, or a
 * deadline stands behind it, event_add() will do.
 */
void loop_add(struct event *ev, const struct timeval *timeout);

#endif
