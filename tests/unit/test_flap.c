/*
 * Flapping, where a recording cannot show it: over the death of the brain,
 * under a changed configuration, and how much is remembered.
 */
#include "build_config.h"

#include "calm_unit.h"
#include "flap.h"
#include "hush.h"

static struct bench t;

static const char *const settings[] = {
	"DEPS=git=tcp://g:1", "DEP_DOWN_TICKS=1", "CONTAINERS=", "FLAP_CHANGES=3", "FLAP_WINDOW_S=600", NULL,
};

static void
look(double now, bool ok)
{
	bench_tick(&t, now);
	brain_dep(&t.brain, "git", ok, 1, "");
	brain_tick_end(&t.brain);
}

static struct alert *
git(void)
{
	return alerts_find(&t.brain.alerts, KIND_DEP, "git");
}

/* Each look is a change; the brain dies before each. */
static void
flap_until(double from, double until)
{
	bool ok = false;

	for (double now = from; now <= until; now += 30, ok = !ok) {
		look(now, ok);
		calm_restart(&t);
	}
}

static void
test_a_brain_that_dies_again_and_again_counts_on(void **state)
{
	(void)state;
	bench_open(&t, settings);
	flap_until(1000, 1060);
	calm_told(&t);
	look(1090, true);
	assert_string_equal(calm_told(&t),
	    "🌀 dep git: flapping, 4 changes in 1 min; silent until it is steady for 10 min");
	assert_int_equal(hush_reason(&t.brain, git(), 1090), HUSH_FLAPPING);
	calm_restart(&t);
	flap_until(1120, 1180);
	assert_string_equal(calm_told(&t), "");
	look(1779, false);
	calm_restart(&t);
	assert_string_equal(calm_told(&t), "");
	look(1780, false);
	assert_string_equal(calm_told(&t), "🔴 dep git: not answering, steady for 10 min");
	calm_restart(&t);
	look(1810, true);
	assert_string_equal(calm_told(&t), "🟢 dep git: recovered after 10 min, answers in 1 ms");
	bench_close(&t);
}

static void
test_it_ends_without_a_tick_too(void **state)
{
	(void)state;
	bench_open(&t, settings);
	flap_until(1000, 1090);
	calm_told(&t);
	look(1120, true);
	brain_clock(&t.brain, (struct moment){1690, BENCH_WALL + 1690});
	brain_turn(&t.brain);
	brain_flush(&t.brain);
	assert_string_equal(calm_told(&t), "🟢 dep git: recovered after 1 min, answers in 1 ms, steady for 10 min");
	bench_close(&t);
}

static void
test_switched_off_while_something_flaps_tells_how_it_is(void **state)
{
	char why[256];

	(void)state;
	bench_open(&t, settings);
	flap_until(1000, 1090);
	calm_told(&t);
	assert_int_equal(config_set(&t.config, "WATCHDOG_FLAP_CHANGES", "0", why, sizeof(why)), 0);
	calm_restart(&t);
	look(1120, false);
	assert_string_equal(calm_told(&t), "🔴 dep git: not answering");
	look(1150, true);
	assert_string_equal(calm_told(&t), "🟢 dep git: recovered after 30 s, answers in 1 ms");
	bench_close(&t);
}

static void
test_with_fewer_changes_configured_older_ones_are_dropped(void **state)
{
	char why[256];

	(void)state;
	bench_open(&t, SETTINGS("DEPS=git=tcp://g:1", "DEP_DOWN_TICKS=1", "CONTAINERS=", "FLAP_CHANGES=20"));
	flap_until(1000, 1000 + 18 * 30);
	assert_int_equal(git()->story->flaps->n, 19);
	assert_int_equal(config_set(&t.config, "WATCHDOG_FLAP_CHANGES", "1", why, sizeof(why)), 0);
	calm_told(&t);
	calm_restart(&t);
	look(1570, true);
	assert_int_equal(git()->story->flaps->n, 2);
	assert_non_null(strstr(calm_told(&t), "flapping, 2 changes"));
	bench_close(&t);
}

static void
many(double now, int from, int count, bool ok)
{
	char name[16];

	bench_tick(&t, now);
	for (int i = from; i < from + count; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		brain_dep(&t.brain, name, ok, 1, "");
	}
	brain_tick_end(&t.brain);
}

static void
test_of_too_many_signals_some_do_not_flap_and_room_comes_back(void **state)
{
	(void)state;
	bench_open(&t, SETTINGS("DEP_DOWN_TICKS=1", "CONTAINERS=", "FLAP_CHANGES=1", "FLAP_WINDOW_S=600"));
	many(1000, 0, FLAP_SIGNALS_MAX + 10, false);
	assert_int_equal(t.brain.alerts.with_flaps, FLAP_SIGNALS_MAX);
	many(1030, 0, FLAP_SIGNALS_MAX + 10, true);
	assert_true(alerts_find(&t.brain.alerts, KIND_DEP, "d0")->flapping);
	assert_false(alerts_find(&t.brain.alerts, KIND_DEP, "d1030")->flapping);
	many(1630, 0, FLAP_SIGNALS_MAX + 10, true);
	assert_int_equal(t.brain.alerts.with_flaps, 0);
	many(1660, FLAP_SIGNALS_MAX, 10, false);
	assert_int_equal(t.brain.alerts.with_flaps, 10);
	bench_close(&t);
}

static void
test_a_signal_that_is_forgotten_gives_its_room_back(void **state)
{
	(void)state;
	bench_open(&t, SETTINGS("DEP_DOWN_TICKS=1", "CONTAINERS="));
	many(1000, 0, 5, false);
	assert_int_equal(t.brain.alerts.with_flaps, 5);
	brain_prune(&t.brain);
	assert_int_equal(t.brain.alerts.with_flaps, 0);
	bench_close(&t);
}

static void
test_what_flapped_and_is_no_longer_watched_is_told_so(void **state)
{
	char why[256];

	(void)state;
	bench_open(&t, settings);
	flap_until(1000, 1090);
	calm_told(&t);
	assert_int_equal(config_set(&t.config, "WATCHDOG_DEPS", "", why, sizeof(why)), 0);
	calm_restart(&t);
	assert_non_null(strstr(calm_told(&t), "🟢 dep git: "));
	assert_null(git());
	bench_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_brain_that_dies_again_and_again_counts_on),
		cmocka_unit_test(test_it_ends_without_a_tick_too),
		cmocka_unit_test(test_switched_off_while_something_flaps_tells_how_it_is),
		cmocka_unit_test(test_with_fewer_changes_configured_older_ones_are_dropped),
		cmocka_unit_test(test_of_too_many_signals_some_do_not_flap_and_room_comes_back),
		cmocka_unit_test(test_a_signal_that_is_forgotten_gives_its_room_back),
		cmocka_unit_test(test_what_flapped_and_is_no_longer_watched_is_told_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
