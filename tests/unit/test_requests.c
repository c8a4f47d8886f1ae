/*
 * The resolver's queue: order, turns, and who is told.
 */
#include "build_config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "requests.h"

static struct requests *r;

static int
setup(void **state)
{
	(void)state;
	r = requests_new();
	return r == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
	requests_free(r);
	return 0;
}

static void
collector(uint16_t index, uint32_t id)
{
	assert_int_equal(requests_add(r, ROLE_COLLECTOR, index, id), 0);
}

static void
notifier(uint16_t index, uint32_t id)
{
	assert_int_equal(requests_add(r, ROLE_NOTIFIER, index, id), 0);
}

/* The next name is index; ids of 0 stand for "did not ask". */
static void
next_is(uint16_t index, uint32_t collector_id, uint32_t notifier_id)
{
	struct askers a;

	assert_true(requests_take(r, &a));
	assert_int_equal(a.index, index);
	assert_int_equal(a.asked[ROLE_COLLECTOR], collector_id != 0);
	assert_int_equal(a.asked[ROLE_NOTIFIER], notifier_id != 0);
	assert_int_equal(a.id[ROLE_COLLECTOR], collector_id);
	assert_int_equal(a.id[ROLE_NOTIFIER], notifier_id);
}

static void
nothing_waits(void)
{
	struct askers a;

	assert_false(requests_take(r, &a));
}

static void
test_nothing_waits_at_first(void **state)
{
	(void)state;
	nothing_waits();
}

static void
test_names_of_one_peer_keep_their_order(void **state)
{
	(void)state;
	collector(5, 1);
	collector(0, 2);
	collector(NAMES_MAX - 1, 3);
	next_is(5, 1, 0);
	next_is(0, 2, 0);
	next_is(NAMES_MAX - 1, 3, 0);
	nothing_waits();
}

static void
test_peers_take_turns(void **state)
{
	(void)state;
	collector(1, 11);
	collector(2, 12);
	collector(3, 13);
	notifier(9, 21);
	next_is(1, 11, 0);
	next_is(9, 0, 21);
	next_is(2, 12, 0);
	next_is(3, 13, 0);
}

static void
test_question_of_both_is_answered_once(void **state)
{
	(void)state;
	collector(1, 11);
	collector(2, 12);
	notifier(2, 22);
	next_is(1, 11, 0);
	next_is(2, 12, 22);
	nothing_waits();
}

static void
test_same_question_twice_is_one_with_the_later_id(void **state)
{
	(void)state;
	collector(1, 11);
	collector(2, 12);
	collector(1, 13);
	next_is(1, 13, 0);
	next_is(2, 12, 0);
	nothing_waits();
}

static void
test_taken_name_can_be_asked_for_again(void **state)
{
	(void)state;
	collector(1, 11);
	next_is(1, 11, 0);
	collector(1, 12);
	next_is(1, 12, 0);
}

static void
test_dropped_peer_is_forgotten_and_the_other_is_not(void **state)
{
	(void)state;
	collector(1, 11);
	collector(2, 12);
	notifier(1, 21);
	requests_drop(r, ROLE_COLLECTOR);
	requests_drop(r, ROLE_BRAIN);
	next_is(1, 0, 21);
	nothing_waits();
}

static void
test_every_name_asked_for_many_times_is_bounded(void **state)
{
	struct askers a;
	unsigned taken = 0;

	(void)state;
	for (uint32_t round = 0; round < 3; round++)
		for (uint16_t i = 0; i < NAMES_MAX; i++)
			collector(i, round * NAMES_MAX + i + 1);
	while (requests_take(r, &a))
		taken++;
	assert_int_equal(taken, NAMES_MAX);
}

#define T(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(nothing_waits_at_first),
		T(names_of_one_peer_keep_their_order),
		T(peers_take_turns),
		T(question_of_both_is_answered_once),
		T(same_question_twice_is_one_with_the_later_id),
		T(taken_name_can_be_asked_for_again),
		T(dropped_peer_is_forgotten_and_the_other_is_not),
		T(every_name_asked_for_many_times_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
