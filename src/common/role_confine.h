/*
 * A child's confinement: Landlock, then the system call filter, as
 * WATCHDOG_SANDBOX says.  What a role may do stands in its own confine.c.
 */
#ifndef WATCHDOG_ROLE_CONFINE_H
#define WATCHDOG_ROLE_CONFINE_H

#include "landlock.h"
#include "role.h"
#include "sandbox.h"

/*
 * Confine the calling role for good; role->calls and role->landlock_abi are
 * what READY reports.  A kernel without Landlock is a warning; anything else
 * that does not hold in mode enforce is an error, said in the log: -1.
 * Landlock can only refuse, so mode log does without it.
 */
int role_confine(struct role *role, const struct sandbox_policy *policy, const struct landlock_rules *rules);

#endif
