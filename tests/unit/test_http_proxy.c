/*
 * Through a proxy: it is the proxy's name that is looked up here, the
 * target's name goes to the proxy.
 */
#include "build_config.h"

#include <sys/socket.h>

#include <netinet/in.h>

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "net_fixture.h"
#include "net_server.h"

static struct identity authority, good;
static struct fixture fx;
static struct server proxy, target;
static struct url target_url, proxy_url;
static char target_text[256], proxy_text[256];
static uint16_t target_port; /* for the proxy's process */

static int
make_certificates(void **state)
{
	(void)state;
	pki_authority(&authority, "the authority");
	pki_issue(&good, &authority, "DNS:api.test", -1, 1);
	return 0;
}

static int
free_certificates(void **state)
{
	(void)state;
	pki_free(&authority);
	pki_free(&good);
	return 0;
}

static void
say_hello(struct conn *c, int nth)
{
	(void)nth;
	while (conn_request(c))
		if (!conn_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"))
			return;
}

static int
setup(void **state)
{
	(void)state;
	fixture_open_http(&fx, pki_bundle_of(&authority));
	fixture_name(&fx, 0, "api.test", "");
	fixture_name(&fx, 1, "proxy.test", "127.0.0.1");
	server_start(&target, &(struct server_spec){.script = say_hello, .tls = &good});
	target_port = target.port;
	proxy.pid = 0;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fixture_close(&fx);
	server_stop(&target);
	if (proxy.pid != 0)
		server_stop(&proxy);
	return 0;
}

static int
connect_to_target(void)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(target_port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd == -1 || connect(fd, (struct sockaddr *)&in, sizeof(in)) == -1)
		_exit(5);
	return fd;
}

/* Copy both ways until one end closes. */
static void
relay(int a, int b)
{
	char buf[16384];
	ssize_t n;

	for (;;) {
		fd_set fds;

		FD_ZERO(&fds);
		FD_SET(a, &fds);
		FD_SET(b, &fds);
		if (select((a > b ? a : b) + 1, &fds, NULL, NULL, NULL) == -1)
			return;
		for (int i = 0; i < 2; i++) {
			int from = i == 0 ? a : b, to = i == 0 ? b : a;

			if (FD_ISSET(from, &fds) && ((n = read(from, buf, sizeof(buf))) <= 0 || write(to, buf, (size_t)n) != n))
				return;
		}
	}
}

static struct got
fetch(server_script *script, const char *proxy_scheme, const char *scheme, double connect_timeout)
{
	struct http_request request;
	struct got got;

	server_start(&proxy, &(struct server_spec){.script = script});
	fixture_request(&proxy_url, proxy_text, sizeof(proxy_text), proxy_scheme, "proxy.test", proxy.port, "");
	request = fixture_request(&target_url, target_text, sizeof(target_text), scheme, "api.test", 8443, "/path");
	request.proxy = &proxy_url;
	request.connect_timeout = connect_timeout;
	fixture_fetch(&fx, &request, &got);
	return got;
}

/* --- an http proxy --- */

static void
http_connect(struct conn *c, int nth)
{
	(void)nth;
	conn_request(c);
	conn_say(c, "HTTP/1.1 200 Connection established\r\nX-Proxy: yes\r\n\r\n");
	relay(c->fd, connect_to_target());
}

static void
test_https_goes_through_connect_and_is_verified(void **state)
{
	struct got got = fetch(http_connect, "http", "https", 5);

	(void)state;
	assert_int_equal(got.outcome, HTTP_ANSWERED);
	assert_int_equal(got.status, 200);
	assert_string_equal(got.body, "hello");
	assert_true(strncmp(server_log(&proxy), "CONNECT api.test:8443 HTTP/1.1\r\n", 32) == 0);
	assert_null(strstr(proxy.said, "/path"));
	assert_non_null(strstr(server_log(&target), "GET /path HTTP/1.1\r\n"));
}

static void
test_only_the_proxy_is_looked_up(void **state)
{
	(void)state;
	fetch(http_connect, "http", "https", 5);
	assert_int_equal(fx.asked[0], 0);
	assert_int_equal(fx.asked[1], 1);
}

static void
test_environment_cannot_switch_the_proxy_off(void **state)
{
	(void)state;
	setenv("no_proxy", "*", 1);
	fetch(http_connect, "http", "https", 5);
	unsetenv("no_proxy");
	assert_true(strncmp(server_log(&proxy), "CONNECT ", 8) == 0);
}

static void
test_http_goes_to_the_proxy_whole(void **state)
{
	struct got got = fetch(say_hello, "http", "http", 5);

	(void)state;
	assert_int_equal(got.outcome, HTTP_ANSWERED);
	assert_true(strncmp(server_log(&proxy), "GET http://api.test:8443/path HTTP/1.1\r\n", 40) == 0);
}

static void
http_refuse(struct conn *c, int nth)
{
	(void)nth;
	conn_request(c);
	conn_say(c, "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
}

static void
test_proxy_that_refuses_is_not_sent(void **state)
{
	struct got got = fetch(http_refuse, "http", "https", 5);

	(void)state;
	assert_int_equal(got.outcome, HTTP_NOT_SENT);
	assert_int_equal(got.status, 0);
	assert_string_equal(got.error, "the proxy answered 403");
}

static void
hang(struct conn *c, int nth)
{
	(void)nth;
	conn_read(c, (char[1]){0}, 1);
	conn_hang();
}

static void
test_proxy_that_hangs_is_a_timeout_before(void **state)
{
	struct got got = fetch(hang, "http", "https", 0.4);

	(void)state;
	assert_int_equal(got.outcome, HTTP_TIMEOUT_BEFORE);
	assert_string_equal(got.error, "timeout: no connection through the proxy");
}

static void
close_at_once(struct conn *c, int nth)
{
	(void)nth;
	conn_request(c);
}

static void
test_proxy_that_closes_is_not_sent(void **state)
{
	(void)state;
	assert_int_equal(fetch(close_at_once, "http", "https", 5).outcome, HTTP_NOT_SENT);
}

static void
http_connect_to_a_closing_target(struct conn *c, int nth)
{
	(void)nth;
	conn_request(c);
	conn_say(c, "HTTP/1.1 200 Connection established\r\n\r\n");
}

static void
test_target_that_closes_in_the_handshake_is_not_sent(void **state)
{
	(void)state;
	assert_int_equal(fetch(http_connect_to_a_closing_target, "http", "https", 5).outcome, HTTP_NOT_SENT);
}

/* --- a SOCKS5 proxy (RFC 1928), which gets the name --- */

static bool
socks_exactly(struct conn *c, uint8_t *buf, size_t len)
{
	for (size_t at = 0; at < len;) {
		ssize_t n = conn_read(c, buf + at, len - at);

		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

static void
socks_answer(struct conn *c, uint8_t reply)
{
	const uint8_t answer[] = {5, reply, 0, 1, 127, 0, 0, 1, 0, 9};
	uint8_t head[5], name[256] = "", port[2];

	if (!socks_exactly(c, head, 2) || !socks_exactly(c, name, head[1]))
		return;
	conn_write(c, "\5\0", 2);
	if (!socks_exactly(c, head, 5) || !socks_exactly(c, name, head[4]) || !socks_exactly(c, port, 2))
		return;
	name[head[4]] = '\0';
	conn_log(c, "[type %d %s:%d]", head[3], (const char *)name, port[0] << 8 | port[1]);
	conn_write(c, answer, sizeof(answer));
}

static void
socks(struct conn *c, int nth)
{
	(void)nth;
	socks_answer(c, 0);
	relay(c->fd, connect_to_target());
}

static void
test_socks_proxy_is_given_the_name(void **state)
{
	struct got got = fetch(socks, "socks5h", "https", 5);

	(void)state;
	assert_int_equal(got.outcome, HTTP_ANSWERED);
	assert_string_equal(got.body, "hello");
	assert_string_equal(server_log(&proxy), "[type 3 api.test:8443]");
	assert_int_equal(fx.asked[0], 0);
}

static void
socks_refuse(struct conn *c, int nth)
{
	(void)nth;
	socks_answer(c, 5);
}

static void
test_socks_proxy_that_refuses_is_not_sent(void **state)
{
	struct got got = fetch(socks_refuse, "socks5h", "https", 5);

	(void)state;
	assert_int_equal(got.outcome, HTTP_NOT_SENT);
	assert_string_equal(got.error, "the proxy refused or failed");
}

#define T(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(https_goes_through_connect_and_is_verified),
		T(only_the_proxy_is_looked_up),
		T(environment_cannot_switch_the_proxy_off),
		T(http_goes_to_the_proxy_whole),
		T(proxy_that_refuses_is_not_sent),
		T(proxy_that_hangs_is_a_timeout_before),
		T(proxy_that_closes_is_not_sent),
		T(target_that_closes_in_the_handshake_is_not_sent),
		T(socks_proxy_is_given_the_name),
		T(socks_proxy_that_refuses_is_not_sent),
	};

	return cmocka_run_group_tests(tests, make_certificates, free_certificates);
}
