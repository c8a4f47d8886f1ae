/*
 * How far docker's events have been told, so that another collector takes
 * them up where the last one left off: what a person did in between is
 * known, and nothing counts twice.  Pure.
 */
#ifndef WATCHDOG_DOCKER_TOLD_H
#define WATCHDOG_DOCKER_TOLD_H

#include <stddef.h>
#include <stdint.h>

#include "outbox.h"

#define TOLD_MAX 256           /* events; an engine remembers no more than its last 256 */
#define TOLD_AGE_MAX_S 86400.0 /* what is older is not asked for */

struct told_event {
	uint64_t time; /* its time stamp: nanoseconds since the epoch, by the engine's clock; 0 = not said */
	uint64_t event; /* its number */
};

struct docker_told {
	uint64_t since;  /* all from before this time stamp have been told; 0 = not known */
	double since_at; /* the boot clock when the engine's said so */
	uint32_t count;
	struct told_event v[TOLD_MAX]; /* those told that are not from before since, in the order of their telling */
};

/* An event has been told.  The oldest telling gives way. */
void docker_told_event(struct docker_told *t, uint64_t time, uint64_t event);

/* All from before heard have been told, as was said at now; 0 = that is not known. */
void docker_told_until(struct docker_told *t, uint64_t heard, struct moment now);

/* From when on to ask, at now, and in *ago how many seconds ago that was; 0 = not known. */
uint64_t docker_told_since(const struct docker_told *t, struct moment now, double *ago);

#endif
