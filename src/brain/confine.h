/*
 * What the brain may do once it runs.
 */
#ifndef WATCHDOG_BRAIN_CONFINE_H
#define WATCHDOG_BRAIN_CONFINE_H

#include "role.h"
#include "sandbox.h"

extern const struct sandbox_policy brain_policy;

/* role_spec's confine. */
int brain_confine(struct role *role);

#endif
