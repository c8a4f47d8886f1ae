/*
 * Time stamps as RFC 3339 has them.
 */
#include "build_config.h"

#include <math.h>

#include "rfc3339.h"
#include "unit.h"

static void
time_stamps_become_seconds_since_the_epoch(void **state)
{
	static const struct {
		const char *text;
		double seconds;
	} rows[] = {
		{"1970-01-01T00:00:00Z", 0},
		{"1970-01-01t00:00:01z", 1},
		{"1985-04-12T23:20:50.52Z", 482196050.52},  /* the RFC's own examples, section 5.8 */
		{"1996-12-19T16:39:57-08:00", 851042397},
		{"1990-12-31T23:59:60Z", 662688000},
		{"1990-12-31T15:59:60-08:00", 662688000},
		{"1937-01-01T12:00:27.87+00:20", -1041337172.13},
		{"2024-02-29 12:00:00+00:00", 1709208000},
		{"2026-01-31T23:59:59.123456789Z", 1769903999.123456789},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		if (!(fabs(rfc3339_parse(rows[i].text) - rows[i].seconds) < 1e-6))
			fail_msg("%s: %f", rows[i].text, rfc3339_parse(rows[i].text));
}

static void
anything_else_is_no_number(void **state)
{
	static const char *const rows[] = {
		"", "2026", "2026-01-31", "2026-01-31T23:59:59", "2026-01-31T23:59Z", "2026-1-31T23:59:59Z",
		"2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-04-31T00:00:00Z", "2025-02-29T00:00:00Z",
		"2026-01-00T00:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T23:60:00Z", "2026-01-31T23:59:61Z",
		"2026-01-31T23:59:59.Z", "2026-01-31T23:59:59,5Z", "2026-01-31T23:59:59+2:00",
		"2026-01-31T23:59:59+0200",
		"2026-01-31T23:59:59+24:00", "2026-01-31T23:59:59Zx", " 2026-01-31T23:59:59Z", "2026-01-31T23:59:59Z ",
		"0000-01-01T00:00:00Z", "+2026-01-31T23:59:59Z", "2026/01/31T23:59:59Z", "2026-01-31T-1:59:59Z",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		if (!isnan(rfc3339_parse(rows[i])))
			fail_msg("%s was taken", rows[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_stamps_become_seconds_since_the_epoch),
		cmocka_unit_test(anything_else_is_no_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
