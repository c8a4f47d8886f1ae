/*
 * The end of the daemon, in order.
 */
#include "build_config.h"

#include "clock.h"
#include "log.h"
#include "loop.h"
#include "parent.h"
#include "self_test.h"

static void
stop_roles(struct parent *p)
{
	for (int i = ROLE_PARENT + 1; i < ROLE_COUNT; i++)
		child_stop(&p->child[i]);
}

void
parent_stop_step(struct parent *p)
{
	if (p->stopping && children_gone(p))
		event_base_loopbreak(p->base);
}

void
parent_give_up_in(struct parent *p, double seconds)
{
	struct timeval tv = clock_timeval(seconds);

	loop_add(p->give_up, &tv);
}

/* Whoever waits for a result wants to know for whom in vain. */
static void
say_why_there_is_no_result(const struct parent *p)
{
	for (int i = ROLE_PARENT + 1; i < ROLE_COUNT; i++) {
		const struct child *c = &p->child[i];

		if (c->state == CHILD_OFF || c->state == CHILD_RUNNING)
			continue;
		log_error("giving up: no result, for the %s is not at work (%s)", role_name(c->role),
		    c->why[0] != '\0' ? c->why : "it has not come up yet");
		return;
	}
	log_error("giving up: no result in %.0f s", MODE_DEADLINE_S);
}

void
parent_on_give_up(evutil_socket_t fd, short what, void *arg)
{
	struct parent *p = arg;

	(void)fd;
	(void)what;
	if (p->stopping) {
		log_warning("some messages could not be sent in %.0f s", DRAIN_S);
		stop_roles(p);
		return;
	}
	if (p->options.mode != MODE_SELF_TEST || !self_test_settled(p))
		say_why_there_is_no_result(p);
	parent_stop(p, p->options.mode == MODE_ONCE ? 2 : 1);
}

void
parent_drained(struct parent *p)
{
	event_del(p->give_up);
	stop_roles(p);
}

void
parent_stop(struct parent *p, int exit_status)
{
	struct child *brain = &p->child[ROLE_BRAIN];

	if (p->stopping) {
		stop_roles(p);
		return;
	}
	p->stopping = true;
	p->exit_status = exit_status;
	manager_stopping(p);
	child_stop(&p->child[ROLE_COLLECTOR]);
	if (p->options.mode == MODE_DAEMON && brain->state == CHILD_RUNNING && SEND(brain->link, DRAIN, drain, 0, 0) == 0)
		parent_give_up_in(p, DRAIN_S);
	else
		stop_roles(p);
	parent_stop_step(p);
}
