/*
 * The course of a container's life: events and looks in any order.
 */
#include "build_config.h"

#include <math.h>

#include "container_life.h"
#include "unit.h"

static struct course c;
static const struct life_rules rules = {
	.seen_running = true, .grace = 30, .stable = 10, .window = 300, .loop_restarts = 3, .starting_max = 600,
};
static const struct life_rules named = {
	.seen_running = true, .must_run = true, .grace = 30, .stable = 10, .window = 300, .loop_restarts = 3,
};

static int
setup(void **state)
{
	(void)state;
	course_init(&c);
	return 0;
}

static void
act(double now, enum container_act what)
{
	course_act(&c, what, -1, now, now);
}

static void
look(double now, enum container_class class, int exit_code)
{
	course_look(&c, &(struct life_look){.class = class, .exit_code = exit_code}, &rules, now);
}

static struct life_opinion
judge(double now, bool active)
{
	return course_judge(&c, &rules, active, now);
}

/* docker run --rm: what its event said is all that there is. */
static void
test_one_that_must_run_and_is_removed_with_its_end_is_judged_by_its_event(void **state)
{
	struct life_opinion o;

	(void)state;
	look(0, CLASS_RUNNING, -1);
	act(100, ACT_DIED);
	c.said_code = 3;
	act(100, ACT_REMOVED);
	course_missing(&c, &named, 100.1);
	o = course_judge(&c, &named, false, 100.1);
	assert_int_equal(o.verdict, LOOK_BAD);
	assert_int_equal(o.reason, REASON_ENDED);
	assert_int_equal(c.exit_code, 3);
	assert_true(o.due == 130);
	/* Told once; then it is away like any other. */
	assert_int_equal(course_judge(&c, &named, true, 100.2).verdict, LOOK_NO_DATA);
	assert_int_equal(course_judge(&c, &named, true, 130).verdict, LOOK_BAD);
}

static void
test_one_that_need_not_run_or_was_asked_to_end_is_only_away(void **state)
{
	(void)state;
	for (int asked = 0; asked <= 1; asked++) {
		const struct life_rules *r = asked ? &named : &rules;

		course_init(&c);
		look(0, CLASS_RUNNING, -1);
		if (asked)
			act(99, ACT_STOP_ASKED);
		act(100, ACT_DIED);
		c.said_code = 3;
		act(100, ACT_REMOVED);
		course_missing(&c, r, 100.1);
		assert_int_not_equal(course_judge(&c, r, false, 100.1).verdict, LOOK_BAD);
		assert_false(c.untold || c.unjudged);
	}
}

static void
test_the_event_and_the_look_of_an_end_are_one_end(void **state)
{
	(void)state;
	look(0, CLASS_RUNNING, -1);
	act(100, ACT_DIED);
	look(100.1, CLASS_EXITED, 1);
	assert_int_equal(c.restarts, 1);
	/* The look first, the event behind it. */
	act(200, ACT_STARTED);
	look(203, CLASS_EXITED, 1);
	act(203, ACT_DIED);
	look(203.1, CLASS_EXITED, 1);
	assert_int_equal(c.restarts, 2);
}

static void
test_a_stop_is_known_to_be_one_whichever_event_came_first(void **state)
{
	(void)state;
	look(0, CLASS_RUNNING, -1);
	act(10, ACT_DIED);
	look(10.1, CLASS_EXITED, 1);
	assert_int_equal(judge(10.1, false).verdict, LOOK_BAD);
	act(10.2, ACT_STOP_ASKED);
	look(10.3, CLASS_EXITED, 1);
	assert_int_equal(judge(50, false).verdict, LOOK_GOOD);
	assert_true(c.on_purpose);
}

static void
test_an_end_that_a_look_found_before_its_stop_was_told_is_still_on_purpose(void **state)
{
	(void)state;
	look(0, CLASS_RUNNING, -1);
	look(10, CLASS_EXITED, 137);
	act(10.1, ACT_STOP_ASKED);
	act(10.1, ACT_DIED);
	assert_true(c.on_purpose);
	assert_int_equal(judge(10.2, false).verdict, LOOK_GOOD);
}

static void
test_a_look_that_is_older_than_an_event_changes_nothing(void **state)
{
	(void)state;
	look(0, CLASS_RUNNING, -1);
	act(10, ACT_DIED);
	look(10.1, CLASS_RUNNING, -1);
	assert_int_equal(c.stand, STAND_DOWN);
	act(10.2, ACT_STARTED);
	look(10.3, CLASS_RESTARTING, 3);
	assert_int_equal(c.stand, STAND_UP);
	assert_int_equal(c.exit_code, 3);
	assert_int_equal(c.restarts, 1);
	/* But one much later is the truth, though the event of it was lost. */
	look(20, CLASS_RESTARTING, 4);
	assert_int_equal(c.restarts, 2);
}

static void
test_where_no_event_tells_of_it_only_a_look_ends_a_wait(void **state)
{
	(void)state;
	look(0, CLASS_RUNNING, -1);
	look(1, CLASS_RESTARTING, 1);
	assert_int_equal(judge(1, false).verdict, LOOK_BAD);
	look(2, CLASS_RUNNING, -1);
	assert_int_equal(judge(2, true).verdict, LOOK_NO_DATA);
	assert_true(isinf(judge(2, true).due));
	act(3, ACT_PAUSED);
	assert_true(judge(3, true).due == 12);
	assert_int_equal(judge(12, true).verdict, LOOK_GOOD);
}

static void
test_what_waits_is_over_at_the_very_time_that_was_named(void **state)
{
	(void)state;
	for (int i = 0; i < 1000; i++) {
		double now = 1e6 + i * 0.1237, due;

		course_init(&c);
		look(now, CLASS_RUNNING, -1);
		act(now + 1, ACT_DIED);
		look(now + 1, CLASS_RESTARTING, 1);
		(void)judge(now + 1, false);
		act(now + 1.1, ACT_STARTED);
		look(now + 1.1, CLASS_RUNNING, -1);
		due = judge(now + 1.1, true).due;
		assert_true(due > now + 1.1 && due < now + 20);
		assert_int_equal(judge(due, true).verdict, LOOK_GOOD);
		act(now + 30, ACT_REMOVED);
		course_missing(&c, &rules, now + 30);
		due = judge(now + 30, true).due;
		assert_int_equal(course_judge(&c, &named, true, due).verdict, LOOK_BAD);
	}
}

static void
test_a_loop_is_told_once_and_kept_until_it_has_been_up_for_the_window(void **state)
{
	struct life_opinion o;

	(void)state;
	look(0, CLASS_RUNNING, -1);
	for (int i = 1; i <= 3; i++) {
		act(i * 10, ACT_DIED);
		look(i * 10, CLASS_RESTARTING, 1);
		o = judge(i * 10, i > 1);
		assert_int_equal(o.reason, i < 3 ? REASON_STATE : REASON_LOOP);
		assert_int_equal(o.again, i == 3);
		act(i * 10 + 1, ACT_STARTED);
	}
	look(31, CLASS_RUNNING, -1);
	o = judge(31, true);
	assert_int_equal(o.verdict, LOOK_NO_DATA);
	assert_true(o.due == 331);
	assert_int_equal(judge(330.9, true).verdict, LOOK_NO_DATA);
	assert_int_equal(judge(331, true).verdict, LOOK_GOOD);
	assert_int_equal(c.restarts, 0);
}

static void
test_a_loop_of_thousands_of_ends_counts_them_all_and_keeps_but_the_last(void **state)
{
	(void)state;
	look(0, CLASS_RUNNING, -1);
	for (int i = 1; i <= 5000; i++) {
		act(i, ACT_DIED);
		look(i, CLASS_RESTARTING, 1);
		(void)judge(i, true);
		act(i + 0.5, ACT_STARTED);
	}
	assert_int_equal(c.restarts, 5000);
	assert_int_equal(c.recent, LIFE_RESTARTS_MAX);
	assert_true(c.looping && c.streak == 1);
}

static void
test_ends_further_apart_than_the_window_begin_a_new_streak(void **state)
{
	(void)state;
	look(0, CLASS_RUNNING, -1);
	for (int i = 1; i <= 9; i++) {
		act(i * 301, ACT_DIED);
		look(i * 301, CLASS_RESTARTING, 1);
		assert_int_equal(c.restarts, 1);
		assert_false(c.looping);
		act(i * 301 + 1, ACT_STARTED);
	}
}

static void
test_memory_that_ran_out_long_before_is_not_the_cause(void **state)
{
	(void)state;
	look(0, CLASS_RUNNING, -1);
	act(10, ACT_OOM);
	act(25, ACT_DIED);
	assert_false(c.by_oom);
	act(30, ACT_STARTED);
	act(40, ACT_OOM);
	act(41, ACT_DIED);
	assert_true(c.by_oom);
}

static void
test_what_an_engine_that_is_lost_has_said_of_ends_does_not_count(void **state)
{
	(void)state;
	look(0, CLASS_RUNNING, -1);
	act(10, ACT_STOP_ASKED);
	act(10, ACT_DIED);
	course_engine_lost(&c, 11);
	look(60, CLASS_EXITED, 137);
	assert_false(c.on_purpose);
	assert_int_equal(judge(60, false).verdict, LOOK_BAD);
	assert_int_equal(c.restarts, 0);
}

static void
test_a_persons_stop_that_was_still_looked_at_is_not_the_engines_doing(void **state)
{
	(void)state;
	look(0, CLASS_RUNNING, -1);
	act(10, ACT_STOP_ASKED);
	act(10, ACT_DIED);
	look(10.1, CLASS_EXITED, 137);
	course_engine_lost(&c, 11);
	look(60, CLASS_EXITED, 137);
	assert_true(c.on_purpose);
	assert_int_equal(judge(60, false).verdict, LOOK_GOOD);
}

static void
test_a_persons_stop_of_yesterday_is_still_one_after_the_engine_was_lost(void **state)
{
	(void)state;
	look(0, CLASS_RUNNING, -1);
	act(10, ACT_STOP_ASKED);
	act(10, ACT_DIED);
	look(10, CLASS_EXITED, 137);
	course_engine_lost(&c, 90000);
	look(90060, CLASS_EXITED, 137);
	assert_int_equal(judge(90060, false).verdict, LOOK_GOOD);
}

static void
test_any_sequence_of_events_and_looks_gives_an_opinion_that_can_be_shown(void **state)
{
	uint32_t seed = 1;
	double now = 0;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		struct life_opinion o;

		seed = seed * 1664525u + 1013904223u;
		now += (seed >> 8) % 100 / 4.0;
		if (seed >> 30 == 0)
			course_act(&c, (seed >> 16) % ACT_COUNT, (int)(seed >> 10) % 32 - 1, now - (seed >> 12) % 5, now);
		else if (seed >> 30 == 1)
			course_missing(&c, &rules, now);
		else
			look(now, (seed >> 16) % CLASS_COUNT, (int)(seed >> 20) % 3 - 1);
		c.absent = (seed >> 5) % 4 == 0 && c.class == CLASS_MISSING;
		o = course_judge(&c, (seed >> 4) % 2 ? &named : &rules, (seed >> 3) % 2, now);
		assert_in_range(o.verdict, LOOK_GOOD, LOOK_NO_DATA);
		assert_true(o.lasted >= 0 && isfinite(o.lasted));
		assert_true(o.due > now);
		assert_in_range(c.recent, 0, LIFE_RESTARTS_MAX);
		assert_true(c.restarts >= c.recent || c.restarts == 0);
	}
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, setup)
	const struct CMUnitTest tests[] = {
		TEST(test_the_event_and_the_look_of_an_end_are_one_end),
		TEST(test_one_that_must_run_and_is_removed_with_its_end_is_judged_by_its_event),
		TEST(test_one_that_need_not_run_or_was_asked_to_end_is_only_away),
		TEST(test_a_stop_is_known_to_be_one_whichever_event_came_first),
		TEST(test_an_end_that_a_look_found_before_its_stop_was_told_is_still_on_purpose),
		TEST(test_a_look_that_is_older_than_an_event_changes_nothing),
		TEST(test_where_no_event_tells_of_it_only_a_look_ends_a_wait),
		TEST(test_what_waits_is_over_at_the_very_time_that_was_named),
		TEST(test_a_loop_is_told_once_and_kept_until_it_has_been_up_for_the_window),
		TEST(test_a_loop_of_thousands_of_ends_counts_them_all_and_keeps_but_the_last),
		TEST(test_ends_further_apart_than_the_window_begin_a_new_streak),
		TEST(test_memory_that_ran_out_long_before_is_not_the_cause),
		TEST(test_what_an_engine_that_is_lost_has_said_of_ends_does_not_count),
		TEST(test_a_persons_stop_that_was_still_looked_at_is_not_the_engines_doing),
		TEST(test_a_persons_stop_of_yesterday_is_still_one_after_the_engine_was_lost),
		TEST(test_any_sequence_of_events_and_looks_gives_an_opinion_that_can_be_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
