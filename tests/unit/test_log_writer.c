/*
 * The log's writer: whole lines, two formats, and no reader is waited for.
 */
#include "build_config.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log_writer.h"
#include "unit.h"

static int saved_stderr, reader;
static struct event_base *base;

static int
setup(void **state)
{
	int fd[2];

	(void)state;
	assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
	saved_stderr = dup(STDERR_FILENO);
	dup2(fd[1], STDERR_FILENO);
	close(fd[1]);
	reader = fd[0];
	fcntl(reader, F_SETFL, O_NONBLOCK);
	base = event_base_new();
	log_set(NULL, LEVEL_INFO);
	return log_writer_start(base, LOG_TEXT);
}

static int
teardown(void **state)
{
	(void)state;
	log_writer_stop(0);
	event_base_free(base);
	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	close(reader);
	return 0;
}

static char *
what_was_written(void)
{
	static char text[LOG_RING_MAX * 2];
	ssize_t n = 0, got;

	while ((got = read(reader, text + n, sizeof(text) - 1 - (size_t)n)) > 0)
		n += got;
	text[n] = '\0';
	return text;
}

static void
a_line_names_level_and_role(void **state)
{
	(void)state;
	log_warning("own %s", "line");
	log_writer_line(ROLE_BRAIN, LEVEL_INFO, "a child's");
	assert_string_equal(what_was_written(), "warning: own line\ninfo: brain: a child's\n");
}

static void
hostile_bytes_do_not_reach_the_terminal(void **state)
{
	(void)state;
	log_writer_line(ROLE_COLLECTOR, LEVEL_INFO, "a\033[2Jb\nc\xff" "d\xe2\x80\xae");
	assert_string_equal(what_was_written(), "info: collector: a [2Jb c?d?\n");
}

static void
json_is_escaped(void **state)
{
	const char *text;

	(void)state;
	log_writer_set_format(LOG_JSON);
	log_info("a \"quoted\" \\ word");
	text = what_was_written();
	assert_non_null(strstr(text, "\"level\":\"info\",\"role\":\"parent\",\"text\":\"a \\\"quoted\\\" \\\\ word\"}\n"));
}

static void
a_reader_that_does_not_read_costs_lines_not_time(void **state)
{
	unsigned long lines = 0;
	char filler[1000];
	const char *text;

	(void)state;
	memset(filler, 'x', sizeof(filler) - 1);
	filler[sizeof(filler) - 1] = '\0';
	alarm(60); /* whoever waits for a reader waits for ever */
	for (int i = 0; i < 2000; i++)
		log_info("%s", filler);
	alarm(0);
	for (int i = 0; i < 100; i++) {
		struct timeval soon = {0, 20000};

		text = what_was_written();
		for (const char *p = text; (p = strchr(p, '\n')) != NULL; p++)
			lines++;
		if (strstr(text, "lines of this log were lost") != NULL)
			break;
		event_base_loopexit(base, &soon);
		event_base_dispatch(base);
	}
	assert_non_null(strstr(text, "lines of this log were lost"));
	assert_in_range(lines, 250, 1999);
}

/* What a pipe does not take whole would have to be waited for. */
static void
no_line_is_longer_than_a_pipe_takes_at_once(void **state)
{
	char quotes[LOG_LINE_MAX];
	const char *text;

	(void)state;
	memset(quotes, '"', sizeof(quotes) - 1);
	quotes[sizeof(quotes) - 1] = '\0';
	log_writer_set_format(LOG_JSON);
	log_writer_line(ROLE_COLLECTOR, LEVEL_INFO, quotes);
	text = what_was_written();
	assert_in_range(strlen(text), PIPE_BUF - 64, PIPE_BUF);
	assert_string_equal(text + strlen(text) - 5, "\\\"\"}\n");
}

static void
a_full_disk_costs_lines_and_they_are_counted(void **state)
{
	int pipe_end = dup(STDERR_FILENO), full = open("/dev/full", O_WRONLY);

	(void)state;
	assert_int_not_equal(full, -1);
	dup2(full, STDERR_FILENO);
	for (int i = 0; i < 5; i++)
		log_info("lost");
	dup2(pipe_end, STDERR_FILENO);
	close(full);
	close(pipe_end);
	log_info("there is room again");
	assert_string_equal(what_was_written(), "info: there is room again\n"
	    "warning: 5 lines of this log were lost: nobody read it, or there was no room for it\n");
	log_info("said once");
	assert_string_equal(what_was_written(), "info: said once\n");
}

/* As the service manager says it: which file standard error is. */
static void
journal_is(unsigned long long more)
{
	char stream[64];
	struct stat st;

	assert_int_equal(fstat(STDERR_FILENO, &st), 0);
	snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev, (unsigned long long)st.st_ino + more);
	log_set_journal(stream);
}

static void
the_journal_is_told_how_important_a_line_is(void **state)
{
	(void)state;
	journal_is(0);
	log_warning("own");
	log_writer_line(ROLE_NOTIFIER, LEVEL_ALWAYS, "notify: x");
	assert_string_equal(what_was_written(), "<4>warning: own\n<5>notice: notifier: notify: x\n");
	log_writer_set_format(LOG_JSON);
	log_error("bad");
	assert_memory_equal(what_was_written(), "<3>{\"time\":", 11);
	log_writer_stop(0);
	log_error("before the loop, and after it");
	assert_string_equal(what_was_written(), "<3>error: before the loop, and after it\n");
	log_set_journal(NULL);
}

static void
a_journal_that_is_elsewhere_is_not_meant(void **state)
{
	(void)state;
	journal_is(1);
	log_error("bad");
	log_set_journal("no number");
	log_error("bad");
	assert_string_equal(what_was_written(), "error: bad\nerror: bad\n");
	log_set_journal(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_line_names_level_and_role, setup, teardown),
		cmocka_unit_test_setup_teardown(hostile_bytes_do_not_reach_the_terminal, setup, teardown),
		cmocka_unit_test_setup_teardown(json_is_escaped, setup, teardown),
		cmocka_unit_test_setup_teardown(a_reader_that_does_not_read_costs_lines_not_time, setup, teardown),
		cmocka_unit_test_setup_teardown(no_line_is_longer_than_a_pipe_takes_at_once, setup, teardown),
		cmocka_unit_test_setup_teardown(a_full_disk_costs_lines_and_they_are_counted, setup, teardown),
		cmocka_unit_test_setup_teardown(the_journal_is_told_how_important_a_line_is, setup, teardown),
		cmocka_unit_test_setup_teardown(a_journal_that_is_elsewhere_is_not_meant, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
