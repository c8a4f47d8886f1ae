/*
 * The processes of this program and their numbers on the wire.
 */
#ifndef WATCHDOG_ROLES_H
#define WATCHDOG_ROLES_H

enum role_id {
	ROLE_PARENT,
	ROLE_COLLECTOR,
	ROLE_BRAIN,
	ROLE_NOTIFIER,
	ROLE_RESOLVER,
	ROLE_PROBER,
	ROLE_COUNT
};

/* A set of roles is the sum of their bits. */
#define ROLE_BIT(role) (1u << (role))

/* The name of a role as it stands in logs and in argv[0] after "watchdog-"; "?" if out of range. */
const char *role_name(unsigned role);

#endif
