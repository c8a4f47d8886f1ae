/*
 * UTF-8: what is valid, and what becomes of the rest.
 */
#include "build_config.h"

#include <string.h>

#include "unit.h"
#include "utf8.h"

static void
the_ends_of_every_range_are_valid(void **state)
{
	static const char *const good[] = {"", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
	    "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "🔴 диск"};

	(void)state;
	for (size_t i = 0; i < LENGTH(good); i++)
		assert_true(utf8_valid(good[i], strlen(good[i])));
}

static void
overlong_forms_surrogates_and_torn_sequences_are_not(void **state)
{
	static const char *const bad[] = {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf",
	    "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc2", "\xe2\x82", "\xf0\x9f\x94", "\xe2\x28\xa1", "a\xc3"};

	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++)
		assert_false(utf8_valid(bad[i], strlen(bad[i])));
}

static void
code_points_are_counted(void **state)
{
	(void)state;
	assert_int_equal(utf8_count("a🔴ж"), 3);
	assert_int_equal(utf8_count(""), 0);
}

static void
expect_clean(const char *from, bool newlines, const char *to)
{
	char text[64];

	assert_int_equal(utf8_clean(text, sizeof(text), from, strlen(from), newlines), strlen(to));
	assert_string_equal(text, to);
}

static void
what_a_terminal_or_a_reader_could_trip_over_is_replaced(void **state)
{
	(void)state;
	expect_clean("a\x1b[31m\r\n\tb\x7f", false, "a [31m   b ");
	expect_clean("a\nb", true, "a\nb");
	expect_clean("a\xff\xc3" "b", false, "a??b");
	expect_clean("a\xe2\x80\xae" "b\xe2\x81\xa6" "c", false, "a?b?c");
	expect_clean("a\xc2\x9b" "b\xc2\xa0", false, "a b\xc2\xa0");
}

static void
what_does_not_fit_is_cut_between_code_points(void **state)
{
	char text[6];

	(void)state;
	assert_int_equal(utf8_clean(text, sizeof(text), "ab🔴", 6, false), 2);
	assert_string_equal(text, "ab");
	assert_int_equal(utf8_clean(text, 1, "ab", 2, false), 0);
	assert_string_equal(text, "");
}

static void
whatever_comes_in_what_comes_out_is_valid(void **state)
{
	unsigned seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char raw[24], text[48];
		size_t n;

		for (size_t i = 0; i < sizeof(raw); i++)
			raw[i] = (char)((seed = seed * 1103515245 + 12345) >> 16);
		n = utf8_clean(text, sizeof(text), raw, sizeof(raw), false);
		assert_int_equal(n, strlen(text));
		assert_true(utf8_valid(text, n));
		for (size_t i = 0; i < n; i++)
			assert_true((unsigned char)text[i] >= 0x20);
	}
}

static void
a_text_is_cleaned_where_it_stands(void **state)
{
	char text[] = "a\xff\xe2\x80\xae\xd1\x8f\x1b\xc2\x9b.";

	(void)state;
	assert_int_equal(utf8_clean(text, sizeof(text), text, strlen(text), false), 8);
	assert_string_equal(text, "a??\xd1\x8f  .");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_ends_of_every_range_are_valid),
		cmocka_unit_test(overlong_forms_surrogates_and_torn_sequences_are_not),
		cmocka_unit_test(code_points_are_counted),
		cmocka_unit_test(what_a_terminal_or_a_reader_could_trip_over_is_replaced),
		cmocka_unit_test(what_does_not_fit_is_cut_between_code_points),
		cmocka_unit_test(a_text_is_cleaned_where_it_stands),
		cmocka_unit_test(whatever_comes_in_what_comes_out_is_valid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
