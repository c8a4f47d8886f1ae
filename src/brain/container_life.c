/*
 * Begins and ends of a container, as events and looks tell of them.  Pure;
 * trusts its callers for finite times.
 */
#include "build_config.h"

#include <math.h>
#include <string.h>

#include "container_life.h"

#define STREAK_END(c) ((c)->ends[(c)->recent - 1])

void
course_init(struct course *c)
{
	*c = (struct course){
		.exit_code = -1, .said_code = -1, .began = NAN, .ended = NAN, .ran = NAN, .asked = NAN, .oom = NAN, .away = NAN,
		.settles = NAN, .starting = NAN, .hinted = NAN, .streak = NAN,
	};
}

static bool
within(double at, double since, double seconds)
{
	return at - since <= seconds && since - at <= seconds;
}

/* --- what happened --- */

static void
call_it_purpose(struct course *c, double at)
{
	c->on_purpose = true;
	c->unjudged = c->untold = c->loop_news = c->looping = false;
	c->away = at;
}

static void
end(struct course *c, double at)
{
	c->stand = STAND_DOWN;
	c->ran = at - c->began;
	c->ended = at;
	c->exit_code = c->said_code = -1;
	c->away = NAN;
	c->starting = NAN;
	c->on_purpose = false;
	c->by_oom = within(at, c->oom, LIFE_OOM_S);
	c->unjudged = true;
	if (at - c->asked <= LIFE_ASKED_S)
		call_it_purpose(c, at);
}

static void
begin(struct course *c, double at, bool by_event)
{
	c->settles = c->stand == STAND_DOWN || by_event ? at + LIFE_SETTLE_S : NAN;
	c->stand = STAND_UP;
	c->began = at;
	c->starting = NAN;
}

/* --- events --- */

static void
act_started(struct course *c, int32_t signal, double at)
{
	(void)signal;
	c->asked = NAN;
	if (c->stand != STAND_UP)
		begin(c, at, true);
}

/* A look may have come first: then it is told who wanted that end. */
static void
act_died(struct course *c, int32_t signal, double at)
{
	(void)signal;
	if (c->stand != STAND_DOWN)
		end(c, at);
	else if (at - c->asked <= LIFE_ASKED_S && within(at, c->ended, LIFE_SOON_S))
		call_it_purpose(c, c->ended);
}

static void
act_oom(struct course *c, int32_t signal, double at)
{
	(void)signal;
	c->oom = at;
	if (c->stand == STAND_DOWN && within(at, c->ended, LIFE_OOM_S))
		c->by_oom = true;
}

/* Signals that ask a program for something else than its end: HUP, USR1, USR2, CONT, WINCH. */
static bool
asks_for_no_end(int32_t signal)
{
	return signal == 1 || signal == 10 || signal == 12 || signal == 18 || signal == 28;
}

/* A stop is told after the end that it has brought about; what docker was about to start again stays down for it. */
static void
act_stop_asked(struct course *c, int32_t signal, double at)
{
	if (asks_for_no_end(signal))
		return;
	c->asked = at;
	if (c->stand != STAND_DOWN)
		return;
	if (within(at, c->ended, LIFE_SOON_S))
		call_it_purpose(c, c->ended);
	else if (c->class == CLASS_RESTARTING)
		call_it_purpose(c, at);
}

static void
act_removed(struct course *c, int32_t signal, double at)
{
	(void)signal;
	if (isnan(c->away))
		c->away = at;
}

/* It is about to be started: until then it is as if it had been away. */
static void
act_created(struct course *c, int32_t signal, double at)
{
	(void)signal;
	if (c->stand == STAND_UNKNOWN && isnan(c->away))
		c->away = at;
}

/* What docker says of its health is an old word until the next check. */
static void
act_unpaused(struct course *c, int32_t signal, double at)
{
	(void)signal;
	c->settles = at + LIFE_SETTLE_S;
}

void
course_act(struct course *c, enum container_act act, int32_t signal, double at, double now)
{
	static void (*const acts[ACT_COUNT])(struct course *c, int32_t signal, double at) = {
		[ACT_STARTED] = act_started, [ACT_DIED] = act_died, [ACT_OOM] = act_oom,
		[ACT_STOP_ASKED] = act_stop_asked, [ACT_REMOVED] = act_removed, [ACT_CREATED] = act_created,
		[ACT_UNPAUSED] = act_unpaused,
	};

	c->eventful = true;
	if (acts[act] == NULL)
		return;
	acts[act](c, signal, at);
	if (act == ACT_STARTED || act == ACT_DIED)
		c->hinted = now;
}

/* --- looks --- */

static void
note_end(struct course *c, const struct life_rules *r)
{
	if (c->recent > 0 && c->ended - STREAK_END(c) > r->window) {
		c->recent = c->restarts = 0;
		c->looping = c->loop_news = false;
	}
	if (c->recent == 0)
		c->streak = c->ended;
	if (c->recent == LIFE_RESTARTS_MAX)
		memmove(c->ends, c->ends + 1, --c->recent * sizeof(c->ends[0]));
	c->ends[c->recent++] = c->ended;
	if (c->restarts < UINT32_MAX)
		c->restarts++;
	if (r->loop_restarts == 0 || c->recent < r->loop_restarts || c->looping)
		return;
	c->looping = c->loop_news = c->ended - c->ends[c->recent - r->loop_restarts] <= r->window;
}

/*
 * An end with code 0 of one that need not run is no trouble.  If docker
 * starts it again and again, and it never stays up, that is one: a loop.
 */
static void
judge_end(struct course *c, const struct life_rules *r)
{
	bool well = c->exit_code == 0 && !r->must_run;

	if (!c->unjudged || r->any_state)
		return;
	c->unjudged = false;
	if (!well || (c->class == CLASS_RESTARTING && !(c->ran >= r->stable)))
		note_end(c, r);
	c->untold = !well || c->loop_news;
}

static void
look_at_check(struct course *c, const struct life_look *look, double now)
{
	if (c->class == CLASS_PAUSED && look->class != CLASS_PAUSED)
		c->settles = now + LIFE_SETTLE_S;
	if (look->check != CHECK_UNHEALTHY)
		c->settles = look->class == CLASS_PAUSED ? c->settles : NAN;
	if (look->check != CHECK_STARTING)
		c->starting = NAN;
	else if (isnan(c->starting))
		c->starting = now;
	c->check = look->check;
}

static void
look_up(struct course *c, const struct life_look *look, double now)
{
	if (c->stand != STAND_UP)
		begin(c, now, false);
	look_at_check(c, look, now);
}

static void
look_down(struct course *c, const struct life_look *look, double now)
{
	/* A container never goes back to created: it is another one that is about to take the place. */
	bool new = look->class == CLASS_CREATED && look->exit_code <= 0;

	if (c->stand == STAND_UP && !new)
		end(c, now);
	else if (c->stand == STAND_UP && isnan(c->away))
		c->away = now;
	else if (c->stand == STAND_UNKNOWN && class_is_up(c->class))
		c->ended = now; /* while the engine was away; what ended before is over */
	/* One that is found ended by itself has not only been taken away. */
	if (!new && !c->on_purpose)
		c->away = NAN;
	c->stand = STAND_DOWN;
	if (look->exit_code >= 0)
		c->exit_code = look->exit_code;
}

void
course_look(struct course *c, const struct life_look *look, const struct life_rules *rules, double now)
{
	enum stand seen = class_is_up(look->class) ? STAND_UP : STAND_DOWN;
	bool older = c->stand != STAND_UNKNOWN && c->stand != seen && now - c->hinted < LIFE_HINT_S;

	if (look->class == CLASS_UNKNOWN || look->class == CLASS_MISSING)
		return;
	c->absent = false;
	if (older && seen == STAND_UP)
		return;
	if (older) {
		/* The look was under way when it began again: it still tells how it ended. */
		c->exit_code = look->exit_code;
		c->class = CLASS_RUNNING;
		c->check = CHECK_NONE;
	} else {
		(class_is_up(look->class) ? look_up : look_down)(c, look, now);
		c->class = look->class;
	}
	judge_end(c, rules);
}

/* As after docker run --rm: it must run, has ended by itself, and is removed before a look could say how. */
static bool
ended_unseen(const struct course *c, const struct life_rules *r)
{
	return r->must_run && c->unjudged && c->said_code >= 0 && c->class != CLASS_UNKNOWN && c->class != CLASS_MISSING;
}

void
course_missing(struct course *c, const struct life_rules *rules, double now)
{
	if (isnan(c->away) && c->class != CLASS_UNKNOWN && c->class != CLASS_MISSING)
		c->away = now;
	if (ended_unseen(c, rules)) {
		c->exit_code = c->said_code;
		judge_end(c, rules);
	} else if (c->class != CLASS_MISSING) {
		c->untold = c->loop_news = c->looping = false;
	}
	c->unjudged = false;
	c->stand = STAND_UNKNOWN;
	c->class = CLASS_MISSING;
	c->starting = NAN;
}

void
course_replace(struct course *c, const struct course *new, double now)
{
	struct course old = *c;
	bool was_there = old.class != CLASS_UNKNOWN && old.class != CLASS_MISSING;

	*c = *new;
	if (new->stand != STAND_DOWN && (was_there || !isnan(old.away)))
		c->away = isnan(old.away) ? now : old.away;
	if (isnan(new->ended)) {
		c->ended = old.ended;
		c->on_purpose = old.on_purpose;
		c->exit_code = old.exit_code;
		c->by_oom = old.by_oom;
	}
	c->class = old.class;
	c->looping = old.looping;
	c->restarts = old.restarts;
	c->streak = old.streak;
	c->recent = old.recent;
	memcpy(c->ends, old.ends, sizeof(c->ends));
}

void
course_engine_lost(struct course *c, double now)
{
	c->unjudged = c->untold = false;
	c->eventful = false;
	c->asked = c->hinted = NAN;
	c->stand = STAND_UNKNOWN;
	/* An engine that stops has closed its socket before it ends its containers: what it could still show is not its doing. */
	if (class_is_down(c->class) || now - c->ended > LIFE_ENGINE_S)
		return;
	c->on_purpose = false;
	c->away = NAN;
}
