/*
 * The requests that may go to docker: exactly these bytes.
 */
#include "build_config.h"

#include <string.h>

#include "gate_request.h"
#include "unit.h"

#define TAIL " HTTP/1.0\r\nUser-Agent: watchdog/" PACKAGE_VERSION "\r\n\r\n"

static char *names[] = {(char *)"web", (char *)"a.b", (char *)"db-*", (char *)"x?"};
static const struct config named = {.containers = {names, LENGTH(names)}};

static int
build(char *text, size_t len, const struct msg_gate_ask *ask, const struct config *config)
{
	struct evbuffer *out = evbuffer_new();
	int rc = gate_request_build(out, ask, config), n = evbuffer_remove(out, text, len - 1);

	text[n] = '\0';
	evbuffer_free(out);
	return rc;
}

static void
expect_request(const struct msg_gate_ask *ask, const char *expected)
{
	char text[4096];

	assert_int_equal(build(text, sizeof(text), ask, &named), 0);
	assert_string_equal(text, expected);
}

static void
ping_and_version_have_no_api_version(void **state)
{
	(void)state;
	expect_request(&(struct msg_gate_ask){.op = GATE_PING, .api_minor = 41}, "GET /_ping" TAIL);
	expect_request(&(struct msg_gate_ask){.op = GATE_VERSION, .api_minor = 41}, "GET /version" TAIL);
}

static void
a_list_carries_the_api_version_as_a_number(void **state)
{
	(void)state;
	expect_request(&(struct msg_gate_ask){.op = GATE_LIST, .api_minor = 41}, "GET /v1.41/containers/json?all=1" TAIL);
	expect_request(&(struct msg_gate_ask){.op = GATE_LIST}, "GET /containers/json?all=1" TAIL);
}

static void
names_become_anchored_expressions(void **state)
{
	(void)state;
	expect_request(&(struct msg_gate_ask){.op = GATE_LIST_NAMED, .api_minor = 52},
	    "GET /v1.52/containers/json?all=1&filters=%7B%22name%22%3A%5B%22%5E%2F%3Fweb%24%22%2C%22%5E%2F%3Fa%5C%5C.b%24%22%2C"
	    "%22%5E%2F%3Fdb-.%2A%24%22%2C%22%5E%2F%3Fx.%24%22%5D%7D" TAIL);
}

/* "*" stands for discovery: what is named beside it can still be asked for alone. */
static void
a_star_names_nothing(void **state)
{
	static char *mixed[] = {(char *)"*", (char *)"web"}, *star[] = {(char *)"*"};
	const struct config both = {.containers = {mixed, 2}}, lone = {.containers = {star, 1}};
	char text[512];

	(void)state;
	assert_int_equal(build(text, sizeof(text), &(struct msg_gate_ask){.op = GATE_LIST_NAMED}, &both), 0);
	assert_string_equal(text, "GET /containers/json?all=1&filters=%7B%22name%22%3A%5B%22%5E%2F%3Fweb%24%22%5D%7D" TAIL);
	assert_int_equal(build(text, sizeof(text), &(struct msg_gate_ask){.op = GATE_LIST_NAMED}, &lone), -1);
}

static void
one_s_health_is_asked_for_by_both_filters(void **state)
{
	static const uint8_t id[32] = {0xde, 0xad};
	struct msg_gate_ask ask = {.op = GATE_LIST_ONE_UNHEALTHY, .api_minor = 41, .container = {id, sizeof(id)}};
	char text[512];

	(void)state;
	assert_int_equal(build(text, sizeof(text), &ask, &named), 0);
	assert_non_null(strstr(text, "0000%22%5D%2C%22health%22%3A%5B%22unhealthy%22%5D%7D HTTP/1.0"));
}

static void
an_id_is_written_out_from_its_bytes(void **state)
{
	static const uint8_t id[32] = {0xde, 0xad, [31] = 0x01};
	struct msg_gate_ask ask = {.op = GATE_LIST_ONE, .api_minor = 41, .container = {id, sizeof(id)}};

	(void)state;
	expect_request(&ask, "GET /v1.41/containers/json?all=1&filters=%7B%22id%22%3A%5B%22dead"
	    "00000000000000000000000000000000000000000000000000000000" "0001%22%5D%7D" TAIL);
}

static void
events_have_the_fixed_filter_and_a_time(void **state)
{
	char text[4096];
	struct msg_gate_ask ask = {.op = GATE_EVENTS, .api_minor = 41, .since_s = 1780000000, .since_ns = 42};

	(void)state;
	assert_int_equal(build(text, sizeof(text), &ask, &named), 0);
	assert_ptr_equal(strstr(text, "GET /v1.41/events?since=1780000000.000000042&filters=%7B%22type%22"), text);
	assert_null(strstr(text, "exec"));
	assert_non_null(strstr(text, "%22die%22%2C%22died%22"));
}

static void
what_does_not_fit_its_operation_is_refused(void **state)
{
	static const uint8_t id[32] = {0};
	static char *hostile[] = {(char *)"web\"]}"};
	const struct config bad = {.containers = {hostile, 1}}, none = {0};
	char text[64];

	(void)state;
	assert_int_equal(build(text, sizeof(text), &(struct msg_gate_ask){.op = GATE_LIST_ONE, .container = {id, 31}}, &named), -1);
	assert_int_equal(build(text, sizeof(text), &(struct msg_gate_ask){.op = GATE_LIST_ONE}, &named), -1);
	assert_int_equal(build(text, sizeof(text), &(struct msg_gate_ask){.op = GATE_LIST, .container = {id, 32}}, &named), -1);
	assert_int_equal(build(text, sizeof(text), &(struct msg_gate_ask){.op = GATE_OP_COUNT}, &named), -1);
	assert_int_equal(build(text, sizeof(text), &(struct msg_gate_ask){.op = GATE_LIST_NAMED}, &bad), -1);
	assert_int_equal(build(text, sizeof(text), &(struct msg_gate_ask){.op = GATE_LIST_NAMED}, &none), -1);
}

static void
whatever_is_asked_only_get_requests_come_out(void **state)
{
	static const uint8_t id[32] = {'\r', '\n'};
	char text[8192];

	(void)state;
	for (unsigned op = 0; op < 256; op++)
		for (unsigned minor = 0; minor < 256; minor++) {
			struct msg_gate_ask ask = {.op = (uint8_t)op, .api_minor = (uint8_t)minor, .since_s = INT64_MAX,
			    .since_ns = 999999999, .container = {id, op == GATE_LIST_ONE || op == GATE_LIST_ONE_UNHEALTHY ? 32 : 0}};

			if (build(text, sizeof(text), &ask, &named) == -1)
				continue;
			assert_memory_equal(text, "GET /", 5);
			assert_string_equal(strchr(text, '\r'), "\r\nUser-Agent: watchdog/" PACKAGE_VERSION "\r\n\r\n");
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ping_and_version_have_no_api_version),
		cmocka_unit_test(a_list_carries_the_api_version_as_a_number),
		cmocka_unit_test(names_become_anchored_expressions),
		cmocka_unit_test(a_star_names_nothing),
		cmocka_unit_test(one_s_health_is_asked_for_by_both_filters),
		cmocka_unit_test(an_id_is_written_out_from_its_bytes),
		cmocka_unit_test(events_have_the_fixed_filter_and_a_time),
		cmocka_unit_test(what_does_not_fit_its_operation_is_refused),
		cmocka_unit_test(whatever_is_asked_only_get_requests_come_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
