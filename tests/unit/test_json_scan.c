/*
 * JSON from outside: what is let pass, what is not, and how it is walked.
 */
#include "build_config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json_scan.h"
#include "unit.h"

static struct span
text(const char *s)
{
	return (struct span){s, strlen(s)};
}

static bool
check(const char *s)
{
	/* A copy without the NUL, so that a step past the end is seen by the sanitizer. */
	size_t len = strlen(s);
	char *copy = malloc(len + (len == 0));
	bool ok;

	memcpy(copy, s, len);
	ok = json_check((struct span){copy, len});
	free(copy);
	return ok;
}

static void
every_form_of_value_is_json(void **state)
{
	static const char *const good[] = {
		"{}", "[]", "0", "-1.5e+10", "\"\"", "true", "false", "null", " \t\r\n[ 1 , 2 ]\n", "{\"a\" : {\"b\":[{}]}}",
		"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"", "NaN", "[Infinity, -Infinity]", "\"\xff\"",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(good); i++)
		if (!check(good[i]))
			fail_msg("refused: %s", good[i]);
}

static void
what_is_not_json_is_refused(void **state)
{
	static const char *const bad[] = {
		"", " ", "{", "}", "[", "[1", "[1,", "[1,]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{1:2}", "[1 2]", "[}",
		"{]", "\"", "\"\\", "\"\\x\"", "\"\\u12g4\"", "\"\\u12", "\"a\nb\"", "01", "-", "1.", ".5", "1e", "+1", "tru", "nul",
		"[] []", "{} x", "'a'", "\"\\u", "nan", "<html>", "-Inf",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++)
		if (check(bad[i]))
			fail_msg("taken: %s", bad[i]);
}

static void
every_truncation_is_refused(void **state)
{
	static const char whole[] = "{\"a\": [1.5e3, \"x\\u00e9\\n\", {\"b\": null}], \"c\": -Infinity}";

	(void)state;
	assert_true(json_check((struct span){whole, sizeof(whole) - 1}));
	for (size_t n = 0; n < sizeof(whole) - 1; n++) {
		char *part = malloc(n + 1);

		memcpy(part, whole, n);
		part[n] = '}'; /* beyond the end: must not be looked at */
		assert_false(json_check((struct span){part, n}));
		free(part);
	}
}

static void
nesting_is_limited(void **state)
{
	char deep[2 * JSON_DEPTH_MAX + 3];

	(void)state;
	memset(deep, '[', JSON_DEPTH_MAX);
	memset(deep + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
	assert_true(json_check((struct span){deep, 2 * JSON_DEPTH_MAX}));
	memset(deep, '[', JSON_DEPTH_MAX + 1);
	memset(deep + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
	assert_false(json_check((struct span){deep, 2 * JSON_DEPTH_MAX + 2}));
}

static void
a_megabyte_of_brackets_is_refused_at_once(void **state)
{
	size_t len = 1 << 20;
	char *deep = malloc(len);

	(void)state;
	memset(deep, '[', len);
	assert_false(json_check((struct span){deep, len}));
	free(deep);
}

static void
a_member_is_found_by_its_name(void **state)
{
	struct span object = text("{\"a\": 1, \"ab\": {\"x\": [2]}, \"b\" : \"three\"}");

	(void)state;
	assert_true(json_number(json_member(object, "a")) == 1);
	assert_true(json_is_array(json_member(json_member(object, "ab"), "x")));
	assert_true(json_is_string(json_member(object, "b")));
	assert_null(json_member(object, "x").p);
	assert_null(json_member(text("[1]"), "a").p);
	assert_null(json_member((struct span){0}, "a").p);
}

static void
a_member_that_is_there_twice_is_none(void **state)
{
	(void)state;
	assert_null(json_member(text("{\"a\": 1, \"b\": 2, \"a\": 3}"), "a").p);
	assert_null(json_member(text("{\"a\": 1, \"\\u0061\": 3}"), "a").p);
}

static void
a_key_may_be_written_with_escapes(void **state)
{
	(void)state;
	assert_true(json_number(json_member(text("{\"\\u0061b\": 7}"), "ab")) == 7);
}

static void
only_a_number_is_a_number(void **state)
{
	static const char *const none[] = {"\"1\"", "true", "null", "[1]", "{}", "NaN", "Infinity", "-Infinity", "1e999"};
	char many[80];

	(void)state;
	assert_true(json_number(text("-12.5e1")) == -125);
	for (size_t i = 0; i < LENGTH(none); i++)
		assert_true(isnan(json_number(text(none[i]))));
	memset(many, '1', sizeof(many));
	assert_true(isnan(json_number((struct span){many, sizeof(many)})));
	assert_true(isnan(json_number((struct span){0})));
}

static void
a_string_is_decoded_cleaned_and_cut_at_a_code_point(void **state)
{
	char buf[8];

	(void)state;
	assert_true(json_text(text("\"a\\u00e9\\n\xff\""), buf, sizeof(buf)));
	assert_string_equal(buf, "a\xc3\xa9 ?");
	assert_true(json_text(text("\"123456\\u00e9\""), buf, sizeof(buf)));
	assert_string_equal(buf, "123456");
	assert_true(json_text(text("\"\\ud83d\\ude00\""), buf, sizeof(buf)));
	assert_string_equal(buf, "\xf0\x9f\x98\x80");
}

static void
a_string_with_a_nul_or_half_a_pair_is_none(void **state)
{
	char buf[8] = "x";

	(void)state;
	assert_false(json_text(text("\"a\\u0000b\""), buf, sizeof(buf)));
	assert_string_equal(buf, "");
	assert_false(json_text(text("\"\\ud83d\""), buf, sizeof(buf)));
	assert_false(json_text(text("12"), buf, sizeof(buf)));
	assert_false(json_text((struct span){0}, buf, sizeof(buf)));
}

static void
a_walk_of_nonsense_ends(void **state)
{
	static const char *const bad[] = {"[1, 2", "[,,]", "{\"a\"", "{\"a\":", "{1}", "[", "{", "x", "", "[\"", "[1 2 ]"};
	struct span key, value;

	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++) {
		struct json_walk w = json_walk_of(text(bad[i]));
		unsigned steps = 0;

		while (json_next(&w, &key, &value))
			assert_true(++steps < 4);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_of_value_is_json),
		cmocka_unit_test(what_is_not_json_is_refused),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(nesting_is_limited),
		cmocka_unit_test(a_megabyte_of_brackets_is_refused_at_once),
		cmocka_unit_test(a_member_is_found_by_its_name),
		cmocka_unit_test(a_member_that_is_there_twice_is_none),
		cmocka_unit_test(a_key_may_be_written_with_escapes),
		cmocka_unit_test(only_a_number_is_a_number),
		cmocka_unit_test(a_string_is_decoded_cleaned_and_cut_at_a_code_point),
		cmocka_unit_test(a_string_with_a_nul_or_half_a_pair_is_none),
		cmocka_unit_test(a_walk_of_nonsense_ends),
	};

	return cmocka_run_group_tests_name("json_scan", tests, NULL, NULL);
}
