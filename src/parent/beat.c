/*
 * Heartbeats: who does not answer is killed.  To be asked wakes a process
 * that may have slept, so nobody is asked who has shown otherwise that it
 * lives, or is but rarely where a hang does no harm.
 */
#include "build_config.h"

#include "clock.h"
#include "log.h"
#include "loop.h"
#include "parent.h"

static bool
was_just_heard(const struct child *c, double now)
{
	return c->heard > 0 && now - c->heard < BEAT_EARLY_S;
}

/*
 * The collector speaks with every tick.  The helpers say when a call begins,
 * and are judged by that; between calls they only wait for a question.  So
 * does a notifier that has nothing to tell.
 */
static bool
need_not_be_asked(const struct child *c, double now)
{
	/* Once the prober has given back what its start took, there is no more: its calls do for an answer. */
	bool serves = c->role == ROLE_PROBER && c->asked > 0 && c->heard > c->asked;
	double asked = serves ? c->heard : c->asked;

	if (c->busy)
		return true;
	if (c->pinged > 0 || now - asked >= ASK_S || c->role == ROLE_BRAIN)
		return false;
	if (c->role == ROLE_COLLECTOR)
		return was_just_heard(c, now);
	return c->role != ROLE_NOTIFIER || !c->parent->untold;
}

/* slept: nobody could have answered us. */
static void
beat_one(struct child *c, double now, bool slept)
{
	if (c->state != CHILD_RUNNING)
		return;
	child_well_again(c);
	if (need_not_be_asked(c, now))
		return;
	if (c->pinged > 0 && !slept) {
		child_kill(c, "it does not answer");
		return;
	}
	if (c->pinged == 0) {
		SEND(c->link, PING, ping, 0, 0);
		c->asked = now;
	}
	c->pinged = now;
}

/*
 * Landlock's rules are for the files that were there, not for those that have
 * come in their place.  Where nobody asks for names there is no hurry.
 */
static bool
may_need_a_new_resolver(struct parent *p, double now)
{
	bool due = p->resolv_used || now - p->resolv_looked >= ASK_S;

	if (due) {
		p->resolv_used = false;
		p->resolv_looked = now;
	}
	return due;
}

void
beat_renew_resolver(struct parent *p)
{
	struct child *c = &p->child[ROLE_RESOLVER];
	struct resolv_stamp now;

	if (c->state != CHILD_RUNNING || c->ready.landlock_abi == 0)
		return;
	now = resolv_stamp();
	if (resolv_stamp_same(&now, &p->resolv))
		return;
	/* With servers that are gone it is hardly ever idle at a beat. */
	p->resolv_late = c->busy;
	if (c->busy)
		return;
	log_info("the files of name look-up have been replaced: the resolver is started anew");
	child_stop(c);
}

/* A path that answers again, or may, is in no list but a new prober's. */
static void
renew_prober(struct parent *p, double now)
{
	struct child *c = &p->child[ROLE_PROBER];

	dead_paths_retry(&p->dead_paths, now);
	if (!p->dead_paths.changed || c->state != CHILD_RUNNING || c->busy)
		return;
	log_info("a path that did not answer is looked at again: the prober is started anew");
	child_stop(c);
}

void
children_beat(struct parent *p)
{
	struct timeval again = clock_timeval(BEAT_S + BEAT_WAIT_S);
	double now = clock_awake();
	bool slept = p->last_beat > 0 && now - p->last_beat > BEAT_S + BEAT_WAIT_S + SLEPT_S;

	loop_add(p->beat, &again);
	for (int i = ROLE_PARENT + 1; i < ROLE_COUNT; i++)
		beat_one(&p->child[i], now, slept);
	if (may_need_a_new_resolver(p, now))
		beat_renew_resolver(p);
	certificates_beat(p, now);
	renew_prober(p, now);
	pairs_mend(p);
	manager_update(p);
	give_back(&p->held, now);
	p->last_beat = now;
}

static bool
all_have_answered(const struct parent *p)
{
	for (int i = ROLE_PARENT + 1; i < ROLE_COUNT; i++)
		if (p->child[i].state == CHILD_RUNNING && p->child[i].pinged > 0)
			return false;
	return true;
}

void
child_heard(struct child *c)
{
	struct parent *p = c->parent;
	double now = clock_awake();

	c->heard = now;
	if (c->role == ROLE_COLLECTOR && p->last_beat > 0 && now - p->last_beat >= BEAT_S - BEAT_EARLY_S && all_have_answered(p))
		children_beat(p);
}
