/*
 * Dependencies, pinged on loopback.
 */
#include "build_config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collector_bench.h"
#include "deps.h"
#include "net_server.h"
#include "unit.h"
#include "unit_limits.h"

static struct bench b;
static struct resolve *resolve;
static struct http *http;
static struct deps *deps;
static struct server server;
static const char *reply;

static void
script(struct conn *c, int nth)
{
	(void)nth;
	conn_request(c);
	if (reply == NULL)
		conn_hang();
	conn_say(c, "%s", reply);
}

static void
open_world(const char *answer)
{
	reply = answer;
	server_start(&server, &(struct server_spec){.script = script});
}

/* Ping list, in which PORT stands for the server's; what the brain is told is in b.said. */
static void
look(const char *list)
{
	const char *port = strstr(list, "PORT");
	char value[256];

	if (port == NULL)
		snprintf(value, sizeof(value), "%s", list);
	else
		snprintf(value, sizeof(value), "%.*s%u%s", (int)(port - list), list, server.port, port + 4);
	bench_open(&b);
	bench_set(&b, "WATCHDOG_DEPS", value);
	resolve = resolve_new(&b.role);
	http = http_new(b.role.base, resolve, -1, (char[64]){""}, 64);
	deps = deps_new(&b.role, b.tick, http, resolve);
	bench_link(&b, ROLE_BRAIN);
	assert_true(bench_hears(&b, "TICK_END 1"));
}

static void
close_world(void)
{
	tick_free(b.tick);
	b.tick = NULL;
	deps_free(deps);
	http_free(http);
	resolve_free(resolve);
	bench_close(&b);
	server_stop(&server);
}

static void
expect(const char *answer, const char *list, const char *line)
{
	open_world(answer);
	look(list);
	if (bench_count(&b, line) != 1)
		fail_msg("not said: %s\nbut:\n%s", line, b.said);
	close_world();
}

static void
a_status_under_500_is_a_sign_of_life(void **state)
{
	(void)state;
	expect("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "a=http://127.0.0.1:PORT/", "DEP a ok=1 []");
	expect("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "a=http://127.0.0.1:PORT/", "DEP a ok=1 [status 404]");
}

static void
a_status_of_500_and_up_is_a_failure(void **state)
{
	(void)state;
	expect("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", "a=http://127.0.0.1:PORT/", "DEP a ok=0 [status 500]");
	expect("HTTP/1.1 503 Busy\r\n\r\n", "a=http://127.0.0.1:PORT/", "DEP a ok=0 [status 503]");
}

static void
a_redirect_is_an_answer_and_is_named(void **state)
{
	(void)state;
	expect("HTTP/1.1 302 Found\r\nLocation: https://login.example/\r\nContent-Length: 0\r\n\r\n", "a=http://127.0.0.1:PORT/",
	    "DEP a ok=1 [302 to https://login.example/]");
}

static void
a_redirect_to_nonsense_is_made_valid_text(void **state)
{
	(void)state;
	expect("HTTP/1.1 301 Moved\r\nLocation: /\xff\x01x\r\nContent-Length: 0\r\n\r\n", "a=http://127.0.0.1:PORT/", "DEP a ok=1 [301 to ");
}

static void
an_http_server_that_is_silent_fails_at_the_deadline(void **state)
{
	(void)state;
	expect(NULL, "a=http://127.0.0.1:PORT/", "DEP a ok=0 [no answer in 0.5 s]");
}

static void
what_is_not_http_fails(void **state)
{
	(void)state;
	expect("SSH-2.0-OpenSSH\r\n", "a=http://127.0.0.1:PORT/", "DEP a ok=0 [");
}

/* It goes on with the connection that it has, and takes no other while that one stands.  (libcurl keeps a ping's only if it was redirected.) */
static void
serve_one_connection(struct conn *c, int nth)
{
	(void)nth;
	while (conn_request(c))
		conn_say(c, "HTTP/1.1 302 Found\r\nLocation: /in\r\nContent-Length: 0\r\n\r\n");
}

static void
serve_all_and_say_which(struct conn *c, int nth)
{
	if (fork() != 0)
		return;
	while (conn_request(c))
		conn_say(c, "HTTP/1.1 302 Found\r\nLocation: /%d\r\nContent-Length: 0\r\n\r\n", nth);
	_exit(0);
}

static void
tick(unsigned n)
{
	char end[32];

	snprintf(end, sizeof(end), "TICK_END %u", n);
	tick_now(b.tick);
	assert_true(bench_hears(&b, end));
}

static void
a_server_that_accepts_no_new_connection_fails_though_it_serves_an_old_one(void **state)
{
	unsigned n = 1;

	(void)state;
	server_start(&server, &(struct server_spec){.script = serve_one_connection});
	look("a=http://127.0.0.1:PORT/");
	while (n < 5)
		tick(++n);
	assert_int_equal(bench_count(&b, "DEP a ok=1 [302 to /in]"), 5);
	tick(++n);
	tick(++n);
	assert_int_equal(bench_count(&b, "DEP a ok=0 [no answer in 0.5 s]"), 2);
	close_world();
}

static void
each_sixth_look_makes_a_connection(void **state)
{
	(void)state;
	server_start(&server, &(struct server_spec){.script = serve_all_and_say_which});
	look("a=http://127.0.0.1:PORT/");
	for (unsigned n = 2; n <= 12; n++)
		tick(n);
	assert_int_equal(bench_count(&b, "DEP a ok=1 [302 to /0]"), 10);
	assert_int_equal(bench_count(&b, "DEP a ok=1 [302 to /1]"), 1);
	assert_int_equal(bench_count(&b, "DEP a ok=1 [302 to /2]"), 1);
	close_world();
}

static void
tcp_needs_no_more_than_a_connection(void **state)
{
	(void)state;
	expect(NULL, "a=tcp://127.0.0.1:PORT", "DEP a ok=1 []");
}

static void
tcp_to_a_closed_port_is_refused(void **state)
{
	(void)state;
	expect(NULL, "a=tcp://127.0.0.1:1,b=tcp://127.0.0.1:PORT", "DEP a ok=0 [connection refused]");
}

static void
tcp_that_is_silent_fails_at_the_deadline(void **state)
{
	int fds[TARPIT_FDS];
	char value[64];

	(void)state;
	open_world(NULL);
	snprintf(value, sizeof(value), "a=tcp://127.0.0.1:%u", tarpit_open("127.0.0.1", 0, fds));
	look(value);
	assert_int_equal(bench_count(&b, "DEP a ok=0 [no answer in 0.5 s]"), 1);
	close_world();
	tarpit_close(fds);
}

static void
a_name_nobody_can_resolve_fails_without_the_resolver(void **state)
{
	(void)state;
	expect(NULL, "a=tcp://db.example:PORT", "DEP a ok=0 [");
}

static void
without_a_descriptor_none_is_accused_and_then_all_go_on(void **state)
{
	char line[96];
	rlim_t before;

	(void)state;
	open_world("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
	look("a=http://127.0.0.1:PORT/,b=tcp://127.0.0.1:1");
	assert_int_equal(bench_count(&b, "DEP a ok=1 []"), 1);
	bench_forget(&b);
	before = unit_no_more_descriptors();
	tick_now(b.tick);
	assert_true(bench_hears(&b, "TICK_END 2"));
	unit_descriptors(before);
	for (const char *name = "ab"; *name != '\0'; name++) {
		snprintf(line, sizeof(line), "UNSEEN 2 %c[%s]", *name, unit_no_descriptor_text());
		assert_int_equal(bench_count(&b, line), 1);
	}
	assert_null(strstr(b.said, "DEP"));
	tick_now(b.tick);
	assert_true(bench_hears(&b, "TICK_END 3"));
	assert_int_equal(bench_count(&b, "DEP a ok=1 []"), 1);
	assert_int_equal(bench_count(&b, "DEP b ok=0 [connection refused]"), 1);
	close_world();
}

static void
one_that_hangs_does_not_hold_up_the_others(void **state)
{
	(void)state;
	open_world(NULL);
	look("slow=http://127.0.0.1:PORT/,fast=tcp://127.0.0.1:1");
	assert_true(strstr(b.said, "DEP fast") < strstr(b.said, "DEP slow"));
	close_world();
}

static void
pings_under_way_are_abandoned_with_the_brain(void **state)
{
	(void)state;
	open_world(NULL);
	look("a=http://127.0.0.1:PORT/,b=tcp://db.example:5432");
	b.role.config.http_timeout = 60;
	tick_now(b.tick);
	bench_run(&b, 0.1);
	bench_unlink(&b, ROLE_BRAIN);
	b.role.config.http_timeout = 0.2;
	bench_link(&b, ROLE_BRAIN);
	assert_true(bench_hears(&b, "TICK_END 3"));
	close_world();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_status_under_500_is_a_sign_of_life),
		cmocka_unit_test(a_status_of_500_and_up_is_a_failure),
		cmocka_unit_test(a_redirect_is_an_answer_and_is_named),
		cmocka_unit_test(a_redirect_to_nonsense_is_made_valid_text),
		cmocka_unit_test(an_http_server_that_is_silent_fails_at_the_deadline),
		cmocka_unit_test(what_is_not_http_fails),
		cmocka_unit_test(a_server_that_accepts_no_new_connection_fails_though_it_serves_an_old_one),
		cmocka_unit_test(each_sixth_look_makes_a_connection),
		cmocka_unit_test(tcp_needs_no_more_than_a_connection),
		cmocka_unit_test(tcp_to_a_closed_port_is_refused),
		cmocka_unit_test(tcp_that_is_silent_fails_at_the_deadline),
		cmocka_unit_test(a_name_nobody_can_resolve_fails_without_the_resolver),
		cmocka_unit_test(without_a_descriptor_none_is_accused_and_then_all_go_on),
		cmocka_unit_test(one_that_hangs_does_not_hold_up_the_others),
		cmocka_unit_test(pings_under_way_are_abandoned_with_the_brain),
	};

	return cmocka_run_group_tests_name("deps", tests, NULL, NULL);
}
