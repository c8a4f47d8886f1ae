/*
 * The collector's part of watchdog -T: one read of /proc, docker's version
 * through the gate.
 */
#ifndef WATCHDOG_PROVE_H
#define WATCHDOG_PROVE_H

#include "gate_client.h"
#include "host.h"

/* Begin; once in a process's life.  Ends in role_proved(). */
void prove_start(struct role *role, struct gate_client *gate, const struct host *host);

#endif
