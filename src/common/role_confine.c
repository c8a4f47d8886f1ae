/*
 * The order in which a child is confined, and what is said when it cannot be.
 */
#include "build_config.h"

#include <stddef.h>

#include "role_confine.h"
#include "log.h"
#include "proc_status.h"

#define WHY_MAX 256

/* Filter and rules bind the thread that asks for them; a second one would stay free. */
static int
check_single_thread(const struct role *role)
{
	uint64_t threads = proc_status_number(role->status_fd, "\nThreads:", 10);

	if (threads == 1)
		return 0;
	if (threads == 0)
		log_error("sandbox: /proc/self/status does not say how many threads there are: /proc must be mounted");
	else
		log_error("sandbox: a library has started a thread, which could not be confined");
	return -1;
}

static int
confine_files(struct role *role, const struct sandbox_policy *policy, const struct landlock_rules *rules)
{
	struct landlock_rules in_force = *rules;
	char why[WHY_MAX] = "";
	unsigned abi = landlock_abi(why, sizeof(why));
	int granted;

	role->landlock_abi = (uint16_t)abi;
	if (abi == 0) {
		log_warning("sandbox: no Landlock (%s): only the system call filter confines the %s", why, policy->name);
		return 0;
	}
#if defined(WITH_SANITIZERS) || defined(WITH_COVERAGE)
	in_force.fs = 0; /* the leak check reads /proc, gcov writes files */
#endif
	if ((granted = landlock_enter(&in_force, abi, why, sizeof(why))) == -1) {
		log_error("sandbox: Landlock: %s", why);
		return -1;
	}
	role->landlock_rules = granted > UINT16_MAX ? UINT16_MAX : (uint16_t)granted;
	return 0;
}

int
role_confine(struct role *role, const struct sandbox_policy *policy, const struct landlock_rules *rules)
{
	enum sandbox_mode mode = role->config.sandbox;
	char why[WHY_MAX] = "";
	int calls;

	if (mode == SANDBOX_OFF) {
		log_warning("sandbox: off, the %s is not confined", policy->name);
		return 0;
	}
	if (mode == SANDBOX_LOG)
		log_warning("sandbox: log mode, the %s is not confined: what would be refused is only reported", policy->name);
	else if (check_single_thread(role) == -1 || confine_files(role, policy, rules) == -1)
		return -1;
	if ((calls = sandbox_enter(policy, mode, role->base, why, sizeof(why))) == -1) {
		log_error("sandbox: system call filter: %s", why);
		return mode == SANDBOX_ENFORCE ? -1 : 0;
	}
	role->calls = (uint16_t)calls;
	return 0;
}
