/*
 * What the collector says, handed to the brain, and to a recording.  Trusts
 * it for nothing but the form of its messages.
 */
#include "build_config.h"

#include <math.h>

#include "mind.h"
#include "report.h"

static void
container(struct brain *b, const struct msg_container *c)
{
	brain_container(b, &(struct container_seen){
		.name = c->name,
		.state = c->state,
		.health = c->health,
		.exit_code = c->exit_code,
		.named = c->named,
		.id = c->id,
		.project = c->project,
		.service = c->service,
		.number = c->number,
		.oneoff = c->oneoff,
		.expect = c->expect,
		.severity = c->severity,
		.grace = c->grace,
		.label_name = c->label_name,
	});
}

static void
container_act(struct brain *b, const struct msg_container_act *a)
{
	brain_container_act(b, &(struct container_hint){
		.act = a->act,
		.id = a->id,
		.name = a->name,
		.old_name = a->old_name,
		.project = a->project,
		.service = a->service,
		.number = a->number,
		.oneoff = a->oneoff,
		.signal = a->signal,
		.age = a->age,
		.ended = a->ended,
		.time = a->time,
		.event = a->event,
	});
}

void
mind_collector_linked(struct mind *m)
{
	const struct docker_told *t = &m->brain.told;
	double ago;
	uint64_t since = docker_told_since(t, m->brain.clock, &ago);

	for (uint32_t i = 0; i < t->count; i++)
		ROLE_SEND(m->role, ROLE_COLLECTOR, DOCKER_TOLD, docker_told, 0, .event = t->v[i].event);
	ROLE_SEND(m->role, ROLE_COLLECTOR, DOCKER_SINCE, docker_since, 0, .since = since, .ago = ago);
}

static void
docker_events(struct brain *b, const struct msg_docker_events *e)
{
	brain_docker_events(b, e->live, e->why);
	brain_docker_heard(b, e->heard);
}

/* As a tick of this one container: what was decided leaves at once. */
static void
one_ends(struct mind *m, const struct msg_containers_one_end *e)
{
	brain_containers_one_end(&m->brain, e->id, e->found);
	evtimer_del(m->gather);
	m->urgent = m->urgent || keep_is_due(&m->keep, &m->brain);
}

/* Outside a tick too, after the end of docker's event stream. */
static void
list_begins(struct mind *m, enum list_scope scope)
{
	struct brain *b = &m->brain;

	if (!b->began)
		b->now = fmax(b->now, b->clock.now);
	m->scope = scope;
	brain_docker(b, DOCKER_ANSWERS, "");
	brain_containers_begin(b);
}

static void
list_ends(struct mind *m, uint32_t ignored)
{
	brain_containers_end(&m->brain, ignored == 0 && m->scope == SCOPE_ALL);
}

static void
print_line(void *ctx, const char *line)
{
	struct mind *m = ctx;

	ROLE_SEND(m->role, ROLE_PARENT, REPORT, report, 0, .line = line);
}

static void
show_table(struct mind *m)
{
	if (!m->role->start.once && (!m->role->start.show_first_tick || m->shown))
		return;
	m->shown = true;
	report_table(&m->brain, print_line, m);
	ROLE_SEND(m->role, ROLE_PARENT, REPORT_END, report_end, 0, .active = brain_active(&m->brain));
}

static void
tick_ends(struct mind *m)
{
	brain_tick_end(&m->brain);
	evtimer_del(m->gather);
	if (!m->brain.partial)
		mind_turn(m);
	m->urgent = m->urgent || keep_is_due(&m->keep, &m->brain);
	show_table(m);
	control_tick_ended(m->control);
}

static void
metrics_begin(struct brain *b, const struct msg_metrics_begin *e)
{
	brain_application(b, e->application);
	brain_metrics_begin(b, e->generated_at, e->failed);
}

static void
disk(struct brain *b, const struct msg_disk *d)
{
	brain_disk(b, &(struct disk_seen){
		.path = d->path,
		.used_pct = d->used_pct,
		.exact_pct = d->exact_pct,
		.inodes_pct = d->inodes_pct,
		.missing = d->missing,
		.mount = d->mount,
		.error = d->error,
	});
}

static void
tick_begins(struct brain *b, const struct msg_tick_begin *t)
{
	brain_tick_begin(b, t->now + b->booted);
	if (t->partial)
		brain_tick_partial(b);
}

SEEN(TICK_BEGIN, on_tick_begin, tick_begins(b, &msg->tick_begin))
SEEN(TICK_END, on_tick_end, tick_ends(m))
SEEN(METRICS_FAILED, on_metrics_failed, brain_metrics_failed(b, msg->metrics_failed.error))
SEEN(METRICS_BEGIN, on_metrics_begin, metrics_begin(b, &msg->metrics_begin))
SEEN(AGENT, on_agent, brain_agent(b, msg->agent.run_id, msg->agent.name, msg->agent.cpu_ticks))
SEEN(METRICS_END, on_metrics_end, brain_metrics_end(b, msg->metrics_end.listed))
SEEN(MEM, on_mem, brain_mem(b, msg->mem.used_pct, msg->mem.error))
SEEN(DISK, on_disk, disk(b, &msg->disk))
SEEN(DOCKER_FAILED, on_docker_failed, brain_docker(b, msg->docker_failed.off ? DOCKER_OFF : DOCKER_FAILED, msg->docker_failed.error))
SEEN(CONTAINERS_BEGIN, on_containers_begin, list_begins(m, msg->containers_begin.scope))
SEEN(CONTAINER, on_container, container(b, &msg->container))
SEEN(CONTAINERS_END, on_containers_end, list_ends(m, msg->containers_end.ignored))
SEEN(DOCKER_EVENTS, on_docker_events, docker_events(b, &msg->docker_events))
SEEN(CONTAINERS_ONE_BEGIN, on_one_begin, brain_containers_one_begin(b, msg->containers_one_begin.id))
SEEN(CONTAINERS_ONE_END, on_one_end, one_ends(m, &msg->containers_one_end))
SEEN(CONTAINER_ACT, on_container_act, container_act(b, &msg->container_act))
SEEN(UNSEEN, on_unseen, brain_unseen(b, msg->unseen.what, msg->unseen.name, msg->unseen.why))
SEEN(DEP, on_dep, brain_dep(b, msg->dep.name, msg->dep.ok, msg->dep.ms, msg->dep.detail))
