/*
 * A glob of WATCHDOG_CONTAINERS asks for one container at least.  One that
 * has lost its last is missed by that one's name; here is the glob that no
 * container has ever matched.
 */
#include "build_config.h"

#include <fnmatch.h>
#include <string.h>

#include "container_globs.h"
#include "container_identity.h"
#include "look.h"
#include "message_text.h"

bool
container_is_glob(const char *pattern)
{
	return strcmp(pattern, "*") != 0 && strpbrk(pattern, "*?") != NULL;
}

/* The name of a container that the pattern matches, seen or missed; NULL if there is none. */
static const char *
match_of(const struct brain *b, const char *pattern)
{
	struct alert *a, *next;

	ALERTS_EACH(&b->alerts, a, next)
		if (a->container != NULL && !a->leaving &&
		    fnmatch(pattern, alert_key_name(KIND_CONTAINER, a->key), 0) == 0)
			return alert_key_name(KIND_CONTAINER, a->key);
	return NULL;
}

static void
judge_glob(struct brain *b, const char *pattern)
{
	struct alert *a = alerts_find(&b->alerts, KIND_CONTAINER, pattern);
	const char *match = match_of(b, pattern);
	char detail[ALERT_DETAIL_MAX];
	struct strbuf text = STRBUF_IN(detail);
	struct look l = {
		.kind = KIND_CONTAINER, .name = pattern, .need = b->config->container_down_ticks, .grace = true, .detail = detail,
		.verdict = match == NULL ? LOOK_BAD : LOOK_GOOD,
	};

	/* It needs no row of its own while all is well. */
	if (match != NULL && (a == NULL || (!a->active && !a->state.alerting)))
		return;
	text_say(&text, b->config->lang, match == NULL ? TEXT_NO_MATCH : TEXT_MATCHES, match, NULL);
	if ((a = look_at(b, &l)) != NULL)
		a->sighting = b->containers.list;
}

void
container_judge_globs(struct brain *b)
{
	for (size_t i = 0; i < b->config->containers.n; i++)
		if (container_is_glob(b->config->containers.v[i]))
			judge_glob(b, b->config->containers.v[i]);
}

/* Whether one that the pattern matches stands in the last list. */
static bool
has_one_left(const struct brain *b, const char *pattern)
{
	struct alert *a, *next;

	ALERTS_EACH(&b->alerts, a, next)
		if (a->container != NULL && a->sighting == b->containers.list &&
		    a->container->course.class != CLASS_MISSING &&
		    fnmatch(pattern, alert_key_name(KIND_CONTAINER, a->key), 0) == 0)
			return true;
	return false;
}

bool
container_is_missed(const struct brain *b, const struct alert *a, struct globs_asked *asked)
{
	const char *name = alert_key_name(KIND_CONTAINER, a->key);

	for (size_t i = 0; i < b->config->containers.n; i++) {
		const char *pattern = b->config->containers.v[i];

		if (strcmp(pattern, name) == 0)
			return true;
		if (!container_is_glob(pattern) || fnmatch(pattern, name, 0) != 0)
			continue;
		if (asked->of[i] == GLOB_NOT_ASKED)
			asked->of[i] = has_one_left(b, pattern) ? GLOB_HAS_ONE : GLOB_HAS_NONE;
		if (asked->of[i] == GLOB_HAS_NONE)
			return true;
	}
	return false;
}
