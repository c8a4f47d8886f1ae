/*
 * watchdog --find-chat: one getUpdates, and what came of it told to the
 * parent.
 */
#ifndef WATCHDOG_FINDER_H
#define WATCHDOG_FINDER_H

#include "courier.h"

/* Ask, once; FOUND for each chat and FOUND_END go to the parent.  One at a time: another is told so at once. */
void finder_start(struct role *role, struct courier *c);

#endif
