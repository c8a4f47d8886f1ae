/*
 * What is to be thought of a container: graces, loops, its health, how it
 * ended.  Pure; trusts its callers for finite times.
 */
#include "build_config.h"

#include <math.h>

#include "container_life.h"

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

/* Its end is told as one that was seen; then it is away, as if a person had removed it. */
static struct life_opinion
judge_removed(struct course *c, const struct life_rules *r, double now)
{
	struct life_opinion o = opinion(LOOK_BAD);

	o.reason = c->loop_news ? REASON_LOOP : REASON_ENDED;
	o.again = c->loop_news;
	o.lasted = now - c->ended;
	o.due = c->eventful ? c->away + r->grace : INFINITY;
	c->untold = c->loop_news = false;
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
	c->untold = c->untold && !(now - c->ended > LIFE_NEWS_S);
	if (c->class == CLASS_MISSING && c->untold)
		return judge_removed(c, r, now);
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
