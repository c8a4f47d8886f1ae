/*
 * Words and what they mean.  Pure; trusts nothing of the words.
 */
#include "build_config.h"

#include <stddef.h>
#include <string.h>

#include "container_class.h"

/*
 * Docker says "running" for a container that it restarts or has paused, too,
 * but not in this word.  "stopped", "stopping", "initialized" and
 * "configured" are podman's.
 */
static const struct {
	const char *word;
	enum container_class class;
} states[] = {
	{"running", CLASS_RUNNING},
	{"restarting", CLASS_RESTARTING},
	{"paused", CLASS_PAUSED},
	{"dead", CLASS_DEAD},
	{"exited", CLASS_EXITED},
	{"created", CLASS_CREATED},
	{"missing", CLASS_MISSING},
	{"stopping", CLASS_RUNNING},
	{"stopped", CLASS_EXITED},
	{"initialized", CLASS_CREATED},
	{"configured", CLASS_CREATED},
};

static const struct {
	const char *word;
	enum container_check check;
} checks[] = {
	{"starting", CHECK_STARTING},
	{"healthy", CHECK_HEALTHY},
	{"unhealthy", CHECK_UNHEALTHY},
};

static const char *const signals[] = {
	[1] = "SIGHUP", [2] = "SIGINT", [3] = "SIGQUIT", [4] = "SIGILL", [5] = "SIGTRAP", [6] = "SIGABRT", [7] = "SIGBUS",
	[8] = "SIGFPE", [9] = "SIGKILL", [10] = "SIGUSR1", [11] = "SIGSEGV", [12] = "SIGUSR2", [13] = "SIGPIPE",
	[14] = "SIGALRM", [15] = "SIGTERM",
};

enum container_class
container_classify(const char *state, const char *health, enum container_check *check)
{
	enum container_class class = CLASS_UNKNOWN;

	*check = CHECK_NONE;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(state, states[i].word) == 0)
			class = states[i].class;
	/* Docker calls everything with a health check that does not run unhealthy. */
	for (size_t i = 0; class == CLASS_RUNNING && i < sizeof(checks) / sizeof(checks[0]); i++)
		if (strcmp(health, checks[i].word) == 0)
			*check = checks[i].check;
	return *check == CHECK_UNHEALTHY ? CLASS_UNHEALTHY : class;
}

bool
class_is_up(enum container_class class)
{
	return class == CLASS_RUNNING || class == CLASS_UNHEALTHY || class == CLASS_PAUSED;
}

bool
class_is_down(enum container_class class)
{
	return class == CLASS_EXITED || class == CLASS_CREATED || class == CLASS_DEAD || class == CLASS_RESTARTING;
}

const char *
exit_signal(int exit_code)
{
	size_t n = sizeof(signals) / sizeof(signals[0]);

	return exit_code > 128 && (size_t)exit_code < 128 + n ? signals[exit_code - 128] : NULL;
}
