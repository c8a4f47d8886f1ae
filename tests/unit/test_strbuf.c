/*
 * Strings that grow, and strings that are cut.
 */
#include "build_config.h"

#include <stdlib.h>
#include <string.h>

#include "strbuf.h"
#include "unit.h"

static void
test_a_growing_string_holds_all_that_was_added(void **state)
{
	struct strbuf b = {0};
	char *s;

	(void)state;
	for (int i = 0; i < 1000; i++)
		strbuf_puts(&b, "0123456789");
	strbuf_printf(&b, "%d", 7);
	assert_int_equal(b.len, 10001);
	s = strbuf_take(&b);
	assert_non_null(s);
	assert_int_equal(strlen(s), 10001);
	assert_int_equal(s[10000], '7');
	free(s);
}

static void
test_a_string_without_end_fails_and_keeps_failing(void **state)
{
	struct strbuf b = {0};

	(void)state;
	for (size_t i = 0; i <= STRBUF_MAX / 16; i++)
		strbuf_puts(&b, "0123456789abcdef");
	assert_true(b.failed);
	strbuf_puts(&b, "x");
	assert_true(b.failed);
	assert_null(strbuf_take(&b));
}

static void
test_nothing_added_is_an_empty_string(void **state)
{
	struct strbuf b = {0};
	char *s = strbuf_take(&b);

	(void)state;
	assert_string_equal(s, "");
	free(s);
}

static void
test_a_fixed_string_is_cut_between_code_points(void **state)
{
	char buf[6];
	struct strbuf b = STRBUF_IN(buf);

	(void)state;
	strbuf_puts(&b, "aдддд");
	assert_string_equal(buf, "aдд");
	strbuf_puts(&b, "xyz");
	assert_string_equal(buf, "aдд");
	assert_false(b.failed);
}

/* A list of names may be longer than anyone thought. */
static void
test_what_is_formatted_is_whole_however_long(void **state)
{
	struct strbuf b = {0};
	char word[3000];

	(void)state;
	memset(word, 'w', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	strbuf_printf(&b, "%s-%d", word, 7);
	strbuf_printf(&b, "%s", "");
	assert_int_equal(b.len, sizeof(word) + 1);
	assert_int_equal(strncmp(b.s, word, sizeof(word) - 1), 0);
	assert_string_equal(b.s + sizeof(word) - 1, "-7");
	strbuf_free(&b);
}

static void
test_what_is_formatted_is_cut_between_code_points_too(void **state)
{
	static const struct {
		const char *text, *kept;
	} cases[] = {
		{"abcd", "abcd"}, {"abcde", "abcde"}, {"abcdef", "abcde"}, {"aдд", "aдд"}, {"ддд", "дд"}, {"abд", "abд"},
		{"abcdд", "abcd"}, {"🔴🔴", "🔴"}, {"ab🔴", "ab"}, {"", ""},
	};
	char buf[6];

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct strbuf b = STRBUF_IN(buf);

		strbuf_printf(&b, "%s", cases[i].text);
		assert_string_equal(buf, cases[i].kept);
		assert_int_equal(b.len, strlen(buf));
		assert_false(b.failed);
	}
}

static void
test_a_quotation_is_cut_between_code_points(void **state)
{
	struct strbuf b = {0};

	(void)state;
	strbuf_cut(&b, "дд", 3);
	strbuf_cut(&b, "дд", 4);
	assert_string_equal(b.s, "ддд");
	strbuf_free(&b);
}

static void
test_html_is_escaped(void **state)
{
	struct strbuf b = {0};

	(void)state;
	strbuf_html(&b, "<a&b>", 5);
	assert_string_equal(b.s, "&lt;a&amp;b&gt;");
	strbuf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_growing_string_holds_all_that_was_added),
		cmocka_unit_test(test_a_string_without_end_fails_and_keeps_failing),
		cmocka_unit_test(test_nothing_added_is_an_empty_string),
		cmocka_unit_test(test_a_fixed_string_is_cut_between_code_points),
		cmocka_unit_test(test_what_is_formatted_is_whole_however_long),
		cmocka_unit_test(test_what_is_formatted_is_cut_between_code_points_too),
		cmocka_unit_test(test_a_quotation_is_cut_between_code_points),
		cmocka_unit_test(test_html_is_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
