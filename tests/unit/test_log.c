/*
 * The log's front: what reaches a sink, and in what shape.
 */
#include "build_config.h"

#include <sys/wait.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "unit.h"
#include "utf8.h"

static char last[LOG_LINE_MAX];
static enum log_level last_level;
static unsigned lines;

static void
sink(enum log_level level, const char *text)
{
	assert_true(strlen(text) < sizeof(last));
	strcpy(last, text);
	last_level = level;
	lines++;
}

static int
setup(void **state)
{
	(void)state;
	lines = 0;
	last[0] = '\0';
	log_set(sink, LEVEL_INFO);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	log_set(NULL, LEVEL_INFO);
	return 0;
}

static void
a_line_reaches_the_sink_with_its_level(void **state)
{
	(void)state;
	log_warning("%s is %d", "it", 7);
	assert_string_equal(last, "it is 7");
	assert_int_equal(last_level, LEVEL_WARNING);
}

static void
what_is_below_the_level_is_not_said(void **state)
{
	(void)state;
	log_debug("no");
	assert_int_equal(lines, 0);
	log_set_level(LEVEL_DEBUG);
	log_debug("yes");
	assert_int_equal(lines, 1);
	log_set_level(LEVEL_ERROR);
	log_warning("no");
	assert_int_equal(lines, 1);
	assert_int_equal(log_level(), LEVEL_ERROR);
}

static void
what_is_always_said_is_said_at_any_level(void **state)
{
	(void)state;
	log_set_level(LEVEL_ALWAYS);
	log_error("no");
	log_always("notify: yes");
	assert_int_equal(lines, 1);
	assert_string_equal(last, "notify: yes");
}

/* A second line, a terminal's escape or a right-to-left mark could be read as somebody else's words. */
static void
a_line_is_one_line_of_valid_text(void **state)
{
	(void)state;
	log_info("a\nb\tc\x1b[31md\xff" "e\xe2\x80\xaeg\xc2\x9bh");
	assert_string_equal(last, "a b c [31md?e?g h");
}

static void
a_long_line_is_cut_and_stays_valid(void **state)
{
	char text[3 * LOG_LINE_MAX] = "x";

	(void)state;
	for (size_t i = 1; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "é", 3);
	log_info("%s", text);
	assert_in_range(strlen(last), LOG_LINE_MAX - 3, LOG_LINE_MAX - 1);
	assert_true(utf8_valid(last, strlen(last)));
}

static void
errno_survives_a_line(void **state)
{
	(void)state;
	errno = ENOSPC;
	log_info("x");
	log_debug("not said");
	assert_int_equal(errno, ENOSPC);
}

static void
every_level_has_its_name(void **state)
{
	(void)state;
	assert_string_equal(log_level_name(LEVEL_ALWAYS), "notice");
	assert_string_equal(log_level_name(LEVEL_DEBUG), "debug");
	assert_string_equal(log_level_name(LEVEL_COUNT), "?");
}

/* What a child that ends by end() writes to stderr, and its exit status. */
static int
output_of(void (*end)(void), char *out, size_t cap)
{
	int fd[2], status;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(fd), 0);
	if ((pid = fork()) == 0) {
		dup2(fd[1], STDERR_FILENO);
		log_set(NULL, LEVEL_INFO);
		end();
		_exit(99);
	}
	close(fd[1]);
	n = read(fd[0], out, cap - 1);
	out[n > 0 ? n : 0] = '\0';
	close(fd[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
end_fatal(void)
{
	errno = ENOENT;
	fatal("the %s", "file");
}

static void
end_fatal_without_errno(void)
{
	errno = 0;
	fatal("the %s", "file");
}

static void
end_fatalx(void)
{
	errno = ENOENT;
	fatalx("bad %d", 5);
}

static void
fatal_says_why_and_exits_1(void **state)
{
	char out[200];

	(void)state;
	assert_int_equal(output_of(end_fatal, out, sizeof(out)), 1);
	assert_string_equal(out, "error: the file: No such file or directory\n");
	assert_int_equal(output_of(end_fatal_without_errno, out, sizeof(out)), 1);
	assert_string_equal(out, "error: the file\n");
	assert_int_equal(output_of(end_fatalx, out, sizeof(out)), 1);
	assert_string_equal(out, "error: bad 5\n");
}

#define LOG(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LOG(a_line_reaches_the_sink_with_its_level),
		LOG(what_is_below_the_level_is_not_said),
		LOG(what_is_always_said_is_said_at_any_level),
		LOG(a_line_is_one_line_of_valid_text),
		LOG(a_long_line_is_cut_and_stays_valid),
		LOG(errno_survives_a_line),
		LOG(every_level_has_its_name),
		LOG(fatal_says_why_and_exits_1),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
