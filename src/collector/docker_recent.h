/*
 * Containers that an event was about lately, and that are to be looked at
 * again for some ticks.  Pure.
 */
#ifndef WATCHDOG_DOCKER_RECENT_H
#define WATCHDOG_DOCKER_RECENT_H

#include "docker_container.h"

#define RECENT_MAX 64 /* the one that is nearest its end gives way */

struct docker_recent {
	struct {
		char id[CONTAINER_ID_LEN + 1];
		unsigned left; /* ticks; 0 = free */
	} slot[RECENT_MAX];
};

/* Look at id (CONTAINER_ID_LEN digits) at so many ticks; 0 = none. */
void docker_recent_add(struct docker_recent *r, const char *id, unsigned ticks);

/* A tick has come: the next of those to look at, NULL after the last.  *at is 0 at first. */
const char *docker_recent_next(struct docker_recent *r, size_t *at);

#endif
