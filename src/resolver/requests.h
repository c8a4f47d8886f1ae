/*
 * The look-ups that wait for the resolver, which does one at a time: a queue
 * for each peer, served in turn, so that a long list of names from one does
 * not keep the other waiting.  A peer's name stands in its queue once, so
 * there are never more entries than names.
 */
#ifndef WATCHDOG_REQUESTS_H
#define WATCHDOG_REQUESTS_H

#include <stdbool.h>
#include <stdint.h>

#include "messages.h"

struct requests;

/* Who asked for a name that is now looked up. */
struct askers {
	uint16_t index;
	bool asked[ROLE_COUNT];
	uint32_t id[ROLE_COUNT]; /* of the question */
};

/* Returns NULL if memory is short. */
struct requests *requests_new(void);
void requests_free(struct requests *r);

/*
 * peer asks for the name with that index (below NAMES_MAX); if it waits for
 * it already, the new id takes the place of the old one.  Returns 0, or -1
 * if memory is short.
 */
int requests_add(struct requests *r, enum role_id peer, uint16_t index, uint32_t id);

/* Forget what peer asked for. */
void requests_drop(struct requests *r, enum role_id peer);

/*
 * Take the next name: the oldest of the peer whose turn it is.  Everybody who
 * waits for that name is in *askers and waits no longer.  False if none.
 */
bool requests_take(struct requests *r, struct askers *askers);

#endif
