/*
 * The signals, fed through the brain's own front.  What a recording can show
 * is shown by the simulations; here is the rest: bounds, once, boot grace,
 * roles, details.
 */
#include "build_config.h"

#include "brain_unit.h"

static struct bench t;

static void
mem(double now, double pct)
{
	bench_tick(&t, now);
	brain_mem(&t.brain, pct, "");
	brain_tick_end(&t.brain);
}

static void
dep(double now, bool ok, const char *detail)
{
	bench_tick(&t, now);
	brain_dep(&t.brain, "git", ok, 3.4, detail);
	brain_tick_end(&t.brain);
}

static void
agents(double now, double generated_at, double ticks)
{
	bench_tick(&t, now);
	brain_metrics_begin(&t.brain, generated_at, NAN);
	brain_agent(&t.brain, "41", "developer", ticks);
	brain_metrics_end(&t.brain, true);
	brain_tick_end(&t.brain);
}

/* --- memory, and hysteresis --- */

static void
test_between_the_marks_memory_stays_as_it_is(void **state)
{
	(void)state;
	bench_open(&t, SETTINGS("MEM_TICKS=1"));
	mem(0, 89);
	assert_string_equal(bench_said(&t), "");
	mem(30, 90);
	mem(60, 85);
	assert_string_equal(bench_said(&t), "alert mem");
	mem(90, 84.9);
	assert_string_equal(bench_said(&t), "recovery mem");
	bench_close(&t);
}

static void
test_a_look_between_the_marks_starts_the_debounce_anew(void **state)
{
	(void)state;
	bench_open(&t, NULL);
	mem(0, 95);
	mem(30, 88);
	mem(60, 95);
	assert_string_equal(bench_said(&t), "");
	mem(90, 95);
	assert_string_equal(bench_said(&t), "alert mem");
	bench_close(&t);
}

static void
test_a_look_between_the_marks_is_no_step_to_recovery(void **state)
{
	(void)state;
	bench_open(&t, SETTINGS("MEM_TICKS=1", "RECOVER_TICKS=2"));
	mem(0, 95);
	mem(30, 50);
	mem(60, 87);
	mem(90, 50);
	assert_string_equal(bench_said(&t), "alert mem");
	mem(120, 50);
	assert_string_equal(bench_said(&t), "recovery mem");
	bench_close(&t);
}

static void
test_what_is_told_again_is_the_trouble_not_a_good_look_at_it(void **state)
{
	(void)state;
	bench_open(&t, SETTINGS("MEM_TICKS=1", "RECOVER_TICKS=9", "COOLDOWN_S=60"));
	mem(0, 95);
	mem(60, 20);
	assert_string_equal(bench_said(&t), "alert mem; realert mem");
	assert_string_equal(t.detail, "95 % used, mark 90 %");
	bench_close(&t);
}

/* --- a disk that does not exist --- */

static void
disk_missing(double now)
{
	bench_tick(&t, now);
	brain_disk(&t.brain, &(struct disk_seen){.path = "/data", .used_pct = NAN, .missing = true});
	brain_tick_end(&t.brain);
}

static void
test_a_disk_path_that_does_not_exist_at_start_is_told_at_once(void **state)
{
	(void)state;
	bench_open(&t, NULL);
	disk_missing(0);
	assert_string_equal(bench_said(&t), "alert source:disk:/data");
	assert_string_equal(t.title, "source disk:/data");
	assert_string_equal(t.detail, "does not exist");
	disk_missing(30);
	assert_string_equal(bench_said(&t), "");
	bench_close(&t);
}

static void
test_a_disk_path_that_vanishes_later_is_given_three_looks(void **state)
{
	(void)state;
	bench_open(&t, NULL);
	bench_tick(&t, 0);
	brain_disk(&t.brain, &(struct disk_seen){.path = "/data", .used_pct = 10});
	disk_missing(30);
	disk_missing(60);
	assert_string_equal(bench_said(&t), "");
	disk_missing(90);
	assert_string_equal(bench_said(&t), "alert source:disk:/data");
	bench_close(&t);
}

/* --- agents --- */

static void
test_a_stall_is_told_with_the_agents_name_and_its_length(void **state)
{
	(void)state;
	bench_open(&t, NULL);
	agents(0, BENCH_WALL, 5);
	agents(400, BENCH_WALL + 400, 5);
	assert_string_equal(bench_said(&t), "alert agent:41");
	assert_string_equal(t.title, "agent 41");
	assert_string_equal(t.detail, "no progress for 6 min (developer)");
	bench_close(&t);
}

static void
test_an_agent_that_moves_every_other_look_recovers_all_the_same(void **state)
{
	(void)state;
	bench_open(&t, SETTINGS("RECOVER_TICKS=2"));
	agents(0, BENCH_WALL, 5);
	agents(300, BENCH_WALL + 300, 5);
	agents(330, BENCH_WALL + 330, 6);
	assert_string_equal(bench_said(&t), "alert agent:41");
	agents(360, BENCH_WALL + 360, 6);
	assert_string_equal(bench_said(&t), "recovery agent:41");
	bench_close(&t);
}

static void
test_a_stall_time_of_0_turns_the_alarm_off(void **state)
{
	(void)state;
	bench_open(&t, SETTINGS("AGENT_STALL_S=0"));
	agents(0, BENCH_WALL, 5);
	agents(1e6, BENCH_WALL + 1e6, 5);
	assert_string_equal(bench_said(&t), "");
	bench_close(&t);
}

static void
test_no_more_agents_are_kept_than_there_may_be(void **state)
{
	char id[32];

	(void)state;
	bench_open(&t, NULL);
	for (int list = 0; list < 3; list++) {
		bench_tick(&t, list * 30);
		brain_metrics_begin(&t.brain, BENCH_WALL + list, NAN);
		for (int i = 0; i < BRAIN_AGENTS_MAX + 100; i++) {
			snprintf(id, sizeof(id), "%d-%d", list, i);
			brain_agent(&t.brain, id, "", 1);
		}
		brain_metrics_end(&t.brain, true);
	}
	assert_int_equal(HASH_COUNT(t.brain.alerts.by_key), BRAIN_AGENTS_MAX + 1); /* and the orchestrator */
	bench_close(&t);
}

static void
test_signals_are_bounded_whatever_comes(void **state)
{
	char name[300];

	(void)state;
	bench_open(&t, NULL);
	bench_tick(&t, 0);
	for (int i = 0; i < 2 * ALERTS_MAX; i++) {
		snprintf(name, sizeof(name), "%d", i);
		brain_dep(&t.brain, name, false, 0, "");
	}
	assert_int_equal(HASH_COUNT(t.brain.alerts.by_key), ALERTS_MAX);
	bench_close(&t);
}

static void
test_the_bytes_of_names_are_bounded_too(void **state)
{
	char name[4000];

	(void)state;
	bench_open(&t, NULL);
	bench_tick(&t, 0);
	memset(name, 'x', sizeof(name));
	for (int i = 0; i < 1000; i++) {
		snprintf(name + sizeof(name) - 16, 16, "%d", i);
		brain_disk(&t.brain, &(struct disk_seen){.path = name, .used_pct = 50});
	}
	assert_true(t.brain.alerts.key_bytes <= ALERT_KEYS_BYTES_MAX);
	assert_true(HASH_COUNT(t.brain.alerts.by_key) > 100);
	bench_close(&t);
}

/* --- containers --- */

static void
test_an_exit_is_told_with_its_code_and_signal(void **state)
{
	(void)state;
	bench_open(&t, NULL);
	bench_one_container(&t, 0, "exited", "", 137, true);
	assert_string_equal(t.detail, "exited (code 137, SIGKILL)");
	bench_one_container(&t, 30, "running", "healthy", 0, true);
	assert_string_equal(t.detail, "running, healthy");
	bench_one_container(&t, 60, "exited", "", 3, true);
	assert_string_equal(t.detail, "exited (code 3)");
	bench_one_container(&t, 90, "running", "", 0, true);
	bench_one_container(&t, 120, "exited", "", -1, true);
	assert_string_equal(t.detail, "exited");
	bench_close(&t);
}

static void
test_an_end_that_a_person_wished_is_no_outage_of_a_discovered_container(void **state)
{
	(void)state;
	bench_open(&t, NULL);
	bench_one_container(&t, 0, "running", "", 0, false);
	brain_container_act(&t.brain, &(struct container_hint){
		.act = ACT_STOP_ASKED, .id = "", .name = "api", .old_name = "", .signal = 9,
	});
	bench_one_container(&t, 30, "exited", "", 137, false);
	assert_string_equal(bench_said(&t), "");
	bench_close(&t);
}

static void
test_a_discovered_container_without_a_known_exit_code_did_not_end_well(void **state)
{
	(void)state;
	bench_open(&t, NULL);
	bench_one_container(&t, 0, "running", "", 0, false);
	bench_one_container(&t, 30, "exited", "", -1, false);
	assert_string_equal(bench_said(&t), "alert container:api");
	bench_close(&t);
}

static void
test_a_list_that_was_cut_short_makes_nobody_gone(void **state)
{
	(void)state;
	bench_open(&t, NULL);
	bench_one_container(&t, 0, "dead", "", -1, false);
	bench_tick(&t, 30);
	brain_containers_begin(&t.brain);
	brain_containers_end(&t.brain, false);
	assert_string_equal(bench_said(&t), "alert container:api");
	bench_close(&t);
}

static void
test_a_container_outside_of_a_list_is_ignored(void **state)
{
	(void)state;
	bench_open(&t, NULL);
	bench_tick(&t, 0);
	bench_container(&t, "api", "dead", "", -1, true);
	assert_string_equal(bench_said(&t), "");
	bench_close(&t);
}

static void
test_a_container_that_is_gone_takes_its_source_alarm_with_it(void **state)
{
	(void)state;
	bench_open(&t, NULL);
	for (int i = 0; i < 3; i++)
		bench_one_container(&t, i * 30, "weird", "", -1, false);
	assert_string_equal(bench_said(&t), "alert source:container:api");
	bench_tick(&t, 90);
	brain_containers_begin(&t.brain);
	brain_containers_end(&t.brain, true);
	assert_string_equal(bench_said(&t), "recovery source:container:api");
	assert_int_equal(HASH_COUNT(t.brain.alerts.by_key), 0);
	bench_close(&t);
}

static void
test_docker_that_is_not_expected_is_no_alarm(void **state)
{
	(void)state;
	bench_open(&t, NULL);
	for (int i = 0; i < 9; i++) {
		bench_tick(&t, i * 30);
		brain_docker(&t.brain, DOCKER_OFF, "no socket");
	}
	assert_string_equal(bench_said(&t), "");
	bench_close(&t);
}

/* --- once, boot grace, roles, draining --- */

static void
test_once_counts_every_debounce_as_one(void **state)
{
	(void)state;
	bench_open_with(&t, SETTINGS("ORCH_DOWN_TICKS=5", "CONTAINER_DOWN_TICKS=5"), (struct brain_options){.once = true});
	bench_tick(&t, 0);
	brain_metrics_failed(&t.brain, "timeout");
	brain_mem(&t.brain, NAN, "no such file");
	brain_docker(&t.brain, DOCKER_FAILED, "refused");
	brain_dep(&t.brain, "git", false, 0, "");
	assert_string_equal(bench_said(&t), "alert orchestrator; alert source:mem; alert docker; alert dep:git");
	assert_int_equal(brain_active(&t.brain), 4);
	bench_close(&t);
}

static void
test_while_the_host_starts_a_dependency_gets_a_minute_more(void **state)
{
	(void)state;
	bench_open_with(&t, SETTINGS("DEP_DOWN_TICKS=1"), (struct brain_options){.boot_grace = true});
	dep(100, false, "");
	dep(130, false, "");
	dep(159, false, "");
	assert_string_equal(bench_said(&t), "");
	dep(160, false, "");
	assert_string_equal(bench_said(&t), "alert dep:git");
	bench_close(&t);
}

static void
test_five_minutes_after_boot_there_is_no_grace(void **state)
{
	(void)state;
	bench_open_with(&t, SETTINGS("DEP_DOWN_TICKS=1"), (struct brain_options){.boot_grace = true});
	dep(300, false, "");
	assert_string_equal(bench_said(&t), "alert dep:git");
	bench_close(&t);
}

static void
test_memory_and_discovered_containers_get_no_grace(void **state)
{
	(void)state;
	bench_open_with(&t, SETTINGS("MEM_TICKS=1"), (struct brain_options){.boot_grace = true});
	mem(10, 99);
	bench_one_container(&t, 11, "dead", "", -1, false);
	assert_string_equal(bench_said(&t), "alert mem; alert container:api");
	bench_close(&t);
}

static void
test_a_child_that_keeps_dying_is_told_and_told_again(void **state)
{
	(void)state;
	bench_open(&t, SETTINGS("COOLDOWN_S=60"));
	brain_role(&t.brain, ROLE_COLLECTOR, true, 3, "killed by SIGSEGV");
	assert_string_equal(bench_said(&t), "alert watchdog:collector");
	assert_string_equal(t.detail, "failing, restarted 3 times: killed by SIGSEGV");
	brain_clock(&t.brain, (struct moment){60, BENCH_WALL + 60});
	brain_turn(&t.brain);
	assert_string_equal(bench_said(&t), "realert watchdog:collector");
	brain_role(&t.brain, ROLE_COLLECTOR, false, 0, "");
	assert_string_equal(bench_said(&t), "recovery watchdog:collector");
	bench_close(&t);
}

static void
test_a_child_that_is_well_recovers_at_once_whatever_recover_ticks_says(void **state)
{
	(void)state;
	bench_open(&t, SETTINGS("RECOVER_TICKS=5"));
	brain_role(&t.brain, ROLE_COLLECTOR, true, 3, "");
	brain_role(&t.brain, ROLE_COLLECTOR, false, 0, "");
	assert_string_equal(bench_said(&t), "alert watchdog:collector; recovery watchdog:collector");
	bench_close(&t);
}

static void
test_while_draining_nothing_new_is_decided(void **state)
{
	(void)state;
	bench_open(&t, SETTINGS("MEM_TICKS=1", "DEP_DOWN_TICKS=1", "ORCH_DOWN_TICKS=1"));
	agents(0, BENCH_WALL, 5);
	brain_drain(&t.brain);
	mem(30, 99);
	dep(30, false, "");
	bench_one_container(&t, 30, "dead", "", -1, true);
	bench_tick(&t, 500);
	brain_metrics_failed(&t.brain, "");
	brain_metrics_begin(&t.brain, BENCH_WALL + 500, 7);
	brain_agent(&t.brain, "41", "", 5);
	brain_metrics_end(&t.brain, true);
	brain_docker(&t.brain, DOCKER_FAILED, "");
	brain_role(&t.brain, ROLE_COLLECTOR, true, 3, "");
	assert_string_equal(bench_said(&t), "");
	bench_close(&t);
}

/* --- time --- */

static void
test_a_ticks_time_that_is_not_believable_is_our_own(void **state)
{
	(void)state;
	bench_open(&t, SETTINGS("MEM_TICKS=1", "COOLDOWN_S=100"));
	mem(1000, 95);
	brain_clock(&t.brain, (struct moment){1010, BENCH_WALL + 1010});
	brain_tick_begin(&t.brain, 1e9);
	brain_mem(&t.brain, 95, "");
	brain_tick_begin(&t.brain, -1e9);
	brain_mem(&t.brain, 95, "");
	assert_string_equal(bench_said(&t), "alert mem");
	assert_true(t.brain.now == 1010);
	bench_close(&t);
}

static void
test_foreign_text_is_cleaned_before_it_is_shown(void **state)
{
	(void)state;
	bench_open(&t, SETTINGS("DEP_DOWN_TICKS=1"));
	bench_tick(&t, 0);
	brain_dep(&t.brain, "a\nb", false, 0, "x\033[31m\ny\xe2\x80\xae");
	assert_string_equal(t.title, "dep a b");
	assert_string_equal(t.detail, "not answering: x [31m y?");
	bench_close(&t);
}

static void
test_a_good_answer_that_is_worth_a_word_is_told_with_it(void **state)
{
	(void)state;
	bench_open(&t, SETTINGS("DEP_DOWN_TICKS=1"));
	dep(0, false, "connection refused");
	assert_string_equal(t.detail, "not answering: connection refused");
	dep(30, true, "redirects to https://x/");
	assert_string_equal(t.detail, "answers: redirects to https://x/");
	dep(60, false, "");
	dep(90, true, "");
	assert_string_equal(t.detail, "answers in 3 ms");
	bench_close(&t);
}

/* --- a new configuration --- */

static void
test_after_a_restore_what_is_watched_no_more_is_told_and_forgotten(void **state)
{
	(void)state;
	bench_open(&t, SETTINGS("DEP_DOWN_TICKS=1", "DEPS=db=tcp://h:1", "CONTAINERS=web"));
	bench_tick(&t, 0);
	brain_dep(&t.brain, "git", false, 0, "");
	brain_dep(&t.brain, "db", false, 0, "");
	bench_one_container(&t, 1, "dead", "", -1, true);
	bench_said(&t);
	brain_prune(&t.brain);
	assert_string_equal(bench_said(&t), "recovery dep:git; recovery container:api");
	assert_string_equal(t.detail, "no longer watched");
	bench_close(&t);
}

static void
test_after_a_restore_the_application_is_forgotten_if_a_whole_tick_says_nothing_of_it(void **state)
{
	(void)state;
	bench_open(&t, SETTINGS("ORCH_DOWN_TICKS=1"));
	bench_tick(&t, 0);
	brain_metrics_failed(&t.brain, "");
	bench_said(&t);
	brain_prune(&t.brain);
	brain_tick_end(&t.brain);
	assert_string_equal(bench_said(&t), "");
	bench_tick(&t, 30);
	brain_tick_end(&t.brain);
	assert_string_equal(bench_said(&t), "recovery orchestrator");
	bench_close(&t);
}

static char asked[512];

static void
note_unsure(void *ctx, enum signal_kind kind, const char *name)
{
	size_t len = strlen(asked);

	(void)ctx;
	snprintf(asked + len, sizeof(asked) - len, "%s%s;", kind_prefix(kind), name);
}

/* Another look soon would decide it: after the first bad one of two, after the first good one of two, not in between. */
static void
what_more_looks_would_decide_is_asked_for(void **state)
{
	static const char *const settings[] = {"DEPS=git=tcp://git:1", "DEP_DOWN_TICKS=2", "RECOVER_TICKS=2", NULL};
	(void)state;
	bench_open_with(&t, settings, (struct brain_options){.unsure = note_unsure});
	for (int i = 0; i < 6; i++) {
		bool ok = i == 0 || i >= 4;

		asked[0] = '\0';
		brain_clock(&t.brain, (struct moment){100 + i, BENCH_WALL + 100 + i});
		brain_tick_begin(&t.brain, 100 + i);
		brain_dep(&t.brain, "git", ok, 1, "");
		brain_docker(&t.brain, DOCKER_FAILED, "refused");
		brain_tick_end(&t.brain);
		assert_string_equal(asked, i == 1 || i == 4 ? "dep:git;" : "");
	}
	bench_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_between_the_marks_memory_stays_as_it_is),
		cmocka_unit_test(test_a_look_between_the_marks_starts_the_debounce_anew),
		cmocka_unit_test(test_a_look_between_the_marks_is_no_step_to_recovery),
		cmocka_unit_test(test_what_is_told_again_is_the_trouble_not_a_good_look_at_it),
		cmocka_unit_test(test_a_disk_path_that_does_not_exist_at_start_is_told_at_once),
		cmocka_unit_test(test_a_disk_path_that_vanishes_later_is_given_three_looks),
		cmocka_unit_test(test_a_stall_is_told_with_the_agents_name_and_its_length),
		cmocka_unit_test(test_an_agent_that_moves_every_other_look_recovers_all_the_same),
		cmocka_unit_test(test_a_stall_time_of_0_turns_the_alarm_off),
		cmocka_unit_test(test_no_more_agents_are_kept_than_there_may_be),
		cmocka_unit_test(test_signals_are_bounded_whatever_comes),
		cmocka_unit_test(test_the_bytes_of_names_are_bounded_too),
		cmocka_unit_test(test_an_exit_is_told_with_its_code_and_signal),
		cmocka_unit_test(test_an_end_that_a_person_wished_is_no_outage_of_a_discovered_container),
		cmocka_unit_test(test_a_discovered_container_without_a_known_exit_code_did_not_end_well),
		cmocka_unit_test(test_a_list_that_was_cut_short_makes_nobody_gone),
		cmocka_unit_test(test_a_container_outside_of_a_list_is_ignored),
		cmocka_unit_test(test_a_container_that_is_gone_takes_its_source_alarm_with_it),
		cmocka_unit_test(test_docker_that_is_not_expected_is_no_alarm),
		cmocka_unit_test(test_once_counts_every_debounce_as_one),
		cmocka_unit_test(test_while_the_host_starts_a_dependency_gets_a_minute_more),
		cmocka_unit_test(test_five_minutes_after_boot_there_is_no_grace),
		cmocka_unit_test(test_memory_and_discovered_containers_get_no_grace),
		cmocka_unit_test(test_a_child_that_keeps_dying_is_told_and_told_again),
		cmocka_unit_test(test_a_child_that_is_well_recovers_at_once_whatever_recover_ticks_says),
		cmocka_unit_test(test_while_draining_nothing_new_is_decided),
		cmocka_unit_test(test_a_ticks_time_that_is_not_believable_is_our_own),
		cmocka_unit_test(test_foreign_text_is_cleaned_before_it_is_shown),
		cmocka_unit_test(test_a_good_answer_that_is_worth_a_word_is_told_with_it),
		cmocka_unit_test(test_after_a_restore_what_is_watched_no_more_is_told_and_forgotten),
		cmocka_unit_test(test_after_a_restore_the_application_is_forgotten_if_a_whole_tick_says_nothing_of_it),
		cmocka_unit_test(what_more_looks_would_decide_is_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
