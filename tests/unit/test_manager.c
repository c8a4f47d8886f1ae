/*
 * When the service manager hears that we are alive: as long as supervision
 * is orderly, and not a moment longer.  With a socket in its place.
 */
#include "build_config.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "parent_unit.h"

#define PERIOD_US "40000" /* asked for; we speak at half of it */
#define LONG_AGO 1000.0

static struct parent p;
static int manager;

/* An abstract socket of the kernel's own choice. */
static void
listen_as_manager(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	socklen_t len = sizeof(a);
	char name[sizeof(a.sun_path) + 1] = "@";

	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(manager, (struct sockaddr *)&a, sizeof(sa_family_t)), 0);
	assert_int_equal(getsockname(manager, (struct sockaddr *)&a, &len), 0);
	memcpy(name + 1, a.sun_path + 1, len - sizeof(sa_family_t) - 1);
	setenv("NOTIFY_SOCKET", name, 1);
	setenv("WATCHDOG_USEC", PERIOD_US, 1);
}

/* Every role at work and heard a moment ago. */
static int
setup(void **state)
{
	(void)state;
	memset(&p, 0, sizeof(p));
	log_set(unit_quiet, LEVEL_ERROR);
	listen_as_manager();
	config_init(&p.config);
	p.config.enabled = true;
	assert_non_null(p.service = service_new());
	assert_non_null(p.base = event_base_new());
	for (int i = ROLE_PARENT + 1; i < ROLE_COUNT; i++)
		if (setup_roles(&p) & ROLE_BIT(i))
			p.child[i].state = CHILD_RUNNING;
	assert_int_equal(p.child[ROLE_BRAIN].state, CHILD_RUNNING);
	assert_int_equal(manager_start(&p), 0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	event_free(p.alive);
	event_base_free(p.base);
	service_free(p.service);
	config_free(&p.config);
	close(manager);
	return 0;
}

/* Whether a sign of life came within five periods. */
static bool
heard(void)
{
	struct timeval wait = clock_timeval(0.1);
	char text[SERVICE_TEXT_MAX] = "";

	event_base_loopexit(p.base, &wait);
	event_base_dispatch(p.base);
	while (recv(manager, text, sizeof(text) - 1, 0) > 0)
		assert_string_equal(text, "WATCHDOG=1");
	return text[0] != '\0';
}

static void
brain_is(enum child_state state, double since)
{
	p.child[ROLE_BRAIN].state = state;
	p.child[ROLE_BRAIN].since = clock_awake() - since;
}

static void
as_long_as_everybody_answers(void **state)
{
	(void)state;
	assert_true(heard());
	p.child[ROLE_BRAIN].pinged = clock_awake();
	assert_true(heard());
}

static void
not_while_somebody_stuck_is_overlooked(void **state)
{
	(void)state;
	p.child[ROLE_BRAIN].pinged = clock_awake() - LONG_AGO;
	assert_false(heard());
	p.child[ROLE_BRAIN].pinged = 0;
	assert_true(heard());
}

static void
a_blocking_call_has_a_deadline_of_its_own(void **state)
{
	(void)state;
	p.child[ROLE_PROBER].pinged = clock_awake() - LONG_AGO;
	p.child[ROLE_PROBER].busy = true;
	assert_true(heard());
}

static void
a_deadline_may_run_but_not_be_overlooked(void **state)
{
	static const enum child_state passing[] = {CHILD_STARTING, CHILD_STOPPING, CHILD_KILLED, CHILD_BACKOFF};

	(void)state;
	p.child[ROLE_BRAIN].backoff = BACKOFF_MAX_S;
	for (size_t i = 0; i < LENGTH(passing); i++) {
		brain_is(passing[i], 0);
		assert_true(heard());
		brain_is(passing[i], LONG_AGO);
		assert_false(heard());
	}
}

/* Five probers in five dead file systems: the last one waits for room among those that were left behind. */
static void
who_does_not_die_is_waited_for_in_order(void **state)
{
	struct child *brain = &p.child[ROLE_BRAIN];
	struct timeval past_the_kill = clock_timeval(STOP_S + 0.5);

	(void)state;
	brain->parent = &p;
	brain->role = ROLE_BRAIN;
	assert_int_not_equal(brain->pid = fork(), -1);
	if (brain->pid == 0)
		unit_exit(pause());
	p.dead_paths.nabandoned = ABANDONED_MAX;
	child_kill(brain, "a test");
	brain->since = clock_awake() - LONG_AGO;
	event_base_loopexit(p.base, &past_the_kill);
	event_base_dispatch(p.base);
	assert_int_equal(brain->state, CHILD_KILLED);
	assert_true(heard());
	assert_int_equal(waitpid(brain->pid, NULL, 0), brain->pid);
	event_free(brain->timer);
}

static void
whoever_is_wanted_must_be_there(void **state)
{
	(void)state;
	brain_is(CHILD_OFF, 0);
	assert_false(heard());
	p.config.enabled = false;
	for (int i = ROLE_PARENT + 1; i < ROLE_COUNT; i++)
		p.child[i].state = CHILD_OFF;
	assert_true(heard());
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(as_long_as_everybody_answers),
		TEST(not_while_somebody_stuck_is_overlooked),
		TEST(a_blocking_call_has_a_deadline_of_its_own),
		TEST(a_deadline_may_run_but_not_be_overlooked),
		TEST(who_does_not_die_is_waited_for_in_order),
		TEST(whoever_is_wanted_must_be_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
