/*
 * The clocks and the way from seconds to a timer.
 */
#include "build_config.h"

#include <math.h>
#include <time.h>

#include "clock.h"
#include "unit.h"

static double
clock_of(clockid_t id)
{
	struct timespec ts;

	assert_int_equal(clock_gettime(id, &ts), 0);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void
each_clock_is_the_kernels_of_its_name(void **state)
{
	double before;

	(void)state;
	before = clock_of(CLOCK_BOOTTIME);
	assert_true(clock_boot() >= before && clock_boot() <= clock_of(CLOCK_BOOTTIME));
	before = clock_of(CLOCK_MONOTONIC);
	assert_true(clock_awake() >= before && clock_awake() <= clock_of(CLOCK_MONOTONIC));
	before = clock_of(CLOCK_REALTIME);
	assert_true(fabs(clock_wall() - before) < 60);
}

static void
the_boot_clock_never_goes_back(void **state)
{
	double last = clock_boot();

	(void)state;
	for (int i = 0; i < 1000; i++) {
		double now = clock_boot();

		assert_true(now >= last);
		last = now;
	}
}

static void
seconds_become_a_timeval(void **state)
{
	struct timeval tv = clock_timeval(2.5);

	(void)state;
	assert_int_equal(tv.tv_sec, 2);
	assert_int_equal(tv.tv_usec, 500000);
	tv = clock_timeval(0.9999999);
	assert_int_equal(tv.tv_sec, 0);
	assert_in_range(tv.tv_usec, 999998, 999999);
}

static void
what_is_no_time_to_wait_becomes_none(void **state)
{
	static const double rows[] = {0, -1, -INFINITY, NAN};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct timeval tv = clock_timeval(rows[i]);

		assert_int_equal(tv.tv_sec, 0);
		assert_int_equal(tv.tv_usec, 0);
	}
}

/* never, as a cooldown is, must not become a moment in the past. */
static void
more_seconds_than_fit_become_a_very_long_wait(void **state)
{
	static const double rows[] = {1e12, 1e300, INFINITY};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct timeval tv = clock_timeval(rows[i]);

		assert_true(tv.tv_sec > 10L * 366 * 86400);
		assert_in_range(tv.tv_usec, 0, 999999);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_clock_is_the_kernels_of_its_name),
		cmocka_unit_test(the_boot_clock_never_goes_back),
		cmocka_unit_test(seconds_become_a_timeval),
		cmocka_unit_test(what_is_no_time_to_wait_becomes_none),
		cmocka_unit_test(more_seconds_than_fit_become_a_very_long_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
