/*
 * Containers through a brain's life: what a new brain knows of them, texts in
 * both languages, and the time that the role has to wake up at.
 */
#include "build_config.h"

#include "container_unit.h"
#include "snapshot.h"
#include "unit_log.h"

static struct bench t, anew;

static int
setup(void **state)
{
	(void)state;
	bench_open_noting(&t, NULL);
	bench_open_noting(&anew, NULL);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	bench_close(&t);
	bench_close(&anew);
	return 0;
}

static void
crash(struct bench *b, double now, const char *state, int exit_code)
{
	bench_act(b, now, ACT_DIED, "a1", "api");
	bench_check(b, now, "a1", &(struct listed){"api", state, "a1", NULL, exit_code, false});
}

static void
start(struct bench *b, double now)
{
	bench_act(b, now, ACT_STARTED, "a1", "api");
	bench_check(b, now, "a1", &(struct listed){"api", "running", "a1", NULL, -1, false});
}

/* t's brain is killed, and another begins with its snapshot at now. */
static void
hand_over(double now)
{
	uint64_t generation;
	uint8_t *bytes;
	size_t len;

	assert_int_equal(snapshot_encode(&t.brain, 1, &bytes, &len), 0);
	brain_clock(&anew.brain, (struct moment){now, BENCH_WALL + now});
	assert_null(snapshot_decode(&anew.brain, bytes, len, &generation));
	free(bytes);
}

static void
test_a_new_brain_goes_on_with_a_loop(void **state)
{
	(void)state;
	LIST(&t, 0, {"api", "running", "a1", NULL, -1, false});
	crash(&t, 10, "restarting", 1);
	start(&t, 11);
	crash(&t, 20, "restarting", 1);
	assert_string_equal(bench_said(&t), "alert container:api");
	hand_over(21);
	start(&anew, 22);
	crash(&anew, 30, "restarting", 1);
	assert_string_equal(bench_said(&anew), "realert container:api");
	assert_string_equal(anew.detail, "crash loop: 3 restarts in 20 s, exit code 1");
}

static void
test_a_new_brain_waits_for_the_end_of_a_grace(void **state)
{
	(void)state;
	LIST(&t, 0, {"api", "running", "a1", NULL, -1, true});
	bench_act(&t, 10, ACT_STOP_ASKED, "a1", "api");
	crash(&t, 10, "exited", 0);
	hand_over(11);
	LIST(&anew, 30, {"api", "exited", "a1", NULL, 0, true});
	assert_string_equal(bench_said(&anew), "");
	/* Whoever asks sees what it waits for. */
	assert_string_equal(alerts_find(&anew.brain.alerts, KIND_CONTAINER, "api")->detail, "exited (code 0), stopped by a person");
	LIST(&anew, 60, {"api", "exited", "a1", NULL, 0, true});
	assert_string_equal(bench_said(&anew), "alert container:api");
	assert_string_equal(anew.detail, "exited (code 0), stopped by a person");
}

static void
test_a_new_brain_knows_who_was_renamed_and_who_says_of_himself_what(void **state)
{
	(void)state;
	bench_tick(&t, 0);
	brain_containers_begin(&t.brain);
	brain_container(&t.brain, &(struct container_seen){
		.name = "shop_api_1", .state = "running", .health = "", .exit_code = -1, .id = "a1", .project = "shop",
		.service = "api", .number = "1", .grace = 5, .expect = EXPECT_ANY, .severity = CONTAINER_WARNING,
	});
	brain_containers_end(&t.brain, true);
	hand_over(1);
	assert_int_equal(alerts_find(&anew.brain.alerts, KIND_CONTAINER, "shop_api_1")->severity, SEVERITY_WARNING);
	LIST(&anew, 30, {"b", "running", "a1", NULL, -1, false});
	assert_string_equal(bench_noted(), "container:b: was called shop_api_1 before");
}

static void
test_no_flipped_bit_of_a_containers_snapshot_does_harm(void **state)
{
	uint64_t generation;
	uint8_t *bytes;
	size_t len;

	(void)state;
	LIST(&t, 0, {"api", "running", "a1", "shop", -1, false}, {"web", "running", "w1", NULL, -1, true});
	crash(&t, 10, "restarting", 1);
	start(&t, 11);
	crash(&t, 12, "exited", 137);
	assert_int_equal(snapshot_encode(&t.brain, 1, &bytes, &len), 0);
	for (size_t i = 0; i < len * 8; i++) {
		bytes[i / 8] ^= (uint8_t)(1u << i % 8);
		brain_clock(&anew.brain, (struct moment){20, BENCH_WALL});
		if (snapshot_decode(&anew.brain, bytes, len, &generation) == NULL) {
			start(&anew, 21);
			LIST(&anew, 30, {"web", "exited", "w1", NULL, 1, true});
		}
		bench_close(&anew);
		bench_open_noting(&anew, NULL);
		bytes[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	free(bytes);
}

/* Everything at its bound: the containers, each in a crash loop, the other signals, and what waits to be sent. */
static void
fill_the_rest(void)
{
	char name[128], detail[600];

	memset(detail, 'd', sizeof(detail));
	detail[sizeof(detail) - 1] = '\0';
	for (int i = 0; i < 2 * OUTBOX_MAX; i++) {
		snprintf(name, sizeof(name), "%0100d", i);
		brain_dep(&t.brain, name, false, 0, detail);
		brain_role(&t.brain, ROLE_COLLECTOR, i % 2 == 0, 3, detail);
	}
}

static void
crash_all(double now, const char *state)
{
	char name[64], id[65], project[64];

	for (int i = 0; i < BRAIN_CONTAINERS_MAX; i++) {
		snprintf(name, sizeof(name), "%030d", i);
		snprintf(id, sizeof(id), "%064d", i);
		snprintf(project, sizeof(project), "p%030d", i);
		bench_act(&t, now, ACT_DIED, id, name);
		brain_containers_one_begin(&t.brain, id);
		bench_see(&t, &(struct listed){name, state, id, project, 137, false});
		t.brain.containers.one = false;
		bench_act(&t, now, ACT_STARTED, id, name);
	}
}

static void
test_the_most_containers_that_there_can_be_fit_into_a_snapshot(void **state)
{
	uint8_t *bytes;
	size_t len;

	(void)state;
	bench_tick(&t, 0);
	crash_all(0, "running");
	for (int n = 1; n <= 4; n++)
		crash_all(n, "restarting");
	fill_the_rest();
	assert_int_equal(t.brain.alerts.containers, BRAIN_CONTAINERS_MAX);
	assert_int_equal(snapshot_encode(&t.brain, 1, &bytes, &len), 0);
	assert_true(len > 3u << 20);
	free(bytes);
	hand_over(20);
	assert_in_range(anew.brain.alerts.containers, 1000, BRAIN_CONTAINERS_MAX);
}

static void
test_the_role_is_to_wake_up_when_something_comes_due_and_not_before(void **state)
{
	(void)state;
	LIST(&t, 0, {"api", "running", "a1", NULL, -1, false});
	assert_true(isinf(brain_due(&t.brain)));
	crash(&t, 10, "restarting", 1);
	start(&t, 11);
	assert_true(brain_due(&t.brain) == 21);
	bench_wait(&t, 20.9);
	brain_expire(&t.brain);
	assert_string_equal(bench_said(&t), "alert container:api");
	bench_wait(&t, 21);
	assert_string_equal(bench_said(&t), "recovery container:api");
	assert_true(isinf(brain_due(&t.brain)));
}

static void
test_a_brain_that_drains_has_nothing_due(void **state)
{
	(void)state;
	LIST(&t, 0, {"api", "running", "a1", NULL, -1, false});
	crash(&t, 10, "restarting", 1);
	start(&t, 11);
	brain_drain(&t.brain);
	assert_true(isinf(brain_due(&t.brain)));
	bench_act(&t, 12, ACT_DIED, "a1", "api");
	bench_check(&t, 12, "a1", &(struct listed){"api", "exited", "a1", NULL, 1, false});
	brain_expire(&t.brain);
	assert_string_equal(bench_said(&t), "alert container:api");
}

static void
test_what_is_said_in_russian(void **state)
{
	(void)state;
	bench_close(&t);
	bench_open_noting(&t, SETTINGS("LANG=ru"));
	LIST(&t, 0, {"api", "running", "a1", NULL, -1, false});
	bench_act(&t, 10, ACT_OOM, "a1", "api");
	crash(&t, 10, "restarting", 137);
	assert_string_equal(t.detail, "перезапускается (restarting, код 137, SIGKILL), не хватило памяти");
	start(&t, 11);
	crash(&t, 15, "restarting", 2);
	start(&t, 16);
	crash(&t, 130, "restarting", 2);
	start(&t, 131);
	crash(&t, 132, "restarting", 143);
	assert_string_equal(t.detail, "падает по кругу: 3 перезапуска за 2 мин, код 2");
	bench_act(&t, 133, ACT_STOP_ASKED, "a1", "api");
	bench_check(&t, 164, "a1", &(struct listed){"api", "exited", "a1", NULL, 143, false});
	assert_string_equal(t.detail, "остановлен (exited, код 143, SIGTERM), остановлен человеком");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_a_new_brain_goes_on_with_a_loop),
		TEST(test_a_new_brain_waits_for_the_end_of_a_grace),
		TEST(test_a_new_brain_knows_who_was_renamed_and_who_says_of_himself_what),
		TEST(test_no_flipped_bit_of_a_containers_snapshot_does_harm),
		TEST(test_the_most_containers_that_there_can_be_fit_into_a_snapshot),
		TEST(test_the_role_is_to_wake_up_when_something_comes_due_and_not_before),
		TEST(test_a_brain_that_drains_has_nothing_due),
		TEST(test_what_is_said_in_russian),
	};

	log_set(unit_quiet, LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
