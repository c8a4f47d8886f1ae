/*
 * The watched application's /metrics, a source.
 */
#ifndef WATCHDOG_METRICS_H
#define WATCHDOG_METRICS_H

#include "http.h"
#include "tick.h"

struct metrics;

/* Adds the source if WATCHDOG_METRICS_URL is configured.  Never NULL. */
struct metrics *metrics_new(struct role *role, struct tick *tick, struct http *http);
void metrics_free(struct metrics *m); /* NULL is fine; after tick_free() */

#endif
