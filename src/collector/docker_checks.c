/*
 * Which containers are to be checked, and when: a few at once, so many a
 * second, one after another where they are the same.
 */
#include "build_config.h"

#include <sys/queue.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "docker_check.h"
#include "docker_checks.h"
#include "docker_recent.h"
#include "log.h"
#include "loop.h"

TAILQ_HEAD(check_list, check);

struct docker_checks {
	struct role *role;
	struct check_way way;
	const struct docker_checks_sink *sink;
	void *ctx;
	struct check_list waiting, asked;
	unsigned waiting_count, asked_count;
	double tokens, refilled;
	struct event *next;
	bool held;
	struct docker_recent recent;
};

static void on_next(evutil_socket_t fd, short what, void *arg);
static void on_check_end(void *ctx, struct check *k, enum check_end how, double wait);

struct docker_checks *
docker_checks_new(struct role *role, struct gate_client *gate, struct tick *tick, struct docker_view *view,
    const struct docker_checks_sink *sink, void *ctx)
{
	struct docker_checks *c = calloc(1, sizeof(*c));

	if (c == NULL || (c->next = evtimer_new(role->base, on_next, c)) == NULL)
		fatal("checks");
	c->role = role;
	c->way = (struct check_way){.gate = gate, .tick = tick, .view = view, .end = on_check_end, .ctx = c};
	c->sink = sink;
	c->ctx = ctx;
	c->tokens = CHECKS_BURST;
	c->refilled = clock_awake();
	TAILQ_INIT(&c->waiting);
	TAILQ_INIT(&c->asked);
	return c;
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
	c->way.api_minor = api_minor;
	c->way.podman = podman;
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

/* To be asked once more.  k may be gone then: if a newer event of the same container waits, one check does for both. */
static void
put_back(struct docker_checks *c, struct check *k, double wait)
{
	struct check *newer = find(&c->waiting, k->id);

	TAILQ_REMOVE(&c->asked, k, entry);
	c->asked_count--;
	run_soon(c, newer != NULL ? 0 : wait);
	if (newer != NULL) {
		check_join(newer, k);
		return;
	}
	check_reset(k);
	k->not_before = clock_awake() + wait;
	TAILQ_INSERT_HEAD(&c->waiting, k, entry);
	c->waiting_count++;
}

/* It is over, for good or not. */
static void
finish(struct docker_checks *c, struct check *k)
{
	TAILQ_REMOVE(&c->asked, k, entry);
	c->asked_count--;
	check_free(k);
	run_soon(c, 0);
}

static void
on_check_end(void *ctx, struct check *k, enum check_end how, double wait)
{
	struct docker_checks *c = ctx;

	if (how == CHECK_AGAIN) {
		put_back(c, k, wait);
		return;
	}
	finish(c, k);
	if (how == CHECK_FAILED)
		c->sink->failed(c->ctx);
}

static void
begin(struct docker_checks *c, struct check *k)
{
	TAILQ_REMOVE(&c->waiting, k, entry);
	c->waiting_count--;
	TAILQ_INSERT_TAIL(&c->asked, k, entry);
	c->asked_count++;
	check_ask(k);
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

/* --- what is to be checked --- */

static struct check *
add(struct docker_checks *c, const char *id)
{
	struct check *k = find(&c->waiting, id);

	if (k != NULL || c->waiting_count >= CHECKS_WAITING_MAX || (k = check_new(&c->way, id)) == NULL)
		return k;
	TAILQ_INSERT_TAIL(&c->waiting, k, entry);
	c->waiting_count++;
	run_soon(c, 0);
	return k;
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
	check_act(k, e, age);
	k->not_before = 0;
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
docker_checks_tell_acts(struct docker_checks *c)
{
	struct check *k;

	TAILQ_FOREACH(k, &c->waiting, entry)
		check_tell_acts(k);
}

static uint64_t
oldest_untold(const struct check_list *list, uint64_t oldest)
{
	const struct check *k;

	TAILQ_FOREACH(k, list, entry)
		if (k->untold != 0 && (oldest == 0 || k->untold < oldest))
			oldest = k->untold;
	return oldest;
}

uint64_t
docker_checks_untold(const struct docker_checks *c)
{
	return oldest_untold(&c->waiting, oldest_untold(&c->asked, 0));
}

bool
docker_checks_idle(const struct docker_checks *c)
{
	return TAILQ_EMPTY(&c->waiting);
}

void
docker_checks_hold(struct docker_checks *c, bool hold)
{
	struct check *k;

	c->held = hold;
	while (hold && (k = TAILQ_LAST(&c->asked, check_list)) != NULL)
		put_back(c, k, 0);
	if (!hold && !TAILQ_EMPTY(&c->waiting))
		run_soon(c, 0);
}
