/*
 * Time stamps.
 */
#include "build_config.h"

#include <math.h>

#include "rfc3339.h"
#include "unit.h"

static void
good_time_stamps_are_read(void **state)
{
	static const struct {
		const char *text;
		double seconds;
	} rows[] = {
		{"1970-01-01T00:00:00Z", 0}, {"2026-05-28T20:26:40Z", 1780000000}, {"2026-05-28T20:26:40.25Z", 1780000000.25},
		{"2026-05-28t22:26:40+02:00", 1780000000}, {"2026-05-28 14:56:40-05:30", 1780000000}, {"2024-02-29T00:00:00z", 1709164800},
		{"2016-12-31T23:59:60Z", 1483228800}, {"2026-05-28T20:26:40.000000000Z", 1780000000},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		if (fabs(rfc3339_parse(rows[i].text) - rows[i].seconds) > 1e-6)
			fail_msg("%s is %f", rows[i].text, rfc3339_parse(rows[i].text));
}

static void
bad_time_stamps_are_not(void **state)
{
	static const char *const bad[] = {
		"", "2026", "2026-05-28", "2026-05-28T20:26:40", "2026-05-28T20:26Z", "2026-5-28T20:26:40Z", "2026-13-01T00:00:00Z",
		"2026-00-01T00:00:00Z", "2026-04-31T00:00:00Z", "2025-02-29T00:00:00Z", "2026-05-28T24:00:00Z", "2026-05-28T20:60:00Z",
		"2026-05-28T20:26:61Z", "2026-05-28T20:26:40.Z", "2026-05-28T20:26:40+2:00", "2026-05-28T20:26:40+0200", "2026-05-28T20:26:40Zx",
		" 2026-05-28T20:26:40Z", "2026-05-28T20:26:40+24:00", "-026-05-28T20:26:40Z", "0000-01-01T00:00:00Z",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++)
		if (!isnan(rfc3339_parse(bad[i])))
			fail_msg("taken: %s", bad[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_time_stamps_are_read),
		cmocka_unit_test(bad_time_stamps_are_not),
	};

	return cmocka_run_group_tests_name("rfc3339", tests, NULL, NULL);
}
