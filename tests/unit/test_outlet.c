/*
 * The way to the brain: whole batches, in order, at the brain's own speed.
 */
#include "build_config.h"

#include <stdio.h>
#include <string.h>

#include "collector_bench.h"
#include "unit.h"

static struct bench b;

static int
add(struct batch *batch, unsigned i, const char *filler)
{
	char id[32];

	snprintf(id, sizeof(id), "%u", i);
	return BATCH_ADD(batch, AGENT, agent, .run_id = id, .name = filler, .cpu_ticks = 1);
}

static unsigned drained;

static void
on_drained(void *ctx)
{
	assert_ptr_equal(ctx, &b);
	drained++;
}

static void
what_is_longer_than_the_link_s_queue_arrives_whole(void **state)
{
	char filler[NAME_MAX_LEN + 1];
	struct batch *batch = batch_new();
	struct outlet *o;
	unsigned n = 0;

	(void)state;
	bench_open(&b);
	bench_link(&b, ROLE_BRAIN);
	o = outlet_new(&b.role, on_drained, &b);
	memset(filler, 'x', NAME_MAX_LEN);
	filler[NAME_MAX_LEN] = '\0';
	drained = 0;
	while (n <= LINK_QUEUE_MAX / NAME_MAX_LEN) {
		while (add(batch, n, filler) == 0)
			n++;
		outlet_push(o, batch);
	}
	assert_int_equal(drained, 0);
	assert_true(link_queued(b.role.peer[ROLE_BRAIN]) < OUTLET_AHEAD + 1024);
	for (int i = 0; i < 3000 && b.agents < n; i++)
		bench_run(&b, 0.02);
	assert_int_equal(b.agents, n);
	assert_int_equal(drained, 1);
	assert_non_null(strstr(b.said, "AGENT 0 1 [xxx"));
	batch_free(batch);
	outlet_free(o);
	bench_close(&b);
}

static void
a_batch_takes_8_mib_and_then_says_no(void **state)
{
	struct batch *batch = batch_new();
	size_t n = 0;

	(void)state;
	while (add(batch, 1, "") == 0)
		n++;
	assert_in_range(n, BATCH_MAX / 40, BATCH_MAX / 20);
	assert_int_equal(add(batch, 1, ""), -1);
	batch_free(batch);
}

static void
a_message_outside_its_limits_is_not_taken(void **state)
{
	struct batch *batch = batch_new();

	(void)state;
	assert_int_equal(BATCH_ADD(batch, AGENT, agent, .run_id = "\xff", .name = "", .cpu_ticks = 1), -1);
	assert_int_equal(BATCH_ADD(batch, AGENT, agent, .run_id = NULL, .name = "", .cpu_ticks = 1), -1);
	assert_int_equal(add(batch, 1, ""), 0);
	batch_free(batch);
}

static void
what_is_held_goes_with_what_follows_or_soon_by_itself(void **state)
{
	struct batch *batch = batch_new();
	struct outlet *o;

	(void)state;
	bench_open(&b);
	bench_link(&b, ROLE_BRAIN);
	o = outlet_new(&b.role, on_drained, &b);
	drained = 0;
	add(batch, 1, "");
	outlet_hold(o, batch);
	assert_int_equal(batch_size(batch), 0);
	assert_true(outlet_waiting(o) > 0);
	add(batch, 2, "");
	outlet_push(o, batch);
	assert_int_equal(outlet_waiting(o), 0);
	assert_int_equal(drained, 1);
	assert_true(bench_hears(&b, "AGENT 2"));
	assert_int_equal(b.agents, 2);
	add(batch, 3, "");
	outlet_hold(o, batch);
	assert_true(bench_hears(&b, "AGENT 3"));
	assert_int_equal(drained, 2);
	batch_free(batch);
	outlet_free(o);
	bench_close(&b);
}

static void
without_the_brain_a_batch_is_dropped(void **state)
{
	struct batch *batch = batch_new();
	struct outlet *o;

	(void)state;
	bench_open(&b);
	o = outlet_new(&b.role, on_drained, &b);
	add(batch, 1, "");
	outlet_push(o, batch);
	bench_link(&b, ROLE_BRAIN);
	add(batch, 2, "");
	outlet_push(o, batch);
	assert_true(bench_hears(&b, "AGENT 2"));
	assert_int_equal(b.agents, 1);
	batch_free(batch);
	outlet_free(o);
	bench_close(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_longer_than_the_link_s_queue_arrives_whole),
		cmocka_unit_test(a_batch_takes_8_mib_and_then_says_no),
		cmocka_unit_test(a_message_outside_its_limits_is_not_taken),
		cmocka_unit_test(what_is_held_goes_with_what_follows_or_soon_by_itself),
		cmocka_unit_test(without_the_brain_a_batch_is_dropped),
	};

	return cmocka_run_group_tests_name("outlet", tests, NULL, NULL);
}
