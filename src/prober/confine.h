/*
 * What the prober may do once it runs.
 */
#ifndef WATCHDOG_PROBER_CONFINE_H
#define WATCHDOG_PROBER_CONFINE_H

#include "role.h"
#include "sandbox.h"

extern const struct sandbox_policy prober_policy;

/* role_spec's confine. */
int prober_confine(struct role *role);

#endif
