/*
 * A container's own labels: what is taken, what is refused and said.
 */
#include "build_config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "docker_labels.h"
#include "unit.h"

static struct docker_labels l;
static char complaints[2048];

static void
complain(void *ctx, const char *name, const char *label, const char *expected, const char *found)
{
	size_t len = strlen(complaints);

	(void)ctx;
	(void)expected;
	snprintf(complaints + len, sizeof(complaints) - len, "%s %s [%s]\n", name, label, found);
}

static void
read_labels(const char *json)
{
	docker_labels_read(&l, (struct span){json, json == NULL ? 0 : strlen(json)});
	complaints[0] = '\0';
	docker_labels_complain(&l, "web", complain, NULL);
}

static void
expect_nothing_said(void)
{
	assert_int_equal(l.enable, LABEL_NOT_SAID);
	assert_int_equal(l.expect, EXPECT_NOT_SAID);
	assert_int_equal(l.severity, CONTAINER_SEVERITY_NOT_SAID);
	assert_true(isnan(l.grace));
	assert_string_equal(l.name, "");
}

static void
each_label_is_taken(void **state)
{
	(void)state;
	read_labels("{\"watchdog.enable\":\"Yes\",\"watchdog.expect\":\"any\",\"watchdog.severity\":\"critical\","
	    "\"watchdog.grace\":\"1.5m\",\"watchdog.name\":\"the shop\",\"other\":\"x\"}");
	assert_int_equal(l.enable, LABEL_TRUE);
	assert_int_equal(l.expect, EXPECT_ANY);
	assert_int_equal(l.severity, CONTAINER_CRITICAL);
	assert_true(l.grace == 90);
	assert_string_equal(l.name, "the shop");
	assert_string_equal(complaints, "");
}

static void
without_labels_nothing_is_said(void **state)
{
	static const char *const none[] = {NULL, "null", "{}", "[]", "7", "\"watchdog.enable\"", "{\"watchdog\":\"true\"}"};

	(void)state;
	for (size_t i = 0; i < LENGTH(none); i++) {
		read_labels(none[i]);
		expect_nothing_said();
		assert_string_equal(complaints, "");
	}
}

static void
booleans_and_words_and_times_are_strict(void **state)
{
	static const char *const wrong[] = {
		"\"watchdog.enable\":\"\"", "\"watchdog.enable\":\"y\"", "\"watchdog.enable\":\"true \"", "\"watchdog.enable\":true",
		"\"watchdog.enable\":\"2\"", "\"watchdog.expect\":\"Running\"", "\"watchdog.expect\":\"run\"",
		"\"watchdog.severity\":\"high\"", "\"watchdog.severity\":\"\"", "\"watchdog.grace\":\"-1\"",
		"\"watchdog.grace\":\"30 s\"", "\"watchdog.grace\":\"1e3\"", "\"watchdog.grace\":\"25h\"", "\"watchdog.grace\":\"s\"",
		"\"watchdog.grace\":30", "\"watchdog.name\":\"\"", "\"watchdog.name\":\" x\"", "\"watchdog.name\":{}",
	};
	char text[128];

	(void)state;
	for (size_t i = 0; i < LENGTH(wrong); i++) {
		snprintf(text, sizeof(text), "{%s}", wrong[i]);
		read_labels(text);
		expect_nothing_said();
		assert_ptr_equal(strstr(complaints, "web watchdog."), complaints);
		assert_ptr_equal(strchr(complaints, '\n'), complaints + strlen(complaints) - 1);
	}
}

static void
what_was_found_is_shown_cut_and_clean(void **state)
{
	(void)state;
	read_labels("{\"watchdog.expect\":\"a\\u0007b\",\"watchdog.grace\":\"" "0123456789012345678901234567890123456789"
	    "0123456789012345678901234567890123456789" "\"}");
	assert_int_equal(strlen(l.found[LABEL_GRACE]), LABEL_SHOWN_MAX);
	assert_string_equal(l.found[LABEL_EXPECT], "a b");
}

static void
a_name_has_its_limit(void **state)
{
	char text[NAME_MAX_LEN + 64];

	(void)state;
	snprintf(text, sizeof(text), "{\"watchdog.name\":\"%0256d\"}", 0);
	read_labels(text);
	assert_int_equal(strlen(l.name), NAME_MAX_LEN);
	snprintf(text, sizeof(text), "{\"watchdog.name\":\"%0257d\"}", 0);
	read_labels(text);
	expect_nothing_said();
	assert_int_equal(l.bad, 1u << LABEL_NAME);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_label_is_taken),
		cmocka_unit_test(without_labels_nothing_is_said),
		cmocka_unit_test(booleans_and_words_and_times_are_strict),
		cmocka_unit_test(what_was_found_is_shown_cut_and_clean),
		cmocka_unit_test(a_name_has_its_limit),
	};

	return cmocka_run_group_tests_name("docker_labels", tests, NULL, NULL);
}
