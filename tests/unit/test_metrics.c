/*
 * The application's /metrics, fetched on loopback.
 */
#include "build_config.h"

#include <stdio.h>
#include <string.h>

#include "collector_bench.h"
#include "metrics.h"
#include "net_server.h"
#include "unit.h"

static struct bench b;
static struct resolve *resolve;
static struct http *http;
static struct metrics *metrics;
static struct server server;
static const char *head, *body;
static unsigned repeat; /* the body, so often */

static void
script(struct conn *c, int nth)
{
	(void)nth;
	conn_request(c);
	if (head == NULL)
		conn_hang();
	conn_say(c, "%s\r\n\r\n", head);
	for (unsigned i = 0; i < repeat; i++)
		if (!conn_write(c, body, strlen(body)))
			return;
}

static void
open_world(const char *the_head, const char *the_body, unsigned the_repeat)
{
	char url[64];

	head = the_head;
	body = the_body;
	repeat = the_repeat;
	server_start(&server, &(struct server_spec){.script = script});
	bench_open(&b);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/metrics", server.port);
	bench_set(&b, "WATCHDOG_METRICS_URL", url);
	resolve = resolve_new(&b.role);
	http = http_new(b.role.base, resolve, -1, (char[64]){""}, 64);
	metrics = metrics_new(&b.role, b.tick, http);
	bench_link(&b, ROLE_BRAIN);
	assert_true(bench_hears(&b, "TICK_END 1"));
}

static void
close_world(void)
{
	tick_free(b.tick);
	b.tick = NULL;
	metrics_free(metrics);
	http_free(http);
	resolve_free(resolve);
	bench_close(&b);
	server_stop(&server);
}

static void
expect_failure(const char *the_head, const char *the_body, unsigned the_repeat, const char *why)
{
	char said[256];

	open_world(the_head, the_body, the_repeat);
	snprintf(said, sizeof(said), "TICK_BEGIN 1\nMETRICS_FAILED %s\nTICK_END 1\n", why);
	assert_string_equal(b.said, said);
	close_world();
}

static void
an_envelope_is_told_with_its_agents(void **state)
{
	(void)state;
	open_world("HTTP/1.1 200 OK\r\nConnection: close",
	    "{\"generated_at\": 1780000000.5, \"queue\": {\"counts\": {\"failed\": 7}}, \"agents\": [{\"run_id\": 41, \"cpu_ticks\": 9, \"name\": \"dev\"}]}", 1);
	assert_string_equal(b.said, "TICK_BEGIN 1\nMETRICS_BEGIN 1780000000.500 7\nAGENT 41 9 [dev]\nMETRICS_END 0\nTICK_END 1\n");
	close_world();
}

static void
another_status_than_200_is_a_failure(void **state)
{
	(void)state;
	expect_failure("HTTP/1.1 503 Busy\r\nContent-Length: 2", "{}", 1, "status 503");
	expect_failure("HTTP/1.1 204 No Content", "", 1, "status 204");
	expect_failure("HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0", "", 1, "status 302");
}

static void
what_is_no_envelope_is_a_failure(void **state)
{
	(void)state;
	expect_failure("HTTP/1.1 200 OK\r\nContent-Length: 2", "[]", 1, "not a JSON object");
	expect_failure("HTTP/1.1 200 OK\r\nConnection: close", "<html>", 1, "not JSON");
}

static void
silence_is_a_failure_at_the_deadline(void **state)
{
	(void)state;
	expect_failure(NULL, NULL, 0, "no answer in 0.5 s");
}

static void
a_gigabyte_is_a_failure_at_4_mib(void **state)
{
	(void)state;
	expect_failure("HTTP/1.1 200 OK\r\nContent-Length: 1073741824", "xxxxxxxxxxxxxxxx", 1 << 26, "too large: over 4 MiB");
}

static void
not_configured_it_is_not_asked(void **state)
{
	(void)state;
	bench_open(&b);
	metrics = metrics_new(&b.role, b.tick, NULL);
	bench_link(&b, ROLE_BRAIN);
	assert_true(bench_hears(&b, "TICK_BEGIN 1\nTICK_END 1\n"));
	tick_free(b.tick);
	b.tick = NULL;
	metrics_free(metrics);
	bench_close(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_envelope_is_told_with_its_agents),
		cmocka_unit_test(another_status_than_200_is_a_failure),
		cmocka_unit_test(what_is_no_envelope_is_a_failure),
		cmocka_unit_test(silence_is_a_failure_at_the_deadline),
		cmocka_unit_test(a_gigabyte_is_a_failure_at_4_mib),
		cmocka_unit_test(not_configured_it_is_not_asked),
	};

	return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
