/*
 * Another WATCHDOG_METRICS_URL is another application: nothing that was seen
 * of the one before is held against it.
 */
#include "build_config.h"

#include "brain_unit.h"
#include "snapshot.h"

#define ONE 11
#define OTHER 12

static struct bench t, anew;

static int
setup(void **state)
{
	(void)state;
	bench_open(&t, SETTINGS("AGENT_STALL_S=60"));
	bench_open(&anew, SETTINGS("AGENT_STALL_S=60"));
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

/* listed: the envelope has the list of agents. */
static void
look(struct bench *b, double now, uint32_t application, double failed, bool listed)
{
	bench_tick(b, now);
	brain_application(&b->brain, application);
	brain_metrics_begin(&b->brain, BENCH_WALL + now, failed);
	if (listed)
		brain_agent(&b->brain, "41", "", 9);
	brain_metrics_end(&b->brain, listed);
	brain_tick_end(&b->brain);
}

static void
test_its_count_of_failed_jobs_is_the_base(void **state)
{
	(void)state;
	look(&t, 0, ONE, 2, false);
	look(&t, 10, OTHER, 9, false);
	assert_string_equal(bench_said(&t), "");
	look(&t, 20, OTHER, 10, false);
	assert_string_equal(bench_said(&t), "alert job_failed");
}

static void
test_the_same_one_s_count_goes_on(void **state)
{
	(void)state;
	look(&t, 0, ONE, 2, false);
	brain_prune(&t.brain);
	look(&t, 10, ONE, 3, false);
	assert_string_equal(bench_said(&t), "alert job_failed");
}

/* A recording from before this was said, or a fetch that failed meanwhile. */
static void
test_one_that_is_not_said_is_the_same(void **state)
{
	(void)state;
	look(&t, 0, ONE, 2, false);
	look(&t, 10, 0, 3, false);
	look(&t, 20, ONE, 4, false);
	assert_string_equal(bench_said(&t), "alert job_failed; alert job_failed");
}

static void
test_agents_of_the_one_before_are_no_longer_watched(void **state)
{
	(void)state;
	look(&t, 0, ONE, 0, true);
	look(&t, 70, ONE, 0, true);
	assert_string_equal(bench_said(&t), "alert agent:41");
	look(&t, 80, OTHER, 0, false);
	assert_string_equal(bench_said(&t), "recovery agent:41");
	assert_non_null(strstr(t.detail, "no longer watched"));
	assert_null(alerts_find(&t.brain.alerts, KIND_AGENT, "41"));
}

/* Who has the same number there is somebody else, and begins to be watched now. */
static void
test_an_agent_of_the_same_number_is_another(void **state)
{
	(void)state;
	look(&t, 0, ONE, 0, true);
	look(&t, 50, OTHER, 0, true);
	look(&t, 100, OTHER, 0, true);
	assert_string_equal(bench_said(&t), "");
	look(&t, 111, OTHER, 0, true);
	assert_string_equal(bench_said(&t), "alert agent:41");
}

/* A clock that stands still there has not stood still since it was another's. */
static void
test_its_clock_is_its_own(void **state)
{
	(void)state;
	look(&t, 0, ONE, 0, false);
	bench_tick(&t, 400);
	brain_application(&t.brain, OTHER);
	brain_metrics_begin(&t.brain, BENCH_WALL, 0);
	brain_metrics_end(&t.brain, false);
	brain_tick_end(&t.brain);
	assert_string_equal(bench_said(&t), "");
}

static void
test_a_new_brain_knows_whose_count_it_was(void **state)
{
	uint64_t generation;
	uint8_t *bytes;
	size_t len;

	(void)state;
	look(&t, 0, ONE, 2, false);
	assert_int_equal(snapshot_encode(&t.brain, 1, &bytes, &len), 0);
	brain_clock(&anew.brain, (struct moment){1, BENCH_WALL + 1});
	assert_null(snapshot_decode(&anew.brain, bytes, len, &generation));
	free(bytes);
	look(&anew, 10, OTHER, 9, false);
	assert_string_equal(bench_said(&anew), "");
	look(&anew, 20, OTHER, 10, false);
	assert_string_equal(bench_said(&anew), "alert job_failed");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_its_count_of_failed_jobs_is_the_base),
		TEST(test_the_same_one_s_count_goes_on),
		TEST(test_one_that_is_not_said_is_the_same),
		TEST(test_agents_of_the_one_before_are_no_longer_watched),
		TEST(test_an_agent_of_the_same_number_is_another),
		TEST(test_its_clock_is_its_own),
		TEST(test_a_new_brain_knows_whose_count_it_was),
	};

	return cmocka_run_group_tests_name("application", tests, NULL, NULL);
}
