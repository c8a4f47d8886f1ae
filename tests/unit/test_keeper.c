/*
 * The snapshot keeper: one whole snapshot at any moment.
 */
#include "build_config.h"

#include <sys/mman.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "checksum.h"
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
	struct keeper_restore r = {0};
	struct link *a, *b;
	int fd[2], more;

	restored_len = (size_t)-1;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	a = link_new(base, fd[0], &parent);
	b = link_new(base, fd[1], &brain);
	while ((more = keeper_restore(k, a, &r)) == 1)
		event_base_loop(base, EVLOOP_NONBLOCK);
	assert_int_equal(more, 0);
	event_base_loop(base, EVLOOP_NONBLOCK);
	link_free(a);
	link_free(b);
	event_base_free(base);
}

static uint32_t
sum(const char *text)
{
	return checksum_crc32(0, (const uint8_t *)text, strlen(text));
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
	if (keeper_end(k, &(struct msg_snap_end){.checksum = sum(text)}, &confirmed) == -1)
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
	assert_int_equal(restored_checksum, sum(text));
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

static void
a_damaged_one_is_never_confirmed(void **state)
{
	struct keeper *k = keeper_new();
	uint64_t generation;

	(void)state;
	assert_int_equal(store(k, 1, "good"), 0);
	assert_int_equal(keeper_begin(k, &(struct msg_snap_begin){.generation = 2, .size = 3}), 0);
	assert_int_equal(keeper_part(k, &(struct msg_snap_part){.bytes = {(const uint8_t *)"bad", 3}}), 0);
	assert_int_equal(keeper_end(k, &(struct msg_snap_end){.checksum = sum("dab")}, &generation), -1);
	keeper_abort(k);
	assert_restores(k, 1, "good");
	keeper_free(k);
}

/* --- what another parent finds --- */

#define MEMFD_SIZE (2 * ((off_t)64 + SNAPSHOT_MAX)) /* the format: each slot is a head's 64 bytes and a snapshot's room */

/* The memfd as it outlives its keeper. */
static int
left_behind(struct keeper *k)
{
	int fd = dup(keeper_fd(k));

	assert_int_not_equal(fd, -1);
	keeper_free(k);
	return fd;
}

static void
spoil(int fd, off_t at)
{
	uint8_t byte;

	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= 0x10;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
}

static int
two_snapshots(void)
{
	struct keeper *k = keeper_new();

	assert_int_equal(store(k, 8, "the older"), 0);
	assert_int_equal(store(k, 9, "the newer"), 0);
	return left_behind(k);
}

static void
the_next_parent_finds_the_newest_and_goes_on(void **state)
{
	const char *why;
	struct keeper *k = keeper_adopt(two_snapshots(), &why);

	(void)state;
	assert_null(why);
	assert_restores(k, 9, "the newer");
	/* A clean brain counts from 1 again: the newest is still the newest. */
	assert_int_equal(store(k, 1, "newer still"), 0);
	k = keeper_adopt(left_behind(k), &why);
	assert_null(why);
	assert_restores(k, 1, "newer still");
	keeper_free(k);
}

static void
the_next_parent_finds_the_whole_one_beside_a_half_written_one(void **state)
{
	struct keeper *k = keeper_new();
	const char *why;

	(void)state;
	assert_int_equal(store(k, 1, "whole"), 0);
	assert_int_equal(keeper_begin(k, &(struct msg_snap_begin){.generation = 2, .size = 5}), 0);
	assert_int_equal(keeper_part(k, &(struct msg_snap_part){.bytes = {(const uint8_t *)"hal", 3}}), 0);
	k = keeper_adopt(left_behind(k), &why);
	assert_null(why);
	assert_restores(k, 1, "whole");
	keeper_free(k);
}

static void
an_empty_one_and_a_forgotten_one_are_taken_as_empty(void **state)
{
	struct keeper *k = keeper_adopt(left_behind(keeper_new()), &(const char *){NULL});

	(void)state;
	assert_non_null(k);
	assert_false(keeper_has_snapshot(k));
	assert_int_equal(store(k, 1, "a"), 0);
	assert_int_equal(store(k, 2, "b"), 0);
	keeper_forget(k);
	k = keeper_adopt(left_behind(k), &(const char *){NULL});
	assert_non_null(k);
	assert_false(keeper_has_snapshot(k));
	keeper_free(k);
}

static void
a_damaged_newest_is_said_and_the_one_before_stands_in(void **state)
{
	static const off_t places[] = {64 + SNAPSHOT_MAX + 5, 64 + SNAPSHOT_MAX + 25, 64 + SNAPSHOT_MAX + 64};

	(void)state;
	for (size_t i = 0; i < LENGTH(places); i++) {
		int fd = two_snapshots();
		const char *why;
		struct keeper *k;

		spoil(fd, places[i]);
		k = keeper_adopt(fd, &why);
		assert_non_null(why);
		assert_restores(k, 8, "the older");
		keeper_free(k);
	}
}

static void
every_flipped_byte_of_a_head_is_noticed(void **state)
{
	const char *why;

	(void)state;
	for (off_t at = 0; at < 34; at++) {
		struct keeper *k = keeper_new();
		int fd;

		assert_int_equal(store(k, 1, "only"), 0);
		fd = left_behind(k);
		spoil(fd, at);
		assert_null(keeper_adopt(fd, &why));
		assert_non_null(why);
	}
}

/* A file of that size whose size is sealed, unless the test leaves something out. */
static int
forged(off_t size, unsigned flags, int seals)
{
	int fd = memfd_create("forged", flags);

	assert_int_equal(ftruncate(fd, size), 0);
	if (flags & MFD_ALLOW_SEALING)
		assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

static void
assert_refused(int fd, const char *expected)
{
	const char *why;

	assert_null(keeper_adopt(fd, &why));
	assert_string_equal(why, expected);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static void
what_is_not_ours_is_refused_and_closed(void **state)
{
	const int size_seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
	int fd[2];

	(void)state;
	assert_int_equal(pipe(fd), 0);
	assert_refused(fd[0], "it is no memory file");
	assert_refused(fd[1], "it is no memory file");
	assert_refused(open("/proc/self/exe", O_RDONLY), "it is no memory file");
	assert_refused(9999, "it is no memory file");
	assert_refused(forged(MEMFD_SIZE, MFD_ALLOW_SEALING, F_SEAL_SHRINK | F_SEAL_SEAL), "its size is not sealed");
	assert_refused(forged(MEMFD_SIZE, MFD_ALLOW_SEALING, size_seals | F_SEAL_WRITE), "it cannot be written");
	assert_refused(forged(MEMFD_SIZE - 1, MFD_ALLOW_SEALING, size_seals), "its size is of another version");
	assert_refused(forged(0, MFD_ALLOW_SEALING, size_seals), "its size is of another version");
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
		cmocka_unit_test(a_damaged_one_is_never_confirmed),
		cmocka_unit_test(the_next_parent_finds_the_newest_and_goes_on),
		cmocka_unit_test(the_next_parent_finds_the_whole_one_beside_a_half_written_one),
		cmocka_unit_test(an_empty_one_and_a_forgotten_one_are_taken_as_empty),
		cmocka_unit_test(a_damaged_newest_is_said_and_the_one_before_stands_in),
		cmocka_unit_test(every_flipped_byte_of_a_head_is_noticed),
		cmocka_unit_test(what_is_not_ours_is_refused_and_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
