/*
 * Which container are we?
 */
#include "build_config.h"

#include <string.h>

#include "own_container.h"
#include "unit.h"

#define ID "5de8a1f7c9e24b6d8f0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60"
#define OTHER "ffffa1f7c9e24b6d8f0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4effff"
#define MOUNT(id, where) "700 650 8:1 /var/lib/docker/containers/" id "/hostname " where " rw,relatime - ext4 /dev/sda1 rw\n"

static char id[OWN_CONTAINER_LEN + 1];

static void
the_cgroup_s_path_tells(void **state)
{
	(void)state;
	own_container_find(id, "12:memory:/docker/" ID "\n0::/\n", MOUNT(OTHER, "/etc/hostname"), "host1");
	assert_string_equal(id, ID);
	own_container_find(id, "0::/system.slice/docker-" ID ".scope\n", "", "host1");
	assert_string_equal(id, ID);
	own_container_find(id, "0::/machine.slice/libpod-" ID ".scope/container\n", "", "host1");
	assert_string_equal(id, ID);
}

static void
else_docker_s_files_in_etc_tell(void **state)
{
	(void)state;
	own_container_find(id, "0::/\n", "650 600 0:50 / / rw - overlay overlay rw\n" MOUNT(ID, "/etc/hostname"), "named");
	assert_string_equal(id, ID);
}

static void
else_a_host_name_of_12_hex_digits_tells(void **state)
{
	(void)state;
	own_container_find(id, "0::/\n", "", "5de8a1f7c9e2");
	assert_string_equal(id, "5de8a1f7c9e2");
}

static void
on_a_host_there_is_none(void **state)
{
	(void)state;
	own_container_find(id, "0::/user.slice/user-1000.slice\n", MOUNT(OTHER, "/var/lib/docker/containers/x/mounts/shm"), "decafbad");
	assert_string_equal(id, "");
	own_container_find(id, "", "garbage\n\n1 2 3\n", "");
	assert_string_equal(id, "");
}

static void
the_files_of_this_very_process_can_be_read(void **state)
{
	(void)state;
	own_container_read(id);
	assert_true(strlen(id) == 0 || strlen(id) == 12 || strlen(id) == OWN_CONTAINER_LEN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_cgroup_s_path_tells),
		cmocka_unit_test(else_docker_s_files_in_etc_tell),
		cmocka_unit_test(else_a_host_name_of_12_hex_digits_tells),
		cmocka_unit_test(on_a_host_there_is_none),
		cmocka_unit_test(the_files_of_this_very_process_can_be_read),
	};

	return cmocka_run_group_tests_name("own_container", tests, NULL, NULL);
}
