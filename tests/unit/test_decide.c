/*
 * The decision, row by row.
 */
#include "build_config.h"

#include <math.h>

#include "decide.h"
#include "unit.h"

static void
test_trouble_is_told_once_it_begins(void **state)
{
	struct alert_state s = {0};

	(void)state;
	assert_int_equal(decide(true, &s, 100, 60), ACTION_ALERT);
	assert_true(s.alerting);
	assert_true(s.last_alert == 100);
}

static void
test_within_the_cooldown_nothing_is_told_and_nothing_changes(void **state)
{
	struct alert_state s = {.alerting = true, .last_alert = 100};

	(void)state;
	assert_int_equal(decide(true, &s, 159.9, 60), ACTION_NONE);
	assert_true(s.alerting && s.last_alert == 100);
}

static void
test_at_the_cooldown_it_is_told_again(void **state)
{
	struct alert_state s = {.alerting = true, .last_alert = 100};

	(void)state;
	assert_int_equal(decide(true, &s, 160, 60), ACTION_REALERT);
	assert_true(s.last_alert == 160);
}

static void
test_a_cooldown_without_end_never_tells_again(void **state)
{
	struct alert_state s = {.alerting = true, .last_alert = 0};

	(void)state;
	assert_int_equal(decide(true, &s, 1e12, INFINITY), ACTION_NONE);
}

static void
test_the_end_of_trouble_is_told_once(void **state)
{
	struct alert_state s = {.alerting = true, .last_alert = 100};

	(void)state;
	assert_int_equal(decide(false, &s, 101, 60), ACTION_RECOVERY);
	assert_false(s.alerting);
	assert_int_equal(decide(false, &s, 102, 60), ACTION_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trouble_is_told_once_it_begins),
		cmocka_unit_test(test_within_the_cooldown_nothing_is_told_and_nothing_changes),
		cmocka_unit_test(test_at_the_cooldown_it_is_told_again),
		cmocka_unit_test(test_a_cooldown_without_end_never_tells_again),
		cmocka_unit_test(test_the_end_of_trouble_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
