/*
 * Begins, ends, loops and graces of a container.  Pure; trusts its callers
 * for finite times.
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
		.exit_code = -1, .began = NAN, .ended = NAN, .ran = NAN, .asked = NAN, .oom = NAN, .away = NAN,
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
	c->exit_code = -1;
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
	if (c->recent > 0 && c->ended - STREAK_END(c) > r->window)
		c->recent = c->restarts = 0;
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

void
course_missing(struct course *c, double now)
{
	if (isnan(c->away) && c->class != CLASS_UNKNOWN && c->class != CLASS_MISSING)
		c->away = now;
	c->unjudged = c->untold = c->loop_news = c->looping = false;
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
	if (now - c->ended > LIFE_ENGINE_S)
		return;
	c->on_purpose = false;
	c->away = NAN;
}

/* --- judging --- */

static struct life_opinion
opinion(enum verdict verdict)
{
	return (struct life_opinion){.verdict = verdict, .due = INFINITY};
}

/* Neither well nor bad until then.  Where no event tells of it, only a look can say what it is then. */
static struct life_opinion
wait_until(const struct course *c, double due)
{
	struct life_opinion o = opinion(LOOK_NO_DATA);

	o.due = c->eventful ? due : INFINITY;
	return o;
}

static void
leave_loop(struct course *c, double window, double now)
{
	bool over = now >= (c->stand == STAND_UP ? c->began : c->ended) + window;

	if (!c->looping || !over)
		return;
	c->looping = c->loop_news = false;
	c->recent = c->restarts = 0;
}

static struct life_opinion
judge_away(const struct course *c, const struct life_rules *r, bool active, double now)
{
	struct life_opinion o = wait_until(c, c->away + r->grace);
	bool graced = now < c->away + r->grace;

	if (graced && (active || r->must_run))
		return o;
	o.verdict = r->must_run ? LOOK_BAD : LOOK_GOOD;
	o.gone = !graced && c->absent && !r->must_run;
	o.due = graced ? o.due : INFINITY;
	o.lasted = now - c->away;
	return o;
}

static struct life_opinion
judge_loop(struct course *c, const struct life_rules *r, bool active, double now)
{
	struct life_opinion o = opinion(LOOK_BAD);

	if (c->stand == STAND_UP && !c->untold && active)
		return wait_until(c, c->began + r->window);
	o.reason = REASON_LOOP;
	o.again = c->loop_news;
	o.lasted = now - c->streak;
	c->loop_news = c->untold = false;
	return o;
}

/* It ended a short while ago: one that dies every few seconds is no news each time. */
static bool
must_prove_itself(const struct course *c, const struct life_rules *r, double now)
{
	return !c->on_purpose && c->began - c->ended <= LIFE_SOON_S && now < c->began + r->stable;
}

static struct life_opinion
judge_up(struct course *c, const struct life_rules *r, bool active, double now)
{
	struct life_opinion o = opinion(LOOK_BAD);

	if (c->untold) {
		c->untold = false;
		o.reason = c->class == CLASS_RUNNING ? REASON_CAME_BACK : REASON_STATE;
		o.lasted = now - c->ended;
		o.due = c->eventful ? c->began + r->stable : INFINITY;
		return o;
	}
	if (c->class == CLASS_PAUSED)
		return o;
	if (c->class == CLASS_UNHEALTHY)
		return now < c->settles ? opinion(LOOK_NO_DATA) : o;
	if (r->starting_max > 0 && now >= c->starting + r->starting_max) {
		o.reason = REASON_STARTING;
		o.lasted = now - c->starting;
		return o;
	}
	if (active && must_prove_itself(c, r, now))
		return wait_until(c, c->began + r->stable);
	o = opinion(LOOK_GOOD);
	if (c->eventful && r->starting_max > 0 && !isnan(c->starting))
		o.due = c->starting + r->starting_max;
	return o;
}

/* Whether an ended container that need not run is trouble: one that was seen at work and did not end well. */
static bool
ended_badly(const struct course *c, const struct life_rules *r)
{
	if (c->class == CLASS_RESTARTING)
		return c->exit_code != 0;
	if (c->on_purpose || (!r->seen_running && !r->expects_end))
		return false;
	return c->class == CLASS_CREATED ? c->exit_code > 0 : c->exit_code != 0;
}

static struct life_opinion
judge_down(struct course *c, const struct life_rules *r, double now)
{
	struct life_opinion o = opinion(LOOK_BAD);

	c->untold = false;
	if (c->class != CLASS_DEAD && !r->must_run && !ended_badly(c, r))
		return opinion(LOOK_GOOD);
	o.lasted = now - c->ended;
	return o;
}

/* Nobody has ever seen it. */
static struct life_opinion
judge_missing(const struct course *c, const struct life_rules *r)
{
	struct life_opinion o = opinion(r->must_run ? LOOK_BAD : LOOK_GOOD);

	o.gone = c->absent;
	return o;
}

static struct life_opinion
judge(struct course *c, const struct life_rules *r, bool active, double now)
{
	bool up = class_is_up(c->class);

	if (c->class == CLASS_UNKNOWN)
		return opinion(LOOK_NO_DATA);
	if (r->any_state && c->class != CLASS_MISSING)
		return opinion(LOOK_GOOD);
	leave_loop(c, r->window, now);
	if (!isnan(c->away) && !up)
		return judge_away(c, r, active, now);
	if (c->looping)
		return judge_loop(c, r, active, now);
	if (up)
		return judge_up(c, r, active, now);
	return c->class == CLASS_MISSING ? judge_missing(c, r) : judge_down(c, r, now);
}

struct life_opinion
course_judge(struct course *c, const struct life_rules *rules, bool active, double now)
{
	struct life_opinion o = judge(c, rules, active, now);

	o.away = NAN;
	if (class_is_up(c->class) && !isnan(c->away)) {
		o.away = now - c->away;
		c->away = NAN;
	}
	if (!(o.lasted > 0))
		o.lasted = 0;
	/* Its time has passed while nobody asked: what was told just now stands for a moment. */
	if (!(o.due > now))
		o.due = now + LIFE_MOMENT_S;
	return o;
}
