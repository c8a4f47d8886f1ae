/*
 * The names of the roles.
 */
#include "build_config.h"

#include "roles.h"

const char *
role_name(unsigned role)
{
	static const char *const names[ROLE_COUNT] = {
		[ROLE_PARENT] = "parent",
		[ROLE_COLLECTOR] = "collector",
		[ROLE_BRAIN] = "brain",
		[ROLE_NOTIFIER] = "notifier",
		[ROLE_RESOLVER] = "resolver",
		[ROLE_PROBER] = "prober",
	};

	return role < ROLE_COUNT ? names[role] : "?";
}
