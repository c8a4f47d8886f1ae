/*
 * A recording and its replay: every kind of message goes in, and what the
 * replay is fed decides the same.
 */
#include "build_config.h"

#include "brain_unit.h"
#include "recorder.h"
#include "replay.h"

static struct recorder r;
static char lines[65536];
static unsigned holes;

static void
take_line(void *ctx, const char *line)
{
	size_t n = strlen(lines);

	(void)ctx;
	holes += line == NULL;
	snprintf(lines + n, sizeof(lines) - n, "%s\n", line == NULL ? "" : line);
}

static struct moment at = {100, 1700000100};

#define TAKE(NAME, name, ...) recorder_take(&r, MSG_##NAME, &(const union message){.name = {__VA_ARGS__}}, at)

static int
open_recorder(void **state)
{
	(void)state;
	lines[0] = '\0';
	holes = 0;
	at = (struct moment){100, 1700000100};
	r = (struct recorder){.line = take_line};
	recorder_start(&r, 0);
	return 0;
}

static int
close_recorder(void **state)
{
	(void)state;
	recorder_stop(&r);
	return holes != 0;
}

static void
api(const char *state, int exit_code)
{
	TAKE(CONTAINER, container, .name = "api", .state = state, .health = "", .exit_code = exit_code, .named = 1, .id = "abc",
	    .project = "", .service = "", .number = "", .grace = NAN, .label_name = "", .severity = CONTAINER_WARNING);
}

/* What a replay of the lines decides: "alert mem; …". */
static const char *
replayed(const char *const *settings)
{
	static char said[8192];
	char out_text[16384] = "", key[64], why[128];
	struct config config;
	FILE *in = fmemopen(lines, strlen(lines), "r"), *out = fmemopen(out_text, sizeof(out_text), "w");

	config_init(&config);
	for (; *settings != NULL; settings++) {
		const char *eq = strchr(*settings, '=');

		snprintf(key, sizeof(key), "WATCHDOG_%.*s", (int)(eq - *settings), *settings);
		assert_int_equal(config_set(&config, key, eq + 1, why, sizeof(why)), 0);
	}
	assert_int_equal(config_finish(&config, NULL, NULL), 0);
	assert_int_equal(replay_run(&config, &(const struct replay_options){0}, in, out), 0);
	fclose(in);
	fclose(out);
	config_free(&config);
	said[0] = '\0';
	for (char *line = strtok(out_text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		char *k = strstr(line, "\"key\":\""), *a = strstr(line, "\"action\":\"");

		snprintf(said + strlen(said), sizeof(said) - strlen(said), "%s%.*s %.*s", said[0] == '\0' ? "" : "; ",
		    (int)strcspn(a + 10, "\""), a + 10, (int)strcspn(k + 7, "\""), k + 7);
	}
	return said;
}

static void
a_tick_becomes_one_line_of_what_was_seen(void **state)
{
	(void)state;
	TAKE(TICK_BEGIN, tick_begin, .tick = 1, .now = 99.5, .wall = 1700000099.5);
	TAKE(METRICS_BEGIN, metrics_begin, .generated_at = 7, .failed = NAN);
	TAKE(AGENT, agent, .run_id = "41", .name = "dev", .cpu_ticks = 90);
	TAKE(MEM, mem, .used_pct = 41.5, .error = "");
	TAKE(METRICS_END, metrics_end, .listed = 1);
	TAKE(DISK, disk, .path = "/", .used_pct = NAN, .exact_pct = NAN, .inodes_pct = NAN, .error = "I/O error");
	TAKE(DISK, disk, .path = "/a", .used_pct = 7, .exact_pct = NAN, .inodes_pct = 3, .mount = MOUNT_THERE, .error = "");
	TAKE(DISK, disk, .path = "/b", .used_pct = 8, .exact_pct = NAN, .inodes_pct = NAN, .mount = MOUNT_NONE, .error = "");
	TAKE(DEP, dep, .name = "git", .ok = 0, .ms = 3, .detail = "refused");
	TAKE(CONTAINERS_BEGIN, containers_begin, .scope = SCOPE_ALL);
	api("exited", 3);
	TAKE(CONTAINER, container, .name = "db", .state = "missing", .health = "", .exit_code = -1, .named = 1, .id = "", .project = "",
	    .service = "", .number = "", .grace = NAN, .label_name = "");
	TAKE(CONTAINERS_END, containers_end, .ignored = 0);
	assert_string_equal(lines, "");
	TAKE(TICK_END, tick_end, .tick = 1);
	assert_string_equal(lines,
	    "{\"now\":99.5,\"wall\":1700000099.5,\"mem_used_pct\":41.5,"
	    "\"metrics\":{\"ok\":true,\"generated_at\":7,\"agents\":[{\"run_id\":\"41\",\"name\":\"dev\",\"cpu_ticks\":90}]},"
	    "\"disks\":[{\"path\":\"/\",\"used_pct\":null,\"error\":\"I/O error\"},{\"path\":\"/a\",\"used_pct\":7,\"inodes_pct\":3,\"mounted\":true},"
	    "{\"path\":\"/b\",\"used_pct\":8,\"mounted\":false}],"
	    "\"deps\":[{\"name\":\"git\",\"ok\":false,\"ms\":3,\"error\":\"refused\"}],\"docker\":true,"
	    "\"containers\":[{\"name\":\"api\",\"state\":\"exited\",\"exit_code\":3,\"id\":\"abc\",\"labels\":{\"severity\":\"warning\"}}]}\n");
	assert_string_equal(replayed(SETTINGS("CONTAINERS=api,db", "DEP_DOWN_TICKS=1")), "alert container:api; alert container:db; alert dep:git");
}

static void
what_leaves_before_the_end_of_a_tick_has_its_own_line(void **state)
{
	(void)state;
	TAKE(TICK_BEGIN, tick_begin, .tick = 1, .now = 99, .wall = 1700000099);
	TAKE(DEP, dep, .name = "git", .ok = 0, .ms = 3, .detail = "");
	recorder_flush(&r);
	at.now = 101;
	TAKE(CONTAINER_ACT, container_act, .act = ACT_DIED, .id = "abc", .name = "api", .old_name = "", .project = "", .service = "",
	    .number = "", .signal = -1, .age = 0.5);
	TAKE(CONTAINERS_ONE_BEGIN, containers_one_begin, .id = "abc");
	api("exited", 137);
	TAKE(CONTAINERS_ONE_END, containers_one_end, .id = "abc", .found = 1);
	TAKE(DEP, dep, .name = "db", .ok = 1, .ms = 1, .detail = "");
	TAKE(TICK_END, tick_end, .tick = 1);
	assert_string_equal(lines,
	    "{\"now\":99,\"wall\":1700000099,\"deps\":[{\"name\":\"git\",\"ok\":false,\"ms\":3}],\"partial\":true}\n"
	    "{\"now\":101,\"wall\":1700000100,\"events\":[{\"act\":\"died\",\"id\":\"abc\",\"name\":\"api\",\"age\":0.5}],"
	    "\"checks\":[{\"id\":\"abc\",\"container\":{\"name\":\"api\",\"state\":\"exited\",\"exit_code\":137,\"id\":\"abc\","
	    "\"labels\":{\"severity\":\"warning\"}}}],\"partial\":true}\n"
	    "{\"now\":101,\"wall\":1700000100,\"deps\":[{\"name\":\"db\",\"ok\":true,\"ms\":1}]}\n");
	assert_non_null(strstr(replayed(SETTINGS("CONTAINERS=api", "DEP_DOWN_TICKS=1")), "alert dep:git; alert container:api"));
}

static void
what_could_not_be_looked_at_is_so_in_a_replay_too(void **state)
{
	(void)state;
	for (at.now = 100; at.now < 103; at.now++) {
		TAKE(TICK_BEGIN, tick_begin, .tick = 1, .now = at.now - 1, .wall = 1700000000);
		TAKE(UNSEEN, unseen, .what = UNSEEN_METRICS, .name = "", .why = "no memory");
		TAKE(UNSEEN, unseen, .what = UNSEEN_DOCKER, .name = "", .why = "no files");
		TAKE(UNSEEN, unseen, .what = UNSEEN_DEP, .name = "git", .why = "no ports");
		TAKE(TICK_END, tick_end, .tick = 1);
	}
	assert_non_null(strstr(lines, "{\"now\":99,\"wall\":1700000000,\"metrics\":{\"ok\":null,\"error\":\"no memory\"},"
	    "\"docker\":null,\"docker_error\":\"no files\",\"deps\":[{\"name\":\"git\",\"ok\":null,\"error\":\"no ports\"}]}\n"));
	assert_string_equal(replayed(SETTINGS("CONTAINERS=api", "DEP_DOWN_TICKS=1")),
	    "alert source:orchestrator; alert source:docker; alert source:dep:git");
}

static void
failures_keep_their_reasons(void **state)
{
	(void)state;
	TAKE(TICK_BEGIN, tick_begin, .tick = 1, .now = 99, .wall = 1700000099);
	TAKE(METRICS_FAILED, metrics_failed, .error = "timeout");
	TAKE(DOCKER_FAILED, docker_failed, .off = 0, .error = "hangs");
	TAKE(MEM, mem, .used_pct = NAN, .error = "I/O error");
	TAKE(TICK_END, tick_end, .tick = 1);
	assert_string_equal(lines,
	    "{\"now\":99,\"wall\":1700000099,\"metrics\":{\"ok\":false,\"error\":\"timeout\"},\"docker\":false,\"docker_error\":\"hangs\","
	    "\"mem_used_pct\":null,\"mem_error\":\"I/O error\"}\n");
	assert_string_equal(replayed(SETTINGS("ORCH_DOWN_TICKS=1")), "alert orchestrator");
}

/* The same ticks for a brain that lives and for the recording. */
static struct bench life;

static void
tick_with(double now, void (*seen)(void))
{
	at = (struct moment){now, BENCH_WALL + now};
	bench_tick(&life, now);
	TAKE(TICK_BEGIN, tick_begin, .tick = 1, .now = now, .wall = BENCH_WALL + now);
	seen();
	brain_tick_end(&life.brain);
	TAKE(TICK_END, tick_end, .tick = 1);
}

static void
live(const char *const *settings)
{
	bench_open(&life, settings);
	r.docker_missed = &life.brain.docker_missed;
}

static void
docker_well(void)
{
	brain_docker(&life.brain, DOCKER_ANSWERS, "");
	TAKE(CONTAINERS_BEGIN, containers_begin, .scope = SCOPE_ALL);
	brain_containers_begin(&life.brain);
	TAKE(CONTAINERS_END, containers_end, .ignored = 0);
	brain_containers_end(&life.brain, true);
}

static void
docker_off(void)
{
	brain_docker(&life.brain, DOCKER_OFF, "no socket");
	TAKE(DOCKER_FAILED, docker_failed, .off = 1, .error = "no socket");
}

static void
docker_failed(void)
{
	brain_docker(&life.brain, DOCKER_FAILED, "hangs");
	TAKE(DOCKER_FAILED, docker_failed, .off = 0, .error = "hangs");
}

static void
docker_unseen(void)
{
	brain_unseen(&life.brain, UNSEEN_DOCKER, "", "no files");
	TAKE(UNSEEN, unseen, .what = UNSEEN_DOCKER, .name = "", .why = "no files");
}

/* The first part of a long list is told, then comes no more. */
static void
list_begins(void)
{
	brain_docker(&life.brain, DOCKER_ANSWERS, "");
	TAKE(CONTAINERS_BEGIN, containers_begin, .scope = SCOPE_ALL);
	brain_containers_begin(&life.brain);
	TAKE(CONTAINERS_END, containers_end, .ignored = 1);
	brain_containers_end(&life.brain, false);
}

static void
list_breaks(void)
{
	list_begins();
	docker_failed();
}

static void
list_breaks_by_us(void)
{
	list_begins();
	docker_unseen();
}

static void
both_say(const char *const *settings, const char *said)
{
	assert_string_equal(bench_said(&life), said);
	assert_string_equal(replayed(settings), said);
	bench_close(&life);
}

static void
docker_that_is_off_is_so_in_a_replay_too(void **state)
{
	(void)state;
	live(SETTINGS("MEM_PCT=90"));
	tick_with(100, docker_off);
	tick_with(130, docker_unseen);
	tick_with(160, docker_off);
	tick_with(190, docker_unseen);
	tick_with(220, docker_unseen);
	both_say(SETTINGS("MEM_PCT=90"), "");
}

static void
docker_that_is_off_and_missed_is_missed_in_a_replay_too(void **state)
{
	(void)state;
	live(SETTINGS("MEM_PCT=90"));
	tick_with(100, docker_well);
	recorder_start(&r, 0);
	lines[0] = '\0';
	tick_with(130, docker_off);
	tick_with(160, docker_off);
	tick_with(190, docker_off);
	tick_with(220, docker_well);
	both_say(SETTINGS("MEM_PCT=90"), "alert docker; recovery docker");
}

static void
a_list_that_breaks_off_is_an_answer_before_it_is_none(void **state)
{
	(void)state;
	live(SETTINGS("MEM_PCT=90"));
	tick_with(100, docker_failed);
	tick_with(130, docker_failed);
	tick_with(160, list_breaks);
	tick_with(190, docker_failed);
	both_say(SETTINGS("MEM_PCT=90"), "");
	live(SETTINGS("MEM_PCT=90"));
	recorder_start(&r, 0);
	lines[0] = '\0';
	tick_with(100, docker_failed);
	tick_with(130, docker_failed);
	tick_with(160, list_breaks_by_us);
	tick_with(190, docker_failed);
	tick_with(220, docker_failed);
	tick_with(250, docker_failed);
	both_say(SETTINGS("MEM_PCT=90"), "alert docker");
}

static void
roles_and_orders_are_replayed_too(void **state)
{
	static const char *const silence[] = {"silence", "watchdog *", "1h"};

	(void)state;
	TAKE(ROLE_STATE, role_state, .role = ROLE_COLLECTOR, .failing = 1, .restarts = 3, .why = "was killed by SIGKILL");
	recorder_order(&r, "alice", silence, 3, at);
	assert_string_equal(lines,
	    "{\"now\":100,\"wall\":1700000100,\"roles\":[{\"role\":\"collector\",\"failing\":true,\"restarts\":3,"
	    "\"why\":\"was killed by SIGKILL\"}],\"partial\":true}\n"
	    "{\"now\":100,\"wall\":1700000100,\"operator\":[{\"who\":\"alice\",\"words\":[\"silence\",\"watchdog *\",\"1h\"]}],\"partial\":true}\n");
	assert_string_equal(replayed(SETTINGS("MEM_PCT=90")), "alert watchdog:collector");
}

static void
time_never_goes_back_and_nothing_is_kept_while_nobody_records(void **state)
{
	(void)state;
	at.now = 200;
	TAKE(CONTAINERS_ONE_BEGIN, containers_one_begin, .id = "abc");
	TAKE(CONTAINERS_ONE_END, containers_one_end, .id = "abc", .found = 0);
	TAKE(TICK_BEGIN, tick_begin, .tick = 1, .now = 199, .wall = 1700000199);
	TAKE(TICK_END, tick_end, .tick = 1);
	assert_non_null(strstr(lines, "\n{\"now\":200,"));
	recorder_stop(&r);
	lines[0] = '\0';
	TAKE(TICK_BEGIN, tick_begin, .tick = 2, .now = 230, .wall = 1700000230);
	TAKE(TICK_END, tick_end, .tick = 2);
	assert_string_equal(lines, "");
	assert_null(r.open);
}

static void
messages_out_of_order_do_no_harm(void **state)
{
	(void)state;
	TAKE(AGENT, agent, .run_id = "41", .name = "dev", .cpu_ticks = 90);
	TAKE(METRICS_END, metrics_end, .listed = 1);
	api("running", -1);
	TAKE(CONTAINERS_END, containers_end, .ignored = 0);
	TAKE(CONTAINERS_ONE_END, containers_one_end, .id = "abc", .found = 0);
	TAKE(CONTAINERS_BEGIN, containers_begin, .scope = SCOPE_ALL);
	TAKE(CONTAINERS_BEGIN, containers_begin, .scope = SCOPE_NAMED);
	TAKE(CONTAINERS_END, containers_end, .ignored = 1);
	TAKE(TICK_END, tick_end, .tick = 1);
	assert_string_equal(lines, "{\"now\":100,\"wall\":1700000100,\"docker\":true,\"list_partial\":true,\"containers\":[]}\n");
}

static void
what_could_not_be_delivered_is_said_in_the_line_behind(void **state)
{
	bool unreachable = false;

	(void)state;
	r.unreachable = &unreachable;
	TAKE(TICK_BEGIN, tick_begin, .tick = 1, .now = 99, .wall = 1700000099);
	TAKE(TICK_END, tick_end, .tick = 1);
	unreachable = true;
	at.now = 129;
	TAKE(TICK_BEGIN, tick_begin, .tick = 2, .now = 129, .wall = 1700000129, .partial = 1);
	TAKE(TICK_END, tick_end, .tick = 2);
	assert_string_equal(lines,
	    "{\"now\":99,\"wall\":1700000099}\n{\"now\":129,\"wall\":1700000129,\"undelivered\":true,\"partial\":true}\n");
	r.unreachable = NULL;
}

/* A collector that was taken over: a recording costs no more memory, and says that it has a hole. */
static void
what_never_ends_is_cut_off(void **state)
{
	char sizes[32];

	(void)state;
	TAKE(TICK_BEGIN, tick_begin, .tick = 1, .now = 99, .wall = 1700000099);
	for (size_t i = 0; i < RECORDER_HELD_MAX; i++)
		TAKE(DEP, dep, .name = "git", .ok = 1, .ms = 1, .detail = "");
	TAKE(METRICS_BEGIN, metrics_begin, .generated_at = NAN, .failed = NAN);
	for (size_t i = 0; i < BRAIN_AGENTS_MAX + 5; i++)
		TAKE(AGENT, agent, .run_id = "1", .name = "", .cpu_ticks = NAN);
	TAKE(CONTAINERS_BEGIN, containers_begin, .scope = SCOPE_ALL);
	for (size_t i = 0; i < BRAIN_CONTAINERS_MAX + 5; i++)
		api("running", -1);
	TAKE(CONTAINERS_ONE_BEGIN, containers_one_begin, .id = "abc");
	for (size_t i = 0; i < 5; i++)
		api("running", -1);
	for (size_t i = 0; i < 5; i++)
		TAKE(MEM, mem, .used_pct = (double)i, .error = "why");
	snprintf(sizes, sizeof(sizes), "%d %d %d", cJSON_GetArraySize(cJSON_GetObjectItem(r.metrics, "agents")),
	    cJSON_GetArraySize(r.containers), cJSON_GetArraySize(r.check));
	assert_string_equal(sizes, "4096 10240 2");
	assert_int_equal(cJSON_GetArraySize(r.open), 5); /* now, wall, deps, mem_used_pct, mem_error */
	assert_int_equal(holes, 0);
	TAKE(DEP, dep, .name = "one too many", .ok = 1, .ms = 1, .detail = "");
	TAKE(TICK_END, tick_end, .tick = 1);
	assert_int_equal(holes, 1);
	TAKE(TICK_BEGIN, tick_begin, .tick = 2, .now = 1e300, .wall = 1e300);
	TAKE(TICK_END, tick_end, .tick = 2);
	assert_non_null(strstr(lines, "{\"now\":100,\"wall\":1700000100}\n"));
	assert_int_equal(holes, 1);
	holes = 0;
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_recorder, close_recorder)
	const struct CMUnitTest tests[] = {
		TEST(a_tick_becomes_one_line_of_what_was_seen),
		TEST(what_leaves_before_the_end_of_a_tick_has_its_own_line),
		TEST(what_could_not_be_looked_at_is_so_in_a_replay_too),
		TEST(failures_keep_their_reasons),
		TEST(docker_that_is_off_is_so_in_a_replay_too),
		TEST(docker_that_is_off_and_missed_is_missed_in_a_replay_too),
		TEST(a_list_that_breaks_off_is_an_answer_before_it_is_none),
		TEST(roles_and_orders_are_replayed_too),
		TEST(time_never_goes_back_and_nothing_is_kept_while_nobody_records),
		TEST(messages_out_of_order_do_no_harm),
		TEST(what_never_ends_is_cut_off),
		TEST(what_could_not_be_delivered_is_said_in_the_line_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
