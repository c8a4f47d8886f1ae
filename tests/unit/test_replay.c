/*
 * Replay: lines in, lines out.  What the brain decides is the simulations'
 * business; here are the form, the errors and the messages.
 */
#include "build_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "config.h"
#include "replay.h"
#include "unit.h"
#include "unit_log.h"

static struct config config;
static char out[65536], err[4096];

static void
read_back(FILE *f, char *buf, size_t cap)
{
	size_t n;

	rewind(f);
	n = fread(buf, 1, cap - 1, f);
	buf[n] = '\0';
	fclose(f);
}

/* Replay text; returns the exit status, output and errors are in out and err. */
static int
replay_bytes(const char *text, size_t len, bool messages)
{
	FILE *in = tmpfile(), *to = tmpfile(), *errors = tmpfile();
	int saved = dup(STDERR_FILENO), rc;

	fwrite(text, 1, len, in);
	rewind(in);
	dup2(fileno(errors), STDERR_FILENO);
	rc = replay_run(&config, &(struct replay_options){.messages = messages}, in, to);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	fclose(in);
	read_back(to, out, sizeof(out));
	read_back(errors, err, sizeof(err));
	return rc;
}

static int
replay(const char *text)
{
	return replay_bytes(text, strlen(text), false);
}

static void
set(const char *key, const char *value)
{
	char why[256];

	if (config_set(&config, key, value, why, sizeof(why)) == -1)
		fail_msg("%s", why);
}

static int
setup(void **state)
{
	(void)state;
	config_init(&config);
	set("WATCHDOG_HOST_NAME", "host1");
	set("WATCHDOG_MEM_TICKS", "1");
	return config_finish(&config, NULL, NULL) == 0 ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	config_free(&config);
	return 0;
}

static void
test_a_decision_is_one_compact_object_with_its_members_in_order(void **state)
{
	(void)state;
	assert_int_equal(replay("{\"now\": 1000.5, \"mem_used_pct\": 95}\n"), EX_OK);
	assert_string_equal(out, "{\"now\":1000.5,\"key\":\"mem\",\"action\":\"alert\",\"severity\":\"critical\","
	    "\"title\":\"memory\",\"detail\":\"95 % used, mark 90 %\"}\n");
	assert_string_equal(err, "");
}

static void
test_sources_are_decided_in_a_fixed_order_whatever_the_lines_order(void **state)
{
	static const char *const order[] = {"job_failed", "\"mem\"", "disk:/", "container:api", "dep:git"};
	const char *at = out;

	(void)state;
	set("WATCHDOG_DEP_DOWN_TICKS", "1");
	set("WATCHDOG_DISK_CRIT_ENABLED", "yes");
	assert_int_equal(replay("{\"now\":0,\"metrics\":{\"ok\":true,\"failed\":1}}\n"
	    "{\"deps\":[{\"name\":\"git\",\"ok\":false}],\"containers\":[{\"name\":\"api\",\"state\":\"dead\"}],"
	    "\"disks\":[{\"path\":\"/\",\"used_pct\":99}],\"mem_used_pct\":99,\"metrics\":{\"failed\":2,\"ok\":true},\"now\":1}\n"), EX_OK);
	for (size_t i = 0; i < LENGTH(order); i++)
		assert_non_null(at = strstr(at, order[i]));
}

static void
test_blank_lines_count_but_say_nothing(void **state)
{
	(void)state;
	assert_int_equal(replay("\n  \n{\"now\":0}\n\n[]\n"), EX_DATAERR);
	assert_string_equal(err, "line 5: expected one JSON object\n");
}

static void
test_a_last_line_without_newline_is_a_line(void **state)
{
	(void)state;
	assert_int_equal(replay("{\"now\":0,\"mem_used_pct\":95}"), EX_OK);
	assert_non_null(strstr(out, "alert"));
}

static void
test_time_that_goes_back_is_an_error(void **state)
{
	(void)state;
	assert_int_equal(replay("{\"now\":10}\n{\"now\":9}\n"), EX_DATAERR);
	assert_non_null(strstr(err, "line 2: \"now\""));
}

static void
test_time_that_is_no_finite_number_is_an_error(void **state)
{
	(void)state;
	assert_int_equal(replay("{\"now\":1e999}\n"), EX_DATAERR);
	assert_int_equal(replay("{\"now\":null}\n"), EX_DATAERR);
	assert_int_equal(replay("{}\n"), EX_DATAERR);
}

static void
test_a_nul_and_invalid_utf8_are_errors(void **state)
{
	static const char nul[] = "{\"now\":0}\0{\"now\":1}\n", bad[] = "{\"now\":0,\"x\":\"\xff\"}\n";

	(void)state;
	assert_int_equal(replay_bytes(nul, sizeof(nul) - 1, false), EX_DATAERR);
	assert_int_equal(replay_bytes("\0\n", 2, false), EX_DATAERR);
	assert_int_equal(replay_bytes(bad, sizeof(bad) - 1, false), EX_DATAERR);
	assert_string_equal(err, "line 1: expected UTF-8 text without NUL\n");
}

static void
test_a_line_that_is_too_long_is_an_error(void **state)
{
	size_t len = REPLAY_LINE_MAX + 1;
	char *line = malloc(len);

	(void)state;
	memset(line, ' ', len);
	assert_int_equal(replay_bytes(line, len, false), EX_DATAERR);
	assert_non_null(strstr(err, "line 1: longer than"));
	free(line);
}

static void
test_messages_are_printed_as_they_would_leave(void **state)
{
	static const char trace[] = "{\"now\":1700000000,\"mem_used_pct\":95}\n{\"now\":1700004320,\"mem_used_pct\":41.2}\n";

	(void)state;
	assert_int_equal(replay_bytes(trace, sizeof(trace) - 1, true), EX_OK);
	assert_non_null(strstr(out, "\n{\"now\":1700000000,\"message\":\"🔴 memory: 95 % used, mark 90 %\\n"
	    "host1 · 22:13:20 · #bbb\"}\n"));
	assert_non_null(strstr(out, "\"message\":\"🟢 memory: recovered after 1 h 12 min, 41.2 % used\\n"));
}

static void
test_boot_grace_counts_only_where_messages_are_asked_for(void **state)
{
	static const char trace[] = "{\"now\":10,\"deps\":[{\"name\":\"git\",\"ok\":false}]}\n";

	(void)state;
	set("WATCHDOG_DEP_DOWN_TICKS", "1");
	assert_int_equal(replay_bytes(trace, sizeof(trace) - 1, true), EX_OK);
	assert_string_equal(out, "");
	assert_int_equal(replay_bytes(trace, sizeof(trace) - 1, false), EX_OK);
	assert_non_null(strstr(out, "dep:git"));
}

/* Deterministic damage: whatever a line holds, the run ends in order. */
static void
test_no_flipped_bit_does_harm(void **state)
{
	char line[] = "{\"now\":1,\"metrics\":{\"ok\":true,\"generated_at\":\"1970-01-01T00:00:01Z\",\"failed\":3,"
	    "\"agents\":[{\"run_id\":41,\"cpu_ticks\":9}]},\"mem_used_pct\":95,\"disks\":[{\"path\":\"/\",\"used_pct\":9}],"
	    "\"docker\":true,\"containers\":[{\"name\":\"a\",\"state\":\"exited\",\"exit_code\":137,"
	    "\"labels\":{\"expect\":\"any\",\"grace\":3}}],\"events\":[{\"act\":\"died\",\"id\":\"f0\",\"name\":\"a\",\"age\":1}],"
	    "\"checks\":[{\"id\":\"f0\",\"container\":{\"name\":\"a\",\"state\":\"dead\"}}],\"deps\":[{\"name\":\"b\",\"ok\":true,\"ms\":1}]}\n";

	(void)state;
	for (size_t i = 0; i < (sizeof(line) - 1) * 8; i++) {
		int rc;

		line[i / 8] = (char)(line[i / 8] ^ 1 << i % 8);
		rc = replay_bytes(line, sizeof(line) - 1, true);
		assert_true(rc == EX_OK || rc == EX_DATAERR);
		line[i / 8] = (char)(line[i / 8] ^ 1 << i % 8);
	}
}

/* A check after an event is a tick of one: it decides, and what it does not see is not gone. */
static void
test_a_check_of_one_container_forgets_no_other(void **state)
{
	(void)state;
	set("WATCHDOG_CONTAINERS", "api,db");
	assert_int_equal(replay("{\"now\":1,\"containers\":[{\"name\":\"api\",\"state\":\"running\"},{\"name\":\"db\",\"state\":\"running\"}]}\n"
	    "{\"now\":2,\"events\":[{\"act\":\"died\",\"id\":\"aa\",\"name\":\"api\",\"age\":0.1}],\"checks\":[{\"id\":\"aa\",\"container\":"
	    "{\"id\":\"aa\",\"name\":\"api\",\"state\":\"exited\",\"exit_code\":3}}]}\n"), EX_OK);
	assert_non_null(strstr(out, "\"key\":\"container:api\",\"action\":\"alert\""));
	assert_null(strstr(out, "container:db"));
}

static void
test_events_and_checks_that_make_no_sense_do_nothing(void **state)
{
	(void)state;
	assert_int_equal(replay("{\"now\":1,\"events\":7,\"checks\":{\"id\":\"a\"}}\n"
	    "{\"now\":2,\"events\":[7,{},{\"act\":\"exploded\",\"name\":\"x\"},{\"act\":\"died\",\"name\":\"\",\"age\":-1}],"
	    "\"checks\":[null,{},{\"id\":\"a\",\"container\":[]},{\"container\":{\"name\":7}}]}\n"
	    "{\"now\":3,\"containers\":[{\"name\":\"x\",\"state\":\"running\",\"labels\":7},"
	    "{\"name\":\"y\",\"state\":\"running\",\"labels\":{\"expect\":1,\"severity\":\"high\",\"grace\":-3,\"name\":[]}}]}\n"), EX_OK);
	assert_string_equal(out, "");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_a_decision_is_one_compact_object_with_its_members_in_order),
		TEST(test_sources_are_decided_in_a_fixed_order_whatever_the_lines_order),
		TEST(test_blank_lines_count_but_say_nothing),
		TEST(test_a_last_line_without_newline_is_a_line),
		TEST(test_time_that_goes_back_is_an_error),
		TEST(test_time_that_is_no_finite_number_is_an_error),
		TEST(test_a_nul_and_invalid_utf8_are_errors),
		TEST(test_a_line_that_is_too_long_is_an_error),
		TEST(test_messages_are_printed_as_they_would_leave),
		TEST(test_boot_grace_counts_only_where_messages_are_asked_for),
		TEST(test_a_check_of_one_container_forgets_no_other),
		TEST(test_events_and_checks_that_make_no_sense_do_nothing),
		TEST(test_no_flipped_bit_does_harm),
	};

	setenv("TZ", "UTC0", 1);
	tzset();
	log_set(unit_quiet, LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
