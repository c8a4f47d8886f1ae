/*
 * Asks for one container at a time and sends what came, whole, to the brain.
 * Trusts nothing of the answers.
 */
#include "build_config.h"

#include <sys/queue.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "docker_answer.h"
#include "docker_checks.h"
#include "docker_recent.h"
#include "log.h"
#include "loop.h"

#define BUSY_WAIT_S 0.2
#define BUSY_MAX 10
#define STALE_WAIT_S 0.01 /* doubled each time */
#define STALE_MAX 7       /* 1.3 s in all */

struct check {
	TAILQ_ENTRY(check) entry;
	struct docker_checks *checks;
	char id[CONTAINER_ID_LEN + 1];
	struct batch *acts;  /* what the events said */
	unsigned act_count;
	/* once it is asked */
	struct gate_call *call;
	struct docker_answer *answer;
	struct batch *said;
	bool health_asked, unhealthy, found;
	char state[sizeof(((struct container *)0)->state)];
	unsigned busy, stale;
	double not_before;   /* awake clock */
	unsigned last_act;   /* of those that change the state; ACT_NONE = none */
};

TAILQ_HEAD(check_list, check);

struct docker_checks {
	struct role *role;
	struct gate_client *gate;
	struct tick *tick;
	struct docker_view *view;
	const struct docker_checks_sink *sink;
	void *ctx;
	unsigned api_minor;
	bool podman;
	struct check_list waiting, asked;
	unsigned waiting_count, asked_count;
	double tokens, refilled;
	struct event *next;
	bool held;
	struct docker_recent recent;
};

static void on_next(evutil_socket_t fd, short what, void *arg);

struct docker_checks *
docker_checks_new(struct role *role, struct gate_client *gate, struct tick *tick, struct docker_view *view,
    const struct docker_checks_sink *sink, void *ctx)
{
	struct docker_checks *c = calloc(1, sizeof(*c));

	if (c == NULL || (c->next = evtimer_new(role->base, on_next, c)) == NULL)
		fatal("checks");
	c->role = role;
	c->gate = gate;
	c->tick = tick;
	c->view = view;
	c->sink = sink;
	c->ctx = ctx;
	c->tokens = CHECKS_BURST;
	c->refilled = clock_awake();
	TAILQ_INIT(&c->waiting);
	TAILQ_INIT(&c->asked);
	return c;
}

static void
answer_drop(struct check *k)
{
	gate_call_cancel(k->call);
	k->call = NULL;
	docker_answer_free(k->answer);
	k->answer = NULL;
}

static void
check_free(struct check *k)
{
	answer_drop(k);
	batch_free(k->acts);
	batch_free(k->said);
	free(k);
}

static void
drop_list(struct check_list *list, unsigned *count)
{
	struct check *k;

	while ((k = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, k, entry);
		check_free(k);
	}
	*count = 0;
}

void
docker_checks_drop(struct docker_checks *c)
{
	drop_list(&c->waiting, &c->waiting_count);
	drop_list(&c->asked, &c->asked_count);
	event_del(c->next);
}

void
docker_checks_free(struct docker_checks *c)
{
	if (c == NULL)
		return;
	docker_checks_drop(c);
	event_free(c->next);
	free(c);
}

void
docker_checks_api(struct docker_checks *c, unsigned api_minor, bool podman)
{
	c->api_minor = api_minor;
	c->podman = podman;
}

static struct check *
find(struct check_list *list, const char *id)
{
	struct check *k;

	TAILQ_FOREACH(k, list, entry)
		if (strcmp(k->id, id) == 0)
			return k;
	return NULL;
}

/* --- asking --- */

static void
run_soon(struct docker_checks *c, double seconds)
{
	struct timeval wait = clock_timeval(seconds), due, now;

	if (evtimer_pending(c->next, &due)) {
		event_base_gettimeofday_cached(c->role->base, &now);
		evutil_timeradd(&now, &wait, &now);
		if (!evutil_timercmp(&now, &due, <))
			return;
	}
	loop_add(c->next, &wait);
}

/* A newer event of the same container waits already: one check is enough for both. */
static void
join(struct check *newer, struct check *k)
{
	struct batch *acts = k->acts;

	batch_move(acts, newer->acts);
	k->acts = newer->acts;
	newer->acts = acts;
	newer->act_count += k->act_count;
	if (newer->last_act == ACT_NONE)
		newer->last_act = k->last_act;
	check_free(k);
}

/* To be asked once more; k may be gone then. */
static void
put_back(struct check *k, double wait)
{
	struct docker_checks *c = k->checks;
	struct check *newer = find(&c->waiting, k->id);

	TAILQ_REMOVE(&c->asked, k, entry);
	c->asked_count--;
	run_soon(c, newer != NULL ? 0 : wait);
	if (newer != NULL) {
		join(newer, k);
		return;
	}
	answer_drop(k);
	batch_clear(k->said);
	k->unhealthy = k->found = false;
	k->not_before = clock_awake() + wait;
	TAILQ_INSERT_HEAD(&c->waiting, k, entry);
	c->waiting_count++;
}

/* It is over, for good or not. */
static void
finish(struct check *k)
{
	struct docker_checks *c = k->checks;

	TAILQ_REMOVE(&c->asked, k, entry);
	c->asked_count--;
	check_free(k);
	run_soon(c, 0);
}

static void
fail(struct check *k)
{
	struct docker_checks *c = k->checks;

	finish(k);
	c->sink->failed(c->ctx);
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
	docker_view_one(k->checks->view, &one, k->said);
}

static bool on_bytes(void *ctx, const char *bytes, size_t len);
static void on_end(void *ctx, const struct msg_gate_end *end);
static const struct gate_sink gate_sink = {.bytes = on_bytes, .end = on_end};

/* The id's 64 hex digits, which docker_container_read() has seen, as bytes. */
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
	struct docker_checks *c = k->checks;
	uint8_t id[CONTAINER_ID_LEN / 2];
	struct msg_gate_ask msg = {
		.op = k->health_asked ? GATE_LIST_ONE : GATE_LIST_ONE_UNHEALTHY,
		.api_minor = (uint8_t)c->api_minor, .container = {id, sizeof(id)},
	};

	id_bytes(id, k->id);
	answer_drop(k);
	if ((k->answer = docker_answer_new(on_element, k)) == NULL ||
	    (k->call = gate_call_start(c->gate, &msg, &gate_sink, k)) == NULL)
		fail(k);
}

static void
begin(struct docker_checks *c, struct check *k)
{
	TAILQ_REMOVE(&c->waiting, k, entry);
	c->waiting_count--;
	TAILQ_INSERT_TAIL(&c->asked, k, entry);
	c->asked_count++;
	k->health_asked = !c->podman;
	BATCH_ADD(k->said, CONTAINERS_ONE_BEGIN, containers_one_begin, .id = k->id);
	ask(k);
}

static bool
take_token(struct docker_checks *c)
{
	double now = clock_awake();

	c->tokens += (now - c->refilled) * CHECKS_RATE;
	if (c->tokens > CHECKS_BURST)
		c->tokens = CHECKS_BURST;
	c->refilled = now;
	if (c->tokens < 1)
		return false;
	c->tokens -= 1;
	return true;
}

/*
 * The first whose time has come and that is not being asked for already: two
 * answers about one could overtake each other.  If there is none, *wait is
 * brought down to when there may be.
 */
static struct check *
next_waiting(struct docker_checks *c, double *wait)
{
	double now = clock_awake();
	struct check *k;

	TAILQ_FOREACH(k, &c->waiting, entry) {
		if (find(&c->asked, k->id) != NULL)
			continue;
		if (k->not_before <= now)
			return k;
		*wait = k->not_before - now < *wait ? k->not_before - now : *wait;
	}
	return NULL;
}

static void
on_next(evutil_socket_t fd, short what, void *arg)
{
	struct docker_checks *c = arg;
	double wait = INFINITY;
	struct check *k;

	(void)fd;
	(void)what;
	while (!c->held && c->asked_count < CHECKS_PARALLEL && (k = next_waiting(c, &wait)) != NULL) {
		if (!take_token(c)) {
			run_soon(c, 1.0 / CHECKS_RATE);
			return;
		}
		begin(c, k);
	}
	if (isfinite(wait) && !c->held)
		run_soon(c, wait);
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
	double wait;

	if (docker_answer_wrong(k->answer) != NULL || docker_answer_skipped(k->answer) > 0) {
		fail(k);
		return;
	}
	if (!k->health_asked) {
		k->health_asked = true;
		docker_view_health(k->checks->view, k->id, !k->unhealthy);
		ask(k);
		return;
	}
	if (is_stale(k) && k->stale < STALE_MAX) {
		wait = STALE_WAIT_S * (1u << k->stale++);
		put_back(k, wait);
		return;
	}
	BATCH_ADD(k->said, CONTAINERS_ONE_END, containers_one_end, .id = k->id, .found = k->found);
	tick_send(k->checks->tick, k->acts);
	tick_send(k->checks->tick, k->said);
	finish(k);
}

static bool
on_bytes(void *ctx, const char *bytes, size_t len)
{
	struct check *k = ctx;

	if (docker_answer_feed(k->answer, bytes, len))
		return true;
	k->call = NULL; /* ends by our saying so */
	fail(k);
	return false;
}

static void
on_end(void *ctx, const struct msg_gate_end *end)
{
	struct check *k = ctx;
	k->call = NULL;
	if (end->how == GATE_COMPLETE) {
		answer_whole(k);
	} else if (end->how == GATE_BUSY && k->busy++ < BUSY_MAX) {
		put_back(k, BUSY_WAIT_S);
	} else {
		fail(k);
	}
}

/* --- what is to be checked --- */

static struct check *
add(struct docker_checks *c, const char *id)
{
	struct check *k = find(&c->waiting, id);

	if (k != NULL || c->waiting_count >= CHECKS_WAITING_MAX)
		return k;
	if ((k = calloc(1, sizeof(*k))) == NULL)
		return NULL;
	k->checks = c;
	k->last_act = ACT_NONE;
	memcpy(k->id, id, sizeof(k->id));
	k->acts = batch_new();
	k->said = batch_new();
	TAILQ_INSERT_TAIL(&c->waiting, k, entry);
	c->waiting_count++;
	run_soon(c, 0);
	return k;
}

static void
add_act(struct check *k, const struct docker_event *e, double age)
{
	const struct container *one = &e->container;

	if (e->act == ACT_NONE)
		return;
	if (e->act != ACT_OOM && e->act != ACT_STOP_ASKED && e->act != ACT_RENAMED)
		k->last_act = e->act;
	if (k->act_count++ >= CHECKS_ACTS_MAX)
		return;
	BATCH_ADD(k->acts, CONTAINER_ACT, container_act, .act = (uint8_t)e->act, .id = one->id, .name = one->name,
	    .old_name = e->old_name, .project = one->project, .service = one->service, .number = one->number,
	    .oneoff = one->oneoff, .signal = e->signal, .age = age);
}

static unsigned
looks_wanted(const struct config *config)
{
	return config->container_down_ticks > config->recover_ticks ? config->container_down_ticks :
	    config->recover_ticks;
}

void
docker_checks_event(struct docker_checks *c, const struct docker_event *e, double age)
{
	struct check *k = add(c, e->container.id);

	docker_recent_add(&c->recent, e->container.id, looks_wanted(&c->role->config) - 1);
	if (k == NULL) {
		c->sink->failed(c->ctx);
		return;
	}
	add_act(k, e, age);
	k->not_before = 0;
	k->stale = 0;
	run_soon(c, 0);
}

void
docker_checks_turn(struct docker_checks *c, bool listed)
{
	const char *id;

	for (size_t at = 0; (id = docker_recent_next(&c->recent, &at)) != NULL;)
		if (!listed && add(c, id) == NULL)
			c->sink->failed(c->ctx);
}

void
docker_checks_hold(struct docker_checks *c, bool hold)
{
	struct check *k;

	c->held = hold;
	while (hold && (k = TAILQ_LAST(&c->asked, check_list)) != NULL)
		put_back(k, 0);
	if (!hold && !TAILQ_EMPTY(&c->waiting))
		run_soon(c, 0);
}
