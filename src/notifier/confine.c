/*
 * The notifier holds the token and speaks to one port: the API's, or the
 * proxy's where there is one.  No file can be opened.
 */
#include "build_config.h"

#include <sys/socket.h>

#include <errno.h>

#include "confine.h"
#include "role_confine.h"

static const struct sandbox_call calls[] = {
	{"socket", SANDBOX_KILL, {SANDBOX_IS(0, AF_UNIX)}},
	{"socket", SANDBOX_KILL, {SANDBOX_IS(0, AF_NETLINK)}},
	{0},
};

static const struct sandbox_call *const tables[] = {sandbox_basic, sandbox_http, calls, sandbox_attacks, NULL};

const struct sandbox_policy notifier_policy = {"notifier", ENOSYS, tables};

int
notifier_confine(struct role *role)
{
	const struct config *c = &role->config;
	struct landlock_rules rules = {
		.fs = LL_FS_ALL,
		.net = LL_NET_ALL,
		.scoped = LL_SCOPE_ALL,
		.connect = c->tg_proxy.url != NULL ? &c->tg_proxy.port : &c->tg_api_url.port,
		.nports = 1,
	};

	return role_confine(role, &notifier_policy, &rules);
}
