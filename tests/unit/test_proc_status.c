/*
 * The numbers of /proc/self/status, wherever in it they stand: a person may be
 * in so many groups that the rest comes pages later.
 */
#include "build_config.h"

#include <sys/mman.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "proc_status.h"
#include "unit.h"

#define LONGEST 9000 /* bytes of groups: over two pieces */

/* A file as the kernel would write it, with so many bytes of groups. */
static int
status_with(size_t groups)
{
	int fd = memfd_create("status", MFD_CLOEXEC);
	static char line[LONGEST + 1];

	assert_int_not_equal(fd, -1);
	memset(line, '1', groups);
	line[groups] = '\0';
	assert_true(dprintf(fd, "Name:\twatchdog-brain\nUid:\t65534\t65534\t65534\t65534\nGroups:\t%s\nThreads:\t12\n"
	    "CapEff:\t00000000a80425fb\nNoNewPrivs:\t1\nSeccomp:\t2\n", line) > 0);
	return fd;
}

static void
each_is_found_however_many_groups_there_are(void **state)
{
	(void)state;
	for (size_t groups = 0; groups <= LONGEST; groups++) {
		int fd = status_with(groups);

		assert_int_equal(proc_status_number(fd, "\nUid:", 10), 65534);
		assert_int_equal(proc_status_number(fd, "\nThreads:", 10), 12);
		assert_int_equal(proc_status_number(fd, "\nCapEff:", 16), 0xa80425fb);
		assert_int_equal(proc_status_number(fd, "\nNoNewPrivs:", 10), 1);
		assert_int_equal(proc_status_number(fd, "\nSeccomp:", 10), 2);
		close(fd);
	}
}

static void
what_is_not_there_is_0(void **state)
{
	(void)state;
	for (size_t groups = 0; groups <= LONGEST; groups += 100) {
		int fd = status_with(groups);

		assert_int_equal(proc_status_number(fd, "\nSeccomp_filters:", 10), 0);
		close(fd);
	}
	assert_int_equal(proc_status_number(-1, "\nSeccomp:", 10), 0);
}

static void
the_kernels_own_is_read(void **state)
{
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_int_not_equal(fd, -1);
	assert_int_equal(proc_status_number(fd, "\nPid:", 10), getpid());
	assert_int_equal(proc_status_number(fd, "\nPid:", 10), getpid());
	close(fd);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_found_however_many_groups_there_are),
		cmocka_unit_test(what_is_not_there_is_0),
		cmocka_unit_test(the_kernels_own_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
