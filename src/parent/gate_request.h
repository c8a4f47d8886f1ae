/*
 * The requests that may go to docker: a fixed set, each built here from
 * numbers and from the configuration's own names.
 */
#ifndef WATCHDOG_GATE_REQUEST_H
#define WATCHDOG_GATE_REQUEST_H

#include <event2/buffer.h>

#include "config.h"
#include "messages.h"

struct gate_limits {
	bool deadline;    /* false: the answer stays open (events), and only what goes before it has one */
	size_t bytes_max; /* 0 = no cap */
};

/* What holds for the answer to an operation, one of the table's. */
const struct gate_limits *gate_limits(enum gate_op op);

/*
 * Append the request's bytes to out: HTTP/1.0, a GET, nothing of the
 * asker's but numbers.  config: whose WATCHDOG_CONTAINERS GATE_LIST_NAMED
 * asks for.  Returns 0, or -1 with nothing appended and errno: EINVAL (the
 * values do not fit the operation), ENOMEM.
 * Source: Docker Engine API, ContainerList and SystemEvents.
 */
int gate_request_build(struct evbuffer *out, const struct msg_gate_ask *ask, const struct config *config);

#endif
