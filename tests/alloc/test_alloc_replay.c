/*
 * watchdog-brain --replay, whose n-th allocation fails, for every n: it does
 * its work, or it stops and says why.  What it has written by then is right.
 */
#include "build_config.h"

#include <sys/mman.h>
#include <sys/wait.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "failing.h"
#include "unit.h"

#define OUTPUT_MAX 65536
#define PATIENCE_S 60

#ifdef WITH_SANITIZERS
#define STRIDE 5
#else
#define STRIDE 1
#endif

/* Memory and disks are left out: without memory, what was before is not told of them, and that alone. */
static const char recording[] =
    "{\"now\":1000,\"wall\":1780000000,\"metrics\":{\"ok\":true,\"generated_at\":1780000000,"
    "\"failed\":1,\"agents\":[{\"run_id\":41,\"cpu_ticks\":5,\"name\":\"dev\"}]},"
    "\"deps\":[{\"name\":\"git\",\"ok\":true,\"ms\":3}],\"containers\":[{\"name\":\"api\",\"state\":\"running\"}]}\n"
    "{\"now\":1030,\"deps\":[{\"name\":\"git\",\"ok\":false,\"error\":\"refused\"}],\"docker\":true,"
    "\"containers\":[{\"name\":\"api\",\"state\":\"exited\",\"exit_code\":137}]}\n"
    "{\"now\":1060,\"deps\":[{\"name\":\"git\",\"ok\":false,\"error\":\"refused\"}],\"docker\":true,"
    "\"containers\":[{\"name\":\"api\",\"state\":\"exited\",\"exit_code\":137}]}\n"
    "{\"now\":1090,\"metrics\":{\"ok\":false,\"error\":\"timeout\"},\"docker\":false}\n"
    "{\"now\":1120,\"deps\":[{\"name\":\"git\",\"ok\":true,\"ms\":3}],\"docker\":true,"
    "\"containers\":[{\"name\":\"api\",\"state\":\"running\"}]}\n";

struct result {
	int status;
	char out[OUTPUT_MAX], err[OUTPUT_MAX];
};

static struct failing *failing;
static int failing_fd, in, out, err;
static struct result whole;

static int
new_file(const char *text)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	assert_true(fd != -1 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	return fd;
}

static void
exec_replay(void)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/tests/alloc/failing_brain",
	    getenv("TOP_BUILDDIR") == NULL ? "." : getenv("TOP_BUILDDIR"));
	/* What it exits with must be its own; at the end of a run that failed not all is freed. */
	setenv("ASAN_OPTIONS", "exitcode=99:detect_leaks=0", 1);
	setenv("WATCHDOG_CONTAINERS", "api", 1);
	setenv("WATCHDOG_DEP_DOWN_TICKS", "1", 1);
	setenv("WATCHDOG_CONTAINER_DOWN_TICKS", "1", 1);
	setenv("WATCHDOG_HOST_NAME", "host1", 1);
	alarm(PATIENCE_S);
	if (dup2(in, 0) == -1 || dup2(out, 1) == -1 || dup2(err, 2) == -1 || dup2(failing_fd, FAILING_FD) == -1)
		_exit(126);
	execl(path, "watchdog-brain", "--replay", "--messages", (char *)NULL);
	_exit(127);
}

static void
read_back(int fd, char text[OUTPUT_MAX])
{
	ssize_t n = pread(fd, text, OUTPUT_MAX - 1, 0);

	assert_true(n >= 0);
	text[n] = '\0';
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
}

static void
replay(struct result *r, uint64_t n, bool ever_after)
{
	pid_t pid;

	*failing = (struct failing){.fail_at = n, .ever_after = ever_after};
	assert_int_equal(lseek(in, 0, SEEK_SET), 0);
	if ((pid = fork()) == 0)
		exec_replay();
	assert_true(pid > 0 && waitpid(pid, &r->status, 0) == pid);
	read_back(out, r->out);
	read_back(err, r->err);
}

static void
judge(const struct result *r, uint64_t n)
{
	if (!WIFEXITED(r->status))
		fail_msg("allocation %lu: wait status %#x\n%s", (unsigned long)n, (unsigned)r->status, r->err);
	if (WEXITSTATUS(r->status) == 0) {
		assert_string_equal(r->out, whole.out);
		return;
	}
	if (WEXITSTATUS(r->status) != EX_OSERR && WEXITSTATUS(r->status) != 1)
		fail_msg("allocation %lu: exit status %d\n%s", (unsigned long)n, WEXITSTATUS(r->status), r->err);
	if (strcasestr(r->err, "memory") == NULL)
		fail_msg("allocation %lu: it does not say why it stopped: %s", (unsigned long)n, r->err);
	if (strncmp(r->out, whole.out, strlen(r->out)) != 0)
		fail_msg("allocation %lu: wrong output:\n%s", (unsigned long)n, r->out);
}

static void
test_one_allocation_fails(void **state)
{
	static struct result r;
	uint64_t n = 1;
	unsigned stopped = 0;

	(void)state;
	for (;; n += STRIDE) {
		replay(&r, n, false);
		if (!failing->failed)
			break;
		judge(&r, n);
		stopped += r.status != 0;
	}
	print_message("%lu allocations, %u runs stopped\n", (unsigned long)n - 1, stopped);
	assert_true(n > 200 && stopped > 30);
}

static void
test_none_succeeds_from_one_on(void **state)
{
	static struct result r;

	(void)state;
	for (uint64_t n = 1;; n += 7 * STRIDE) {
		replay(&r, n, true);
		if (!failing->failed)
			break;
		judge(&r, n);
	}
}

static int
setup(void **state)
{
	(void)state;
	in = new_file(recording);
	out = new_file("");
	err = new_file("");
	failing = failing_share(&failing_fd);
	replay(&whole, 0, false);
	assert_int_equal(whole.status, 0);
	assert_non_null(strstr(whole.out, "\"key\":\"container:api\",\"action\":\"recovery\""));
	assert_non_null(strstr(whole.out, "\"key\":\"dep:git\",\"action\":\"recovery\""));
	assert_non_null(strstr(whole.out, "\"message\""));
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_allocation_fails),
		cmocka_unit_test(test_none_succeeds_from_one_on),
	};

	return cmocka_run_group_tests_name("alloc_replay", tests, setup, NULL);
}
