/*
 * Docker's events as hints: what each leads to, and what happens when the
 * stream ends, is silent, floods or lies.
 */
#include "build_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "docker_bench.h"
#include "docker_checks.h"
#include "docker_stream.h"
#include "unit.h"
#include "unit_log.h"

#define UP HEAD "[" ITEM("0001", "web", "running", "Up 1 s") "]"
#define DOWN HEAD "[" ITEM("0001", "web", "exited", "Exited (3) 1 s ago") "]"
#define NONE HEAD "[]"

static struct docker_bench d;

static void
hears(const char *text)
{
	if (!bench_hears(&d.b, text))
		fail_msg("not said: %s\nbut:\n%s", text, d.b.said);
}

static void
hears_nothing(void)
{
	bench_run(&d.b, 0.1);
	assert_string_equal(d.b.said, "");
}

static void
a_death_is_checked_at_once_and_told_with_what_the_list_says(void **state)
{
	(void)state;
	docker_bench_open(&d, "*");
	d.list = UP;
	d.one = DOWN;
	docker_bench_begin(&d);
	assert_true(d.b.events_live);
	docker_bench_event(&d, "die", "0001", "web", ",\"exitCode\":\"0\"");
	hears("ONE_END");
	assert_string_equal(d.b.said, "ACT 1 0001 web [] signal=-1\nONE_BEGIN 0001\nCONTAINER web exited [] 3 named=0\nONE_END 0001 found=1\n");
	assert_int_equal(d.last[GATE_LIST_ONE].container.len, 32);
	assert_int_equal(d.last[GATE_LIST_ONE].api_minor, 41);
	docker_bench_close(&d);
}

/* Dockerd says "die" before its list knows: the list is asked again until it does. */
static void
a_list_that_is_behind_the_event_is_asked_again(void **state)
{
	(void)state;
	docker_bench_open(&d, "*");
	d.list = d.one = UP;
	docker_bench_begin(&d);
	docker_bench_event(&d, "die", "0001", "web", "");
	docker_bench_asked(&d, GATE_LIST_ONE, 3);
	assert_string_equal(d.b.said, "");
	d.one = DOWN;
	hears("CONTAINER web exited");
	assert_int_equal(bench_count(&d.b, "ONE_BEGIN"), 1);
	docker_bench_close(&d);
}

static void
a_list_that_stays_behind_is_believed_in_the_end(void **state)
{
	(void)state;
	docker_bench_open(&d, "*");
	d.list = d.one = UP;
	docker_bench_begin(&d);
	docker_bench_event(&d, "die", "0001", "web", "");
	hears("CONTAINER web running [] -1 named=0\nONE_END 0001 found=1");
	docker_bench_close(&d);
}

static void
a_container_that_is_up_again_is_told_with_both_events_in_their_order(void **state)
{
	(void)state;
	docker_bench_open(&d, "*");
	d.list = d.one = UP;
	docker_bench_begin(&d);
	docker_bench_event(&d, "die", "0001", "web", "");
	docker_bench_asked(&d, GATE_LIST_ONE, 2);
	docker_bench_event(&d, "start", "0001", "web", "");
	hears("ONE_END");
	assert_ptr_equal(strstr(d.b.said, "ACT 1 0001 web [] signal=-1\nACT 0 0001 web [] signal=-1\nONE_BEGIN"), d.b.said);
	docker_bench_close(&d);
}

static void
a_removed_container_is_told_as_not_found(void **state)
{
	(void)state;
	docker_bench_open(&d, "*");
	d.list = UP;
	docker_bench_begin(&d);
	docker_bench_event(&d, "destroy", "0001", "web", "");
	hears("ACT 4 0001 web [] signal=-1\nONE_BEGIN 0001\nONE_END 0001 found=0\n");
	docker_bench_close(&d);
}

static void
a_kill_a_rename_and_a_health_have_their_words(void **state)
{
	(void)state;
	docker_bench_open(&d, "*");
	d.list = d.one = UP;
	docker_bench_begin(&d);
	docker_bench_event(&d, "kill", "0001", "web", ",\"signal\":\"15\"");
	hears("ACT 3 0001 web [] signal=15\nONE_BEGIN 0001");
	docker_bench_event(&d, "rename", "0001", "shop", ",\"oldName\":\"/web\"");
	hears("ACT 5 0001 shop [web] signal=-1\n");
	bench_forget(&d.b);
	d.one = HEAD "[" ITEM("0001", "web", "running", "Up 1 s (unhealthy)") "]";
	docker_bench_event(&d, "health_status: unhealthy", "0001", "web", "");
	hears("ONE_BEGIN 0001\nCONTAINER web running [unhealthy]");
	docker_bench_close(&d);
}

static void
what_is_not_watched_starts_nothing(void **state)
{
	(void)state;
	docker_bench_open(&d, "api");
	docker_bench_begin(&d);
	docker_bench_event(&d, "die", "0001", "web", "");
	docker_bench_event(&d, "exec_start: sh", "0001", "api", "");
	hears_nothing();
	assert_int_equal(d.asked[GATE_LIST_ONE], 0);
	docker_bench_event(&d, "rename", "0001", "api", ",\"oldName\":\"/web\"");
	docker_bench_asked(&d, GATE_LIST_ONE, 1);
	docker_bench_event(&d, "rename", "0001", "other", ",\"oldName\":\"/api\"");
	docker_bench_asked(&d, GATE_LIST_ONE, 2);
	docker_bench_close(&d);
}

static void
a_label_takes_its_container_s_events_out(void **state)
{
	(void)state;
	docker_bench_open(&d, "*");
	docker_bench_begin(&d);
	docker_bench_event(&d, "die", "0001", "web", ",\"watchdog.enable\":\"false\"");
	hears_nothing();
	assert_int_equal(d.asked[GATE_LIST_ONE], 0);
	docker_bench_close(&d);
}

/* --- what a tick costs --- */

static void
while_events_come_discovered_ones_cost_no_list(void **state)
{
	(void)state;
	docker_bench_open(&d, "*");
	d.list = UP;
	docker_bench_begin(&d);
	docker_bench_tick(&d);
	assert_string_equal(d.b.said, "TICK_BEGIN 2\nCONTAINERS_BEGIN none\nCONTAINERS_END 0\nTICK_END 2\n");
	assert_int_equal(d.asked[GATE_LIST], 1);
	assert_int_equal(d.asked[GATE_VERSION], 2);
	docker_bench_close(&d);
}

static void
named_ones_cost_one_filtered_list(void **state)
{
	(void)state;
	docker_bench_open(&d, "*,db,w*");
	d.list = d.named = UP;
	docker_bench_begin(&d);
	docker_bench_tick(&d);
	assert_int_equal(d.asked[GATE_LIST], 1);
	assert_int_equal(d.asked[GATE_LIST_NAMED], 1);
	assert_non_null(strstr(d.b.said, "CONTAINERS_BEGIN named\nCONTAINER web running [] -1 named=1\nCONTAINER db missing"));
	docker_bench_close(&d);
}

static void
who_wants_another_look_at_a_container_gets_a_list(void **state)
{
	(void)state;
	docker_bench_open(&d, "*");
	d.list = UP;
	docker_bench_begin(&d);
	docker_want_list(d.docker);
	docker_bench_tick(&d);
	assert_non_null(strstr(d.b.said, "CONTAINER web running"));
	docker_bench_close(&d);
}

static void
a_full_list_comes_at_its_time_and_with_every_tick_if_that_is_wanted(void **state)
{
	(void)state;
	docker_bench_open(&d, "*");
	bench_set(&d.b, "WATCHDOG_DOCKER_RESYNC_S", "0.3");
	docker_bench_begin(&d);
	docker_bench_tick(&d);
	assert_int_equal(d.asked[GATE_LIST], 1);
	bench_run(&d.b, 0.3);
	docker_bench_tick(&d);
	assert_int_equal(d.asked[GATE_LIST], 2);
	bench_set(&d.b, "WATCHDOG_DOCKER_RESYNC_S", "0");
	docker_bench_tick(&d);
	assert_int_equal(d.asked[GATE_LIST], 3);
	docker_bench_close(&d);
}

static void
without_a_stream_there_is_a_full_list_every_tick(void **state)
{
	(void)state;
	docker_bench_open(&d, "*");
	d.events = "HTTP/1.0 500 Internal Server Error\r\n\r\n";
	docker_bench_begin(&d);
	assert_false(d.b.events_live);
	docker_bench_tick(&d);
	assert_true(d.asked[GATE_LIST] >= 2);
	assert_null(strstr(d.b.said, "none"));
	docker_bench_close(&d);
}

static void
a_stream_that_does_not_begin_delays_the_list_by_no_more_than_its_deadline(void **state)
{
	(void)state;
	docker_bench_open(&d, "*");
	d.list = UP;
	d.events = NULL;
	d.b.role.config.http_timeout = 0.2;
	bench_link(&d.b, ROLE_BRAIN);
	hears("TICK_END 1");
	docker_bench_close(&d);
}

static void
a_new_brain_is_told_all(void **state)
{
	(void)state;
	docker_bench_open(&d, "*");
	d.list = UP;
	docker_bench_begin(&d);
	bench_unlink(&d.b, ROLE_BRAIN);
	docker_linked(d.docker);
	docker_since(d.docker, 0, 0);
	bench_link(&d.b, ROLE_BRAIN);
	hears("CONTAINER web running");
	docker_bench_close(&d);
}

/* --- events while a list is under way --- */

/* Stopped by a person, and the list that is under way has its end already: without its events it would be a crash. */
static void
what_came_while_a_list_was_made_is_told_before_it(void **state)
{
	const char *asked, *died, *listed;

	(void)state;
	docker_bench_open(&d, "*");
	bench_set(&d.b, "WATCHDOG_DOCKER_RESYNC_S", "0");
	d.list = UP;
	d.one = DOWN;
	docker_bench_begin(&d);
	d.list_waits = true;
	tick_now(d.b.tick);
	docker_bench_asked(&d, GATE_LIST, 2);
	docker_bench_event(&d, "kill", "0001", "web", ",\"signal\":\"15\"");
	docker_bench_event(&d, "die", "0001", "web", "");
	bench_run(&d.b, 0.05);
	assert_int_equal(d.asked[GATE_LIST_ONE], 0);
	d.list = DOWN;
	docker_bench_list(&d);
	hears("TICK_END 2");
	asked = strstr(d.b.said, "ACT 3 0001 web [] signal=15");
	died = strstr(d.b.said, "ACT 1 0001 web [] signal=-1");
	listed = strstr(d.b.said, "CONTAINERS_BEGIN\nCONTAINER web exited");
	assert_non_null(asked);
	assert_true(died > asked && listed > died);
	/* Whether it is still so is asked all the same, and what has been told is not told again. */
	hears("ONE_END 0001 found=1");
	assert_int_equal(bench_count(&d.b, "ACT "), 2);
	docker_bench_close(&d);
}

/* An engine that stops says so of each of its containers, and never answers. */
static void
what_came_while_a_list_was_made_that_never_came_is_not_told(void **state)
{
	(void)state;
	docker_bench_open(&d, "*");
	bench_set(&d.b, "WATCHDOG_DOCKER_RESYNC_S", "0");
	d.list = UP;
	docker_bench_begin(&d);
	d.list_waits = true;
	tick_now(d.b.tick);
	docker_bench_asked(&d, GATE_LIST, 2);
	docker_bench_event(&d, "die", "0001", "web", "");
	bench_run(&d.b, 0.05);
	d.list = HEAD "[" ITEM("0001", "web", "exited", "Exited (0) 1 s ago");
	docker_bench_list(&d);
	hears("TICK_END 2");
	assert_non_null(strstr(d.b.said, "DOCKER_FAILED off=0 [incomplete reply]"));
	assert_int_equal(bench_count(&d.b, "ACT "), 0);
	docker_bench_close(&d);
}

/* --- several looks in a row --- */

static void
where_several_looks_are_wanted_an_event_s_container_is_looked_at_again(void **state)
{
	(void)state;
	docker_bench_open(&d, "*");
	bench_set(&d.b, "WATCHDOG_CONTAINER_DOWN_TICKS", "3");
	d.list = UP;
	d.one = DOWN;
	docker_bench_begin(&d);
	docker_bench_event(&d, "die", "0001", "web", "");
	hears("ONE_END");
	for (unsigned looks = 2; looks <= 3; looks++) {
		docker_bench_tick(&d);
		docker_bench_asked(&d, GATE_LIST_ONE, looks);
		hears("ONE_END");
	}
	docker_bench_tick(&d);
	bench_run(&d.b, 0.1);
	assert_int_equal(d.asked[GATE_LIST_ONE], 3);
	docker_bench_close(&d);
}

/* --- loss --- */

static void
after_its_end_the_stream_is_opened_anew_since_the_last_event_and_a_full_list_follows(void **state)
{
	double before;

	(void)state;
	docker_bench_open(&d, "*");
	d.list = d.one = UP;
	docker_bench_begin(&d);
	docker_bench_event(&d, "start", "0001", "web", "");
	before = clock_wall();
	hears("ONE_END");
	bench_forget(&d.b);
	docker_bench_end_stream(&d);
	docker_bench_asked(&d, GATE_EVENTS, 2);
	hears("CONTAINERS_END");
	assert_true((double)d.last[GATE_EVENTS].since_s <= before && (double)d.last[GATE_EVENTS].since_s >= before - 2);
	assert_ptr_equal(strstr(d.b.said, "CONTAINERS_BEGIN\nCONTAINER web running"), d.b.said);
	assert_null(strstr(d.b.said, "TICK"));
	docker_bench_close(&d);
}

static void
an_event_that_comes_twice_counts_once(void **state)
{
	static const char line[] = "{\"Type\":\"container\",\"Action\":\"start\",\"Actor\":{\"ID\":\"0001" ID60 "\",\"Attributes\":{\"name\":\"web\"}},"
	    "\"timeNano\":1795468776651921290}\n";

	(void)state;
	docker_bench_open(&d, "*");
	d.list = d.one = UP;
	docker_bench_begin(&d);
	docker_bench_write(&d, line, sizeof(line) - 1);
	hears("ONE_END");
	docker_bench_write(&d, line, sizeof(line) - 1);
	bench_run(&d.b, 0.1);
	assert_int_equal(d.asked[GATE_LIST_ONE], 1);
	docker_bench_end_stream(&d);
	docker_bench_asked(&d, GATE_EVENTS, 2);
	docker_bench_write(&d, line, sizeof(line) - 1);
	bench_run(&d.b, 0.1);
	assert_int_equal(d.asked[GATE_LIST_ONE], 1);
	docker_bench_close(&d);
}

static void
a_clock_that_was_set_back_does_not_break_since(void **state)
{
	const uint64_t s = 1000000000;

	(void)state;
	/* never an event: from now on */
	assert_true(docker_stream_since(0, 5000 * s, 0) == 5000 * s);
	/* the usual: the last event, 10 s ago */
	assert_true(docker_stream_since(4990 * s - 1, 5000 * s, 10 * s) == 4990 * s - 1);
	/* set forward by an hour meanwhile: still the last event */
	assert_true(docker_stream_since(1390 * s, 5000 * s, 10 * s) == 1390 * s);
	/* set back by an hour: what the clock now calls the time of that event, and a little before */
	assert_true(docker_stream_since(8590 * s, 5000 * s, 10 * s) == 4989 * s);
	assert_true(docker_stream_since(8590 * s, 5 * s, 10 * s) == 0);
}

static void
a_list_that_changes_without_a_word_of_the_stream_means_a_new_stream(void **state)
{
	(void)state;
	docker_bench_open(&d, "*");
	bench_set(&d.b, "WATCHDOG_DOCKER_RESYNC_S", "0");
	d.list = UP;
	docker_bench_begin(&d);
	d.list = DOWN;
	docker_bench_tick(&d);
	assert_int_equal(d.asked[GATE_EVENTS], 1);
	docker_bench_tick(&d);
	assert_int_equal(d.asked[GATE_EVENTS], 2);
	docker_bench_close(&d);
}

static void
an_event_that_comes_after_its_list_is_no_silence(void **state)
{
	(void)state;
	docker_bench_open(&d, "*");
	bench_set(&d.b, "WATCHDOG_DOCKER_RESYNC_S", "0");
	d.list = UP;
	docker_bench_begin(&d);
	d.list = d.one = DOWN;
	docker_bench_tick(&d);
	docker_bench_event(&d, "die", "0001", "web", "");
	hears("ONE_END");
	docker_bench_tick(&d);
	assert_int_equal(d.asked[GATE_EVENTS], 1);
	docker_bench_close(&d);
}

/* --- floods and lies --- */

static void
a_storm_about_one_container_is_few_checks(void **state)
{
	(void)state;
	docker_bench_open(&d, "*");
	d.list = d.one = UP;
	docker_bench_begin(&d);
	for (int i = 0; i < 300; i++)
		docker_bench_event(&d, "start", "0001", "web", "");
	bench_run(&d.b, 0.3);
	assert_true(d.asked[GATE_LIST_ONE] <= CHECKS_BURST + 20);
	assert_true(bench_count(&d.b, "ONE_END") >= 1);
	docker_bench_close(&d);
}

static void
a_flood_about_many_is_bounded_and_the_list_still_comes(void **state)
{
	char id[8];

	(void)state;
	docker_bench_open(&d, "*");
	docker_bench_begin(&d);
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(id, sizeof(id), "%04x", i);
		docker_bench_event(&d, "start", id, "many", "");
	}
	assert_true(d.asked[GATE_LIST_ONE] <= CHECKS_BURST + 5 * CHECKS_RATE);
	docker_bench_tick(&d);
	assert_int_equal(d.asked[GATE_LIST], 2);
	docker_bench_close(&d);
}

static void
a_check_that_the_gate_has_no_room_for_is_made_later(void **state)
{
	(void)state;
	docker_bench_open(&d, "*");
	d.list = UP;
	d.one = DOWN;
	d.busy = 2;
	docker_bench_begin(&d);
	docker_bench_event(&d, "die", "0001", "web", "");
	hears("CONTAINER web exited");
	assert_int_equal(d.asked[GATE_LIST_ONE], 3);
	docker_bench_close(&d);
}

static void
a_line_that_is_too_long_or_no_json_costs_a_full_list_and_no_more(void **state)
{
	static char junk[STREAM_LINE_MAX + 4096];

	(void)state;
	docker_bench_open(&d, "*");
	d.list = UP;
	d.one = DOWN;
	docker_bench_begin(&d);
	memset(junk, 'x', sizeof(junk));
	junk[0] = '{';
	junk[sizeof(junk) - 1] = '\n';
	docker_bench_write(&d, junk, sizeof(junk));
	docker_bench_tick(&d);
	assert_int_equal(d.asked[GATE_LIST], 2);
	docker_bench_write(&d, "{\"Type\":\n\n\r\n[]\n", 15);
	docker_bench_tick(&d);
	assert_int_equal(d.asked[GATE_LIST], 3);
	docker_bench_event(&d, "die", "0001", "web", "");
	hears("CONTAINER web exited");
	docker_bench_close(&d);
}

static void
events_that_come_byte_by_byte_are_the_same_events(void **state)
{
	static const char line[] = "{\"Type\":\"container\",\"Action\":\"die\",\"Actor\":{\"ID\":\"0001" ID60 "\",\"Attributes\":{\"name\":\"web\"}}}\r\n";

	(void)state;
	docker_bench_open(&d, "*");
	d.list = UP;
	d.one = DOWN;
	docker_bench_begin(&d);
	for (size_t i = 0; i < sizeof(line) - 1; i++)
		docker_bench_write(&d, line + i, 1);
	hears("ACT 1 0001 web");
	docker_bench_close(&d);
}

static void
an_answer_about_another_container_is_not_this_one_s(void **state)
{
	(void)state;
	docker_bench_open(&d, "*");
	d.list = UP;
	d.one = HEAD "[" ITEM("0002", "web", "running", "Up") "]";
	docker_bench_begin(&d);
	docker_bench_event(&d, "start", "0001", "web", "");
	hears("ONE_BEGIN 0001\nONE_END 0001 found=0");
	docker_bench_close(&d);
}

static void
a_check_that_breaks_off_says_nothing_and_costs_a_full_list(void **state)
{
	(void)state;
	docker_bench_open(&d, "*");
	d.list = UP;
	d.one = HEAD "[{\"Id\":";
	docker_bench_begin(&d);
	docker_bench_event(&d, "die", "0001", "web", "");
	docker_bench_asked(&d, GATE_LIST_ONE, 1);
	hears_nothing();
	docker_bench_tick(&d);
	assert_int_equal(d.asked[GATE_LIST], 2);
	docker_bench_close(&d);
}

/* --- the engine's health --- */

static void
an_engine_that_stops_is_no_container_s_fault(void **state)
{
	char id[8];

	(void)state;
	docker_bench_open(&d, "*");
	d.list = UP;
	docker_bench_begin(&d);
	d.gone = true;
	for (unsigned i = 1; i < 20; i++) {
		snprintf(id, sizeof(id), "%04x", i);
		docker_bench_event(&d, "kill", id, "web", "");
		docker_bench_event(&d, "die", id, "web", "");
	}
	docker_bench_end_stream(&d);
	hears_nothing();
	docker_bench_tick(&d);
	assert_string_equal(d.b.said, "TICK_BEGIN 2\nDOCKER_FAILED off=0 [no socket: docker is not running, or WATCHDOG_DOCKER_SOCK names another file]\nTICK_END 2\n");
	docker_bench_close(&d);
}

static void
a_frozen_containerd_is_the_engine_s_failure_and_containers_wait(void **state)
{
	(void)state;
	docker_bench_open(&d, "web");
	d.named = UP;
	docker_bench_begin(&d);
	d.version = NULL;
	docker_bench_tick(&d);
	assert_string_equal(d.b.said, "TICK_BEGIN 2\nDOCKER_FAILED off=0 [no answer to /version in 0.5 s: the engine or its containerd hangs]\nTICK_END 2\n");
	docker_bench_event(&d, "die", "0001", "web", "");
	bench_run(&d.b, 0.1);
	assert_int_equal(d.asked[GATE_LIST_ONE], 0);
	docker_bench_close(&d);
}

static void
after_its_stream_s_end_an_engine_is_asked_for_its_version_again(void **state)
{
	(void)state;
	docker_bench_open(&d, "*");
	docker_bench_begin(&d);
	d.ping = "HTTP/1.0 200 OK\r\nApi-Version: 1.52\r\n\r\nOK";
	docker_bench_end_stream(&d);
	docker_bench_asked(&d, GATE_EVENTS, 2);
	assert_int_equal(d.asked[GATE_PING], 2);
	assert_int_equal(d.last[GATE_EVENTS].api_minor, 52);
	docker_bench_close(&d);
}

/* Where init listens in the engine's place, to ask is to undo a person's stop. */
static void
an_engine_that_asking_would_start_is_left_alone_for_a_while(void **state)
{
	(void)state;
	docker_bench_open(&d, "*");
	d.activated = true;
	docker_bench_begin(&d);
	docker_bench_end_stream(&d);
	docker_bench_tick(&d);
	docker_bench_tick(&d);
	/* It has not been asked, so nothing is known, and nothing is said. */
	assert_string_equal(d.b.said, "TICK_BEGIN 3\nTICK_END 3\n");
	bench_run(&d.b, 1.5);
	assert_int_equal(d.asked[GATE_PING], 1);
	assert_int_equal(d.asked[GATE_VERSION], 1);
	docker_bench_close(&d);
}

static void
a_refused_connection_is_not_tried_over_and_over_where_init_listens(void **state)
{
	(void)state;
	docker_bench_open(&d, "*");
	d.activated = true;
	docker_bench_begin(&d);
	d.refuses = true;
	docker_bench_tick(&d);
	assert_non_null(strstr(d.b.said, "[connection refused]"));
	for (int i = 0; i < 5; i++)
		docker_bench_tick(&d);
	assert_int_equal(d.asked[GATE_VERSION], 2);
	assert_int_equal(d.asked[GATE_PING], 1);
	docker_bench_close(&d);
}

/* --- podman --- */

static void
podman_probe(int time, const char *status)
{
	char line[512];
	int n = snprintf(line, sizeof(line), "{\"Type\":\"container\",\"Action\":\"health_status\",\"HealthStatus\":\"%s\",\"Actor\":"
	    "{\"ID\":\"0001" ID60 "\",\"Attributes\":{\"name\":\"web\"}},\"timeNano\":%d}\n", status, time);

	docker_bench_write(&d, line, (size_t)n);
}

static void
podman_is_asked_for_one_s_health_too_and_its_probes_count_only_when_they_turn(void **state)
{
	(void)state;
	docker_bench_open(&d, "*");
	d.ping = PODMAN_HEAD "OK";
	d.list = d.one = HEAD "[" ITEM("0001", "web", "running", "Up 4 days") "]";
	docker_bench_begin(&d);
	assert_int_equal(d.asked[GATE_VERSION], 0);
	podman_probe(4, "healthy");
	hears_nothing();
	d.one_unhealthy = d.one;
	podman_probe(5, "unhealthy");
	hears("CONTAINER web running [unhealthy]");
	assert_int_equal(d.asked[GATE_LIST_ONE_UNHEALTHY], 1);
	podman_probe(6, "unhealthy");
	bench_run(&d.b, 0.1);
	assert_int_equal(d.asked[GATE_LIST_ONE_UNHEALTHY], 1);
	docker_bench_close(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_death_is_checked_at_once_and_told_with_what_the_list_says),
		cmocka_unit_test(a_list_that_is_behind_the_event_is_asked_again),
		cmocka_unit_test(a_list_that_stays_behind_is_believed_in_the_end),
		cmocka_unit_test(a_container_that_is_up_again_is_told_with_both_events_in_their_order),
		cmocka_unit_test(a_removed_container_is_told_as_not_found),
		cmocka_unit_test(a_kill_a_rename_and_a_health_have_their_words),
		cmocka_unit_test(what_is_not_watched_starts_nothing),
		cmocka_unit_test(a_label_takes_its_container_s_events_out),
		cmocka_unit_test(while_events_come_discovered_ones_cost_no_list),
		cmocka_unit_test(named_ones_cost_one_filtered_list),
		cmocka_unit_test(who_wants_another_look_at_a_container_gets_a_list),
		cmocka_unit_test(a_full_list_comes_at_its_time_and_with_every_tick_if_that_is_wanted),
		cmocka_unit_test(without_a_stream_there_is_a_full_list_every_tick),
		cmocka_unit_test(a_stream_that_does_not_begin_delays_the_list_by_no_more_than_its_deadline),
		cmocka_unit_test(a_new_brain_is_told_all),
		cmocka_unit_test(what_came_while_a_list_was_made_is_told_before_it),
		cmocka_unit_test(what_came_while_a_list_was_made_that_never_came_is_not_told),
		cmocka_unit_test(where_several_looks_are_wanted_an_event_s_container_is_looked_at_again),
		cmocka_unit_test(after_its_end_the_stream_is_opened_anew_since_the_last_event_and_a_full_list_follows),
		cmocka_unit_test(an_event_that_comes_twice_counts_once),
		cmocka_unit_test(a_clock_that_was_set_back_does_not_break_since),
		cmocka_unit_test(a_list_that_changes_without_a_word_of_the_stream_means_a_new_stream),
		cmocka_unit_test(an_event_that_comes_after_its_list_is_no_silence),
		cmocka_unit_test(a_storm_about_one_container_is_few_checks),
		cmocka_unit_test(a_flood_about_many_is_bounded_and_the_list_still_comes),
		cmocka_unit_test(a_check_that_the_gate_has_no_room_for_is_made_later),
		cmocka_unit_test(a_line_that_is_too_long_or_no_json_costs_a_full_list_and_no_more),
		cmocka_unit_test(events_that_come_byte_by_byte_are_the_same_events),
		cmocka_unit_test(an_answer_about_another_container_is_not_this_one_s),
		cmocka_unit_test(a_check_that_breaks_off_says_nothing_and_costs_a_full_list),
		cmocka_unit_test(an_engine_that_stops_is_no_container_s_fault),
		cmocka_unit_test(a_frozen_containerd_is_the_engine_s_failure_and_containers_wait),
		cmocka_unit_test(after_its_stream_s_end_an_engine_is_asked_for_its_version_again),
		cmocka_unit_test(an_engine_that_asking_would_start_is_left_alone_for_a_while),
		cmocka_unit_test(a_refused_connection_is_not_tried_over_and_over_where_init_listens),
		cmocka_unit_test(podman_is_asked_for_one_s_health_too_and_its_probes_count_only_when_they_turn),
	};

	log_set(unit_quiet, LEVEL_WARNING);
	return cmocka_run_group_tests_name("docker_events", tests, NULL, NULL);
}
