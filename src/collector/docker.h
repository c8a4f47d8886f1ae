/*
 * The containers, a source: docker's or podman's list, through the gate, and
 * between ticks what its events point at.
 */
#ifndef WATCHDOG_DOCKER_H
#define WATCHDOG_DOCKER_H

#include "gate_client.h"
#include "tick.h"

#define DOCKER_API_MINOR_OLDEST 24 /* of 1.NN: what has State and Status as we read them */
#define DOCKER_API_MINOR_NEWEST 52 /* the first with Health in the list; nothing later is of use */
#define DOCKER_LOOK_AGAIN_S 60     /* for a socket that is not expected and not there */

struct docker;

/*
 * Adds the source, unless WATCHDOG_CONTAINERS is empty: docker is then never
 * asked.  own_id: as own_container.h finds it.  Never NULL.
 */
struct docker *docker_new(struct role *role, struct tick *tick, struct gate_client *gate, const char *own_id);
/* The next look is to be at all containers. */
void docker_want_list(struct docker *d);

/* The brain is a new one, or was out of reach: what it says of events, and where to take them up, comes next. */
void docker_linked(struct docker *d);

/* It has been told of this event (struct docker_event's key). */
void docker_told(struct docker *d, uint64_t event);

/* That was all: it is to be told the whole list, and every event since (as docker_stream_resume() has it). */
void docker_since(struct docker *d, uint64_t since, double ago);

void docker_free(struct docker *d); /* NULL is fine; after tick_free() */

#endif
