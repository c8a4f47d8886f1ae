/*
 * What one entry of docker's container list says, for Docker from API 1.24
 * and for Podman's compatible API.
 */
#ifndef WATCHDOG_DOCKER_CONTAINER_H
#define WATCHDOG_DOCKER_CONTAINER_H

#include "config.h"
#include "docker_labels.h"
#include "json_scan.h"
#include "messages.h"

#define CONTAINER_ID_LEN 64 /* hex digits */

struct container {
	char id[CONTAINER_ID_LEN + 1];
	char name[NAME_MAX_LEN + 1];
	bool provisional;     /* compose is about to put it in the place of the one that has the name */
	char state[16];       /* created, running, paused, restarting, removing, exited, dead, or unknown */
	char health[16];      /* healthy, unhealthy, starting or ""; "" unless running */
	int exit_code;        /* -1 = not known */
	char project[NAME_MAX_LEN + 1], service[NAME_MAX_LEN + 1], number[16 + 1]; /* compose's labels, or "" */
	bool oneoff;          /* docker compose run */
	struct docker_labels labels;
	char network_of[CONTAINER_ID_LEN + 1]; /* the container whose network it shares, or "" */
};

/* Read an element.  False if it lacks an id or a name: then there is nothing to watch it by. */
bool docker_container_read(struct container *c, struct span element);

/*
 * The same of an event's actor: its id, and its attributes with the name and
 * all labels among them.  No state is known then.
 */
bool docker_container_read_actor(struct container *c, struct span id, struct span attributes);

/* Cut compose's temporary <12 hex>_ off a name.  Returns true if it was there. */
bool docker_name_settle(char *name);

/* "*" alone discovers; any other entry names, those with wildcards too. */
enum watched { NOT_WATCHED, DISCOVERED, NAMED_BY_PATTERN, NAMED_PLAINLY };

/*
 * What the configuration (WATCHDOG_CONTAINERS, the strongest of its entries,
 * and WATCHDOG_CONTAINERS_LABELED_ONLY) and its label watchdog.enable say of
 * a container.  The label does not stand against its very name.
 */
enum watched docker_container_watched(const struct config *config, const struct container *c);

/* True if an entry has no wildcard, so that its container must be there. */
bool docker_name_is_plain(const char *entry);

#endif
