/*
 * Lines of docker's and podman's event streams: what is read, what is passed
 * over, and that no damage does harm.
 */
#include "build_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker_event.h"
#include "unit.h"
#include "utf8.h"

#define ID "5de8c9e24b6d8f0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60a1f7"
#define EVENT(action, attributes) \
	"{\"Type\":\"container\",\"Action\":\"" action "\",\"Actor\":{\"ID\":\"" ID "\",\"Attributes\":{\"image\":\"bb:1\"," \
	"\"name\":\"web\"" attributes "}},\"scope\":\"local\",\"time\":1795468776,\"timeNano\":1795468776651921290}"

static struct docker_event e;

static bool
read_line(const char *line)
{
	return docker_event_read(&e, (struct span){line, strlen(line)});
}

static void
each_action_has_its_act(void **state)
{
	static const struct {
		const char *line;
		unsigned act;
	} rows[] = {
		{EVENT("start", ""), ACT_STARTED}, {EVENT("die", ",\"exitCode\":\"3\""), ACT_DIED}, {EVENT("died", ""), ACT_DIED},
		{EVENT("oom", ""), ACT_OOM}, {EVENT("kill", ",\"signal\":\"15\""), ACT_STOP_ASKED}, {EVENT("stop", ""), ACT_STOP_ASKED},
		{EVENT("destroy", ""), ACT_REMOVED}, {EVENT("remove", ""), ACT_REMOVED}, {EVENT("create", ""), ACT_CREATED},
		{EVENT("rename", ",\"oldName\":\"/web1\""), ACT_RENAMED}, {EVENT("pause", ""), ACT_PAUSED},
		{EVENT("unpause", ""), ACT_UNPAUSED}, {EVENT("restart", ""), ACT_NONE},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		assert_true(read_line(rows[i].line));
		assert_int_equal(e.act, rows[i].act);
		assert_string_equal(e.container.id, ID);
		assert_string_equal(e.container.name, "web");
		assert_false(e.health);
	}
}

static void
a_time_is_read_to_the_nanosecond(void **state)
{
	(void)state;
	assert_true(read_line(EVENT("start", "")));
	assert_true(e.time_ns == 1795468776651921290u);
	assert_true(read_line("{\"Type\":\"container\",\"Action\":\"die\",\"Actor\":{\"ID\":\"" ID "\",\"Attributes\":{\"name\":\"w\"}},\"time\":17}"));
	assert_true(e.time_ns == 17000000000u);
	assert_true(read_line("{\"Type\":\"container\",\"Action\":\"die\",\"Actor\":{\"ID\":\"" ID "\",\"Attributes\":{\"name\":\"w\"}},"
	    "\"timeNano\":99999999999999999999,\"time\":-1}"));
	assert_true(e.time_ns == 0);
}

static void
health_is_read_in_docker_s_and_in_podman_s_way(void **state)
{
	(void)state;
	assert_true(read_line(EVENT("health_status: unhealthy", "")));
	assert_true(e.health && !e.healthy && e.act == ACT_NONE);
	assert_true(read_line(EVENT("health_status: healthy", "")));
	assert_true(e.health && e.healthy);
	assert_true(read_line("{\"Type\":\"container\",\"Action\":\"health_status\",\"HealthStatus\":\"unhealthy\",\"Actor\":{\"ID\":\"" ID
	    "\",\"Attributes\":{\"name\":\"w\"}}}"));
	assert_true(e.health && !e.healthy);
}

static void
labels_come_with_the_attributes_and_do_not_stand_for_the_name(void **state)
{
	(void)state;
	assert_true(read_line(EVENT("die", ",\"exitCode\":\"0\",\"com.docker.compose.project\":\"shop\",\"com.docker.compose.service\":\"api\","
	    "\"com.docker.compose.container-number\":\"2\",\"com.docker.compose.oneoff\":\"True\",\"watchdog.enable\":\"false\"")));
	assert_string_equal(e.container.project, "shop");
	assert_string_equal(e.container.service, "api");
	assert_string_equal(e.container.number, "2");
	assert_true(e.container.oneoff);
	assert_int_equal(e.container.labels.enable, LABEL_FALSE);
	assert_string_equal(e.container.name, "web");
}

static void
an_exit_code_is_read_from_docker_s_die_alone_and_only_if_it_is_one(void **state)
{
	static const struct {
		const char *line;
		int code;
	} rows[] = {
		{EVENT("die", ",\"exitCode\":\"3\""), 3}, {EVENT("die", ",\"exitCode\":\"0\""), 0}, {EVENT("die", ""), -1},
		{EVENT("die", ",\"exitCode\":3"), -1}, {EVENT("die", ",\"exitCode\":\"\""), -1}, {EVENT("die", ",\"exitCode\":\"-1\""), -1},
		{EVENT("die", ",\"exitCode\":\"32767\""), 32767}, {EVENT("die", ",\"exitCode\":\"32768\""), -1},
		{EVENT("die", ",\"exitCode\":\"00\""), -1}, {EVENT("kill", ",\"exitCode\":\"3\""), -1},
		{EVENT("died", ",\"containerExitCode\":\"137\""), -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(read_line(rows[i].line));
		assert_int_equal(e.exit_code, rows[i].code);
	}
}

static void
signals_and_old_names_are_read_and_compose_s_temporary_name_is_not_shown(void **state)
{
	(void)state;
	assert_true(read_line(EVENT("kill", ",\"signal\":\"9\"")));
	assert_int_equal(e.signal, 9);
	assert_true(read_line(EVENT("kill", ",\"signal\":\"99999999999\"")));
	assert_int_equal(e.signal, -1);
	assert_true(read_line(EVENT("kill", ",\"signal\":\"x9\"")));
	assert_int_equal(e.signal, -1);
	assert_true(read_line(EVENT("rename", ",\"oldName\":\"/0123456789ab_web\",\"com.docker.compose.project\":\"p\"")));
	assert_string_equal(e.old_name, "web");
	assert_true(read_line(EVENT("rename", ",\"oldName\":\"/0123456789ab_web\"")));
	assert_string_equal(e.old_name, "0123456789ab_web");
}

static void
the_same_event_has_the_same_key_and_another_has_another(void **state)
{
	uint64_t key;

	(void)state;
	assert_true(read_line(EVENT("start", "")));
	key = e.key;
	assert_true(read_line(EVENT("start", ",\"more\":\"x\"")));
	assert_true(e.key == key);
	assert_true(read_line(EVENT("die", "")));
	assert_true(e.key != key);
}

static void
what_does_not_matter_is_passed_over(void **state)
{
	static const char *const others[] = {
		"", "{}", "[]", "7", "null", "{\"Type\":\"image\",\"Action\":\"start\"}", EVENT("exec_create: sh", ""), EVENT("exec_die", ""),
		EVENT("attach", ""), EVENT("health_statuses", ""), EVENT("health_status:unhealthy", ""), EVENT("Die", ""), EVENT("", ""),
		"{\"Type\":\"container\",\"Action\":\"die\",\"Actor\":{\"ID\":\"5de8\",\"Attributes\":{\"name\":\"web\"}}}",
		"{\"Type\":\"container\",\"Action\":\"die\",\"Actor\":{\"ID\":\"" ID "\",\"Attributes\":{\"name\":\"\"}}}",
		"{\"Type\":\"container\",\"Action\":\"die\",\"Actor\":{\"ID\":\"" ID "\",\"Attributes\":{\"name\":\"a/b\"}}}",
		"{\"Type\":\"container\",\"Action\":\"die\",\"Actor\":{\"ID\":\"" ID "\",\"Attributes\":7}}",
		"{\"Type\":\"container\",\"Action\":\"die\",\"Actor\":[\"" ID "\"]}",
		/* before API 1.22, and what 1.52 dropped: never enough alone */
		"{\"status\":\"die\",\"id\":\"" ID "\",\"from\":\"bb:1\",\"time\":1}",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(others); i++)
		if (read_line(others[i]))
			fail_msg("taken: %s", others[i]);
}

/* Each copy is of its own size, so that a sanitizer sees a byte read too far. */
static void
read_copy(const char *text, size_t len)
{
	char *copy = malloc(len + 1);

	memcpy(copy, text, len);
	if (json_check((struct span){copy, len}) && docker_event_read(&e, (struct span){copy, len})) {
		assert_true(utf8_valid(e.container.name, strlen(e.container.name)));
		assert_true(utf8_valid(e.old_name, strlen(e.old_name)));
		assert_int_equal(strlen(e.container.id), CONTAINER_ID_LEN);
	}
	free(copy);
}

static void
no_cut_and_no_wrong_byte_does_harm(void **state)
{
	char line[] = EVENT("rename", ",\"oldName\":\"/x\\u00e9\",\"signal\":\"9\",\"watchdog.grace\":\"3s\"");

	(void)state;
	for (size_t n = 0; n < sizeof(line); n++)
		read_copy(line, n);
	for (size_t i = 0; i < sizeof(line) - 1; i++)
		for (unsigned byte = 0; byte < 256; byte += 3) {
			char kept = line[i];

			line[i] = (char)byte;
			read_copy(line, sizeof(line) - 1);
			line[i] = kept;
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_action_has_its_act),
		cmocka_unit_test(a_time_is_read_to_the_nanosecond),
		cmocka_unit_test(health_is_read_in_docker_s_and_in_podman_s_way),
		cmocka_unit_test(labels_come_with_the_attributes_and_do_not_stand_for_the_name),
		cmocka_unit_test(an_exit_code_is_read_from_docker_s_die_alone_and_only_if_it_is_one),
		cmocka_unit_test(signals_and_old_names_are_read_and_compose_s_temporary_name_is_not_shown),
		cmocka_unit_test(the_same_event_has_the_same_key_and_another_has_another),
		cmocka_unit_test(what_does_not_matter_is_passed_over),
		cmocka_unit_test(no_cut_and_no_wrong_byte_does_harm),
	};

	return cmocka_run_group_tests_name("docker_event", tests, NULL, NULL);
}
