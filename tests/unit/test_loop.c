/*
 * A pause in the loop: after the questions, before the answers.  poll(2),
 * by which it sleeps, is the test's own: what would arrive meanwhile arrives
 * in it.
 */
#include "build_config.h"

#include <sys/socket.h>

#include <poll.h>
#include <string.h>

#include "loop.h"
#include "unit.h"

#define PEERS 3
#define QUESTIONS 3

static struct event_base *base;
static struct event *pause_event, *next_question;
static int ours[PEERS], theirs[PEERS];
static struct event *answers[PEERS];
static unsigned left, pauses; /* questions, pauses made */
static unsigned step, asked_at, paused_at, met_at[PEERS]; /* in which order all this came */

/* Called by loop.c in libc's place. */
int
poll(struct pollfd *fds, nfds_t n, int timeout)
{
	assert_null(fds);
	assert_int_equal(n, 0);
	assert_int_equal(timeout, LOOP_PAUSE_MS);
	pauses++;
	paused_at = ++step;
	for (int i = 0; i < PEERS; i++)
		assert_int_equal(send(theirs[i], "a", 1, MSG_NOSIGNAL), 1);
	return 0;
}

static void
on_answer(evutil_socket_t fd, short what, void *arg)
{
	char byte;

	(void)what;
	assert_int_equal(recv(fd, &byte, 1, 0), 1);
	*(unsigned *)arg = ++step;
}

/* As the resolver's answers and a connection's readiness do: each step comes with another turn. */
static void
ask(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval now = {0};

	(void)fd;
	(void)what;
	(void)arg;
	asked_at = ++step;
	if (--left > 0)
		loop_add(next_question, &now);
}

static int
setup(void **state)
{
	int fd[2];

	(void)state;
	left = step = asked_at = paused_at = pauses = 0;
	memset(met_at, 0, sizeof(met_at));
	assert_non_null(base = loop_new());
	assert_non_null(pause_event = loop_pause_new(base));
	assert_non_null(next_question = evtimer_new(base, ask, NULL));
	for (int i = 0; i < PEERS; i++) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
		ours[i] = fd[0];
		theirs[i] = fd[1];
		assert_non_null(answers[i] = event_new(base, ours[i], EV_READ | EV_PERSIST, on_answer, &met_at[i]));
		loop_add(answers[i], NULL);
	}
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	for (int i = 0; i < PEERS; i++) {
		event_free(answers[i]);
		close(ours[i]);
		close(theirs[i]);
	}
	event_free(next_question);
	event_free(pause_event);
	event_base_free(base);
	return 0;
}

/* Until there is nothing to be done at once. */
static void
run(void)
{
	assert_int_not_equal(event_base_loop(base, EVLOOP_NONBLOCK), -1);
}

static void
answers_are_met_together_after_the_last_question(void **state)
{
	const struct timeval now = {0};

	(void)state;
	left = QUESTIONS;
	loop_add(next_question, &now);
	loop_pause(pause_event);
	run();
	assert_int_equal(left, 0);
	assert_int_equal(pauses, 1);
	assert_true(paused_at > asked_at);
	for (int i = 0; i < PEERS; i++)
		assert_true(met_at[i] > paused_at);
	assert_int_equal(step, QUESTIONS + 1 + PEERS);
}

static void
two_wishes_are_one_pause(void **state)
{
	(void)state;
	loop_pause(pause_event);
	loop_pause(pause_event);
	run();
	assert_int_equal(pauses, 1);
	loop_pause(pause_event);
	run();
	assert_int_equal(pauses, 2);
}

static void
a_pause_that_is_no_longer_wanted_is_none(void **state)
{
	(void)state;
	loop_pause(pause_event);
	event_del(pause_event);
	run();
	assert_int_equal(pauses, 0);
}

static void
who_has_not_asked_does_not_pause(void **state)
{
	(void)state;
	assert_int_equal(send(theirs[0], "a", 1, MSG_NOSIGNAL), 1);
	run();
	assert_true(met_at[0] > 0);
	assert_int_equal(pauses, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(answers_are_met_together_after_the_last_question, setup, teardown),
		cmocka_unit_test_setup_teardown(two_wishes_are_one_pause, setup, teardown),
		cmocka_unit_test_setup_teardown(a_pause_that_is_no_longer_wanted_is_none, setup, teardown),
		cmocka_unit_test_setup_teardown(who_has_not_asked_does_not_pause, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
