/*
 * The application's envelope, hostile in every way: a bad field costs
 * itself, a bad whole is a failed fetch.
 */
#include "build_config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "envelope.h"
#include "unit.h"
#include "utf8.h"

static struct envelope e;
static struct envelope_agent a;

static const char *
open_text(const char *body)
{
	return envelope_open(&e, body, strlen(body));
}

/* The one agent of an envelope that holds nothing else. */
static bool
one_agent(const char *members)
{
	static char body[8192];

	snprintf(body, sizeof(body), "{\"agents\": [{%s}]}", members);
	assert_null(open_text(body));
	return envelope_next_agent(&e, &a);
}

static void
a_good_envelope_is_read(void **state)
{
	(void)state;
	assert_null(open_text("{\"generated_at\": 1780000000.5, \"queue\": {\"counts\": {\"failed\": 7, \"queued\": 2}}, \"new\": [1],\n"
	    " \"agents\": [{\"run_id\": 41, \"cpu_ticks\": 90210, \"name\": \"developer\"}, {\"run_id\": \"x\", \"cpu_ticks\": 0.5}]}\n"));
	assert_true(e.generated_at == 1780000000.5);
	assert_true(e.failed == 7);
	assert_true(envelope_next_agent(&e, &a));
	assert_string_equal(a.run_id, "41");
	assert_string_equal(a.name, "developer");
	assert_true(a.cpu_ticks == 90210);
	assert_true(envelope_next_agent(&e, &a));
	assert_string_equal(a.run_id, "x");
	assert_string_equal(a.name, "");
	assert_true(a.cpu_ticks == 0.5);
	assert_false(envelope_next_agent(&e, &a));
	assert_int_equal(e.ignored, 0);
}

static void
an_empty_object_is_an_envelope_that_says_nothing(void **state)
{
	(void)state;
	assert_null(open_text("{}"));
	assert_true(isnan(e.generated_at));
	assert_true(isnan(e.failed));
	assert_false(envelope_next_agent(&e, &a));
}

static void
a_truncated_body_is_not_json(void **state)
{
	static const char body[] = "{\"generated_at\": 1780000000, \"agents\": [{\"run_id\": 1}]}";

	(void)state;
	assert_null(envelope_open(&e, body, sizeof(body) - 1));
	for (size_t n = 0; n < sizeof(body) - 1; n++)
		assert_string_equal(envelope_open(&e, body, n), "not JSON");
}

static void
html_is_not_json(void **state)
{
	(void)state;
	assert_string_equal(open_text("<html><body>502 Bad Gateway</body></html>"), "not JSON");
}

static void
what_is_no_object_is_refused(void **state)
{
	static const char *const bodies[] = {"[]", "1", "\"x\"", "null", "true", "NaN"};

	(void)state;
	for (size_t i = 0; i < LENGTH(bodies); i++)
		assert_string_equal(open_text(bodies[i]), "not a JSON object");
}

static void
a_deep_body_is_refused(void **state)
{
	char body[256] = "{\"x\":";

	(void)state;
	memset(body + 5, '[', 100);
	memset(body + 105, ']', 100);
	body[205] = '}';
	assert_string_equal(open_text(body), "not JSON");
}

static void
bare_nan_costs_its_own_field(void **state)
{
	(void)state;
	assert_null(open_text("{\"generated_at\": NaN, \"queue\": {\"counts\": {\"failed\": 3}}, \"agents\": [{\"run_id\": 1, \"cpu_ticks\": NaN}]}"));
	assert_true(isnan(e.generated_at));
	assert_true(e.failed == 3);
	assert_true(envelope_next_agent(&e, &a));
	assert_true(isnan(a.cpu_ticks));
}

static void
infinity_costs_its_own_field(void **state)
{
	(void)state;
	assert_null(open_text("{\"generated_at\": Infinity, \"queue\": {\"counts\": {\"failed\": -Infinity}}}"));
	assert_true(isnan(e.generated_at));
	assert_true(isnan(e.failed));
}

static void
wrong_types_cost_their_own_field(void **state)
{
	(void)state;
	assert_null(open_text("{\"generated_at\": [1], \"queue\": {\"counts\": {\"failed\": \"7\"}}, \"agents\": [{\"run_id\": 1, \"cpu_ticks\": true, \"name\": 5}]}"));
	assert_true(isnan(e.generated_at));
	assert_true(isnan(e.failed));
	assert_true(envelope_next_agent(&e, &a));
	assert_string_equal(a.run_id, "1");
	assert_string_equal(a.name, "");
	assert_true(isnan(a.cpu_ticks));
}

static void
containers_of_the_wrong_type_cost_what_is_in_them(void **state)
{
	static const char *const bodies[] = {
		"{\"generated_at\": 5, \"queue\": 1, \"agents\": {}}", "{\"generated_at\": 5, \"queue\": [], \"agents\": \"x\"}",
		"{\"generated_at\": 5, \"queue\": {\"counts\": []}, \"agents\": null}",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(bodies); i++) {
		assert_null(open_text(bodies[i]));
		assert_true(e.generated_at == 5);
		assert_true(isnan(e.failed));
		assert_false(envelope_next_agent(&e, &a));
		assert_int_equal(e.ignored, 0);
	}
}

static void
negative_numbers_cost_their_own_field(void **state)
{
	(void)state;
	assert_null(open_text("{\"generated_at\": -1, \"queue\": {\"counts\": {\"failed\": -7}}, \"agents\": [{\"run_id\": 1, \"cpu_ticks\": -3}]}"));
	assert_true(isnan(e.generated_at));
	assert_true(isnan(e.failed));
	assert_true(envelope_next_agent(&e, &a));
	assert_true(isnan(a.cpu_ticks));
}

static void
absurd_numbers_cost_their_own_field(void **state)
{
	(void)state;
	assert_null(open_text("{\"generated_at\": 1e300, \"queue\": {\"counts\": {\"failed\": 1e18}}, \"agents\": [{\"run_id\": 1, \"cpu_ticks\": 1e999}]}"));
	assert_true(isnan(e.generated_at));
	assert_true(isnan(e.failed));
	assert_true(envelope_next_agent(&e, &a));
	assert_true(isnan(a.cpu_ticks));
}

static void
duplicate_keys_cost_their_own_field(void **state)
{
	(void)state;
	assert_null(open_text("{\"generated_at\": 1, \"generated_at\": 2, \"queue\": {\"counts\": {\"failed\": 3, \"failed\": 4}},"
	    " \"agents\": [{\"run_id\": 1, \"cpu_ticks\": 5, \"cpu_ticks\": 6}, {\"run_id\": 1, \"run_id\": 2}]}"));
	assert_true(isnan(e.generated_at));
	assert_true(isnan(e.failed));
	assert_true(envelope_next_agent(&e, &a));
	assert_true(isnan(a.cpu_ticks));
	assert_false(envelope_next_agent(&e, &a));
	assert_int_equal(e.ignored, 1);
}

static void
generated_at_may_be_rfc3339(void **state)
{
	(void)state;
	assert_null(open_text("{\"generated_at\": \"2026-05-28T20:26:40.5Z\"}"));
	assert_true(e.generated_at == 1780000000.5);
	assert_null(open_text("{\"generated_at\": \"yesterday\"}"));
	assert_true(isnan(e.generated_at));
	assert_null(open_text("{\"generated_at\": \"1960-01-01T00:00:00Z\"}"));
	assert_true(isnan(e.generated_at));
}

static void
an_integer_run_id_becomes_text(void **state)
{
	(void)state;
	assert_true(one_agent("\"run_id\": 9007199254740992"));
	assert_string_equal(a.run_id, "9007199254740992");
	assert_true(one_agent("\"run_id\": 0"));
	assert_string_equal(a.run_id, "0");
}

static void
an_agent_without_a_usable_run_id_is_ignored(void **state)
{
	static const char *const bad[] = {
		"", "\"name\": \"x\"", "\"run_id\": null", "\"run_id\": 1.5", "\"run_id\": -1", "\"run_id\": 9007199254740994",
		"\"run_id\": \"\"", "\"run_id\": [1]", "\"run_id\": true", "\"run_id\": NaN", "\"run_id\": \"a\\u0000b\"",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++) {
		assert_false(one_agent(bad[i]));
		assert_int_equal(e.ignored, 1);
	}
}

static void
agents_that_are_no_objects_are_ignored(void **state)
{
	(void)state;
	assert_null(open_text("{\"agents\": [1, \"x\", null, [], {\"run_id\": 7}]}"));
	assert_true(envelope_next_agent(&e, &a));
	assert_string_equal(a.run_id, "7");
	assert_false(envelope_next_agent(&e, &a));
	assert_int_equal(e.ignored, 4);
}

static void
invalid_utf8_in_a_name_is_made_valid(void **state)
{
	(void)state;
	assert_true(one_agent("\"run_id\": \"\xff\xfe\", \"name\": \"a\xc3\""));
	assert_string_equal(a.run_id, "??");
	assert_string_equal(a.name, "a?");
}

static void
a_long_name_is_cut_at_a_code_point(void **state)
{
	char members[2048], name[601] = "";

	(void)state;
	for (int i = 0; i < 300; i++)
		strcat(name, "\xc3\xa9");
	snprintf(members, sizeof(members), "\"run_id\": 1, \"name\": \"x%s\"", name);
	assert_true(one_agent(members));
	assert_int_equal(strlen(a.name), NAME_MAX_LEN - 1);
	assert_true(utf8_valid(a.name, strlen(a.name)));
}

static void
of_10000_agents_4096_are_taken_and_the_rest_is_counted(void **state)
{
	char *body = malloc(1 << 20), *p = body + sprintf(body, "{\"generated_at\": 5, \"agents\": [");
	unsigned n = 0;

	(void)state;
	for (int i = 0; i < 10000; i++)
		p += sprintf(p, "%s{\"run_id\": %d, \"cpu_ticks\": %d}", i > 0 ? "," : "", i, i);
	sprintf(p, "]}");
	assert_null(open_text(body));
	assert_true(e.generated_at == 5);
	while (envelope_next_agent(&e, &a))
		n++;
	assert_int_equal(n, ENVELOPE_AGENTS_MAX);
	assert_int_equal(e.ignored, 10000 - ENVELOPE_AGENTS_MAX);
	free(body);
}

/* Every single-byte change of a good envelope ends in an answer, never outside the buffer. */
static void
no_single_wrong_byte_hurts(void **state)
{
	static const char good[] = "{\"generated_at\":1.5,\"queue\":{\"counts\":{\"failed\":7}},\"agents\":[{\"run_id\":\"\\u0041\",\"cpu_ticks\":1}]}";
	static const char bytes[] = "\0\"\\{}[]:,0-e.x\xff\n";
	size_t len = sizeof(good) - 1;

	(void)state;
	for (size_t i = 0; i < len; i++)
		for (size_t b = 0; b < sizeof(bytes) - 1; b++) {
			char *body = malloc(len);

			memcpy(body, good, len);
			body[i] = bytes[b];
			if (envelope_open(&e, body, len) == NULL)
				while (envelope_next_agent(&e, &a))
					assert_true(utf8_valid(a.run_id, strlen(a.run_id)));
			free(body);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_envelope_is_read),
		cmocka_unit_test(an_empty_object_is_an_envelope_that_says_nothing),
		cmocka_unit_test(a_truncated_body_is_not_json),
		cmocka_unit_test(html_is_not_json),
		cmocka_unit_test(what_is_no_object_is_refused),
		cmocka_unit_test(a_deep_body_is_refused),
		cmocka_unit_test(bare_nan_costs_its_own_field),
		cmocka_unit_test(infinity_costs_its_own_field),
		cmocka_unit_test(wrong_types_cost_their_own_field),
		cmocka_unit_test(containers_of_the_wrong_type_cost_what_is_in_them),
		cmocka_unit_test(negative_numbers_cost_their_own_field),
		cmocka_unit_test(absurd_numbers_cost_their_own_field),
		cmocka_unit_test(duplicate_keys_cost_their_own_field),
		cmocka_unit_test(generated_at_may_be_rfc3339),
		cmocka_unit_test(an_integer_run_id_becomes_text),
		cmocka_unit_test(an_agent_without_a_usable_run_id_is_ignored),
		cmocka_unit_test(agents_that_are_no_objects_are_ignored),
		cmocka_unit_test(invalid_utf8_in_a_name_is_made_valid),
		cmocka_unit_test(a_long_name_is_cut_at_a_code_point),
		cmocka_unit_test(of_10000_agents_4096_are_taken_and_the_rest_is_counted),
		cmocka_unit_test(no_single_wrong_byte_hurts),
	};

	return cmocka_run_group_tests_name("envelope", tests, NULL, NULL);
}
