/*
 * Plain HTTP against scripted servers: what counts as answered, lost, not
 * sent; caps, deadlines, connections.
 */
#include "build_config.h"

#include <sys/socket.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "clock.h"
#include "net_fixture.h"
#include "net_server.h"
#include "unit_limits.h"

static struct fixture fx;
static struct server server;
static struct url url;
static char url_text[256];

static int
setup(void **state)
{
	(void)state;
	fixture_open_http(&fx, -1);
	fixture_name(&fx, 0, "app.test", "127.0.0.1");
	server.pid = 0;
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
serve(server_script *script)
{
	server_start(&server, &(struct server_spec){.script = script});
}

static struct http_request
request_for(const char *path)
{
	return fixture_request(&url, url_text, sizeof(url_text), "http", "app.test", server.port, path);
}

static struct got
get(server_script *script)
{
	struct http_request request;
	struct got got;

	serve(script);
	request = request_for("/metrics");
	fixture_fetch(&fx, &request, &got);
	return got;
}

/* --- answers --- */

static void
say_hello(struct conn *c, int nth)
{
	while (conn_request(c))
		if (!conn_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nhello %d", nth))
			return;
}

static void
test_answer_has_status_and_body(void **state)
{
	struct got got = get(say_hello);

	(void)state;
	assert_int_equal(got.outcome, HTTP_ANSWERED);
	assert_int_equal(got.status, 200);
	assert_string_equal(got.body, "hello 0");
	assert_int_equal(got.body_len, 7);
	assert_string_equal(got.error, "");
	assert_false(got.has_location);
	assert_true(got.seconds > 0);
}

static void
test_request_says_who_asks_and_offers_no_compression(void **state)
{
	const char *log;

	(void)state;
	get(say_hello);
	log = server_log(&server);
	assert_true(strncmp(log, "GET /metrics HTTP/1.1\r\n", 23) == 0);
	assert_non_null(strstr(log, "\r\nHost: app.test:"));
	assert_non_null(strstr(log, "\r\nUser-Agent: watchdog/" PACKAGE_VERSION "\r\n"));
	assert_null(strstr(log, "Encoding"));
}

static void
test_body_is_posted_as_json(void **state)
{
	char *large = calloc(1, 3000);
	struct http_request request;
	struct got got;

	(void)state;
	memset(large, 'x', 2999);
	serve(say_hello);
	request = request_for("/send");
	request.body = large;
	fixture_fetch(&fx, &request, &got);
	assert_int_equal(got.outcome, HTTP_ANSWERED);
	assert_non_null(strstr(server_log(&server), "POST /send HTTP/1.1\r\n"));
	assert_non_null(strstr(server.said, "\r\nContent-Type: application/json\r\n"));
	assert_non_null(strstr(server.said, "\r\nContent-Length: 2999\r\n"));
	assert_non_null(strstr(server.said, large));
	assert_null(strstr(server.said, "Expect:"));
	free(large);
}

/* What the configuration takes, a server gets, by either maker: brackets as Prometheus has them, a percent sign alone. */
static void
test_whatever_a_url_may_hold_is_asked_for(void **state)
{
	static const char *const paths[] = {"/federate?match[]=up&x=a'b", "/a[1]/b?c", "/100%/done", "/;a=1!$&()*+,:@?q=?/"};
	struct http_request request;
	struct got got;
	char line[128];

	(void)state;
	serve(say_hello);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		request = request_for(paths[i]);
		fixture_fetch(&fx, &request, &got);
		assert_string_equal(got.error, "");
		snprintf(line, sizeof(line), "GET %s HTTP/1.1\r\n", paths[i]);
		assert_non_null(strstr(server_log(&server), line));
	}
}

static void
test_target_replaces_the_path(void **state)
{
	struct http_request request;
	struct got got;
	char target[128];

	(void)state;
	serve(say_hello);
	request = request_for("");
	snprintf(target, sizeof(target), "http://app.test:%u/bot1:secret/sendMessage", server.port);
	request.target = target;
	fixture_fetch(&fx, &request, &got);
	assert_int_equal(got.outcome, HTTP_ANSWERED);
	assert_non_null(strstr(server_log(&server), "GET /bot1:secret/sendMessage HTTP/1.1\r\n"));
}

static void
test_target_at_another_host_is_refused(void **state)
{
	struct http_request request;
	struct got got;

	(void)state;
	serve(say_hello);
	request = request_for("");
	request.target = "http://other.test/";
	fixture_fetch(&fx, &request, &got);
	assert_int_equal(got.outcome, HTTP_NOT_SENT);
	assert_string_equal(server_log(&server), "");
}

static void
test_literal_addresses_need_no_resolver(void **state)
{
	struct http_request request;
	struct got got;

	(void)state;
	serve(say_hello);
	request = fixture_request(&url, url_text, sizeof(url_text), "http", "127.0.0.1", server.port, "/");
	fixture_fetch(&fx, &request, &got);
	assert_int_equal(got.outcome, HTTP_ANSWERED);
	assert_int_equal(fx.asked[0], 0);
}

static void
test_literal_ipv6_address(void **state)
{
	struct http_request request;
	struct got got;

	(void)state;
	server_start(&server, &(struct server_spec){.script = say_hello, .address = "::1"});
	request = fixture_request(&url, url_text, sizeof(url_text), "http", "::1", server.port, "/");
	fixture_fetch(&fx, &request, &got);
	assert_int_equal(got.outcome, HTTP_ANSWERED);
}

static void
say_chunked(struct conn *c, int nth)
{
	(void)nth;
	conn_request(c);
	conn_say(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
	conn_say(c, "5\r\nab\ncd\r\n");
	usleep(20000);
	conn_say(c, "2\r\nef\r\n0\r\n\r\n");
}

static void
test_chunked_body_is_put_together(void **state)
{
	(void)state;
	assert_string_equal(get(say_chunked).body, "ab\ncdef");
}

static void
say_not_found(struct conn *c, int nth)
{
	(void)nth;
	conn_request(c);
	conn_say(c, "HTTP/1.0 404 Not Found\r\n\r\nno such thing");
}

static void
test_error_status_is_an_answer_with_its_body(void **state)
{
	struct got got = get(say_not_found);

	(void)state;
	assert_int_equal(got.outcome, HTTP_ANSWERED);
	assert_int_equal(got.status, 404);
	assert_string_equal(got.body, "no such thing");
}

static void
say_wait_37(struct conn *c, int nth)
{
	(void)nth;
	conn_request(c);
	conn_say(c, "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 37\r\nContent-Length: 2\r\n\r\n{}");
}

static void
test_retry_after_is_told_in_seconds(void **state)
{
	struct got got = get(say_wait_37);

	(void)state;
	assert_int_equal(got.status, 429);
	assert_true(got.retry_after == 37);
}

static void
say_wait_a_day_and_more(struct conn *c, int nth)
{
	(void)nth;
	conn_request(c);
	conn_say(c, "HTTP/1.1 429 Too Many Requests\r\nretry-after:\t100000 \r\nContent-Length: 2\r\n\r\n{}");
}

static void
test_long_retry_after_is_not_cut(void **state)
{
	struct got got = get(say_wait_a_day_and_more);

	(void)state;
	assert_true(got.retry_after == 100000);
}

static void
say_wait_nonsense(struct conn *c, int nth)
{
	(void)nth;
	conn_request(c);
	conn_say(c, "HTTP/1.1 429 Too Many Requests\r\nRetry-After: -9999999999999999999\r\nContent-Length: 2\r\n\r\n{}");
}

static void
test_retry_after_is_never_negative(void **state)
{
	struct got got = get(say_wait_nonsense);

	(void)state;
	assert_int_equal(got.outcome, HTTP_ANSWERED);
	assert_true(got.retry_after >= 0 && got.retry_after <= 2147483647);
}

static void
say_elsewhere(struct conn *c, int nth)
{
	(void)nth;
	conn_request(c);
	conn_say(c, "HTTP/1.1 302 Found\r\nLOCATION:  http://127.0.0.1:9/login?\x01\xff \r\nContent-Length: 0\r\n\r\n");
}

static void
test_redirect_is_named_and_not_followed(void **state)
{
	struct got got = get(say_elsewhere);

	(void)state;
	assert_int_equal(got.outcome, HTTP_ANSWERED);
	assert_int_equal(got.status, 302);
	assert_true(got.has_location);
	assert_string_equal(got.location, "http://127.0.0.1:9/login? ?");
}

static void
say_status_and_hang(struct conn *c, int nth)
{
	(void)nth;
	conn_request(c);
	conn_say(c, "HTTP/1.1 503 Service Unavailable\r\n");
	conn_hang();
}

static void
test_ping_ends_with_the_status(void **state)
{
	struct http_request request;
	struct got got;

	(void)state;
	serve(say_status_and_hang);
	request = request_for("/");
	request.want_body = false;
	fixture_fetch(&fx, &request, &got);
	assert_int_equal(got.outcome, HTTP_ANSWERED);
	assert_int_equal(got.status, 503);
}

static void
test_ping_names_a_redirect(void **state)
{
	struct http_request request;
	struct got got;

	(void)state;
	serve(say_elsewhere);
	request = request_for("/");
	request.want_body = false;
	fixture_fetch(&fx, &request, &got);
	assert_int_equal(got.status, 302);
	assert_true(got.has_location);
}

/* libevent knows no other one. */
#ifdef HTTP_EVENT
#define INTERIM "100 Continue"
#else
#define INTERIM "103 Early Hints"
#endif

static void
say_continue_first(struct conn *c, int nth)
{
	(void)nth;
	conn_request(c);
	conn_say(c, "HTTP/1.1 " INTERIM "\r\nLink: x\r\n\r\n");
	usleep(20000);
	conn_say(c, "HTTP/1.1 204 No Content\r\n\r\n");
}

static void
test_interim_status_is_not_the_answer(void **state)
{
	struct http_request request;
	struct got got;

	(void)state;
	serve(say_continue_first);
	request = request_for("/");
	request.want_body = false;
	fixture_fetch(&fx, &request, &got);
	assert_int_equal(got.status, 204);
}

/* --- caps --- */

static void
pour(struct conn *c, const char *head)
{
	static char block[65536];
	size_t poured = 0;

	conn_request(c);
	conn_say(c, "%s", head);
	memset(block, 'x', sizeof(block));
	while (poured < (size_t)1 << 30 && conn_write(c, block, sizeof(block)))
		poured += sizeof(block);
	conn_log(c, "[poured %zu]", poured >> 20);
}

static void
pour_a_gigabyte(struct conn *c, int nth)
{
	(void)nth;
	pour(c, "HTTP/1.1 200 OK\r\n\r\n");
}

static void
test_gigabyte_is_cut_at_the_cap(void **state)
{
	struct got got = get(pour_a_gigabyte);

	(void)state;
	assert_int_equal(got.outcome, HTTP_TOO_LARGE);
	assert_int_equal(got.body_len, 0);
	assert_string_equal(got.error, "the answer is larger than 65536 bytes");
	assert_true(server_logged(&server, "[poured "));
	assert_true(atoi(strstr(server.said, "[poured ") + strlen("[poured ")) < 16);
}

static void
announce_a_gigabyte(struct conn *c, int nth)
{
	(void)nth;
	conn_request(c);
	conn_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n");
	conn_hang();
}

static void
test_announced_gigabyte_is_not_waited_for(void **state)
{
	struct got got = get(announce_a_gigabyte);

	(void)state;
	assert_int_equal(got.outcome, HTTP_TOO_LARGE);
}

static void
pour_headers(struct conn *c, int nth)
{
	(void)nth;
	pour(c, "HTTP/1.1 200 OK\r\n");
}

static void
pour_many_headers(struct conn *c, int nth)
{
	(void)nth;
	conn_request(c);
	conn_say(c, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 1000000; i++)
		if (!conn_say(c, "X-Header-%d: with a value of some length\r\n", i))
			return;
}

static void
test_headers_are_capped(void **state)
{
	struct got got = get(pour_many_headers);

	(void)state;
	assert_int_equal(got.outcome, HTTP_TOO_LARGE);
	assert_string_equal(got.error, "the answer is larger than 65536 bytes");
}

static void
test_endless_header_is_no_answer(void **state)
{
	struct got got = get(pour_headers);

	(void)state;
	assert_int_not_equal(got.outcome, HTTP_ANSWERED);
	assert_string_not_equal(got.error, "");
}

static void
say_exactly_the_cap(struct conn *c, int nth)
{
	static char body[65536];

	(void)nth;
	memset(body, 'y', sizeof(body));
	conn_request(c);
	conn_say(c, "HTTP/1.1 200 OK\r\n\r\n");
	conn_write(c, body, sizeof(body));
}

static void
test_body_of_exactly_the_cap_is_whole(void **state)
{
	struct got got = get(say_exactly_the_cap);

	(void)state;
	assert_int_equal(got.outcome, HTTP_ANSWERED);
	assert_int_equal(got.body_len, 65536);
}

/* --- failures --- */

static void
reset_at_once(struct conn *c, int nth)
{
	(void)nth;
	conn_request(c);
	conn_reset(c);
}

static void
test_reset_after_the_request_is_lost(void **state)
{
	struct got got = get(reset_at_once);

	(void)state;
	assert_int_equal(got.outcome, HTTP_LOST);
	assert_int_equal(got.status, 0);
	assert_string_equal(got.error, "connection reset by peer");
}

static void
close_at_once(struct conn *c, int nth)
{
	(void)nth;
	conn_request(c);
}

static void
test_end_without_answer_is_lost(void **state)
{
	struct got got = get(close_at_once);

	(void)state;
	assert_int_equal(got.outcome, HTTP_LOST);
	assert_string_equal(got.error, "closed without an answer");
}

static void
say_half(struct conn *c, int nth)
{
	(void)nth;
	conn_request(c);
	conn_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
}

static void
test_half_a_body_is_lost(void **state)
{
	struct got got = get(say_half);

	(void)state;
	assert_int_equal(got.outcome, HTTP_LOST);
	assert_string_equal(got.error, "the answer ended early");
}

static void
say_garbage(struct conn *c, int nth)
{
	(void)nth;
	conn_request(c);
	conn_say(c, "220 mail.test ESMTP\r\n");
	usleep(50000);
}

static void
test_other_protocol_is_lost(void **state)
{
	struct got got = get(say_garbage);

	(void)state;
	assert_int_equal(got.outcome, HTTP_LOST);
	assert_string_equal(got.error, "the answer is not HTTP");
}

static void
test_refused_connection_is_not_sent(void **state)
{
	struct http_request request;
	struct got got;

	(void)state;
	serve(say_hello);
	request = request_for("/");
	server_stop(&server);
	server.pid = 0;
	fixture_fetch(&fx, &request, &got);
	assert_int_equal(got.outcome, HTTP_NOT_SENT);
	assert_string_equal(got.error, "connection refused");
}

static void
test_without_a_descriptor_nobody_is_accused(void **state)
{
	struct http_request request;
	rlim_t before;
	struct got got;

	(void)state;
	serve(say_hello);
	request = request_for("/");
	before = unit_no_more_descriptors();
	fixture_fetch(&fx, &request, &got);
	unit_descriptors(before);
	assert_int_equal(got.outcome, HTTP_NOT_SENT);
	assert_true(got.own);
	assert_string_equal(got.error, unit_no_descriptor_text());
	fixture_fetch(&fx, &request, &got);
	assert_int_equal(got.outcome, HTTP_ANSWERED);
	assert_false(got.own);
}

static void
test_failed_lookup_is_not_sent(void **state)
{
	struct http_request request;
	struct got got;

	(void)state;
	fixture_name(&fx, 0, "app.test", "");
	request = request_for("/");
	fixture_fetch(&fx, &request, &got);
	assert_int_equal(got.outcome, HTTP_NOT_SENT);
	assert_string_equal(got.error, "name look-up: Name or service not known");
}

static void
test_name_without_entry_is_never_looked_up_by_libcurl(void **state)
{
	struct http_request request;
	struct got got;

	(void)state;
	request = fixture_request(&url, url_text, sizeof(url_text), "http", "localhost", 9, "/");
	fixture_fetch(&fx, &request, &got);
	assert_int_equal(got.outcome, HTTP_NOT_SENT);
	assert_string_equal(got.error, "name look-up: this name is not in the configuration");
}

static void
test_https_without_certificates_fails(void **state)
{
	struct http_request request;
	struct got got;

	(void)state;
	serve(say_hello);
	request = fixture_request(&url, url_text, sizeof(url_text), "https", "app.test", server.port, "/");
	fixture_fetch(&fx, &request, &got);
	assert_int_equal(got.outcome, HTTP_NOT_SENT);
	assert_string_equal(server_log(&server), "");
}

static void
test_no_error_shows_the_path(void **state)
{
	server_script *const scripts[] = {reset_at_once, close_at_once, say_half, say_garbage, announce_a_gigabyte, say_elsewhere};

	(void)state;
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		struct http_request request;
		struct got got;

		serve(scripts[i]);
		request = request_for("/bot123:TOKEN/x");
		fixture_fetch(&fx, &request, &got);
		assert_null(strstr(got.error, "TOKEN"));
		assert_null(strstr(got.error, "app.test"));
		server_stop(&server);
	}
	server.pid = 0;
}

/* --- deadlines --- */

static void
test_silent_resolver_is_our_own_trouble(void **state)
{
	struct http_request request;
	struct got got;

	(void)state;
	fixture_name(&fx, 0, "app.test", NULL);
	request = request_for("/");
	request.connect_timeout = 0.3;
	fixture_fetch(&fx, &request, &got);
	assert_int_equal(got.outcome, HTTP_NOT_SENT);
	assert_true(got.own);
	assert_string_equal(got.error, "name look-up: the resolver does not answer");
	assert_true(got.seconds >= 0.29);
}

static void
test_connect_without_end_is_a_timeout_before(void **state)
{
	struct http_request request;
	int fds[TARPIT_FDS];
	struct got got;

	(void)state;
	server.port = tarpit_open("127.0.0.1", 0, fds);
	request = request_for("/");
	request.connect_timeout = 0.4;
	fixture_fetch(&fx, &request, &got);
	assert_int_equal(got.outcome, HTTP_TIMEOUT_BEFORE);
	assert_string_equal(got.error, "timeout: no connection");
	assert_true(got.seconds >= 0.39);
	tarpit_close(fds);
}

static void
hang_before_the_answer(struct conn *c, int nth)
{
	(void)nth;
	conn_request(c);
	conn_hang();
}

static struct got
get_within(server_script *script, double timeout)
{
	struct http_request request;
	struct got got;

	serve(script);
	request = request_for("/");
	request.timeout = timeout;
	fixture_fetch(&fx, &request, &got);
	return got;
}

static void
test_hang_before_the_answer_is_a_timeout_after(void **state)
{
	struct got got = get_within(hang_before_the_answer, 0.4);

	(void)state;
	assert_int_equal(got.outcome, HTTP_TIMEOUT_AFTER);
	assert_string_equal(got.error, "timeout: no answer");
	assert_true(got.seconds >= 0.39);
}

static void
hang_in_the_headers(struct conn *c, int nth)
{
	(void)nth;
	conn_request(c);
	conn_say(c, "HTTP/1.1 200 OK\r\nContent-Le");
	conn_hang();
}

static void
test_hang_in_the_headers_is_a_timeout_after(void **state)
{
	struct got got = get_within(hang_in_the_headers, 0.4);

	(void)state;
	assert_int_equal(got.outcome, HTTP_TIMEOUT_AFTER);
	assert_int_equal(got.status, 0);
}

static void
drip_the_body(struct conn *c, int nth)
{
	(void)nth;
	conn_request(c);
	conn_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
	while (conn_say(c, "x"))
		usleep(20000);
}

static void
test_dripping_body_is_a_timeout_after(void **state)
{
	struct got got = get_within(drip_the_body, 0.5);

	(void)state;
	assert_int_equal(got.outcome, HTTP_TIMEOUT_AFTER);
	assert_string_equal(got.error, "timeout: the answer did not end");
	assert_true(got.seconds >= 0.49);
}

/* --- connections --- */

static void
test_connection_is_kept_and_used_again(void **state)
{
	struct http_request request;
	struct got got;

	(void)state;
	serve(say_hello);
	request = request_for("/");
	for (int i = 0; i < 3; i++) {
		fixture_fetch(&fx, &request, &got);
		assert_string_equal(got.body, "hello 0");
	}
}

/* All at a time. */
static void
say_hello_to_all(struct conn *c, int nth)
{
	if (fork() != 0)
		return;
	say_hello(c, nth);
	_exit(0);
}

/* The kept one is there for those who come after. */
static void
test_fresh_request_has_a_connection_of_its_own(void **state)
{
	struct http_request request;
	struct got got;

	(void)state;
	serve(say_hello_to_all);
	request = request_for("/");
	fixture_fetch(&fx, &request, &got);
	assert_string_equal(got.body, "hello 0");
	request.fresh = true;
	fixture_fetch(&fx, &request, &got);
	assert_string_equal(got.body, "hello 1");
	fixture_fetch(&fx, &request, &got);
	assert_string_equal(got.body, "hello 2");
	request.fresh = false;
	fixture_fetch(&fx, &request, &got);
	assert_string_equal(got.body, "hello 0");
}

/* The second request reaches a connection that the server closes without a word. */
static void
hello_then_drop(struct conn *c, int nth)
{
	conn_request(c);
	conn_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nhello %d", nth);
	if (nth == 0)
		conn_request(c);
}

static void
test_kept_connection_that_died_is_replaced(void **state)
{
	struct http_request request;
	struct got got;

	(void)state;
	serve(hello_then_drop);
	request = request_for("/");
	fixture_fetch(&fx, &request, &got);
	fixture_fetch(&fx, &request, &got);
	assert_int_equal(got.outcome, HTTP_ANSWERED);
	assert_string_equal(got.body, "hello 1");
}

static void
hello_then_drop_to_all(struct conn *c, int nth)
{
	if (fork() != 0)
		return;
	hello_then_drop(c, nth);
	_exit(0);
}

/* Whether one that died on the way has been received nobody knows, so what is posted waits on no kept connection. */
static void
test_what_is_posted_never_meets_a_connection_that_died(void **state)
{
	struct http_request request;
	struct got got;

	(void)state;
	serve(hello_then_drop_to_all);
	request = request_for("/");
	fixture_fetch(&fx, &request, &got);
	assert_string_equal(got.body, "hello 0");
	request.body = "{}";
	fixture_fetch(&fx, &request, &got);
	assert_int_equal(got.outcome, HTTP_ANSWERED);
	assert_string_equal(got.body, "hello 1");
}

#ifdef HTTP_EVENT
/* The third request, on the second connection: the body that is still to come of the first answer is not waited for. */
static void
hello_at_once_and_then_late(struct conn *c, int nth)
{
	conn_request(c);
	if (nth == 0) {
		conn_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nhello 0");
		conn_request(c);
		conn_say(c, "HTTP/1.1 201 Created\r\nContent-Length: 7\r\n\r\n");
		conn_request(c); /* its end */
		return;
	}
	conn_say(c, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
}

static void
test_ping_keeps_its_connection_only_if_the_answer_is_whole(void **state)
{
	struct http_request request;
	struct got got;

	(void)state;
	serve(hello_at_once_and_then_late);
	request = request_for("/");
	request.want_body = false;
	for (int status = 200; status <= 202; status++) {
		fixture_fetch(&fx, &request, &got);
		assert_int_equal(got.outcome, HTTP_ANSWERED);
		assert_int_equal(got.status, status);
	}
}

static unsigned idle_closed;

static void
count_idle_closed(void *ctx, const char *host, uint16_t port)
{
	(void)ctx;
	assert_string_equal(host, "app.test");
	assert_int_equal(port, server.port);
	idle_closed++;
}

static void
hello_then_end(struct conn *c, int nth)
{
	conn_request(c);
	conn_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nhello %d", nth);
	usleep(100000);
}

/* The end of a connection in the middle of an answer is told by the transfer. */
static void
test_end_of_an_idle_connection_is_told(void **state)
{
	server_script *const scripts[] = {hello_then_end, close_at_once, say_half};
	const unsigned expected[] = {1, 0, 0};

	(void)state;
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		struct http_request request;
		struct got got;
		bool never = false;

		idle_closed = 0;
		serve(scripts[i]);
		http_on_idle_closed(fx.http, count_idle_closed, NULL);
		request = request_for("/");
		fixture_fetch(&fx, &request, &got);
		fixture_run(&fx, &never, 0.4);
		assert_int_equal(idle_closed, expected[i]);
		server_stop(&server);
	}
	server.pid = 0;
}
#endif

static void
test_new_address_replaces_the_old_one(void **state)
{
	struct server other;
	struct http_request request;
	struct got got;

	(void)state;
	serve(close_at_once);
	server_start(&other, &(struct server_spec){.script = say_hello, .address = "127.0.0.2", .port = server.port});
	request = request_for("/");
	fixture_fetch(&fx, &request, &got);
	assert_int_equal(got.outcome, HTTP_LOST);
	resolve_free(fx.resolve);
	http_free(fx.http);
	fx.resolve = resolve_new(&fx.role);
	fx.http = http_new(fx.role.base, fx.resolve, -1, got.error, sizeof(got.error));
	fixture_name(&fx, 0, "app.test", "127.0.0.2");
	fixture_fetch(&fx, &request, &got);
	assert_int_equal(got.outcome, HTTP_ANSWERED);
	server_stop(&other);
}

/* A server at live and a tarpit at dead, at a port that is free at both. */
static void
serve_beside_tarpit(const char *dead, const char *live, int fds[TARPIT_FDS])
{
	for (int tries = 0; tries < 20; tries++) {
		server_start(&server, &(struct server_spec){.script = say_hello, .address = live});
		if (tarpit_open(dead, server.port, fds) != 0)
			return;
		server_stop(&server);
	}
	server.pid = 0;
	fail_msg("no port is free at %s and at %s", dead, live);
}

/* Before all the time for a connection is over. */
static void
live_address_is_found(const char *dead, const char *live, const char *both)
{
	struct http_request request;
	int fds[TARPIT_FDS];
	struct got got;

	serve_beside_tarpit(dead, live, fds);
	fixture_name(&fx, 0, "app.test", both);
	request = request_for("/");
	request.connect_timeout = 4;
	fixture_fetch(&fx, &request, &got);
	assert_int_equal(got.outcome, HTTP_ANSWERED);
	tarpit_close(fds);
}

static void
test_dead_ipv6_does_not_stop_ipv4(void **state)
{
	(void)state;
	live_address_is_found("::1", "127.0.0.1", "::1 127.0.0.1");
}

static void
test_dead_ipv4_does_not_stop_ipv6(void **state)
{
	(void)state;
	live_address_is_found("127.0.0.1", "::1", "127.0.0.1 ::1");
}

static void
test_dead_first_address_does_not_stop_the_second(void **state)
{
	(void)state;
	live_address_is_found("127.0.0.3", "127.0.0.1", "127.0.0.3 127.0.0.1");
}

static void
test_refused_addresses_do_not_stop_the_last(void **state)
{
	struct http_request request;
	struct got got;

	(void)state;
	serve(say_hello);
	fixture_name(&fx, 0, "app.test", "::1 127.0.0.5 127.0.0.6 127.0.0.1");
	request = request_for("/");
	fixture_fetch(&fx, &request, &got);
	assert_int_equal(got.outcome, HTTP_ANSWERED);
}

static void
test_all_addresses_dead_is_a_timeout_before_in_time(void **state)
{
	struct http_request request;
	int fds[TARPIT_FDS];
	struct got got;

	(void)state;
	server.port = tarpit_open("127.0.0.1", 0, fds);
	fixture_name(&fx, 0, "app.test", "127.0.0.1 127.0.0.1 127.0.0.1");
	request = request_for("/");
	request.connect_timeout = 0.8;
	fixture_fetch(&fx, &request, &got);
	assert_int_equal(got.outcome, HTTP_TIMEOUT_BEFORE);
	assert_true(got.seconds >= 0.79);
	tarpit_close(fds);
}

static void
test_environment_proxy_is_ignored(void **state)
{
	(void)state;
	setenv("http_proxy", "http://127.0.0.1:9", 1);
	setenv("ALL_PROXY", "socks5h://127.0.0.1:9", 1);
	assert_int_equal(get(say_hello).outcome, HTTP_ANSWERED);
	unsetenv("http_proxy");
	unsetenv("ALL_PROXY");
}

/* --- cancelling --- */

static void
test_cancelled_transfer_calls_nobody(void **state)
{
	struct http_request request;
	struct http_transfer *t;
	struct got got = {0};

	(void)state;
	serve(hang_before_the_answer);
	request = request_for("/");
	request.timeout = 1;
	t = http_start(fx.http, &request, got_result, &got);
	for (int i = 0; i < 40 && strstr(server_log(&server), "GET / ") == NULL; i++)
		fixture_run(&fx, NULL, 0.02);
	assert_non_null(strstr(server.said, "GET / "));
	http_cancel(t);
	fixture_run(&fx, NULL, 1.1);
	assert_int_equal(got.calls, 0);
}

static void
test_cancel_during_the_lookup(void **state)
{
	struct http_request request;
	struct got got = {0};

	(void)state;
	fixture_name(&fx, 0, "app.test", NULL);
	request = request_for("/");
	request.timeout = 0.3;
	http_cancel(http_start(fx.http, &request, got_result, &got));
	fixture_run(&fx, NULL, 0.4);
	assert_int_equal(got.calls, 0);
	http_cancel(NULL);
}

/* Two transfers that end at the same time; the first to end cancels both. */
static struct http_transfer *pair[2];
static unsigned pair_ends;

static void
cancel_both(void *ctx, const struct http_result *result)
{
	(void)ctx;
	(void)result;
	pair_ends++;
	http_cancel(pair[0]);
	http_cancel(pair[1]);
}

static void
test_callback_may_cancel_others_and_itself(void **state)
{
	struct http_request request;

	(void)state;
	serve(hang_before_the_answer);
	request = request_for("/");
	request.timeout = 0.2;
	pair_ends = 0;
	for (int i = 0; i < 2; i++)
		pair[i] = http_start(fx.http, &request, cancel_both, NULL);
	fixture_run(&fx, NULL, 0.6);
	assert_int_equal(pair_ends, 1);
}

static struct http_request again;
static struct got again_got;

static void
start_again(void *ctx, const struct http_result *result)
{
	(void)ctx;
	assert_int_equal(result->outcome, HTTP_ANSWERED);
	assert_non_null(http_start(fx.http, &again, got_result, &again_got));
}

static void
test_callback_may_start_the_next(void **state)
{
	(void)state;
	serve(say_hello);
	again = request_for("/");
	again_got = (struct got){0};
	assert_non_null(http_start(fx.http, &again, start_again, NULL));
	fixture_run(&fx, &again_got.done, 5);
	assert_string_equal(again_got.body, "hello 0");
}

static void
test_free_with_transfers_in_flight(void **state)
{
	struct http_request request;
	struct got got = {0};

	(void)state;
	serve(hang_before_the_answer);
	request = request_for("/");
	for (int i = 0; i < 3; i++)
		assert_non_null(http_start(fx.http, &request, got_result, &got));
	fixture_run(&fx, NULL, 0.1);
	http_free(fx.http);
	fx.http = NULL;
	fixture_run(&fx, NULL, 0.1);
	assert_int_equal(got.calls, 0);
}

/* --- answers that are none --- */

static void
say_continue_and_leave(struct conn *c, int nth)
{
	(void)nth;
	conn_request(c);
	conn_say(c, "HTTP/1.1 100 Continue\r\n\r\n");
}

static void
say_a_status_of_four_digits(struct conn *c, int nth)
{
	(void)nth;
	conn_request(c);
	conn_say(c, "HTTP/1.1 9249 Fine\r\nContent-Length: 2\r\n\r\n{}");
}

/* For a ping too: whoever takes that for an answer takes the other side for well. */
static void
assert_no_answer(server_script *script)
{
	struct http_request request;
	struct got got;

	serve(script);
	request = request_for("/");
	fixture_fetch(&fx, &request, &got);
	assert_int_equal(got.outcome, HTTP_LOST);
	assert_int_equal(got.status, 0);
	request.want_body = false;
	fixture_fetch(&fx, &request, &got);
	assert_int_equal(got.outcome, HTTP_LOST);
	assert_int_equal(got.status, 0);
	assert_string_not_equal(got.error, "");
}

static void
test_interim_status_alone_is_no_answer(void **state)
{
	(void)state;
	assert_no_answer(say_continue_and_leave);
}

static void
test_status_of_four_digits_is_no_answer(void **state)
{
	(void)state;
	assert_no_answer(say_a_status_of_four_digits);
}

#define T(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(answer_has_status_and_body),
		T(request_says_who_asks_and_offers_no_compression),
		T(body_is_posted_as_json),
		T(whatever_a_url_may_hold_is_asked_for),
		T(target_replaces_the_path),
		T(target_at_another_host_is_refused),
		T(literal_addresses_need_no_resolver),
		T(literal_ipv6_address),
		T(chunked_body_is_put_together),
		T(error_status_is_an_answer_with_its_body),
		T(retry_after_is_told_in_seconds),
		T(long_retry_after_is_not_cut),
		T(retry_after_is_never_negative),
		T(redirect_is_named_and_not_followed),
		T(ping_ends_with_the_status),
		T(ping_names_a_redirect),
		T(interim_status_is_not_the_answer),
		T(interim_status_alone_is_no_answer),
		T(status_of_four_digits_is_no_answer),
		T(gigabyte_is_cut_at_the_cap),
		T(announced_gigabyte_is_not_waited_for),
		T(headers_are_capped),
		T(endless_header_is_no_answer),
		T(body_of_exactly_the_cap_is_whole),
		T(reset_after_the_request_is_lost),
		T(end_without_answer_is_lost),
		T(half_a_body_is_lost),
		T(other_protocol_is_lost),
		T(refused_connection_is_not_sent),
		T(without_a_descriptor_nobody_is_accused),
		T(failed_lookup_is_not_sent),
		T(name_without_entry_is_never_looked_up_by_libcurl),
		T(https_without_certificates_fails),
		T(no_error_shows_the_path),
		T(silent_resolver_is_our_own_trouble),
		T(connect_without_end_is_a_timeout_before),
		T(hang_before_the_answer_is_a_timeout_after),
		T(hang_in_the_headers_is_a_timeout_after),
		T(dripping_body_is_a_timeout_after),
		T(connection_is_kept_and_used_again),
		T(fresh_request_has_a_connection_of_its_own),
		T(kept_connection_that_died_is_replaced),
		T(what_is_posted_never_meets_a_connection_that_died),
#ifdef HTTP_EVENT
		T(ping_keeps_its_connection_only_if_the_answer_is_whole),
		T(end_of_an_idle_connection_is_told),
#endif
		T(new_address_replaces_the_old_one),
		T(dead_ipv6_does_not_stop_ipv4),
		T(dead_ipv4_does_not_stop_ipv6),
		T(dead_first_address_does_not_stop_the_second),
		T(refused_addresses_do_not_stop_the_last),
		T(all_addresses_dead_is_a_timeout_before_in_time),
		T(environment_proxy_is_ignored),
		T(cancelled_transfer_calls_nobody),
		T(cancel_during_the_lookup),
		T(callback_may_cancel_others_and_itself),
		T(callback_may_start_the_next),
		T(free_with_transfers_in_flight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
