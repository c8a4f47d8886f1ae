/*
 * Texts: durations, plurals, percentages, times, and that no text is missing
 * in any language.
 */
#include "build_config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "message_text.h"
#include "unit.h"
#include "utf8.h"

static const char *
duration(enum language lang, double seconds)
{
	static char buf[TEXT_SHORT];

	text_duration(buf, sizeof(buf), lang, seconds);
	return buf;
}

static const char *
percent(enum language lang, double value)
{
	static char buf[TEXT_SHORT];

	text_percent(buf, sizeof(buf), lang, value);
	return buf;
}

static const char *
jobs(enum language lang, uint64_t n)
{
	static char buf[TEXT_SHORT * 2];

	text_counted(buf, sizeof(buf), lang, PLURAL_JOBS, n);
	return buf;
}

static void
test_a_duration_has_two_units_at_the_most(void **state)
{
	(void)state;
	assert_string_equal(duration(LANGUAGE_EN, 0.2), "0 s");
	assert_string_equal(duration(LANGUAGE_EN, 59.4), "59 s");
	assert_string_equal(duration(LANGUAGE_EN, 59.6), "1 min");
	assert_string_equal(duration(LANGUAGE_EN, 3599.97), "1 h 0 min");
	assert_string_equal(duration(LANGUAGE_EN, 4320), "1 h 12 min");
	assert_string_equal(duration(LANGUAGE_EN, 86400 + 7200), "1 d 2 h");
	assert_string_equal(duration(LANGUAGE_RU, 4320), "1 ч 12 мин");
}

static void
test_a_duration_that_makes_no_sense_is_none(void **state)
{
	(void)state;
	assert_string_equal(duration(LANGUAGE_EN, -5), "0 s");
	assert_string_equal(duration(LANGUAGE_EN, NAN), "0 s");
}

static void
test_a_percentage_shows_tenths_only_where_there_are_some(void **state)
{
	(void)state;
	assert_string_equal(percent(LANGUAGE_EN, 97), "97 %");
	assert_string_equal(percent(LANGUAGE_EN, 96.96), "97 %");
	assert_string_equal(percent(LANGUAGE_EN, 41.25), "41.3 %");
	assert_string_equal(percent(LANGUAGE_RU, 41.2), "41,2 %");
}

static void
test_plurals_are_right_in_each_language(void **state)
{
	(void)state;
	assert_string_equal(jobs(LANGUAGE_EN, 1), "1 more job failed");
	assert_string_equal(jobs(LANGUAGE_EN, 2), "2 more jobs failed");
	assert_string_equal(jobs(LANGUAGE_RU, 1), "1 новая упавшая задача");
	assert_string_equal(jobs(LANGUAGE_RU, 3), "3 новые упавшие задачи");
	assert_string_equal(jobs(LANGUAGE_RU, 11), "11 новых упавших задач");
	assert_string_equal(jobs(LANGUAGE_RU, 12), "12 новых упавших задач");
	assert_string_equal(jobs(LANGUAGE_RU, 21), "21 новая упавшая задача");
	assert_string_equal(jobs(LANGUAGE_RU, 114), "114 новых упавших задач");
}

static const char *
edge(enum language lang, enum signal_kind kind, uint64_t amount, uint64_t total)
{
	static char buf[256];
	struct strbuf out = STRBUF_IN(buf);

	buf[0] = '\0';
	text_edge(&out, lang, kind, amount, total);
	return buf;
}

static void
test_jobs_of_which_none_is_new_are_not_counted_as_new(void **state)
{
	(void)state;
	assert_string_equal(edge(LANGUAGE_EN, KIND_JOB_FAILED, 1, 5), "1 more job failed, 5 in all");
	assert_string_equal(edge(LANGUAGE_EN, KIND_JOB_FAILED, 0, 5), "no more failed jobs, 5 in all");
	assert_string_equal(edge(LANGUAGE_RU, KIND_JOB_FAILED, 2, 5), "2 новые упавшие задачи, всего 5");
	assert_string_equal(edge(LANGUAGE_RU, KIND_JOB_FAILED, 0, 5), "новых упавших задач нет, всего 5");
}

static void
test_a_time_of_today_has_no_date(void **state)
{
	char buf[TEXT_SHORT];

	(void)state;
	text_time(buf, sizeof(buf), 1700000000, 1700000900);
	assert_string_equal(buf, "22:13:20");
	text_minute(buf, sizeof(buf), 1700000000, 1700000900);
	assert_string_equal(buf, "22:13");
}

static void
test_a_time_of_another_day_has_its_date(void **state)
{
	char buf[TEXT_SHORT];

	(void)state;
	text_time(buf, sizeof(buf), 1700000000, 1700000000 + 86400);
	assert_string_equal(buf, "2023-11-14 22:13:20");
}

static void
test_a_time_that_no_calendar_has_is_a_question_mark(void **state)
{
	char buf[TEXT_SHORT];

	(void)state;
	text_time(buf, sizeof(buf), NAN, 1700000000);
	assert_string_equal(buf, "?");
	text_time(buf, sizeof(buf), 1e300, 1700000000);
	assert_string_equal(buf, "?");
}

static void
test_every_text_is_there_in_every_language(void **state)
{
	(void)state;
	for (int lang = LANGUAGE_EN; lang <= LANGUAGE_RU; lang++) {
		for (int id = 0; id < TEXT_COUNT; id++) {
			char buf[512];
			struct strbuf b = STRBUF_IN(buf);

			text_say(&b, (enum language)lang, (enum text_id)id, "a", "b", "c", "d", NULL);
			assert_true(b.len > 0);
			assert_true(utf8_valid(buf, b.len));
			assert_null(strchr(buf, '{'));
			assert_null(strchr(buf, '?'));
		}
	}
}

static void
test_an_argument_is_taken_as_it_is(void **state)
{
	char buf[64];
	struct strbuf b = STRBUF_IN(buf);

	(void)state;
	text_say(&b, LANGUAGE_EN, TEXT_ALERT, "{2} %s", "{1}", NULL);
	assert_string_equal(buf, "{2} %s: {1}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_duration_has_two_units_at_the_most),
		cmocka_unit_test(test_a_duration_that_makes_no_sense_is_none),
		cmocka_unit_test(test_a_percentage_shows_tenths_only_where_there_are_some),
		cmocka_unit_test(test_plurals_are_right_in_each_language),
		cmocka_unit_test(test_jobs_of_which_none_is_new_are_not_counted_as_new),
		cmocka_unit_test(test_a_time_of_today_has_no_date),
		cmocka_unit_test(test_a_time_of_another_day_has_its_date),
		cmocka_unit_test(test_a_time_that_no_calendar_has_is_a_question_mark),
		cmocka_unit_test(test_every_text_is_there_in_every_language),
		cmocka_unit_test(test_an_argument_is_taken_as_it_is),
	};

	setenv("TZ", "UTC0", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
