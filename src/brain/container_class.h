/*
 * Docker's and Podman's words for what a container is doing, and ours.
 */
#ifndef WATCHDOG_CONTAINER_CLASS_H
#define WATCHDOG_CONTAINER_CLASS_H

#include <stdbool.h>

enum container_class {
	CLASS_UNKNOWN, /* a word that nobody knows: no data */
	CLASS_RUNNING,
	CLASS_UNHEALTHY,
	CLASS_RESTARTING,
	CLASS_PAUSED,
	CLASS_DEAD,
	CLASS_EXITED,
	CLASS_CREATED,
	CLASS_MISSING,
	CLASS_COUNT
};

/* Its health check, while it runs; CHECK_NONE: it has none, or nothing is known of it. */
enum container_check { CHECK_NONE, CHECK_STARTING, CHECK_HEALTHY, CHECK_UNHEALTHY, CHECK_COUNT };

/* What state and health, the engine's words, mean.  *check is CHECK_NONE unless it runs. */
enum container_class container_classify(const char *state, const char *health, enum container_check *check);

/* A process of it is there, though it may be paused. */
bool class_is_up(enum container_class class);

/* It is there, and none of its processes is. */
bool class_is_down(enum container_class class);

/* "SIGKILL" for 137: exit codes from 129 are those of a death by signal.  NULL if it is none. */
const char *exit_signal(int exit_code);

#endif
