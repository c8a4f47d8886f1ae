/*
 * The summary of a new start, where a recording cannot show it: without a
 * tick, and over the death of the brain.
 */
#include "build_config.h"

#include "calm_unit.h"
#include "hush.h"

static struct bench t;

static void
open_at(double now, const char *const *settings)
{
	bench_open(&t, settings);
	brain_clock(&t.brain, (struct moment){now, BENCH_WALL + now});
	brain_start_anew(&t.brain);
}

static void
turn(double now)
{
	brain_clock(&t.brain, (struct moment){now, BENCH_WALL + now});
	brain_turn(&t.brain);
	brain_flush(&t.brain);
}

static void
look(double now, double mem, bool dep)
{
	bench_tick(&t, now);
	brain_mem(&t.brain, mem, "");
	brain_dep(&t.brain, "git", dep, 1, "refused");
	brain_tick_end(&t.brain);
}

static void
test_a_collector_that_never_comes_keeps_no_alert_back_for_long(void **state)
{
	(void)state;
	open_at(1000, NULL);
	turn(1000);
	brain_role(&t.brain, ROLE_COLLECTOR, true, 3, "killed");
	turn(1030);
	turn(1060);
	assert_string_equal(calm_told(&t), "");
	turn(1090);
	assert_string_equal(calm_told(&t),
	    "👁 watchdog started: 1 problem; 0 fine; 🔴 watchdog collector: failing, restarted 3 times: killed");
	bench_close(&t);
}

static void
test_a_brain_killed_before_its_summary_still_tells_it(void **state)
{
	(void)state;
	open_at(1000, SETTINGS("MEM_TICKS=1", "DEP_DOWN_TICKS=3", "DEPS=git=tcp://git:22"));
	look(1000, 95, false);
	look(1030, 95, false);
	assert_int_equal(hush_reason(&t.brain, alerts_find(&t.brain.alerts, KIND_MEM, ""), 1030), HUSH_START);
	calm_restart(&t);
	assert_string_equal(calm_told(&t), "");
	look(1060, 95, false);
	assert_string_equal(calm_told(&t), "👁 watchdog started: 2 problems; 0 fine; "
	    "🔴 memory: 95 % used, mark 90 % ███ steady for 1 min; 🔴 dep git: not answering: refused");
	bench_close(&t);
}

static void
test_a_brain_killed_after_its_summary_tells_none_again(void **state)
{
	(void)state;
	open_at(1000, SETTINGS("MEM_TICKS=1", "START_MESSAGE=always", "DEPS=git=tcp://git:22"));
	look(1000, 95, true);
	assert_string_equal(calm_told(&t), "👁 watchdog started: 1 problem; 1 fine; 🔴 memory: 95 % used, mark 90 %");
	calm_restart(&t);
	look(1030, 95, true);
	assert_string_equal(calm_told(&t), "");
	look(1060, 10, true);
	assert_string_equal(calm_told(&t), "🟢 memory: recovered after 1 min, 10 % used");
	bench_close(&t);
}

static void
test_a_restored_brain_tells_no_summary(void **state)
{
	(void)state;
	bench_open(&t, SETTINGS("MEM_TICKS=1", "START_MESSAGE=always"));
	calm_restart(&t);
	look(1000, 95, true);
	assert_string_equal(calm_told(&t), "🔴 memory: 95 % used, mark 90 %");
	bench_close(&t);
}

static void
test_many_problems_are_all_named(void **state)
{
	const char *told;
	char name[16];

	(void)state;
	open_at(1000, SETTINGS("DEP_DOWN_TICKS=1"));
	bench_tick(&t, 1000);
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "d%03d", i);
		brain_dep(&t.brain, name, false, 0, "");
	}
	brain_tick_end(&t.brain);
	told = calm_told(&t);
	assert_non_null(strstr(told, "200 problems"));
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "d%03d", i);
		assert_non_null(strstr(told, name));
	}
	bench_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_collector_that_never_comes_keeps_no_alert_back_for_long),
		cmocka_unit_test(test_a_brain_killed_before_its_summary_still_tells_it),
		cmocka_unit_test(test_a_brain_killed_after_its_summary_tells_none_again),
		cmocka_unit_test(test_a_restored_brain_tells_no_summary),
		cmocka_unit_test(test_many_problems_are_all_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
