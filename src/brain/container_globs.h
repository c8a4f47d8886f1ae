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

#endif
