/*
 * Ticks, with sources that answer when the test says so.
 */
#include "build_config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "collector_bench.h"
#include "unit.h"

struct scripted {
	struct source source;
	const char *path;
	double delay; /* seconds until it answers; 0 = at once, negative = never */
	unsigned looks, abandoned;
	struct event *timer;
};

static struct bench b;
static struct scripted one, two;

static void
say(struct scripted *s)
{
	SOURCE_SAY(&s->source, DISK, disk, .path = s->path, .used_pct = 1, .error = "first");
	SOURCE_SAY(&s->source, DISK, disk, .path = s->path, .used_pct = 1, .error = "second");
	source_done(&s->source);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	say(arg);
}

static void
look(struct source *source)
{
	struct scripted *s = (struct scripted *)source;
	struct timeval tv = clock_timeval(s->delay);

	s->looks++;
	if (s->delay == 0)
		say(s);
	else if (s->delay > 0)
		event_add(s->timer, &tv);
}

static void
abandon(struct source *source)
{
	struct scripted *s = (struct scripted *)source;

	s->abandoned++;
	event_del(s->timer);
}

static void
add(struct scripted *s, const char *path, double delay)
{
	*s = (struct scripted){.source = {.look = look, .abandon = abandon, .kind = KIND_DISK, .name = path}, .path = path, .delay = delay};
	s->timer = evtimer_new(b.role.base, on_timer, s);
	tick_add(b.tick, &s->source);
}

static void
open_world(double delay_one, double delay_two)
{
	bench_open(&b);
	add(&one, "/one", delay_one);
	add(&two, "/two", delay_two);
}

static void
close_world(void)
{
	tick_free(b.tick);
	b.tick = NULL;
	event_free(one.timer);
	event_free(two.timer);
	bench_close(&b);
}

static void
nothing_happens_before_the_brain_is_linked(void **state)
{
	(void)state;
	open_world(0, 0);
	bench_run(&b, 0.05);
	assert_int_equal(one.looks, 0);
	bench_link(&b, ROLE_BRAIN);
	assert_true(bench_hears(&b, "TICK_END 1"));
	close_world();
}

static void
a_tick_has_a_beginning_each_source_once_and_an_end(void **state)
{
	(void)state;
	open_world(0, 0);
	bench_link(&b, ROLE_BRAIN);
	assert_true(bench_hears(&b, "TICK_END 1"));
	assert_string_equal(b.said, "TICK_BEGIN 1\nDISK /one 1 missing=0 [first] mount=0 inodes=0\nDISK /one 1 missing=0 [second] mount=0 inodes=0\n"
	    "DISK /two 1 missing=0 [first] mount=0 inodes=0\nDISK /two 1 missing=0 [second] mount=0 inodes=0\nTICK_END 1\n");
	close_world();
}

static void
a_fast_source_is_told_without_waiting_for_a_slow_one(void **state)
{
	(void)state;
	open_world(0.2, 0);
	bench_link(&b, ROLE_BRAIN);
	bench_run(&b, 0.1);
	assert_int_equal(bench_count(&b, "/two"), 2);
	assert_int_equal(bench_count(&b, "/one"), 0);
	assert_int_equal(bench_count(&b, "TICK_END"), 0);
	assert_true(bench_hears(&b, "TICK_END 1"));
	assert_int_equal(bench_count(&b, "/one"), 2);
	close_world();
}

static void
a_tick_without_sources_ends(void **state)
{
	(void)state;
	bench_open(&b);
	bench_link(&b, ROLE_BRAIN);
	assert_true(bench_hears(&b, "TICK_BEGIN 1\nTICK_END 1"));
	bench_close(&b);
}

static void
ticks_come_at_the_interval(void **state)
{
	(void)state;
	open_world(0, 0);
	b.role.config.interval = 0.1;
	bench_link(&b, ROLE_BRAIN);
	bench_run(&b, 0.55);
	assert_in_range(one.looks, 3, 6);
	close_world();
}

static void
a_tick_that_outlasts_the_interval_delays_the_next_and_none_is_caught_up(void **state)
{
	(void)state;
	open_world(0.25, 0);
	b.role.config.interval = 0.1;
	bench_link(&b, ROLE_BRAIN);
	assert_true(bench_hears(&b, "TICK_BEGIN 2"));
	assert_non_null(strstr(b.said, "TICK_END 1\nTICK_BEGIN 2"));
	one.delay = 0;
	bench_run(&b, 0.35);
	/* The second takes 0.25 s again; after it there is one every 0.1 s. */
	assert_in_range(one.looks, 2, 4);
	close_world();
}

static void
asked_for_while_idle_a_tick_comes_at_once(void **state)
{
	(void)state;
	open_world(0, 0);
	bench_link(&b, ROLE_BRAIN);
	assert_true(bench_hears(&b, "TICK_END 1"));
	tick_now(b.tick);
	bench_run(&b, 0.1);
	assert_int_equal(bench_count(&b, "TICK_END 2"), 1);
	bench_run(&b, 0.1);
	assert_int_equal(one.looks, 2);
	close_world();
}

static void
asked_for_while_one_runs_one_more_comes_right_after(void **state)
{
	(void)state;
	open_world(0.1, 0);
	bench_link(&b, ROLE_BRAIN);
	assert_true(bench_hears(&b, "/two"));
	tick_now(b.tick);
	tick_now(b.tick);
	assert_int_equal(one.looks, 1);
	assert_true(bench_hears(&b, "TICK_END 2"));
	bench_run(&b, 0.2);
	assert_int_equal(one.looks, 2);
	close_world();
}

static void
once_is_one_tick(void **state)
{
	(void)state;
	open_world(0, 0);
	b.role.config.interval = 0.05;
	b.role.start.once = 1;
	bench_link(&b, ROLE_BRAIN);
	bench_run(&b, 0.2);
	tick_now(b.tick);
	bench_run(&b, 0.1);
	assert_int_equal(one.looks, 1);
	close_world();
}

static void
without_the_brain_the_running_tick_is_abandoned(void **state)
{
	(void)state;
	open_world(-1, 0.02);
	bench_link(&b, ROLE_BRAIN);
	assert_true(bench_hears(&b, "/two"));
	bench_unlink(&b, ROLE_BRAIN);
	assert_int_equal(one.abandoned, 1);
	assert_int_equal(two.abandoned, 0);
	tick_now(b.tick);
	bench_run(&b, 0.05);
	assert_int_equal(one.looks, 1);
	close_world();
}

static void
with_the_brain_back_a_new_tick_begins(void **state)
{
	(void)state;
	open_world(-1, 0);
	bench_link(&b, ROLE_BRAIN);
	assert_true(bench_hears(&b, "/two"));
	bench_unlink(&b, ROLE_BRAIN);
	one.delay = 0;
	bench_link(&b, ROLE_BRAIN);
	assert_true(bench_hears(&b, "TICK_BEGIN 2"));
	assert_true(bench_hears(&b, "TICK_END 2"));
	assert_int_equal(bench_count(&b, "TICK_END 1"), 0);
	close_world();
}

static void
what_is_to_be_confirmed_is_looked_at_alone(void **state)
{
	(void)state;
	open_world(0, 0);
	bench_set(&b, "WATCHDOG_CONFIRM_S", "0.05");
	bench_link(&b, ROLE_BRAIN);
	assert_true(bench_hears(&b, "TICK_END 1"));
	bench_forget(&b);
	tick_confirm(b.tick, KIND_DISK, "/two", -1);
	tick_confirm(b.tick, KIND_DISK, "/three", -1);
	tick_confirm(b.tick, KIND_MEM, "/two", -1);
	assert_true(bench_hears(&b, "TICK_END 2"));
	assert_string_equal(b.said,
	    "TICK_BEGIN 2 partial\nDISK /two 1 missing=0 [first] mount=0 inodes=0\nDISK /two 1 missing=0 [second] mount=0 inodes=0\nTICK_END 2\n");
	bench_run(&b, 0.2);
	assert_int_equal(one.looks, 1);
	assert_int_equal(two.looks, 2);
	close_world();
}

/* Asked for while a tick runs, it waits for that one's end; a tick of all does as well. */
static void
confirming_never_overlaps_a_tick(void **state)
{
	(void)state;
	open_world(0.2, 0);
	bench_set(&b, "WATCHDOG_CONFIRM_S", "0.05");
	bench_link(&b, ROLE_BRAIN);
	assert_true(bench_hears(&b, "/two"));
	tick_confirm(b.tick, KIND_DISK, "/two", -1);
	assert_true(bench_hears(&b, "TICK_END 2"));
	assert_non_null(strstr(b.said, "TICK_END 1\nTICK_BEGIN 2 partial"));
	bench_forget(&b);
	tick_confirm(b.tick, KIND_DISK, "/two", -1);
	tick_now(b.tick);
	assert_true(bench_hears(&b, "TICK_END 3"));
	bench_run(&b, 0.1);
	assert_int_equal(bench_count(&b, "partial"), 0);
	close_world();
}

static void
without_the_key_nothing_is_confirmed_before_its_time(void **state)
{
	(void)state;
	open_world(0, 0);
	bench_link(&b, ROLE_BRAIN);
	assert_true(bench_hears(&b, "TICK_END 1"));
	tick_confirm(b.tick, KIND_DISK, "/two", -1);
	bench_run(&b, 0.2);
	assert_int_equal(two.looks, 1);
	close_world();
}

/* A source with a lot to say. */
static void
look_long(struct source *s)
{
	char filler[TEXT_MAX_LEN + 1];

	one.looks++;
	memset(filler, 'x', TEXT_MAX_LEN);
	filler[TEXT_MAX_LEN] = '\0';
	while (SOURCE_SAY(s, DISK, disk, .path = "/long", .used_pct = 1, .error = filler) == 0)
		continue;
	source_done(s);
}

static void
a_brain_that_reads_slowly_gets_fewer_ticks_and_no_longer_queue(void **state)
{
	int far;

	(void)state;
	open_world(0, 0);
	one.source.look = look_long;
	b.role.config.interval = 0.02;
	far = bench_link_deaf(&b, ROLE_BRAIN);
	bench_run(&b, 0.3);
	assert_int_equal(one.looks, 1);
	close_world();
	close(far);
}

static void
what_is_unsaid_is_not_sent(void **state)
{
	(void)state;
	open_world(-1, 0);
	bench_link(&b, ROLE_BRAIN);
	assert_true(bench_hears(&b, "/two"));
	SOURCE_SAY(&one.source, DISK, disk, .path = "/wrong", .used_pct = 1, .error = "");
	source_unsay(&one.source);
	say(&one);
	assert_true(bench_hears(&b, "TICK_END 1"));
	assert_int_equal(bench_count(&b, "/wrong"), 0);
	assert_int_equal(bench_count(&b, "/one"), 2);
	close_world();
}

static void
a_second_answer_to_one_look_is_dropped(void **state)
{
	(void)state;
	open_world(0, 0.3);
	bench_link(&b, ROLE_BRAIN);
	assert_true(bench_hears(&b, "/one"));
	source_done(&one.source);
	source_done(&one.source);
	assert_int_equal(bench_count(&b, "TICK_END"), 0);
	assert_true(bench_hears(&b, "/two 1 missing=0 [second] mount=0 inodes=0\nTICK_END 1"));
	close_world();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_happens_before_the_brain_is_linked),
		cmocka_unit_test(a_tick_has_a_beginning_each_source_once_and_an_end),
		cmocka_unit_test(a_fast_source_is_told_without_waiting_for_a_slow_one),
		cmocka_unit_test(a_tick_without_sources_ends),
		cmocka_unit_test(ticks_come_at_the_interval),
		cmocka_unit_test(a_tick_that_outlasts_the_interval_delays_the_next_and_none_is_caught_up),
		cmocka_unit_test(asked_for_while_idle_a_tick_comes_at_once),
		cmocka_unit_test(asked_for_while_one_runs_one_more_comes_right_after),
		cmocka_unit_test(once_is_one_tick),
		cmocka_unit_test(without_the_brain_the_running_tick_is_abandoned),
		cmocka_unit_test(with_the_brain_back_a_new_tick_begins),
		cmocka_unit_test(what_is_to_be_confirmed_is_looked_at_alone),
		cmocka_unit_test(confirming_never_overlaps_a_tick),
		cmocka_unit_test(without_the_key_nothing_is_confirmed_before_its_time),
		cmocka_unit_test(a_brain_that_reads_slowly_gets_fewer_ticks_and_no_longer_queue),
		cmocka_unit_test(what_is_unsaid_is_not_sent),
		cmocka_unit_test(a_second_answer_to_one_look_is_dropped),
	};

	return cmocka_run_group_tests_name("tick", tests, NULL, NULL);
}
