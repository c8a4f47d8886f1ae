/*
 * The prober asks for the figures of file systems, by path, and on which device it is, and nothing else.
 * Neither is a matter of Landlock's: without one right on any file it works.
 */
#include "build_config.h"

#include <sys/socket.h>

#include <errno.h>

#include "confine.h"
#include "mount.h"
#include "role_confine.h"

static const struct sandbox_call calls[] = {
	{"statfs", SANDBOX_ALLOW, {{0}}},
	{"statfs64", SANDBOX_ALLOW, {{0}}},                               /* 32 bits */
	{"statx", SANDBOX_ALLOW, {SANDBOX_IS(2, MOUNT_STATX_FLAGS)}},     /* mount_look(): whether something is mounted there */
	{"socket", SANDBOX_KILL, {SANDBOX_IS(0, AF_UNIX)}},
	{"socket", SANDBOX_KILL, {SANDBOX_IS(0, AF_NETLINK)}},
	{0},
};

static const struct sandbox_call *const tables[] = {sandbox_basic, calls, sandbox_attacks, NULL};

const struct sandbox_policy prober_policy = {"prober", ENOSYS, tables};

static const struct landlock_rules rules = {.fs = LL_FS_ALL, .net = LL_NET_ALL, .scoped = LL_SCOPE_ALL};

int
prober_confine(struct role *role)
{
	return role_confine(role, &prober_policy, &rules);
}
