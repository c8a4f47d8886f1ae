/*
 * Memory and disks: the arithmetic, and what is said when the prober
 * answers, hangs, or is not there.
 */
#include "build_config.h"

#include <sys/stat.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "collector_bench.h"
#include "unit.h"

static struct bench b;
static unsigned asked[8];

static void
mem_is_what_is_not_available(void **state)
{
	(void)state;
	assert_true(host_mem_used_pct("MemTotal:       1000 kB\nMemFree: 1 kB\nMemAvailable:    250 kB\n") == 75);
	assert_true(host_mem_used_pct("Shmem: 1 kB\nMemAvailable: 0 kB\nMemTotal: 8 kB") == 100);
}

static void
mem_that_is_all_available_is_not_used(void **state)
{
	(void)state;
	assert_true(host_mem_used_pct("MemTotal: 1000 kB\nMemAvailable: 1200 kB\n") == 0);
	assert_true(host_mem_used_pct("MemTotal: 1e267 kB\nMemAvailable: 1 kB\n") == 100);
	assert_true(host_mem_used_pct("MemTotal: 1e308 kB\nMemAvailable: 1 kB\n") == 100);
}

static void
mem_without_its_keys_is_not_known(void **state)
{
	static const char *const bad[] = {
		"", "\n", "MemTotal: 1000 kB\n", "MemAvailable: 5 kB\n", "MemTotal: 0 kB\nMemAvailable: 0 kB\n", "xMemTotal: 5\nMemAvailable: 1\n",
		"MemTotal: x\nMemAvailable: 1\n", "MemTotal: nan\nMemAvailable: 1\n", "MemTotal: 10\nMemAvailable: -1\n", "MemTotal: inf\nMemAvailable: 1\n",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++)
		assert_true(isnan(host_mem_used_pct(bad[i])));
}

static void
use_is_rounded_up_as_df_does(void **state)
{
	(void)state;
	assert_true(host_disk_used_pct(1000, 500, 500) == 50);
	assert_true(host_disk_used_pct(1000, 499, 499) == 51);
	assert_true(host_disk_used_pct(1000, 1000, 1000) == 0);
	assert_true(host_disk_used_pct(1000000, 999999, 999999) == 1);
	assert_true(host_disk_used_pct(1000, 0, 0) == 100);
	assert_true(host_disk_used_pct(100, 3, 3) == 97);
	assert_true(host_disk_exact_pct(1000, 499, 499) == 50.1);
	assert_true(host_disk_exact_pct(1000, 0, 2000) == 100);
	assert_true(isnan(host_disk_exact_pct(0, 0, 0)));
}

static void
root_s_reserve_is_neither_used_nor_available(void **state)
{
	(void)state;
	assert_true(host_disk_used_pct(1000, 100, 50) == 95);
	assert_true(host_disk_used_pct(1000, 50, 0) == 100);
}

static void
a_negative_bavail_is_nothing(void **state)
{
	(void)state;
	assert_true(host_disk_used_pct(1000, 20, (uint64_t)-30) == 100);
}

static void
a_file_system_without_blocks_has_no_use(void **state)
{
	(void)state;
	assert_true(isnan(host_disk_used_pct(0, 0, 0)));
	assert_true(isnan(host_disk_used_pct(0, 5, 5)));
	assert_true(isnan(host_disk_used_pct(5, 5, 0)));
}

static void
inodes_are_rounded_up_as_df_does(void **state)
{
	(void)state;
	assert_true(host_disk_inodes_pct(1000, 500) == 50);
	assert_true(host_disk_inodes_pct(1000, 499) == 51);
	assert_true(host_disk_inodes_pct(64, 0) == 100);
	assert_true(host_disk_inodes_pct(1000, 1000) == 0);
}

/* btrfs has none; ceph says -1 free; WSL's 9p says 999 and a million free. */
static void
who_counts_no_inodes_has_no_use_of_them(void **state)
{
	(void)state;
	assert_true(isnan(host_disk_inodes_pct(0, 0)));
	assert_true(isnan(host_disk_inodes_pct(0, 7)));
	assert_true(isnan(host_disk_inodes_pct(5000, UINT64_MAX)));
	assert_true(isnan(host_disk_inodes_pct(999, 1000000)));
}

/* Where whole numbers end. */
static void
a_full_disk_is_full_however_large(void **state)
{
	(void)state;
	for (uint64_t blocks = 1; blocks != 0; blocks <<= 1)
		for (uint64_t less = 0; less < 3 && less < blocks; less++)
			assert_true(host_disk_used_pct(blocks - less, 0, 0) == 100);
	for (uint64_t blocks = UINT64_MAX / 100 - 2; blocks > UINT64_MAX / 1000; blocks -= UINT64_MAX / 10000)
		assert_true(host_disk_used_pct(blocks, 0, 0) == 100);
}

static void
absurd_figures_end_in_a_percentage(void **state)
{
	static const uint64_t figures[] = {0, 1, 1000, UINT64_MAX / 100, UINT64_MAX / 2, UINT64_MAX - 1, UINT64_MAX};
	size_t n = LENGTH(figures);

	(void)state;
	for (size_t i = 0; i < n * n * n; i++) {
		double pct = host_disk_used_pct(figures[i % n], figures[i / n % n], figures[i / n / n]);

		assert_true(isnan(pct) || (pct >= 0 && pct <= 100));
	}
}

static void
probed(uint16_t index, int error, uint64_t bfree)
{
	SEND(b.far[ROLE_PROBER], PROBED, probed, 0, .index = index, .error = error, .blocks = 100, .bfree = bfree, .bavail = bfree);
}

/* Answers: 0 is fine, 1 does not exist, 2 is denied, 3 is left alone by the parent. */
static void
answer(struct bench *unused, uint16_t index)
{
	static const int errors[] = {0, ENOENT, EACCES, ETIMEDOUT};

	(void)unused;
	asked[index]++;
	probed(index, errors[index], 40);
}

/* Index 0 is mounted, 1 is not, of 2 the kernel does not tell, 3 cannot be read. */
static void
answer_mounts(struct bench *unused, uint16_t index)
{
	static const uint8_t mounts[] = {MOUNT_THERE, MOUNT_NONE, MOUNT_UNKNOWN, MOUNT_THERE};

	(void)unused;
	SEND(b.far[ROLE_PROBER], PROBED, probed, 0, .index = index, .error = index == 3 ? EIO : 0, .blocks = 100, .bfree = 40,
	    .bavail = 40, .files = 100u * index, .ffree = 20, .mount = mounts[index]);
}

/* Index 1 hangs, and with it everything that is asked after it. */
static bool hung;

static void
hang(struct bench *unused, uint16_t index)
{
	(void)unused;
	asked[index]++;
	hung = hung || index == 1;
	if (!hung)
		probed(index, 0, 40);
}

static void
open_world(const char *paths)
{
	bench_open(&b);
	bench_set(&b, "WATCHDOG_DISK_PATHS", paths);
	b.host = host_new(&b.role, b.tick);
	hung = false;
	for (size_t i = 0; i < LENGTH(asked); i++)
		asked[i] = 0;
}

static void
each_disk_is_told_in_its_own_way(void **state)
{
	(void)state;
	open_world("/a,/b,/c,/d");
	b.on_probe = answer;
	bench_link(&b, ROLE_PROBER);
	bench_link(&b, ROLE_BRAIN);
	assert_true(bench_hears(&b, "TICK_END 1"));
	assert_int_equal(bench_count(&b, "DISK /a 60 missing=0 []"), 1);
	assert_int_equal(bench_count(&b, "DISK /b nan missing=1 [does not exist]"), 1);
	assert_int_equal(bench_count(&b, "DISK /c nan missing=0 [Permission denied]"), 1);
	assert_int_equal(bench_count(&b, "DISK /d nan missing=0 [does not answer]"), 1);
	bench_close(&b);
}

static void
what_is_mounted_and_inodes_are_told_with_the_figures(void **state)
{
	(void)state;
	open_world("/a,/b,/c,/d");
	b.on_probe = answer_mounts;
	bench_link(&b, ROLE_PROBER);
	bench_link(&b, ROLE_BRAIN);
	assert_true(bench_hears(&b, "TICK_END 1"));
	assert_int_equal(bench_count(&b, "DISK /a 60 missing=0 [] mount=2 inodes=nan"), 1);
	assert_int_equal(bench_count(&b, "DISK /b 60 missing=0 [] mount=1 inodes=80"), 1);
	assert_int_equal(bench_count(&b, "DISK /c 60 missing=0 [] mount=0 inodes=90"), 1);
	assert_int_equal(bench_count(&b, "DISK /d nan missing=0 [Input/output error] mount=0 inodes=nan"), 1);
	bench_close(&b);
}

static void
a_disk_that_hangs_costs_itself(void **state)
{
	(void)state;
	open_world("/a,/b,/c");
	b.on_probe = hang;
	bench_link(&b, ROLE_PROBER);
	bench_link(&b, ROLE_BRAIN);
	assert_true(bench_hears(&b, "DISK /a 60"));
	assert_int_equal(bench_count(&b, "TICK_END"), 0);
	assert_true(bench_hears(&b, "TICK_END 1"));
	assert_int_equal(bench_count(&b, "DISK /b nan missing=0 [does not answer]"), 1);
	assert_int_equal(bench_count(&b, "DISK /c nan missing=0 [not looked at: /b does not answer]"), 1);
	bench_close(&b);
}

static void
a_disk_that_hung_is_not_asked_again_until_the_prober_is_new(void **state)
{
	(void)state;
	open_world("/a,/b,/c");
	b.on_probe = hang;
	bench_link(&b, ROLE_PROBER);
	bench_link(&b, ROLE_BRAIN);
	assert_true(bench_hears(&b, "TICK_END 1"));
	tick_now(b.tick);
	assert_true(bench_hears(&b, "TICK_END 2"));
	assert_int_equal(bench_count(&b, "DISK /b nan missing=0 [does not answer]"), 2);
	assert_int_equal(asked[1], 1);
	bench_unlink(&b, ROLE_PROBER);
	b.on_probe = answer;
	bench_link(&b, ROLE_PROBER);
	tick_now(b.tick);
	assert_true(bench_hears(&b, "TICK_END 3"));
	assert_int_equal(asked[1], 2);
	bench_close(&b);
}

static void
a_new_prober_is_asked_at_once_what_still_waits(void **state)
{
	(void)state;
	open_world("/a,/b,/c");
	b.on_probe = hang;
	bench_link(&b, ROLE_PROBER);
	bench_link(&b, ROLE_BRAIN);
	assert_true(bench_hears(&b, "DISK /a 60"));
	bench_unlink(&b, ROLE_PROBER);
	hung = false;
	b.on_probe = answer;
	bench_link(&b, ROLE_PROBER);
	assert_true(bench_hears(&b, "TICK_END 1"));
	assert_int_equal(bench_count(&b, "DISK /c nan missing=0 [Permission denied]"), 1);
	assert_int_equal(bench_count(&b, "DISK /b nan missing=1 [does not exist]"), 1);
	bench_close(&b);
}

static void
a_late_answer_ends_the_hang_but_is_not_told_twice(void **state)
{
	(void)state;
	open_world("/a,/b");
	b.on_probe = hang;
	bench_link(&b, ROLE_PROBER);
	bench_link(&b, ROLE_BRAIN);
	assert_true(bench_hears(&b, "TICK_END 1"));
	probed(1, 0, 40);
	bench_run(&b, 0.05);
	assert_int_equal(bench_count(&b, "DISK /b"), 1);
	b.on_probe = answer;
	tick_now(b.tick);
	assert_true(bench_hears(&b, "TICK_END 2"));
	assert_int_equal(asked[1], 2);
	bench_close(&b);
}

static void
without_a_prober_disks_are_no_data(void **state)
{
	(void)state;
	open_world("/a");
	bench_link(&b, ROLE_BRAIN);
	assert_true(bench_hears(&b, "DISK /a nan missing=0 [not looked at: the prober is being started]"));
	bench_close(&b);
}

static void
an_answer_nobody_asked_for_is_dropped(void **state)
{
	(void)state;
	open_world("/a");
	bench_link(&b, ROLE_PROBER);
	probed(0, 0, 1);
	probed(7, 0, 1);
	bench_run(&b, 0.05);
	bench_close(&b);
}

static void
meminfo_is_opened_once_and_read_each_time(void **state)
{
	char dir[] = "/tmp/test_host.XXXXXX", path[64];
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/meminfo", dir);
	f = fopen(path, "w");
	fprintf(f, "MemTotal: 100 kB\nMemAvailable: 60 kB\n");
	fflush(f);
	bench_open(&b);
	bench_set(&b, "WATCHDOG_PROC_PATH", dir);
	b.host = host_new(&b.role, b.tick);
	unlink(path);
	bench_link(&b, ROLE_BRAIN);
	assert_true(bench_hears(&b, "MEM 40.0 []"));
	rewind(f);
	fprintf(f, "MemTotal: 100 kB\nMemAvailable: 10 kB\n");
	fclose(f);
	tick_now(b.tick);
	assert_true(bench_hears(&b, "MEM 90.0 []"));
	bench_close(&b);
	rmdir(dir);
}

static void
meminfo_that_cannot_be_read_is_no_data(void **state)
{
	(void)state;
	bench_open(&b);
	bench_set(&b, "WATCHDOG_PROC_PATH", "/nonexistent");
	b.host = host_new(&b.role, b.tick);
	bench_link(&b, ROLE_BRAIN);
	assert_true(bench_hears(&b, "MEM nan [/nonexistent/meminfo: No such file or directory]"));
	bench_close(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mem_is_what_is_not_available),
		cmocka_unit_test(mem_that_is_all_available_is_not_used),
		cmocka_unit_test(mem_without_its_keys_is_not_known),
		cmocka_unit_test(use_is_rounded_up_as_df_does),
		cmocka_unit_test(root_s_reserve_is_neither_used_nor_available),
		cmocka_unit_test(a_negative_bavail_is_nothing),
		cmocka_unit_test(a_file_system_without_blocks_has_no_use),
		cmocka_unit_test(inodes_are_rounded_up_as_df_does),
		cmocka_unit_test(who_counts_no_inodes_has_no_use_of_them),
		cmocka_unit_test(a_full_disk_is_full_however_large),
		cmocka_unit_test(absurd_figures_end_in_a_percentage),
		cmocka_unit_test(each_disk_is_told_in_its_own_way),
		cmocka_unit_test(what_is_mounted_and_inodes_are_told_with_the_figures),
		cmocka_unit_test(a_disk_that_hangs_costs_itself),
		cmocka_unit_test(a_disk_that_hung_is_not_asked_again_until_the_prober_is_new),
		cmocka_unit_test(a_new_prober_is_asked_at_once_what_still_waits),
		cmocka_unit_test(a_late_answer_ends_the_hang_but_is_not_told_twice),
		cmocka_unit_test(without_a_prober_disks_are_no_data),
		cmocka_unit_test(an_answer_nobody_asked_for_is_dropped),
		cmocka_unit_test(meminfo_is_opened_once_and_read_each_time),
		cmocka_unit_test(meminfo_that_cannot_be_read_is_no_data),
	};

	return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
