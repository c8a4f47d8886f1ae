/*
 * The kinds of signal.
 */
#include "build_config.h"

#include <string.h>

#include "kinds.h"

static const struct {
	const char *prefix;
	bool single;
} kinds[KIND_COUNT] = {
	[KIND_ORCHESTRATOR] = {"orchestrator", true},
	[KIND_AGENT] = {"agent:", false},
	[KIND_JOB_FAILED] = {"job_failed", true},
	[KIND_MEM] = {"mem", true},
	[KIND_DISK] = {"disk:", false},
	[KIND_CONTAINER] = {"container:", false},
	[KIND_DOCKER] = {"docker", true},
	[KIND_DEP] = {"dep:", false},
	[KIND_SOURCE] = {"source:", false},
	[KIND_WATCHDOG] = {"watchdog:", false},
	[KIND_NETWORK] = {"network", true},
};

const char *
kind_prefix(enum signal_kind kind)
{
	return kinds[kind].prefix;
}

bool
kind_is_single(enum signal_kind kind)
{
	return kinds[kind].single;
}

bool
kind_has_key(enum signal_kind kind, const char *key)
{
	const char *prefix = kinds[kind].prefix;
	size_t len = strlen(prefix);

	if (kinds[kind].single)
		return strcmp(key, prefix) == 0;
	return strncmp(key, prefix, len) == 0 && key[len] != '\0';
}
