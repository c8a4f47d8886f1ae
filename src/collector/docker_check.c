/*
 * One container's check.  Trusts nothing of the answers.
 */
#include "build_config.h"

#include <stdlib.h>
#include <string.h>

#include "docker_answer.h"
#include "docker_check.h"

#define BUSY_WAIT_S 0.2
#define BUSY_MAX 10
#define STALE_WAIT_S 0.01 /* doubled each time */
#define STALE_MAX 7       /* 1.3 s in all */

struct check *
check_new(const struct check_way *way, const char *id)
{
	struct check *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return NULL;
	k->way = way;
	k->last_act = ACT_NONE;
	memcpy(k->id, id, sizeof(k->id));
	k->acts = batch_new();
	k->said = batch_new();
	return k;
}

static void
answer_drop(struct check *k)
{
	gate_call_cancel(k->call);
	k->call = NULL;
	docker_answer_free(k->answer);
	k->answer = NULL;
}

void
check_free(struct check *k)
{
	answer_drop(k);
	batch_free(k->acts);
	batch_free(k->said);
	free(k);
}

void
check_reset(struct check *k)
{
	answer_drop(k);
	batch_clear(k->said);
	k->unhealthy = k->found = false;
}

/* --- what events said --- */

void
check_act(struct check *k, const struct docker_event *e, double age)
{
	const struct container *one = &e->container;

	k->stale = 0;
	if (e->act == ACT_NONE)
		return;
	if (e->act != ACT_OOM && e->act != ACT_STOP_ASKED && e->act != ACT_RENAMED)
		k->last_act = e->act;
	if (k->untold == 0)
		k->untold = e->time_ns;
	if (k->act_count++ >= CHECK_ACTS_MAX)
		return;
	BATCH_ADD(k->acts, CONTAINER_ACT, container_act, .act = (uint8_t)e->act, .id = one->id, .name = one->name,
	    .old_name = e->old_name, .project = one->project, .service = one->service, .number = one->number,
	    .oneoff = one->oneoff, .signal = e->signal, .age = age, .ended = (uint16_t)(e->exit_code + 1),
	    .time = e->time_ns, .event = e->key);
}

void
check_tell_acts(struct check *k)
{
	if (batch_size(k->acts) > 0)
		tick_send(k->way->tick, k->acts);
	k->act_count = 0;
	k->untold = 0;
}

void
check_join(struct check *k, struct check *older)
{
	struct batch *acts = older->acts;

	batch_move(acts, k->acts);
	older->acts = k->acts;
	k->acts = acts;
	k->act_count += older->act_count;
	if (older->untold != 0)
		k->untold = older->untold;
	if (k->last_act == ACT_NONE)
		k->last_act = older->last_act;
	check_free(older);
}

/* --- asking --- */

static void
end(struct check *k, enum check_end how, double wait)
{
	k->way->end(k->way->ctx, k, how, wait);
}

static void
on_element(void *ctx, struct span element)
{
	struct check *k = ctx;
	struct container one;

	if (!docker_container_read(&one, element) || strcmp(one.id, k->id) != 0)
		return;
	if (!k->health_asked) {
		k->unhealthy = true;
		return;
	}
	k->found = true;
	memcpy(k->state, one.state, sizeof(k->state));
	docker_view_one(k->way->view, &one, k->said);
}

static bool on_bytes(void *ctx, const char *bytes, size_t len);
static void on_end(void *ctx, const struct msg_gate_end *msg);
static const struct gate_sink gate_sink = {.bytes = on_bytes, .end = on_end};

/* The id's 64 hex digits as bytes. */
static void
id_bytes(uint8_t *bytes, const char *id)
{
	for (size_t i = 0; i < CONTAINER_ID_LEN / 2; i++) {
		char pair[3] = {id[2 * i], id[2 * i + 1], '\0'};

		bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
}

static void
ask(struct check *k)
{
	uint8_t id[CONTAINER_ID_LEN / 2];
	struct msg_gate_ask msg = {
		.op = k->health_asked ? GATE_LIST_ONE : GATE_LIST_ONE_UNHEALTHY,
		.api_minor = (uint8_t)k->way->api_minor, .container = {id, sizeof(id)},
	};

	id_bytes(id, k->id);
	answer_drop(k);
	if ((k->answer = docker_answer_new(on_element, k)) == NULL ||
	    (k->call = gate_call_start(k->way->gate, &msg, &gate_sink, k)) == NULL)
		end(k, CHECK_FAILED, 0);
}

void
check_ask(struct check *k)
{
	k->health_asked = !k->way->podman;
	BATCH_ADD(k->said, CONTAINERS_ONE_BEGIN, containers_one_begin, .id = k->id);
	ask(k);
}

/* --- answers --- */

/*
 * The engine tells of a death, a removal and a pause a moment before its list
 * does.  Another event that waits for this container settles what is so.
 */
static bool
is_stale(const struct check *k)
{
	bool up = strcmp(k->state, "running") == 0, paused = strcmp(k->state, "paused") == 0;

	switch (k->last_act) {
	case ACT_DIED: return k->found && (up || paused);
	case ACT_REMOVED: return k->found;
	case ACT_PAUSED: return k->found && up;
	case ACT_UNPAUSED: return k->found && paused;
	default: return false;
	}
}

static void
answer_whole(struct check *k)
{
	if (docker_answer_wrong(k->answer) != NULL || docker_answer_skipped(k->answer) > 0) {
		end(k, CHECK_FAILED, 0);
		return;
	}
	if (!k->health_asked) {
		k->health_asked = true;
		docker_view_health(k->way->view, k->id, !k->unhealthy);
		ask(k);
		return;
	}
	if (is_stale(k) && k->stale < STALE_MAX) {
		k->stale++;
		end(k, CHECK_AGAIN, STALE_WAIT_S * (1u << (k->stale - 1)));
		return;
	}
	BATCH_ADD(k->said, CONTAINERS_ONE_END, containers_one_end, .id = k->id, .found = k->found);
	tick_send(k->way->tick, k->acts);
	tick_send(k->way->tick, k->said);
	end(k, CHECK_TOLD, 0);
}

static bool
on_bytes(void *ctx, const char *bytes, size_t len)
{
	struct check *k = ctx;

	if (docker_answer_feed(k->answer, bytes, len))
		return true;
	k->call = NULL; /* ends by our saying so */
	end(k, CHECK_FAILED, 0);
	return false;
}

static void
on_end(void *ctx, const struct msg_gate_end *msg)
{
	struct check *k = ctx;

	k->call = NULL;
	if (msg->how == GATE_COMPLETE)
		answer_whole(k);
	else if (msg->how == GATE_BUSY && k->busy++ < BUSY_MAX)
		end(k, CHECK_AGAIN, BUSY_WAIT_S);
	else
		end(k, CHECK_FAILED, 0);
}
