/*
 * What the collector may do once it runs.
 */
#ifndef WATCHDOG_COLLECTOR_CONFINE_H
#define WATCHDOG_COLLECTOR_CONFINE_H

#include "role.h"
#include "sandbox.h"

extern const struct sandbox_policy collector_policy;

/* role_spec's confine. */
int collector_confine(struct role *role);

#endif
