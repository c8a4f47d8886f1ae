/*
 * The gate to docker.sock: the collector asks by number, the parent connects,
 * writes a request that it builds itself, and lets the answer flow into a
 * pipe by splice(2), so that no byte of it enters this process.
 */
#ifndef WATCHDOG_GATE_H
#define WATCHDOG_GATE_H

#include "config.h"
#include "link.h"

#define GATE_PARALLEL 6      /* requests at once */
#define GATE_RATE 50         /* requests a second, */
#define GATE_BURST 100       /* after a pause this many at once */

struct gate;

/* config must outlive the gate and may be replaced by gate_configure(). */
struct gate *gate_new(struct event_base *base, const struct config *config);
void gate_configure(struct gate *g, const struct config *config);
void gate_free(struct gate *g);

/*
 * Serve one request; every answer goes to collector with this id.  Where
 * WATCHDOG_CONTAINERS is empty nothing is asked, and it fails with EPERM.
 */
void gate_ask(struct gate *g, struct link *collector, uint32_t id, const struct msg_gate_ask *ask);

/* The collector is gone: so are its requests. */
void gate_abandon(struct gate *g);

#endif
