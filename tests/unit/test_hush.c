/*
 * What is told of what is decided, while a reason holds to say nothing and
 * after it.  The reason here: the orchestrator is down, which covers agents
 * and jobs.
 */
#include "build_config.h"

#include "calm_unit.h"
#include "hush.h"

static struct bench t;

static const char *const settings[] = {
	"ORCH_DOWN_TICKS=1", "AGENT_STALL_S=60", "RECOVER_TICKS=2", "COOLDOWN_S=1000", NULL,
};

static int
setup(void **state)
{
	(void)state;
	bench_open(&t, settings);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	bench_close(&t);
	return 0;
}

static void
answers(double now, double ticks, double failed)
{
	bench_tick(&t, now);
	brain_metrics_begin(&t.brain, BENCH_WALL + now, failed);
	brain_agent(&t.brain, "41", "", ticks);
	brain_metrics_end(&t.brain, true);
	brain_tick_end(&t.brain);
}

static void
silent(double now)
{
	bench_tick(&t, now);
	brain_metrics_failed(&t.brain, "refused");
	brain_tick_end(&t.brain);
}

static void
no_agents(double now)
{
	bench_tick(&t, now);
	brain_metrics_begin(&t.brain, BENCH_WALL + now, NAN);
	brain_metrics_end(&t.brain, true);
	brain_tick_end(&t.brain);
}

static void
test_what_is_hushed_is_decided_and_told_once_when_the_reason_is_gone(void **state)
{
	(void)state;
	answers(0, 5, 0);
	silent(30);
	assert_string_equal(calm_told(&t), "🔴 orchestrator: not answering: refused (1 agent covered)");
	answers(60, 5, 0);
	assert_string_equal(bench_said(&t), "alert orchestrator; alert agent:41");
	assert_int_equal(hush_reason(&t.brain, alerts_find(&t.brain.alerts, KIND_AGENT, "41"), 60), HUSH_COVERED);
	assert_string_equal(calm_told(&t), "");
	answers(90, 5, 0);
	assert_string_equal(bench_said(&t), "recovery orchestrator");
	assert_string_equal(calm_told(&t), "🔴 agent 41: no progress for 1 min; 🟢 orchestrator: recovered after 1 min, answers");
	answers(120, 5, 0);
	assert_string_equal(calm_told(&t), "");
}

static void
test_what_began_and_ended_in_between_is_not_worth_a_word(void **state)
{
	(void)state;
	answers(0, 5, 0);
	silent(30);
	answers(60, 5, 0);
	calm_told(&t);
	silent(90);
	answers(120, 6, 0);
	answers(150, 7, 0);
	assert_string_equal(bench_said(&t), "alert orchestrator; alert agent:41; recovery orchestrator; recovery agent:41");
	assert_string_equal(calm_told(&t), "🟢 orchestrator: recovered after 2 min, answers");
}

/* Told, then hushed, then over: its recovery is told when the reason is gone, as of when it was over. */
static void
stall_that_ends_while_hushed(void)
{
	answers(0, 5, 0);
	answers(60, 5, 0);
	silent(90);
	assert_string_equal(calm_told(&t), "🔴 agent 41: no progress for 1 min; 🔴 orchestrator: not answering: refused (1 agent covered)");
	answers(120, 6, 0);
	silent(150);
	answers(180, 7, 0);
	assert_string_equal(calm_told(&t), "");
}

static void
test_a_recovery_of_what_was_told_is_held_not_lost(void **state)
{
	(void)state;
	stall_that_ends_while_hushed();
	answers(210, 8, 0);
	assert_string_equal(calm_told(&t),
	    "🟢 orchestrator: recovered after 2 min, answers; 🟢 agent 41: recovered after 3 min, making progress");
}

static void
test_an_alert_that_ended_and_came_back_unheard_stays_the_same_incident(void **state)
{
	uint32_t mark;

	(void)state;
	answers(0, 5, 0);
	answers(60, 5, 0);
	mark = alerts_find(&t.brain.alerts, KIND_AGENT, "41")->story->mark;
	silent(90);
	answers(120, 6, 0);
	silent(130);
	answers(140, 7, 0);
	silent(150);
	answers(210, 7, 0);
	assert_string_equal(bench_said(&t), "alert agent:41; alert orchestrator; recovery agent:41; alert agent:41");
	calm_told(&t);
	answers(240, 7, 0);
	assert_string_equal(calm_told(&t), "🟢 orchestrator: recovered after 2 min, answers");
	assert_int_equal(alerts_find(&t.brain.alerts, KIND_AGENT, "41")->story->mark, mark);
}

static void
test_an_agent_that_is_gone_while_hushed_is_told_to_be_gone(void **state)
{
	(void)state;
	answers(0, 5, 0);
	answers(60, 5, 0);
	silent(90);
	calm_told(&t);
	no_agents(120);
	assert_string_equal(calm_told(&t), "");
	calm_restart(&t);
	assert_string_equal(calm_told(&t), "");
	no_agents(150);
	assert_string_equal(calm_told(&t),
	    "🟢 orchestrator: recovered after 1 min, answers; 🟢 agent 41: gone after 2 min");
	assert_null(alerts_find(&t.brain.alerts, KIND_AGENT, "41"));
}

static void
test_an_agent_that_comes_back_before_it_was_told_to_be_gone_is_the_same_incident(void **state)
{
	(void)state;
	answers(0, 5, 0);
	answers(60, 5, 0);
	silent(90);
	calm_told(&t);
	no_agents(120);
	silent(130);
	answers(150, 9, 0);
	assert_string_equal(calm_told(&t), "");
	answers(180, 10, 0);
	assert_string_equal(calm_told(&t),
	    "🟢 orchestrator: recovered after 1 min, answers; 🟢 agent 41: recovered after 2 min, making progress");
}

static void
test_edges_are_told_as_one(void **state)
{
	(void)state;
	answers(0, 1, 10);
	silent(30);
	calm_told(&t);
	answers(60, 2, 12);
	silent(90);
	answers(120, 3, 15);
	assert_string_equal(calm_told(&t), "");
	answers(150, 4, 15);
	assert_string_equal(calm_told(&t),
	    "🔴 job_failed: 5 more jobs failed, 15 in all; 🟢 orchestrator: recovered after 2 min, answers");
	answers(180, 5, 15);
	assert_string_equal(calm_told(&t), "");
}

static void
test_a_cause_that_is_seen_after_its_effect_in_one_tick_takes_it_back(void **state)
{
	(void)state;
	answers(0, 5, 0);
	bench_tick(&t, 60);
	brain_metrics_begin(&t.brain, BENCH_WALL + 60, 0);
	brain_agent(&t.brain, "41", "", 5);
	brain_metrics_end(&t.brain, true);
	brain_metrics_failed(&t.brain, "refused");
	brain_tick_end(&t.brain);
	assert_string_equal(bench_said(&t), "alert agent:41; alert orchestrator");
	assert_string_equal(calm_told(&t), "🔴 orchestrator: not answering: refused (1 agent covered)");
}

static void
test_what_was_told_late_is_repeated_a_cooldown_after_that(void **state)
{
	(void)state;
	answers(0, 5, 0);
	silent(30);
	answers(60, 5, 0);
	silent(90);
	calm_told(&t);
	answers(900, 5, 0);
	answers(930, 5, 0);
	calm_told(&t);
	answers(1060, 5, 0);
	assert_string_equal(bench_said(&t),
	    "alert orchestrator; alert agent:41; recovery orchestrator; realert agent:41");
	assert_string_equal(calm_told(&t), "");
	answers(2060, 5, 0);
	assert_string_equal(calm_told(&t), "🔁 agent 41: still no progress for 34 min");
}

static void
test_a_brain_that_is_killed_in_between_changes_nothing(void **state)
{
	(void)state;
	stall_that_ends_while_hushed();
	calm_restart(&t);
	assert_string_equal(calm_told(&t), "");
	answers(210, 8, 0);
	assert_string_equal(calm_told(&t),
	    "🟢 orchestrator: recovered after 2 min, answers; 🟢 agent 41: recovered after 3 min, making progress");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_what_is_hushed_is_decided_and_told_once_when_the_reason_is_gone),
		TEST(test_what_began_and_ended_in_between_is_not_worth_a_word),
		TEST(test_a_recovery_of_what_was_told_is_held_not_lost),
		TEST(test_an_alert_that_ended_and_came_back_unheard_stays_the_same_incident),
		TEST(test_an_agent_that_is_gone_while_hushed_is_told_to_be_gone),
		TEST(test_an_agent_that_comes_back_before_it_was_told_to_be_gone_is_the_same_incident),
		TEST(test_edges_are_told_as_one),
		TEST(test_a_cause_that_is_seen_after_its_effect_in_one_tick_takes_it_back),
		TEST(test_what_was_told_late_is_repeated_a_cooldown_after_that),
		TEST(test_a_brain_that_is_killed_in_between_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
