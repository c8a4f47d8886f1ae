/*
 * What a list of docker's means for the configured containers: which are
 * watched, which are missing, which is our own.
 */
#ifndef WATCHDOG_DOCKER_VIEW_H
#define WATCHDOG_DOCKER_VIEW_H

#include "docker_container.h"
#include "tick.h"

#define DOCKER_CONTAINERS_MAX 20000 /* watched ones; the rest is counted */

struct docker_view;

/* Says what it sees through source.  own_id: as own_container.h finds it.  Never NULL. */
struct docker_view *docker_view_new(struct source *source, const struct config *config, const char *own_id);
void docker_view_free(struct docker_view *v); /* NULL is fine */

/* A new look: forget what the last one knew. */
void docker_view_begin(struct docker_view *v);

/* An element of the list of the unhealthy, which goes before the full one where that does not tell (Podman). */
void docker_view_unhealthy(struct docker_view *v, struct span element);

/* An element of the full list. */
void docker_view_element(struct docker_view *v, struct span element);

/*
 * The list is complete but for skipped elements that could not be read: say
 * the rest.  A container that must be there and is not in it is missing, or
 * unknown if it may be among what was left out.
 */
void docker_view_end(struct docker_view *v, uint32_t skipped);

#endif
