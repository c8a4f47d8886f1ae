/*
 * A look at docker: which API it speaks (once, and again after a failure),
 * then the list.  Trusts the parent for the reasons why a call ended, and
 * nothing of what comes through the pipe.
 */
#include "build_config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "docker.h"
#include "docker_answer.h"
#include "docker_view.h"
#include "log.h"

struct docker {
	struct source source;
	struct role *role;
	struct gate_client *gate;
	struct docker_view *view;
	struct event *deadline;
	unsigned api_minor;  /* of 1.NN; 0 = to be asked */
	bool podman;
	bool seen;           /* there has been a socket */
	double off_until;    /* boot clock: not asked before; 0 = not off */
	/* This look. */
	enum gate_op op;
	struct gate_call *call;
	struct docker_answer *answer;
	bool asked_again;    /* the version was refused once */
};

static const struct gate_sink sink;

static void
look_over(struct docker *d)
{
	gate_call_cancel(d->call);
	d->call = NULL;
	docker_answer_free(d->answer);
	d->answer = NULL;
	event_del(d->deadline);
}

static void
say_failed(struct docker *d, bool off, const char *why)
{
	look_over(d);
	d->api_minor = 0;
	source_unsay(&d->source);
	SOURCE_SAY(&d->source, DOCKER_FAILED, docker_failed, .off = off, .error = why);
	source_done(&d->source);
}

static void
say_late(struct docker *d)
{
	char text[64];

	snprintf(text, sizeof(text), "no complete answer in %g s", d->role->config.http_timeout);
	say_failed(d, false, text);
}

static void
on_list_element(void *ctx, struct span element)
{
	struct docker *d = ctx;

	if (d->op == GATE_LIST_UNHEALTHY)
		docker_view_unhealthy(d->view, element);
	else
		docker_view_element(d->view, element);
}

static void
ask(struct docker *d, enum gate_op op)
{
	struct msg_gate_ask msg = {.op = (uint8_t)op, .api_minor = (uint8_t)d->api_minor};

	d->op = op;
	docker_answer_free(d->answer);
	d->answer = docker_answer_new(op == GATE_PING ? NULL : on_list_element, d);
	d->call = d->answer == NULL ? NULL : gate_call_start(d->gate, &msg, &sink, d);
	if (d->call == NULL)
		say_failed(d, false, "out of memory");
}

/*
 * With plain names only, the engine need not list the rest: for each
 * container it lists it looks up the image, which newer engines do slowly.
 */
static enum gate_op
list_op(const struct docker *d)
{
	const struct string_list *list = &d->role->config.containers;

	for (size_t i = 0; i < list->n; i++)
		if (!docker_name_is_plain(list->v[i]))
			return GATE_LIST;
	return GATE_LIST_NAMED;
}

/* Podman's list has no health in its text: those that are unhealthy are asked for first. */
static void
ask_list(struct docker *d)
{
	source_unsay(&d->source);
	docker_view_begin(d->view);
	ask(d, d->podman ? GATE_LIST_UNHEALTHY : list_op(d));
}

static void
learn_version(struct docker *d, const struct docker_head *head)
{
	char text[128];

	if (head->api_major == 0) {
		say_failed(d, false, "it does not name its API version: not an engine?");
	} else if (head->api_major == 1 && head->api_minor < DOCKER_API_MINOR_OLDEST) {
		snprintf(text, sizeof(text), "its API %u.%u is too old: 1.%d or newer is needed",
		    head->api_major, head->api_minor, DOCKER_API_MINOR_OLDEST);
		say_failed(d, false, text);
	} else {
		d->api_minor = head->api_major > 1 || head->api_minor > DOCKER_API_MINOR_NEWEST ?
		    DOCKER_API_MINOR_NEWEST : head->api_minor;
		d->podman = head->podman;
		log_debug("docker: %s, API %u.%u, asked by 1.%u", head->podman ? "podman" : "engine", head->api_major,
		    head->api_minor, d->api_minor);
		ask_list(d);
	}
}

/* The engine was exchanged for an older or newer one: its version is asked once more. */
static bool
version_refused(struct docker *d, const char *why)
{
	return docker_answer_head(d->answer)->status == 400 && strstr(why, "client version") != NULL && !d->asked_again;
}

static void
answer_whole(struct docker *d)
{
	const char *why = docker_answer_wrong(d->answer);
	char text[TEXT_MAX_LEN];

	if (why != NULL && version_refused(d, why)) {
		d->asked_again = true;
		d->api_minor = 0;
		ask(d, GATE_PING);
	} else if (why != NULL) {
		snprintf(text, sizeof(text), "%s", why);
		say_failed(d, false, text);
	} else if (d->op == GATE_PING) {
		learn_version(d, docker_answer_head(d->answer));
	} else if (d->op == GATE_LIST_UNHEALTHY) {
		ask(d, list_op(d));
	} else {
		docker_view_end(d->view, docker_answer_skipped(d->answer));
		look_over(d);
		source_done(&d->source);
	}
}

static bool
on_bytes(void *ctx, const char *bytes, size_t len)
{
	struct docker *d = ctx;
	char text[TEXT_MAX_LEN];

	d->seen = true;
	if (docker_answer_feed(d->answer, bytes, len))
		return true;
	d->call = NULL; /* ends by our saying so */
	snprintf(text, sizeof(text), "%s", docker_answer_wrong(d->answer));
	say_failed(d, false, text);
	return false;
}

/* Not a word of it in the configuration, and never there: this host has no docker. */
static void
no_socket(struct docker *d)
{
	if (d->role->config.containers_given || d->seen) {
		say_failed(d, false, "no socket: docker is not running, or WATCHDOG_DOCKER_SOCK names another file");
		return;
	}
	if (d->off_until == 0)
		log_info("docker: no socket, so containers are not watched; looked for again each minute");
	d->off_until = clock_boot() + DOCKER_LOOK_AGAIN_S;
	say_failed(d, true, "no socket");
}

/* What is not here is told otherwise. */
static const char *const reasons[GATE_END_COUNT] = {
	[GATE_REFUSED] = "connection refused",
	[GATE_BUSY] = "too many requests at once",
	[GATE_TOO_LARGE] = "the answer is too large",
	[GATE_ABANDONED] = "incomplete reply",
};

static void
say_denied(struct docker *d, const char *group)
{
	char text[TEXT_MAX_LEN];

	snprintf(text, sizeof(text), "permission denied: the daemon's user is not in group %s, which owns the socket",
	    group[0] == '\0' ? "?" : group);
	say_failed(d, false, text);
}

static void
on_end(void *ctx, const struct msg_gate_end *end)
{
	struct docker *d = ctx;
	enum gate_end how = end->how;

	d->call = NULL;
	if (how == GATE_NO_SOCKET) {
		no_socket(d);
		return;
	}
	d->seen = d->seen || (how != GATE_BUSY && how != GATE_FAILED);
	d->off_until = 0;
	if (how == GATE_COMPLETE)
		answer_whole(d);
	else if (how == GATE_DEADLINE)
		say_late(d);
	else if (how == GATE_DENIED)
		say_denied(d, end->group);
	else
		say_failed(d, false,
		    reasons[how] != NULL ? reasons[how] : strerror(end->error != 0 ? end->error : EIO));
}

static const struct gate_sink sink = {.bytes = on_bytes, .end = on_end};

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	say_late(arg);
}

static void
look(struct source *s)
{
	struct docker *d = (struct docker *)s;
	struct timeval timeout = clock_timeval(d->role->config.http_timeout);

	if (clock_boot() < d->off_until) {
		say_failed(d, true, "no socket");
		return;
	}
	d->asked_again = false;
	event_add(d->deadline, &timeout);
	if (d->api_minor == 0)
		ask(d, GATE_PING);
	else
		ask_list(d);
}

static void
abandon(struct source *s)
{
	look_over((struct docker *)s);
}

struct docker *
docker_new(struct role *role, struct tick *tick, struct gate_client *gate, const char *own_id)
{
	struct docker *d = calloc(1, sizeof(*d));

	if (d == NULL)
		fatal("docker");
	*d = (struct docker){.source = {.look = look, .abandon = abandon}, .role = role, .gate = gate};
	d->view = docker_view_new(&d->source, &role->config, own_id);
	if ((d->deadline = evtimer_new(role->base, on_deadline, d)) == NULL)
		fatal("docker");
	if (role->config.containers.n > 0)
		tick_add(tick, &d->source);
	return d;
}

void
docker_free(struct docker *d)
{
	if (d == NULL)
		return;
	look_over(d);
	event_free(d->deadline);
	docker_view_free(d->view);
	free(d);
}
