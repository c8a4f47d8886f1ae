/*
 * Kinds of signal, and what the key of one looks like: "mem", "dep:git".  The
 * keys stand in the configuration, in recordings and in snapshots.
 */
#ifndef WATCHDOG_KINDS_H
#define WATCHDOG_KINDS_H

#include <stdbool.h>

/* WATCHDOG_COOLDOWN_<KIND>_S names most of them. */
enum signal_kind {
	KIND_ORCHESTRATOR, KIND_AGENT, KIND_JOB_FAILED, KIND_MEM, KIND_DISK, KIND_CONTAINER, KIND_DOCKER,
	KIND_DEP, KIND_SOURCE, KIND_WATCHDOG, KIND_NETWORK, KIND_COUNT
};

/* How its keys begin, up to the colon behind which a name stands; the whole key if there is one signal of it. */
const char *kind_prefix(enum signal_kind kind);

/* There is one signal of it, without a name. */
bool kind_is_single(enum signal_kind kind);

/* True if key is a signal's of that kind. */
bool kind_has_key(enum signal_kind kind, const char *key);

#endif
