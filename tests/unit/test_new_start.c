/*
 * What a brain that goes on from a snapshot must still know: after a kill,
 * after a new start of the whole daemon, after one of the host.
 */
#include "build_config.h"

#include <math.h>

#include "calm_unit.h"
#include "container_unit.h"
#include "unit_log.h"

static struct bench t;

static int
setup(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
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
at(double now)
{
	brain_clock(&t.brain, (struct moment){now, BENCH_WALL + now});
}

/* The host is off until the wall clock says so, and is up for a moment then. */
static void
reboot(double until)
{
	struct brain_options options = t.brain.options;
	uint64_t generation;
	uint8_t *bytes;
	size_t len;

	assert_int_equal(snapshot_encode(&t.brain, 1, &bytes, &len), 0);
	options.boot++;
	brain_free(&t.brain);
	brain_init(&t.brain, &t.config, &options);
	brain_clock(&t.brain, (struct moment){20, BENCH_WALL + until});
	assert_null(snapshot_decode(&t.brain, bytes, len, &generation));
	assert_true(t.brain.clock.now == until);
	free(bytes);
	brain_prune(&t.brain);
}

/* --- docker --- */

static void
docker(double now, enum docker_look look)
{
	bench_tick(&t, now);
	brain_docker(&t.brain, look, "no socket");
	brain_tick_end(&t.brain);
}

static void
list_of_one(double now)
{
	LIST(&t, now, {.name = "api", .state = "running", .id = "a1"});
}

/* A collector that was started anew, as by a reload, has never seen a socket. */
static void
test_docker_that_was_there_and_is_gone_is_an_alarm_whoever_looks(void **state)
{
	(void)state;
	bench_open(&t, NULL);
	list_of_one(0);
	docker(30, DOCKER_OFF);
	docker(60, DOCKER_OFF);
	assert_string_equal(bench_said(&t), "");
	docker(90, DOCKER_OFF);
	assert_string_equal(bench_said(&t), "alert docker");
	assert_string_equal(t.detail, "not answering: no socket");
	list_of_one(120);
	assert_string_equal(bench_said(&t), "recovery docker");
}

/* The host was started anew, and docker with all of its containers was not. */
static void
test_docker_that_does_not_come_back_with_the_host_is_an_alarm(void **state)
{
	(void)state;
	bench_open_with(&t, NULL, (struct brain_options){.boot = 1});
	list_of_one(1000);
	reboot(1020);
	for (double now = 1030; now <= 1090; now += 30)
		docker(now, DOCKER_OFF);
	assert_string_equal(bench_said(&t), "alert docker");
	calm_restart(&t);
	docker(1120, DOCKER_OFF);
	assert_string_equal(bench_said(&t), "");
	docker(4690, DOCKER_OFF);
	assert_string_equal(bench_said(&t), "realert docker");
}

static void
test_docker_that_never_was_there_is_none_after_a_new_start_either(void **state)
{
	(void)state;
	bench_open(&t, NULL);
	for (int i = 0; i < 9; i++) {
		docker(i * 30, DOCKER_OFF);
		if (i == 4)
			calm_restart(&t);
	}
	assert_string_equal(bench_said(&t), "");
}

/* --- what nobody looks at again --- */

/* Silenced while it was down, it comes back, and the brain dies before the silence is over. */
static void
silence_over_a_death(const char *pattern, double seconds)
{
	assert_null(orders_silence(&t.brain, pattern, seconds, &(const struct order){"root", ""}));
	brain_flush(&t.brain);
	calm_told(&t);
}

static void
ping(double now, bool ok)
{
	bench_tick(&t, now);
	brain_dep(&t.brain, "git", ok, 1, "");
	brain_tick_end(&t.brain);
}

static void
test_that_the_network_is_back_is_told_after_a_death_too(void **state)
{
	(void)state;
	bench_open(&t, SETTINGS("DEPS=git=tcp://git.example:1", "DEP_DOWN_TICKS=1", "CONTAINERS="));
	t.brain.outbox.unreachable = true;
	ping(1000, false);
	t.brain.outbox.unreachable = false;
	assert_string_equal(calm_told(&t), "🔴 network: this host's network is down: no dependency on it can be reached, nor Telegram "
	    "(1 dependency covered)");
	silence_over_a_death("network", 600);
	ping(1030, true);
	assert_string_equal(calm_told(&t), "");
	calm_restart(&t);
	ping(1500, true);
	assert_string_equal(calm_told(&t), "");
	ping(1700, true);
	assert_non_null(strstr(calm_told(&t), "🟢 network: "));
}

static void
test_that_a_role_is_well_is_told_after_a_new_start_too(void **state)
{
	(void)state;
	bench_open(&t, NULL);
	at(1000);
	brain_role(&t.brain, ROLE_NOTIFIER, true, 3, "killed by SIGSEGV");
	brain_flush(&t.brain);
	assert_string_equal(calm_told(&t), "🔴 watchdog notifier: failing, restarted 3 times: killed by SIGSEGV");
	calm_restart(&t);
	/* What a parent that was started anew says of each. */
	for (unsigned role = ROLE_PARENT + 1; role < ROLE_COUNT; role++)
		brain_role(&t.brain, role, false, 0, "");
	brain_flush(&t.brain);
	assert_string_equal(calm_told(&t), "🟢 watchdog notifier: recovered after 0 s, running");
	/* Of those that were well all the time there is nothing to say or to show. */
	assert_int_equal(HASH_COUNT(t.brain.alerts.by_key), 1);
}

/* --- a host that was not there --- */

static void
agent_at(double now, double ticks)
{
	bench_tick(&t, now);
	brain_metrics_begin(&t.brain, BENCH_WALL + now, 0);
	brain_agent(&t.brain, "41", "", ticks);
	brain_metrics_end(&t.brain, true);
	brain_tick_end(&t.brain);
}

/* Nobody works while the host sleeps; that it slept is known over the death of a brain. */
static void
test_an_agent_does_not_stall_while_the_host_sleeps(void **state)
{
	(void)state;
	bench_open(&t, SETTINGS("METRICS_URL=http://app/metrics", "CONTAINERS="));
	agent_at(1000, 7);
	agent_at(1030, 7);
	calm_restart(&t);
	t.brain.slept = 28800;
	agent_at(29860, 7);
	assert_string_equal(bench_said(&t), "");
	agent_at(30090, 7);
	assert_string_equal(bench_said(&t), "");
	agent_at(30100, 7);
	assert_string_equal(bench_said(&t), "alert agent:41");
	assert_string_equal(t.detail, "no progress for 5 min");
}

static void
test_an_envelope_does_not_grow_old_while_the_host_sleeps(void **state)
{
	(void)state;
	bench_open(&t, SETTINGS("METRICS_URL=http://app/metrics", "CONTAINERS=", "ORCH_DOWN_TICKS=1"));
	agent_at(1000, 7);
	t.brain.slept = 28800;
	bench_tick(&t, 29830);
	brain_metrics_begin(&t.brain, BENCH_WALL + 1000, 0);
	brain_metrics_end(&t.brain, true);
	assert_string_equal(bench_said(&t), "");
	bench_tick(&t, 30101);
	brain_metrics_begin(&t.brain, BENCH_WALL + 1000, 0);
	assert_string_equal(bench_said(&t), "alert orchestrator");
}

static void
test_an_agent_does_not_stall_while_the_host_is_off(void **state)
{
	(void)state;
	bench_open_with(&t, SETTINGS("METRICS_URL=http://app/metrics", "CONTAINERS="), (struct brain_options){.boot = 1});
	agent_at(1000, 7);
	reboot(29800);
	agent_at(29830, 7);
	agent_at(30120, 7);
	assert_string_equal(bench_said(&t), "");
	agent_at(30130, 7);
	assert_string_equal(bench_said(&t), "alert agent:41");
}

/* --- containers --- */

/* It just ran when the snapshot was taken, and was removed for a deploy while nobody looked. */
static void
test_the_grace_of_a_label_holds_over_a_death(void **state)
{
	struct container_seen api = {
		.name = "api", .state = "running", .health = "", .exit_code = -1, .named = true, .id = "a1", .grace = 600,
	};

	(void)state;
	bench_open(&t, SETTINGS("CONTAINERS=api"));
	bench_tick(&t, 1000);
	brain_containers_begin(&t.brain);
	brain_container(&t.brain, &api);
	brain_containers_end(&t.brain, true);
	brain_tick_end(&t.brain);
	calm_restart(&t);
	for (double now = 1030; now <= 1600; now += 30) {
		bench_one_container(&t, now, "missing", "", -1, true);
		assert_string_equal(bench_said(&t), "");
	}
	bench_one_container(&t, 1630, "missing", "", -1, true);
	assert_string_equal(bench_said(&t), "alert container:api");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_docker_that_was_there_and_is_gone_is_an_alarm_whoever_looks),
		TEST(test_docker_that_does_not_come_back_with_the_host_is_an_alarm),
		TEST(test_docker_that_never_was_there_is_none_after_a_new_start_either),
		TEST(test_that_the_network_is_back_is_told_after_a_death_too),
		TEST(test_that_a_role_is_well_is_told_after_a_new_start_too),
		TEST(test_an_agent_does_not_stall_while_the_host_sleeps),
		TEST(test_an_envelope_does_not_grow_old_while_the_host_sleeps),
		TEST(test_an_agent_does_not_stall_while_the_host_is_off),
		TEST(test_the_grace_of_a_label_holds_over_a_death),
	};

	log_set(unit_quiet, LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
