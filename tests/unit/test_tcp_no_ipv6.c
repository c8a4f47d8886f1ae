/*
 * TCP pings on a host without IPv6: an address that cannot be tried says
 * nothing of whoever has it.
 */
#include "build_config.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <errno.h>
#include <string.h>

#include <event2/event.h>

#include "no_ipv6_unit.h"
#include "tcp_ping.h"
#include "unit.h"

static struct event_base *base;
static struct address_list addrs;
static int result;
static bool was_own;

static int
setup(void **state)
{
	(void)state;
	base = event_base_new();
	memset(&addrs, 0, sizeof(addrs));
	return base == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
	event_base_free(base);
	return 0;
}

static void
add_four(const char *text)
{
	struct sockaddr_in in = {.sin_family = AF_INET};

	assert_int_equal(inet_pton(AF_INET, text, &in.sin_addr), 1);
	memcpy(&addrs.v[addrs.n].addr, &in, sizeof(in));
	addrs.v[addrs.n++].len = sizeof(in);
}

static void
add_six(const char *text)
{
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};

	assert_int_equal(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
	memcpy(&addrs.v[addrs.n].addr, &in6, sizeof(in6));
	addrs.v[addrs.n++].len = sizeof(in6);
}

static void
on_ping(void *ctx, int error, bool own)
{
	(void)ctx;
	result = error;
	was_own = own;
	event_base_loopbreak(base);
}

static void
ping(uint16_t port)
{
	result = -1;
	assert_non_null(tcp_ping_start(base, &addrs, port, 5, on_ping, NULL));
	event_base_dispatch(base);
}

/* A listener on 127.0.0.1, closed again if open is false; its port. */
static uint16_t
port_of_loopback(bool open, int *fd)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(in);

	*fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(*fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(listen(*fd, 5), 0);
	assert_int_equal(getsockname(*fd, (struct sockaddr *)&in, &len), 0);
	if (!open)
		close(*fd);
	return ntohs(in.sin_port);
}

static void
test_who_has_only_ipv6_addresses_is_not_accused(void **state)
{
	(void)state;
	add_six("::1");
	add_six("2001:db8::1");
	ping(9);
	assert_int_equal(result, EADDRNOTAVAIL);
	assert_true(was_own);
}

static void
test_the_ipv4_address_is_asked_instead(void **state)
{
	int fd;
	uint16_t port = port_of_loopback(true, &fd);

	(void)state;
	add_six("2001:db8::1");
	add_six("::1");
	add_four("127.0.0.1");
	ping(port);
	assert_int_equal(result, 0);
	close(fd);
}

static void
test_what_the_ipv4_address_says_is_told(void **state)
{
	int fd;
	uint16_t port = port_of_loopback(false, &fd);

	(void)state;
	add_six("::1");
	add_four("127.0.0.1");
	add_six("2001:db8::1");
	ping(port);
	assert_int_equal(result, ECONNREFUSED);
	assert_false(was_own);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_who_has_only_ipv6_addresses_is_not_accused),
		TEST(test_the_ipv4_address_is_asked_instead),
		TEST(test_what_the_ipv4_address_says_is_told),
	};

	if (!enter_a_host_without_ipv6()) {
		puts("no network of our own: skipped");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
