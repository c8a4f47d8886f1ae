/*
 * Disks in the brain: what was mounted once is remembered, and what lies
 * beneath is no data.
 */
#include "build_config.h"

#include "brain_unit.h"
#include "snapshot.h"

static struct bench t, next;

static void
look_in(struct bench *in, double now, double used, enum mount_seen mount)
{
	bench_tick(in, now);
	brain_disk(&in->brain, &(struct disk_seen){.path = "/data", .used_pct = used, .mount = mount});
	brain_tick_end(&in->brain);
}

static void
look(double now, double used, enum mount_seen mount)
{
	look_in(&t, now, used, mount);
}

static void
open_bench(void)
{
	bench_open(&t, SETTINGS("DISK_PATHS=/data", "DISK_CRIT_ENABLED=yes"));
}

static void
test_what_lies_beneath_is_no_recovery_and_is_told_after_three_looks(void **state)
{
	(void)state;
	open_bench();
	look(0, 98, MOUNT_THERE);
	assert_string_equal(bench_said(&t), "alert disk:/data");
	look(30, 10, MOUNT_NONE);
	look(60, 10, MOUNT_NONE);
	assert_string_equal(bench_said(&t), "");
	look(90, 10, MOUNT_NONE);
	assert_string_equal(bench_said(&t), "alert source:disk:/data");
	assert_string_equal(t.detail, "nothing is mounted there any more");
	look(120, 98, MOUNT_THERE);
	assert_string_equal(bench_said(&t), "recovery source:disk:/data");
	look(150, 10, MOUNT_THERE);
	assert_string_equal(bench_said(&t), "recovery disk:/data");
	bench_close(&t);
}

static void
test_what_lies_beneath_is_no_alert_either(void **state)
{
	(void)state;
	open_bench();
	look(0, 10, MOUNT_THERE);
	look(30, 99, MOUNT_NONE);
	assert_string_equal(bench_said(&t), "");
	look(60, 99, MOUNT_THERE);
	assert_string_equal(bench_said(&t), "alert disk:/data");
	bench_close(&t);
}

static void
test_one_that_was_never_mounted_or_of_which_nothing_is_known_counts(void **state)
{
	static const enum mount_seen unknown[] = {MOUNT_NONE, MOUNT_UNKNOWN};

	(void)state;
	for (size_t i = 0; i < LENGTH(unknown); i++) {
		open_bench();
		look(0, 98, unknown[i]);
		look(30, 10, unknown[i]);
		assert_string_equal(bench_said(&t), "alert disk:/data; recovery disk:/data");
		bench_close(&t);
	}
}

/* A kernel or a filter that has stopped to tell is no reason to tell nothing for ever. */
static void
test_one_that_was_mounted_counts_where_nothing_is_known(void **state)
{
	(void)state;
	open_bench();
	look(0, 98, MOUNT_THERE);
	look(30, 10, MOUNT_UNKNOWN);
	assert_string_equal(bench_said(&t), "alert disk:/data; recovery disk:/data");
	bench_close(&t);
}

static void
test_one_that_is_mounted_late_is_remembered_too(void **state)
{
	(void)state;
	open_bench();
	look(0, 10, MOUNT_NONE);
	t.brain.changed = false;
	look(30, 98, MOUNT_THERE);
	assert_true(t.brain.changed);
	look(60, 10, MOUNT_NONE);
	assert_string_equal(bench_said(&t), "alert disk:/data");
	bench_close(&t);
}

static void
hand_over(void)
{
	uint64_t generation;
	uint8_t *bytes;
	size_t len;

	bench_open(&next, SETTINGS("DISK_PATHS=/data", "DISK_CRIT_ENABLED=yes"));
	brain_clock(&next.brain, t.brain.clock);
	assert_int_equal(snapshot_encode(&t.brain, 1, &bytes, &len), 0);
	assert_null(snapshot_decode(&next.brain, bytes, len, &generation));
	free(bytes);
	brain_prune(&next.brain);
}

static void
test_the_next_brain_knows_it(void **state)
{
	(void)state;
	open_bench();
	look(0, 10, MOUNT_THERE);
	hand_over();
	for (int i = 1; i <= 3; i++)
		look_in(&next, 30 * i, 99, MOUNT_NONE);
	assert_string_equal(bench_said(&next), "alert source:disk:/data");
	bench_close(&next);
	bench_close(&t);
}

static void
watch_only(const char *path)
{
	char why[256];

	assert_int_equal(config_set(&t.config, "WATCHDOG_DISK_PATHS", path, why, sizeof(why)), 0);
	brain_prune(&t.brain);
}

static void
test_who_takes_the_path_out_of_the_configuration_makes_it_forget(void **state)
{
	(void)state;
	open_bench();
	look(0, 98, MOUNT_THERE);
	watch_only("/other");
	watch_only("/data");
	assert_string_equal(bench_said(&t), "alert disk:/data; recovery disk:/data");
	look(30, 98, MOUNT_NONE);
	assert_string_equal(bench_said(&t), "alert disk:/data");
	bench_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_lies_beneath_is_no_recovery_and_is_told_after_three_looks),
		cmocka_unit_test(test_what_lies_beneath_is_no_alert_either),
		cmocka_unit_test(test_one_that_was_never_mounted_or_of_which_nothing_is_known_counts),
		cmocka_unit_test(test_one_that_was_mounted_counts_where_nothing_is_known),
		cmocka_unit_test(test_one_that_is_mounted_late_is_remembered_too),
		cmocka_unit_test(test_the_next_brain_knows_it),
		cmocka_unit_test(test_who_takes_the_path_out_of_the_configuration_makes_it_forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
