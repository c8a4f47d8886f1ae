/*
 * The collector reads what others write: web servers, docker, the kernel.  It
 * has the descriptors that it opened before, docker's answers through pipes,
 * and TCP to the ports of the configuration.  No file can be opened.
 */
#include "build_config.h"

#include <sys/socket.h>

#include <errno.h>

#include "confine.h"
#include "role_confine.h"

static const struct sandbox_call calls[] = {
	{"socket", SANDBOX_KILL, {SANDBOX_IS(0, AF_UNIX)}},               /* docker.sock is the parent's */
	{"socket", SANDBOX_KILL, {SANDBOX_IS(0, AF_NETLINK)}},
	{0},
};

static const struct sandbox_call *const tables[] = {sandbox_basic, sandbox_http, calls, sandbox_attacks, NULL};

const struct sandbox_policy collector_policy = {"collector", ENOSYS, tables};

int
collector_confine(struct role *role)
{
	static uint16_t ports[CONFIG_LIST_MAX + 1];
	const struct config *c = &role->config;
	struct landlock_rules rules = {.fs = LL_FS_ALL, .net = LL_NET_ALL, .scoped = LL_SCOPE_ALL, .connect = ports};

	if (c->metrics_url.url != NULL)
		ports[rules.nports++] = c->metrics_url.port;
	for (size_t i = 0; i < c->deps.n && i < CONFIG_LIST_MAX; i++)
		ports[rules.nports++] = c->deps.v[i].url.port;
	return role_confine(role, &collector_policy, &rules);
}
