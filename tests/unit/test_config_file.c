/*
 * The configuration's file: its syntax, what is wrong with a line, and that
 * no bytes of it do harm.
 */
#include "build_config.h"

#include <sys/stat.h>

#include "config_load_unit.h"

static void
lines_comments_blanks_and_quotes_are_read(void **state)
{
	(void)state;
	load("# a comment\n"
	    "\n"
	    "   # another\n"
	    "WATCHDOG_MEM_PCT=50\n"
	    "\tWATCHDOG_MEM_TICKS=7  \n"
	    "WATCHDOG_HOST_NAME=\"web #1\"\n"
	    "WATCHDOG_CONTAINERS='api,db' \n"
	    "WATCHDOG_METRICS_URL= http://app/metrics\n"
	    "WATCHDOG_DISK_PATHS=\n"
	    "WATCHDOG_INTERVAL_S=\"\"\n"
	    "WATCHDOG_LANG=ru", NULL);
	expect("");
	assert_true(c.mem_pct == 50);
	assert_int_equal(c.mem_ticks, 7);
	assert_string_equal(c.host_name, "web #1");
	assert_int_equal(c.containers.n, 2);
	assert_string_equal(c.metrics_url.host, "app");
	assert_string_equal(c.disk_paths.v[0], "/");
	assert_true(c.interval == 30);
	assert_int_equal(c.lang, LANGUAGE_RU);
}

static void
a_wrong_value_is_told_with_file_line_key_expected_and_found(void **state)
{
	(void)state;
	load("#\n\nWATCHDOG_MEM_PCT=9O\n", NULL);
	expect("E conf:3: WATCHDOG_MEM_PCT: expected a percentage from 1 to 100, found \"9O\"\n");
}

static void
all_errors_are_told_at_once(void **state)
{
	(void)state;
	load("WATCHDOG_MEM_PCT=x\n"
	    "WATCHDOG_LANG=de\n"
	    "WATCHDOG_DISK_CRIT_PCT=10\n"
	    "WATCHDOG_DISK_CLEAR_PCT=11\n"
	    "WATCHDOG_TG_CHAT_ID=1\n"
	    "nonsense\n", ENV("WATCHDOG_ENABLED=maybe"));
	expect("E conf:1: WATCHDOG_MEM_PCT: expected a percentage from 1 to 100, found \"x\"\n"
	    "E conf:2: WATCHDOG_LANG: expected en or ru, found \"de\"\n"
	    "E conf:6: expected KEY=VALUE without spaces before the =, found something else\n"
	    "E environment: WATCHDOG_ENABLED: expected true or false (or 1, 0, yes, no, on, off), found \"maybe\"\n"
	    "E WATCHDOG_DISK_CLEAR_PCT: expected at most WATCHDOG_DISK_CRIT_PCT, which is 10, found 11\n"
	    "E WATCHDOG_TG_BOT_TOKEN: expected to be set because WATCHDOG_TG_CHAT_ID is, found nothing\n");
	assert_int_equal(errors, 6);
}

#define HINT "a comment stands on a line of its own; put a value that holds \" #\" in quotes"

static void
a_comment_behind_a_value_is_an_error_with_a_hint(void **state)
{
	(void)state;
	load("WATCHDOG_MEM_PCT=90  # x\n"
	    "WATCHDOG_MEM_TICKS=\"2\" # x\n"
	    "WATCHDOG_INTERVAL_S=# x\n"
	    "WATCHDOG_METRICS_URL=http://a\t#x\n", ENV("WATCHDOG_DEP_DOWN_TICKS=2 # x"));
	expect("E conf:1: WATCHDOG_MEM_PCT: " HINT "\n"
	    "E conf:2: WATCHDOG_MEM_TICKS: " HINT "\n"
	    "E conf:3: WATCHDOG_INTERVAL_S: " HINT "\n"
	    "E conf:4: WATCHDOG_METRICS_URL: " HINT "\n"
	    "E environment: WATCHDOG_DEP_DOWN_TICKS: " HINT "\n");
}

static void
quotes_that_do_not_match_are_errors(void **state)
{
	(void)state;
	load("WATCHDOG_MEM_PCT=\"50\n"
	    "WATCHDOG_MEM_TICKS='2\"\n"
	    "WATCHDOG_HOST_NAME=\"a\"b\"\n", NULL);
	expect("E conf:1: WATCHDOG_MEM_PCT: expected a closing quote, found none\n"
	    "E conf:2: WATCHDOG_MEM_TICKS: expected a closing quote, found none\n"
	    "E conf:3: WATCHDOG_HOST_NAME: expected nothing after the closing quote\n");
}

static void
a_line_that_is_no_assignment_is_an_error_that_does_not_quote_it(void **state)
{
	(void)state;
	load("export WATCHDOG_MEM_PCT=50\nWATCHDOG_MEM_PCT =50\n=50\n" TOKEN "\n", NULL);
	expect("E conf:1: expected KEY=VALUE without spaces before the =, found something else\n"
	    "E conf:2: expected KEY=VALUE without spaces before the =, found something else\n"
	    "E conf:3: expected KEY=VALUE without spaces before the =, found something else\n"
	    "E conf:4: expected KEY=VALUE without spaces before the =, found something else\n");
}

static void
a_key_stands_once_in_a_file(void **state)
{
	(void)state;
	load("WATCHDOG_MEM_PCT=50\nWATCHDOG_MEM_PCT=\n#\nWATCHDOG_MEM_PCT=50\n", NULL);
	expect("E conf:4: WATCHDOG_MEM_PCT: expected once, found on line 1 too\n");
}

static void
an_unknown_key_is_an_error_with_the_nearest_name(void **state)
{
	(void)state;
	load("WATCHDOG_MEM_PTC=1\n"
	    "WATCHDOG_INTERVAL=1\n"
	    "WATCHDOG_CONTAINER=x\n"
	    "WATCHDOG_TG_TOKEN=x\n"
	    "watchdog_lang=ru\n"
	    "WATCHDOG_COOLDOWN_JOB_FAILED_S=1\n"
	    "WATCHDOG_FRUIT=1\n"
	    "WATCHDOG_=1\n", NULL);
	expect("E conf:1: WATCHDOG_MEM_PTC: unknown key; did you mean WATCHDOG_MEM_PCT?\n"
	    "E conf:2: WATCHDOG_INTERVAL: unknown key; did you mean WATCHDOG_INTERVAL_S?\n"
	    "E conf:3: WATCHDOG_CONTAINER: unknown key; did you mean WATCHDOG_CONTAINERS?\n"
	    "E conf:4: WATCHDOG_TG_TOKEN: unknown key; did you mean WATCHDOG_TG_BOT_TOKEN?\n"
	    "E conf:5: watchdog_lang: unknown key; did you mean WATCHDOG_LANG?\n"
	    "E conf:6: WATCHDOG_COOLDOWN_JOB_FAILED_S: unknown key\n"
	    "E conf:7: WATCHDOG_FRUIT: unknown key\n"
	    "E conf:8: WATCHDOG_: unknown key\n");
}

static void
what_is_not_ours_is_ignored_with_a_warning_unless_it_lives_in_such_files(void **state)
{
	(void)state;
	load("PORT=80\nWATCHODG_MEM_PCT=1\nTZ=UTC\nLC_ALL=C\nLANG=C\nDOCKER_HOST=unix:///x\n", NULL);
	expect("W conf:1: PORT: unknown key, ignored\n"
	    "W conf:2: WATCHODG_MEM_PCT: unknown key; did you mean WATCHDOG_MEM_PCT?\n");
	assert_int_equal(errors, 0);
}

static void
bytes_that_are_no_text_are_told_where_they_are(void **state)
{
	static const char text[] =
	    "WATCHDOG_HOST_NAME=\xff\n"
	    "WATCHDOG_MEM_PCT=5\0" "0\n"
	    "# caf\xe9 in a comment\n"
	    "\0\n"
	    "WATCHDOG_MEM_TICKS=2\rx\n";

	(void)state;
	load_bytes(text, sizeof(text) - 1, NULL);
	expect("E conf:1: expected UTF-8 text, found bytes that are not\n"
	    "E conf:2: expected text, found a NUL byte\n"
	    "E conf:4: expected text, found a NUL byte\n"
	    "E conf:5: WATCHDOG_MEM_TICKS: expected a whole number from 1 to 100000, found \"2 x\"\n");
}

static void
a_file_from_windows_is_an_error_told_once(void **state)
{
	(void)state;
	load("\xef\xbb\xbfWATCHDOG_MEM_PCT=50\r\nWATCHDOG_MEM_TICKS=7\r\n\r\n", NULL);
	expect("E conf:1: expected text, found a byte order mark: save the file without it\n"
	    "E conf:1: expected a line that ends in LF, found CR LF: save the file with Unix line ends\n");
	assert_int_equal(c.mem_ticks, 7);
}

static void
a_file_that_cannot_be_read_is_an_error_and_a_missing_one_may_be_fine(void **state)
{
	struct config_source from = {.file = "no-such", .must_exist = true};

	(void)state;
	load_from(&from);
	expect("E no-such: No such file or directory\n");
	from.must_exist = false;
	assert_int_equal(load_from(&from), 0);
	from.file = ".";
	load_from(&from);
	expect("E .: Is a directory\n");
}

static void
a_file_has_at_most_a_mebibyte(void **state)
{
	char *text = malloc(CONFIG_FILE_MAX + 1);

	(void)state;
	memset(text, '#', CONFIG_FILE_MAX + 1);
	assert_int_equal(load_bytes(text, CONFIG_FILE_MAX, NULL), 0);
	load_bytes(text, CONFIG_FILE_MAX + 1, NULL);
	expect("E conf: expected at most 1048576 bytes, found more\n");
	free(text);
}

/* Torn, doubled and bit-flipped files: whatever comes of them, it is told or taken, and nothing breaks. */
static void
no_bytes_of_a_file_do_harm(void **state)
{
	static const char good[] =
	    "WATCHDOG_MEM_PCT=\"50\"\nWATCHDOG_DEPS=a=http://u:p@h/,b=tcp://[::1]:1\nWATCHDOG_TG_CHAT_ID=-1:2 @x\n"
	    "WATCHDOG_CONTAINERS='a*'\nWATCHDOG_HOST_NAME_FILE=/dev/null\n# x\n";
	char text[sizeof(good)];
	unsigned refused = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(good) - 1; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			memcpy(text, good, sizeof(good));
			text[i] = (char)(text[i] ^ (1 << bit));
			refused += load_bytes(text, bit == 0 ? i : sizeof(good) - 1, NULL) > 0;
		}
	assert_true(refused > 500);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CONFIG(lines_comments_blanks_and_quotes_are_read),
		CONFIG(a_wrong_value_is_told_with_file_line_key_expected_and_found),
		CONFIG(all_errors_are_told_at_once),
		CONFIG(a_comment_behind_a_value_is_an_error_with_a_hint),
		CONFIG(quotes_that_do_not_match_are_errors),
		CONFIG(a_line_that_is_no_assignment_is_an_error_that_does_not_quote_it),
		CONFIG(a_key_stands_once_in_a_file),
		CONFIG(an_unknown_key_is_an_error_with_the_nearest_name),
		CONFIG(what_is_not_ours_is_ignored_with_a_warning_unless_it_lives_in_such_files),
		CONFIG(bytes_that_are_no_text_are_told_where_they_are),
		CONFIG(a_file_from_windows_is_an_error_told_once),
		CONFIG(a_file_that_cannot_be_read_is_an_error_and_a_missing_one_may_be_fine),
		CONFIG(a_file_has_at_most_a_mebibyte),
		CONFIG(no_bytes_of_a_file_do_harm),
	};

	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
