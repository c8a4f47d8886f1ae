/*
 * A look at docker: which API it speaks (once, and again after a failure),
 * whether it is well, then the list, or as much of it as is not known from
 * its events.  Events are hints: each starts a check of its container, and
 * what is decided comes from the lists.  Trusts the parent for the reasons
 * why a call ended, and nothing of what comes through the pipe.
 */
#include "build_config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "docker.h"
#include "docker_look.h"
#include "log.h"
#include "loop.h"
#include "own_error.h"

static const struct gate_sink sink;

static void
look_over(struct docker *d)
{
	gate_call_cancel(d->call);
	d->call = NULL;
	docker_answer_free(d->answer);
	d->answer = NULL;
	event_del(d->deadline);
	d->looking = d->opening = false;
}

/* Everything older has been told, as far as it ever will be. */
static uint64_t
heard(const struct docker *d)
{
	uint64_t last = docker_stream_heard(d->stream), untold = docker_checks_untold(d->checks);

	return untold != 0 && untold < last ? untold : last;
}

/* Out with it, whether a tick waits for it or an event stream's end has caused it. */
static void
look_told(struct docker *d)
{
	SOURCE_SAY(&d->source, DOCKER_EVENTS, docker_events, .live = docker_stream_is_live(d->stream),
	    .heard = heard(d), .why = d->stream_why);
	if (d->source.looking)
		source_done(&d->source);
	else
		source_send(&d->source);
}

void
docker_say_failed(struct docker *d, enum docker_how how, const char *why)
{
	look_over(d);
	if (why != d->why)
		snprintf(d->why, sizeof(d->why), "%s", why);
	error_after_colon(d->why);
	d->api_minor = 0;
	d->well = false;
	d->need_full = true;
	docker_checks_drop(d->checks);
	source_unsay(&d->source);
	/* The first part of a long list is out already: it is no whole one. */
	if (d->flowed)
		SOURCE_SAY(&d->source, CONTAINERS_END, containers_end, .ignored = 1);
	d->flowed = false;
	if (!d->source.looking) {
		source_send(&d->source);
		return;
	}
	if (how == HOW_UNSEEN)
		SOURCE_SAY(&d->source, UNSEEN, unseen, .what = UNSEEN_DOCKER, .name = "", .why = d->why);
	else
		SOURCE_SAY(&d->source, DOCKER_FAILED, docker_failed, .off = how == HOW_OFF, .error = d->why);
	look_told(d);
}

static void
on_list_element(void *ctx, struct span element)
{
	struct docker *d = ctx;

	if (d->op == GATE_LIST_UNHEALTHY)
		docker_view_unhealthy(d->view, element);
	else
		docker_view_element(d->view, element);
	/* What waits for its check is to be told before the list, once that is whole. */
	if (docker_checks_idle(d->checks))
		d->flowed = source_flow(&d->source) || d->flowed;
}

static void
ask(struct docker *d, enum gate_op op)
{
	struct msg_gate_ask msg = {.op = (uint8_t)op, .api_minor = (uint8_t)d->api_minor};
	bool list = op != GATE_PING && op != GATE_VERSION;

	d->op = op;
	docker_answer_free(d->answer);
	d->answer = docker_answer_new(list ? on_list_element : NULL, d);
	d->call = d->answer == NULL ? NULL : gate_call_start(d->gate, &msg, &sink, d);
	if (d->call == NULL)
		docker_say_failed(d, HOW_UNSEEN, "out of memory");
}

/* A list that has changed without an event: the stream may be dead, if no event comes until the next look. */
static void
full_list_came(struct docker *d)
{
	uint64_t digest = docker_view_digest(d->view);

	d->doubt = d->digest_known && digest != d->digest && d->heard == 0 && docker_stream_is_live(d->stream);
	d->digest = digest;
	d->digest_known = true;
	d->heard = 0;
	d->full_at = d->look_at;
}

static void
list_came(struct docker *d, uint32_t skipped)
{
	d->flowed = false;
	docker_view_end(d->view, skipped);
	look_over(d);
	if (d->scope != SCOPE_NONE)
		docker_checks_tell_acts(d->checks);
	if (d->scope == SCOPE_ALL)
		full_list_came(d);
	if (!docker_stream_is_live(d->stream) && !d->role->start.once)
		docker_say_deaf(d);
	d->ask_after = 0;
	d->restart_wait = RESTART_FIRST_S;
	look_told(d);
	docker_checks_hold(d->checks, false);
	docker_checks_turn(d->checks, d->scope == SCOPE_ALL);
}

/*
 * Checks wait meanwhile: the older of two answers must not be the last.
 * Podman's list has no health in its text: those that are unhealthy are asked
 * for first.
 */
void
docker_ask_list(struct docker *d)
{
	d->opening = d->flowed = false;
	d->scope = docker_scope_needed(d);
	source_unsay(&d->source);
	docker_view_begin(d->view, d->scope);
	if (d->scope == SCOPE_NONE) {
		list_came(d, 0);
		return;
	}
	if (d->scope == SCOPE_ALL)
		d->need_full = false;
	docker_checks_hold(d->checks, true);
	if (d->podman)
		docker_view_unhealthy_begin(d->view);
	ask(d, d->podman ? GATE_LIST_UNHEALTHY : docker_list_op(d));
}

/*
 * The list and the ping answer from memory while containerd hangs; to tell
 * its version the engine asks containerd.  Podman has none, and takes long.
 */
static void
ask_well(struct docker *d)
{
	if (d->podman)
		docker_open_stream(d);
	else
		ask(d, GATE_VERSION);
}

/* Nothing that is newer than what we know concerns us, but an engine may insist. */
static unsigned
version_to_ask(const struct docker *d, const struct docker_head *head)
{
	if (head->api_major > 1 || (head->api_minor > DOCKER_API_MINOR_NEWEST && !d->follow))
		return DOCKER_API_MINOR_NEWEST;
	return head->api_minor;
}

static void
learn_version(struct docker *d, const struct docker_head *head)
{
	char text[128];

	if (head->api_major == 0) {
		docker_say_failed(d, HOW_FAILED, "it does not name its API version: not an engine?");
	} else if (head->api_major == 1 && head->api_minor < DOCKER_API_MINOR_OLDEST) {
		snprintf(text, sizeof(text), "its API %u.%u is too old: 1.%d or newer is needed",
		    head->api_major, head->api_minor, DOCKER_API_MINOR_OLDEST);
		docker_say_failed(d, HOW_FAILED, text);
	} else {
		d->api_minor = version_to_ask(d, head);
		d->podman = head->podman;
		log_debug("docker: %s, API %u.%u, asked by 1.%u", head->podman ? "podman" : "engine", head->api_major,
		    head->api_minor, d->api_minor);
		ask_well(d);
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
		d->follow = strstr(why, "too old") != NULL;
		d->api_minor = 0;
		ask(d, GATE_PING);
	} else if (why != NULL) {
		snprintf(text, sizeof(text), "%s", why);
		docker_say_failed(d, HOW_FAILED, text);
	} else if (d->op == GATE_PING) {
		learn_version(d, docker_answer_head(d->answer));
	} else if (d->op == GATE_VERSION) {
		docker_open_stream(d);
	} else if (d->op == GATE_LIST_UNHEALTHY) {
		ask(d, docker_list_op(d));
	} else {
		list_came(d, docker_answer_skipped(d->answer));
	}
}

static bool
on_bytes(void *ctx, const char *bytes, size_t len)
{
	struct docker *d = ctx;
	char text[TEXT_MAX_LEN];

	d->seen = true;
	if (docker_answer_feed(d->answer, bytes, len)) {
		if (source_is_choked(&d->source)) {
			d->held_up = true;
			gate_call_pause(d->call);
		}
		return true;
	}
	d->call = NULL; /* ends by our saying so */
	snprintf(text, sizeof(text), "%s", docker_answer_wrong(d->answer));
	docker_say_failed(d, HOW_FAILED, text);
	return false;
}

static void
on_end(void *ctx, const struct msg_gate_end *end)
{
	struct docker *d = ctx;

	d->call = NULL;
	if (end->how != GATE_NO_SOCKET) {
		d->seen = d->seen || (end->how != GATE_BUSY && end->how != GATE_FAILED);
		d->off_until = 0;
	}
	if (end->how == GATE_REFUSED)
		docker_leave_alone(d);
	if (end->how == GATE_COMPLETE)
		answer_whole(d);
	else
		docker_say_end(d, end);
}

static const struct gate_sink sink = {.bytes = on_bytes, .end = on_end};

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	docker_say_late(arg);
}

static void
begin_look(struct docker *d)
{
	struct timeval timeout = clock_timeval(d->role->config.http_timeout);

	event_del(d->later);
	d->looking = true;
	d->look_at = clock_boot();
	d->asked_again = d->held_up = false;
	loop_add(d->deadline, &timeout);
	if (d->api_minor == 0)
		ask(d, GATE_PING);
	else
		ask_well(d);
}

static void
on_later(evutil_socket_t fd, short what, void *arg)
{
	struct docker *d = arg;

	(void)fd;
	(void)what;
	if (!d->looking)
		begin_look(d);
}

/* A look that is under way already becomes the tick's. */
static void
look(struct source *s)
{
	struct docker *d = (struct docker *)s;
	double now = clock_boot();

	if (now < d->off_until)
		docker_say_failed(d, HOW_OFF, "no socket");
	else if (now < d->ask_after && d->restart_wait <= 2 * RESTART_FIRST_S)
		look_told(d); /* not asked yet, and so not known: it may just be restarting */
	else if (now < d->ask_after)
		docker_say_failed(d, HOW_FAILED, d->why);
	else if (!d->looking)
		begin_look(d);
}

static void
drained(struct source *s)
{
	gate_call_resume(((struct docker *)s)->call);
}

static void
abandon(struct source *s)
{
	struct docker *d = (struct docker *)s;

	look_over(d);
	d->flowed = false;
	d->need_full = true;
	docker_checks_hold(d->checks, false);
}

void
docker_want_list(struct docker *d)
{
	d->need_full = true;
}

void
docker_linked(struct docker *d)
{
	docker_stream_forget(d->stream);
}

void
docker_told(struct docker *d, uint64_t event)
{
	docker_stream_told(d->stream, event);
}

/* What nobody has been told yet comes again, with what the brain before may have been told and has taken with it. */
void
docker_since(struct docker *d, uint64_t since, double ago)
{
	if (d->source.looking)
		return; /* it says so once, before any look */
	look_over(d);
	docker_checks_drop(d->checks);
	docker_checks_hold(d->checks, false);
	docker_stream_resume(d->stream, since, ago > 0 ? ago : 0);
	d->up_at = NAN;
	d->need_full = true;
}

struct docker *
docker_new(struct role *role, struct tick *tick, struct gate_client *gate, const char *own_id)
{
	struct docker *d = calloc(1, sizeof(*d));

	if (d == NULL)
		fatal("docker");
	*d = (struct docker){
		.source = {.look = look, .abandon = abandon, .drained = drained, .kind = KIND_DOCKER},
		.role = role, .gate = gate, .need_full = true, .up_at = NAN,
		.retry_wait = RETRY_FIRST_S, .restart_wait = RESTART_FIRST_S, .stream_why = "not opened yet",
	};
	d->view = docker_view_new(&d->source, &role->config, own_id);
	d->checks = docker_checks_new(role, gate, tick, d->view, &docker_checks_sink, d);
	d->stream = docker_stream_new(role, gate, &docker_stream_sink, d);
	d->deadline = evtimer_new(role->base, on_deadline, d);
	d->later = evtimer_new(role->base, on_later, d);
	if (d->deadline == NULL || d->later == NULL)
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
	event_free(d->later);
	docker_stream_free(d->stream);
	docker_checks_free(d->checks);
	docker_view_free(d->view);
	free(d);
}
