/*
 * What covers what: a signal whose cause is down is not told, its cause is,
 * with the number of those that it covers.  Causes are the natural ones
 * (docker of containers, orchestrator of agents and jobs) and those of
 * WATCHDOG_DEPENDS, however many steps away.
 */
#ifndef WATCHDOG_COVER_H
#define WATCHDOG_COVER_H

#include "brain.h"

/*
 * True if a cause of a is down, has looked bad and is about to be, or is well
 * again so lately that a has not been looked at since (for COVER_INTERVALS at
 * most).
 */
bool cover_holds(const struct brain *b, const struct alert *a);

/* The nearest such cause, NULL if there is none. */
const struct alert *cover_cause(const struct brain *b, const struct alert *a);

#define COVER_INTERVALS 3

/* How many signals a covers, and of which kind they are: KIND_COUNT = of several. */
uint32_t cover_count(const struct brain *b, const struct alert *a, enum signal_kind *kind);

#endif
