/*
 * When to look, and when a look of everything is over.
 */
#include "build_config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "loop.h"
#include "tick.h"

#define FLOW_BYTES (64u << 10)
#define CHOKED_BYTES (256u << 10)

struct tick {
	struct role *role;
	struct outlet *outlet;
	struct event *next, *confirm;
	struct batch *frame; /* TICK_BEGIN and TICK_END */
	TAILQ_HEAD(, source) sources;
	uint64_t number;
	double begun;        /* the last one of all sources; boot clock */
	double at;           /* the last one */
	size_t pending;      /* sources that have not answered */
	bool running, partial, again;
	bool linked;         /* the brain is there, and has said where to begin */
};

static void
schedule_next(struct tick *t)
{
	struct timeval wait;

	if (t->role->start.once)
		return;
	wait = clock_timeval(t->again ? 0 : t->begun + t->role->config.interval - clock_boot());
	loop_add(t->next, &wait);
}

static void
answered(struct tick *t)
{
	if (--t->pending > 0)
		return;
	BATCH_ADD(t->frame, TICK_END, tick_end, .tick = t->number);
	outlet_push(t->outlet, t->frame);
}

static bool
any_to_confirm(const struct tick *t)
{
	const struct source *s;

	TAILQ_FOREACH(s, &t->sources, entry)
		if (s->confirm)
			return true;
	return false;
}

static void
confirm_in(struct tick *t, double seconds)
{
	struct timeval wait = clock_timeval(seconds);

	loop_add(t->confirm, &wait);
}

/* A tick is over when the brain has been given all of it: who reads slowly gets fewer ticks, not a longer queue. */
static void
on_drained(void *ctx)
{
	struct tick *t = ctx;
	struct source *s;

	TAILQ_FOREACH(s, &t->sources, entry)
		if (s->drained != NULL)
			s->drained(s);
	if (!t->running || t->pending > 0)
		return;
	t->running = false;
	log_debug("tick %" PRIu64 " took %.3f s", t->number, clock_boot() - t->at);
	if (!t->partial || t->again)
		schedule_next(t);
	/* Its time passed while the tick ran. */
	if (any_to_confirm(t) && !evtimer_pending(t->confirm, NULL))
		confirm_in(t, 0);
}

static void
tick_begin(struct tick *t, bool partial)
{
	struct source *s;

	t->running = true;
	t->partial = partial;
	t->pending = 1; /* our own, so that sources that answer at once do not end the tick half way */
	t->at = clock_boot();
	t->number++;
	BATCH_ADD(t->frame, TICK_BEGIN, tick_begin, .tick = t->number, .now = t->at, .wall = clock_wall(), .partial = partial);
	outlet_hold(t->outlet, t->frame);
	TAILQ_FOREACH(s, &t->sources, entry) {
		if (partial && !s->confirm)
			continue;
		s->confirm = false;
		t->pending++;
		s->looking = true;
		s->look(s);
	}
	answered(t);
}

static void
on_next(evutil_socket_t fd, short what, void *arg)
{
	struct tick *t = arg;

	(void)fd;
	(void)what;
	if (t->running) {
		t->again = true;
		return;
	}
	t->again = false;
	t->begun = clock_boot();
	tick_begin(t, false);
}

static void
on_confirm(evutil_socket_t fd, short what, void *arg)
{
	struct tick *t = arg;

	(void)fd;
	(void)what;
	if (!t->running && any_to_confirm(t))
		tick_begin(t, true);
}

struct tick *
tick_new(struct role *role)
{
	struct tick *t = calloc(1, sizeof(*t));

	if (t == NULL || (t->next = evtimer_new(role->base, on_next, t)) == NULL ||
	    (t->confirm = evtimer_new(role->base, on_confirm, t)) == NULL)
		fatal("tick");
	t->role = role;
	t->outlet = outlet_new(role, on_drained, t);
	t->frame = batch_new();
	TAILQ_INIT(&t->sources);
	return t;
}

static void
abandon_running(struct tick *t)
{
	struct source *s;

	event_del(t->confirm);
	TAILQ_FOREACH(s, &t->sources, entry) {
		s->confirm = false;
		if (!s->looking)
			continue;
		s->looking = false;
		s->abandon(s);
		batch_clear(s->seen);
	}
	t->running = false;
}

void
tick_free(struct tick *t)
{
	struct source *s;

	if (t == NULL)
		return;
	abandon_running(t);
	TAILQ_FOREACH(s, &t->sources, entry)
		batch_free(s->seen);
	batch_free(t->frame);
	outlet_free(t->outlet);
	event_free(t->next);
	event_free(t->confirm);
	free(t);
}

void
tick_add(struct tick *t, struct source *s)
{
	s->tick = t;
	s->seen = batch_new();
	s->looking = s->confirm = false;
	TAILQ_INSERT_TAIL(&t->sources, s, entry);
}

int
source_say(struct source *s, enum message_type type, const void *msg)
{
	return batch_add(s->seen, type, msg);
}

void
source_unsay(struct source *s)
{
	batch_clear(s->seen);
}

void
tick_send(struct tick *t, struct batch *b)
{
	outlet_push(t->outlet, b);
}

void
source_send(struct source *s)
{
	tick_send(s->tick, s->seen);
}

bool
source_flow(struct source *s)
{
	if (batch_size(s->seen) < FLOW_BYTES)
		return false;
	source_send(s);
	return true;
}

bool
source_is_choked(const struct source *s)
{
	return outlet_waiting(s->tick->outlet) > CHOKED_BYTES;
}

void
source_done(struct source *s)
{
	if (!s->looking)
		return;
	s->looking = false;
	outlet_hold(s->tick->outlet, s->seen);
	answered(s->tick);
}

void
tick_now(struct tick *t)
{
	struct timeval now = {0};

	if (t->running)
		t->again = true;
	else if (t->linked && !t->role->start.once)
		loop_add(t->next, &now);
}

void
tick_confirm(struct tick *t, enum signal_kind kind, const char *name, double wait)
{
	struct source *s;

	if (t->role->start.once || (t->role->config.confirm == 0 && wait < 0))
		return;
	TAILQ_FOREACH(s, &t->sources, entry)
		if (s->kind == kind && strcmp(s->name == NULL ? "" : s->name, name) == 0)
			break;
	if (s == NULL)
		return;
	s->confirm = true;
	if (wait >= 0 || !evtimer_pending(t->confirm, NULL))
		confirm_in(t, wait >= 0 ? wait : t->role->config.confirm);
}

void
tick_linked(struct tick *t)
{
	struct timeval now = {0};

	t->linked = true;
	loop_add(t->next, &now);
}

void
tick_unlinked(struct tick *t)
{
	t->linked = false;
	abandon_running(t);
	outlet_clear(t->outlet);
	event_del(t->next);
}
