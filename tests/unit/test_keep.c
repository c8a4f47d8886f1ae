/*
 * Snapshots in frames: sent over a real link, kept, and given back.
 */
#include "build_config.h"

#include <sys/socket.h>

#include "brain_unit.h"
#include "checksum.h"
#include "keep.h"
#include "snapshot.h"
#include "unit_log.h"

static struct bench t, anew;
static struct keep keep, next;
static struct event_base *base;
static struct link *brain_end, *parent_end;
static bool said_untold;

/* The parent: hands each frame on to the next brain. */
static void
on_begin(void *ctx, struct link *link, uint32_t id, const union message *msg)
{
	(void)ctx, (void)link, (void)id;
	said_untold = msg->snap_begin.untold;
	keep_begin(&next, &msg->snap_begin);
}

static void
on_part(void *ctx, struct link *link, uint32_t id, const union message *msg)
{
	(void)ctx, (void)link, (void)id;
	keep_part(&next, &msg->snap_part);
}

static void
on_end(void *ctx, struct link *link, uint32_t id, const union message *msg)
{
	(void)ctx, (void)id;
	keep_end(&next, &msg->snap_end);
	SEND(link, SNAP_OK, snap_ok, 0, .generation = keep.generation);
}

static void
on_ok(void *ctx, struct link *link, uint32_t id, const union message *msg)
{
	(void)ctx, (void)link, (void)id;
	keep_confirmed(&keep, &t.brain, msg->snap_ok.generation);
}

static void
on_broken(void *ctx, struct link *link, const char *why)
{
	(void)ctx, (void)link;
	fail_msg("the link broke: %s", why);
}

static link_handler *const handlers[MSG_COUNT] = {
	[MSG_SNAP_BEGIN] = on_begin, [MSG_SNAP_PART] = on_part, [MSG_SNAP_END] = on_end, [MSG_SNAP_OK] = on_ok,
};

static int
setup(void **state)
{
	struct link_spec parent = {.self = ROLE_PARENT, .peer = ROLE_BRAIN, .handlers = handlers, .broken = on_broken};
	struct link_spec brain = {.self = ROLE_BRAIN, .peer = ROLE_PARENT, .handlers = handlers, .broken = on_broken};
	int fd[2];

	(void)state;
	memset(&keep, 0, sizeof(keep));
	memset(&next, 0, sizeof(next));
	bench_open(&t, SETTINGS("MEM_TICKS=1"));
	bench_open(&anew, SETTINGS("MEM_TICKS=1"));
	brain_clock(&anew.brain, (struct moment){1000, BENCH_WALL + 1000});
	base = event_base_new();
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == -1)
		return -1;
	parent_end = link_new(base, fd[0], &parent);
	brain_end = link_new(base, fd[1], &brain);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	link_free(parent_end);
	link_free(brain_end);
	event_base_free(base);
	keep_begin(&next, &(struct msg_snap_begin){.size = 0}); /* frees what is left */
	bench_close(&t);
	bench_close(&anew);
	return 0;
}

static void
see_trouble(void)
{
	bench_tick(&t, 10);
	brain_mem(&t.brain, 95, "");
	brain_tick_end(&t.brain);
}

static void
send_all(void)
{
	assert_int_equal(keep_send(&keep, &t.brain, brain_end), 0);
	while (keep.under_way)
		event_base_loop(base, EVLOOP_ONCE);
}

static void
test_what_is_sent_comes_back(void **state)
{
	(void)state;
	see_trouble();
	send_all();
	assert_true(keep_restore(&next, &anew.brain));
	assert_int_equal(next.generation, 1);
	assert_true(alerts_find(&anew.brain.alerts, KIND_MEM, "")->state.alerting);
}

static void
test_the_parent_hears_if_there_is_something_to_tell(void **state)
{
	(void)state;
	bench_tick(&t, 5);
	brain_mem(&t.brain, 10, "");
	brain_tick_end(&t.brain);
	send_all();
	assert_false(said_untold);
	see_trouble();
	send_all();
	assert_true(said_untold);
}

static void
test_a_state_of_many_parts_comes_back(void **state)
{
	char name[200];

	(void)state;
	bench_tick(&t, 10);
	for (int i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "%0150d", i);
		brain_dep(&t.brain, name, false, 0, "");
	}
	send_all();
	assert_true(next.from_parent.size > 5 * SNAP_PART_MAX);
	assert_true(keep_restore(&next, &anew.brain));
	assert_int_equal(HASH_COUNT(anew.brain.alerts.by_key), 3000);
}

static void
test_only_the_snapshot_under_way_can_be_confirmed(void **state)
{
	(void)state;
	see_trouble();
	assert_int_equal(keep_send(&keep, &t.brain, brain_end), 0);
	keep_confirmed(&keep, &t.brain, 99);
	assert_true(keep.under_way);
	assert_true(t.brain.outbox.confirmed == 0);
	keep_confirmed(&keep, &t.brain, 1);
	assert_true(t.brain.outbox.confirmed == 1);
}

static void
assert_clean_start(void)
{
	assert_false(keep_restore(&next, &anew.brain));
	assert_int_equal(HASH_COUNT(anew.brain.alerts.by_key), 0);
	assert_true(outbox_empty(&anew.brain.outbox));
	bench_tick(&anew, 1010);
	brain_mem(&anew.brain, 95, "");
	assert_string_equal(bench_said(&anew), "alert mem");
}

static void
test_without_a_snapshot_the_start_is_clean(void **state)
{
	(void)state;
	assert_clean_start();
}

static void
test_a_damaged_snapshot_is_a_clean_start(void **state)
{
	(void)state;
	see_trouble();
	send_all();
	next.from_parent.bytes[next.from_parent.size / 2] ^= 1;
	assert_clean_start();
}

static void
test_a_snapshot_whose_checksum_is_right_and_whose_contents_are_not_is_a_clean_start(void **state)
{
	(void)state;
	see_trouble();
	send_all();
	next.from_parent.got = --next.from_parent.size;
	next.from_parent.checksum = checksum_crc32(0, next.from_parent.bytes, next.from_parent.size);
	assert_clean_start();
}

static void
test_more_bytes_than_were_announced_are_a_clean_start(void **state)
{
	static const uint8_t bytes[8] = {0};

	(void)state;
	keep_begin(&next, &(struct msg_snap_begin){.generation = 1, .size = 4});
	keep_part(&next, &(struct msg_snap_part){.bytes = {bytes, 8}});
	keep_part(&next, &(struct msg_snap_part){.bytes = {bytes, 8}});
	keep_end(&next, &(struct msg_snap_end){0});
	assert_clean_start();
}

static void
test_an_absurd_size_is_a_clean_start(void **state)
{
	(void)state;
	keep_begin(&next, &(struct msg_snap_begin){.generation = 1, .size = UINT32_MAX});
	keep_end(&next, &(struct msg_snap_end){0});
	assert_clean_start();
}

/* --- when it is due --- */

static bool
due_after(double now, double mem, double failed)
{
	bench_tick(&t, now);
	brain_mem(&t.brain, mem, "");
	brain_metrics_begin(&t.brain, now, failed);
	brain_metrics_end(&t.brain, true);
	brain_tick_end(&t.brain);
	return keep_is_due(&keep, &t.brain);
}

static void
test_what_says_nothing_new_is_kept_late_but_kept(void **state)
{
	(void)state;
	assert_true(due_after(10, 41, 3));
	send_all();
	assert_false(due_after(20, 42, 3));
	assert_false(due_after(10 + KEEP_AGE_S - 1, 43, 3));
	assert_true(due_after(10 + KEEP_AGE_S, 41, 3));
	send_all();
	assert_false(due_after(20 + KEEP_AGE_S, 41, 3));
}

/* A brain that dies in the middle of a debounce goes on counting. */
static void
test_a_look_that_counts_is_kept_at_once(void **state)
{
	(void)state;
	bench_close(&t);
	bench_open(&t, SETTINGS("MEM_TICKS=3"));
	assert_true(due_after(10, 41, 3));
	send_all();
	for (int n = 0; n < 4; n++) {
		assert_true(due_after(20 + n, 95, 3)); /* one, two, three, and while it lasts */
		send_all();
	}
	assert_true(due_after(30, 41, 3));
	send_all();
	assert_false(due_after(31, 41, 3));
}

static void
test_the_count_that_an_edge_is_measured_from_is_kept_at_once(void **state)
{
	(void)state;
	assert_true(due_after(10, 41, 3));
	send_all();
	assert_true(due_after(11, 41, 2));
	send_all();
	assert_true(due_after(12, 41, 4));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_what_is_sent_comes_back),
		TEST(test_the_parent_hears_if_there_is_something_to_tell),
		TEST(test_a_state_of_many_parts_comes_back),
		TEST(test_only_the_snapshot_under_way_can_be_confirmed),
		TEST(test_without_a_snapshot_the_start_is_clean),
		TEST(test_a_damaged_snapshot_is_a_clean_start),
		TEST(test_a_snapshot_whose_checksum_is_right_and_whose_contents_are_not_is_a_clean_start),
		TEST(test_more_bytes_than_were_announced_are_a_clean_start),
		TEST(test_an_absurd_size_is_a_clean_start),
		TEST(test_what_says_nothing_new_is_kept_late_but_kept),
		TEST(test_a_look_that_counts_is_kept_at_once),
		TEST(test_the_count_that_an_edge_is_measured_from_is_kept_at_once),
	};

	log_set(unit_quiet, LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
