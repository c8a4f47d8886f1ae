/*
 * Causes and what they cover.  Trusts the configuration to have no circle.
 */
#include "build_config.h"

#include <string.h>

#include "container_identity.h"
#include "cover.h"
#include "network.h"

#define CAUSES_MAX 512 /* of one signal; there are no more keys than twice those that may be configured */

struct causes {
	const char *key[CAUSES_MAX];
	size_t n;
};

static void
add_cause(struct causes *c, const char *key)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->key[i], key) == 0)
			return;
	if (c->n < CAUSES_MAX)
		c->key[c->n++] = key;
}

static void
add_causes_of(struct causes *c, const struct config *config, const char *key)
{
	const char *natural = config_natural_parent(key);

	if (natural != NULL)
		add_cause(c, natural);
	if (network_carries(config, key))
		add_cause(c, NETWORK_KEY);
	for (size_t i = 0; i < config->depends.n; i++)
		if (strcmp(config->depends.v[i].child, key) == 0)
			add_cause(c, config->depends.v[i].parent);
}

/* Nearest first. */
static void
find_causes(struct causes *c, const struct config *config, const char *key)
{
	c->n = 0;
	add_causes_of(c, config, key);
	for (size_t i = 0; i < c->n; i++)
		add_causes_of(c, config, c->key[i]);
}

/* Its state from before its cause was well again says nothing of now. */
static bool
is_not_seen_since(const struct brain *b, const struct alert *a, const struct alert *cause)
{
	return !a->leaving && cause->story->ended_look > 0 && a->looked < cause->story->ended_look &&
	    b->now - cause->story->ended < COVER_INTERVALS * b->config->interval;
}

static bool
covers(const struct brain *b, const struct alert *cause, const struct alert *a)
{
	bool pending = cause->last == LOOK_BAD && cause->bad > 0;

	return cause->active || pending || is_not_seen_since(b, a, cause);
}

const struct alert *
cover_cause(const struct brain *b, const struct alert *a)
{
	struct causes causes;
	const struct alert *cause;

	find_causes(&causes, b->config, a->key);
	for (size_t i = 0; i < causes.n; i++)
		if ((cause = alerts_find_key(&b->alerts, causes.key[i])) != NULL && covers(b, cause, a))
			return cause;
	return NULL;
}

bool
cover_holds(const struct brain *b, const struct alert *a)
{
	return cover_cause(b, a) != NULL;
}

/* Most signals are nobody's cause, which is seen without a look at all others. */
static bool
may_be_cause(const struct config *config, enum signal_kind kind, const char *key)
{
	if (kind == KIND_DOCKER || kind == KIND_ORCHESTRATOR || kind == KIND_NETWORK)
		return true;
	for (size_t i = 0; i < config->depends.n; i++)
		if (strcmp(config->depends.v[i].parent, key) == 0)
			return true;
	return false;
}

static bool
is_cause_of(const struct brain *b, const char *key, const struct alert *a)
{
	struct causes causes;

	find_causes(&causes, b->config, a->key);
	for (size_t i = 0; i < causes.n; i++)
		if (strcmp(causes.key[i], key) == 0)
			return true;
	return false;
}

/* An edge has no state that could be covered, and what was removed has nothing to be covered for. */
static bool
may_be_covered(const struct alert *a)
{
	return !a->leaving && a->kind != KIND_JOB_FAILED && (a->container == NULL || !a->container->course.absent);
}

uint32_t
cover_count(const struct brain *b, const struct alert *a, enum signal_kind *kind)
{
	struct alert *child, *next;
	uint32_t n = 0;

	*kind = KIND_COUNT;
	if (!may_be_cause(b->config, a->kind, a->key))
		return 0;
	ALERTS_EACH(&b->alerts, child, next) {
		if (!may_be_covered(child) || !is_cause_of(b, a->key, child))
			continue;
		*kind = n == 0 || *kind == child->kind ? child->kind : KIND_COUNT;
		n++;
	}
	return n;
}
