/*
 * The list's scanner: the same elements however the bytes are cut, and
 * memory for one element only.
 */
#include "build_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker_list.h"
#include "unit.h"

#define LIST \
	" [ {\"Id\":\"a\",\"Labels\":{\"x\":\"}]{\\\"\\\\\"},\"Names\":[\"/a\"]} ,\n{\"Id\":\"b\",\"Ports\":[[],[{}]]},{}]\n"

static char seen[1024];
static unsigned count;

static void
element(void *ctx, struct span e)
{
	(void)ctx;
	count++;
	assert_true(json_is_object(e));
	if (strlen(seen) + e.len + 2 < sizeof(seen)) {
		strncat(seen, e.p, e.len);
		strcat(seen, "|");
	}
}

static struct docker_list *
list_new(void)
{
	struct docker_list *l = docker_list_new(element, NULL);

	assert_non_null(l);
	seen[0] = '\0';
	count = 0;
	return l;
}

/* Feed text in pieces of step bytes.  Returns 1 if the list is complete, 0 if not, -1 if it was refused. */
static int
feed(const char *text, size_t len, size_t step)
{
	struct docker_list *l = list_new();
	int rc = 0;

	for (size_t at = 0; at < len && rc == 0; at += step) {
		size_t n = len - at < step ? len - at : step;
		char *piece = malloc(n);

		memcpy(piece, text + at, n);
		rc = docker_list_feed(l, piece, n);
		free(piece);
	}
	rc = rc == -1 ? -1 : docker_list_complete(l);
	docker_list_free(l);
	return rc;
}

static void
elements_are_found_whatever_is_in_their_strings(void **state)
{
	(void)state;
	assert_int_equal(feed(LIST, strlen(LIST), strlen(LIST)), 1);
	assert_int_equal(count, 3);
	assert_string_equal(seen, "{\"Id\":\"a\",\"Labels\":{\"x\":\"}]{\\\"\\\\\"},\"Names\":[\"/a\"]}|"
	    "{\"Id\":\"b\",\"Ports\":[[],[{}]]}|{}|");
}

static void
byte_by_byte_is_the_same_as_whole(void **state)
{
	char whole[sizeof(seen)];

	(void)state;
	assert_int_equal(feed(LIST, strlen(LIST), strlen(LIST)), 1);
	strcpy(whole, seen);
	for (size_t step = 1; step < strlen(LIST); step++) {
		assert_int_equal(feed(LIST, strlen(LIST), step), 1);
		assert_string_equal(seen, whole);
	}
}

static void
an_empty_list_is_complete(void **state)
{
	(void)state;
	assert_int_equal(feed("[]\n", 3, 1), 1);
	assert_int_equal(count, 0);
}

static void
every_truncation_is_incomplete(void **state)
{
	(void)state;
	for (size_t n = 0; n < strlen(LIST) - 2; n++)
		assert_int_equal(feed(LIST, n, 7), 0);
}

static void
what_is_not_a_list_of_objects_is_refused(void **state)
{
	static const char *const bad[] = {
		"{}", "null", "x", "[1]", "[\"a\"]", "[[]]", "[{},]", "[,{}]", "[{}{}]", "[{}] x", "[][]", "<html>", "]", "[{}}",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++)
		if (feed(bad[i], strlen(bad[i]), 1) != -1)
			fail_msg("taken: %s", bad[i]);
}

static void
one_broken_element_is_skipped_and_counted(void **state)
{
	static const char text[] = "[{\"a\":1},{\"a\":},{\"b\"},{\"c\":2}]";
	struct docker_list *l = list_new();

	(void)state;
	assert_int_equal(docker_list_feed(l, text, sizeof(text) - 1), 0);
	assert_true(docker_list_complete(l));
	assert_int_equal(docker_list_skipped(l), 2);
	assert_string_equal(seen, "{\"a\":1}|{\"c\":2}|");
	docker_list_free(l);
}

static void
a_deep_element_is_skipped_and_counted(void **state)
{
	char deep[400] = "[{\"a\":";
	struct docker_list *l = list_new();

	(void)state;
	memset(deep + 6, '[', 100);
	memset(deep + 106, ']', 100);
	strcpy(deep + 206, "},{\"b\":1}]");
	assert_int_equal(docker_list_feed(l, deep, strlen(deep)), 0);
	assert_true(docker_list_complete(l));
	assert_int_equal(docker_list_skipped(l), 1);
	assert_string_equal(seen, "{\"b\":1}|");
	docker_list_free(l);
}

static void
a_huge_element_is_skipped_and_counted(void **state)
{
	char block[4096];
	struct docker_list *l = list_new();

	(void)state;
	memset(block, 'x', sizeof(block));
	assert_int_equal(docker_list_feed(l, "[{\"a\":\"", 7), 0);
	for (int i = 0; i < 2048; i++)
		assert_int_equal(docker_list_feed(l, block, sizeof(block)), 0);
	assert_int_equal(docker_list_feed(l, "\"},{\"b\":1}]", 11), 0);
	assert_true(docker_list_complete(l));
	assert_int_equal(docker_list_skipped(l), 1);
	assert_string_equal(seen, "{\"b\":1}|");
	docker_list_free(l);
}

/* The linker puts this in the scanner's way (--wrap): the most that it ever asked for. */
static size_t most;
void *__real_realloc(void *p, size_t size);
void *__wrap_realloc(void *p, size_t size);

void *
__wrap_realloc(void *p, size_t size)
{
	most = size > most ? size : most;
	return __real_realloc(p, size);
}

static void
ten_thousand_containers_take_no_more_memory_than_one(void **state)
{
	struct docker_list *l = list_new();
	char text[3000];

	(void)state;
	most = 0;
	docker_list_feed(l, "[", 1);
	for (int i = 0; i < 10000; i++) {
		int n = snprintf(text, sizeof(text), "%s{\"Id\":\"%064d\",\"Labels\":{\"x\":\"%02000d\"}}", i > 0 ? "," : "", i, i);

		assert_int_equal(docker_list_feed(l, text, (size_t)n), 0);
	}
	docker_list_feed(l, "]", 1);
	assert_true(docker_list_complete(l));
	assert_int_equal(count, 10000);
	assert_in_range(most, 2000, 4096);
	docker_list_free(l);
}

static void
no_element_takes_more_than_its_limit(void **state)
{
	char block[4096];
	struct docker_list *l = list_new();

	(void)state;
	memset(block, 'x', sizeof(block));
	most = 0;
	docker_list_feed(l, "[{\"a\":\"", 7);
	for (int i = 0; i < 1024; i++)
		assert_int_equal(docker_list_feed(l, block, sizeof(block)), 0);
	assert_in_range(most, 4096, DOCKER_ELEMENT_MAX);
	docker_list_free(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_are_found_whatever_is_in_their_strings),
		cmocka_unit_test(byte_by_byte_is_the_same_as_whole),
		cmocka_unit_test(an_empty_list_is_complete),
		cmocka_unit_test(every_truncation_is_incomplete),
		cmocka_unit_test(what_is_not_a_list_of_objects_is_refused),
		cmocka_unit_test(one_broken_element_is_skipped_and_counted),
		cmocka_unit_test(a_deep_element_is_skipped_and_counted),
		cmocka_unit_test(a_huge_element_is_skipped_and_counted),
		cmocka_unit_test(ten_thousand_containers_take_no_more_memory_than_one),
		cmocka_unit_test(no_element_takes_more_than_its_limit),
	};

	return cmocka_run_group_tests_name("docker_list", tests, NULL, NULL);
}
