/*
 * Windows against the local clock, on the days when it is put forward and
 * back above all.
 */
#include "build_config.h"

#include <time.h>

#include "calm_unit.h"
#include "hush.h"
#include "maintenance.h"

#define BERLIN "CET-1CEST,M3.5.0,M10.5.0/3"
#define LORD_HOWE "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0" /* half an hour forward */
#define HAVANA "CST5CDT,M3.2.0/0,M11.1.0/1"             /* midnight itself is left out */

static struct config config;
static struct bench t;

static void
zone(const char *tz)
{
	setenv("TZ", tz, 1);
	tzset();
}

/* Minutes of local time, as "03:00", in which the windows are open on the UTC day that begins at noon before. */
static const char *
open_at(const char *windows, int year, int month, int day)
{
	static char said[1024];
	struct tm noon = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day - 1, .tm_hour = 12};
	time_t from = timegm(&noon);
	bool was = false, is;
	size_t n = 0;
	char why[256];

	config_init(&config);
	if (config_set(&config, "WATCHDOG_MAINTENANCE", windows, why, sizeof(why)) == -1)
		fail_msg("%s: %s", windows, why);
	said[0] = '\0';
	for (time_t at = from; at < from + 86400; at += 60, was = is) {
		struct tm tm;

		is = maintenance_open(&config.maintenance, (double)at);
		localtime_r(&at, &tm);
		if (is != was)
			n += strftime(said + n, sizeof(said) - n, is ? " %a %H:%M %z" : " to %H:%M %z", &tm);
	}
	config_free(&config);
	return said;
}

static void
test_days_ranges_and_names(void **state)
{
	(void)state;
	zone("UTC0");
	/* 2026-03-04 is a Wednesday. */
	assert_string_equal(open_at("Wed 03:00-04:00", 2026, 3, 4), " Wed 03:00 +0000 to 04:00 +0000");
	assert_string_equal(open_at("wednesday 03:00-04:00", 2026, 3, 4), " Wed 03:00 +0000 to 04:00 +0000");
	assert_string_equal(open_at("Thu 03:00-04:00", 2026, 3, 4), "");
	assert_string_equal(open_at("Mon-Fri 03:00-04:00", 2026, 3, 4), " Wed 03:00 +0000 to 04:00 +0000");
	assert_string_equal(open_at("Fri-Tue 03:00-04:00", 2026, 3, 4), "");
	assert_string_equal(open_at("Fri-Wed 03:00-04:00", 2026, 3, 4), " Wed 03:00 +0000 to 04:00 +0000");
	assert_string_equal(open_at("Sun 03:00-04:00, daily 02:00-02:15", 2026, 3, 8),
	    " Sun 02:00 +0000 to 02:15 +0000 Sun 03:00 +0000 to 04:00 +0000");
}

static void
test_over_midnight_it_belongs_to_the_day_it_begins_on(void **state)
{
	(void)state;
	zone("UTC0");
	assert_string_equal(open_at("Tue 23:50-00:10", 2026, 3, 4), " Tue 23:50 +0000 to 00:10 +0000");
	assert_string_equal(open_at("Wed 23:50-00:10", 2026, 3, 4), "");
	assert_string_equal(open_at("Sat 23:00-01:00", 2026, 3, 8), " Sat 23:00 +0000 to 01:00 +0000");
	assert_string_equal(open_at("Tue 23:00-24:00", 2026, 3, 4), " Tue 23:00 +0000 to 00:00 +0000");
	assert_string_equal(open_at("Tue 23:00-00:00", 2026, 3, 4), " Tue 23:00 +0000 to 00:00 +0000");
	assert_string_equal(open_at("Wed 00:00-00:05", 2026, 3, 4), " Wed 00:00 +0000 to 00:05 +0000");
}

static void
test_the_day_that_lacks_an_hour(void **state)
{
	(void)state;
	zone(BERLIN);
	assert_string_equal(open_at("Sun 01:00-01:30", 2026, 3, 29), " Sun 01:00 +0100 to 01:30 +0100");
	/* 02:00 to 03:00 is left out: such a window comes right after it, as long as ever. */
	assert_string_equal(open_at("daily 02:00-02:15", 2026, 3, 29), " Sun 03:00 +0200 to 03:15 +0200");
	assert_string_equal(open_at("daily 02:30-02:45", 2026, 3, 29), " Sun 03:30 +0200 to 03:45 +0200");
	assert_string_equal(open_at("Sun 01:30-02:30", 2026, 3, 29), " Sun 01:30 +0100 to 03:30 +0200");
	assert_string_equal(open_at("Sun 03:00-04:00", 2026, 3, 29), " Sun 03:00 +0200 to 04:00 +0200");
	assert_string_equal(open_at("Sun 03:30-04:00", 2026, 3, 29), " Sun 03:30 +0200 to 04:00 +0200");
	/* No other day is touched. */
	assert_string_equal(open_at("daily 02:00-02:15", 2026, 3, 28), " Sat 02:00 +0100 to 02:15 +0100");
	assert_string_equal(open_at("daily 02:00-02:15", 2026, 3, 30), " Mon 02:00 +0200 to 02:15 +0200");
}

static void
test_the_day_that_has_an_hour_twice(void **state)
{
	(void)state;
	zone(BERLIN);
	assert_string_equal(open_at("Sun 02:00-03:00", 2026, 10, 25), " Sun 02:00 +0200 to 03:00 +0100");
	assert_string_equal(open_at("daily 02:00-02:15", 2026, 10, 25),
	    " Sun 02:00 +0200 to 02:15 +0200 Sun 02:00 +0100 to 02:15 +0100");
	assert_string_equal(open_at("Sun 03:00-04:00", 2026, 10, 25), " Sun 03:00 +0100 to 04:00 +0100");
	assert_string_equal(open_at("Sat 23:00-04:00", 2026, 10, 25), " Sat 23:00 +0200 to 04:00 +0100");
}

static void
test_other_gaps(void **state)
{
	(void)state;
	zone(LORD_HOWE);
	assert_string_equal(open_at("daily 02:10-02:20", 2026, 10, 4), " Sun 02:40 +1100 to 02:50 +1100");
	zone(HAVANA);
	assert_string_equal(open_at("Sun 00:10-00:20", 2026, 3, 8), " Sun 01:10 -0400 to 01:20 -0400");
	assert_string_equal(open_at("Sat 23:50-00:10", 2026, 3, 8), " Sat 23:50 -0500 to 01:10 -0400");
}

static void
test_a_time_that_no_calendar_has_is_no_window(void **state)
{
	char why[256];

	(void)state;
	config_init(&config);
	assert_int_equal(config_set(&config, "WATCHDOG_MAINTENANCE", "daily 00:00-24:00", why, sizeof(why)), 0);
	assert_true(maintenance_open(&config.maintenance, 0));
	assert_false(maintenance_open(&config.maintenance, NAN));
	assert_false(maintenance_open(&config.maintenance, INFINITY));
	assert_false(maintenance_open(&config.maintenance, -1e300));
	config_free(&config);
}

/* BENCH_WALL is 22:13:20 UTC on a Tuesday; the window begins 400 s later. */
static const char *const settings[] = {"MAINTENANCE=Tue 22:20-22:30", "MEM_TICKS=1", "DEP_DOWN_TICKS=1",
	"DEPS=git=tcp://git:22", NULL};

static void
look(double now, double mem, bool dep)
{
	bench_tick(&t, now);
	brain_mem(&t.brain, mem, "");
	brain_dep(&t.brain, "git", dep, 1, dep ? "well" : "refused");
	brain_tick_end(&t.brain);
}

static void
test_a_window_keeps_everything_back_and_a_killed_brain_changes_nothing(void **state)
{
	(void)state;
	zone("UTC0");
	bench_open(&t, settings);
	look(300, 95, true);
	assert_string_equal(calm_told(&t), "🔴 memory: 95 % used, mark 90 %");
	look(500, 95, false);
	assert_int_equal(hush_reason(&t.brain, alerts_find(&t.brain.alerts, KIND_DEP, "git"), 500), HUSH_MAINTENANCE);
	calm_restart(&t);
	look(600, 10, false);
	calm_restart(&t);
	assert_string_equal(bench_said(&t), "alert mem; alert dep:git; recovery mem");
	assert_string_equal(calm_told(&t), "");
	look(1000, 10, false);
	assert_string_equal(calm_told(&t), "🔴 dep git: not answering: refused; 🟢 memory: recovered after 5 min, 10 % used");
	look(1030, 10, true);
	assert_string_equal(calm_told(&t), "🟢 dep git: recovered after 8 min, answers: well");
	bench_close(&t);
}

static void
test_the_end_of_a_window_needs_no_tick(void **state)
{
	(void)state;
	bench_open(&t, settings);
	look(500, 95, true);
	brain_clock(&t.brain, (struct moment){1000, BENCH_WALL + 1000});
	brain_turn(&t.brain);
	brain_flush(&t.brain);
	assert_string_equal(calm_told(&t), "🔴 memory: 95 % used, mark 90 %");
	bench_close(&t);
}

static void
test_a_start_in_a_window_tells_its_summary_after_it(void **state)
{
	(void)state;
	bench_open(&t, settings);
	brain_start_anew(&t.brain);
	look(500, 95, true);
	look(530, 95, true);
	look(800, 95, true);
	assert_string_equal(calm_told(&t), "");
	look(1000, 95, true);
	assert_string_equal(calm_told(&t), "👁 watchdog started: 1 problem; 1 fine; 🔴 memory: 95 % used, mark 90 % ███··████ steady for 7 min");
	bench_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_days_ranges_and_names),
		cmocka_unit_test(test_over_midnight_it_belongs_to_the_day_it_begins_on),
		cmocka_unit_test(test_the_day_that_lacks_an_hour),
		cmocka_unit_test(test_the_day_that_has_an_hour_twice),
		cmocka_unit_test(test_other_gaps),
		cmocka_unit_test(test_a_time_that_no_calendar_has_is_no_window),
		cmocka_unit_test(test_a_window_keeps_everything_back_and_a_killed_brain_changes_nothing),
		cmocka_unit_test(test_the_end_of_a_window_needs_no_tick),
		cmocka_unit_test(test_a_start_in_a_window_tells_its_summary_after_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
