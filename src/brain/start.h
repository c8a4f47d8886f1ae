/*
 * The summary of a new start: until everything has been looked at nothing is
 * told (HUSH_START); then all that is wrong leaves as one message under one
 * line that counts it.
 */
#ifndef WATCHDOG_START_H
#define WATCHDOG_START_H

#include "brain.h"

#define START_INTERVALS 3 /* after that many the summary is told with what is known */

/* A whole tick has ended; time has passed.  Each before hush_settle(). */
void start_looked(struct brain *b);
void start_turned(struct brain *b);

#endif
