/*
 * Landlock by itself, without the filter that stands in front of it: what
 * each ABI is asked for, and that what is not granted is refused.
 */
#include "build_config.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "landlock.h"
#include "unit.h"

#define ABI_NET 4
#define ABI_SCOPE 6

static unsigned abi; /* of the kernel that runs the tests */
static char folder[] = "/tmp/watchdog-landlock-XXXXXX";
static char granted[64], other[64];
static uint16_t open_port, closed_port;

static void
each_abi_is_asked_for_what_it_knows(void **state)
{
	static const struct {
		unsigned abi;
		int fs_bits;
		uint64_t net, scoped;
		size_t attr_size;
	} expected[] = {
		{0, 0, 0, 0, 0},
		{1, 13, 0, 0, 8},
		{2, 14, 0, 0, 8},
		{3, 15, 0, 0, 8},
		{4, 15, LL_NET_ALL, 0, 16},
		{5, 16, LL_NET_ALL, 0, 16},
		{6, 16, LL_NET_ALL, LL_SCOPE_ALL, 24},
		{99, 16, LL_NET_ALL, LL_SCOPE_ALL, 24},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(expected); i++) {
		struct landlock_masks m = landlock_masks(expected[i].abi);

		assert_int_equal(m.fs, (UINT64_C(1) << expected[i].fs_bits) - 1);
		assert_int_equal(m.net, expected[i].net);
		assert_int_equal(m.scoped, expected[i].scoped);
		assert_int_equal(m.attr_size, expected[i].attr_size);
	}
}

/* --- a process of its own for each --- */

static int
in_child(int (*body)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		unit_exit(body());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
need(unsigned at_least)
{
	if (abi >= at_least)
		return;
	print_message("not covered by this kernel: Landlock ABI %u, needed %u\n", abi, at_least);
	skip();
}

static void
must_enter(const struct landlock_rules *rules, unsigned as_abi)
{
	char why[256];

	if (landlock_enter(rules, as_abi, why, sizeof(why)) == -1)
		unit_exit(100);
}

static const struct landlock_rules nothing = {.fs = LL_FS_ALL, .net = LL_NET_ALL, .scoped = LL_SCOPE_ALL};

static int
open_errno(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd == -1)
		return errno;
	close(fd);
	return 0;
}

static int
connect_errno(uint16_t port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0), rc = connect(fd, (struct sockaddr *)&to, sizeof(to)) == -1 ? errno : 0;

	close(fd);
	return rc;
}

static int
read_without_grant(void)
{
	must_enter(&nothing, abi);
	return open_errno(other, O_RDONLY);
}

static void
without_a_grant_no_file_opens(void **state)
{
	(void)state;
	need(1);
	assert_int_equal(in_child(read_without_grant), EACCES);
}

static void
enter_with_file(unsigned as_abi)
{
	const struct landlock_path paths[] = {{granted, LL_READ_FILE}, {"/does/not/exist", LL_READ_FILE}, {0}};
	const struct landlock_rules rules = {.fs = LL_FS_ALL, .paths = paths};

	must_enter(&rules, as_abi);
}

static int
read_granted(void)
{
	enter_with_file(abi);
	return open_errno(granted, O_RDONLY);
}

static int
write_granted(void)
{
	enter_with_file(abi);
	return open_errno(granted, O_WRONLY);
}

static int
read_beside_granted(void)
{
	enter_with_file(abi);
	return open_errno(other, O_RDONLY);
}

static void
a_grant_holds_for_its_file_and_its_use(void **state)
{
	(void)state;
	need(1);
	assert_int_equal(in_child(read_granted), 0);
	assert_int_equal(in_child(write_granted), EACCES);
	assert_int_equal(in_child(read_beside_granted), EACCES);
}

static int
rules_of_each_older_abi(void)
{
	for (unsigned as = abi; as >= 1; as--)
		enter_with_file(as);
	return open_errno(other, O_RDONLY) == EACCES && open_errno(granted, O_RDONLY) == 0 ? 0 : 1;
}

static void
this_kernel_takes_the_rules_of_every_older_abi(void **state)
{
	(void)state;
	need(1);
	assert_int_equal(in_child(rules_of_each_older_abi), 0);
}

static int
read_replaced(void)
{
	char fresh[80];

	snprintf(fresh, sizeof(fresh), "%s.new", granted);
	if (open_errno(fresh, O_CREAT | O_WRONLY) != 0)
		return 100;
	enter_with_file(abi);
	if (fork() == 0) /* in the same confinement: rename is refused, as it should be */
		unit_exit(rename(fresh, granted) == -1 ? 0 : 1);
	wait(NULL);
	return open_errno(granted, O_RDONLY);
}

static void
a_confined_process_cannot_replace_a_file(void **state)
{
	(void)state;
	need(1);
	assert_int_equal(in_child(read_replaced), 0);
}

static void
enter_with_port(void)
{
	const struct landlock_rules rules = {.net = LL_NET_ALL, .connect = &open_port, .nports = 1};

	must_enter(&rules, abi);
}

static int
count_grants(void)
{
	const struct landlock_path paths[] = {{granted, LL_READ_FILE}, {"/does/not/exist", LL_READ_FILE}, {other, LL_READ_FILE}, {0}};
	const uint16_t ports[] = {open_port, closed_port, 443};
	const struct landlock_rules rules = {.fs = LL_FS_ALL, .net = LL_NET_ALL, .paths = paths, .connect = ports, .nports = 3};
	char why[256];

	return landlock_enter(&rules, abi, why, sizeof(why)) == (landlock_masks(abi).net == 0 ? 2 : 5) ? 0 : 1;
}

static void
what_is_not_there_is_not_counted(void **state)
{
	(void)state;
	need(1);
	assert_int_equal(in_child(count_grants), 0);
}

static int
connect_granted(void)
{
	enter_with_port();
	return connect_errno(open_port);
}

static int
connect_other(void)
{
	enter_with_port();
	return connect_errno(closed_port);
}

static void
only_granted_ports_are_connected_to(void **state)
{
	(void)state;
	need(ABI_NET);
	assert_int_equal(in_child(connect_granted), 0);
	assert_int_equal(in_child(connect_other), EACCES);
}

static int
signal_parent(void)
{
	must_enter(&nothing, abi);
	return kill(getppid(), 0) == -1 ? errno : 0;
}

static int
connect_abstract(void)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX, .sun_path = "\0watchdog-test"};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	must_enter(&nothing, abi);
	return connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1 ? errno : 0;
}

static void
processes_and_abstract_sockets_outside_are_out_of_reach(void **state)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX, .sun_path = "\0watchdog-test"};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	need(ABI_SCOPE);
	assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(in_child(signal_parent), EPERM);
	assert_int_equal(in_child(connect_abstract), EPERM);
	close(fd);
}

/* --- a kernel without it --- */

static int wrong_error;

static int
abi_behind_a_filter(void)
{
	scmp_filter_ctx outer = seccomp_init(SCMP_ACT_ALLOW);
	char why[256] = "";

	if (outer == NULL ||
	    seccomp_rule_add(outer, SCMP_ACT_ERRNO((unsigned)wrong_error), SYS_landlock_create_ruleset, 0) != 0 ||
	    seccomp_load(outer) != 0)
		return 100;
	seccomp_release(outer);
	return landlock_abi(why, sizeof(why)) == 0 && why[0] != '\0' ? 0 : 1;
}

static void
refused_switched_off_and_unknown_are_all_none(void **state)
{
	static const int errors[] = {ENOSYS, EOPNOTSUPP, EPERM};

	(void)state;
	for (size_t i = 0; i < LENGTH(errors); i++) {
		wrong_error = errors[i];
		assert_int_equal(in_child(abi_behind_a_filter), 0);
	}
}

static void
without_an_abi_nothing_is_asked_of_the_kernel(void **state)
{
	char why[256];

	(void)state;
	assert_int_equal(landlock_enter(&nothing, 0, why, sizeof(why)), 0);
	assert_int_equal(open_errno("/dev/null", O_RDONLY), 0);
}

/* --- what they need --- */

static uint16_t
listen_somewhere(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (bind(fd, (struct sockaddr *)&at, len) == -1 || listen(fd, 8) == -1 || getsockname(fd, (struct sockaddr *)&at, &len) == -1)
		return 0;
	return ntohs(at.sin_port);
}

static int
set_up(void **state)
{
	char why[256];

	(void)state;
	abi = landlock_abi(why, sizeof(why));
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(granted, sizeof(granted), "%s/granted", folder);
	snprintf(other, sizeof(other), "%s/other", folder);
	open_port = listen_somewhere();
	closed_port = listen_somewhere();
	return open_errno(granted, O_CREAT | O_WRONLY) != 0 || open_errno(other, O_CREAT | O_WRONLY) != 0 || closed_port == 0 ? -1 : 0;
}

static int
tear_down(void **state)
{
	char fresh[80];

	(void)state;
	snprintf(fresh, sizeof(fresh), "%s.new", granted);
	unlink(fresh);
	unlink(granted);
	unlink(other);
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_abi_is_asked_for_what_it_knows),
		cmocka_unit_test(without_a_grant_no_file_opens),
		cmocka_unit_test(a_grant_holds_for_its_file_and_its_use),
		cmocka_unit_test(this_kernel_takes_the_rules_of_every_older_abi),
		cmocka_unit_test(a_confined_process_cannot_replace_a_file),
		cmocka_unit_test(what_is_not_there_is_not_counted),
		cmocka_unit_test(only_granted_ports_are_connected_to),
		cmocka_unit_test(processes_and_abstract_sockets_outside_are_out_of_reach),
		cmocka_unit_test(refused_switched_off_and_unknown_are_all_none),
		cmocka_unit_test(without_an_abi_nothing_is_asked_of_the_kernel),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
