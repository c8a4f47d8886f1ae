/*
 * Docker's events are taken up where the brain says that they were left.
 */
#include "build_config.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "docker_bench.h"
#include "unit.h"

#define NS UINT64_C(1000000000)
#define UP HEAD "[" ITEM("0001", "web", "running", "Up 1 s") "]"
#define DOWN HEAD "[" ITEM("0001", "web", "exited", "Exited (3) 1 s ago") "]"

static struct docker_bench d;

static uint64_t
asked_since(void)
{
	return d.last[GATE_EVENTS].since_s * NS + d.last[GATE_EVENTS].since_ns;
}

static uint64_t
seconds_ago(unsigned s)
{
	return (uint64_t)clock_wall() * NS - s * NS;
}

static void
hears(const char *text)
{
	if (!bench_hears(&d.b, text))
		fail_msg("not said: %s\nbut:\n%s", text, d.b.said);
}

static int
setup(void **state)
{
	(void)state;
	docker_bench_open(&d, "*");
	d.list = UP;
	d.one = DOWN;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	docker_bench_close(&d);
	return 0;
}

static void
a_new_collector_asks_from_where_the_last_one_was(void **state)
{
	uint64_t since = seconds_ago(40) + 123;

	(void)state;
	docker_since(d.docker, since, 40);
	docker_bench_begin(&d);
	assert_true(asked_since() == since);
	assert_true(d.b.heard == since);
}

/* The wall clock was set back by an hour since. */
static void
a_clock_that_was_set_back_is_seen_through(void **state)
{
	uint64_t since = seconds_ago(0) + 3560 * NS;

	(void)state;
	docker_since(d.docker, since, 40);
	docker_bench_begin(&d);
	assert_true(asked_since() <= seconds_ago(40) && asked_since() >= seconds_ago(43));
}

/* The stream may end before it has told anything: what came then counts as well. */
static void
one_that_nobody_has_heard_of_is_open_since_it_was_asked_for(void **state)
{
	uint64_t first;

	(void)state;
	docker_since(d.docker, 0, 0);
	docker_bench_begin(&d);
	first = asked_since();
	assert_true(first >= seconds_ago(30));
	assert_true(d.b.heard == first);
	docker_bench_end_stream(&d);
	docker_bench_asked(&d, GATE_EVENTS, 2);
	assert_true(asked_since() <= first && asked_since() + 2 * NS > first);
}

static void
what_has_been_told_is_not_told_again_to_the_same_brain(void **state)
{
	(void)state;
	docker_bench_begin(&d);
	docker_bench_event(&d, "die", "0001", "web", "");
	hears("ONE_END");
	bench_unlink(&d.b, ROLE_BRAIN);
	docker_linked(d.docker);
	docker_told(d.docker, d.b.event);
	docker_since(d.docker, seconds_ago(10), 10);
	d.list = d.one;
	bench_forget(&d.b);
	docker_bench_again(&d);
	hears("TICK_END 2");
	docker_bench_event_again(&d);
	docker_bench_event(&d, "start", "0001", "web", "");
	d.one = UP;
	hears("ACT 0");
	assert_int_equal(bench_count(&d.b, "ACT "), 1);
}

/* It died before it could keep what it had been told. */
static void
what_a_brain_took_with_it_is_told_to_the_next(void **state)
{
	(void)state;
	docker_bench_begin(&d);
	docker_bench_event(&d, "die", "0001", "web", "");
	hears("ONE_END");
	bench_unlink(&d.b, ROLE_BRAIN);
	docker_linked(d.docker);
	docker_since(d.docker, seconds_ago(10), 10);
	bench_forget(&d.b);
	docker_bench_again(&d);
	docker_bench_asked(&d, GATE_EVENTS, 2);
	hears("TICK_END 2");
	docker_bench_event_again(&d);
	hears("ACT 1");
}

/* Its check waits for an answer, while another's is told: to go on from there would lose the first. */
static void
what_waits_for_its_check_holds_back_the_mark(void **state)
{
	uint64_t before, waits;

	(void)state;
	docker_bench_begin(&d);
	before = d.b.heard;
	d.one = NULL;
	docker_bench_event(&d, "die", "0001", "web", "");
	docker_bench_asked(&d, GATE_LIST_ONE, 1);
	docker_bench_tick(&d);
	waits = d.b.heard;
	assert_true(waits > before);
	bench_run(&d.b, 0.01);
	docker_bench_event(&d, "oom", "0001", "web", "");
	bench_run(&d.b, 0.05);
	docker_bench_tick(&d);
	assert_true(d.b.heard == waits);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_collector_asks_from_where_the_last_one_was),
		TEST(a_clock_that_was_set_back_is_seen_through),
		TEST(one_that_nobody_has_heard_of_is_open_since_it_was_asked_for),
		TEST(what_has_been_told_is_not_told_again_to_the_same_brain),
		TEST(what_a_brain_took_with_it_is_told_to_the_next),
		TEST(what_waits_for_its_check_holds_back_the_mark),
	};

	return cmocka_run_group_tests_name("docker_resume", tests, NULL, NULL);
}
