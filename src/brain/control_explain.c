/*
 * The answers to explain and history.
 */
#include "build_config.h"

#include <math.h>
#include <string.h>

#include "container_class.h"
#include "container_identity.h"
#include "control_explain.h"
#include "control_key.h"
#include "cover.h"
#include "look.h"
#include "signal_text.h"

/* Seconds until an alert is told again, NaN if it will not be. */
static double
cooldown_left(const struct brain *b, const struct alert *a)
{
	double left = a->story->told_at + look_cooldown(b, a->kind) - b->now;

	return a->told && isfinite(left) ? fmax(left, 0) : NAN;
}

/* Why a container that is down is no alarm; "" of any other signal.  The words of docker.md, "What is bad". */
static const char *
why_harmless(const struct alert *a)
{
	const struct container *k = a->container;

	if (k == NULL || a->active || a->last != LOOK_GOOD || !class_is_down(k->course.class))
		return "";
	if (k->expect == EXPECT_ANY)
		return "its label watchdog.expect says any";
	if (k->expect == EXPECT_NOT_SAID && k->oneoff)
		return "it is a one-off of Compose, and WATCHDOG_CONTAINERS does not name it";
	if (k->course.on_purpose)
		return "a person stopped it, and nothing says that it must run";
	if (k->course.exit_code == 0)
		return "it ended with code 0, and nothing says that it must run";
	return "it was never seen running, and nothing says that it must run";
}

static cJSON *
explain_json(const struct brain *b, const struct alert *a)
{
	cJSON *o = json_signal(b, a);
	const struct silence *s = orders_silence_of(b, a, b->clock.now);
	const struct ack *k = orders_ack_of(b, a);
	char cause[ALERT_SUBJECT_MAX] = "";

	json_number(o, "good", a->good);
	json_number(o, "recover", b->config->recover_ticks);
	json_number(o, "cooldown", look_cooldown(b, a->kind));
	json_number(o, "cooldown_left", cooldown_left(b, a));
	cJSON_AddBoolToObject(o, "told", a->told);
	cJSON_AddBoolToObject(o, "alerting", a->state.alerting);
	if (cover_cause(b, a) != NULL)
		signal_subject(cause, sizeof(cause), cover_cause(b, a));
	json_text(o, "covered_by", cause);
	json_text(o, "harmless", why_harmless(a));
	if (control_in_grace(a))
		json_number(o, "grace_until", json_wall(b, a->container->due));
	if (s != NULL)
		cJSON_AddItemToObject(o, "silence", json_silence(b, s));
	if (k != NULL) {
		json_number(o, "acked", k->wall);
		json_text(o, "ack_comment", k->comment);
	}
	return o;
}

static cJSON *
past_json(const struct past *p)
{
	cJSON *o = cJSON_CreateObject();

	json_number(o, "at", p->wall);
	json_text(o, "key", p->key);
	json_text(o, "what", p->what);
	json_text(o, "untold", p->untold);
	json_text(o, "detail", p->detail);
	return o;
}

/* The index from which on the newest n of that key begin. */
static size_t
start_of_last(const struct history *h, const char *key, size_t n)
{
	size_t i = h->count;

	while (i > 0 && n > 0)
		n -= strcmp(history_at(h, --i)->key, key) == 0;
	return i;
}

void
answer_explain(const struct answer *to, const struct brain *b, const struct alert *a)
{
	const struct history *h = &b->history;

	json_say(to, "explain", explain_json(b, a));
	for (size_t i = start_of_last(h, a->key, EXPLAIN_PASTS); i < h->count; i++)
		if (strcmp(history_at(h, i)->key, a->key) == 0)
			json_say(to, "past", past_json(history_at(h, i)));
}

/* A signal that is no more is found by its key, or by the words that its key was made of. */
static bool
is_meant(const struct past *p, const char *words)
{
	char subject[KEY_WORDS_MAX];

	if (strcmp(p->key, words) == 0)
		return true;
	for (enum signal_kind kind = 0; kind < KIND_COUNT; kind++) {
		size_t len = strlen(kind_prefix(kind));

		if (strncmp(p->key, kind_prefix(kind), len) != 0)
			continue;
		alert_subject(subject, sizeof(subject), kind, p->key);
		if (strcmp(subject, words) == 0)
			return true;
	}
	return false;
}

void
answer_history(const struct answer *to, const struct brain *b, const char *words)
{
	const struct history *h = &b->history;

	json_say(to, "remembered", cJSON_CreateNumber((double)h->count));
	for (size_t i = 0; i < h->count; i++)
		if (words == NULL || is_meant(history_at(h, i), words))
			json_say(to, "past", past_json(history_at(h, i)));
}
