/*
 * One line of docker's or podman's event stream.  Pure.
 */
#ifndef WATCHDOG_DOCKER_EVENT_H
#define WATCHDOG_DOCKER_EVENT_H

#include "docker_container.h"

#define ACT_NONE ACT_COUNT /* nothing to hint at, but the container is to be checked */

struct docker_event {
	uint64_t time_ns;            /* since the epoch, by the engine's clock; 0 = not said */
	unsigned act;                /* enum container_act or ACT_NONE */
	bool health;                 /* of a health check: healthy says which way it went */
	bool healthy;
	uint64_t key;                /* the same for the same event only (time, id and action) */
	struct container container;  /* id, name, compose's labels, own labels; no state */
	char old_name[NAME_MAX_LEN + 1];
	int signal;                  /* -1 = not said */
	int exit_code;               /* of an end; likewise */
};

/*
 * Read a line.  False if it is no event that matters here: another type,
 * another action, no container's id or name.
 * Source: Docker Engine API, SystemEvents; podman-events(1).
 */
bool docker_event_read(struct docker_event *e, struct span line);

#endif
