/*
 * The brain's frame: time, ticks, draining, and what a new configuration no
 * longer watches.
 */
#include "build_config.h"

#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "container_identity.h"
#include "hush.h"
#include "log.h"
#include "look.h"
#include "maintenance.h"
#include "message_text.h"
#include "network.h"
#include "start.h"


void
brain_init(struct brain *b, const struct config *config, const struct brain_options *options)
{
	*b = (struct brain){.config = config, .options = *options, .now = -INFINITY};
	b->start.since = NAN;
	b->metrics.generated_at = b->metrics.changed_at = b->metrics.offset = b->metrics.failed = b->metrics.slept = NAN;
	b->containers.back = NAN;
	b->containers.due = INFINITY;
	outbox_init(&b->outbox, options->chats, options->first_mark);
	b->outbox.silent = config->tg_silent;
}

void
brain_free(struct brain *b)
{
	container_forget_kept(b);
	alerts_free(&b->alerts);
	outbox_free(&b->outbox);
	history_free(&b->history);
	orders_free(&b->orders);
}

void
brain_clock(struct brain *b, struct moment at)
{
	b->clock = at;
	b->maintenance = maintenance_open(&b->config->maintenance, at.wall);
	if (b->now == -INFINITY)
		b->now = at.now;
}

void
brain_tick_begin(struct brain *b, double now)
{
	bool sane = now <= b->clock.now && now >= b->clock.now - TICK_AGE_MAX_S;

	/* A tick's time does not go back behind the last one's: cooldowns count on it. */
	b->now = fmax(b->now, sane ? now : b->clock.now);
	b->began = true;
	b->partial = false;
	b->metrics.seen = false;
}

void
brain_tick_partial(struct brain *b)
{
	b->partial = true;
}

static bool
is_of_application(const struct alert *a)
{
	return a->kind == KIND_SOURCE && strcmp(alert_key_name(a->kind, a->key), kind_prefix(KIND_ORCHESTRATOR)) == 0;
}

/* The application is no longer looked at: nothing of it came in a whole tick. */
static void
forget_application(struct brain *b)
{
	struct alert *a, *next;

	ALERTS_EACH(&b->alerts, a, next)
		if (a->kind == KIND_ORCHESTRATOR || a->kind == KIND_AGENT || a->kind == KIND_JOB_FAILED || is_of_application(a))
			look_unwatched(b, a);
}

void
brain_tick_end(struct brain *b)
{
	bool whole = b->began && !b->partial;

	if (b->unjudged && whole && !b->draining) {
		b->unjudged = false;
		if (!b->metrics.seen)
			forget_application(b);
	}
	if (whole) {
		network_look(b);
		start_looked(b);
	}
	b->began = false;
	brain_flush(b);
}

void
brain_flush(struct brain *b)
{
	orders_expire(b);
	hush_settle(b);
	outbox_flush(&b->outbox);
}

void
brain_turn(struct brain *b)
{
	struct alert *a, *next;

	b->now = fmax(b->now, b->clock.now);
	ALERTS_EACH(&b->alerts, a, next) {
		struct look l = {.kind = KIND_WATCHDOG, .verdict = LOOK_BAD, .need = 1, .detail = a->detail};

		l.name = alert_key_name(a->kind, a->key);
		if (a->kind == KIND_WATCHDOG && a->active)
			look_at(b, &l);
	}
	start_turned(b);
	orders_expire(b);
	hush_settle(b);
}

void
brain_drain(struct brain *b)
{
	b->draining = true;
	b->metrics.open = b->containers.open = b->containers.one = false;
	outbox_flush(&b->outbox);
}

/* chats: one bit each, 0 = all. */
static void
note(struct brain *b, const char *name, const char *text, bool quiet, uint16_t chats)
{
	char key[ALERT_KEY_MAX];
	struct transition t = {
		.kind = KIND_WATCHDOG, .action = ACTION_NOTE, .mark = outbox_mark(&b->outbox), .decided = b->clock.now,
		.wall = b->clock.wall, .since_wall = b->clock.wall, .key = key, .detail = text, .quiet = quiet, .waiting = chats,
	};

	if (alert_key(key, sizeof(key), KIND_WATCHDOG, name) == -1)
		return;
	if (!b->options.once && outbox_add(&b->outbox, &t) == -1)
		b->failed = true;
}

void
brain_note(struct brain *b, const char *name, const char *text)
{
	note(b, name, text, false, 0);
}

void
brain_note_silently(struct brain *b, const char *name, const char *text)
{
	note(b, name, text, true, 0);
}

void
brain_chat_moved(struct brain *b, unsigned chat, int64_t new_id)
{
	char text[4 * TEXT_SHORT], id[TEXT_SHORT];
	struct strbuf out = STRBUF_IN(text);

	if (!outbox_moved(&b->outbox, chat, new_id))
		return;
	log_warning("chat %u has a new id, %lld: put it into WATCHDOG_TG_CHAT_ID", chat + 1, (long long)new_id);
	snprintf(id, sizeof(id), "%lld", (long long)new_id);
	text_say(&out, b->config->lang, TEXT_CHAT_MOVED, id, NULL);
	note(b, "chat", text, true, (uint16_t)(1u << chat));
}

void
brain_remember(struct brain *b, const char *what, const char *key, const char *untold, const char *detail)
{
	struct past p = {.wall = b->clock.wall, .what = what, .untold = untold, .key = key, .detail = detail};

	if (!b->options.once && history_add(&b->history, &p) == -1)
		b->failed = true;
}

uint32_t
brain_active(const struct brain *b)
{
	struct alert *a, *next;
	uint32_t n = 0;

	ALERTS_EACH(&b->alerts, a, next)
		n += a->active;
	return n;
}

static bool
in_list(const struct string_list *list, const char *s)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->v[i], s) == 0)
			return true;
	return false;
}

static bool
watched_dep(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->deps.n; i++)
		if (strcmp(c->deps.v[i].name, name) == 0)
			return true;
	return false;
}

static bool
watched_container(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->containers.n; i++)
		if (fnmatch(c->containers.v[i], name, 0) == 0)
			return true;
	return false;
}

static bool
watched_source(const struct config *c, const char *name)
{
	if (strncmp(name, "disk:", 5) == 0)
		return in_list(&c->disk_paths, name + 5);
	if (strncmp(name, "container:", 10) == 0)
		return watched_container(c, name + 10);
	if (strncmp(name, "dep:", 4) == 0)
		return watched_dep(c, name + 4);
	if (strcmp(name, kind_prefix(KIND_DOCKER)) == 0)
		return c->containers.n > 0;
	return true;
}

static bool
watched(const struct config *c, const struct alert *a)
{
	const char *name = alert_key_name(a->kind, a->key);

	switch (a->kind) {
	case KIND_AGENT:
		return c->agent_stall > 0;
	case KIND_DISK:
		return in_list(&c->disk_paths, name) && (c->disk_crit_enabled || !a->state.alerting);
	case KIND_DOCKER:
		return c->containers.n > 0;
	case KIND_CONTAINER:
		return watched_container(c, name);
	case KIND_DEP:
		return watched_dep(c, name);
	case KIND_SOURCE:
		return watched_source(c, name);
	default:
		return true;
	}
}

void
brain_prune(struct brain *b)
{
	struct alert *a, *next;

	b->unjudged = true;
	b->began = false;
	b->now = fmax(b->now, b->clock.now);
	ALERTS_EACH(&b->alerts, a, next)
		if (!watched(b->config, a))
			look_unwatched(b, a);
	brain_flush(b);
}
