/*
 * The parent's part of the control socket: the path, who may what, how many.
 * The test is the brain.
 */
#include "build_config.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "control.h"
#include "log.h"
#include "unit.h"

#define PATIENCE_S 20.0

static struct {
	struct event_base *base;
	struct link *parent_end, *brain_end;
	struct control *control;
	struct config config;
	struct identity identity;
	char dir[32], path[64];
	bool brain_away;
	/* what the brain got */
	unsigned clients;
	uint32_t ids[512];
	int fds[512];
	struct msg_control_client last;
	char user[USER_MAX_LEN + 1], log[4096];
} w;

static void
on_client(void *ctx, struct link *link, uint32_t id, const union message *msg)
{
	(void)ctx;
	w.ids[w.clients] = id;
	w.fds[w.clients++] = link_take_fd(link);
	w.last = msg->control_client;
	snprintf(w.user, sizeof(w.user), "%s", msg->control_client.user);
}

static void
on_broken(void *ctx, struct link *link, const char *why)
{
	(void)ctx, (void)link;
	fail_msg("link: %s", why);
}

static struct link *
brain(void *ctx, const char **why)
{
	(void)ctx;
	*why = "restarting";
	return w.brain_away ? NULL : w.parent_end;
}

static void
take_line(enum log_level level, const char *text)
{
	(void)level;
	snprintf(w.log + strlen(w.log), sizeof(w.log) - strlen(w.log), "%s\n", text);
}

static struct control *
open_socket(void)
{
	struct control *c = control_new(&w.config, &w.identity);

	assert_int_equal(control_serve(c, w.base, &(const struct control_daemon){brain, NULL}), 0);
	return c;
}

static int
open_world(void **state)
{
	static link_handler *handlers[MSG_COUNT] = {[MSG_CONTROL_CLIENT] = on_client};
	static link_handler *none[MSG_COUNT];
	struct link_spec near = {.self = ROLE_PARENT, .peer = ROLE_BRAIN, .handlers = none, .broken = on_broken};
	struct link_spec far = {.self = ROLE_BRAIN, .peer = ROLE_PARENT, .handlers = handlers, .broken = on_broken};
	int fd[2];

	(void)state;
	memset(&w, 0, sizeof(w));
	log_set(take_line, LEVEL_DEBUG);
	strcpy(w.dir, "/tmp/wd-unit-XXXXXX");
	w.base = event_base_new();
	if (w.base == NULL || mkdtemp(w.dir) == NULL || socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == -1)
		return -1;
	w.parent_end = link_new(w.base, fd[0], &near);
	w.brain_end = link_new(w.base, fd[1], &far);
	snprintf(w.path, sizeof(w.path), "%s/run/w.sock", w.dir);
	w.config.control_sock = w.path;
	w.identity = (struct identity){.uid = getuid(), .gid = getgid()};
	w.control = open_socket();
	return w.parent_end == NULL || w.brain_end == NULL;
}

static int
close_world(void **state)
{
	char folder[64];

	(void)state;
	for (unsigned i = 0; i < w.clients; i++)
		close(w.fds[i]);
	control_free(w.control);
	link_free(w.parent_end);
	link_free(w.brain_end);
	event_base_free(w.base);
	snprintf(folder, sizeof(folder), "%s/run", w.dir);
	rmdir(folder);
	return rmdir(w.dir); /* -1 if anything was left */
}

static int
connect_to_it(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	double end = clock_awake() + PATIENCE_S;

	strcpy(address.sun_path, w.path);
	/* EAGAIN: as many wait in the kernel as may. */
	while (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == -1) {
		assert_true(errno == EAGAIN && clock_awake() < end);
		event_base_loop(w.base, EVLOOP_NONBLOCK);
	}
	return fd;
}

static void
until_clients(unsigned count)
{
	double end = clock_awake() + PATIENCE_S;

	while (w.clients < count) {
		assert_true(clock_awake() < end);
		event_base_loop(w.base, EVLOOP_NONBLOCK);
	}
}

/* What stands on the connection once it is closed. */
static const char *
turned_away(int fd)
{
	static char said[256];
	double end = clock_awake() + PATIENCE_S;
	size_t len = 0;
	ssize_t n;

	while ((n = recv(fd, said + len, sizeof(said) - 1 - len, 0)) != 0) {
		assert_true(clock_awake() < end);
		len += n > 0 ? (size_t)n : 0;
		event_base_loop(w.base, EVLOOP_NONBLOCK);
	}
	said[len] = '\0';
	close(fd);
	return said;
}

static void
the_socket_is_for_its_owner_and_group(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(stat(w.path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
	assert_int_equal(st.st_gid, getgid());
}

static void
a_client_is_handed_over_with_the_kernels_word_for_who_it_is(void **state)
{
	int fd = connect_to_it();

	(void)state;
	until_clients(1);
	assert_int_equal(w.last.uid, getuid());
	assert_int_equal(w.last.gid, getgid());
	assert_int_equal(w.last.pid, getpid());
	assert_int_equal(w.last.rights, CONTROL_MAY_READ | CONTROL_MAY_CHANGE);
	if (getuid() == 0)
		assert_string_equal(w.user, "root");
	assert_int_equal(send(w.fds[0], "x", 1, 0), 1);
	close(fd);
}

static void
without_a_brain_a_client_is_told_so(void **state)
{
	(void)state;
	w.brain_away = true;
	assert_string_equal(turned_away(connect_to_it()), "{\"end\":true,\"exit\":75,\"refused\":\"restarting\"}\n");
}

static void
one_uid_gets_no_more_than_its_share_and_a_place_that_is_free_again(void **state)
{
	int fd[CONTROL_CLIENTS_UID_MAX];

	(void)state;
	for (unsigned i = 0; i < LENGTH(fd); i++)
		fd[i] = connect_to_it();
	until_clients(LENGTH(fd));
	assert_string_equal(turned_away(connect_to_it()), "{\"end\":true,\"exit\":75,\"refused\":\"crowded\"}\n");
	control_gone(w.control, w.ids[3]);
	fd[3] = (close(fd[3]), connect_to_it());
	until_clients(LENGTH(fd) + 1);
	control_forget(w.control);
	close(connect_to_it());
	until_clients(LENGTH(fd) + 2);
	for (unsigned i = 0; i < LENGTH(fd); i++)
		close(fd[i]);
}

static void
a_thousand_connections_cost_a_pause_and_no_more(void **state)
{
	double began = clock_awake();
	unsigned away = 0;

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		struct sockaddr_un address = {.sun_family = AF_UNIX};

		strcpy(address.sun_path, w.path);
		away += connect(fd, (const struct sockaddr *)&address, sizeof(address)) == -1;
		close(fd);
		event_base_loop(w.base, EVLOOP_NONBLOCK);
	}
	/* What is accepted in a second is bounded; the rest waits in the kernel, or is not let in. */
	assert_true(w.clients <= CONTROL_CLIENTS_UID_MAX);
	assert_true(away > 0 || clock_awake() - began > 1);
	control_forget(w.control);
	w.brain_away = true;
	assert_non_null(strstr(turned_away(connect_to_it()), "restarting"));
}

static void
a_stale_socket_is_replaced_and_a_living_one_is_not(void **state)
{
	struct control *second;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int stale = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	second = open_socket();
	assert_null(second);
	assert_non_null(strstr(w.log, "another daemon listens there"));
	control_free(w.control);
	assert_int_equal(access(w.path, F_OK), -1);
	strcpy(address.sun_path, w.path);
	assert_int_equal(bind(stale, (const struct sockaddr *)&address, sizeof(address)), 0);
	close(stale);
	w.control = open_socket();
	assert_non_null(w.control);
	close(connect_to_it());
	until_clients(1);
}

static void
what_is_no_socket_is_left_alone(void **state)
{
	FILE *out;

	(void)state;
	control_free(w.control);
	w.control = NULL;
	out = fopen(w.path, "w");
	fclose(out);
	assert_null(open_socket());
	assert_non_null(strstr(w.log, "it is there and is no socket"));
	assert_int_equal(unlink(w.path), 0);
}

static void
a_socket_that_another_has_put_there_since_is_not_removed(void **state)
{
	char aside[80];

	(void)state;
	snprintf(aside, sizeof(aside), "%s/aside", w.dir);
	assert_int_equal(rename(w.path, aside), 0);
	assert_int_equal(mkdir(w.path, 0700), 0);
	control_free(w.control);
	w.control = NULL;
	assert_int_equal(rmdir(w.path), 0);
	assert_int_equal(unlink(aside), 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
	const struct CMUnitTest tests[] = {
		TEST(the_socket_is_for_its_owner_and_group),
		TEST(a_client_is_handed_over_with_the_kernels_word_for_who_it_is),
		TEST(without_a_brain_a_client_is_told_so),
		TEST(one_uid_gets_no_more_than_its_share_and_a_place_that_is_free_again),
		TEST(a_thousand_connections_cost_a_pause_and_no_more),
		TEST(a_stale_socket_is_replaced_and_a_living_one_is_not),
		TEST(what_is_no_socket_is_left_alone),
		TEST(a_socket_that_another_has_put_there_since_is_not_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
