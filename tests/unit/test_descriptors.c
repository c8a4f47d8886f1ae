/*
 * Closing all but some, with close_range(2) and where a filter refuses that
 * one.  Each case runs in a process of its own, whose descriptors are the
 * test's.
 */
#include "build_config.h"

#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdbool.h>
#include <unistd.h>

#include "compat.h"
#include "descriptors.h"
#include "unit.h"

#define FIRST 20
#define LAST 400
#define HELD(condition) do { if (!(condition)) _exit(__LINE__ % 200 + 1); } while (0)

static bool
is_open(int fd)
{
	return fcntl(fd, F_GETFD) != -1;
}

static void
open_many(void)
{
	int fd = open("/dev/null", O_RDONLY);

	for (int i = FIRST; i <= LAST; i++)
		HELD(dup2(fd, i) == i);
}

/* Those of keep that are FIRST or above, and nothing else from there on. */
static void
hold_only(const int *keep, size_t n)
{
	for (int fd = FIRST; fd <= LAST; fd++) {
		bool kept = false;

		for (size_t i = 0; i < n; i++)
			kept = kept || keep[i] == fd;
		HELD(is_open(fd) == kept);
	}
}

static void
close_but(const int *keep, size_t n)
{
	open_many();
	HELD(descriptors_close_but(FIRST, keep, n) == 0);
	hold_only(keep, n);
	HELD(is_open(0) && is_open(2));
}

static void
all_cases(void)
{
	close_but(NULL, 0);
	close_but((const int[]){FIRST}, 1);
	close_but((const int[]){LAST, -1, FIRST + 1, 0, FIRST + 1, FIRST + 7}, 6);
	close_but((const int[]){FIRST, FIRST + 1, LAST - 1, LAST}, 4);
	close_but((const int[]){LAST + 100, FIRST + 2}, 2);
}

/* refusal: the errno of close_range(2), 0 = it is let through. */
static void
in_a_process_of_its_own(int refusal)
{
	int status = 0;
	pid_t pid = fork();

	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

		if (refusal != 0)
			HELD(seccomp_rule_add(filter, SCMP_ACT_ERRNO((uint16_t)refusal), SCMP_SYS(close_range), 0) == 0 && seccomp_load(filter) == 0);
		HELD(close_range(LAST + 1, LAST + 1, 0) == (refusal == 0 ? 0 : -1));
		all_cases();
		unit_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
all_but_the_kept_are_closed(void **state)
{
	(void)state;
	in_a_process_of_its_own(0);
}

static void
a_kernel_that_has_no_close_range_will_do(void **state)
{
	(void)state;
	in_a_process_of_its_own(ENOSYS);
}

static void
so_will_a_filter_that_forbids_it(void **state)
{
	(void)state;
	in_a_process_of_its_own(EPERM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_but_the_kept_are_closed),
		cmocka_unit_test(a_kernel_that_has_no_close_range_will_do),
		cmocka_unit_test(so_will_a_filter_that_forbids_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
