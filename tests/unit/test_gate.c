/*
 * The gate, between a scripted engine on a real socket and a scripted
 * collector on a real link.
 */
#include "build_config.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "gate.h"
#include "log.h"
#include "unit.h"

#define NOBODY 65534
#define NOBODYS_GROUP 4000000000u

struct world {
	struct event_base *base;
	struct config config;
	struct gate *gate;
	struct link *parent_end, *collector_end;
	char dir[64], path[96];
	int listener;
	/* what the collector got */
	int pipe; /* the last one */
	int all_pipes[64];
	unsigned pipes, ends;
	uint8_t how[256];
	char group[65];
};

static char *everything[] = {(char *)"*"};

/* In place of libc's, which may ask a name service that never answers. */
struct group *
getgrgid(gid_t gid)
{
	fail_msg("a name service was asked for group %u", (unsigned)gid);
	return NULL;
}

static void
on_ask(void *ctx, struct link *link, uint32_t id, const union message *msg)
{
	struct world *w = ctx;

	gate_ask(w->gate, link, id, &msg->gate_ask);
}

static void
on_pipe(void *ctx, struct link *link, uint32_t id, const union message *msg)
{
	struct world *w = ctx;

	(void)id, (void)msg;
	w->pipe = w->all_pipes[w->pipes++] = link_take_fd(link);
}

static void
on_end(void *ctx, struct link *link, uint32_t id, const union message *msg)
{
	struct world *w = ctx;

	(void)link, (void)id;
	w->how[w->ends++ % 256] = msg->gate_end.how;
	snprintf(w->group, sizeof(w->group), "%s", msg->gate_end.group);
}

static void
on_broken(void *ctx, struct link *link, const char *why)
{
	(void)ctx, (void)link;
	fail_msg("the link broke: %s", why);
}

static link_handler *const handlers[MSG_COUNT] = {
	[MSG_GATE_ASK] = on_ask, [MSG_GATE_PIPE] = on_pipe, [MSG_GATE_END] = on_end};

static void
listen_as_engine(struct world *w, int backlog)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", w->path);
	w->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(w->listener, (struct sockaddr *)&sun, sizeof(sun)), 0);
	assert_int_equal(listen(w->listener, backlog), 0);
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct link_spec parent = {.self = ROLE_PARENT, .peer = ROLE_COLLECTOR, .handlers = handlers, .broken = on_broken, .ctx = w};
	struct link_spec collector = {.self = ROLE_COLLECTOR, .peer = ROLE_PARENT, .handlers = handlers, .broken = on_broken, .ctx = w};
	int fd[2];

	signal(SIGPIPE, SIG_IGN);
	strcpy(w->dir, "/tmp/test_gate.XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	snprintf(w->path, sizeof(w->path), "%s/docker.sock", w->dir);
	w->listener = w->pipe = -1;
	w->config.docker_sock = w->path;
	w->config.http_timeout = 0.3;
	w->config.containers = (struct string_list){everything, LENGTH(everything)};
	w->base = event_base_new();
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	w->parent_end = link_new(w->base, fd[0], &parent);
	w->collector_end = link_new(w->base, fd[1], &collector);
	w->gate = gate_new(w->base, &w->config);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	gate_free(w->gate);
	link_free(w->parent_end);
	link_free(w->collector_end);
	event_base_free(w->base);
	if (w->listener != -1)
		close(w->listener);
	for (unsigned i = 0; i < w->pipes; i++)
		close(w->all_pipes[i]);
	unlink(w->path);
	rmdir(w->dir);
	free(w);
	return 0;
}

static void
ask(struct world *w, enum gate_op op)
{
	assert_int_equal(SEND(w->collector_end, GATE_ASK, gate_ask, 1, .op = (uint8_t)op, .api_minor = 41), 0);
}

/* Turn the loop until n requests have ended, or the time is over. */
static void
run_until_ends(struct world *w, unsigned n, double seconds)
{
	double end = clock_awake() + seconds;

	while (w->ends < n && clock_awake() < end) {
		event_base_loop(w->base, EVLOOP_NONBLOCK);
		usleep(1000);
	}
}

static int
accept_request(struct world *w, char *request, size_t len)
{
	int fd = -1;
	ssize_t n = -1;

	for (int i = 0; i < 1000 && (fd == -1 || n == -1); i++) {
		event_base_loop(w->base, EVLOOP_NONBLOCK);
		if (fd == -1)
			fd = accept4(w->listener, NULL, NULL, SOCK_NONBLOCK);
		if (fd != -1)
			n = recv(fd, request, len - 1, 0);
		usleep(1000);
	}
	assert_true(n > 0);
	request[n] = '\0';
	return fd;
}

static void
an_answer_flows_through_whole(void **state)
{
	struct world *w = *state;
	char request[1024], answer[64] = "";
	int fd;

	listen_as_engine(w, 5);
	ask(w, GATE_PING);
	fd = accept_request(w, request, sizeof(request));
	assert_string_equal(request, "GET /_ping HTTP/1.0\r\nUser-Agent: watchdog/" PACKAGE_VERSION "\r\n\r\n");
	assert_int_equal(send(fd, "HTTP/1.0 200 OK\r\n\r\nOK", 21, 0), 21);
	close(fd);
	run_until_ends(w, 1, 2);
	assert_int_equal(w->how[0], GATE_COMPLETE);
	assert_int_equal(read(w->pipe, answer, sizeof(answer) - 1), 21);
	assert_string_equal(answer, "HTTP/1.0 200 OK\r\n\r\nOK");
	assert_int_equal(read(w->pipe, answer, sizeof(answer)), 0);
}

static void
the_pipe_cannot_be_written(void **state)
{
	struct world *w = *state;
	char request[1024];
	int fd;

	listen_as_engine(w, 5);
	ask(w, GATE_PING);
	fd = accept_request(w, request, sizeof(request));
	while (w->pipes == 0)
		event_base_loop(w->base, EVLOOP_NONBLOCK);
	assert_int_equal(write(w->pipe, "x", 1), -1);
	assert_int_equal(errno, EBADF);
	close(fd);
}

static void
each_failure_has_its_name(void **state)
{
	struct world *w = *state;

	ask(w, GATE_PING);
	run_until_ends(w, 1, 2);
	assert_int_equal(w->how[0], GATE_NO_SOCKET);
	listen_as_engine(w, 5);
	close(w->listener);
	w->listener = -1;
	ask(w, GATE_PING);
	run_until_ends(w, 2, 2);
	assert_int_equal(w->how[1], GATE_REFUSED);
	assert_int_equal(w->pipes, 0);
}

/* Root is denied nothing, an owner has his own rights alone. */
static void
be_denied(struct world *w, gid_t gid)
{
	unsigned before = w->ends;

	assert_int_equal(chmod(w->path, S_IRGRP | S_IWGRP), 0);
	if (getuid() == 0) {
		assert_int_equal(chown(w->path, NOBODY, gid), 0);
		assert_int_equal(seteuid(NOBODY), 0);
	}
	ask(w, GATE_PING);
	run_until_ends(w, before + 1, 2);
	assert_int_equal(seteuid(getuid()), 0);
	assert_int_equal(w->how[before], GATE_DENIED);
}

static void
the_group_that_may_is_named_from_its_file_alone(void **state)
{
	struct world *w = *state;

	listen_as_engine(w, 5);
	assert_int_equal(chmod(w->dir, S_IRWXU | S_IXGRP | S_IXOTH), 0);
	be_denied(w, 0);
	assert_string_not_equal(w->group, "");
	if (getuid() != 0)
		return;
	assert_string_equal(w->group, "root");
	be_denied(w, NOBODYS_GROUP);
	assert_string_equal(w->group, "4000000000");
}

static void
a_socket_path_that_is_too_long_is_no_crash(void **state)
{
	struct world *w = *state;
	char longest[300];

	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	w->config.docker_sock = longest;
	ask(w, GATE_PING);
	run_until_ends(w, 1, 2);
	assert_int_equal(w->how[0], GATE_FAILED);
}

static void
an_engine_that_never_answers_meets_the_deadline(void **state)
{
	struct world *w = *state;
	char request[1024];
	int fd;

	listen_as_engine(w, 5);
	ask(w, GATE_LIST);
	fd = accept_request(w, request, sizeof(request));
	run_until_ends(w, 1, 3);
	assert_int_equal(w->ends, 1);
	assert_int_equal(w->how[0], GATE_DEADLINE);
	close(fd);
}

static void
an_engine_that_does_not_accept_meets_the_deadline(void **state)
{
	struct world *w = *state;
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int full[3];

	listen_as_engine(w, 0);
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", w->path);
	for (size_t i = 0; i < LENGTH(full); i++) {
		full[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)!connect(full[i], (struct sockaddr *)&sun, sizeof(sun));
	}
	ask(w, GATE_LIST);
	run_until_ends(w, 1, 3);
	assert_int_equal(w->how[0], GATE_DEADLINE);
	for (size_t i = 0; i < LENGTH(full); i++)
		close(full[i]);
}

static void
an_endless_answer_is_cut_at_the_cap(void **state)
{
	static char junk[65536];
	struct world *w = *state;
	char request[1024];
	double end = clock_awake() + 10;
	int fd;

	w->config.http_timeout = 10;
	listen_as_engine(w, 5);
	ask(w, GATE_PING);
	fd = accept_request(w, request, sizeof(request));
	while (w->ends == 0 && clock_awake() < end) {
		(void)!send(fd, junk, sizeof(junk), MSG_NOSIGNAL);
		event_base_loop(w->base, EVLOOP_NONBLOCK);
		if (w->pipe != -1)
			while (read(w->pipe, junk, sizeof(junk)) > 0)
				continue;
	}
	assert_int_equal(w->how[0], GATE_TOO_LARGE);
	close(fd);
}

static void
a_reader_that_stops_reading_does_not_spin_the_loop(void **state)
{
	static char junk[65536];
	struct world *w = *state;
	char request[1024];
	clock_t before;
	int fd;

	w->config.http_timeout = 1;
	listen_as_engine(w, 5);
	ask(w, GATE_LIST);
	fd = accept_request(w, request, sizeof(request));
	for (int i = 0; i < 100; i++) {
		(void)!send(fd, junk, sizeof(junk), MSG_NOSIGNAL);
		event_base_loop(w->base, EVLOOP_NONBLOCK);
	}
	before = clock();
	while (w->ends == 0)
		event_base_loop(w->base, EVLOOP_ONCE);
	assert_int_equal(w->how[0], GATE_DEADLINE);
	assert_true(clock() - before < CLOCKS_PER_SEC / 4);
	close(fd);
}

static void
a_reader_that_closes_ends_its_request(void **state)
{
	struct world *w = *state;
	char request[1024];
	int fd;

	listen_as_engine(w, 5);
	ask(w, GATE_EVENTS);
	fd = accept_request(w, request, sizeof(request));
	while (w->pipes == 0)
		event_base_loop(w->base, EVLOOP_NONBLOCK);
	close(w->all_pipes[--w->pipes]);
	run_until_ends(w, 1, 2);
	assert_int_equal(w->how[0], GATE_ABANDONED);
	close(fd);
}

static void
requests_at_once_are_bounded(void **state)
{
	struct world *w = *state;

	listen_as_engine(w, 20);
	for (int i = 0; i < GATE_PARALLEL + 3; i++)
		ask(w, GATE_LIST);
	run_until_ends(w, 3, 0.2);
	assert_int_equal(w->ends, 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(w->how[i], GATE_BUSY);
}

static void
there_is_one_event_stream(void **state)
{
	struct world *w = *state;

	listen_as_engine(w, 5);
	ask(w, GATE_EVENTS);
	ask(w, GATE_EVENTS);
	run_until_ends(w, 1, 1);
	assert_int_equal(w->how[0], GATE_BUSY);
}

/* Over the stream's life there is no deadline, but until it is asked for there is: else its one place would be taken for good. */
static void
an_event_stream_that_cannot_be_asked_for_meets_the_deadline(void **state)
{
	struct world *w = *state;
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int full[3];

	listen_as_engine(w, 0);
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", w->path);
	for (size_t i = 0; i < LENGTH(full); i++) {
		full[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)!connect(full[i], (struct sockaddr *)&sun, sizeof(sun));
	}
	ask(w, GATE_EVENTS);
	run_until_ends(w, 1, 3);
	assert_int_equal(w->how[0], GATE_DEADLINE);
	for (size_t i = 0; i < LENGTH(full); i++)
		close(full[i]);
}

static void
an_idle_event_stream_outlives_the_deadline_and_ends_with_the_engine(void **state)
{
	struct world *w = *state;
	char request[1024], bytes[16];
	int fd;

	listen_as_engine(w, 5);
	ask(w, GATE_EVENTS);
	fd = accept_request(w, request, sizeof(request));
	run_until_ends(w, 1, 3 * w->config.http_timeout);
	assert_int_equal(w->ends, 0);
	assert_int_equal(send(fd, "late\n", 5, 0), 5);
	close(fd);
	run_until_ends(w, 1, 2);
	assert_int_equal(w->how[0], GATE_COMPLETE);
	assert_int_equal(read(w->pipe, bytes, sizeof(bytes)), 5);
	/* The place is free again. */
	ask(w, GATE_EVENTS);
	fd = accept_request(w, request, sizeof(request));
	assert_int_equal(w->ends, 1);
	close(fd);
}

static void
where_docker_is_left_alone_nothing_is_asked(void **state)
{
	struct world *w = *state;

	listen_as_engine(w, 5);
	w->config.containers.n = 0;
	for (int op = 0; op < GATE_OP_COUNT; op++)
		ask(w, (enum gate_op)op);
	run_until_ends(w, GATE_OP_COUNT, 2);
	assert_int_equal(w->ends, GATE_OP_COUNT);
	for (int i = 0; i < GATE_OP_COUNT; i++)
		assert_int_equal(w->how[i], GATE_FAILED);
	assert_int_equal(accept4(w->listener, NULL, NULL, SOCK_NONBLOCK), -1);
	assert_int_equal(errno, EAGAIN);
	w->config.containers.n = 1;
	ask(w, GATE_PING);
	run_until_ends(w, GATE_OP_COUNT + 1, 2);
	assert_int_equal(w->how[GATE_OP_COUNT], GATE_DEADLINE);
}

static unsigned said;

static void
count_lines(enum log_level level, const char *line)
{
	(void)level;
	said += strstr(line, "makes no sense") != NULL;
}

/* It may be asked 50 times a second, and nobody reads the log so fast. */
static void
what_makes_no_sense_is_said_once_of_each_collector(void **state)
{
	struct world *w = *state;

	log_set(count_lines, LEVEL_WARNING);
	listen_as_engine(w, 5);
	said = 0;
	for (unsigned collectors = 1; collectors <= 2; collectors++) {
		for (int i = 0; i < 3; i++)
			ask(w, GATE_LIST_ONE); /* without an id */
		run_until_ends(w, 3 * collectors, 2);
		assert_int_equal(said, collectors);
		gate_abandon(w->gate);
	}
	for (int i = 0; i < 6; i++)
		assert_int_equal(w->how[i], GATE_FAILED);
	log_set(NULL, LEVEL_INFO);
}

static void
requests_a_second_are_bounded(void **state)
{
	struct world *w = *state;
	unsigned busy = 0;

	for (unsigned i = 0; i < GATE_BURST + 50; i++)
		ask(w, GATE_PING);
	run_until_ends(w, GATE_BURST + 50, 2);
	assert_int_equal(w->ends, GATE_BURST + 50);
	for (unsigned i = 0; i < w->ends; i++)
		busy += w->how[i] == GATE_BUSY;
	assert_in_range(busy, 40, 50);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_answer_flows_through_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(the_pipe_cannot_be_written, setup, teardown),
		cmocka_unit_test_setup_teardown(each_failure_has_its_name, setup, teardown),
		cmocka_unit_test_setup_teardown(the_group_that_may_is_named_from_its_file_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(a_socket_path_that_is_too_long_is_no_crash, setup, teardown),
		cmocka_unit_test_setup_teardown(an_engine_that_never_answers_meets_the_deadline, setup, teardown),
		cmocka_unit_test_setup_teardown(an_engine_that_does_not_accept_meets_the_deadline, setup, teardown),
		cmocka_unit_test_setup_teardown(an_endless_answer_is_cut_at_the_cap, setup, teardown),
		cmocka_unit_test_setup_teardown(a_reader_that_stops_reading_does_not_spin_the_loop, setup, teardown),
		cmocka_unit_test_setup_teardown(a_reader_that_closes_ends_its_request, setup, teardown),
		cmocka_unit_test_setup_teardown(requests_at_once_are_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(there_is_one_event_stream, setup, teardown),
		cmocka_unit_test_setup_teardown(an_event_stream_that_cannot_be_asked_for_meets_the_deadline, setup, teardown),
		cmocka_unit_test_setup_teardown(an_idle_event_stream_outlives_the_deadline_and_ends_with_the_engine, setup, teardown),
		cmocka_unit_test_setup_teardown(where_docker_is_left_alone_nothing_is_asked, setup, teardown),
		cmocka_unit_test_setup_teardown(what_makes_no_sense_is_said_once_of_each_collector, setup, teardown),
		cmocka_unit_test_setup_teardown(requests_a_second_are_bounded, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
