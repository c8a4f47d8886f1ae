/*
 * Requests that give an order: ack, silence, unsilence.
 */
#ifndef WATCHDOG_CONTROL_ORDER_H
#define WATCHDOG_CONTROL_ORDER_H

#include "brain.h"
#include "control_request.h"

struct order_result {
	int exit_status; /* 0: done */
	char text[1024]; /* for the client: what was done, or why not */
};

/* Do what r asks, by who.  Returns true if something has changed. */
bool order_take(struct brain *b, const struct control_request *r, const char *who, struct order_result *result);

#endif
