/*
 * TCP pings against real sockets on loopback.
 */
#include "build_config.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "clock.h"
#include "tcp_ping.h"
#include "unit.h"
#include "unit_limits.h"

static struct event_base *base;
static struct address_list addrs;
static int result;
static bool was_own;
static unsigned calls;

static void
on_ping(void *ctx, int error, bool own)
{
	(void)ctx;
	calls++;
	result = error;
	was_own = own;
	event_base_loopbreak(base);
}

static void
add_address(const char *text)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&addrs.v[addrs.n].addr;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&addrs.v[addrs.n].addr;

	memset(&addrs.v[addrs.n], 0, sizeof(addrs.v[0]));
	if (strchr(text, ':') == NULL) {
		in->sin_family = AF_INET;
		assert_int_equal(inet_pton(AF_INET, text, &in->sin_addr), 1);
		addrs.v[addrs.n++].len = sizeof(*in);
	} else {
		in6->sin6_family = AF_INET6;
		assert_int_equal(inet_pton(AF_INET6, text, &in6->sin6_addr), 1);
		addrs.v[addrs.n++].len = sizeof(*in6);
	}
}

/* A listener on an address; its port.  A backlog of 0, filled up, makes connects hang. */
static int
listen_on(const char *text, int backlog, uint16_t *port)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(*port)};
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, text, &in.sin_addr);
	assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(listen(fd, backlog), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &len), 0);
	*port = ntohs(in.sin_port);
	return fd;
}

/* Fill a listener's queue, so that the next connect gets no answer. */
static void
fill(const char *text, uint16_t port, int *fds, size_t n)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};

	inet_pton(AF_INET, text, &in.sin_addr);
	for (size_t i = 0; i < n; i++) {
		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		connect(fds[i], (struct sockaddr *)&in, sizeof(in));
	}
}

static uint16_t
closed_port(void)
{
	uint16_t port = 0;

	close(listen_on("127.0.0.1", 1, &port));
	return port;
}

static double
ping(uint16_t port, double timeout)
{
	double begun = clock_awake();

	calls = 0;
	result = -1;
	assert_non_null(tcp_ping_start(base, &addrs, port, timeout, on_ping, NULL));
	assert_int_equal(calls, 0);
	event_base_dispatch(base);
	assert_int_equal(calls, 1);
	return clock_awake() - begun;
}

static int
open_world(void **state)
{
	(void)state;
	base = event_base_new();
	addrs.n = 0;
	return 0;
}

static int
close_world(void **state)
{
	(void)state;
	event_base_free(base);
	return 0;
}

static void
a_listener_is_reached(void **state)
{
	uint16_t port = 0;
	int fd = listen_on("127.0.0.1", 5, &port);

	(void)state;
	add_address("127.0.0.1");
	ping(port, 2);
	assert_int_equal(result, 0);
	close(fd);
}

static void
a_closed_port_refuses(void **state)
{
	(void)state;
	add_address("127.0.0.1");
	ping(closed_port(), 2);
	assert_int_equal(result, ECONNREFUSED);
}

static void
after_a_refusal_the_next_address_is_tried_at_once(void **state)
{
	uint16_t port = 0;
	int fd = listen_on("127.0.0.9", 64, &port);
	bool quick = false;

	(void)state;
	add_address("127.0.0.8");
	add_address("127.0.0.9");
	/* Quick at least once, however busy the machine is. */
	for (int i = 0; i < 50 && !quick; i++) {
		quick = ping(port, 20) < TCP_PING_STAGGER_S;
		assert_int_equal(result, 0);
	}
	assert_true(quick);
	close(fd);
}

static void
an_address_that_is_silent_does_not_hold_up_the_next(void **state)
{
	uint16_t port = 0;
	int silent = listen_on("127.0.0.10", 0, &port), good = listen_on("127.0.0.11", 5, &port), fds[8];
	double took;

	(void)state;
	fill("127.0.0.10", port, fds, LENGTH(fds));
	add_address("127.0.0.10");
	add_address("127.0.0.11");
	took = ping(port, 20);
	assert_int_equal(result, 0);
	assert_true(took >= TCP_PING_STAGGER_S - 0.02);
	for (size_t i = 0; i < LENGTH(fds); i++)
		close(fds[i]);
	close(silent);
	close(good);
}

static void
silence_ends_at_the_deadline(void **state)
{
	uint16_t port = 0;
	int silent = listen_on("127.0.0.12", 0, &port), fds[8];
	double took;

	(void)state;
	fill("127.0.0.12", port, fds, LENGTH(fds));
	add_address("127.0.0.12");
	took = ping(port, 0.3);
	assert_int_equal(result, ETIMEDOUT);
	assert_true(took >= 0.28);
	for (size_t i = 0; i < LENGTH(fds); i++)
		close(fds[i]);
	close(silent);
}

static void
the_first_address_s_error_is_the_one_told(void **state)
{
	(void)state;
	add_address("127.0.0.1");
	add_address("255.255.255.255");
	ping(closed_port(), 2);
	assert_int_equal(result, ECONNREFUSED);
}

static void
without_a_descriptor_it_could_not_be_tried(void **state)
{
	uint16_t port = closed_port();
	rlim_t before;

	(void)state;
	add_address("127.0.0.1");
	add_address("127.0.0.2");
	before = unit_no_more_descriptors();
	ping(port, 2);
	unit_descriptors(before);
	assert_int_equal(result, EMFILE);
	assert_true(was_own);
	ping(port, 2);
	assert_int_equal(result, ECONNREFUSED);
	assert_false(was_own);
}

/* One address hangs with the last descriptor, the others have none: that one's silence is an answer. */
static void
silence_counts_for_more_than_what_could_not_be_tried(void **state)
{
	uint16_t port = 0;
	int silent = listen_on("127.0.0.13", 0, &port), fds[8], last = dup(0);
	rlim_t before;

	(void)state;
	fill("127.0.0.13", port, fds, LENGTH(fds));
	add_address("127.0.0.13");
	add_address("127.0.0.14");
	before = unit_no_more_descriptors();
	close(last);
	ping(port, 0.6);
	unit_descriptors(before);
	assert_int_equal(result, ETIMEDOUT);
	assert_false(was_own);
	for (size_t i = 0; i < LENGTH(fds); i++)
		close(fds[i]);
	close(silent);
}

/* A network of its own with a single local port, which is taken.  Returns false if there may be none. */
static bool
enter_a_host_without_ports(uint16_t port, int *taken)
{
	struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd;

	if (unshare(geteuid() == 0 ? CLONE_NEWNET : CLONE_NEWUSER | CLONE_NEWNET) == -1)
		return false;
	if ((fd = open("/proc/sys/net/ipv4/ip_local_port_range", O_WRONLY | O_CLOEXEC)) == -1)
		return false;
	assert_int_equal(write(fd, "50000 50000", 11), 11);
	close(fd);
	*taken = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(ioctl(*taken, SIOCSIFFLAGS, &lo), 0);
	listen_on("127.0.0.1", 5, &port);
	assert_int_equal(connect(*taken, (struct sockaddr *)&in, sizeof(in)), 0);
	return true;
}

#define NO_SUCH_HOST 77

/* In a child. */
static int
ping_without_ports(void)
{
	int taken;

	base = event_base_new();
	if (!enter_a_host_without_ports(60000, &taken))
		return NO_SUCH_HOST;
	add_address("127.0.0.1");
	ping(60000, 2);
	return result == EADDRNOTAVAIL && was_own ? 0 : 1;
}

static void
without_a_local_port_it_could_not_be_tried(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0)
		_exit(ping_without_ports());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == NO_SUCH_HOST)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
ipv6_is_spoken(void **state)
{
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
	socklen_t len = sizeof(in6);
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	if (fd == -1 || bind(fd, (struct sockaddr *)&in6, sizeof(in6)) == -1) {
		close(fd);
		skip();
	}
	listen(fd, 5);
	getsockname(fd, (struct sockaddr *)&in6, &len);
	add_address("::1");
	ping(ntohs(in6.sin6_port), 2);
	assert_int_equal(result, 0);
	close(fd);
}

static void
a_cancelled_ping_says_nothing(void **state)
{
	struct tcp_ping *p;

	(void)state;
	add_address("127.0.0.1");
	calls = 0;
	p = tcp_ping_start(base, &addrs, closed_port(), 0.1, on_ping, NULL);
	event_base_loop(base, EVLOOP_NONBLOCK);
	if (calls == 0)
		tcp_ping_cancel(p);
	tcp_ping_cancel(NULL);
	p = tcp_ping_start(base, &addrs, closed_port(), 0.1, on_ping, NULL);
	calls = 0;
	tcp_ping_cancel(p);
	event_base_dispatch(base);
	assert_int_equal(calls, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_listener_is_reached, open_world, close_world),
		cmocka_unit_test_setup_teardown(a_closed_port_refuses, open_world, close_world),
		cmocka_unit_test_setup_teardown(after_a_refusal_the_next_address_is_tried_at_once, open_world, close_world),
		cmocka_unit_test_setup_teardown(an_address_that_is_silent_does_not_hold_up_the_next, open_world, close_world),
		cmocka_unit_test_setup_teardown(silence_ends_at_the_deadline, open_world, close_world),
		cmocka_unit_test_setup_teardown(the_first_address_s_error_is_the_one_told, open_world, close_world),
		cmocka_unit_test_setup_teardown(without_a_descriptor_it_could_not_be_tried, open_world, close_world),
		cmocka_unit_test_setup_teardown(silence_counts_for_more_than_what_could_not_be_tried, open_world, close_world),
		cmocka_unit_test_setup_teardown(without_a_local_port_it_could_not_be_tried, open_world, close_world),
		cmocka_unit_test_setup_teardown(ipv6_is_spoken, open_world, close_world),
		cmocka_unit_test_setup_teardown(a_cancelled_ping_says_nothing, open_world, close_world),
	};

	return cmocka_run_group_tests_name("tcp_ping", tests, NULL, NULL);
}
