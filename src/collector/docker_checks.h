/*
 * Checks of single containers: an event asks for one, docker's list says
 * what is so, and the brain is told both together.  So what an engine says
 * that is about to end never becomes an accusation: its checks fail.
 */
#ifndef WATCHDOG_DOCKER_CHECKS_H
#define WATCHDOG_DOCKER_CHECKS_H

#include "docker_event.h"
#include "docker_view.h"
#include "gate_client.h"

#define CHECKS_WAITING_MAX 256 /* containers; what comes on top needs a full list */
#define CHECKS_PARALLEL 2      /* asked at once */
#define CHECKS_RATE 20         /* a second, so that the list still gets its turn at the gate */
#define CHECKS_BURST 40

struct docker_checks;

struct docker_checks_sink {
	/* A check could not be made, or there was no room for it: only a full list tells. */
	void (*failed)(void *ctx);
};

/* Never NULL.  The sink may be called from inside docker_checks_event(). */
struct docker_checks *docker_checks_new(struct role *role, struct gate_client *gate, struct tick *tick,
    struct docker_view *view, const struct docker_checks_sink *sink, void *ctx);
void docker_checks_free(struct docker_checks *c); /* NULL is fine */

/* How to ask: the API's version; podman: the list does not tell the health. */
void docker_checks_api(struct docker_checks *c, unsigned api_minor, bool podman);

/* Check the event's container: at once, or after what waits; several events of one that waits are one check. */
void docker_checks_event(struct docker_checks *c, const struct docker_event *e, double age);

/*
 * A tick has come; listed: with a full list.  Where several looks in a row
 * are wanted (WATCHDOG_CONTAINER_DOWN_TICKS, WATCHDOG_RECOVER_TICKS), those
 * that an event was about are checked again as often.
 */
void docker_checks_turn(struct docker_checks *c, bool listed);

/* A list is under way: ask nothing until it has come, and what has been asked once more then. */
void docker_checks_hold(struct docker_checks *c, bool hold);

/*
 * A whole list is there to be told: what events said while it was made is
 * told before it, or their ends would be nobody's.  The checks go on waiting.
 */
void docker_checks_tell_acts(struct docker_checks *c);

/* The oldest time stamp of what events said and the brain has not been told, nanoseconds; 0 = there is none. */
uint64_t docker_checks_untold(const struct docker_checks *c);

/* True if nothing waits for its check. */
bool docker_checks_idle(const struct docker_checks *c);

/* Forget what waits and what is under way: the engine is not well, or a full list comes. */
void docker_checks_drop(struct docker_checks *c);

#endif
