/*
 * What the resolver may do once it runs.
 */
#ifndef WATCHDOG_RESOLVER_CONFINE_H
#define WATCHDOG_RESOLVER_CONFINE_H

#include "role.h"
#include "sandbox.h"

extern const struct sandbox_policy resolver_policy;

/* role_spec's confine. */
int resolver_confine(struct role *role);

#endif
