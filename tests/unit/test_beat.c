/*
 * Who is asked at a heartbeat, and who is not because it has shown otherwise
 * that it lives.  The children are sockets; time is moved by what the parent
 * remembers of it.
 */
#include "build_config.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "parent_unit.h"

#define ALL (ROLE_BIT(ROLE_COLLECTOR) | ROLE_BIT(ROLE_BRAIN) | ROLE_BIT(ROLE_NOTIFIER) | ROLE_BIT(ROLE_RESOLVER) | ROLE_BIT(ROLE_PROBER))

static struct parent p;
static int theirs[ROLE_COUNT];

static void
on_broken(void *ctx, struct link *link, const char *why)
{
	(void)ctx, (void)link;
	fail_msg("a link broke: %s", why);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what, (void)arg;
}

static void
child_new(struct child *c, enum role_id role)
{
	struct link_spec spec = {.self = ROLE_PARENT, .peer = role, .handlers = parent_handlers, .broken = on_broken, .ctx = c};
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	theirs[role] = fd[1];
	*c = (struct child){.parent = &p, .role = role, .state = CHILD_RUNNING};
	assert_non_null(c->link = link_new(p.base, fd[0], &spec));
	assert_non_null(c->timer = evtimer_new(p.base, on_timer, c));
}

/* All run, all were asked at the last beat, and all have answered. */
static int
setup(void **state)
{
	double now = clock_awake();

	(void)state;
	memset(&p, 0, sizeof(p));
	log_set(unit_quiet, LEVEL_ERROR);
	unsetenv("NOTIFY_SOCKET");
	config_init(&p.config);
	assert_non_null(p.service = service_new());
	assert_non_null(p.base = event_base_new());
	assert_non_null(p.beat = evtimer_new(p.base, on_timer, NULL));
	for (int i = ROLE_PARENT + 1; i < ROLE_COUNT; i++) {
		child_new(&p.child[i], (enum role_id)i);
		p.child[i].asked = now - BEAT_S;
	}
	p.last_beat = now - BEAT_S;
	p.resolv = resolv_stamp();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	for (int i = ROLE_PARENT + 1; i < ROLE_COUNT; i++) {
		link_free(p.child[i].link);
		event_free(p.child[i].timer);
		close(theirs[i]);
	}
	event_free(p.beat);
	event_base_free(p.base);
	service_free(p.service);
	config_free(&p.config);
	return 0;
}

/* The roles that have got a PING, and nothing else, since the last call; a bit each. */
static unsigned
asked(void)
{
	unsigned roles = 0;
	uint8_t bytes[64];
	struct message_header h;

	for (int turn = 0; turn < 5; turn++)
		event_base_loop(p.base, EVLOOP_NONBLOCK);
	for (int i = ROLE_PARENT + 1; i < ROLE_COUNT; i++) {
		ssize_t n = recv(theirs[i], bytes, sizeof(bytes), MSG_DONTWAIT);

		if (n == -1)
			continue;
		assert_int_equal(n, MESSAGE_HEADER);
		assert_int_equal(message_header_decode(&h, bytes), 0);
		assert_int_equal(h.type, MSG_PING);
		roles |= ROLE_BIT(i);
	}
	return roles;
}

static void
everybody_answers(void)
{
	for (int i = ROLE_PARENT + 1; i < ROLE_COUNT; i++)
		p.child[i].pinged = 0;
}

static void
who_waits_for_work_is_not_woken_each_time(void **state)
{
	(void)state;
	children_beat(&p);
	assert_int_equal(asked(), ROLE_BIT(ROLE_COLLECTOR) | ROLE_BIT(ROLE_BRAIN));
}

static void
everybody_is_asked_in_the_end(void **state)
{
	double long_ago = clock_awake() - ASK_S;

	(void)state;
	for (int i = ROLE_PARENT + 1; i < ROLE_COUNT; i++)
		p.child[i].asked = long_ago;
	p.child[ROLE_COLLECTOR].heard = clock_awake();
	children_beat(&p);
	assert_int_equal(asked(), ALL);
	everybody_answers();
	children_beat(&p);
	assert_int_equal(asked(), ROLE_BIT(ROLE_BRAIN));
}

static void
a_new_child_is_asked_at_once(void **state)
{
	(void)state;
	for (int i = ROLE_PARENT + 1; i < ROLE_COUNT; i++)
		p.child[i].asked = 0;
	children_beat(&p);
	assert_int_equal(asked(), ALL);
}

static void
a_notifier_with_something_to_tell_is_asked_each_time(void **state)
{
	(void)state;
	p.untold = true;
	children_beat(&p);
	assert_true(asked() & ROLE_BIT(ROLE_NOTIFIER));
	everybody_answers();
	children_beat(&p);
	assert_true(asked() & ROLE_BIT(ROLE_NOTIFIER));
	everybody_answers();
	p.untold = false;
	children_beat(&p);
	assert_false(asked() & ROLE_BIT(ROLE_NOTIFIER));
}

static void
the_brain_says_when_there_is_something_to_tell(void **state)
{
	uint8_t bytes[64];

	(void)state;
	assert_non_null(p.keeper = keeper_new());
	for (unsigned untold = 0; untold <= 1; untold++) {
		size_t len = message_encode(bytes, sizeof(bytes), MSG_SNAP_BEGIN, 0,
		    &(struct msg_snap_begin){.generation = 1, .size = 1, .untold = untold == 0});

		assert_int_equal(send(theirs[ROLE_BRAIN], bytes, len, 0), len);
		asked();
		assert_int_equal(p.untold, untold == 0);
		keeper_abort(p.keeper);
	}
	keeper_free(p.keeper);
}

static void
a_prober_that_has_just_served_need_not_answer(void **state)
{
	double now = clock_awake();

	(void)state;
	p.child[ROLE_PROBER].asked = now - 10 * ASK_S;
	p.child[ROLE_PROBER].heard = now - BEAT_S;
	children_beat(&p);
	assert_false(asked() & ROLE_BIT(ROLE_PROBER));
	p.child[ROLE_PROBER].heard = now - ASK_S;
	children_beat(&p);
	assert_true(asked() & ROLE_BIT(ROLE_PROBER));
}

static void
who_is_in_a_call_is_not_asked(void **state)
{
	(void)state;
	p.child[ROLE_PROBER].asked = p.child[ROLE_RESOLVER].asked = 0;
	child_busy(&p.child[ROLE_PROBER], 0);
	child_busy(&p.child[ROLE_RESOLVER], 0);
	children_beat(&p);
	assert_false(asked() & (ROLE_BIT(ROLE_PROBER) | ROLE_BIT(ROLE_RESOLVER)));
	child_idle(&p.child[ROLE_PROBER]);
	child_idle(&p.child[ROLE_RESOLVER]);
	children_beat(&p);
	assert_int_equal(asked() & (ROLE_BIT(ROLE_PROBER) | ROLE_BIT(ROLE_RESOLVER)), ROLE_BIT(ROLE_PROBER) | ROLE_BIT(ROLE_RESOLVER));
}

static void
a_tick_brings_the_beat_that_is_nearly_due(void **state)
{
	(void)state;
	child_heard(&p.child[ROLE_COLLECTOR]);
	assert_int_equal(asked(), ROLE_BIT(ROLE_BRAIN));
	everybody_answers();
	/* The next one is not due yet. */
	child_heard(&p.child[ROLE_COLLECTOR]);
	assert_int_equal(asked(), 0);
}

static void
a_probe_alone_brings_no_beat(void **state)
{
	(void)state;
	child_heard(&p.child[ROLE_PROBER]);
	assert_int_equal(asked(), 0);
}

static void
no_beat_comes_early_while_an_answer_is_missing(void **state)
{
	(void)state;
	p.child[ROLE_NOTIFIER].pinged = clock_awake() - BEAT_S;
	child_heard(&p.child[ROLE_COLLECTOR]);
	assert_int_equal(asked(), 0);
	assert_int_equal(p.child[ROLE_NOTIFIER].state, CHILD_RUNNING);
}

static void
who_has_not_answered_at_the_next_beat_is_killed(void **state)
{
	struct child *c = &p.child[ROLE_NOTIFIER];
	int status;

	(void)state;
	if ((c->pid = fork()) == 0) {
		pause();
		unit_exit(0);
	}
	assert_true(c->pid > 0);
	c->pinged = clock_awake() - BEAT_S;
	children_beat(&p);
	assert_int_equal(c->state, CHILD_KILLED);
	assert_string_equal(c->why, "it does not answer");
	assert_int_equal(waitpid(c->pid, &status, 0), c->pid);
	assert_true(WIFSIGNALED(status));
}

/* --- who is stopped --- */

/* A process that is there to be stopped, in the place of the resolver. */
static struct child *
resolver_new(void)
{
	struct child *c = &p.child[ROLE_RESOLVER];

	if ((c->pid = fork()) == 0)
		for (;;)
			pause();
	assert_true(c->pid > 0);
	return c;
}

/* Once the kernel has told of it. */
static void
signal_and_reap(struct child *c, int sig)
{
	assert_int_equal(kill(c->pid, sig), 0);
	for (int i = 0; i < 10000 && (c->stopped > 0) != (sig == SIGSTOP); i++) {
		usleep(1000);
		children_reap(&p);
	}
	assert_int_equal(c->stopped > 0, sig == SIGSTOP);
}

static bool
has_deadline(const struct child *c)
{
	return evtimer_pending(c->timer, NULL) != 0;
}

static void
end(struct child *c)
{
	assert_int_equal(kill(c->pid, SIGKILL), 0);
	assert_int_equal(waitpid(c->pid, NULL, 0), c->pid);
}

static void
who_is_stopped_has_a_deadline_until_it_goes_on(void **state)
{
	struct child *c = resolver_new();

	(void)state;
	signal_and_reap(c, SIGSTOP);
	assert_true(has_deadline(c));
	signal_and_reap(c, SIGCONT);
	assert_false(has_deadline(c));
	end(c);
}

/* It said both before it was stopped, and we hear the kernel first. */
static void
the_end_of_a_call_that_is_heard_late_does_not_forget_the_stop(void **state)
{
	struct child *c = resolver_new();

	(void)state;
	signal_and_reap(c, SIGSTOP);
	child_busy(c, 0);
	child_idle(c);
	assert_true(c->stopped > 0 && has_deadline(c));
	signal_and_reap(c, SIGCONT);
	assert_false(has_deadline(c));
	end(c);
}

static void
so_does_ready(void **state)
{
	struct child *c = resolver_new();

	(void)state;
	c->state = CHILD_STARTING;
	signal_and_reap(c, SIGSTOP);
	assert_true(child_ready(c));
	assert_true(has_deadline(c));
	signal_and_reap(c, SIGCONT);
	assert_false(has_deadline(c));
	end(c);
}

static void
to_go_on_in_a_call_leaves_the_call_its_deadline(void **state)
{
	struct child *c = resolver_new();

	(void)state;
	child_busy(c, 0);
	signal_and_reap(c, SIGSTOP);
	signal_and_reap(c, SIGCONT);
	assert_true(has_deadline(c));
	child_idle(c);
	assert_false(has_deadline(c));
	end(c);
}

static void
after_a_sleep_of_our_own_nobody_is_killed(void **state)
{
	(void)state;
	p.last_beat = clock_awake() - 10 * BEAT_S;
	p.child[ROLE_NOTIFIER].pinged = p.last_beat;
	children_beat(&p);
	assert_int_equal(p.child[ROLE_NOTIFIER].state, CHILD_RUNNING);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(who_waits_for_work_is_not_woken_each_time, setup, teardown),
		cmocka_unit_test_setup_teardown(everybody_is_asked_in_the_end, setup, teardown),
		cmocka_unit_test_setup_teardown(a_new_child_is_asked_at_once, setup, teardown),
		cmocka_unit_test_setup_teardown(a_notifier_with_something_to_tell_is_asked_each_time, setup, teardown),
		cmocka_unit_test_setup_teardown(the_brain_says_when_there_is_something_to_tell, setup, teardown),
		cmocka_unit_test_setup_teardown(a_prober_that_has_just_served_need_not_answer, setup, teardown),
		cmocka_unit_test_setup_teardown(who_is_in_a_call_is_not_asked, setup, teardown),
		cmocka_unit_test_setup_teardown(a_tick_brings_the_beat_that_is_nearly_due, setup, teardown),
		cmocka_unit_test_setup_teardown(a_probe_alone_brings_no_beat, setup, teardown),
		cmocka_unit_test_setup_teardown(no_beat_comes_early_while_an_answer_is_missing, setup, teardown),
		cmocka_unit_test_setup_teardown(who_has_not_answered_at_the_next_beat_is_killed, setup, teardown),
		cmocka_unit_test_setup_teardown(after_a_sleep_of_our_own_nobody_is_killed, setup, teardown),
		cmocka_unit_test_setup_teardown(who_is_stopped_has_a_deadline_until_it_goes_on, setup, teardown),
		cmocka_unit_test_setup_teardown(the_end_of_a_call_that_is_heard_late_does_not_forget_the_stop, setup, teardown),
		cmocka_unit_test_setup_teardown(so_does_ready, setup, teardown),
		cmocka_unit_test_setup_teardown(to_go_on_in_a_call_leaves_the_call_its_deadline, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
