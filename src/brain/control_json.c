/*
 * Answers as JSON.  What is foreign in them (names, details) has been cleaned
 * where it came in; the client cleans it again for its terminal.
 */
#include "build_config.h"

#include <math.h>
#include <string.h>

#include "container_identity.h"
#include "control_json.h"
#include "hush.h"
#include "message_text.h"
#include "signal_text.h"
#include "utf8.h"

void
json_say(const struct answer *to, const char *name, cJSON *object)
{
	cJSON *line = cJSON_CreateObject();
	char *text = NULL;

	if (line != NULL && object != NULL && cJSON_AddItemToObject(line, name, object))
		text = cJSON_PrintUnformatted(line);
	else
		cJSON_Delete(object);
	to->line(to->ctx, text);
	cJSON_free(text);
	cJSON_Delete(line);
}

void
json_number(cJSON *o, const char *name, double value)
{
	if (isfinite(value))
		cJSON_AddNumberToObject(o, name, value);
	else
		cJSON_AddNullToObject(o, name);
}

/* A sentence that quotes a client's long words may have cut one in the middle of a letter. */
void
json_text(cJSON *o, const char *name, const char *value)
{
	char clean[ALERT_KEY_MAX + 64];

	if (!utf8_valid(value, strlen(value))) {
		utf8_clean(clean, sizeof(clean), value, strlen(value), false);
		value = clean;
	}
	cJSON_AddStringToObject(o, name, value);
}

double
json_wall(const struct brain *b, double at)
{
	return b->clock.wall - (b->clock.now - at);
}

bool
control_in_grace(const struct alert *a)
{
	return a->last == LOOK_NO_DATA && !a->active && a->container != NULL && !isnan(a->container->course.away);
}

static const char *
state_of(const struct alert *a)
{
	if (control_in_grace(a))
		return "in grace";
	if (a->last == LOOK_SHOWN)
		return a->kind == KIND_JOB_FAILED ? "ok" : "not watched";
	if (a->active)
		return "active";
	if (a->last == LOOK_NO_DATA)
		return "no data";
	return a->bad > 0 ? "pending" : "ok";
}

cJSON *
json_silence(const struct brain *b, const struct silence *s)
{
	cJSON *o = cJSON_CreateObject();

	json_text(o, "pattern", s->pattern);
	json_number(o, "until", json_wall(b, s->until));
	json_number(o, "ordered", s->wall);
	json_text(o, "by", s->who);
	json_text(o, "comment", s->comment);
	return o;
}

static void
json_numbers(cJSON *o, const struct brain *b, const struct alert *a)
{
	char shown[TEXT_SHORT], held_against[TEXT_SHORT];
	struct strbuf value = STRBUF_IN(shown), mark = STRBUF_IN(held_against);

	signal_value(&value, b, a);
	signal_mark(&mark, b, a);
	json_text(o, "value", shown);
	json_text(o, "mark", held_against);
}

cJSON *
json_signal(const struct brain *b, const struct alert *a)
{
	cJSON *o = cJSON_CreateObject();
	char subject[ALERT_KEY_MAX + 16], words[ALERT_DETAIL_MAX];
	enum hush why = hush_reason(b, a, b->clock.now);
	const struct ack *k = orders_ack_of(b, a);

	alert_subject(subject, sizeof(subject), a->kind, a->key);
	json_text(o, "key", a->key);
	json_text(o, "subject", subject);
	json_text(o, "name", signal_shown(a));
	json_text(o, "severity", severity_name(a->severity));
	json_text(o, "state", state_of(a));
	json_number(o, "bad", a->bad);
	json_number(o, "need", a->need);
	json_number(o, "since", a->active || a->bad > 0 ? json_wall(b, a->story->bad_since) : NAN);
	json_numbers(o, b, a);
	json_text(o, "detail", signal_detail(words, sizeof(words), b, a));
	if (k != NULL)
		json_text(o, "acked_by", k->who);
	json_text(o, "hushed", why == HUSH_NONE ? "" : hush_name(why));
	json_number(o, "last_message", a->told ? json_wall(b, a->story->told_at) : NAN);
	return o;
}
