/*
 * What an entry of the list means: Docker 20.10 (API 1.41, health in the
 * text), Docker 29 (API 1.52, health as a field), Podman.
 */
#include "build_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker_answer.h"
#include "docker_container.h"
#include "unit.h"
#include "utf8.h"

#define ID "5de8a1f7c9e24b6d8f0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60"

static struct container c;

static bool
read_text(const char *element)
{
	return docker_container_read(&c, (struct span){element, strlen(element)});
}

/* An entry with these State and Status, and more members. */
static void
read_state(const char *state, const char *status, const char *more)
{
	char text[1024];

	snprintf(text, sizeof(text), "{\"Id\":\"" ID "\",\"Names\":[\"/web\"],\"State\":\"%s\",\"Status\":\"%s\"%s}", state, status, more);
	assert_true(read_text(text));
}

static void
docker_20_10_health_comes_from_the_text(void **state)
{
	static const struct {
		const char *status, *health;
	} rows[] = {
		{"Up 43 seconds", ""}, {"Up 43 seconds (healthy)", "healthy"}, {"Up About a minute (unhealthy)", "unhealthy"},
		{"Up Less than a second (health: starting)", "starting"}, {"Up 3 weeks (odd)", ""}, {"", ""}, {"Up (healthy) 3 s", ""},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		read_state("running", rows[i].status, "");
		assert_string_equal(c.state, "running");
		assert_string_equal(c.health, rows[i].health);
		assert_int_equal(c.exit_code, -1);
	}
}

static void
docker_29_health_comes_from_its_field(void **state)
{
	(void)state;
	read_state("running", "Up 2 hours (healthy)", ",\"Health\":{\"Status\":\"unhealthy\",\"FailingStreak\":3}");
	assert_string_equal(c.health, "unhealthy");
	read_state("running", "Up 2 hours", ",\"Health\":{\"Status\":\"starting\",\"FailingStreak\":0}");
	assert_string_equal(c.health, "starting");
	read_state("running", "Up 2 hours", ",\"Health\":{\"Status\":\"none\",\"FailingStreak\":0}");
	assert_string_equal(c.health, "");
	read_state("running", "Up 2 hours", ",\"Health\":{\"Status\":\"\"}");
	assert_string_equal(c.health, "");
}

static void
health_counts_only_while_running(void **state)
{
	static const char *const states[] = {"paused", "restarting", "exited", "created", "dead", "removing"};

	(void)state;
	for (size_t i = 0; i < LENGTH(states); i++) {
		read_state(states[i], "Exited (0) 3 s ago (unhealthy)", ",\"Health\":{\"Status\":\"unhealthy\"}");
		assert_string_equal(c.state, states[i]);
		assert_string_equal(c.health, "");
	}
}

static void
the_exit_code_comes_from_the_text(void **state)
{
	static const struct {
		const char *status;
		int code;
	} rows[] = {
		{"Exited (137) 7 seconds ago", 137}, {"Exited (0) 2 hours ago", 0}, {"Restarting (3) 4 seconds ago", 3},
		{"Created", -1}, {"Dead", -1}, {"Exited (x) now", -1}, {"Exited (", -1}, {"Exited (12", -1}, {"Exited (-1) now", -1},
		{"Exited (99999999999999999999) now", -1}, {"Up 3 s (137)", -1},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		read_state("exited", rows[i].status, "");
		assert_int_equal(c.exit_code, rows[i].code);
	}
}

static void
podman_s_words_become_docker_s(void **state)
{
	(void)state;
	read_state("stopped", "Exited (1) 2 minutes ago", "");
	assert_string_equal(c.state, "exited");
	assert_int_equal(c.exit_code, 1);
	read_state("stopping", "Stopping", "");
	assert_string_equal(c.state, "running");
	read_state("initialized", "Created", "");
	assert_string_equal(c.state, "created");
}

static void
a_state_never_heard_of_is_unknown(void **state)
{
	(void)state;
	read_state("hibernating-for-the-winter", "?", "");
	assert_string_equal(c.state, "unknown");
	assert_true(read_text("{\"Id\":\"" ID "\",\"Names\":[\"/web\"],\"State\":5}"));
	assert_string_equal(c.state, "unknown");
}

static void
the_name_is_the_one_with_a_single_slash(void **state)
{
	(void)state;
	assert_true(read_text("{\"Id\":\"" ID "\",\"Names\":[\"/other/alias\",5,\"/db\",\"/x/y\"]}"));
	assert_string_equal(c.name, "db");
}

static void
without_id_or_name_there_is_nothing_to_watch(void **state)
{
	(void)state;
	assert_false(read_text("{\"Id\":\"" ID "\",\"Names\":[]}"));
	assert_false(read_text("{\"Id\":\"" ID "\",\"Names\":[\"/\",\"web\",\"/a/b\"]}"));
	assert_false(read_text("{\"Id\":\"" ID "\"}"));
	assert_false(read_text("{\"Id\":\"5de8\",\"Names\":[\"/web\"]}"));
	assert_false(read_text("{\"Id\":\"" ID "0\",\"Names\":[\"/web\"]}"));
	assert_false(read_text("{\"Id\":7,\"Names\":[\"/web\"]}"));
	assert_false(read_text("{}"));
}

static void
compose_s_labels_are_read(void **state)
{
	(void)state;
	read_state("running", "Up 1 second", ",\"Labels\":{\"com.docker.compose.project\":\"shop\",\"com.docker.compose.service\":\"api\","
	    "\"com.docker.compose.container-number\":\"2\",\"com.docker.compose.oneoff\":\"True\"}");
	assert_string_equal(c.project, "shop");
	assert_string_equal(c.service, "api");
	assert_string_equal(c.number, "2");
	assert_true(c.oneoff);
	read_state("running", "Up 1 second", ",\"Labels\":null");
	assert_string_equal(c.project, "");
	assert_false(c.oneoff);
}

static void
compose_s_temporary_name_maps_to_the_name(void **state)
{
	(void)state;
	assert_true(read_text("{\"Id\":\"" ID "\",\"Names\":[\"/0123456789ab_shop-api-1\"],\"Labels\":{\"com.docker.compose.project\":\"shop\"}}"));
	assert_string_equal(c.name, "shop-api-1");
	assert_true(c.provisional);
}

static void
without_compose_such_a_name_is_just_a_name(void **state)
{
	(void)state;
	assert_true(read_text("{\"Id\":\"" ID "\",\"Names\":[\"/0123456789ab_api\"]}"));
	assert_string_equal(c.name, "0123456789ab_api");
	assert_false(c.provisional);
}

static void
the_container_whose_network_is_shared_is_known(void **state)
{
	(void)state;
	read_state("running", "Up 1 second", ",\"HostConfig\":{\"NetworkMode\":\"container:" ID "\"}");
	assert_string_equal(c.network_of, ID);
	read_state("running", "Up 1 second", ",\"HostConfig\":{\"NetworkMode\":\"default\"}");
	assert_string_equal(c.network_of, "");
}

static enum watched
watched(const struct config *config, const char *name, enum label_truth enable)
{
	struct container one = {.labels.enable = enable};

	snprintf(one.name, sizeof(one.name), "%s", name);
	return docker_container_watched(config, &one);
}

static void
names_and_patterns_name_and_a_star_discovers(void **state)
{
	char *entries[] = {"*", "web-*", "db"};
	struct config config = {.containers = {entries, LENGTH(entries)}};

	(void)state;
	assert_int_equal(watched(&config, "cache", LABEL_NOT_SAID), DISCOVERED);
	assert_int_equal(watched(&config, "web-1", LABEL_NOT_SAID), NAMED_BY_PATTERN);
	assert_int_equal(watched(&config, "db", LABEL_NOT_SAID), NAMED_PLAINLY);
	config.containers = (struct string_list){entries + 1, 2};
	assert_int_equal(watched(&config, "cache", LABEL_TRUE), NOT_WATCHED);
	assert_int_equal(watched(&config, "db2", LABEL_NOT_SAID), NOT_WATCHED);
}

static void
a_label_takes_a_container_out_unless_its_very_name_is_configured(void **state)
{
	char *entries[] = {"*", "web-*", "db"};
	struct config config = {.containers = {entries, LENGTH(entries)}};

	(void)state;
	assert_int_equal(watched(&config, "cache", LABEL_FALSE), NOT_WATCHED);
	assert_int_equal(watched(&config, "web-1", LABEL_FALSE), NOT_WATCHED);
	assert_int_equal(watched(&config, "db", LABEL_FALSE), NAMED_PLAINLY);
}

static void
labeled_only_discovers_what_has_the_label_and_names_all_the_same(void **state)
{
	char *entries[] = {"*", "web-*", "db"};
	struct config config = {.containers = {entries, LENGTH(entries)}, .containers_labeled_only = true};

	(void)state;
	assert_int_equal(watched(&config, "cache", LABEL_NOT_SAID), NOT_WATCHED);
	assert_int_equal(watched(&config, "cache", LABEL_FALSE), NOT_WATCHED);
	assert_int_equal(watched(&config, "cache", LABEL_TRUE), DISCOVERED);
	assert_int_equal(watched(&config, "web-1", LABEL_NOT_SAID), NAMED_BY_PATTERN);
	assert_int_equal(watched(&config, "db", LABEL_NOT_SAID), NAMED_PLAINLY);
}

static void
read_any(void *ctx, struct span element)
{
	(void)ctx;
	if (docker_container_read(&c, element)) {
		assert_true(utf8_valid(c.name, strlen(c.name)));
		assert_int_equal(strlen(c.id), CONTAINER_ID_LEN);
	}
}

/* Every single-byte change of a good answer ends in an answer, never outside the buffers. */
static void
no_single_wrong_byte_hurts(void **state)
{
	static const char good[] = "HTTP/1.0 200 OK\r\nApi-Version: 1.41\r\nContent-Length: 268\r\n\r\n"
	    "[{\"Id\":\"" ID "\",\"Names\":[\"/0123456789ab_web\"],\"State\":\"exited\",\"Status\":\"Exited (137) 3 s ago\","
	    "\"Labels\":{\"com.docker.compose.project\":\"p\"},\"HostConfig\":{\"NetworkMode\":\"container:x\"}}]\n";
	static const char bytes[] = "\0\"\\{}[]:,0-e/()_\xff\n\r ";

	(void)state;
	for (size_t i = 0; i < sizeof(good) - 1; i++)
		for (size_t k = 0; k < sizeof(bytes) - 1; k++) {
			char *bad = malloc(sizeof(good) - 1);
			struct docker_answer *a = docker_answer_new(read_any, NULL);

			memcpy(bad, good, sizeof(good) - 1);
			bad[i] = bytes[k];
			docker_answer_feed(a, bad, sizeof(good) - 1);
			docker_answer_wrong(a);
			docker_answer_free(a);
			free(bad);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(docker_20_10_health_comes_from_the_text),
		cmocka_unit_test(docker_29_health_comes_from_its_field),
		cmocka_unit_test(health_counts_only_while_running),
		cmocka_unit_test(the_exit_code_comes_from_the_text),
		cmocka_unit_test(podman_s_words_become_docker_s),
		cmocka_unit_test(a_state_never_heard_of_is_unknown),
		cmocka_unit_test(the_name_is_the_one_with_a_single_slash),
		cmocka_unit_test(without_id_or_name_there_is_nothing_to_watch),
		cmocka_unit_test(compose_s_labels_are_read),
		cmocka_unit_test(compose_s_temporary_name_maps_to_the_name),
		cmocka_unit_test(without_compose_such_a_name_is_just_a_name),
		cmocka_unit_test(the_container_whose_network_is_shared_is_known),
		cmocka_unit_test(names_and_patterns_name_and_a_star_discovers),
		cmocka_unit_test(a_label_takes_a_container_out_unless_its_very_name_is_configured),
		cmocka_unit_test(labeled_only_discovers_what_has_the_label_and_names_all_the_same),
		cmocka_unit_test(no_single_wrong_byte_hurts),
	};

	return cmocka_run_group_tests_name("docker_container", tests, NULL, NULL);
}
