/*
 * When a chat may be used again, by a clock of the test's own.
 */
#include "build_config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "pace.h"

#define START 1000.0

static struct pace p;

static int
fresh(void **state)
{
	(void)state;
	pace_init(&p, 7);
	return 0;
}

/* An attempt that took no time. */
static void
ends(unsigned chat, enum telegram_verdict verdict, double now)
{
	pace_outcome(&p, chat, &(struct telegram_reply){.verdict = verdict}, now, now);
}

static void
floods(unsigned chat, double retry_after, double now)
{
	struct telegram_reply reply = {.verdict = TELEGRAM_FLOOD, .retry_after = retry_after};

	pace_outcome(&p, chat, &reply, now, now);
}

static double
wait_of(unsigned chat, double now)
{
	double wait = pace_due(&p, chat) - now;

	return wait > 0 ? wait : 0;
}

static void
assert_between(double v, double low, double high)
{
	if (!(v >= low && v <= high))
		fail_msg("%f is not between %f and %f", v, low, high);
}

static void
a_new_chat_is_ready(void **state)
{
	(void)state;
	assert_between(wait_of(0, START), 0, 0);
}

static void
a_chat_takes_less_than_a_message_a_second(void **state)
{
	(void)state;
	ends(0, TELEGRAM_DELIVERED, START);
	assert_between(wait_of(0, START), 1.001, 1.1);
	assert_between(wait_of(1, START), 0, 0);
}

static void
a_group_takes_twenty_a_minute_and_no_more(void **state)
{
	double now = START, sent[60];

	(void)state;
	p.chats[0].group = true;
	for (int i = 0; i < 60; i++) {
		now += wait_of(0, now);
		ends(0, TELEGRAM_DELIVERED, now);
		sent[i] = now;
		if (i >= 20)
			assert_true(sent[i] - sent[i - 20] > 60);
	}
	assert_between(sent[59] - sent[0], 2 * 60, 2 * 61 + 22);
}

static void
a_person_takes_more_than_twenty_a_minute(void **state)
{
	double now = START;

	(void)state;
	for (int i = 0; i < 40; i++) {
		now += wait_of(0, now);
		ends(0, TELEGRAM_DELIVERED, now);
	}
	assert_between(now - START, 39, 42);
}

static void
backoff_doubles_to_a_minute_with_jitter(void **state)
{
	static const double steps[] = {1, 2, 4, 8, 16, 32, 60, 60, 60};
	double now = START;

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		ends(0, TELEGRAM_UNREACHABLE, now);
		assert_between(wait_of(0, now), steps[i] * (1 - PACE_JITTER), steps[i]);
		now += wait_of(0, now);
	}
}

static void
jitter_differs_from_time_to_time(void **state)
{
	double first, second;

	(void)state;
	ends(0, TELEGRAM_UNREACHABLE, START);
	first = wait_of(0, START);
	pace_forget(&p);
	ends(0, TELEGRAM_UNREACHABLE, START);
	second = wait_of(0, START);
	assert_true(first != second);
}

static void
backoff_goes_on_for_ever(void **state)
{
	(void)state;
	for (int i = 0; i < 100000; i++)
		ends(0, TELEGRAM_UNREACHABLE, START + i * 61);
	assert_between(wait_of(0, START + 99999 * 61), 45, 60);
}

static void
success_resets_backoff(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++)
		ends(0, TELEGRAM_NOT_NOW, START + i);
	ends(0, TELEGRAM_DELIVERED, START + 100);
	ends(0, TELEGRAM_NOT_NOW, START + 200);
	assert_between(wait_of(0, START + 200), 0.75, PACE_GAP_S);
}

static void
a_server_out_of_reach_holds_every_chat(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++)
		ends(0, TELEGRAM_UNREACHABLE, START + i * 10);
	assert_between(wait_of(1, START + 30), 6, 8);
}

static void
one_failure_seen_by_three_chats_counts_once(void **state)
{
	(void)state;
	for (unsigned chat = 0; chat < 3; chat++)
		pace_outcome(&p, chat, &(struct telegram_reply){.verdict = TELEGRAM_UNREACHABLE}, START,
		    START + 5 + chat);
	assert_int_equal(p.backoff.failures, 1);
	assert_between(wait_of(2, START + 5), 0.75, 1);
}

static void
an_answer_to_one_chat_frees_the_others(void **state)
{
	(void)state;
	for (int i = 0; i < 8; i++)
		ends(0, TELEGRAM_UNREACHABLE, START + i);
	ends(1, TELEGRAM_DELIVERED, START + 10);
	assert_between(wait_of(0, START + 10), 0, 0);
}

static void
a_lost_reply_or_a_5xx_holds_its_chat_alone(void **state)
{
	(void)state;
	for (int i = 0; i < 6; i++) {
		ends(0, TELEGRAM_NOT_NOW, START + i);
		ends(1, TELEGRAM_LOST, START + i);
	}
	assert_between(wait_of(0, START + 5), 24, 32);
	assert_between(wait_of(1, START + 5), 24, 32);
	assert_between(wait_of(2, START + 5), 0, 0);
}

static void
a_dead_chat_waits_five_minutes_alone(void **state)
{
	(void)state;
	ends(0, TELEGRAM_BAD_CHAT, START);
	assert_between(wait_of(0, START), 300, 300);
	assert_between(wait_of(1, START), 0, 0);
}

static void
a_bad_token_holds_every_chat_for_five_minutes(void **state)
{
	(void)state;
	ends(0, TELEGRAM_BAD_TOKEN, START);
	assert_between(wait_of(0, START), 300, 300);
	assert_between(wait_of(1, START), 300, 300);
}

static void
poison_a_move_and_a_lost_topic_are_followed_at_once(void **state)
{
	(void)state;
	ends(0, TELEGRAM_POISON, START);
	ends(1, TELEGRAM_MOVED, START);
	ends(2, TELEGRAM_NO_TOPIC, START);
	for (unsigned chat = 0; chat < 3; chat++)
		assert_between(wait_of(chat, START), 1.001, 1.1);
}

static void
a_flood_holds_every_chat_for_what_was_asked_and_never_less(void **state)
{
	(void)state;
	floods(0, 37, START);
	assert_between(wait_of(0, START), 37.01, 38);
	assert_between(wait_of(1, START), 37.01, 38);
	floods(1, 5, START + 1);
	assert_between(wait_of(0, START + 1), 36.01, 37);
}

static void
a_long_flood_is_waited_for(void **state)
{
	(void)state;
	floods(0, 86400, START);
	assert_between(wait_of(0, START), 86400, 86401);
}

static void
a_flood_of_years_is_waited_for_a_day(void **state)
{
	(void)state;
	floods(0, TELEGRAM_WAIT_MAX, START);
	assert_between(wait_of(0, START), 86400, 86401);
	floods(1, 86401, START + 100);
	assert_between(wait_of(0, START + 100), 86400, 86401);
}

static void
a_flood_without_a_figure_waits_a_little(void **state)
{
	(void)state;
	floods(0, 0, START);
	assert_between(wait_of(0, START), PACE_FLOOD_DEFAULT_S, PACE_FLOOD_DEFAULT_S + 1);
}

static void
a_success_does_not_end_a_flood(void **state)
{
	(void)state;
	floods(0, 37, START);
	ends(1, TELEGRAM_DELIVERED, START + 1);
	assert_between(wait_of(0, START + 1), 36, 37);
}

static void
forgetting_ends_backoff_and_bars_but_no_flood(void **state)
{
	(void)state;
	for (int i = 0; i < 8; i++)
		ends(0, TELEGRAM_UNREACHABLE, START);
	ends(1, TELEGRAM_BAD_CHAT, START);
	ends(2, TELEGRAM_BAD_TOKEN, START);
	pace_forget(&p);
	for (unsigned chat = 0; chat < 3; chat++)
		assert_between(wait_of(chat, START + 2), 0, 0);
	floods(0, 37, START);
	pace_forget(&p);
	assert_between(wait_of(0, START), 37, 38);
}

static void
what_never_went_out_does_not_count_for_the_rate(void **state)
{
	(void)state;
	ends(0, TELEGRAM_UNREACHABLE, START);
	assert_int_equal(p.chats[0].nsent, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_new_chat_is_ready, fresh),
		cmocka_unit_test_setup(a_chat_takes_less_than_a_message_a_second, fresh),
		cmocka_unit_test_setup(a_group_takes_twenty_a_minute_and_no_more, fresh),
		cmocka_unit_test_setup(a_person_takes_more_than_twenty_a_minute, fresh),
		cmocka_unit_test_setup(backoff_doubles_to_a_minute_with_jitter, fresh),
		cmocka_unit_test_setup(jitter_differs_from_time_to_time, fresh),
		cmocka_unit_test_setup(backoff_goes_on_for_ever, fresh),
		cmocka_unit_test_setup(success_resets_backoff, fresh),
		cmocka_unit_test_setup(a_server_out_of_reach_holds_every_chat, fresh),
		cmocka_unit_test_setup(one_failure_seen_by_three_chats_counts_once, fresh),
		cmocka_unit_test_setup(an_answer_to_one_chat_frees_the_others, fresh),
		cmocka_unit_test_setup(a_lost_reply_or_a_5xx_holds_its_chat_alone, fresh),
		cmocka_unit_test_setup(a_dead_chat_waits_five_minutes_alone, fresh),
		cmocka_unit_test_setup(a_bad_token_holds_every_chat_for_five_minutes, fresh),
		cmocka_unit_test_setup(poison_a_move_and_a_lost_topic_are_followed_at_once, fresh),
		cmocka_unit_test_setup(a_flood_holds_every_chat_for_what_was_asked_and_never_less, fresh),
		cmocka_unit_test_setup(a_long_flood_is_waited_for, fresh),
		cmocka_unit_test_setup(a_flood_of_years_is_waited_for_a_day, fresh),
		cmocka_unit_test_setup(a_flood_without_a_figure_waits_a_little, fresh),
		cmocka_unit_test_setup(a_success_does_not_end_a_flood, fresh),
		cmocka_unit_test_setup(forgetting_ends_backoff_and_bars_but_no_flood, fresh),
		cmocka_unit_test_setup(what_never_went_out_does_not_count_for_the_rate, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
