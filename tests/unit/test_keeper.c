/*
 * The snapshot keeper: one whole snapshot at any moment.
 */
#include "build_config.h"

#include <sys/socket.h>

#include <string.h>

#include "keeper.h"
#include "unit.h"

/* What a new brain receives. */
static char restored[256];
static size_t restored_len;
static uint64_t restored_generation;
static uint32_t restored_checksum;

static void
on_begin(void *ctx, struct link *link, uint32_t id, const union message *msg)
{
	(void)ctx, (void)link, (void)id;
	restored_generation = msg->snap_begin.generation;
	restored_len = 0;
}

static void
on_part(void *ctx, struct link *link, uint32_t id, const union message *msg)
{
	(void)ctx, (void)link, (void)id;
	memcpy(restored + restored_len, msg->snap_part.bytes.p, msg->snap_part.bytes.len);
	restored_len += msg->snap_part.bytes.len;
}

static void
on_end(void *ctx, struct link *link, uint32_t id, const union message *msg)
{
	(void)ctx, (void)link, (void)id;
	restored_checksum = msg->snap_end.checksum;
}

static void
on_broken(void *ctx, struct link *link, const char *why)
{
	(void)ctx, (void)link;
	fail_msg("the link broke: %s", why);
}

static link_handler *const handlers[MSG_COUNT] = {
	[MSG_SNAP_BEGIN] = on_begin, [MSG_SNAP_PART] = on_part, [MSG_SNAP_END] = on_end};

/* Restore into a scripted brain; restored_len stays (size_t)-1 if nothing came. */
static void
restore(struct keeper *k)
{
	struct event_base *base = event_base_new();
	struct link_spec parent = {.self = ROLE_PARENT, .peer = ROLE_BRAIN, .handlers = handlers, .broken = on_broken};
	struct link_spec brain = {.self = ROLE_BRAIN, .peer = ROLE_PARENT, .handlers = handlers, .broken = on_broken};
	struct link *a, *b;
	int fd[2];

	restored_len = (size_t)-1;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	a = link_new(base, fd[0], &parent);
	b = link_new(base, fd[1], &brain);
	assert_int_equal(keeper_restore(k, a), 0);
	event_base_loop(base, EVLOOP_NONBLOCK);
	link_free(a);
	link_free(b);
	event_base_free(base);
}

static int
store(struct keeper *k, uint64_t generation, const char *text)
{
	uint32_t len = (uint32_t)strlen(text), half = len / 2;
	uint64_t confirmed;

	if (keeper_begin(k, &(struct msg_snap_begin){.generation = generation, .size = len}) == -1)
		return -1;
	if (keeper_part(k, &(struct msg_snap_part){.bytes = {(const uint8_t *)text, half}}) == -1)
		return -1;
	if (keeper_part(k, &(struct msg_snap_part){.bytes = {(const uint8_t *)text + half, len - half}}) == -1)
		return -1;
	if (keeper_end(k, &(struct msg_snap_end){.checksum = 7}, &confirmed) == -1)
		return -1;
	assert_int_equal(confirmed, generation);
	return 0;
}

static void
assert_restores(struct keeper *k, uint64_t generation, const char *text)
{
	restore(k);
	assert_int_equal(restored_len, strlen(text));
	assert_memory_equal(restored, text, strlen(text));
	assert_int_equal(restored_generation, generation);
	assert_int_equal(restored_checksum, 7);
}

static void
an_empty_keeper_restores_nothing(void **state)
{
	struct keeper *k = keeper_new();

	(void)state;
	assert_false(keeper_has_snapshot(k));
	restore(k);
	assert_int_equal(restored_len, (size_t)-1);
	keeper_free(k);
}

static void
the_last_whole_snapshot_is_restored(void **state)
{
	struct keeper *k = keeper_new();

	(void)state;
	for (uint64_t i = 1; i <= 5; i++)
		assert_int_equal(store(k, i, "one of them"), 0);
	assert_int_equal(store(k, 6, "the last"), 0);
	assert_restores(k, 6, "the last");
	keeper_free(k);
}

static void
a_half_written_one_leaves_the_one_before(void **state)
{
	struct keeper *k = keeper_new();

	(void)state;
	assert_int_equal(store(k, 1, "whole"), 0);
	assert_int_equal(keeper_begin(k, &(struct msg_snap_begin){.generation = 2, .size = 5}), 0);
	assert_int_equal(keeper_part(k, &(struct msg_snap_part){.bytes = {(const uint8_t *)"hal", 3}}), 0);
	keeper_abort(k);
	assert_restores(k, 1, "whole");
	keeper_free(k);
}

static void
a_brain_that_lies_about_sizes_is_refused(void **state)
{
	struct keeper *k = keeper_new();
	uint64_t generation;

	(void)state;
	assert_int_equal(keeper_begin(k, &(struct msg_snap_begin){.size = SNAPSHOT_MAX + 1}), -1);
	assert_int_equal(keeper_part(k, &(struct msg_snap_part){.bytes = {(const uint8_t *)"x", 1}}), -1);
	assert_int_equal(keeper_begin(k, &(struct msg_snap_begin){.size = 2}), 0);
	assert_int_equal(keeper_begin(k, &(struct msg_snap_begin){.size = 2}), -1);
	assert_int_equal(keeper_part(k, &(struct msg_snap_part){.bytes = {(const uint8_t *)"xyz", 3}}), -1);
	assert_int_equal(keeper_part(k, &(struct msg_snap_part){.bytes = {(const uint8_t *)"x", 1}}), 0);
	assert_int_equal(keeper_end(k, &(struct msg_snap_end){0}, &generation), -1);
	assert_false(keeper_has_snapshot(k));
	keeper_free(k);
}

static void
forgetting_means_a_clean_start(void **state)
{
	struct keeper *k = keeper_new();

	(void)state;
	assert_int_equal(store(k, 1, "gone"), 0);
	keeper_forget(k);
	assert_false(keeper_has_snapshot(k));
	keeper_free(k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_keeper_restores_nothing),
		cmocka_unit_test(the_last_whole_snapshot_is_restored),
		cmocka_unit_test(a_half_written_one_leaves_the_one_before),
		cmocka_unit_test(a_brain_that_lies_about_sizes_is_refused),
		cmocka_unit_test(forgetting_means_a_clean_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
