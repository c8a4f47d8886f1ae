/*
 * The n-th allocation fails, for every n, of what the parent writes: a request
 * to docker is made whole or not at all, since half of one would ask for
 * something else; a line of the log is there or is counted.
 */
#include "build_config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "failing.h"
#include "gate_request.h"
#include "log_writer.h"
#include "unit.h"

static char *names[] = {(char *)"web", (char *)"a.b", (char *)"db-*", (char *)"a-name-that-makes-the-filter-long-*-x"};
static const struct config config = {.containers = {names, LENGTH(names)}};
static const uint8_t id[32] = {0xde, 0xad};
static struct failing *failing;

static void
fail_at(uint64_t n)
{
	failing->count = 0;
	failing->failed = false;
	failing->fail_at = n;
}

/* --- requests --- */

/* Returns what gate_request_build() does; text is what it has added. */
static int
build(const struct msg_gate_ask *ask, uint64_t n, char *text, size_t len)
{
	struct evbuffer *out = evbuffer_new();
	int rc, got;

	assert_non_null(out);
	fail_at(n);
	rc = gate_request_build(out, ask, &config);
	failing->fail_at = 0;
	if (rc == -1)
		assert_int_equal(errno, ENOMEM);
	got = evbuffer_remove(out, text, len - 1);
	text[got < 0 ? 0 : got] = '\0';
	evbuffer_free(out);
	return rc;
}

static uint64_t
try_all(const struct msg_gate_ask *ask)
{
	char whole[4096], text[4096];
	uint64_t n = 0;
	int64_t live;

	assert_int_equal(build(ask, 0, whole, sizeof(whole)), 0);
	live = failing->live;
	do {
		if (build(ask, ++n, text, sizeof(text)) == 0)
			assert_string_equal(text, whole);
		else
			assert_string_equal(text, "");
		assert_int_equal(failing->live, live);
	} while (failing->failed);
	return n - 1;
}

static void
a_request_is_whole_or_is_not_made(void **state)
{
	uint64_t allocations = 0;

	(void)state;
	for (uint8_t op = 0; op < GATE_OP_COUNT; op++) {
		bool one = op == GATE_LIST_ONE || op == GATE_LIST_ONE_UNHEALTHY;
		struct msg_gate_ask ask = {.op = op, .api_minor = 41, .since_s = 1, .container = {id, one ? sizeof(id) : 0}};

		allocations += try_all(&ask);
	}
	assert_true(allocations > GATE_OP_COUNT);
}

/* --- the log --- */

/* Three lines while the n-th allocation fails, and one after; what was written goes to text. */
static void
write_log(enum log_format format, uint64_t n, char *text, size_t len)
{
	struct event_base *base = event_base_new();
	int stderr_before = dup(STDERR_FILENO), fd[2];
	ssize_t got;

	assert_int_equal(pipe2(fd, O_CLOEXEC | O_NONBLOCK), 0);
	dup2(fd[1], STDERR_FILENO);
	assert_int_equal(log_writer_start(base, format), 0);
	fail_at(n);
	for (int i = 0; i < 3; i++)
		log_writer_line(ROLE_BRAIN, LEVEL_INFO, "a \"line\"");
	failing->fail_at = 0;
	log_writer_line(ROLE_BRAIN, LEVEL_INFO, "last");
	log_writer_stop(0);
	dup2(stderr_before, STDERR_FILENO);
	got = read(fd[0], text, len - 1);
	text[got < 0 ? 0 : got] = '\0';
	close(stderr_before);
	close(fd[0]);
	close(fd[1]);
	event_base_free(base);
}

static unsigned
lines_with(const char *text, const char *end)
{
	unsigned n = 0;

	for (const char *p = text; (p = strstr(p, end)) != NULL; p += strlen(end))
		n++;
	return n;
}

static void
expect_all_lines(const char *text, const char *line, const char *last)
{
	const char *told = strstr(text, " lines of this log were lost");
	unsigned there = lines_with(text, line), lost = told == NULL ? 0 : (unsigned)(told[-1] - '0');

	assert_int_equal(there + lost, 3);
	assert_int_equal(lines_with(text, last), 1);
	assert_int_equal(lines_with(text, "\n"), there + 1 + (told != NULL));
}

static void
a_line_is_whole_or_is_counted(void **state)
{
	char text[4096];
	unsigned lost = 0;

	(void)state;
	log_set(NULL, LEVEL_INFO);
	for (uint64_t n = 1; n == 1 || failing->failed; n++) {
		write_log(LOG_TEXT, n, text, sizeof(text));
		expect_all_lines(text, "info: brain: a \"line\"\n", "info: brain: last\n");
		lost += strstr(text, "lost") != NULL;
		write_log(LOG_JSON, n, text, sizeof(text));
		expect_all_lines(text, "\"role\":\"brain\",\"text\":\"a \\\"line\\\"\"}\n", "\"text\":\"last\"}\n");
	}
	assert_true(lost > 0);
}

static int
setup(void **state)
{
	(void)state;
	failing = failing_here();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_whole_or_is_not_made),
		cmocka_unit_test(a_line_is_whole_or_is_counted),
	};

	return cmocka_run_group_tests_name("alloc_parent", tests, setup, NULL);
}
