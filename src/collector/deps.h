/*
 * The dependencies of WATCHDOG_DEPS, each a source of its own.
 */
#ifndef WATCHDOG_DEPS_H
#define WATCHDOG_DEPS_H

#include "http.h"
#include "tick.h"

struct deps;

/* Adds a source for each configured dependency.  Never NULL. */
struct deps *deps_new(struct role *role, struct tick *tick, struct http *http, struct resolve *resolve);
void deps_free(struct deps *d); /* NULL is fine; after tick_free() */

#endif
