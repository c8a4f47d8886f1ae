/*
 * Which chat is which after a reload.
 */
#include "build_config.h"

#include <stdio.h>
#include <stdlib.h>

#include "seating.h"
#include "unit.h"

static struct seating now;

/* Ids of one letter each. */
static struct seating
chats(const char *ids)
{
	static char text[CHATS_MAX][2];
	static char *v[CHATS_MAX];
	struct string_list list = {.v = v};
	struct seating s;

	for (; ids[list.n] != '\0'; list.n++) {
		text[list.n][0] = ids[list.n];
		v[list.n] = text[list.n];
	}
	seating_of(&s, &list);
	return s;
}

static void
reload(const char *ids)
{
	struct seating next = chats(ids);

	seating_follow(&next, &now);
	now = next;
}

/* For each chat the number that the brain knows it by, '+' = it does not. */
static void
expect(const char *numbers)
{
	static const char digits[] = "0123456789:;<=>?";
	char got[CHATS_MAX + 1] = "";

	for (unsigned i = 0; i < now.n; i++)
		got[i] = (now.added & (1u << i)) != 0 ? '+' : digits[(seating_was(&now) >> (4 * i)) & 15];
	assert_string_equal(got, numbers);
}

static void
who_stays_is_known_wherever_he_sits(void **state)
{
	static const struct {
		const char *before, *after, *numbers;
	} cases[] = {
		{"a", "a", "0"}, {"a", "ab", "0+"}, {"a", "ba", "+0"}, {"ab", "ba", "10"}, {"ab", "b", "1"}, {"abc", "ca", "20"},
		{"ab", "cabd", "+01+"}, {"abcdefghijklmnop", "b", "1"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		now = chats(cases[i].before);
		reload(cases[i].after);
		expect(cases[i].numbers);
	}
}

/* An id that was wrong, and what waits for it. */
static void
who_is_new_takes_the_place_of_one_who_has_gone(void **state)
{
	(void)state;
	now = chats("a");
	reload("b");
	expect("0");
	now = chats("ab");
	reload("cb");
	expect("01");
	now = chats("abc");
	reload("bde");
	expect("102");
	now = chats("ab");
	reload("bcd");
	expect("10+");
}

/* Where there is no chat, the log is told. */
static void
the_log_leaves_its_place_and_takes_one(void **state)
{
	(void)state;
	now = chats("");
	reload("ab");
	expect("0+");
	now = chats("ab");
	reload("");
	expect("0");
}

static void
a_brain_that_has_not_heard_of_a_reload_hears_of_both(void **state)
{
	(void)state;
	now = chats("ab");
	reload("cab");
	expect("+01");
	reload("bac");
	expect("10+");
	seating_told(&now);
	expect("012");
	reload("cb");
	expect("20");
}

static void
the_same_id_twice_is_two(void **state)
{
	(void)state;
	now = chats("aa");
	reload("aab");
	expect("01+");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_stays_is_known_wherever_he_sits),
		cmocka_unit_test(who_is_new_takes_the_place_of_one_who_has_gone),
		cmocka_unit_test(the_log_leaves_its_place_and_takes_one),
		cmocka_unit_test(a_brain_that_has_not_heard_of_a_reload_hears_of_both),
		cmocka_unit_test(the_same_id_twice_is_two),
	};

	return cmocka_run_group_tests_name("seating", tests, NULL, NULL);
}
