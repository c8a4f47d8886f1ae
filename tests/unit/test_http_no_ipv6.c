/*
 * Plain HTTP on a host without IPv6: that an IPv6 address cannot be tried
 * says nothing of whoever has it.
 */
#include "build_config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "net_fixture.h"
#include "net_server.h"
#include "no_ipv6_unit.h"
#include "own_error.h"

static struct fixture fx;
static struct server server;
static struct url url;
static char url_text[256];

static void
say_hello(struct conn *c, int nth)
{
	(void)nth;
	if (conn_request(c))
		conn_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
}

/* A server on 127.0.0.1. */
static int
setup(void **state)
{
	(void)state;
	fixture_open_http(&fx, -1);
	server_start(&server, &(struct server_spec){.script = say_hello});
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fixture_close(&fx);
	if (server.pid != 0)
		server_stop(&server);
	return 0;
}

static void
nobody_listens(void)
{
	server_stop(&server);
	server.pid = 0;
}

static struct got
get_from(const char *addresses)
{
	struct http_request request = fixture_request(&url, url_text, sizeof(url_text), "http", "app.test", server.port, "/");
	struct got got = {0};

	fixture_name(&fx, 0, "app.test", addresses);
	fixture_fetch(&fx, &request, &got);
	return got;
}

static void
assert_own(struct got got)
{
	char text[64];

	snprintf(text, sizeof(text), "%s", strerror(EADDRNOTAVAIL));
	error_after_colon(text);
	assert_string_equal(got.error, text);
	assert_int_equal(got.outcome, HTTP_NOT_SENT);
	assert_true(got.own);
}

static void
assert_refused(struct got got)
{
	assert_int_equal(got.outcome, HTTP_NOT_SENT);
	assert_string_equal(got.error, "connection refused");
	assert_false(got.own);
}

static void
test_who_has_only_an_ipv6_address_is_not_accused(void **state)
{
	(void)state;
	assert_own(get_from("::1"));
	assert_own(get_from("2001:db8::1 ::1"));
}

static void
test_a_literal_ipv6_address_is_not_accused(void **state)
{
	struct http_request request = fixture_request(&url, url_text, sizeof(url_text), "http", "::1", server.port, "/");
	struct got got;

	(void)state;
	fixture_fetch(&fx, &request, &got);
	assert_own(got);
}

static void
test_the_ipv4_address_is_asked_instead(void **state)
{
	(void)state;
	assert_int_equal(get_from("::1 127.0.0.1").outcome, HTTP_ANSWERED);
	assert_int_equal(get_from("2001:db8::1 ::1 127.0.0.1").outcome, HTTP_ANSWERED);
}

static void
test_what_the_ipv4_address_says_is_told(void **state)
{
	(void)state;
	nobody_listens();
	assert_refused(get_from("::1 127.0.0.1"));
}

static void
test_it_is_told_though_the_ipv6_address_comes_behind_it(void **state)
{
	(void)state;
	nobody_listens();
	assert_refused(get_from("127.0.0.1 ::1"));
}

static void
test_it_is_told_though_several_come_behind_it(void **state)
{
	(void)state;
	nobody_listens();
	assert_refused(get_from("127.0.0.1 ::1 2001:db8::1 2001:db8::2"));
}

/* An address that was given half of the time has said something by its silence. */
static void
test_silence_is_told_too(void **state)
{
	struct http_request request;
	struct got got;
	int fds[TARPIT_FDS];
	uint16_t port = tarpit_open("127.0.0.1", 0, fds);

	(void)state;
	fixture_name(&fx, 0, "app.test", "127.0.0.1 ::1 2001:db8::1");
	request = fixture_request(&url, url_text, sizeof(url_text), "http", "app.test", port, "/");
	request.connect_timeout = 1;
	fixture_fetch(&fx, &request, &got);
	assert_int_equal(got.outcome, HTTP_TIMEOUT_BEFORE);
	assert_false(got.own);
	tarpit_close(fds);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_who_has_only_an_ipv6_address_is_not_accused),
		TEST(test_a_literal_ipv6_address_is_not_accused),
		TEST(test_the_ipv4_address_is_asked_instead),
		TEST(test_what_the_ipv4_address_says_is_told),
		TEST(test_it_is_told_though_the_ipv6_address_comes_behind_it),
		TEST(test_it_is_told_though_several_come_behind_it),
		TEST(test_silence_is_told_too),
	};

	if (!enter_a_host_without_ipv6()) {
		puts("no network of our own: skipped");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
