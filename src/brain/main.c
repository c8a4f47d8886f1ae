/*
 * The brain as a role: frames in, frames out, timers.  What is decided and
 * what is said is the library's business.  Trusts neither the collector nor
 * the notifier; both may say what they like within the table of messages.
 */
#include "build_config.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "clock.h"
#include "confine.h"
#include "decide.h"
#include "log.h"
#include "loop.h"
#include "mind.h"
#include "replay.h"
#include "standard_fds.h"

#define DUE_MAX_S 3600.0
#define TURN_LATE_S 1.0 /* behind the tick that a turn comes with */

static struct mind mind;

/* --- what follows from a change --- */

static void
offer_messages(struct mind *m, const struct setting *setting)
{
	struct strbuf text = {0};
	struct msg_message msg;
	int rc;

	while ((rc = outbox_offer(&m->brain.outbox, setting, &msg, &text)) == 1)
		role_send(m->role, ROLE_NOTIFIER, MSG_MESSAGE, 0, &msg);
	strbuf_free(&text);
	if (rc == -1)
		fatalx("out of memory");
}

static void
keep_changes(struct mind *m)
{
	if (!m->urgent || m->keep.under_way)
		return;
	m->urgent = false;
	if (keep_send(&m->keep, &m->brain, m->role->parent) == -1 && !m->role->leaving)
		fatalx("the state cannot be handed to the parent");
}

static void
say_drained(struct mind *m)
{
	bool done = outbox_empty(&m->brain.outbox) && !m->urgent && !m->keep.under_way;

	if (!m->brain.draining || m->drained || !done)
		return;
	m->drained = true;
	ROLE_SEND(m->role, ROLE_PARENT, DRAINED, drained, 0, 0);
}

/* The boot clock, as if it had gone on through every boot since the state began. */
static double
brain_time(const struct mind *m)
{
	return clock_boot() + m->brain.booted;
}

/* Wake up for what waits for its time. */
static void
arm_due(struct mind *m)
{
	double wait = brain_due(&m->brain) - brain_time(m);
	struct timeval tv = clock_timeval(fmin(fmax(wait, 0.001), DUE_MAX_S));

	evtimer_del(m->due);
	if (wait < INFINITY && evtimer_add(m->due, &tv) == -1)
		fatalx("out of memory");
}

/* The outcome of what is in flight is waited for: a brain that had not heard of it would send it again. */
static void
leave_if_done(struct mind *m)
{
	if (m->stopping && !m->urgent && !m->keep.under_way && !outbox_in_flight(&m->brain.outbox))
		role_leave(m->role);
}

static void
send_messages(struct mind *m)
{
	const struct config *c = &m->role->config;
	struct setting setting = {c->lang, c->host_name == NULL ? "?" : c->host_name, m->brain.clock};
	int made;

	if ((made = outbox_compose(&m->brain.outbox, &setting)) == -1)
		fatalx("out of memory");
	m->urgent = m->urgent || made > 0;
	keep_changes(m);
	offer_messages(m, &setting);
}

void
mind_pump(struct mind *m)
{
	if (m->brain.failed)
		fatalx("out of memory");
	if (m->role->start.once) {
		m->urgent = false;
		say_drained(m);
		return;
	}
	if (m->stopping) {
		keep_changes(m);
		leave_if_done(m);
		return;
	}
	send_messages(m);
	say_drained(m);
	if (!isnan(m->brain.outbox.batch_since) && !evtimer_pending(m->gather, NULL)) {
		struct timeval wait = clock_timeval(m->role->config.group_wait);

		loop_add(m->gather, &wait);
	}
	arm_due(m);
}

void
mind_wake(struct mind *m)
{
	brain_clock(&m->brain, (struct moment){brain_time(m), clock_wall()});
	m->brain.slept = clock_boot() - clock_awake();
}

void
mind_flush(struct mind *m)
{
	m->urgent = m->urgent || !isnan(m->brain.outbox.batch_since);
	brain_flush(&m->brain);
	recorder_flush(&m->recorder);
	evtimer_del(m->gather);
}

/* --- from the parent --- */

static void
drain(struct mind *m)
{
	mind_flush(m);
	brain_drain(&m->brain);
}

static void
role_state(struct mind *m, const struct msg_role_state *r)
{
	brain_role(&m->brain, r->role, r->failing, r->restarts, r->why);
	m->urgent = true;
}

HANDLER(on_drain, drain(m))
SEEN(ROLE_STATE, on_role_state, role_state(m, &msg->role_state))
HANDLER(on_snap_ok, keep_confirmed(&m->keep, b, msg->snap_ok.generation))

/* Before START: there is no brain yet. */
#define SNAP_HANDLER(name, expression) \
	static void \
	name(void *ctx, struct link *link, uint32_t id, const union message *msg) \
	{ \
		struct mind *m = ((struct role *)ctx)->self; \
\
		(void)link; \
		(void)id; \
		if (!((struct role *)ctx)->started) \
			expression; \
	}

SNAP_HANDLER(on_snap_begin, keep_begin(&m->keep, &msg->snap_begin))
SNAP_HANDLER(on_snap_part, keep_part(&m->keep, &msg->snap_part))
SNAP_HANDLER(on_snap_end, keep_end(&m->keep, &msg->snap_end))

/* --- a role's life --- */

static void
gathered(evutil_socket_t fd, short what, void *arg)
{
	struct mind *m = arg;

	(void)fd;
	(void)what;
	mind_wake(m);
	mind_flush(m);
	mind_pump(m);
}

void
mind_turn(struct mind *m)
{
	struct timeval next = clock_timeval(fmax(m->role->config.interval, 1) + TURN_LATE_S);

	loop_add(m->turn, &next);
	brain_turn(&m->brain);
}

/* No tick has come. */
static void
turn(evutil_socket_t fd, short what, void *arg)
{
	struct mind *m = arg;

	(void)fd;
	(void)what;
	mind_wake(m);
	mind_turn(m);
	mind_pump(m);
}

static void
come_due(evutil_socket_t fd, short what, void *arg)
{
	struct mind *m = arg;

	(void)fd;
	(void)what;
	mind_wake(m);
	brain_expire(&m->brain);
	m->urgent = m->urgent || keep_is_due(&m->keep, &m->brain);
	mind_pump(m);
}

static void
unsure(void *ctx, enum signal_kind kind, const char *name)
{
	struct mind *m = ctx;

	if (m->role->config.confirm > 0)
		ROLE_SEND(m->role, ROLE_COLLECTOR, LOOK_AGAIN, look_again, 0, .kind = (uint8_t)kind, .name = name);
}

static void
noted(void *ctx, const struct note *n)
{
	(void)ctx;
	log_info("%s: %s", n->key, n->text);
}

static void
decided(void *ctx, const struct decision *d)
{
	(void)ctx;
	log_info("%s %s: %s", action_name(d->action), d->key, d->detail);
}

static void
lingered(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	role_leave(((struct mind *)arg)->role);
}

static int
brain_prepare(struct role *role)
{
	struct mind *m = role->self;
	double wall = clock_wall();
	struct brain_options options = {
		.once = role->start.once,
		.boot_grace = !role->start.once,
		.chats = role->start.chats == 0 ? 1 : role->start.chats,
		.first_mark = (uint32_t)fmod(wall, MARKS),
		.boot = role->start.boot,
		.new_chats = role->start.new_chats,
		.chat_was = role->start.chat_was,
		.added_chats = role->start.added_chats,
		.decided = role->start.once ? NULL : decided,
		.noted = role->start.once ? NULL : noted,
		.unsure = unsure,
		.ctx = m,
	};

	m->role = role;
	brain_init(&m->brain, &role->config, &options);
	mind_wake(m);
	m->shown = keep_restore(&m->keep, &m->brain);
	if (!m->shown)
		brain_start_anew(&m->brain);
	if (role->start.new_chats)
		outbox_forget_moves(&m->brain.outbox);
	m->gather = evtimer_new(role->base, gathered, m);
	m->turn = evtimer_new(role->base, turn, m);
	m->due = evtimer_new(role->base, come_due, m);
	m->linger = evtimer_new(role->base, lingered, m);
	if (mind_serve(m) == -1 || m->gather == NULL || m->turn == NULL || m->due == NULL || m->linger == NULL)
		return -1;
	return 0;
}

static void
brain_start(struct role *role)
{
	struct mind *m = role->self;
	struct timeval first = clock_timeval(fmax(role->config.interval, 1));

	loop_add(m->turn, &first);
	mind_wake(m);
	brain_prune(&m->brain);
	m->urgent = true;
	mind_pump(m);
}

static void
brain_linked(struct role *role, enum role_id peer)
{
	struct mind *m = role->self;

	if (peer == ROLE_NOTIFIER)
		mind_notifier_linked(m);
	if (peer == ROLE_COLLECTOR) {
		mind_wake(m);
		mind_collector_linked(m);
		brain_prune(&m->brain);
		mind_pump(m);
	}
}

static void
brain_unlinked(struct role *role, enum role_id peer)
{
	struct mind *m = role->self;

	if (peer == ROLE_NOTIFIER) {
		mind_notifier_lost(m);
		leave_if_done(m);
	}
	if (peer == ROLE_COLLECTOR) {
		brain_metrics_end(&m->brain, false);
		brain_containers_end(&m->brain, false);
	}
}

/* For a reload: everything that was decided, and what came of what was sent, is in the last snapshot. */
static void
brain_stop(struct role *role)
{
	struct mind *m = role->self;
	struct timeval patience = clock_timeval(ROLE_LINGER_S);

	if (role->start.once || m->brain.draining || evtimer_add(m->linger, &patience) == -1) {
		role_leave(role);
		return;
	}
	m->stopping = m->urgent = true;
	mind_wake(m);
	mind_pump(m);
}

/* The decision itself, the clock and the time zone, without touching any state. */
static void
brain_prove(struct role *role)
{
	struct alert_state state = {0};
	double now = clock_boot();
	time_t wall = (time_t)clock_wall();
	struct tm tm;
	bool right = decide(true, &state, now, 60) == ACTION_ALERT && decide(true, &state, now + 1, 60) == ACTION_NONE &&
	    decide(false, &state, now + 2, 60) == ACTION_RECOVERY && localtime_r(&wall, &tm) != NULL;

	role_proved(role, right ? PROOF_HOLDS : PROOF_FAILED, right ? "alert, silence, recovery decided" : "decides wrongly");
}

static link_handler *const handlers[MSG_COUNT] = {
	[MSG_TICK_BEGIN] = on_tick_begin,
	[MSG_TICK_END] = on_tick_end,
	[MSG_METRICS_FAILED] = on_metrics_failed,
	[MSG_METRICS_BEGIN] = on_metrics_begin,
	[MSG_AGENT] = on_agent,
	[MSG_METRICS_END] = on_metrics_end,
	[MSG_MEM] = on_mem,
	[MSG_DISK] = on_disk,
	[MSG_DOCKER_FAILED] = on_docker_failed,
	[MSG_CONTAINERS_BEGIN] = on_containers_begin,
	[MSG_CONTAINER] = on_container,
	[MSG_CONTAINERS_END] = on_containers_end,
	[MSG_DOCKER_EVENTS] = on_docker_events,
	[MSG_CONTAINERS_ONE_BEGIN] = on_one_begin,
	[MSG_CONTAINERS_ONE_END] = on_one_end,
	[MSG_CONTAINER_ACT] = on_container_act,
	[MSG_DEP] = on_dep,
	[MSG_UNSEEN] = on_unseen,
	[MSG_CHAT_READY] = on_chat_ready,
	[MSG_DELIVERED] = on_delivered,
	[MSG_SEND_FAILED] = on_send_failed,
	[MSG_CHAT_MOVED] = on_chat_moved,
	[MSG_DRAIN] = on_drain,
	[MSG_ROLE_STATE] = on_role_state,
	[MSG_CONTROL_CLIENT] = on_control_client,
	[MSG_ROLE_INFO] = on_role_info,
	[MSG_ROLES_END] = on_roles_end,
	[MSG_CONTROL_TESTED] = on_control_tested,
	[MSG_SNAP_BEGIN] = on_snap_begin,
	[MSG_SNAP_PART] = on_snap_part,
	[MSG_SNAP_END] = on_snap_end,
	[MSG_SNAP_OK] = on_snap_ok,
};

static const struct role_spec spec = {
	.id = ROLE_BRAIN,
	.handlers = handlers,
	.prepare = brain_prepare,
	.confine = brain_confine,
	.prove = brain_prove,
	.start = brain_start,
	.linked = brain_linked,
	.unlinked = brain_unlinked,
	.stop = brain_stop,
};

int
main(int argc, char **argv)
{
	if (argc > 1)
		return standard_fds_take() == -1 ? EX_OSERR : replay_main(argc, argv);
	if (fcntl(ROLE_FD_PARENT, F_GETFD) == -1) {
		fprintf(stderr, "watchdog-brain is started by watchdog(8); by hand it takes --replay\n");
		return EX_USAGE;
	}
	return role_main(&spec, &mind);
}
