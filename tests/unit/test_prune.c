/*
 * A new configuration: what it no longer watches is forgotten, with a word if
 * it was alerting; the rest goes on as it was.
 */
#include "build_config.h"

#include "brain_unit.h"

static struct bench t;

static int
setup(void **state)
{
	(void)state;
	bench_open(&t, SETTINGS("MEM_TICKS=1", "DEP_DOWN_TICKS=1", "CONTAINER_DOWN_TICKS=1", "DISK_CRIT_ENABLED=true",
	    "DISK_PATHS=/,/data", "CONTAINERS=api,web-*", "DEPS=git=tcp://192.0.2.1:22,db=tcp://192.0.2.1:5432",
	    "AGENT_STALL_S=60", "START_MESSAGE=never"));
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
set(const char *key, const char *value)
{
	char why[256];

	assert_int_equal(config_set(&t.config, key, value, why, sizeof(why)), 0);
}

static void
look(double now, bool bad)
{
	bench_tick(&t, now);
	brain_disk(&t.brain, &(struct disk_seen){.path = "/", .used_pct = bad ? 99 : 10});
	brain_disk(&t.brain, &(struct disk_seen){.path = "/data", .used_pct = bad ? 99 : 10});
	brain_docker(&t.brain, DOCKER_ANSWERS, "");
	brain_containers_begin(&t.brain);
	bench_container(&t, "api", bad ? "exited" : "running", "", bad ? 1 : -1, true);
	bench_container(&t, "web-1", bad ? "exited" : "running", "", bad ? 1 : -1, true);
	brain_containers_end(&t.brain, true);
	brain_dep(&t.brain, "git", !bad, 3, "");
	brain_dep(&t.brain, "db", !bad, 3, "");
	brain_tick_end(&t.brain);
}

static void
cannot_look(double now)
{
	bench_tick(&t, now);
	brain_unseen(&t.brain, UNSEEN_DEP, "git", "too many open files");
	brain_unseen(&t.brain, UNSEEN_DEP, "db", "too many open files");
	brain_unseen(&t.brain, UNSEEN_METRICS, "", "too many open files");
	brain_tick_end(&t.brain);
}

static void
what_could_not_be_looked_at_and_is_no_longer_watched_is_forgotten(void **state)
{
	(void)state;
	for (double now = 1000; now < 1003; now++)
		cannot_look(now);
	assert_string_equal(bench_said(&t), "alert source:dep:git; alert source:dep:db; alert source:orchestrator");
	set("WATCHDOG_DEPS", "db=tcp://192.0.2.1:5432");
	brain_prune(&t.brain);
	assert_string_equal(bench_said(&t), "recovery source:dep:git");
	look(1030, false);
	assert_string_equal(bench_said(&t), "recovery source:dep:db; recovery source:orchestrator");
}

static void
look_twice(void)
{
	look(1000, false);
	look(1030, true);
	bench_said(&t);
}

static void
what_is_still_watched_stays_as_it_is(void **state)
{
	(void)state;
	look_twice();
	brain_prune(&t.brain);
	assert_string_equal(bench_said(&t), "");
	look(1060, true);
	assert_string_equal(bench_said(&t), "");
	look(1090, false);
	assert_non_null(strstr(bench_said(&t), "recovery dep:git"));
}

static void
a_dependency_that_is_gone_recovers_with_a_word(void **state)
{
	(void)state;
	look_twice();
	set("WATCHDOG_DEPS", "db=tcp://192.0.2.1:5432");
	brain_prune(&t.brain);
	assert_string_equal(bench_said(&t), "recovery dep:git");
	assert_non_null(strstr(t.detail, "no longer watched"));
}

static void
a_path_that_is_gone_recovers_with_a_word(void **state)
{
	(void)state;
	look_twice();
	set("WATCHDOG_DISK_PATHS", "/");
	brain_prune(&t.brain);
	assert_string_equal(bench_said(&t), "recovery disk:/data");
}

static void
disks_that_are_only_shown_from_now_on_alert_no_more(void **state)
{
	(void)state;
	look_twice();
	set("WATCHDOG_DISK_CRIT_ENABLED", "false");
	brain_prune(&t.brain);
	assert_string_equal(bench_said(&t), "recovery disk:/; recovery disk:/data");
}

static void
containers_are_watched_by_the_new_patterns(void **state)
{
	(void)state;
	look_twice();
	set("WATCHDOG_CONTAINERS", "api");
	brain_prune(&t.brain);
	assert_string_equal(bench_said(&t), "recovery container:web-1");
}

static void
without_containers_docker_is_not_watched_either(void **state)
{
	(void)state;
	look_twice();
	for (int i = 0; i < 3; i++) {
		bench_tick(&t, 1060 + 30 * i);
		brain_docker(&t.brain, DOCKER_FAILED, "no such file");
		brain_tick_end(&t.brain);
	}
	assert_non_null(strstr(bench_said(&t), "alert docker"));
	set("WATCHDOG_CONTAINERS", "");
	brain_prune(&t.brain);
	assert_string_equal(bench_said(&t), "recovery docker; recovery container:api; recovery container:web-1");
}

/* A source is watched as long as what it is the source of. */
static void
unread(const char *path)
{
	for (int i = 0; i < 3; i++) {
		bench_tick(&t, 1000 + 30 * i);
		brain_disk(&t.brain, &(struct disk_seen){.path = path, .used_pct = NAN, .error = "input/output error"});
		brain_tick_end(&t.brain);
	}
}

static void
the_source_of_a_path_that_is_gone_goes_with_it(void **state)
{
	(void)state;
	unread("/data");
	assert_string_equal(bench_said(&t), "alert source:disk:/data");
	brain_prune(&t.brain);
	assert_string_equal(bench_said(&t), "");
	set("WATCHDOG_DISK_PATHS", "/");
	brain_prune(&t.brain);
	assert_string_equal(bench_said(&t), "recovery source:disk:/data");
}

static void
the_source_of_a_container_that_is_gone_goes_with_it(void **state)
{
	(void)state;
	set("WATCHDOG_CONTAINERS", "api");
	for (int i = 0; i < 3; i++)
		bench_one_container(&t, 1000 + 30 * i, "unknown", "", -1, true);
	assert_string_equal(bench_said(&t), "alert source:container:api");
	set("WATCHDOG_CONTAINERS", "web");
	brain_prune(&t.brain);
	assert_string_equal(bench_said(&t), "recovery source:container:api");
}

static void
agents_are_forgotten_where_they_are_not_watched(void **state)
{
	(void)state;
	for (int i = 0; i < 6; i++) {
		bench_tick(&t, 1000 + 30 * i);
		brain_metrics_begin(&t.brain, BENCH_WALL + 1000 + 30 * i, 0);
		brain_agent(&t.brain, "41", "", 7);
		brain_metrics_end(&t.brain, true);
		brain_tick_end(&t.brain);
	}
	assert_string_equal(bench_said(&t), "alert agent:41");
	set("WATCHDOG_AGENT_STALL_S", "0");
	brain_prune(&t.brain);
	assert_string_equal(bench_said(&t), "recovery agent:41");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(what_could_not_be_looked_at_and_is_no_longer_watched_is_forgotten),
		TEST(what_is_still_watched_stays_as_it_is),
		TEST(a_dependency_that_is_gone_recovers_with_a_word),
		TEST(a_path_that_is_gone_recovers_with_a_word),
		TEST(disks_that_are_only_shown_from_now_on_alert_no_more),
		TEST(containers_are_watched_by_the_new_patterns),
		TEST(without_containers_docker_is_not_watched_either),
		TEST(the_source_of_a_path_that_is_gone_goes_with_it),
		TEST(the_source_of_a_container_that_is_gone_goes_with_it),
		TEST(agents_are_forgotten_where_they_are_not_watched),
	};

	return cmocka_run_group_tests_name("prune", tests, NULL, NULL);
}
