/*
 * Who the processes are, and what they may.  Sources: capabilities(7),
 * prctl(2), and the kernel's Documentation/userspace-api/no_new_privs.rst.
 */
#ifndef WATCHDOG_PRIVILEGES_H
#define WATCHDOG_PRIVILEGES_H

#include <sys/types.h>

#include <stdbool.h>

#include "config.h"

struct identity {
	bool separate; /* children get uid and gid; false: everybody stays who started the daemon */
	uid_t uid;
	gid_t gid;
	uint64_t parent_caps; /* that the parent keeps; set by privileges_reduce_parent() */
};

/*
 * Decide who the children become.  As root with CAP_SETUID and CAP_SETGID:
 * the configured user, or if none is configured and "watchdog" does not
 * exist, an unused high uid, which is logged.  Otherwise nobody changes,
 * which is logged if we are root: we may not, or are in a user namespace that
 * has no other ids (user_namespaces(7)).  Returns 0, or -1 with why: the
 * configured user does not exist, is root, or cannot be become here.
 */
int privileges_identity(struct identity *id, const struct config *config, char *why, size_t whylen);

/*
 * The parent, at start: no new privileges ever, no core dumps, as many descriptors as the hard limit gives (for the
 * children, too), and of root's capabilities only SETUID, SETGID, KILL.
 */
int privileges_reduce_parent(struct identity *id);

/*
 * A child, between fork and exec: resource limits, groups, ids, capabilities
 * all gone and verified.  Returns NULL, or the name of the step that failed
 * with errno set.  Async-signal-safe.
 */
const char *privileges_drop(const struct identity *id);

#endif
