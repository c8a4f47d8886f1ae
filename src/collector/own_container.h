/*
 * The container that this process runs in, if any: it is not watched, since
 * a watchdog that is stopped cannot say so.
 */
#ifndef WATCHDOG_OWN_CONTAINER_H
#define WATCHDOG_OWN_CONTAINER_H

#define OWN_CONTAINER_LEN 64 /* hex digits of an id */

/*
 * Find the id, 64 hex digits or the 12 of a host name, in what
 * /proc/self/cgroup and /proc/self/mountinfo say and in the host's name.
 * id: OWN_CONTAINER_LEN + 1 bytes; "" if this is no container, as far as can be seen.
 */
void own_container_find(char *id, const char *cgroup, const char *mountinfo, const char *hostname);

/* The same, from the files themselves: before the sandbox. */
void own_container_read(char *id);

#endif
