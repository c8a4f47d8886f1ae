/*
 * When the service manager hears what.  "Alive" means that supervision is
 * orderly, not that everything is well: a role that keeps dying is an alert
 * in the chat, and starting everything anew would not mend it.
 */
#include "build_config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "parent.h"
#include "role.h"
#include "utf8.h"

#define SLACK_S 2.0          /* a deadline that has passed this long has been overlooked */
#define USEC 1e6

static bool
speaks(const struct parent *p)
{
	return p->options.mode == MODE_DAEMON && service_listens(p->service);
}

static bool
is_wanted(const struct parent *p, int role)
{
	return (setup_roles(p) & ROLE_BIT(role)) != 0;
}

/* How long a child may stay as it is before somebody should have done something about it. */
static double
patience_with(const struct child *c)
{
	switch (c->state) {
	case CHILD_STARTING:
		return READY_S + SLACK_S;
	case CHILD_STOPPING:
		return STOP_S + ROLE_LINGER_S + SLACK_S;
	case CHILD_BACKOFF:
		return c->backoff + SLACK_S;
	case CHILD_KILLED: /* one that does not die waits for room among the abandoned */
		return BACKOFF_MAX_S + SLACK_S;
	case CHILD_RUNNING:
		return 2 * BEAT_S + SLACK_S;
	case CHILD_OFF:
		break;
	}
	return 0;
}

static bool
is_orderly(const struct parent *p, const struct child *c, double now)
{
	double since = c->state == CHILD_RUNNING ? c->pinged : c->since;

	if (c->state == CHILD_OFF)
		return !is_wanted(p, (int)(c - p->child)) || p->stopping;
	/* Heard, or in a call that has a deadline of its own. */
	if (c->state == CHILD_RUNNING && (c->busy || c->pinged == 0))
		return true;
	return now - since < patience_with(c);
}

static void
on_alive(evutil_socket_t fd, short what, void *arg)
{
	struct parent *p = arg;
	double now = clock_awake();

	(void)fd;
	(void)what;
	for (int i = ROLE_PARENT + 1; i < ROLE_COUNT; i++) {
		if (is_orderly(p, &p->child[i], now))
			continue;
		if (!p->disorder)
			log_error("supervision is not orderly: the %s is overdue; the service manager is told nothing until it is", role_name((enum role_id)i));
		p->disorder = true;
		return;
	}
	p->disorder = false;
	service_alive(p->service);
}

/* --- the snapshot that outlives us --- */

static struct keeper *
adopt(struct parent *p, unsigned *found)
{
	struct keeper *k = NULL;
	const char *why;
	int fd;

	for (*found = 0; (fd = service_take_fd(p->service, KEEPER_NAME)) != -1; ++*found) {
		struct keeper *next = keeper_adopt(fd, &why);

		if (why != NULL)
			log_error("the state that the service manager kept cannot be used%s (%s): alerts may repeat",
			    next == NULL ? "" : " whole, an older one is", why);
		if (k == NULL)
			k = next;
		else
			keeper_free(next);
	}
	return k;
}

static struct keeper *
adopt_or_store(struct parent *p)
{
	unsigned found;
	struct keeper *k = adopt(p, &found);

	service_close_fds(p->service);
	if (k != NULL && keeper_has_snapshot(k))
		log_info("going on from the state that the service manager kept");
	if (k != NULL && found == 1)
		return k;
	if (k == NULL)
		k = keeper_new();
	if (k != NULL && speaks(p))
		service_store_fd(p->service, KEEPER_NAME, keeper_fd(k), found > 0);
	return k;
}

int
manager_keeper(struct parent *p)
{
	p->keeper = p->options.mode == MODE_DAEMON ? adopt_or_store(p) : keeper_new();
	if (p->keeper == NULL || p->options.mode != MODE_DAEMON || p->config.state_file == NULL)
		return p->keeper == NULL ? -1 : 0;
	if ((p->state_file = state_file_new(p->base, p->config.state_file, p->keeper)) == NULL)
		return -1;
	/* What was in memory is never older than what was written. */
	if (!keeper_has_snapshot(p->keeper))
		state_file_load(p->state_file);
	return 0;
}

/* --- READY, STATUS, RELOADING, STOPPING --- */

/* Nobody is on the way any more: each role is there, or has failed and is in its back-off. */
static bool
settled(const struct parent *p)
{
	for (int i = ROLE_PARENT + 1; i < ROLE_COUNT; i++) {
		enum child_state state = p->child[i].state;

		if (is_wanted(p, i) ? state != CHILD_RUNNING && state != CHILD_BACKOFF : state != CHILD_OFF)
			return false;
	}
	return true;
}

static void
describe(const struct parent *p, char *text, size_t len)
{
	unsigned wanted = 0, there = 0, restarts = 0;
	const struct child *down = NULL;

	for (int i = ROLE_PARENT + 1; i < ROLE_COUNT; i++) {
		const struct child *c = &p->child[i];

		restarts += c->restarts;
		wanted += is_wanted(p, i);
		there += is_wanted(p, i) && c->state == CHILD_RUNNING;
		if (is_wanted(p, i) && c->state == CHILD_BACKOFF)
			down = c;
	}
	if (p->stopping)
		snprintf(text, len, "stopping: what waits to be sent has %.0f s", DRAIN_S);
	else if (!p->config.enabled)
		snprintf(text, len, "WATCHDOG_ENABLED is false: nothing is watched");
	else if (down != NULL)
		snprintf(text, len, "the %s is down (%.160s) and is started anew", role_name(down->role), down->why);
	else
		snprintf(text, len, "watching: %u of %u processes at work, %u restarts%s", there, wanted, restarts,
		    p->reload_refused ? "; the last reload was refused" : "");
}

/* A child may have chosen some of the words: a line of its own would be a message of its own. */
static void
say_status(struct parent *p, bool ready)
{
	char text[sizeof(p->status_said)], clean[sizeof(p->status_said)];

	describe(p, text, sizeof(text));
	utf8_clean(clean, sizeof(clean), text, strlen(text), false);
	if (!ready && strcmp(clean, p->status_said) == 0)
		return;
	if (service_say(p->service, "%sSTATUS=%s", ready ? "READY=1\n" : "", clean) == -1)
		return;
	memcpy(p->status_said, clean, sizeof(clean));
	p->ready_said = p->ready_said || ready;
}

void
manager_update(struct parent *p)
{
	bool ready = !p->ready_said && settled(p);

	if (speaks(p) && !p->stopping && (ready || p->ready_said))
		say_status(p, ready);
}

void
manager_reloading(struct parent *p)
{
	if (!speaks(p))
		return;
	p->ready_said = false;
	service_say(p->service, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64 "\nSTATUS=reloading", (uint64_t)(clock_awake() * USEC));
}

void
manager_reloaded(struct parent *p, bool refused)
{
	p->reload_refused = refused;
	manager_update(p);
}

void
manager_stopping(struct parent *p)
{
	char text[sizeof(p->status_said)];

	if (!speaks(p))
		return;
	describe(p, text, sizeof(text));
	service_say(p->service, "STOPPING=1\nSTATUS=%s", text);
	memcpy(p->status_said, text, sizeof(text));
}

int
manager_start(struct parent *p)
{
	double period = service_watchdog(p->service) / 2;
	struct timeval every = clock_timeval(period);

	if (period <= 0 || !speaks(p))
		return 0;
	p->alive = event_new(p->base, -1, EV_PERSIST, on_alive, p);
	return p->alive == NULL || event_add(p->alive, &every) == -1 ? -1 : 0;
}
