/*
 * The brain computes: it reads and writes links and asks for the time.  It
 * carries no library that could have a reason of its own, so whatever else it
 * calls, it dies of.  No file, no socket, no port: clients of the control
 * socket come to it connected, and it speaks to them with a link's own calls.
 */
#include "build_config.h"

#include "confine.h"
#include "role_confine.h"

static const struct sandbox_call *const tables[] = {sandbox_basic, NULL};

const struct sandbox_policy brain_policy = {"brain", SANDBOX_KILL, tables};

static const struct landlock_rules rules = {.fs = LL_FS_ALL, .net = LL_NET_ALL, .scoped = LL_SCOPE_ALL};

int
brain_confine(struct role *role)
{
	return role_confine(role, &brain_policy, &rules);
}
