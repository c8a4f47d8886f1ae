/*
 * Links: two ends on a real socketpair, one of them sometimes a raw socket
 * that says what no link would.
 */
#include "build_config.h"

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "link.h"
#include "log.h"
#include "unit.h"
#include "unit_limits.h"

struct end {
	struct link *link;
	unsigned handled, broken;
	enum message_type last;
	uint32_t id;
	char why[128];
	int fd;
	bool free_inside;
};

static struct event_base *base;
static struct end child, parent;
static int raw; /* the other side where a test speaks bytes itself */

static void
on_any(void *ctx, struct link *link, uint32_t id, const union message *msg)
{
	struct end *e = ctx;
	int fd;

	(void)msg;
	e->handled++;
	e->id = id;
	if ((fd = link_take_fd(link)) != -1)
		e->fd = fd;
	if (e->free_inside) {
		link_free(link);
		e->link = NULL;
	}
}

static void
on_broken(void *ctx, struct link *link, const char *why)
{
	struct end *e = ctx;

	(void)link;
	e->broken++;
	strncpy(e->why, why, sizeof(e->why) - 1);
}

/* Every type is handled but TICK, for which a test needs a type without a handler. */
static link_handler *const *
handlers(void)
{
	static link_handler *all[MSG_COUNT];

	for (unsigned i = 0; i < MSG_COUNT; i++)
		all[i] = i == MSG_TICK ? NULL : on_any;
	return all;
}

static struct link *
end_new(struct end *e, int fd, enum role_id self, enum role_id peer)
{
	struct link_spec spec = {.self = self, .peer = peer, .handlers = handlers(), .broken = on_broken, .ctx = e};

	return e->link = link_new(base, fd, &spec);
}

/* A collector's link to its parent, and a raw socket in the parent's place. */
static int
setup_raw(void **state)
{
	int fd[2];

	(void)state;
	base = event_base_new();
	child = parent = (struct end){.fd = -1};
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	end_new(&child, fd[0], ROLE_COLLECTOR, ROLE_PARENT);
	raw = fd[1];
	return 0;
}

static int
setup_pair(void **state)
{
	setup_raw(state);
	end_new(&parent, raw, ROLE_PARENT, ROLE_COLLECTOR);
	raw = -1;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	link_free(child.link);
	link_free(parent.link);
	if (child.fd != -1)
		close(child.fd);
	if (raw != -1)
		close(raw);
	event_base_free(base);
	return 0;
}

static void
turn(void)
{
	for (int i = 0; i < 50; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
}

static size_t
ping(uint8_t *buf, size_t cap)
{
	return message_encode(buf, cap, MSG_PING, 7, &(struct msg_ping){0});
}

static void
a_message_arrives_with_its_id(void **state)
{
	(void)state;
	assert_int_equal(SEND(parent.link, PING, ping, 9, 0), 0);
	turn();
	assert_int_equal(child.handled, 1);
	assert_int_equal(child.id, 9);
	assert_int_equal(link_queued(parent.link), 0);
}

static void
a_message_in_single_bytes_arrives_once(void **state)
{
	uint8_t buf[64];
	size_t len = ping(buf, sizeof(buf));

	(void)state;
	for (size_t i = 0; i < len; i++) {
		assert_int_equal(child.handled, 0);
		assert_int_equal(write(raw, buf + i, 1), 1);
		turn();
	}
	assert_int_equal(child.handled, 1);
}

/* Bytes that the other side could read now. */
static ssize_t
waiting(void)
{
	char buf[64];

	return recv(raw, buf, sizeof(buf), MSG_DONTWAIT | MSG_PEEK);
}

static void
what_is_said_in_one_turn_leaves_together(void **state)
{
	(void)state;
	assert_int_equal(SEND(child.link, PONG, pong, 1, 0), 0);
	assert_int_equal(SEND(child.link, PONG, pong, 2, 0), 0);
	assert_int_equal(waiting(), -1);
	assert_int_equal(link_queued(child.link), 2 * MESSAGE_HEADER);
	event_base_loop(base, EVLOOP_NONBLOCK);
	assert_int_equal(waiting(), 2 * MESSAGE_HEADER);
	assert_int_equal(link_queued(child.link), 0);
}

static void
say_more(void *ctx, struct link *link)
{
	unsigned *calls = ctx;

	(void)link;
	++*calls;
}

/* Who has more to say than a queue should hold waits for this. */
static void
that_all_has_left_is_said_once_it_has(void **state)
{
	struct link_spec spec = {.self = ROLE_PARENT, .peer = ROLE_BRAIN, .handlers = handlers(), .broken = on_broken};
	static uint8_t bytes[SNAP_PART_MAX], sink[1 << 20];
	unsigned calls = 0;
	int fd[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	spec.ctx = &calls;
	parent.link = link_new(base, fd[0], &spec);
	link_set_drained(parent.link, say_more);
	for (int i = 0; i < 20; i++)
		assert_int_equal(SEND(parent.link, SNAP_PART, snap_part, 0, .bytes = {bytes, sizeof(bytes)}), 0);
	turn();
	assert_true(link_queued(parent.link) > 0);
	assert_int_equal(calls, 0);
	while (recv(fd[1], sink, sizeof(sink), MSG_DONTWAIT) > 0)
		turn();
	assert_int_equal(link_queued(parent.link), 0);
	assert_true(calls > 0);
	close(fd[1]);
}

static void
what_may_be_the_last_word_leaves_at_once(void **state)
{
	(void)state;
	assert_int_equal(SEND(child.link, PONG, pong, 1, 0), 0);
	link_push(child.link);
	assert_int_equal(waiting(), MESSAGE_HEADER);
	turn();
	assert_int_equal(waiting(), MESSAGE_HEADER);
}

static void
many_messages_at_once_all_arrive(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 5000; i++)
		assert_int_equal(SEND(parent.link, PING, ping, i, 0), 0);
	for (int i = 0; i < 100; i++)
		turn();
	assert_int_equal(child.handled, 5000);
	assert_int_equal(child.id, 4999);
}

static void
expect_break(const char *why)
{
	turn();
	assert_int_equal(child.broken, 1);
	assert_string_equal(child.why, why);
	assert_int_equal(SEND(child.link, PONG, pong, 0, 0), -1);
	turn();
	assert_int_equal(child.broken, 1);
}

static void
garbage_breaks_the_link_once(void **state)
{
	(void)state;
	assert_int_equal(write(raw, "GET / HTTP/1.0\r\n\r\n", 18), 18);
	expect_break("malformed header");
	assert_int_equal(child.handled, 0);
}

static void
a_type_that_its_sender_may_not_use_breaks_it(void **state)
{
	uint8_t buf[64];
	size_t len = message_encode(buf, sizeof(buf), MSG_PONG, 0, &(struct msg_pong){0});

	(void)state;
	assert_int_equal(write(raw, buf, len), len);
	expect_break("PONG is not for it to send now");
}

static void
a_type_in_the_wrong_phase_breaks_it(void **state)
{
	uint8_t buf[64];
	size_t len = message_encode(buf, sizeof(buf), MSG_START, 0, &(struct msg_start){0});

	(void)state;
	assert_int_equal(write(raw, buf, len), len);
	expect_break("START is not for it to send now");
}

static void
a_type_without_a_handler_breaks_it(void **state)
{
	uint8_t buf[64];
	size_t len = message_encode(buf, sizeof(buf), MSG_TICK, 0, &(struct msg_tick){0});

	(void)state;
	assert_int_equal(write(raw, buf, len), len);
	expect_break("TICK is not for it to send now");
}

static void
a_length_beyond_the_types_limit_breaks_it_before_it_is_read(void **state)
{
	uint8_t buf[64];

	(void)state;
	ping(buf, sizeof(buf));
	memcpy(buf + 4, "\x7f\xff\xff\xff", 4);
	assert_int_equal(write(raw, buf, MESSAGE_HEADER), MESSAGE_HEADER);
	expect_break("malformed header");
}

static void
a_malformed_payload_breaks_it(void **state)
{
	uint8_t buf[64];
	size_t len = message_encode(buf, sizeof(buf), MSG_GATE_END, 0, &(struct msg_gate_end){.group = ""});

	(void)state;
	buf[MESSAGE_HEADER] = 0xff;
	assert_int_equal(write(raw, buf, len), len);
	expect_break("malformed GATE_END");
}

static void
the_end_of_the_peer_is_told_without_a_reason(void **state)
{
	(void)state;
	close(raw);
	raw = -1;
	expect_break("");
}

static void
a_descriptor_arrives_and_is_close_on_exec(void **state)
{
	int fd[2];

	(void)state;
	assert_int_equal(pipe(fd), 0);
	assert_int_equal(link_send_fd(parent.link, MSG_GATE_PIPE, 3, &(struct msg_gate_pipe){0}, fd[0]), 0);
	turn();
	assert_int_equal(child.handled, 1);
	assert_true(child.fd > 2);
	assert_true(fcntl(child.fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(write(fd[1], "x", 1), 1);
	close(child.fd);
	child.fd = -1;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(write(fd[1], "x", 1), -1); /* the sender kept none */
	close(fd[1]);
}

static void
descriptors_among_other_messages_find_their_own(void **state)
{
	int fd[2];

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(pipe(fd), 0);
		close(fd[1]);
		SEND(parent.link, PING, ping, 1, 0);
		assert_int_equal(link_send_fd(parent.link, MSG_GATE_PIPE, i, &(struct msg_gate_pipe){0}, fd[0]), 0);
		SEND(parent.link, PING, ping, 2, 0);
		turn();
		assert_true(child.fd != -1);
		close(child.fd);
		child.fd = -1;
	}
	assert_int_equal(child.handled, 9);
	assert_int_equal(child.broken, 0);
}

static void
a_descriptor_that_is_missing_breaks_it(void **state)
{
	uint8_t buf[64];
	size_t len = message_encode(buf, sizeof(buf), MSG_GATE_PIPE, 0, &(struct msg_gate_pipe){0});

	(void)state;
	assert_int_equal(write(raw, buf, len), len);
	expect_break("GATE_PIPE without a descriptor");
}

/* The kernel drops it then; its message, and all others, arrive. */
static void
a_descriptor_for_which_there_is_no_room_is_lost_alone(void **state)
{
	rlim_t before;
	int fd[2];

	(void)state;
	assert_int_equal(pipe(fd), 0);
	SEND(parent.link, PING, ping, 1, 0);
	assert_int_equal(link_send_fd(parent.link, MSG_GATE_PIPE, 3, &(struct msg_gate_pipe){0}, dup(fd[0])), 0);
	SEND(parent.link, PING, ping, 2, 0);
	link_push(parent.link);
	before = unit_no_more_descriptors();
	turn();
	unit_descriptors(before);
	assert_int_equal(child.broken, 0);
	assert_int_equal(child.handled, 3);
	assert_int_equal(child.fd, -1);
	/* The next one is not taken for it, nor it for the next. */
	assert_int_equal(link_send_fd(parent.link, MSG_GATE_PIPE, 4, &(struct msg_gate_pipe){0}, fd[0]), 0);
	turn();
	assert_int_equal(child.handled, 4);
	assert_int_equal(write(fd[1], "x", 1), 1);
	assert_int_equal(read(child.fd, &(char){0}, 1), 1);
	close(fd[1]);
}

/* With room for one, the first is kept and the second is lost, not the other way round. */
static void
of_two_descriptors_with_room_for_one_each_message_has_its_own(void **state)
{
	int first[2], second[2], room;
	rlim_t before;

	(void)state;
	assert_int_equal(pipe(first), 0);
	assert_int_equal(pipe(second), 0);
	assert_int_equal(link_send_fd(parent.link, MSG_GATE_PIPE, 1, &(struct msg_gate_pipe){0}, first[0]), 0);
	assert_int_equal(link_send_fd(parent.link, MSG_GATE_PIPE, 2, &(struct msg_gate_pipe){0}, second[0]), 0);
	link_push(parent.link);
	room = dup(first[1]);
	before = unit_no_more_descriptors();
	close(room);
	turn();
	unit_descriptors(before);
	assert_int_equal(child.broken, 0);
	assert_int_equal(child.handled, 2);
	assert_int_equal(write(first[1], "x", 1), 1);
	assert_int_equal(read(child.fd, &(char){0}, 1), 1);
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(write(second[1], "x", 1), -1);
	close(first[1]);
	close(second[1]);
}

/* A message that carries none, and with it so many descriptors. */
static void
send_ping_with(size_t n)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(5 * sizeof(int))];
	} control = {0};
	int fds[5] = {raw, raw, raw, raw, raw};
	uint8_t buf[64];
	struct iovec iov = {buf, ping(buf, sizeof(buf))};
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = CMSG_SPACE(n * sizeof(int)),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	assert_true(n <= LENGTH(fds));
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(c), fds, n * sizeof(int));
	assert_true(sendmsg(raw, &msg, 0) > 0);
}

static void
more_descriptors_than_a_message_may_carry_break_it(void **state)
{
	(void)state;
	send_ping_with(5);
	expect_break(strerror(EPROTO));
}

static void
a_descriptor_that_nobody_expects_breaks_it(void **state)
{
	(void)state;
	send_ping_with(1);
	expect_break("a descriptor that belongs to no message");
}

static void
a_peer_that_does_not_read_breaks_it_at_the_queues_end(void **state)
{
	static char text[2000];
	unsigned sent = 0;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	while (sent < 10000 && SEND(child.link, LOG, log, 0, .level = 1, .text = text) == 0)
		sent++;
	assert_in_range(sent, LINK_QUEUE_MAX / 2100, 9999);
	assert_int_equal(child.broken, 0); /* never from inside a call */
	expect_break("it does not read what it is sent");
}

static void
what_is_not_ours_to_send_is_refused_and_the_link_lives(void **state)
{
	(void)state;
	log_set(NULL, LEVEL_ALWAYS);
	assert_int_equal(SEND(child.link, PING, ping, 0, 0), -1);
	assert_int_equal(SEND(child.link, LOG, log, 0, .level = 9, .text = "x"), -1);
	assert_int_equal(SEND(child.link, PONG, pong, 0, 0), 0);
	turn();
	assert_int_equal(child.broken, 0);
}

static void
a_handler_may_free_its_link(void **state)
{
	(void)state;
	child.free_inside = true;
	SEND(parent.link, PING, ping, 0, 0);
	SEND(parent.link, PING, ping, 0, 0);
	turn();
	assert_int_equal(child.handled, 1);
	assert_null(child.link);
}

#define RAW(test) cmocka_unit_test_setup_teardown(test, setup_raw, teardown)
#define PAIR(test) cmocka_unit_test_setup_teardown(test, setup_pair, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PAIR(a_message_arrives_with_its_id),
		RAW(a_message_in_single_bytes_arrives_once),
		RAW(what_is_said_in_one_turn_leaves_together),
		RAW(that_all_has_left_is_said_once_it_has),
		RAW(what_may_be_the_last_word_leaves_at_once),
		PAIR(many_messages_at_once_all_arrive),
		RAW(garbage_breaks_the_link_once),
		RAW(a_type_that_its_sender_may_not_use_breaks_it),
		RAW(a_type_in_the_wrong_phase_breaks_it),
		RAW(a_type_without_a_handler_breaks_it),
		RAW(a_length_beyond_the_types_limit_breaks_it_before_it_is_read),
		RAW(a_malformed_payload_breaks_it),
		RAW(the_end_of_the_peer_is_told_without_a_reason),
		PAIR(a_descriptor_arrives_and_is_close_on_exec),
		PAIR(descriptors_among_other_messages_find_their_own),
		RAW(a_descriptor_that_is_missing_breaks_it),
		RAW(a_descriptor_that_nobody_expects_breaks_it),
		RAW(more_descriptors_than_a_message_may_carry_break_it),
		PAIR(a_descriptor_for_which_there_is_no_room_is_lost_alone),
		PAIR(of_two_descriptors_with_room_for_one_each_message_has_its_own),
		RAW(a_peer_that_does_not_read_breaks_it_at_the_queues_end),
		RAW(what_is_not_ours_to_send_is_refused_and_the_link_lives),
		PAIR(a_handler_may_free_its_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
