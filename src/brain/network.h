/*
 * This host's own network: while every dependency on it fails and Telegram
 * cannot be reached either, that is one incident, the signal "network", which
 * covers those dependencies.  It can only be told when it is over.
 */
#ifndef WATCHDOG_NETWORK_H
#define WATCHDOG_NETWORK_H

#include "brain.h"

#define NETWORK_KEY "network"

/* At the end of a tick, before hush_settle(): look at the network. */
void network_look(struct brain *b);

/* True if a signal of that key is a dependency on the network, that is, elsewhere than on this host. */
bool network_carries(const struct config *config, const char *key);

/* True while the network is down. */
bool network_is_down(const struct brain *b);

#endif
