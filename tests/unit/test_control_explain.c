/*
 * What watchdogctl is told of the past and of one signal, and the words by
 * which a person names it.
 */
#include "build_config.h"

#include "brain_unit.h"
#include "control_answer.h"
#include "control_explain.h"
#include "control_key.h"
#include "snapshot.h"

static struct bench t;
static char said[65536];

static void
take_line(void *ctx, const char *line)
{
	size_t n = strlen(said);

	(void)ctx;
	snprintf(said + n, sizeof(said) - n, "%s\n", line);
}

static const struct answer to = {take_line, NULL};

static const char *
history_of(const char *words)
{
	said[0] = '\0';
	answer_history(&to, &t.brain, words);
	return said;
}

static const char *
explained(const char *words)
{
	said[0] = '\0';
	answer_explain(&to, &t.brain, key_find(&t.brain, words));
	return said;
}

static void
ping(double now, bool ok)
{
	bench_tick(&t, now);
	brain_dep(&t.brain, "git", ok, 3, ok ? "" : "refused");
	brain_tick_end(&t.brain);
}

/* --- what happened --- */

static void
each_decision_is_remembered_with_what_hindered_its_telling(void **state)
{
	(void)state;
	bench_open(&t, SETTINGS("DEP_DOWN_TICKS=1", "ORCH_DOWN_TICKS=1", "AGENT_STALL_S=10"));
	ping(0, false);
	ping(30, true);
	assert_string_equal(history_of("dep git"),
	    "{\"remembered\":2}\n"
	    "{\"past\":{\"at\":1700000000,\"key\":\"dep:git\",\"what\":\"alert\",\"untold\":\"\",\"detail\":\"not answering: refused\"}}\n"
	    "{\"past\":{\"at\":1700000030,\"key\":\"dep:git\",\"what\":\"recovery\",\"untold\":\"\",\"detail\":\"answers in 3 ms\"}}\n");
	bench_tick(&t, 60);
	brain_docker(&t.brain, DOCKER_FAILED, "");
	brain_docker(&t.brain, DOCKER_FAILED, "");
	brain_docker(&t.brain, DOCKER_FAILED, "");
	brain_containers_begin(&t.brain);
	bench_container(&t, "api", "exited", "", 1, true);
	brain_containers_end(&t.brain, true);
	assert_non_null(strstr(history_of("container:api"), "\"untold\":\"covered\""));
	assert_non_null(strstr(explained("container api"), "\"covered_by\":\"docker\""));
	assert_null(strstr(history_of("container:api"), "dep:git"));
	assert_non_null(strstr(history_of(NULL), "dep:git"));
	bench_close(&t);
}

static void
a_container_that_may_still_come_back_is_in_grace(void **state)
{
	(void)state;
	bench_open(&t, SETTINGS("CONTAINERS=api", "RECREATE_GRACE_S=30"));
	bench_tick(&t, 0);
	brain_containers_begin(&t.brain);
	bench_container(&t, "api", "running", "", 0, true);
	brain_containers_end(&t.brain, true);
	assert_null(strstr(explained("container api"), "grace_until"));
	bench_tick(&t, 30);
	brain_containers_begin(&t.brain);
	brain_containers_end(&t.brain, true);
	assert_non_null(strstr(explained("container api"), "\"state\":\"in grace\""));
	assert_non_null(strstr(explained("container api"), "\"grace_until\":"));
	bench_tick(&t, 61);
	brain_containers_begin(&t.brain);
	brain_containers_end(&t.brain, true);
	assert_non_null(strstr(explained("container api"), "\"state\":\"active\""));
	assert_null(strstr(explained("container api"), "grace_until"));
	bench_close(&t);
}

static const char *
explained_down(const char *name, int exit_code, bool named)
{
	char subject[64];

	brain_containers_begin(&t.brain);
	bench_container(&t, name, "exited", "", exit_code, named);
	brain_containers_end(&t.brain, true);
	snprintf(subject, sizeof(subject), "container %s", name);
	return explained(subject);
}

static void
a_container_that_is_down_and_no_alarm_has_a_reason(void **state)
{
	(void)state;
	bench_open(&t, SETTINGS("CONTAINERS=*,api"));
	bench_tick(&t, 0);
	assert_non_null(strstr(explained_down("old", 137, false), "\"harmless\":\"it was never seen running, and nothing says that it must run\""));
	assert_non_null(strstr(explained_down("done", 0, false), "\"harmless\":\"it ended with code 0, and nothing says that it must run\""));
	assert_non_null(strstr(explained_down("api", 0, true), "\"harmless\":\"\""));
	bench_close(&t);
}

static const char *
status(void)
{
	static const struct control_facts facts = {.started = 0, .ticked = NAN, .delivered_wall = NAN};

	said[0] = '\0';
	answer_status(&to, &t.brain, &facts);
	return said;
}

static void
events_are_missed_only_where_there_is_an_engine(void **state)
{
	(void)state;
	bench_open(&t, NULL);
	bench_tick(&t, 0);
	brain_docker_events(&t.brain, false, "not opened yet");
	brain_docker(&t.brain, DOCKER_OFF, "no socket");
	assert_null(strstr(status(), "docker_events"));
	brain_docker(&t.brain, DOCKER_ANSWERS, "");
	assert_non_null(strstr(status(), "\"docker_events\":false,\"docker_events_why\":\"not opened yet\""));
	bench_close(&t);
}

static void
the_past_is_bounded_and_the_oldest_gives_way(void **state)
{
	static char detail[5000];

	(void)state;
	memset(detail, 'x', sizeof(detail) - 1);
	bench_open(&t, NULL);
	for (unsigned i = 0; i < 3 * HISTORY_MAX; i++) {
		char key[32];

		snprintf(key, sizeof(key), "dep:%u", i);
		brain_remember(&t.brain, "alert", key, "", detail);
	}
	assert_true(t.brain.history.bytes <= HISTORY_BYTES_MAX);
	assert_true(t.brain.history.count <= HISTORY_MAX);
	assert_int_equal(strlen(history_at(&t.brain.history, 0)->detail), HISTORY_DETAIL_MAX);
	assert_string_equal(history_at(&t.brain.history, t.brain.history.count - 1)->key, "dep:1535");
	bench_close(&t);
}

static void
a_new_brain_remembers_the_newest(void **state)
{
	struct brain again;
	uint64_t generation;
	uint8_t *bytes;
	size_t len;

	(void)state;
	bench_open(&t, SETTINGS("DEP_DOWN_TICKS=1"));
	for (unsigned i = 0; i < HISTORY_KEPT; i++)
		brain_remember(&t.brain, "alert", "dep:old", "", "");
	ping(0, false);
	assert_int_equal(snapshot_encode(&t.brain, 1, &bytes, &len), 0);
	brain_init(&again, &t.config, &t.brain.options);
	brain_clock(&again, t.brain.clock);
	assert_null(snapshot_decode(&again, bytes, len, &generation));
	assert_int_equal(again.history.count, HISTORY_KEPT);
	assert_string_equal(history_at(&again.history, HISTORY_KEPT - 1)->key, "dep:git");
	free(bytes);
	brain_free(&again);
	bench_close(&t);
}

/* --- why --- */

static void
explain_counts_looks_and_the_cooldown_that_is_left(void **state)
{
	(void)state;
	bench_open(&t, SETTINGS("DEP_DOWN_TICKS=3", "COOLDOWN_S=600"));
	ping(0, false);
	ping(30, false);
	assert_non_null(strstr(explained("dep git"), "\"state\":\"pending\",\"bad\":2,\"need\":3"));
	ping(60, false);
	ping(90, false);
	assert_non_null(strstr(explained("dep:git"), "\"cooldown\":600,\"cooldown_left\":570,\"told\":true"));
	assert_non_null(strstr(said, "{\"past\":{\"at\":1700000060,\"key\":\"dep:git\",\"what\":\"alert\""));
	bench_close(&t);
}

/* --- words --- */

static void
a_signal_is_found_by_its_subject_and_by_its_key(void **state)
{
	static const char *const words[] = {"memory", "mem", "disk /", "disk:/", "dep git", "dep:git"};

	(void)state;
	bench_open(&t, NULL);
	bench_tick(&t, 0);
	brain_mem(&t.brain, 10, "");
	brain_disk(&t.brain, &(struct disk_seen){.path = "/", .used_pct = 10});
	ping(0, true);
	for (size_t i = 0; i < LENGTH(words); i++)
		assert_non_null(key_find(&t.brain, words[i]));
	assert_null(key_find(&t.brain, "dep"));
	assert_null(key_find(&t.brain, ""));
	bench_close(&t);
}

static void
the_words_of_a_key_end_where_a_comment_begins(void **state)
{
	static const struct {
		const char *line, *words;
		size_t count;
	} requests[] = {
		{"explain\tcontainer\tapi", "container api", 2},
		{"explain\tcontainer:api\tbeing rebuilt", "container:api", 1},
		{"explain\tmemory\tis known", "memory", 1},
		{"explain\tdisk /my disk", "disk /my disk", 1},
		{"explain\tcontainer", "container", 1},
	};
	struct control_request r;
	char line[64], words[KEY_WORDS_MAX];

	(void)state;
	for (size_t i = 0; i < LENGTH(requests); i++) {
		snprintf(line, sizeof(line), "%s", requests[i].line);
		assert_null(request_parse(&r, line, strlen(line)));
		assert_int_equal(key_words(&r, words, sizeof(words)), requests[i].count);
		assert_string_equal(words, requests[i].words);
	}
}

static void
an_unknown_name_is_answered_with_the_nearest_ones(void **state)
{
	static const struct {
		const char *words, *answer;
	} unknown[] = {
		{"dep gti", "there is no signal \"dep gti\" now; did you mean \"dep git\"?"},
		{"git", "there is no signal \"git\" now; did you mean \"dep git\"?"},
		{"memroy", "there is no signal \"memroy\" now; did you mean \"memory\"?"},
		{"something else", "there is no signal \"something else\" now; watchdogctl status shows them all"},
	};
	char what[512];

	(void)state;
	bench_open(&t, NULL);
	ping(0, true);
	brain_mem(&t.brain, 10, "");
	for (size_t i = 0; i < LENGTH(unknown); i++) {
		key_unknown(&t.brain, unknown[i].words, what, sizeof(what));
		assert_string_equal(what, unknown[i].answer);
	}
	bench_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_decision_is_remembered_with_what_hindered_its_telling),
		cmocka_unit_test(a_container_that_may_still_come_back_is_in_grace),
		cmocka_unit_test(a_container_that_is_down_and_no_alarm_has_a_reason),
		cmocka_unit_test(events_are_missed_only_where_there_is_an_engine),
		cmocka_unit_test(the_past_is_bounded_and_the_oldest_gives_way),
		cmocka_unit_test(a_new_brain_remembers_the_newest),
		cmocka_unit_test(explain_counts_looks_and_the_cooldown_that_is_left),
		cmocka_unit_test(a_signal_is_found_by_its_subject_and_by_its_key),
		cmocka_unit_test(the_words_of_a_key_end_where_a_comment_begins),
		cmocka_unit_test(an_unknown_name_is_answered_with_the_nearest_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
