/*
 * Whose turn it is: requests are answered one at a time, what the parent has
 * to say is asked for before, and between two answers the loop is the
 * brain's.
 */
#include "build_config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "control_client.h"
#include "loop.h"

#define LONGEST_PAUSE_S 5.0

/* --- one at a time --- */

/* Has the parent say how everybody is; who is answered next hears it fresh. */
static void
ask_roles(struct control *c)
{
	if (c->roles_asked)
		return;
	c->roles_asked = true;
	c->host.tell_parent(c->host.ctx, MSG_ROLES_ASK, 0, &(const struct msg_roles_ask){0});
}

static struct client *
next_waiting(struct control *c)
{
	struct client *k;

	TAILQ_FOREACH(k, &c->clients, entry)
		if (k->state == CLIENT_WAITING)
			return k;
	return NULL;
}

void
serve_soon(struct control *c)
{
	struct timeval tv = clock_timeval(fmax(0, c->pause_until - clock_boot()));

	if (next_waiting(c) != NULL && !evtimer_pending(c->serve, NULL))
		loop_add(c->serve, &tv);
}

static void
answer_one(struct client *k)
{
	struct control *c = k->control;
	double began = clock_boot();

	c->host.wake(c->host.ctx);
	client_answer(k);
	c->pause_until = clock_boot() + fmin(PAUSE_FACTOR * (clock_boot() - began), LONGEST_PAUSE_S);
}

static void
on_serve(evutil_socket_t fd, short what, void *arg)
{
	struct control *c = arg;
	struct client *k = next_waiting(c);

	(void)fd;
	(void)what;
	if (k == NULL)
		return;
	if (request_needs_roles(k->request.verb)) {
		ask_roles(c);
		return;
	}
	answer_one(k);
	serve_soon(c);
}

void
control_role_info(struct control *c, const struct msg_role_info *info)
{
	if (info->role == ROLE_PARENT)
		memset(c->facts.known, 0, sizeof(c->facts.known));
	c->facts.role[info->role] = *info;
	c->facts.known[info->role] = true;
}

static void
show_watchers(struct control *c)
{
	struct client *k, *next;

	for (k = TAILQ_FIRST(&c->clients); k != NULL; k = next) {
		next = TAILQ_NEXT(k, entry);
		if (k->state == CLIENT_WATCHING)
			client_frame(k);
	}
}

void
control_roles_end(struct control *c)
{
	struct client *k = next_waiting(c);

	c->roles_asked = false;
	if (c->frame_due) {
		c->frame_due = false;
		show_watchers(c);
	}
	if (k != NULL && request_needs_roles(k->request.verb))
		answer_one(k);
	serve_soon(c);
}

void
control_tested(struct control *c, bool ok, const char *text)
{
	struct client *k, *next;

	c->no_test_before = clock_boot() + TEST_GAP_S;
	for (k = TAILQ_FIRST(&c->clients); k != NULL; k = next) {
		next = TAILQ_NEXT(k, entry);
		if (k->state == CLIENT_TESTING)
			client_end(k, ok ? 0 : 1, "text", text);
	}
}

void
control_recorded(struct control *c, const char *line)
{
	struct client *k, *next;

	for (k = TAILQ_FIRST(&c->clients); k != NULL; k = next) {
		next = TAILQ_NEXT(k, entry);
		if (k->state != CLIENT_RECORDING)
			continue;
		client_line(k, line);
		client_answered(k);
	}
}

void
control_tick_ended(struct control *c)
{
	struct client *k;

	c->facts.ticked = c->host.brain->clock.now;
	TAILQ_FOREACH(k, &c->clients, entry)
		c->frame_due = c->frame_due || k->state == CLIENT_WATCHING;
	if (c->frame_due)
		ask_roles(c);
}

/* --- the whole --- */

struct control *
control_new(const struct control_host *host)
{
	struct control *c = calloc(1, sizeof(*c));

	if (c == NULL || (c->serve = evtimer_new(host->base, on_serve, c)) == NULL) {
		free(c);
		return NULL;
	}
	TAILQ_INIT(&c->clients);
	c->host = *host;
	c->host.request_s = host->request_s == 0 ? CLIENT_REQUEST_S : host->request_s;
	c->host.stall_s = host->stall_s == 0 ? CLIENT_STALL_S : host->stall_s;
	c->facts.started = clock_boot();
	c->facts.ticked = c->facts.delivered_wall = NAN;
	return c;
}

void
control_free(struct control *c)
{
	while (!TAILQ_EMPTY(&c->clients))
		client_free(TAILQ_FIRST(&c->clients));
	event_free(c->serve);
	free(c);
}

struct control_facts *
control_facts(struct control *c)
{
	return &c->facts;
}
