/*
 * Globs among the configured containers.
 */
#ifndef WATCHDOG_CONTAINER_GLOBS_H
#define WATCHDOG_CONTAINER_GLOBS_H

#include "brain.h"

/* True of a pattern with wildcards, but for "*" alone, which discovers and asks for nothing. */
bool container_is_glob(const char *pattern);

/*
 * At the end of a whole list, before those that were not in it are judged:
 * container:<glob> is bad while no container matches it.
 */
void container_judge_globs(struct brain *b);

/* What has been asked of each configured pattern since the last list; all zeroes = nothing. */
struct globs_asked {
	enum { GLOB_NOT_ASKED, GLOB_HAS_ONE, GLOB_HAS_NONE } of[CONFIG_LIST_MAX];
};

/*
 * Whether a container that was not in the list is to be there: it is asked
 * for by its name, or it was the last of a glob.  While a glob has one the
 * others may go, as when a service is made smaller.
 */
bool container_is_missed(const struct brain *b, const struct alert *a, struct globs_asked *asked);

#endif
