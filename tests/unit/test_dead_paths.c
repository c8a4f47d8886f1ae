/*
 * Which paths are left out, and when they are asked again.
 */
#include "build_config.h"

#include "dead_paths.h"
#include "unit.h"

static int
three_paths(void **state)
{
	static struct dead_paths d;

	d = (struct dead_paths){0};
	assert_int_equal(dead_paths_reset(&d, 3), 0);
	*state = &d;
	return 0;
}

static int
done(void **state)
{
	dead_paths_free(*state);
	return 0;
}

static void
only_what_hung_is_left_out(void **state)
{
	struct dead_paths *d = *state;

	dead_paths_leave_out(d, 1, 100);
	assert_false(dead_paths_is_left_out(d, 0));
	assert_true(dead_paths_is_left_out(d, 1));
	assert_false(dead_paths_is_left_out(d, 2));
}

static void
an_index_that_is_not_in_the_list_is_ignored(void **state)
{
	struct dead_paths *d = *state;

	dead_paths_leave_out(d, 3, 100);
	dead_paths_leave_out(d, SIZE_MAX, 100);
	assert_false(dead_paths_is_left_out(d, 3));
	assert_true(dead_paths_abandon(d, 10, 77));
	assert_true(dead_paths_reaped(d, 10));
	assert_false(d->changed);
}

static void
asked_again_as_soon_as_the_kernel_lets_go(void **state)
{
	struct dead_paths *d = *state;

	dead_paths_leave_out(d, 1, 100);
	assert_true(dead_paths_abandon(d, 10, 1));
	dead_paths_retry(d, 100 + 10 * DEAD_PATH_RETRY_S);
	assert_true(dead_paths_is_left_out(d, 1));
	assert_false(d->changed);
	assert_false(dead_paths_reaped(d, 11));
	assert_true(dead_paths_reaped(d, 10));
	assert_false(dead_paths_is_left_out(d, 1));
	assert_true(d->changed);
	assert_int_equal(d->nabandoned, 0);
}

static void
one_whose_prober_died_is_asked_again_in_a_while(void **state)
{
	struct dead_paths *d = *state;

	dead_paths_leave_out(d, 2, 100);
	dead_paths_retry(d, 99 + DEAD_PATH_RETRY_S);
	assert_true(dead_paths_is_left_out(d, 2));
	dead_paths_retry(d, 100 + DEAD_PATH_RETRY_S);
	assert_false(dead_paths_is_left_out(d, 2));
	assert_true(d->changed);
}

static void
no_more_than_four_are_left_behind(void **state)
{
	struct dead_paths *d = *state;

	for (pid_t i = 0; i < ABANDONED_MAX; i++)
		assert_true(dead_paths_abandon(d, 100 + i, 0));
	assert_false(dead_paths_abandon(d, 200, 1));
	assert_true(dead_paths_reaped(d, 101));
	assert_true(dead_paths_abandon(d, 200, 1));
	assert_true(dead_paths_reaped(d, 200));
	assert_true(dead_paths_reaped(d, 103));
}

static void
a_new_list_begins_anew(void **state)
{
	struct dead_paths *d = *state;

	dead_paths_leave_out(d, 1, 100);
	assert_true(dead_paths_abandon(d, 10, 1));
	assert_int_equal(dead_paths_reset(d, 2), 0);
	assert_false(dead_paths_is_left_out(d, 1));
	dead_paths_leave_out(d, 1, 200);
	assert_true(dead_paths_reaped(d, 10));
	assert_true(dead_paths_is_left_out(d, 1)); /* it hung in a path of another list */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(only_what_hung_is_left_out, three_paths, done),
		cmocka_unit_test_setup_teardown(an_index_that_is_not_in_the_list_is_ignored, three_paths, done),
		cmocka_unit_test_setup_teardown(asked_again_as_soon_as_the_kernel_lets_go, three_paths, done),
		cmocka_unit_test_setup_teardown(one_whose_prober_died_is_asked_again_in_a_while, three_paths, done),
		cmocka_unit_test_setup_teardown(no_more_than_four_are_left_behind, three_paths, done),
		cmocka_unit_test_setup_teardown(a_new_list_begins_anew, three_paths, done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
