/*
 * Covering, where a recording cannot show it: over the death of the brain,
 * and with as much configured as may be.
 */
#include "build_config.h"

#include "calm_unit.h"
#include "cover.h"
#include "hush.h"

static struct bench t;

static const char *const settings[] = {
	"DEPS=router=tcp://r:1,api=tcp://a:1", "DEPENDS=dep:api>dep:router", "DEP_DOWN_TICKS=1", "CONTAINERS=", NULL,
};

static void
look(double now, bool router, bool api)
{
	bench_tick(&t, now);
	brain_dep(&t.brain, "api", api, 1, "");
	brain_dep(&t.brain, "router", router, 1, "");
	brain_tick_end(&t.brain);
}

static void
test_a_killed_brain_still_covers_and_still_waits_for_a_look(void **state)
{
	(void)state;
	bench_open(&t, settings);
	look(1000, true, true);
	look(1030, false, false);
	assert_string_equal(calm_told(&t), "🔴 dep router: not answering (1 dependency covered)");
	calm_restart(&t);
	look(1060, false, false);
	assert_string_equal(calm_told(&t), "");
	look(1090, true, false);
	calm_restart(&t);
	brain_tick_end(&t.brain);
	assert_string_equal(calm_told(&t), "🟢 dep router: recovered after 1 min, answers in 1 ms");
	look(1120, true, false);
	assert_string_equal(calm_told(&t), "🔴 dep api: not answering");
	bench_close(&t);
}

static void
test_what_waits_over_the_death_of_the_brain_still_says_how_much_it_covers(void **state)
{
	(void)state;
	bench_open(&t, settings);
	look(1000, true, true);
	look(1030, false, false);
	calm_restart(&t);
	assert_string_equal(calm_told(&t), "🔴 dep router: not answering (1 dependency covered)");
	bench_close(&t);
}

static void
test_one_that_is_not_looked_at_again_is_told_after_three_intervals(void **state)
{
	(void)state;
	bench_open(&t, settings);
	look(1000, false, false);
	look(1030, true, false);
	calm_told(&t);
	bench_tick(&t, 1090);
	brain_dep(&t.brain, "router", true, 1, "");
	brain_tick_end(&t.brain);
	assert_string_equal(calm_told(&t), "");
	bench_tick(&t, 1120);
	brain_tick_end(&t.brain);
	assert_string_equal(calm_told(&t), "🔴 dep api: not answering");
	bench_close(&t);
}

static void
test_a_cause_that_is_no_longer_watched_covers_nothing(void **state)
{
	char why[256];

	(void)state;
	bench_open(&t, settings);
	look(1000, false, false);
	calm_told(&t);
	assert_int_equal(config_set(&t.config, "WATCHDOG_DEPENDS", "", why, sizeof(why)), 0);
	assert_int_equal(config_set(&t.config, "WATCHDOG_DEPS", "api=tcp://a:1", why, sizeof(why)), 0);
	calm_restart(&t);
	look(1030, false, false);
	assert_non_null(strstr(calm_told(&t), "🔴 dep api: not answering"));
	bench_close(&t);
}

static void
test_a_long_chain_and_many_ways_end(void **state)
{
	char depends[8192] = "", why[256];
	size_t n = 0;

	(void)state;
	/* 50 layers of two, each of which depends on both of the next: 2^49 ways. */
	for (int i = 0; i < 49; i++)
		for (int k = 0; k < 4; k++)
			n += (size_t)snprintf(depends + n, sizeof(depends) - n, "container:l%d%c>container:l%d%c,", i, "ab"[k & 1],
			    i + 1, "ab"[k >> 1]);
	bench_open(&t, SETTINGS("CONTAINERS=l0a,l49b"));
	assert_int_equal(config_set(&t.config, "WATCHDOG_DEPENDS", depends, why, sizeof(why)), 0);
	bench_tick(&t, 1000);
	brain_containers_begin(&t.brain);
	bench_container(&t, "l0a", "dead", "", -1, true);
	bench_container(&t, "l49b", "dead", "", -1, true);
	brain_containers_end(&t.brain, true);
	brain_tick_end(&t.brain);
	assert_string_equal(calm_told(&t), "🔴 container l49b: dead (1 container covered)");
	bench_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_killed_brain_still_covers_and_still_waits_for_a_look),
		cmocka_unit_test(test_what_waits_over_the_death_of_the_brain_still_says_how_much_it_covers),
		cmocka_unit_test(test_one_that_is_not_looked_at_again_is_told_after_three_intervals),
		cmocka_unit_test(test_a_cause_that_is_no_longer_watched_covers_nothing),
		cmocka_unit_test(test_a_long_chain_and_many_ways_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
