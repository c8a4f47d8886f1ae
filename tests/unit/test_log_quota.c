/*
 * How much a child may write into the log.
 */
#include "build_config.h"

#include "log_quota.h"
#include "unit.h"

#define LINE 2047 /* the longest that a child may send */

/* Bytes that go through of a flood, a line each 10 ms, for so many seconds. */
static size_t
flood(struct log_quota *q, double from, double seconds, unsigned *told)
{
	size_t bytes = 0;

	for (double now = from; now < from + seconds; now += 0.01)
		for (int i = 0; i < 100; i++) {
			bool first;

			if (log_quota_take(q, LINE, now, &first))
				bytes += LINE;
			else
				*told += first;
		}
	return bytes;
}

static void
a_flood_is_cut_to_its_rate_and_said_once(void **state)
{
	struct log_quota q = {0};
	unsigned told = 0;
	size_t hour = flood(&q, 5, 3600, &told);

	(void)state;
	assert_int_equal(told, 1);
	assert_in_range(hour, LOG_QUOTA_BURST, LOG_QUOTA_BURST + 3600 * LOG_QUOTA_RATE + LINE);
	/* Quiet for a while: it may speak, and the next flood is said again. */
	flood(&q, 5 + 3600 + LOG_QUOTA_BURST / LOG_QUOTA_RATE, 60, &told);
	assert_int_equal(told, 2);
}

static void
everything_that_fails_at_once_has_room(void **state)
{
	struct log_quota q = {0};
	bool first;

	(void)state;
	for (int i = 0; i < 20480; i++)
		assert_true(log_quota_take(&q, 400, 7, &first));
}

static void
a_clock_that_stands_still_or_goes_back_gives_nothing(void **state)
{
	struct log_quota q = {0};
	unsigned told = 0;
	bool first;

	(void)state;
	flood(&q, 100, 60, &told);
	assert_true(q.used + LINE + LOG_QUOTA_RATE / 100 > LOG_QUOTA_BURST);
	for (int i = 0; i < 200; i++)
		log_quota_take(&q, LINE, 99 - i, &first);
	assert_true(q.used <= LOG_QUOTA_BURST);
	assert_false(log_quota_take(&q, LOG_QUOTA_BURST, 0, &first));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flood_is_cut_to_its_rate_and_said_once),
		cmocka_unit_test(everything_that_fails_at_once_has_room),
		cmocka_unit_test(a_clock_that_stands_still_or_goes_back_gives_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
