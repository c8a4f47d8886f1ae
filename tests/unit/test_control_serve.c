/*
 * Clients of the control socket, good ones and bad ones, before a brain on a
 * bench.  The test is the parent: it makes the connections and tells how the
 * roles are.
 */
#include "build_config.h"

#include <sys/socket.h>

#include <errno.h>
#include <unistd.h>

#include "brain_unit.h"
#include "clock.h"
#include "control_request.h"
#include "control_serve.h"

#define PATIENCE_S 20.0
#define QUICK_S 0.2 /* for clients that must be given up */
#define BOTH (CONTROL_MAY_READ | CONTROL_MAY_CHANGE)

static struct bench bench;
static struct event_base *base;
static struct control *control;
static struct {
	unsigned asked, ticks, tests, gone;
	uint32_t next_id;
	bool silent; /* the parent does not say how the roles are */
	char answer[4u << 20];
	size_t len;
} t;

static void
say_roles(void)
{
	for (unsigned role = 0; role < ROLE_COUNT; role++)
		control_role_info(control, &(const struct msg_role_info){
			.role = (uint8_t)role, .life = LIFE_RUNNING, .answers = 1, .calls = 20, .pid = 100 + role,
		});
	control_roles_end(control);
}

static void
tell_parent(void *ctx, enum message_type type, uint32_t id, const void *msg)
{
	(void)ctx, (void)id, (void)msg;
	t.asked += type == MSG_ROLES_ASK;
	t.ticks += type == MSG_CONTROL_TICK;
	t.tests += type == MSG_CONTROL_TEST;
	t.gone += type == MSG_CONTROL_GONE;
}

static void
wake(void *ctx)
{
	(void)ctx;
}

static int
open_world(void **state)
{
	struct control_host host = {.brain = &bench.brain, .tell_parent = tell_parent, .wake = wake,
	    .request_s = QUICK_S, .stall_s = QUICK_S};

	(void)state;
	memset(&t, 0, sizeof(t));
	bench_open(&bench, SETTINGS("INTERVAL_S=30"));
	bench_tick(&bench, 100);
	brain_mem(&bench.brain, 41.2, "");
	host.base = base = event_base_new();
	control = control_new(&host);
	return base == NULL || control == NULL;
}

static int
close_world(void **state)
{
	(void)state;
	control_free(control);
	event_base_free(base);
	bench_close(&bench);
	return 0;
}

/* A client's end of a new connection. */
static int
connect_with(uint8_t rights)
{
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd), 0);
	control_client(control, t.next_id++, &(const struct msg_control_client){.rights = rights, .user = "alice"}, fd[1]);
	return fd[0];
}

static void
turn(void)
{
	unsigned before = t.asked;

	event_base_loop(base, EVLOOP_NONBLOCK);
	if (t.asked > before && !t.silent)
		say_roles();
}

static void
put(int fd, const char *bytes, size_t len)
{
	assert_int_equal(send(fd, bytes, len, MSG_NOSIGNAL), len);
}

#define PUT(fd, text) put(fd, text, sizeof(text) - 1)

/* Read what there is.  True at the end of the connection. */
static bool
take(int fd)
{
	ssize_t n;

	while ((n = recv(fd, t.answer + t.len, sizeof(t.answer) - 1 - t.len, 0)) > 0)
		t.len += (size_t)n;
	t.answer[t.len] = '\0';
	return n == 0 || errno == ECONNRESET;
}

/* All that is said until the connection is closed. */
static const char *
until_closed(int fd)
{
	double end = clock_awake() + PATIENCE_S;

	t.len = 0;
	while (!take(fd)) {
		assert_true(clock_awake() < end);
		turn();
	}
	close(fd);
	return t.answer;
}

static void
until_gone(unsigned count)
{
	double end = clock_awake() + PATIENCE_S;

	while (t.gone < count) {
		assert_true(clock_awake() < end);
		turn();
	}
}

/* --- those who mean well --- */

static void
a_status_tells_of_every_signal_and_every_role_and_ends(void **state)
{
	int fd = connect_with(CONTROL_MAY_READ);
	const char *said;

	(void)state;
	PUT(fd, "status\n");
	said = until_closed(fd);
	assert_non_null(strstr(said, "{\"signal\":{\"key\":\"mem\",\"subject\":\"memory\""));
	assert_non_null(strstr(said, "{\"role\":{\"role\":\"prober\",\"state\":\"running\",\"pid\":105"));
	assert_non_null(strstr(said, "\"sandbox\":\"enforce\""));
	assert_non_null(strstr(said, "{\"status\":{\"version\":"));
	assert_non_null(strstr(said, "\n{\"end\":true,\"exit\":0}\n"));
	assert_int_equal(t.gone, 1);
}

/* The parent counts who is there. */
static void
a_client_for_whom_no_descriptor_is_left_is_told_to_be_gone(void **state)
{
	(void)state;
	control_client(control, t.next_id++, &(const struct msg_control_client){.rights = CONTROL_MAY_READ, .user = "alice"}, -1);
	assert_int_equal(t.gone, 1);
}

static void
a_request_may_come_byte_by_byte(void **state)
{
	int fd = connect_with(CONTROL_MAY_READ);

	(void)state;
	control_tick_ended(control);
	for (const char *at = "health\n"; *at != '\0'; at++) {
		put(fd, at, 1);
		turn();
	}
	assert_string_equal(until_closed(fd), "{\"end\":true,\"exit\":0,\"text\":\"healthy\"}\n");
}

static void
the_watchdog_is_healthy_while_its_ticks_end_and_every_role_answers(void **state)
{
	int fd = connect_with(CONTROL_MAY_READ);

	(void)state;
	control_tick_ended(control);
	PUT(fd, "health\n");
	assert_string_equal(until_closed(fd), "{\"end\":true,\"exit\":0,\"text\":\"healthy\"}\n");
	bench_tick(&bench, 191);
	fd = connect_with(CONTROL_MAY_READ);
	PUT(fd, "health\n");
	assert_string_equal(until_closed(fd),
	    "{\"end\":true,\"exit\":1,\"text\":\"no tick has ended for 91 s, which is over 3 intervals\"}\n");
}

static void
a_role_that_does_not_answer_is_not_healthy(void **state)
{
	int fd = connect_with(CONTROL_MAY_READ);

	(void)state;
	control_tick_ended(control);
	t.silent = true;
	PUT(fd, "health\n");
	for (double end = clock_awake() + PATIENCE_S; t.asked == 0 && clock_awake() < end;)
		turn();
	control_role_info(control, &(const struct msg_role_info){.role = ROLE_PARENT, .life = LIFE_RUNNING, .answers = 1});
	control_role_info(control, &(const struct msg_role_info){.role = ROLE_COLLECTOR, .life = LIFE_BACKOFF, .answers = 1});
	control_roles_end(control);
	assert_string_equal(until_closed(fd),
	    "{\"end\":true,\"exit\":1,\"text\":\"the collector waits to be started anew\"}\n");
}

static void
who_watches_sees_each_tick_until_it_leaves(void **state)
{
	int fd = connect_with(CONTROL_MAY_READ);
	double end = clock_awake() + PATIENCE_S;

	(void)state;
	PUT(fd, "watch\n");
	for (unsigned frames = 1; frames <= 3; frames++) {
		for (t.len = 0; strstr(t.answer, "{\"frame\":true}\n") == NULL;) {
			assert_true(clock_awake() < end);
			turn();
			assert_false(take(fd));
		}
		t.answer[0] = '\0';
		control_tick_ended(control);
		say_roles();
	}
	close(fd);
	turn();
	control_tick_ended(control);
	say_roles();
	until_gone(1);
}

static void
what_changes_something_takes_the_right_to(void **state)
{
	int fd = connect_with(CONTROL_MAY_READ);

	(void)state;
	PUT(fd, "tick\n");
	assert_non_null(strstr(until_closed(fd), "{\"end\":true,\"exit\":77,\"error\":\"only root, "));
	assert_int_equal(t.ticks, 0);
	fd = connect_with(BOTH);
	PUT(fd, "tick\n");
	assert_string_equal(until_closed(fd), "{\"end\":true,\"exit\":0}\n");
	assert_int_equal(t.ticks, 1);
}

static void
a_test_message_is_one_at_a_time_and_its_result_is_told(void **state)
{
	int first = connect_with(BOTH), second = connect_with(BOTH);

	(void)state;
	PUT(first, "test\n");
	for (double end = clock_awake() + PATIENCE_S; t.tests == 0 && clock_awake() < end;)
		turn();
	PUT(second, "test\n");
	assert_non_null(strstr(until_closed(second), "\"exit\":1,\"text\":\"another test message is on its way"));
	control_tested(control, true, "delivered to 1 chat");
	assert_string_equal(until_closed(first), "{\"end\":true,\"exit\":0,\"text\":\"delivered to 1 chat\"}\n");
	assert_int_equal(t.tests, 1);
}

static void
a_client_may_close_its_side_behind_its_request(void **state)
{
	int fd = connect_with(CONTROL_MAY_READ);

	(void)state;
	PUT(fd, "status\n");
	shutdown(fd, SHUT_WR);
	assert_non_null(strstr(until_closed(fd), "{\"end\":true,\"exit\":0}\n"));
}

/* --- those who do not --- */

static void
what_is_no_request_is_refused_in_words_or_dropped(void **state)
{
	static const struct {
		const char *bytes, *answer;
		size_t len;
	} bad[] = {
#define BAD(bytes, answer) {bytes, answer, sizeof(bytes) - 1}
		BAD("\n", "this daemon knows no such request"),
		BAD("STATUS\n", "this daemon knows no such request"),
		BAD("status\tnow\n", "status: expected nothing behind it"),
		BAD("status\t\n", "expected no empty word"),
		BAD("status\n\n", NULL),
		BAD("status\nstatus\n", NULL),
		BAD("st\0tus\n", "expected one line of UTF-8 text"),
		BAD("\xff\xfe\n", "expected one line of UTF-8 text"),
		BAD("\033[2J\n", "expected one line of UTF-8 text"),
		BAD("GET / HTTP/1.1\r\nHost: x\r\n\r\n", NULL),
#undef BAD
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++) {
		int fd = connect_with(BOTH);
		const char *said;

		put(fd, bad[i].bytes, bad[i].len);
		said = until_closed(fd);
		if (bad[i].answer != NULL)
			assert_non_null(strstr(said, bad[i].answer));
		else
			assert_string_equal(said, "");
		assert_int_equal(t.gone, i + 1);
	}
	assert_int_equal(t.asked, 0);
}

static void
half_a_request_has_a_deadline_and_a_longest(void **state)
{
	static char flood[REQUEST_MAX];
	int half = connect_with(BOTH), none = connect_with(BOTH), long_one = connect_with(BOTH);

	(void)state;
	memset(flood, 'x', sizeof(flood));
	PUT(half, "stat");
	put(long_one, flood, sizeof(flood));
	assert_string_equal(until_closed(long_one), "");
	assert_string_equal(until_closed(half), "");
	assert_string_equal(until_closed(none), "");
	assert_int_equal(t.gone, 3);
}

static void
a_descriptor_that_a_client_sends_is_not_taken(void **state)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} space = {0};
	char line[] = "health\n";
	struct iovec iov = {line, sizeof(line) - 1};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = space.bytes, .msg_controllen = sizeof(space.bytes)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	int fd = connect_with(BOTH), pipe_end[2];
	char byte;

	(void)state;
	assert_int_equal(pipe(pipe_end), 0);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &pipe_end[1], sizeof(int));
	assert_int_equal(sendmsg(fd, &msg, 0), sizeof(line) - 1);
	close(pipe_end[1]);
	until_closed(fd);
	assert_int_equal(read(pipe_end[0], &byte, 1), 0); /* nobody holds the other end */
	close(pipe_end[0]);
}

/* More than a socket's buffers hold. */
static void
many_signals(void)
{
	char name[300];

	brain_containers_begin(&bench.brain);
	for (unsigned i = 0; i < 1500; i++) {
		snprintf(name, sizeof(name), "%0200u", i);
		bench_container(&bench, name, "running", "", -1, false);
	}
	brain_containers_end(&bench.brain, true);
}

static void
who_does_not_read_is_given_up_and_a_slow_reader_is_not(void **state)
{
	int never = connect_with(BOTH), slow = connect_with(BOTH);
	double end = clock_awake() + PATIENCE_S;
	bool over = false;

	(void)state;
	many_signals();
	PUT(never, "status\n");
	PUT(slow, "status\n");
	for (t.len = 0; !over;) {
		ssize_t n = recv(slow, t.answer + t.len, 20000, 0);

		assert_true(clock_awake() < end);
		t.len += n > 0 ? (size_t)n : 0;
		over = n == 0;
		turn();
		usleep(1000);
	}
	t.answer[t.len] = '\0';
	assert_non_null(strstr(t.answer, "\n{\"end\":true,\"exit\":0}\n"));
	until_gone(2);
	until_closed(never);
	assert_null(strstr(t.answer, "\"end\":true"));
	close(slow);
}

static void
a_crowd_is_answered_one_by_one(void **state)
{
	int fd[CONTROL_CLIENTS_MAX];

	(void)state;
	for (size_t i = 0; i < LENGTH(fd); i++) {
		fd[i] = connect_with(CONTROL_MAY_READ);
		PUT(fd[i], "health\n");
	}
	for (size_t i = 0; i < LENGTH(fd); i++)
		assert_non_null(strstr(until_closed(fd[i]), "\"end\":true"));
	assert_int_equal(t.gone, LENGTH(fd));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
	const struct CMUnitTest tests[] = {
		TEST(a_status_tells_of_every_signal_and_every_role_and_ends),
		TEST(a_request_may_come_byte_by_byte),
		TEST(the_watchdog_is_healthy_while_its_ticks_end_and_every_role_answers),
		TEST(a_role_that_does_not_answer_is_not_healthy),
		TEST(who_watches_sees_each_tick_until_it_leaves),
		TEST(what_changes_something_takes_the_right_to),
		TEST(a_test_message_is_one_at_a_time_and_its_result_is_told),
		TEST(a_client_may_close_its_side_behind_its_request),
		TEST(what_is_no_request_is_refused_in_words_or_dropped),
		TEST(half_a_request_has_a_deadline_and_a_longest),
		TEST(a_descriptor_that_a_client_sends_is_not_taken),
		TEST(a_client_for_whom_no_descriptor_is_left_is_told_to_be_gone),
		TEST(who_does_not_read_is_given_up_and_a_slow_reader_is_not),
		TEST(a_crowd_is_answered_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
