/*
 * How everything is, and whether that is well.
 */
#include "build_config.h"

#include <math.h>
#include <stdio.h>

#include <cjson/cJSON.h>

#include "control_answer.h"
#include "control_json.h"

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

	json_text(o, "role", role_name(r->role));
	json_text(o, "state", r->answers ? lives[r->life] : "does not answer");
	json_number(o, "pid", r->pid);
	json_number(o, "uptime", r->uptime);
	json_number(o, "memory", r->rss == 0 ? NAN : (double)r->rss);
	json_number(o, "restarts", r->restarts);
	cJSON_AddBoolToObject(o, "failing", r->failing);
	json_text(o, "sandbox", modes[r->sandbox]);
	json_number(o, "calls", r->calls);
	json_number(o, "landlock_abi", r->landlock_abi);
	json_number(o, "landlock_rules", r->landlock_rules);
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

/* No engine was expected and there is none: nobody misses its events. */
static bool
docker_is_off(const struct brain *b)
{
	const struct alert *docker = alerts_find(&b->alerts, KIND_DOCKER, "");

	return docker != NULL && docker->last == LOOK_SHOWN;
}

static cJSON *
status_json(const struct brain *b, const struct control_facts *f)
{
	cJSON *o = cJSON_CreateObject();

	json_text(o, "version", PACKAGE_VERSION);
	json_text(o, "host", b->config->host_name == NULL ? "?" : b->config->host_name);
	json_number(o, "now", b->clock.wall);
	json_number(o, "interval", b->config->interval);
	json_number(o, "last_tick", isnan(f->ticked) ? NAN : json_wall(b, f->ticked));
	json_number(o, "active", brain_active(b));
	json_number(o, "queue", (double)b->outbox.count);
	json_number(o, "set_aside", (double)b->outbox.set_aside);
	json_number(o, "chats", f->channel ? b->outbox.chats : 0);
	json_number(o, "unusable_chats", unusable_chats(&b->outbox));
	json_number(o, "last_delivered", f->delivered_wall);
	if (b->docker_events.known && !docker_is_off(b)) {
		cJSON_AddBoolToObject(o, "docker_events", b->docker_events.live);
		json_text(o, "docker_events_why", b->docker_events.why);
	}
	return o;
}

void
answer_status(const struct answer *to, const struct brain *b, const struct control_facts *f)
{
	struct alert *a, *next;

	ALERTS_EACH(&b->alerts, a, next)
		json_say(to, "signal", json_signal(b, a));
	for (int i = 0; i < ROLE_COUNT; i++)
		if (f->known[i])
			json_say(to, "role", role_json(&f->role[i]));
	for (size_t i = 0; i < b->orders.silences; i++)
		json_say(to, "silence", json_silence(b, b->orders.silence[i]));
	json_say(to, "status", status_json(b, f));
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
	json_number(o, "exit", exit_status);
	if (member != NULL)
		json_text(o, member, value);
	if (o != NULL)
		line = cJSON_PrintUnformatted(o);
	to->line(to->ctx, line);
	cJSON_free(line);
	cJSON_Delete(o);
}
