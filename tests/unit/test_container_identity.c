/*
 * Who a container is: ids, compose's labels, names, and those who lie.
 */
#include "build_config.h"

#include "container_identity.h"
#include "container_unit.h"
#include "unit_log.h"

static struct bench t;

static int
setup(void **state)
{
	(void)state;
	bench_open_noting(&t, NULL);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	bench_close(&t);
	return 0;
}

static bool
known(const char *name)
{
	const struct alert *a = alerts_find(&t.brain.alerts, KIND_CONTAINER, name);

	return a != NULL && a->container != NULL && a->container->alert == a;
}

static void
test_a_rename_is_one_line_of_history_and_the_key_follows(void **state)
{
	(void)state;
	LIST(&t, 0, {"api", "running", "a1", NULL, -1, false});
	LIST(&t, 30, {"api-old", "running", "a1", NULL, -1, false});
	assert_string_equal(bench_noted(), "container:api-old: was called api before");
	assert_true(known("api-old"));
	assert_false(known("api"));
	assert_string_equal(bench_said(&t), "");
}

static void
test_a_renamed_container_keeps_its_incident(void **state)
{
	uint32_t mark;

	(void)state;
	LIST(&t, 0, {"api", "dead", "a1", NULL, -1, false});
	mark = alerts_find(&t.brain.alerts, KIND_CONTAINER, "api")->story->mark;
	LIST(&t, 30, {"b", "dead", "a1", NULL, -1, false});
	assert_int_equal(alerts_find(&t.brain.alerts, KIND_CONTAINER, "b")->story->mark, mark);
	assert_string_equal(bench_said(&t), "alert container:api");
	LIST(&t, 60, {"b", "running", "a1", NULL, -1, false});
	assert_string_equal(bench_said(&t), "recovery container:b");
}

static void
test_a_deploy_is_one_line_of_history(void **state)
{
	(void)state;
	LIST(&t, 0, {"api", "running", "a1", NULL, -1, false});
	bench_act(&t, 10, ACT_STOP_ASKED, "a1", "api");
	bench_act(&t, 10, ACT_DIED, "a1", "api");
	bench_act(&t, 10, ACT_REMOVED, "a1", "api");
	bench_check(&t, 10, "a1", NULL);
	bench_act(&t, 14, ACT_STARTED, "a2", "api");
	bench_check(&t, 14, "a2", &(struct listed){"api", "running", "a2", NULL, -1, false});
	bench_wait(&t, 100);
	assert_string_equal(bench_said(&t), "");
	assert_string_equal(bench_noted(), "container:api: a new container took its place within 4 s");
}

static void
test_a_restart_that_a_person_asked_for_is_one_line_of_history(void **state)
{
	(void)state;
	LIST(&t, 0, {"api", "running", "a1", NULL, -1, false});
	bench_act(&t, 10, ACT_STOP_ASKED, "a1", "api");
	bench_act(&t, 12, ACT_DIED, "a1", "api");
	bench_act(&t, 13, ACT_STARTED, "a1", "api");
	bench_check(&t, 13, "a1", &(struct listed){"api", "running", "a1", NULL, -1, false});
	assert_string_equal(bench_noted(), "container:api: stopped on purpose and running again within 1 s");
}

static void
test_a_container_that_is_new_is_no_deploy(void **state)
{
	(void)state;
	LIST(&t, 0, {"other", "running", "o1", NULL, -1, false});
	bench_act(&t, 10, ACT_CREATED, "a1", "api");
	bench_check(&t, 10, "a1", &(struct listed){"api", "created", "a1", NULL, -1, true});
	bench_act(&t, 11, ACT_STARTED, "a1", "api");
	bench_check(&t, 11, "a1", &(struct listed){"api", "running", "a1", NULL, -1, true});
	assert_string_equal(bench_said(&t), "");
	assert_string_equal(bench_noted(), "");
}

static void
test_two_that_claim_one_identity_are_two(void **state)
{
	(void)state;
	LIST(&t, 0, {"a", "running", "a1", "shop", -1, false}, {"b", "running", "b1", "shop", -1, false});
	LIST(&t, 30, {"b", "exited", "b1", "shop", 1, false}, {"a", "running", "a1", "shop", -1, false});
	assert_string_equal(bench_said(&t), "alert container:b");
	assert_true(known("a") && known("b"));
}

static void
test_of_two_heirs_only_the_first_inherits(void **state)
{
	(void)state;
	LIST(&t, 0, {"a", "dead", "a1", "shop", -1, false});
	LIST(&t, 30, {"x", "dead", "x1", "shop", -1, false}, {"y", "dead", "y1", "shop", -1, false});
	assert_string_equal(bench_said(&t), "alert container:a; alert container:x");
	assert_true(known("x") && known("y"));
	assert_false(known("a"));
}

/* More heirs at once than are kept until the list's end: the others are as good as new. */
static void
test_a_flood_of_heirs_is_bounded(void **state)
{
	char name[16], id[16];

	(void)state;
	LIST(&t, 0, {"a", "running", "a1", "shop", -1, false});
	bench_tick(&t, 30);
	brain_containers_begin(&t.brain);
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		snprintf(id, sizeof(id), "i%d", i);
		bench_see(&t, &(struct listed){name, "running", id, "shop", -1, false});
	}
	assert_true(t.brain.containers.kept_count <= 64);
	brain_containers_end(&t.brain, true);
	brain_tick_end(&t.brain);
	assert_int_equal(t.brain.alerts.containers, 1000);
	assert_null(t.brain.containers.kept);
	assert_string_equal(bench_said(&t), "");
}

static void
test_a_list_that_breaks_off_keeps_no_heirs(void **state)
{
	(void)state;
	LIST(&t, 0, {"a", "running", "a1", "shop", -1, false});
	bench_tick(&t, 30);
	brain_containers_begin(&t.brain);
	bench_see(&t, &(struct listed){"b", "running", "b1", "shop", -1, false});
	brain_docker(&t.brain, DOCKER_FAILED, "reset");
	assert_null(t.brain.containers.kept);
	assert_true(known("a"));
	assert_false(known("b"));
}

static void
test_identities_have_one_bound_for_all(void **state)
{
	char name[16], id[16], project[NAME_MAX_LEN + 1];

	(void)state;
	memset(project, 'p', sizeof(project));
	project[NAME_MAX_LEN] = '\0';
	bench_tick(&t, 0);
	brain_containers_begin(&t.brain);
	for (int i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		snprintf(id, sizeof(id), "i%d", i);
		snprintf(project, 6, "%05d", i);
		project[5] = 'p';
		bench_see(&t, &(struct listed){name, "running", id, project, -1, false});
	}
	brain_containers_end(&t.brain, true);
	assert_in_range(t.brain.alerts.identity_bytes, IDENTITIES_BYTES_MAX - 600, IDENTITIES_BYTES_MAX);
	assert_int_equal(t.brain.alerts.containers, 3000);
	LIST(&t, 30, {"other", "running", "o1", NULL, -1, false});
	bench_wait(&t, 59);
	LIST(&t, 60, {"other", "running", "o1", NULL, -1, false});
	assert_int_equal(t.brain.alerts.identity_bytes, 0);
	assert_int_equal(t.brain.alerts.containers, 1);
}

/* Those that are gone are remembered for the grace, but not without bound. */
static void
test_containers_that_come_and_go_in_floods_are_bounded(void **state)
{
	char name[16], id[16];

	(void)state;
	for (int list = 0; list < 5; list++) {
		bench_tick(&t, list);
		brain_containers_begin(&t.brain);
		for (int i = 0; i < BRAIN_CONTAINERS_MAX; i++) {
			snprintf(name, sizeof(name), "n%d-%d", list, i);
			snprintf(id, sizeof(id), "i%d-%d", list, i);
			bench_see(&t, &(struct listed){name, "running", id, NULL, -1, false});
		}
		brain_containers_end(&t.brain, true);
		brain_tick_end(&t.brain);
		assert_in_range(t.brain.alerts.containers, BRAIN_CONTAINERS_MAX, CONTAINERS_KEPT_MAX);
	}
	assert_string_equal(bench_said(&t), "");
}

static void
test_events_of_containers_that_nobody_has_seen_are_few_and_the_last(void **state)
{
	char id[16];

	(void)state;
	LIST(&t, 0, {"other", "running", "o1", NULL, -1, false});
	for (int i = 0; i < 100; i++) {
		snprintf(id, sizeof(id), "i%d", i);
		bench_act(&t, 1, ACT_STARTED, id, "new");
		bench_act(&t, 1, ACT_DIED, id, "new");
	}
	bench_check(&t, 1, "i0", &(struct listed){"first", "exited", "i0", NULL, 1, false});
	assert_string_equal(bench_said(&t), "");
	bench_check(&t, 1, "i99", &(struct listed){"last", "exited", "i99", NULL, 1, false});
	assert_string_equal(bench_said(&t), "alert container:last");
}

static void
test_ids_that_are_too_long_or_empty_do_no_harm(void **state)
{
	char id[300];

	(void)state;
	memset(id, 'a', sizeof(id));
	id[sizeof(id) - 1] = '\0';
	LIST(&t, 0, {"api", "running", id, NULL, -1, false}, {"web", "running", "", NULL, -1, false});
	bench_act(&t, 1, ACT_DIED, id, "nobody");
	bench_act(&t, 1, ACT_DIED, "", "nobody");
	bench_act(&t, 1, ACT_DIED, "", "");
	bench_check(&t, 1, "", NULL);
	assert_string_equal(bench_said(&t), "");
	LIST(&t, 2, {"api", "exited", id, NULL, 1, false}, {"web", "exited", "", NULL, 1, false});
	assert_string_equal(bench_said(&t), "alert container:api; alert container:web");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_a_rename_is_one_line_of_history_and_the_key_follows),
		TEST(test_a_renamed_container_keeps_its_incident),
		TEST(test_a_deploy_is_one_line_of_history),
		TEST(test_a_restart_that_a_person_asked_for_is_one_line_of_history),
		TEST(test_a_container_that_is_new_is_no_deploy),
		TEST(test_two_that_claim_one_identity_are_two),
		TEST(test_of_two_heirs_only_the_first_inherits),
		TEST(test_a_flood_of_heirs_is_bounded),
		TEST(test_a_list_that_breaks_off_keeps_no_heirs),
		TEST(test_identities_have_one_bound_for_all),
		TEST(test_containers_that_come_and_go_in_floods_are_bounded),
		TEST(test_events_of_containers_that_nobody_has_seen_are_few_and_the_last),
		TEST(test_ids_that_are_too_long_or_empty_do_no_harm),
	};

	log_set(unit_quiet, LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
