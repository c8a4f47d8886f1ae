/*
 * Landlock by its three system calls.
 */
#include "build_config.h"

#include <sys/prctl.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "landlock.h"

/* The same numbers on every architecture. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif
#define CREATE_RULESET_VERSION 1u
#define RULE_PATH_BENEATH 1
#define RULE_NET_PORT 2

#define ABI_TRUNCATE 3
#define ABI_NET 4
#define ABI_IOCTL_DEV 5
#define ABI_SCOPE 6

/* As the kernel lays them out. */
struct ruleset_attr {
	uint64_t handled_fs, handled_net, scoped;
};
struct path_beneath_attr {
	uint64_t allowed;
	int32_t parent_fd;
} __attribute__((packed));
struct net_port_attr {
	uint64_t allowed, port;
};

static int fail(char *why, size_t whylen, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static int
fail(char *why, size_t whylen, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, whylen, fmt, ap);
	va_end(ap);
	return -1;
}

struct landlock_masks
landlock_masks(unsigned abi)
{
	struct landlock_masks m = {0};

	if (abi == 0)
		return m;
	m.fs = LL_FS_ALL & ~(abi < ABI_IOCTL_DEV ? LL_IOCTL_DEV : 0) & ~(abi < ABI_TRUNCATE ? LL_TRUNCATE : 0) &
	    ~(abi < 2 ? LL_REFER : 0);
	m.net = abi < ABI_NET ? 0 : LL_NET_ALL;
	m.scoped = abi < ABI_SCOPE ? 0 : LL_SCOPE_ALL;
	m.attr_size = (abi < ABI_NET ? 1 : abi < ABI_SCOPE ? 2 : 3) * sizeof(uint64_t);
	return m;
}

unsigned
landlock_abi(char *why, size_t whylen)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, CREATE_RULESET_VERSION);

	if (abi > 0)
		return (unsigned)abi;
	switch (errno) {
	case ENOSYS:
		fail(why, whylen, "this kernel has none");
		break;
	case EOPNOTSUPP:
		fail(why, whylen, "it was switched off when the kernel was started");
		break;
	case EPERM:
		fail(why, whylen, "a filter around this program, of a container or a service manager, forbids it");
		break;
	default:
		fail(why, whylen, "%s", strerror(errno));
	}
	return 0;
}

/* A path that is not there needs no rule, and one that cannot be reached cannot be used either: 0.  1: there is a rule; -1. */
static int
grant_path(int ruleset, const struct landlock_path *p, uint64_t known, char *why, size_t whylen)
{
	struct path_beneath_attr attr = {.allowed = p->access & known};
	int rc;

	if (attr.allowed == 0 || (attr.parent_fd = open(p->path, O_PATH | O_CLOEXEC)) == -1)
		return 0;
	rc = (int)syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &attr, 0u);
	if (rc == -1)
		fail(why, whylen, "rule for %s: %s", p->path, strerror(errno));
	close(attr.parent_fd);
	return rc == -1 ? -1 : 1;
}

static int
grant_port(int ruleset, uint16_t port, char *why, size_t whylen)
{
	struct net_port_attr attr = {.allowed = LL_CONNECT_TCP, .port = port};

	if (syscall(SYS_landlock_add_rule, ruleset, RULE_NET_PORT, &attr, 0u) == -1)
		return fail(why, whylen, "rule for port %u: %s", port, strerror(errno));
	return 0;
}

/* Returns how many there are now, or -1. */
static int
grant(int ruleset, const struct landlock_rules *rules, const struct landlock_masks *known, char *why, size_t whylen)
{
	int granted = 0, rc;

	for (const struct landlock_path *p = rules->paths; p != NULL && p->path != NULL; p++, granted += rc)
		if ((rc = grant_path(ruleset, p, known->fs & rules->fs, why, whylen)) == -1)
			return -1;
	if ((known->net & rules->net & LL_CONNECT_TCP) == 0)
		return granted;
	for (size_t i = 0; i < rules->nports; i++, granted++)
		if (grant_port(ruleset, rules->connect[i], why, whylen) == -1)
			return -1;
	return granted;
}

static int
put_in_force(int ruleset, char *why, size_t whylen)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return fail(why, whylen, "no_new_privs: %s", strerror(errno));
	if (syscall(SYS_landlock_restrict_self, ruleset, 0u) == -1)
		return fail(why, whylen, "the kernel does not put the rules in force: %s", strerror(errno));
	return 0;
}

int
landlock_enter(const struct landlock_rules *rules, unsigned abi, char *why, size_t whylen)
{
	struct landlock_masks known = landlock_masks(abi);
	struct ruleset_attr attr = {rules->fs & known.fs, rules->net & known.net, rules->scoped & known.scoped};
	int ruleset, granted;

	if ((attr.handled_fs | attr.handled_net | attr.scoped) == 0)
		return 0;
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, known.attr_size, 0u);
	if (ruleset == -1)
		return fail(why, whylen, "the kernel does not take the rules: %s", strerror(errno));
	granted = grant(ruleset, rules, &known, why, whylen);
	if (granted != -1 && put_in_force(ruleset, why, whylen) == -1)
		granted = -1;
	close(ruleset);
	return granted;
}
