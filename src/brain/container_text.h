/*
 * What is said of a container.
 */
#ifndef WATCHDOG_CONTAINER_TEXT_H
#define WATCHDOG_CONTAINER_TEXT_H

#include "container_identity.h"
#include "strbuf.h"

/*
 * Its detail: what o's reason names, with exit code, signal and cause where
 * there are any.  state: docker's word, for one that nobody knows.
 */
void container_say(struct strbuf *out, enum language lang, const struct container *c, const struct life_opinion *o,
    const char *state, double now);

#endif
