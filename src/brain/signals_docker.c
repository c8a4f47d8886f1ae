/*
 * Docker itself: whether it answers, and what follows for its containers
 * where it does not.  Trusts the collector for the form of its words only.
 */
#include "build_config.h"

#include "container_identity.h"
#include "look.h"
#include "message_text.h"

#define DOCKER_LOOKS 3

/* What its last events said of ends was its own doing, and what is not there now may only wait for it. */
static void
engine_lost(struct brain *b)
{
	struct alert *a, *next;

	container_forget_kept(b);
	b->containers.open = b->containers.one = false;
	if (b->containers.lost)
		return;
	b->containers.lost = true;
	ALERTS_EACH(&b->alerts, a, next)
		if (a->container != NULL)
			course_engine_lost(&a->container->course, b->clock.now);
}

/* Who looks may have been started anew, or the host, and knows nothing of before. */
static bool
has_been_seen(const struct brain *b)
{
	const struct alert *a = alerts_find(&b->alerts, KIND_DOCKER, "");

	return b->alerts.containers > 0 || (a != NULL && (a->last == LOOK_GOOD || a->last == LOOK_BAD));
}

void
brain_docker(struct brain *b, enum docker_look look, const char *error)
{
	char why[ALERT_DETAIL_MAX], detail[ALERT_DETAIL_MAX];
	struct strbuf text = STRBUF_IN(detail);
	struct look l = {.kind = KIND_DOCKER, .name = "", .need = DOCKER_LOOKS, .detail = detail};

	if (look == DOCKER_OFF && has_been_seen(b))
		look = DOCKER_MISSED;
	b->docker_missed = look == DOCKER_MISSED;
	/* It is asked once a minute only, and may be about to start with the host. */
	l.grace = look == DOCKER_MISSED;
	l.verdict = look == DOCKER_ANSWERS ? LOOK_GOOD : look == DOCKER_OFF ? LOOK_SHOWN : LOOK_BAD;
	look_reason(b, why, sizeof(why), error);
	if (look == DOCKER_ANSWERS)
		text_say(&text, b->config->lang, TEXT_ANSWERS, NULL);
	else
		text_say(&text, b->config->lang, why[0] == '\0' ? TEXT_SILENT_WHY_UNKNOWN : TEXT_SILENT, why, NULL);
	if (look != DOCKER_ANSWERS && !b->draining)
		engine_lost(b);
	look_at(b, &l);
}

void
brain_docker_events(struct brain *b, bool live, const char *why)
{
	struct alert *a, *next;

	b->changed = b->changed || live != b->docker_events.live;
	b->docker_events.known = true;
	b->docker_events.live = live;
	look_clean(b->docker_events.why, sizeof(b->docker_events.why), why);
	if (live)
		return;
	ALERTS_EACH(&b->alerts, a, next)
		if (a->container != NULL)
			a->container->course.eventful = false;
}

void
brain_docker_heard(struct brain *b, uint64_t heard)
{
	b->aged = b->aged || heard != b->told.since;
	docker_told_until(&b->told, heard, b->clock);
}
