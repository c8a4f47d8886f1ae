/*
 * The command line.
 */
#include "build_config.h"

#include <getopt.h>
#include <sysexits.h>

#include "options.h"
#include "unit.h"

static int
parse(struct options *o, const char *a, const char *b, const char *c)
{
	char *argv[] = {(char *)"watchdog", (char *)a, (char *)b, (char *)c, NULL};
	int argc = 1;

	while (argv[argc] != NULL)
		argc++;
	optind = 0;
	return options_parse(o, argc, argv);
}

static void
without_options_it_is_the_daemon(void **state)
{
	struct options o;

	(void)state;
	assert_int_equal(parse(&o, NULL, NULL, NULL), 0);
	assert_int_equal(o.mode, MODE_DAEMON);
	assert_null(o.file);
}

static void
each_mode_has_a_letter_and_a_name(void **state)
{
	static const struct {
		const char *letter, *name;
		enum mode mode;
	} modes[] = {
		{"-1", "--once", MODE_ONCE}, {"-t", "--test-message", MODE_TEST_MESSAGE}, {"-T", "--self-test", MODE_SELF_TEST},
		{"-n", "--check-config", MODE_CHECK_CONFIG}, {"-V", "--version", MODE_VERSION}, {"-h", "--help", MODE_HELP},
	};
	struct options o;

	(void)state;
	assert_int_equal(parse(&o, "--find-chat", NULL, NULL), 0);
	assert_int_equal(o.mode, MODE_FIND_CHAT);
	for (size_t i = 0; i < LENGTH(modes); i++) {
		assert_int_equal(parse(&o, modes[i].letter, NULL, NULL), 0);
		assert_int_equal(o.mode, modes[i].mode);
		assert_int_equal(parse(&o, modes[i].name, NULL, NULL), 0);
		assert_int_equal(o.mode, modes[i].mode);
	}
}

static void
file_and_verbosity_are_taken(void **state)
{
	struct options o;

	(void)state;
	assert_int_equal(parse(&o, "-vv", "-f", "a.conf"), 0);
	assert_int_equal(o.verbose, 2);
	assert_string_equal(o.file, "a.conf");
}

static void
bad_usage_is_refused(void **state)
{
	struct options o;

	(void)state;
	assert_int_equal(parse(&o, "-x", NULL, NULL), EX_USAGE);
	assert_int_equal(parse(&o, "--nonsense", NULL, NULL), EX_USAGE);
	assert_int_equal(parse(&o, "-f", NULL, NULL), EX_USAGE);
	assert_int_equal(parse(&o, "surplus", NULL, NULL), EX_USAGE);
	assert_int_equal(parse(&o, "-1", "-t", NULL), EX_USAGE);
	assert_int_equal(parse(&o, "--find-chat", "-t", NULL), EX_USAGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_options_it_is_the_daemon),
		cmocka_unit_test(each_mode_has_a_letter_and_a_name),
		cmocka_unit_test(file_and_verbosity_are_taken),
		cmocka_unit_test(bad_usage_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
