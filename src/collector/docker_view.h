/*
 * What a list of docker's means for the configured containers: which are
 * watched, which are missing, which is our own.
 */
#ifndef WATCHDOG_DOCKER_VIEW_H
#define WATCHDOG_DOCKER_VIEW_H

#include "docker_container.h"
#include "tick.h"

#define DOCKER_CONTAINERS_MAX CONTAINERS_MAX /* watched ones */

struct docker_view;

/* Says what it sees through source.  own_id: as own_container.h finds it.  Never NULL. */
struct docker_view *docker_view_new(struct source *source, const struct config *config, const char *own_id);
void docker_view_free(struct docker_view *v); /* NULL is fine */

/* A new look, at a list of this scope: forget what the last one knew. */
void docker_view_begin(struct docker_view *v, enum list_scope scope);

/*
 * The list of the unhealthy, which goes before the other where that does not
 * tell the health (Podman): it begins; an element.
 */
void docker_view_unhealthy_begin(struct docker_view *v);
void docker_view_unhealthy(struct docker_view *v, struct span element);

/* The same of one container, from elsewhere.  Returns true if it was otherwise before. */
bool docker_view_health(struct docker_view *v, const char *id, bool healthy);

/* An element of the list. */
void docker_view_element(struct docker_view *v, struct span element);

/*
 * The list is complete but for skipped elements that could not be read: say
 * the rest.  A container that must be there and is not in it is missing, or
 * unknown if it may be among what was left out.
 */
void docker_view_end(struct docker_view *v, uint32_t skipped);

/* A number that changes when a watched container of the list comes, goes, or is in another state. */
uint64_t docker_view_digest(const struct docker_view *v);

/* Whether a container is watched, by its id, name and labels. */
bool docker_view_watches(struct docker_view *v, const struct container *c);

/* Say one container, if it is watched, into said; c may be changed. */
void docker_view_one(struct docker_view *v, struct container *c, struct batch *said);

#endif
