/*
 * One child's life: start, READY, a stop, death, back-off, start again.
 * A child may be hostile or hung; nothing here waits for one.
 */
#include "build_config.h"

#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "compat.h"
#include "log.h"
#include "loop.h"
#include "parent.h"
#include "role.h"
#include "self_test.h"
#include "spawn.h"
#include "utf8.h"

static void on_timer(evutil_socket_t fd, short what, void *arg);
static void on_link_broken(void *ctx, struct link *link, const char *why);
static void on_link_drained(void *ctx, struct link *link);

/* why: what is said of the child if the time runs out. */
static void
child_arm(struct child *c, double seconds, const char *why)
{
	struct timeval tv = clock_timeval(seconds);

	if (c->timer == NULL && (c->timer = evtimer_new(c->parent->base, on_timer, c)) == NULL)
		fatalx("out of memory for a timer");
	c->timer_why = why;
	loop_add(c->timer, &tv);
}

static void
child_enter(struct child *c, enum child_state state)
{
	c->state = state;
	c->since = clock_awake();
	if (c->timer != NULL)
		event_del(c->timer);
}

/* The ring's oldest entry is the death before the last FAILING_RESTARTS - 1 ones. */
static bool
dies_too_often(const struct child *c)
{
	double oldest = c->deaths[c->restarts % FAILING_RESTARTS];

	return oldest > 0 && clock_awake() - oldest < FAILING_WINDOW_S;
}

static void
tell_brain(struct child *c, bool failing)
{
	struct child *brain = &c->parent->child[ROLE_BRAIN];

	if (brain->state == CHILD_RUNNING && SEND(brain->link, ROLE_STATE, role_state, 0, .role = (uint8_t)c->role,
	    .failing = failing, .restarts = c->restarts, .why = c->why) == 0)
		c->failing = failing;
}

void
child_well_again(struct child *c)
{
	if (c->failing && !dies_too_often(c))
		tell_brain(c, false);
}

void
children_tell_brain(struct parent *p)
{
	for (int i = ROLE_PARENT + 1; i < ROLE_COUNT; i++) {
		struct child *c = &p->child[i];

		tell_brain(c, c->failing || dies_too_often(c));
	}
}

/* Seconds of service, however it ended: a stuck child was of service too. */
static double
child_served(const struct child *c)
{
	return c->ready_since == 0 ? 0 : clock_awake() - c->ready_since;
}

/* Of a self-test each role has an answer of its own. */
static bool
one_answer_is_awaited(const struct parent *p)
{
	return p->options.mode != MODE_DAEMON && p->options.mode != MODE_SELF_TEST;
}

static void
child_back_off(struct child *c)
{
	if (child_served(c) > STEADY_S)
		c->backoff = 0;
	c->backoff = c->backoff == 0 ? BACKOFF_FIRST_S : c->backoff * 2;
	if (c->backoff > BACKOFF_MAX_S)
		c->backoff = BACKOFF_MAX_S;
	child_enter(c, CHILD_BACKOFF);
	if (c->parent->options.mode == MODE_SELF_TEST)
		self_test_failed(c);
	else
		child_arm(c, c->backoff, "");
	c->deaths[c->restarts++ % FAILING_RESTARTS] = clock_awake();
	if (!c->failing && dies_too_often(c))
		tell_brain(c, true);
}

/* Of c->why. */
static void
child_not_started(struct child *c)
{
	c->unstarted = true;
	log_error("the %s cannot be started: %s", role_name(c->role), c->why);
	child_back_off(c);
	/* A person waits for an answer, and a program that is not there will not appear. */
	if (one_answer_is_awaited(c->parent))
		parent_give_up_in(c->parent, 0);
}

static void
child_spawn(struct child *c)
{
	struct parent *p = c->parent;
	struct link_spec spec = {.self = ROLE_PARENT, .peer = c->role, .handlers = parent_handlers, .broken = on_link_broken, .ctx = c};
	struct spawn_request request = {
		.role = c->role,
		.identity = &p->identity,
		.secret_fd = c->role == ROLE_NOTIFIER ? p->secret_fd : -1,
		.ca_fd = certificates_open(p, c->role),
		.https = setup_needs_https(p, c->role),
	};
	int fd = -1;

	if (c->role == ROLE_RESOLVER) {
		p->resolv = resolv_stamp();
		p->resolv_late = false;
	}
	if (c->role == ROLE_PROBER)
		p->dead_paths.changed = false;
	c->busy = false;
	c->pinged = c->heard = c->asked = c->ready_since = c->stopped = 0;
	certificates_given(c, request.ca_fd);
	c->unstarted = false;
	c->pid = spawn_role(&request, &fd, &c->report_fd, c->why, sizeof(c->why));
	if (request.ca_fd != -1)
		close(request.ca_fd);
	if (c->pid == -1) {
		c->pid = 0;
		child_not_started(c);
		return;
	}
	log_debug("the %s is pid %d", role_name(c->role), (int)c->pid);
	child_enter(c, CHILD_STARTING);
	if ((c->link = link_new(p->base, fd, &spec)) == NULL)
		fatalx("out of memory for a link");
	link_set_phase(c->link, PHASE_SETUP);
	link_set_drained(c->link, on_link_drained);
	child_arm(c, READY_S, "it was not ready in time");
	if (setup_begin(c) == -1)
		child_kill(c, "its configuration could not be sent");
}

void
child_kill(struct child *c, const char *why)
{
	if (c->pid == 0 || c->state == CHILD_KILLED)
		return;
	/* A child may have said it: what is cut within a character could not be sent on to the brain. */
	utf8_clean(c->why, sizeof(c->why), why, strlen(why), false);
	log_warning("killing the %s (pid %d): %s", role_name(c->role), (int)c->pid, why);
	if (kill(c->pid, SIGKILL) == -1 && errno != ESRCH)
		log_error("the %s (pid %d) cannot be killed: %s", role_name(c->role), (int)c->pid, strerror(errno));
	child_enter(c, CHILD_KILLED);
	child_arm(c, STOP_S, "");
}

static void
close_report(struct child *c)
{
	if (c->report_fd > 0)
		close(c->report_fd);
	c->report_fd = 0;
}

static void
child_release(struct child *c)
{
	close_report(c);
	link_free(c->link);
	c->link = NULL;
	c->pid = 0;
	if (c->role == ROLE_COLLECTOR)
		gate_abandon(c->parent->gate);
	if (c->role == ROLE_BRAIN) {
		keeper_abort(c->parent->keeper);
		control_forget(c->parent->control);
	}
}

/* It is gone for good. */
static void
child_retire(struct child *c)
{
	child_enter(c, CHILD_OFF);
	parent_stop_step(c->parent);
}

/* Asked when it ends: a reload may have changed its mind since it was told to stop. */
static bool
child_is_wanted(const struct child *c)
{
	return !c->parent->stopping && (setup_roles(c->parent) & ROLE_BIT(c->role)) != 0;
}

void
child_stop(struct child *c)
{
	if (c->state == CHILD_BACKOFF) {
		if (child_is_wanted(c))
			child_spawn(c);
		else
			child_retire(c);
	} else if (c->state == CHILD_STARTING || c->state == CHILD_RUNNING) {
		SEND(c->link, STOP, stop, 0, 0);
		child_enter(c, CHILD_STOPPING);
		child_arm(c, STOP_S + ROLE_LINGER_S, "it did not stop in time");
	}
}

/*
 * A prober inside a dead file system does not even die of SIGKILL.  It is
 * left to itself, and its path is not asked again until it ends.
 */
static void
abandon(struct child *c)
{
	struct parent *p = c->parent;
	bool wanted = child_is_wanted(c);

	if (!dead_paths_abandon(&p->dead_paths, c->pid, c->busy ? c->busy_index : SIZE_MAX) && wanted) {
		child_enter(c, CHILD_KILLED); /* it waits anew, for room among the others */
		child_arm(c, BACKOFF_MAX_S, "");
		return;
	}
	log_warning("the %s (pid %d) does not die: it is left behind", role_name(c->role), (int)c->pid);
	child_release(c);
	if (wanted)
		child_back_off(c);
	else
		child_retire(c);
}

/* It is given as long as one that does not answer. */
static void
await_going_on(struct child *c)
{
	c->stopped = clock_awake();
	child_arm(c, BEAT_S, "it was stopped, and nobody has let it go on");
}

static void
run_out_of_time(struct child *c)
{
	/* Who stopped it may have stopped us too. */
	if (c->state == CHILD_RUNNING && !c->busy && c->stopped > 0 && clock_awake() - c->stopped > BEAT_S + SLEPT_S) {
		await_going_on(c);
		return;
	}
	if (c->role == ROLE_PROBER && c->busy)
		dead_paths_leave_out(&c->parent->dead_paths, c->busy_index, clock_awake());
	child_kill(c, c->timer_why);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct child *c = arg;

	(void)fd;
	(void)what;
	if (c->state == CHILD_BACKOFF)
		child_spawn(c);
	else if (c->state == CHILD_KILLED)
		abandon(c);
	else
		run_out_of_time(c);
}

static void
on_link_broken(void *ctx, struct link *link, const char *why)
{
	struct child *c = ctx;

	(void)link;
	/* A plain end of file: it is dying, and SIGCHLD will say of what; if it does not, that is a reason too. */
	if (why[0] != '\0')
		child_kill(c, why);
	else if (c->state == CHILD_RUNNING || c->state == CHILD_STARTING)
		child_arm(c, STOP_S, "it closed its link");
}

/* Of one that is to stop or has died nobody waits for the rest. */
static void
on_link_drained(void *ctx, struct link *link)
{
	struct child *c = ctx;

	(void)link;
	if (c->state == CHILD_STARTING && setup_go_on(c) == -1)
		child_kill(c, "its configuration could not be sent");
}

static void
describe_death(const struct child *c, int status, char *text, size_t len)
{
	char by[SIGNAL_TEXT_LEN];

	if (!WIFSIGNALED(status)) {
		snprintf(text, len, "ended with status %d", WEXITSTATUS(status));
		return;
	}
	signal_text(WTERMSIG(status), by);
	snprintf(text, len, "was killed by %s", by);
	if (c->state == CHILD_KILLED && c->why[0] != '\0') {
		size_t at = strlen(text);

		snprintf(text + at, len - at, " (%.150s)", c->why);
	}
}

static void
count_restore_death(struct child *c)
{
	struct parent *p = c->parent;

	if (c->role != ROLE_BRAIN || !c->restored)
		return;
	if (child_served(c) > RESTORE_DEATH_S)
		p->restore_deaths = 0;
	else if (++p->restore_deaths >= RESTORE_DEATHS_MAX) {
		log_error("the brain died %d times right after a restore: it starts without its snapshot, alerts may repeat", RESTORE_DEATHS_MAX);
		keeper_forget(p->keeper);
		p->restore_deaths = 0;
	}
}

static void
child_died(struct child *c, int status)
{
	bool orderly = c->state == CHILD_STOPPING && WIFEXITED(status) && WEXITSTATUS(status) == 0;
	bool unstarted = c->report_fd > 0 && spawn_failed(c->report_fd, c->why, sizeof(c->why));
	char text[256];
	pid_t pid = c->pid;

	describe_death(c, status, text, sizeof(text));
	child_release(c);
	if (!child_is_wanted(c)) {
		child_retire(c);
		return;
	}
	if (unstarted) {
		child_not_started(c);
		return;
	}
	if (orderly) {
		child_spawn(c);
		return;
	}
	count_restore_death(c);
	utf8_clean(c->why, sizeof(c->why), text, strlen(text), false);
	child_back_off(c);
	if (c->parent->options.mode != MODE_SELF_TEST)
		log_error("the %s (pid %d) %s; it is started anew in %.1f s", role_name(c->role), (int)pid, text, c->backoff);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		log_error("the %s: " SANDBOX_SIGSYS_HINT, role_name(c->role));
	/* A person waits for an answer, and it has been tried often enough. */
	if (one_answer_is_awaited(c->parent) && dies_too_often(c))
		parent_give_up_in(c->parent, 0);
}

/*
 * In a call it is judged by that, stopped or not.  But what it has said
 * before it was stopped may come to us later: the end of that call.
 */
static void
child_stands(struct child *c, bool stopped)
{
	bool waits = c->state == CHILD_RUNNING && !c->busy, was_stopped = c->stopped > 0;

	c->stopped = stopped ? clock_awake() : 0;
	if (waits && stopped)
		await_going_on(c);
	else if (waits && was_stopped)
		event_del(c->timer);
}

static void
reap(struct parent *p, pid_t pid, int status)
{
	bool lives = WIFSTOPPED(status) || WIFCONTINUED(status);
	struct child *c = NULL;

	for (int i = 0; i < ROLE_COUNT; i++)
		if (p->child[i].pid == pid)
			c = &p->child[i];
	if (c != NULL && lives)
		child_stands(c, WIFSTOPPED(status));
	else if (c != NULL)
		child_died(c, status);
	else if (!lives && !state_file_reaped(p->state_file, pid, status))
		dead_paths_reaped(&p->dead_paths, pid);
}

void
children_reap(struct parent *p)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED)) > 0)
		reap(p, pid, status);
	manager_update(p);
}

void
children_start(struct parent *p)
{
	unsigned wanted = setup_roles(p);

	for (int i = ROLE_PARENT + 1; i < ROLE_COUNT; i++) {
		struct child *c = &p->child[i];

		c->parent = p;
		c->role = (enum role_id)i;
		if ((wanted & ROLE_BIT(i)) && c->state == CHILD_OFF)
			child_spawn(c);
		else if (!(wanted & ROLE_BIT(i)) && c->state != CHILD_OFF)
			child_stop(c);
	}
}

bool
child_ready(struct child *c)
{
	link_set_phase(c->link, PHASE_RUN);
	if (c->state != CHILD_STARTING)
		return false;
	child_enter(c, CHILD_RUNNING);
	c->ready_since = c->since;
	close_report(c);
	if (c->stopped > 0)
		await_going_on(c);
	pairs_connect(c);
	return true;
}

bool
child_is_filtered(const struct child *c)
{
	return c->ready.seccomp == SECCOMP_FILTERED && c->ready.calls > 0;
}

void
child_busy(struct child *c, uint32_t index)
{
	bool running = c->state == CHILD_RUNNING, again = c->busy;

	c->busy = true;
	c->busy_index = index;
	c->parent->resolv_used |= c->role == ROLE_RESOLVER;
	c->pinged = 0;
	if (running && again)
		child_kill(c, "it begins a call in the middle of another");
	else if (running)
		child_arm(c, c->role == ROLE_RESOLVER ? RESOLVER_BUSY_S : c->parent->config.http_timeout, "its call did not return");
}

void
child_idle(struct child *c)
{
	bool was_busy = c->busy;

	c->busy = false;
	if (c->state != CHILD_RUNNING || !was_busy)
		return;
	event_del(c->timer);
	if (c->stopped > 0)
		await_going_on(c);
	else if (c->role == ROLE_RESOLVER && c->parent->resolv_late)
		beat_renew_resolver(c->parent);
}

bool
children_gone(const struct parent *p)
{
	for (int i = ROLE_PARENT + 1; i < ROLE_COUNT; i++)
		if (p->child[i].pid != 0)
			return false;
	return true;
}
