/*
 * Answers as JSON.  What is foreign in them (names, details) has been cleaned
 * where it came in; the client cleans it again for its terminal.
 */
#include "build_config.h"

#include <math.h>
#include <stdio.h>

#include <cjson/cJSON.h>

#include "control_answer.h"

/* --- JSON --- */

/* Give one line away, {"name": object}; the object is used up. */
static void
say(const struct answer *to, const char *name, cJSON *object)
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

/* A number, or null for what is not known. */
static void
number(cJSON *o, const char *name, double value)
{
	if (isfinite(value))
		cJSON_AddNumberToObject(o, name, value);
	else
		cJSON_AddNullToObject(o, name);
}

static void
text(cJSON *o, const char *name, const char *value)
{
	cJSON_AddStringToObject(o, name, value);
}

/* --- signals --- */

/* A boot clock's time as the wall clock had it. */
static double
wall_of(const struct brain *b, double at)
{
	return b->clock.wall - (b->clock.now - at);
}

static const char *
state_of(const struct alert *a)
{
	if (a->last == LOOK_SHOWN)
		return a->kind == KIND_JOB_FAILED ? "ok" : "not watched";
	if (a->active)
		return "active";
	if (a->last == LOOK_NO_DATA)
		return "no data";
	return a->bad > 0 ? "pending" : "ok";
}

static cJSON *
signal_json(const struct brain *b, const struct alert *a)
{
	cJSON *o = cJSON_CreateObject();
	char subject[ALERT_KEY_MAX + 16];

	alert_subject(subject, sizeof(subject), a->kind, a->key);
	text(o, "key", a->key);
	text(o, "subject", subject);
	text(o, "severity", severity_name(kind_severity(a->kind)));
	text(o, "state", state_of(a));
	number(o, "bad", a->bad);
	number(o, "need", a->need);
	number(o, "since", a->active || a->bad > 0 ? wall_of(b, a->bad_since) : NAN);
	text(o, "value", a->value);
	text(o, "mark", a->limit);
	text(o, "detail", a->detail);
	number(o, "last_message", a->state.alerting ? wall_of(b, a->state.last_alert) : NAN);
	return o;
}

/* --- roles --- */

static const char *const lives[LIFE_COUNT] = {
	[LIFE_OFF] = "off",
	[LIFE_STARTING] = "starting",
	[LIFE_RUNNING] = "running",
	[LIFE_STOPPING] = "stopping",
	[LIFE_KILLED] = "killed",
	[LIFE_BACKOFF] = "waits to be started anew",
};

static const char *const modes[] = {
	[SANDBOX_ENFORCE] = "enforce",
	[SANDBOX_LOG] = "log",
	[SANDBOX_OFF] = "off",
};

static cJSON *
role_json(const struct msg_role_info *r)
{
	cJSON *o = cJSON_CreateObject();

	text(o, "role", role_name(r->role));
	text(o, "state", r->answers ? lives[r->life] : "does not answer");
	number(o, "pid", r->pid);
	number(o, "uptime", r->uptime);
	number(o, "memory", r->rss == 0 ? NAN : (double)r->rss);
	number(o, "restarts", r->restarts);
	cJSON_AddBoolToObject(o, "failing", r->failing);
	text(o, "sandbox", modes[r->sandbox]);
	number(o, "calls", r->calls);
	number(o, "landlock_abi", r->landlock_abi);
	number(o, "landlock_rules", r->landlock_rules);
	return o;
}

/* --- the rest --- */

static unsigned
unusable_chats(const struct outbox *q)
{
	unsigned n = 0;

	for (unsigned i = 0; i < q->chats; i++)
		n += q->chat[i].unusable;
	return n;
}

static cJSON *
status_json(const struct brain *b, const struct control_facts *f)
{
	cJSON *o = cJSON_CreateObject();

	text(o, "version", PACKAGE_VERSION);
	text(o, "host", b->config->host_name == NULL ? "?" : b->config->host_name);
	number(o, "now", b->clock.wall);
	number(o, "interval", b->config->interval);
	number(o, "last_tick", isnan(f->ticked) ? NAN : wall_of(b, f->ticked));
	number(o, "active", brain_active(b));
	number(o, "queue", (double)b->outbox.count);
	number(o, "set_aside", (double)b->outbox.set_aside);
	number(o, "chats", f->channel ? b->outbox.chats : 0);
	number(o, "unusable_chats", unusable_chats(&b->outbox));
	number(o, "last_delivered", f->delivered_wall);
	return o;
}

void
answer_status(const struct answer *to, const struct brain *b, const struct control_facts *f)
{
	struct alert *a, *next;

	ALERTS_EACH(&b->alerts, a, next)
		say(to, "signal", signal_json(b, a));
	for (int i = 0; i < ROLE_COUNT; i++)
		if (f->known[i])
			say(to, "role", role_json(&f->role[i]));
	say(to, "status", status_json(b, f));
}

/* STARTING and STOPPING have short deadlines of their own, after which they are neither. */
static bool
role_is_well(const struct msg_role_info *r)
{
	bool up = r->life == LIFE_RUNNING || r->life == LIFE_STARTING || r->life == LIFE_STOPPING;

	return up && r->answers && !r->failing;
}

bool
answer_health(const struct brain *b, const struct control_facts *f, char *what, size_t cap)
{
	double age = b->clock.now - (isnan(f->ticked) ? f->started : f->ticked);

	for (int i = 0; i < ROLE_COUNT; i++) {
		const struct msg_role_info *r = &f->role[i];

		if (!f->known[i] || role_is_well(r))
			continue;
		snprintf(what, cap, "the %s %s", role_name(r->role),
		    !r->answers ? "does not answer" : r->failing ? "keeps being restarted" : lives[r->life]);
		return false;
	}
	if (age > HEALTH_INTERVALS * b->config->interval) {
		snprintf(what, cap, "no tick has ended for %.0f s, which is over %d intervals", age, HEALTH_INTERVALS);
		return false;
	}
	snprintf(what, cap, "healthy");
	return true;
}

void
answer_end(const struct answer *to, int exit_status, const char *member, const char *value)
{
	cJSON *o = cJSON_CreateObject();
	char *line = NULL;

	cJSON_AddBoolToObject(o, "end", true);
	number(o, "exit", exit_status);
	if (member != NULL)
		text(o, member, value);
	if (o != NULL)
		line = cJSON_PrintUnformatted(o);
	to->line(to->ctx, line);
	cJSON_free(line);
	cJSON_Delete(o);
}
