/*
 * What the kernel of this host says of paths that every host has.  Real
 * mounts that come and go are in tests/e2e/test_mounts.py.
 */
#include "build_config.h"

#include <string.h>

#include "mount.h"
#include "unit.h"

static void
proc_is_mounted_and_what_lies_in_it_is_not(void **state)
{
	(void)state;
	assert_int_equal(mount_look("/proc"), MOUNT_THERE);
	assert_int_equal(mount_look("/proc/"), MOUNT_THERE);
	assert_int_equal(mount_look("//proc//"), MOUNT_THERE);
	assert_int_equal(mount_look("/proc/self"), MOUNT_NONE);
	assert_int_equal(mount_look("/proc/sys/kernel"), MOUNT_NONE);
}

/* Else who takes WATCHDOG_ROOTFS_PATH away would hear that the host's root is no longer mounted. */
static void
the_root_has_nothing_beneath(void **state)
{
	(void)state;
	assert_int_equal(mount_look("/"), MOUNT_THERE);
	assert_int_equal(mount_look("///"), MOUNT_THERE);
}

static void
of_what_cannot_be_looked_at_nothing_is_known(void **state)
{
	char path[2 * PATH_MAX_LEN];

	(void)state;
	assert_int_equal(mount_look("/nonexistent"), MOUNT_UNKNOWN);
	assert_int_equal(mount_look(""), MOUNT_UNKNOWN);
	memset(path, 'x', sizeof(path) - 1);
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(mount_look(path), MOUNT_UNKNOWN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(proc_is_mounted_and_what_lies_in_it_is_not),
		cmocka_unit_test(the_root_has_nothing_beneath),
		cmocka_unit_test(of_what_cannot_be_looked_at_nothing_is_known),
	};

	return cmocka_run_group_tests_name("mount", tests, NULL, NULL);
}
