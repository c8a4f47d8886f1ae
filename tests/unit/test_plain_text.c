/*
 * HTML of a message as a person reads it in the log.
 */
#include "build_config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "plain_text.h"

static void
assert_plain(const char *html, const char *expected)
{
	char buf[256];

	snprintf(buf, sizeof(buf), "%s", html);
	plain_text(buf);
	assert_string_equal(buf, expected);
}

static void
tags_go(void **state)
{
	(void)state;
	assert_plain("🔴 <b>container api</b>: unhealthy", "🔴 container api: unhealthy");
	assert_plain("<a href=\"x\">y</a><br/>z", "yz");
}

static void
named_entities_are_unescaped_once(void **state)
{
	(void)state;
	assert_plain("a &lt;b&gt; &amp;&quot;", "a <b> &\"");
	assert_plain("&amp;lt;b&amp;gt;", "&lt;b&gt;");
}

static void
numbers_are_unescaped(void **state)
{
	(void)state;
	assert_plain("&#39;&#x41;&#233;&#x20ac;&#128308;", "'Aé€🔴");
}

static void
what_is_no_entity_stays(void **state)
{
	(void)state;
	assert_plain("a & b &copy; &; &# &#; &#x; &#0; &#xd800; &#x110000; &#1f; &#-1; &lt",
	    "a & b &copy; &; &# &#; &#x; &#0; &#xd800; &#x110000; &#1f; &#-1; &lt");
}

static void
what_is_no_tag_stays(void **state)
{
	(void)state;
	assert_plain("1 < 2, a <- b, <b", "1 < 2, a <- b, <b");
	assert_plain("<a <b>x</b>", "<a x");
}

static void
hostile_text_takes_no_time(void **state)
{
	static char text[32769];
	clock_t begin = clock();

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(text); i++)
		text[i] = i % 3 == 0 ? '<' : i % 3 == 1 ? 'a' : '&';
	plain_text(text);
	assert_int_equal(strlen(text), sizeof(text) - 1);
	assert_true(clock() - begin < CLOCKS_PER_SEC / 4);
}

static void
long_lines_break_at_a_code_point(void **state)
{
	(void)state;
	assert_int_equal(plain_text_break("abc", 10), 3);
	assert_int_equal(plain_text_break("abcdef", 4), 4);
	assert_int_equal(plain_text_break("ab🔴", 4), 2);
	assert_int_equal(plain_text_break("", 4), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tags_go),
		cmocka_unit_test(named_entities_are_unescaped_once),
		cmocka_unit_test(numbers_are_unescaped),
		cmocka_unit_test(what_is_no_entity_stays),
		cmocka_unit_test(what_is_no_tag_stays),
		cmocka_unit_test(hostile_text_takes_no_time),
		cmocka_unit_test(long_lines_break_at_a_code_point),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
