/*
 * How far docker's events have been told: what another collector is handed,
 * and what of it a new brain still knows.
 */
#include "build_config.h"

#include "container_unit.h"
#include "snapshot.h"

#define S UINT64_C(1000000000)
#define WALL ((uint64_t)BENCH_WALL * S) /* the engine's clock when ours is at 0 */

static struct bench t, anew;

static int
setup(void **state)
{
	(void)state;
	bench_open_noting(&t, NULL);
	bench_open_with(&anew, NULL, (struct brain_options){0});
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	bench_close(&t);
	bench_close(&anew);
	return 0;
}

static void
at(double now)
{
	brain_clock(&t.brain, (struct moment){now, BENCH_WALL + now});
}

static void
tell(uint64_t time, uint64_t event)
{
	brain_container_act(&t.brain, &(struct container_hint){
		.act = ACT_STOP_ASKED, .id = "a", .name = "api", .signal = -1, .time = time, .event = event,
	});
}

static void
expect(const struct brain *b, struct moment now, uint64_t since, double ago)
{
	double got;

	assert_int_equal(docker_told_since(&b->told, now, &got), since);
	assert_float_equal(got, ago, 0.001);
}

static void
test_what_nobody_has_heard_of_is_asked_from_now_on(void **state)
{
	double ago;

	(void)state;
	brain_docker_heard(&t.brain, 0);
	assert_int_equal(docker_told_since(&t.brain.told, (struct moment){5, BENCH_WALL + 5}, &ago), 0);
	assert_true(ago >= 0);
}

static void
test_it_goes_on_where_it_was_and_leaves_out_what_has_been_told_since(void **state)
{
	(void)state;
	at(100);
	tell(WALL + 90 * S, 1);
	tell(WALL + 95 * S, 2);
	brain_docker_heard(&t.brain, WALL + 95 * S);
	tell(WALL + 99 * S, 3);
	expect(&t.brain, (struct moment){130, BENCH_WALL + 130}, WALL + 95 * S, 35);
	assert_int_equal(t.brain.told.count, 2);
	assert_int_equal(t.brain.told.v[0].event, 2);
	assert_int_equal(t.brain.told.v[1].event, 3);
}

/* An engine that was ahead of us is as one that speaks now: how long ago is what counts, should the clock be set back. */
static void
test_a_time_stamp_from_the_future_was_said_now(void **state)
{
	(void)state;
	at(100);
	brain_docker_heard(&t.brain, WALL + 7200 * S);
	expect(&t.brain, (struct moment){130, BENCH_WALL - 3600}, WALL + 7200 * S, 30);
}

static void
test_more_than_an_engine_remembers_is_not_remembered(void **state)
{
	(void)state;
	at(100);
	brain_docker_heard(&t.brain, WALL);
	for (uint64_t i = 0; i < TOLD_MAX + 5; i++)
		tell(WALL + i, i);
	assert_int_equal(t.brain.told.count, TOLD_MAX);
	assert_int_equal(t.brain.told.v[0].event, 5);
	assert_int_equal(t.brain.told.v[TOLD_MAX - 1].event, TOLD_MAX + 4);
}

static void
test_what_is_older_than_a_day_is_not_asked_for(void **state)
{
	double later = 100 + 3 * TOLD_AGE_MAX_S;

	(void)state;
	at(100);
	brain_docker_heard(&t.brain, WALL + 100 * S);
	expect(&t.brain, (struct moment){later, BENCH_WALL + later}, (uint64_t)(BENCH_WALL + later - TOLD_AGE_MAX_S) * S, TOLD_AGE_MAX_S);
}

/* --- a new brain --- */

static void
restore(uint64_t boot)
{
	uint64_t generation;
	uint8_t *bytes;
	size_t len;

	assert_int_equal(snapshot_encode(&t.brain, 1, &bytes, &len), 0);
	anew.brain.options.boot = boot;
	brain_clock(&anew.brain, (struct moment){200, BENCH_WALL + 200});
	assert_null(snapshot_decode(&anew.brain, bytes, len, &generation));
	free(bytes);
}

static void
test_a_new_brain_goes_on(void **state)
{
	(void)state;
	at(100);
	brain_docker_heard(&t.brain, WALL + 95 * S);
	tell(WALL + 99 * S, 3);
	restore(t.brain.options.boot);
	expect(&anew.brain, anew.brain.clock, WALL + 95 * S, 105);
	assert_int_equal(anew.brain.told.count, 1);
	assert_int_equal(anew.brain.told.v[0].event, 3);
}

/* Its engine's memory is another's. */
static void
test_after_another_boot_nothing_is_asked_for(void **state)
{
	(void)state;
	at(100);
	brain_docker_heard(&t.brain, WALL + 95 * S);
	tell(WALL + 99 * S, 3);
	restore(77);
	assert_int_equal(anew.brain.told.since, 0);
	assert_int_equal(anew.brain.told.count, 0);
}

/* --- what has happened meanwhile --- */

static void
act_of(double now, double age, enum container_act act)
{
	at(now);
	brain_container_act(&t.brain, &(struct container_hint){.act = act, .id = "a", .name = "api", .signal = -1, .age = age});
}

static void
test_a_restart_meanwhile_is_told(void **state)
{
	(void)state;
	LIST(&t, 0, {.name = "api", .state = "running", .id = "a"});
	act_of(600, 500, ACT_DIED);
	act_of(600, 499, ACT_STARTED);
	LIST(&t, 600, {.name = "api", .state = "running", .id = "a"});
	assert_string_equal(bench_said(&t), "alert container:api");
}

static void
test_a_restart_of_hours_ago_is_no_news(void **state)
{
	(void)state;
	LIST(&t, 0, {.name = "api", .state = "running", .id = "a"});
	act_of(20000, 7200, ACT_DIED);
	act_of(20000, 7199, ACT_STARTED);
	LIST(&t, 20000, {.name = "api", .state = "running", .id = "a"});
	assert_string_equal(bench_said(&t), "");
}

static void
test_a_crash_of_hours_ago_that_lasts_is(void **state)
{
	(void)state;
	LIST(&t, 0, {.name = "api", .state = "running", .id = "a"});
	act_of(20000, 7200, ACT_DIED);
	LIST(&t, 20000, {.name = "api", .state = "exited", .id = "a", .exit_code = 137});
	assert_string_equal(bench_said(&t), "alert container:api");
}

static void
test_a_person_s_stop_of_hours_ago_is_no_crash(void **state)
{
	(void)state;
	LIST(&t, 0, {.name = "api", .state = "running", .id = "a"});
	act_of(20000, 7200, ACT_STOP_ASKED);
	act_of(20000, 7199, ACT_DIED);
	LIST(&t, 20000, {.name = "api", .state = "exited", .id = "a", .exit_code = 137});
	bench_wait(&t, 20100);
	assert_string_equal(bench_said(&t), "");
}

/* Told to be down when the last collector died: that it is up again is told, not that it had come back in between. */
static void
test_what_was_alerting_recovers_by_an_old_start(void **state)
{
	(void)state;
	LIST(&t, 0, {.name = "api", .state = "running", .id = "a"});
	LIST(&t, 30, {.name = "api", .state = "exited", .id = "a", .exit_code = 1});
	assert_string_equal(bench_said(&t), "alert container:api");
	act_of(20000, 7200, ACT_STARTED);
	LIST(&t, 20000, {.name = "api", .state = "running", .id = "a"});
	assert_string_equal(bench_said(&t), "recovery container:api");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_nobody_has_heard_of_is_asked_from_now_on),
		TEST(test_it_goes_on_where_it_was_and_leaves_out_what_has_been_told_since),
		TEST(test_a_time_stamp_from_the_future_was_said_now),
		TEST(test_more_than_an_engine_remembers_is_not_remembered),
		TEST(test_what_is_older_than_a_day_is_not_asked_for),
		TEST(test_a_new_brain_goes_on),
		TEST(test_after_another_boot_nothing_is_asked_for),
		TEST(test_a_restart_meanwhile_is_told),
		TEST(test_a_restart_of_hours_ago_is_no_news),
		TEST(test_a_crash_of_hours_ago_that_lasts_is),
		TEST(test_a_person_s_stop_of_hours_ago_is_no_crash),
		TEST(test_what_was_alerting_recovers_by_an_old_start),
	};

	return cmocka_run_group_tests_name("docker_told", tests, NULL, NULL);
}
