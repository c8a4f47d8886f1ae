/*
 * Recording.  The members are those that replay*.c reads.
 */
#include "build_config.h"

#include <math.h>
#include <string.h>

#include "recorder.h"

/* --- members --- */

static void
number(cJSON *o, const char *name, double value)
{
	if (isfinite(value))
		cJSON_AddNumberToObject(o, name, value);
}

static void
number_or_null(cJSON *o, const char *name, double value)
{
	if (isfinite(value))
		cJSON_AddNumberToObject(o, name, value);
	else
		cJSON_AddNullToObject(o, name);
}

/* A text that says something. */
static void
text(cJSON *o, const char *name, const char *value)
{
	if (value[0] != '\0')
		cJSON_AddStringToObject(o, name, value);
}

static void
yes(cJSON *o, const char *name, bool value)
{
	if (value)
		cJSON_AddTrueToObject(o, name);
}

/* --- the line --- */

static cJSON *
line_of(struct recorder *r)
{
	if (r->open != NULL)
		return r->open;
	r->at.now = fmax(r->at.now, r->last);
	r->open = cJSON_CreateObject();
	number(r->open, "now", r->at.now);
	number(r->open, "wall", r->at.wall);
	if (r->slept != NULL && *r->slept >= 1)
		number(r->open, "slept", *r->slept);
	yes(r->open, "undelivered", r->unreachable != NULL && *r->unreachable);
	return r->open;
}

/* A collector that was taken over may never end a tick. */
static void
append(struct recorder *r, const char *list, cJSON *item)
{
	cJSON *line = line_of(r), *all = cJSON_GetObjectItemCaseSensitive(line, list);

	if (r->held++ >= RECORDER_HELD_MAX) {
		cJSON_Delete(item);
		return;
	}
	if (all == NULL)
		all = cJSON_AddArrayToObject(line, list);
	if (!cJSON_AddItemToArray(all, item))
		cJSON_Delete(item);
}

/* item is used up; a second one of that name in one line takes the first one's place. */
static void
set(struct recorder *r, const char *name, cJSON *item)
{
	cJSON_DeleteItemFromObjectCaseSensitive(line_of(r), name);
	if (!cJSON_AddItemToObject(line_of(r), name, item))
		cJSON_Delete(item);
}

static void
set_text(struct recorder *r, const char *name, const char *value)
{
	if (value[0] != '\0')
		set(r, name, cJSON_CreateString(value));
}

static void
give(struct recorder *r)
{
	char *line = r->held > RECORDER_HELD_MAX ? NULL : cJSON_PrintUnformatted(r->open);

	r->held = 0;
	r->last = r->at.now;
	r->line(r->ctx, line);
	cJSON_free(line);
	cJSON_Delete(r->open);
	r->open = NULL;
}

/* Not at the end of a tick: what is in it is a part of one. */
void
recorder_flush(struct recorder *r)
{
	if (!r->on || r->open == NULL)
		return;
	yes(r->open, "partial", true);
	give(r);
}

static void
forget(cJSON **item)
{
	cJSON_Delete(*item);
	*item = NULL;
}

void
recorder_stop(struct recorder *r)
{
	forget(&r->open);
	forget(&r->metrics);
	forget(&r->containers);
	forget(&r->check);
	r->held = 0;
	r->on = false;
}

void
recorder_start(struct recorder *r, double booted)
{
	recorder_stop(r);
	r->booted = booted;
	r->on = true;
	r->last = -INFINITY;
}

/* --- messages, one function a type --- */

typedef void take(struct recorder *r, const union message *msg);

static void
tick_begin(struct recorder *r, const union message *msg)
{
	double now = msg->tick_begin.now + r->booted;

	recorder_flush(r);
	/* As the brain takes it. */
	r->at = now <= r->heard.now && now >= r->heard.now - TICK_AGE_MAX_S ?
	    (struct moment){now, msg->tick_begin.wall} : r->heard;
	r->partial_tick = msg->tick_begin.partial;
	line_of(r);
}

static void
tick_end(struct recorder *r, const union message *msg)
{
	(void)msg;
	yes(line_of(r), "partial", r->partial_tick);
	give(r);
}

static void
metrics_failed(struct recorder *r, const union message *msg)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddFalseToObject(o, "ok");
	text(o, "error", msg->metrics_failed.error);
	set(r, "metrics", o);
}

static void
metrics_begin(struct recorder *r, const union message *msg)
{
	forget(&r->metrics);
	r->metrics = cJSON_CreateObject();
	cJSON_AddTrueToObject(r->metrics, "ok");
	if (msg->metrics_begin.application != 0)
		number(r->metrics, "application", msg->metrics_begin.application);
	number(r->metrics, "generated_at", msg->metrics_begin.generated_at);
	number(r->metrics, "failed", msg->metrics_begin.failed);
	cJSON_AddArrayToObject(r->metrics, "agents");
	r->agents = 0;
}

static void
agent(struct recorder *r, const union message *msg)
{
	cJSON *o;

	if (r->metrics == NULL || r->agents++ >= BRAIN_AGENTS_MAX)
		return;
	o = cJSON_CreateObject();
	text(o, "run_id", msg->agent.run_id);
	text(o, "name", msg->agent.name);
	number(o, "cpu_ticks", msg->agent.cpu_ticks);
	if (!cJSON_AddItemToArray(cJSON_GetObjectItemCaseSensitive(r->metrics, "agents"), o))
		cJSON_Delete(o);
}

static void
metrics_end(struct recorder *r, const union message *msg)
{
	if (r->metrics == NULL)
		return;
	if (!msg->metrics_end.listed)
		cJSON_DeleteItemFromObjectCaseSensitive(r->metrics, "agents");
	set(r, "metrics", r->metrics);
	r->metrics = NULL;
}

static void
mem(struct recorder *r, const union message *msg)
{
	double used = msg->mem.used_pct;

	set(r, "mem_used_pct", isfinite(used) ? cJSON_CreateNumber(used) : cJSON_CreateNull());
	set_text(r, "mem_error", msg->mem.error);
}

static void
disk(struct recorder *r, const union message *msg)
{
	cJSON *o = cJSON_CreateObject();

	text(o, "path", msg->disk.path);
	number_or_null(o, "used_pct", msg->disk.used_pct);
	number(o, "exact_pct", msg->disk.exact_pct);
	number(o, "inodes_pct", msg->disk.inodes_pct);
	yes(o, "missing", msg->disk.missing);
	if (msg->disk.mount != MOUNT_UNKNOWN)
		cJSON_AddBoolToObject(o, "mounted", msg->disk.mount == MOUNT_THERE);
	text(o, "error", msg->disk.error);
	append(r, "disks", o);
}

/* It failed in the middle of a long list, whose beginning was an answer. */
static void
note_broken_list(struct recorder *r)
{
	if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(r->open, "docker")))
		set(r, "list_broke", cJSON_CreateTrue());
}

/* Off is an answer too.  Whether it was missed may come from before the recording, so a replay could not know. */
static void
docker_failed(struct recorder *r, const union message *msg)
{
	note_broken_list(r);
	if (msg->docker_failed.off)
		set(r, "docker_off", cJSON_CreateTrue());
	if (!msg->docker_failed.off || (r->docker_missed != NULL && *r->docker_missed))
		set(r, "docker", cJSON_CreateFalse());
	set_text(r, "docker_error", msg->docker_failed.error);
}

static void
docker_events(struct recorder *r, const union message *msg)
{
	set(r, "docker_events", cJSON_CreateBool(msg->docker_events.live));
}

static cJSON *
container_json(const struct msg_container *c)
{
	static const char *const expect[EXPECT_COUNT] = {"", "running", "exited", "any"};
	static const char *const severity[CONTAINER_SEVERITY_COUNT] = {"", "warning", "critical"};
	cJSON *o = cJSON_CreateObject(), *labels = cJSON_CreateObject();

	text(o, "name", c->name);
	text(o, "state", c->state);
	text(o, "health", c->health);
	if (c->exit_code >= 0)
		number(o, "exit_code", c->exit_code);
	text(o, "id", c->id);
	text(o, "project", c->project);
	text(o, "service", c->service);
	text(o, "number", c->number);
	yes(o, "oneoff", c->oneoff);
	text(labels, "expect", expect[c->expect]);
	text(labels, "severity", severity[c->severity]);
	number(labels, "grace", c->grace);
	text(labels, "name", c->label_name);
	if (cJSON_GetArraySize(labels) == 0 || !cJSON_AddItemToObject(o, "labels", labels))
		cJSON_Delete(labels);
	return o;
}

static void
containers_begin(struct recorder *r, const union message *msg)
{
	forget(&r->containers);
	r->containers = cJSON_CreateArray();
	r->listed = 0;
	r->partial_list = msg->containers_begin.scope != SCOPE_ALL;
}

/* What is missing from a whole list a replay finds out by itself, for its own configuration. */
static void
container(struct recorder *r, const union message *msg)
{
	const struct msg_container *c = &msg->container;
	cJSON *o;

	if (r->check != NULL) {
		cJSON_DeleteItemFromObjectCaseSensitive(r->check, "container");
		if (!cJSON_AddItemToObject(r->check, "container", o = container_json(c)))
			cJSON_Delete(o);
		return;
	}
	if (r->containers == NULL || r->listed++ >= BRAIN_CONTAINERS_MAX || (!r->partial_list && strcmp(c->state, "missing") == 0))
		return;
	o = container_json(c);
	if (!cJSON_AddItemToArray(r->containers, o))
		cJSON_Delete(o);
}

static void
containers_end(struct recorder *r, const union message *msg)
{
	if (r->containers == NULL)
		return;
	set(r, "docker", cJSON_CreateTrue());
	if (r->partial_list || msg->containers_end.ignored > 0)
		set(r, "list_partial", cJSON_CreateTrue());
	set(r, "containers", r->containers);
	r->containers = NULL;
}

static void
one_begin(struct recorder *r, const union message *msg)
{
	forget(&r->check);
	r->check = cJSON_CreateObject();
	text(r->check, "id", msg->containers_one_begin.id);
}

/* As a tick of this one container: what was decided leaves. */
static void
one_end(struct recorder *r, const union message *msg)
{
	(void)msg;
	if (r->check == NULL)
		return;
	append(r, "checks", r->check);
	r->check = NULL;
	recorder_flush(r);
}

static void
container_act(struct recorder *r, const union message *msg)
{
	static const char *const acts[ACT_COUNT] = {
		"started", "died", "oom", "stop_asked", "removed", "renamed", "created", "paused", "unpaused",
	};
	const struct msg_container_act *a = &msg->container_act;
	cJSON *o = cJSON_CreateObject();

	text(o, "act", acts[a->act]);
	text(o, "id", a->id);
	text(o, "name", a->name);
	text(o, "old_name", a->old_name);
	text(o, "project", a->project);
	text(o, "service", a->service);
	text(o, "number", a->number);
	yes(o, "oneoff", a->oneoff);
	if (a->signal >= 0)
		number(o, "signal", a->signal);
	if (a->ended > 0)
		number(o, "exit_code", a->ended - 1);
	number(o, "age", a->age);
	append(r, "events", o);
}

static void
dep(struct recorder *r, const union message *msg)
{
	cJSON *o = cJSON_CreateObject();

	text(o, "name", msg->dep.name);
	cJSON_AddBoolToObject(o, "ok", msg->dep.ok);
	number(o, "ms", msg->dep.ms);
	text(o, msg->dep.ok ? "detail" : "error", msg->dep.detail);
	append(r, "deps", o);
}

/* As the source's own member, with null for what could not be read. */
static void
unseen(struct recorder *r, const union message *msg)
{
	cJSON *o;

	if (msg->unseen.what == UNSEEN_DOCKER) {
		note_broken_list(r);
		set(r, "docker", cJSON_CreateNull());
		set_text(r, "docker_error", msg->unseen.why);
		return;
	}
	o = cJSON_CreateObject();
	text(o, "name", msg->unseen.name);
	cJSON_AddNullToObject(o, "ok");
	text(o, "error", msg->unseen.why);
	if (msg->unseen.what == UNSEEN_DEP)
		append(r, "deps", o);
	else
		set(r, "metrics", o);
}

static void
role_state(struct recorder *r, const union message *msg)
{
	cJSON *o = cJSON_CreateObject();

	text(o, "role", role_name(msg->role_state.role));
	cJSON_AddBoolToObject(o, "failing", msg->role_state.failing);
	number(o, "restarts", msg->role_state.restarts);
	text(o, "why", msg->role_state.why);
	append(r, "roles", o);
}

static take *const takes[MSG_COUNT] = {
	[MSG_TICK_BEGIN] = tick_begin,
	[MSG_TICK_END] = tick_end,
	[MSG_METRICS_FAILED] = metrics_failed,
	[MSG_METRICS_BEGIN] = metrics_begin,
	[MSG_AGENT] = agent,
	[MSG_METRICS_END] = metrics_end,
	[MSG_MEM] = mem,
	[MSG_DISK] = disk,
	[MSG_DOCKER_FAILED] = docker_failed,
	[MSG_DOCKER_EVENTS] = docker_events,
	[MSG_CONTAINERS_BEGIN] = containers_begin,
	[MSG_CONTAINER] = container,
	[MSG_CONTAINERS_END] = containers_end,
	[MSG_CONTAINERS_ONE_BEGIN] = one_begin,
	[MSG_CONTAINERS_ONE_END] = one_end,
	[MSG_CONTAINER_ACT] = container_act,
	[MSG_DEP] = dep,
	[MSG_UNSEEN] = unseen,
	[MSG_ROLE_STATE] = role_state,
};

/* Where no tick is open a line's time is that of its first message. */
void
recorder_take(struct recorder *r, enum message_type type, const union message *msg, struct moment at)
{
	if (!r->on || takes[type] == NULL)
		return;
	r->heard = at;
	if (r->open == NULL)
		r->at = at;
	takes[type](r, msg);
}

void
recorder_order(struct recorder *r, const char *who, const char *const *words, size_t n, struct moment at)
{
	cJSON *o, *list;

	if (!r->on)
		return;
	recorder_flush(r);
	r->at = at;
	o = cJSON_CreateObject();
	text(o, "who", who);
	list = cJSON_AddArrayToObject(o, "words");
	for (size_t i = 0; i < n; i++)
		cJSON_AddItemToArray(list, cJSON_CreateString(words[i]));
	append(r, "operator", o);
	recorder_flush(r);
}
