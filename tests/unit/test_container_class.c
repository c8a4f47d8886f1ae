/*
 * Words of engines, and what they mean.
 */
#include "build_config.h"

#include "container_class.h"
#include "unit.h"

static enum container_check check;

static void
test_health_counts_only_while_it_runs(void **state)
{
	(void)state;
	assert_int_equal(container_classify("running", "unhealthy", &check), CLASS_UNHEALTHY);
	assert_int_equal(check, CHECK_UNHEALTHY);
	assert_int_equal(container_classify("paused", "unhealthy", &check), CLASS_PAUSED);
	assert_int_equal(check, CHECK_NONE);
	assert_int_equal(container_classify("running", "starting", &check), CLASS_RUNNING);
	assert_int_equal(check, CHECK_STARTING);
	assert_int_equal(container_classify("running", "none", &check), CLASS_RUNNING);
	assert_int_equal(check, CHECK_NONE);
}

static void
test_podmans_words_are_dockers(void **state)
{
	(void)state;
	assert_int_equal(container_classify("stopped", "", &check), CLASS_EXITED);
	assert_int_equal(container_classify("stopping", "", &check), CLASS_RUNNING);
	assert_int_equal(container_classify("initialized", "", &check), CLASS_CREATED);
	assert_int_equal(container_classify("configured", "", &check), CLASS_CREATED);
}

static void
test_a_word_that_nobody_knows_is_unknown(void **state)
{
	static const char *const words[] = {"", "Running", "running ", "removing", "unknown", "run"};

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		assert_int_equal(container_classify(words[i], "unhealthy", &check), CLASS_UNKNOWN);
}

static void
test_every_class_is_up_or_down_or_neither(void **state)
{
	(void)state;
	for (enum container_class c = 0; c < CLASS_COUNT; c++)
		assert_int_equal(class_is_up(c) + class_is_down(c), c != CLASS_UNKNOWN && c != CLASS_MISSING);
}

static void
test_exit_codes_of_signals(void **state)
{
	(void)state;
	assert_string_equal(exit_signal(137), "SIGKILL");
	assert_string_equal(exit_signal(143), "SIGTERM");
	assert_string_equal(exit_signal(139), "SIGSEGV");
	assert_null(exit_signal(128));
	assert_null(exit_signal(127));
	assert_null(exit_signal(-1));
	assert_null(exit_signal(255));
	assert_null(exit_signal(INT16_MAX));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_health_counts_only_while_it_runs),
		cmocka_unit_test(test_podmans_words_are_dockers),
		cmocka_unit_test(test_a_word_that_nobody_knows_is_unknown),
		cmocka_unit_test(test_every_class_is_up_or_down_or_neither),
		cmocka_unit_test(test_exit_codes_of_signals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
