/*
 * Secrets at rest: the token, the chats and the proxy live in a memfd that
 * is never mapped, from which each new notifier reads them; the parent's own
 * copies are wiped.
 */
#ifndef WATCHDOG_SECRETS_H
#define WATCHDOG_SECRETS_H

#include "config.h"

/* An empty memfd; -1 with errno. */
int secrets_new(const char *name);

/*
 * Move every value of a secret key from c into a new memfd, as KEY=VALUE
 * lines, and wipe it from c.  Returns the memfd (sealed against writing), -1
 * if there are no secrets, -2 with errno set if it could not be made.
 */
int secrets_store(struct config *c);

/* True if both memfds (-1 = none) hold the same bytes. */
bool secrets_same(int a, int b);

#endif
