/*
 * HTTP heads of docker's answers.
 */
#include "build_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker_head.h"
#include "unit.h"

#define DOCKER \
	"HTTP/1.0 200 OK\r\nApi-Version: 1.41\r\nDocker-Experimental: false\r\nOstype: linux\r\n" \
	"Server: Docker/20.10.24 (linux)\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 2\r\n\r\n"
#define PODMAN "HTTP/1.0 200 OK\r\nApi-Version: 1.41\r\nLibpod-Api-Version: 4.3.1\r\nServer: Libpod/4.3.1 (linux)\r\n\r\n"

static struct docker_head h;
static const char *why;

static int
parse(const char *text)
{
	return docker_head_parse(&h, text, strlen(text), &why);
}

static void
docker_s_head_is_read(void **state)
{
	(void)state;
	assert_int_equal(parse(DOCKER "OK"), sizeof(DOCKER) - 1);
	assert_int_equal(h.status, 200);
	assert_int_equal(h.api_major, 1);
	assert_int_equal(h.api_minor, 41);
	assert_false(h.podman);
	assert_true(h.has_length);
	assert_int_equal(h.length, 2);
}

static void
podman_is_recognised(void **state)
{
	(void)state;
	assert_int_equal(parse(PODMAN), sizeof(PODMAN) - 1);
	assert_true(h.podman);
	assert_false(h.has_length);
}

static void
the_case_of_a_name_does_not_matter(void **state)
{
	(void)state;
	assert_true(parse("HTTP/1.1 400 Bad Request\r\nAPI-VERSION:1.9\r\ncontent-length:\t7 \r\n\r\n") > 0);
	assert_int_equal(h.status, 400);
	assert_int_equal(h.api_minor, 9);
	assert_int_equal(h.length, 7);
}

static void
a_version_is_dotted_integers(void **state)
{
	(void)state;
	assert_true(parse("HTTP/1.0 200 OK\r\nApi-Version: 1.9\r\n\r\n") > 0);
	assert_int_equal(h.api_minor, 9);
	assert_true(parse("HTTP/1.0 200 OK\r\nApi-Version: x\r\n\r\n") > 0);
	assert_int_equal(h.api_major, 0);
	assert_true(parse("HTTP/1.0 200 OK\r\nApi-Version: 1.99999999999999999999\r\n\r\n") > 0);
	assert_int_equal(h.api_major, 0);
}

static void
a_head_that_is_cut_is_not_complete(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof(DOCKER) - 1; n++) {
		char *part = malloc(n + 1);

		memcpy(part, DOCKER, n);
		assert_int_equal(docker_head_parse(&h, part, n, &why), 0);
		free(part);
	}
}

static void
bare_line_feeds_are_taken(void **state)
{
	(void)state;
	assert_true(parse("HTTP/1.0 204 No Content\nApi-Version: 1.44\n\nrest") > 0);
	assert_int_equal(h.status, 204);
	assert_int_equal(h.api_minor, 44);
}

static void
what_is_not_http_is_refused(void **state)
{
	static const char *const bad[] = {
		"\n\n", "hello\r\n", "HTTP/2.0 200 OK\r\n\r\n", "HTTP/1.0\r\n\r\n", "HTTP/1.0 99 x\r\n\r\n", "HTTP/1.0 600 x\r\n\r\n",
		"HTTP/1.0 2000\r\n\r\n", "HTTP/1.0 -20 x\r\n\r\n", "HTTP/1.0 abc x\r\n\r\n", "HTTP/1.x 200 OK\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++) {
		assert_int_equal(parse(bad[i]), -1);
		assert_string_equal(why, "not HTTP");
	}
}

static void
bad_headers_are_refused(void **state)
{
	static const char *const bad[] = {
		"no colon", ": no name", "Content-Length: x", "Content-Length: -1", "Content-Length: 1 2", "Content-Length:",
		"Content-Length: 9999999999999999999999", "Content-Length: 1\r\nContent-Length: 2", "Transfer-Encoding: chunked",
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++) {
		snprintf(text, sizeof(text), "HTTP/1.0 200 OK\r\n%s\r\n\r\n", bad[i]);
		assert_int_equal(parse(text), -1);
		assert_non_null(why);
	}
}

static void
an_endless_head_is_refused_at_16_kib(void **state)
{
	char *text = malloc(DOCKER_HEAD_MAX + 100);

	(void)state;
	memset(text, 'a', DOCKER_HEAD_MAX + 100);
	memcpy(text, "HTTP/1.0 200 OK\r\nX: ", 20);
	assert_int_equal(docker_head_parse(&h, text, DOCKER_HEAD_MAX - 1, &why), 0);
	assert_int_equal(docker_head_parse(&h, text, DOCKER_HEAD_MAX, &why), -1);
	assert_int_equal(docker_head_parse(&h, text, DOCKER_HEAD_MAX + 100, &why), -1);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(docker_s_head_is_read),
		cmocka_unit_test(podman_is_recognised),
		cmocka_unit_test(the_case_of_a_name_does_not_matter),
		cmocka_unit_test(a_version_is_dotted_integers),
		cmocka_unit_test(a_head_that_is_cut_is_not_complete),
		cmocka_unit_test(bare_line_feeds_are_taken),
		cmocka_unit_test(what_is_not_http_is_refused),
		cmocka_unit_test(bad_headers_are_refused),
		cmocka_unit_test(an_endless_head_is_refused_at_16_kib),
	};

	return cmocka_run_group_tests_name("docker_head", tests, NULL, NULL);
}
