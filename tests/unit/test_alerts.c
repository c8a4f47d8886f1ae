/*
 * The table of signals: whoever is looked up is found, in whatever order and
 * whoever was forgotten before.
 */
#include "build_config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "alert.h"

#define DEPS 40

static struct alert *
get(struct alerts *all, size_t i)
{
	char name[16], key[32];
	struct alert *a;
	bool full;

	snprintf(name, sizeof(name), "d%zu", i);
	snprintf(key, sizeof(key), "dep:d%zu", i);
	a = alerts_get(all, KIND_DEP, name, &full);
	assert_non_null(a);
	assert_string_equal(a->key, key);
	return a;
}

/* Each stride meets all of them, as 40 and it have no common divisor. */
static void
is_found_in_any_order(void **state)
{
	static const size_t strides[] = {1, 3, 39, 7};
	struct alert *made[DEPS];
	struct alerts all = {0};

	(void)state;
	for (size_t i = 0; i < DEPS; i++)
		made[i] = get(&all, i);
	for (size_t s = 0; s < 4; s++)
		for (size_t i = 0; i < DEPS; i++)
			assert_ptr_equal(get(&all, i * strides[s] % DEPS), made[i * strides[s] % DEPS]);
	assert_int_equal(HASH_COUNT(all.by_key), DEPS);
	alerts_free(&all);
}

static void
is_found_after_others_were_forgotten(void **state)
{
	struct alerts all = {0};

	(void)state;
	for (size_t i = 0; i < DEPS; i++)
		get(&all, i);
	for (size_t i = 1; i < DEPS; i += 2) {
		get(&all, i - 1);
		alerts_forget(&all, get(&all, i)); /* the last, and the one behind it that comes next */
		get(&all, (i + 1) % DEPS);
		alerts_forget(&all, get(&all, i - 1));
	}
	for (size_t i = 0; i < DEPS; i++)
		get(&all, i);
	assert_int_equal(HASH_COUNT(all.by_key), DEPS);
	alerts_free(&all);
}

static void
is_found_by_its_new_name(void **state)
{
	struct alerts all = {0};
	struct alert *a;

	(void)state;
	get(&all, 1);
	a = get(&all, 2);
	get(&all, 3);
	get(&all, 2);
	a = alerts_rename(&all, a, "d7");
	assert_ptr_equal(get(&all, 7), a);
	assert_null(alerts_find(&all, KIND_DEP, "d2"));
	get(&all, 3);
	get(&all, 1);
	alerts_free(&all);
}

static void
has_a_key_that_fits(void **state)
{
	char key[8];

	(void)state;
	assert_int_equal(alert_key(key, sizeof(key), KIND_DEP, "abc"), 0);
	assert_string_equal(key, "dep:abc");
	assert_int_equal(alert_key(key, sizeof(key), KIND_DEP, "abcd"), -1);
	assert_int_equal(alert_key(key, sizeof(key), KIND_DEP, ""), -1);
	assert_int_equal(alert_key(key, sizeof(key), KIND_MEM, "abc"), -1);
	assert_int_equal(alert_key(key, sizeof(key), KIND_MEM, ""), 0);
	assert_int_equal(alert_key(key, sizeof(key), KIND_ORCHESTRATOR, ""), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_found_in_any_order),
		cmocka_unit_test(is_found_after_others_were_forgotten),
		cmocka_unit_test(is_found_by_its_new_name),
		cmocka_unit_test(has_a_key_that_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
