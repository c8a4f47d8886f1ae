/*
 * What the notifier may do once it runs.
 */
#ifndef WATCHDOG_NOTIFIER_CONFINE_H
#define WATCHDOG_NOTIFIER_CONFINE_H

#include "role.h"
#include "sandbox.h"

extern const struct sandbox_policy notifier_policy;

/* role_spec's confine. */
int notifier_confine(struct role *role);

#endif
