/*
 * How many orders a person may give.  The chats are told of each, so a loop
 * of them would bury everything else: after ORDERS_BURST in a row one more is
 * taken every ORDERS_PAUSE_S.  Each person has a count of their own, which a
 * new brain begins anew.
 */
#ifndef WATCHDOG_ORDER_RATE_H
#define WATCHDOG_ORDER_RATE_H

#include <stdbool.h>

#include "orders.h"

#define ORDERS_BURST 100
#define ORDERS_PAUSE_S 60.0

/* Whether one more order of who is taken now. */
bool order_rate_allows(struct brain *b, const char *who);

/* One was taken.  The first time that it was the last for now, the chats are told so. */
void order_rate_count(struct brain *b, const char *who);

#endif
