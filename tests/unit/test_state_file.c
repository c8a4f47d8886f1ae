/*
 * The state file where the host is short of processes.  All else of it is
 * tests/e2e/test_state_file.py's.
 */
#include "build_config.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "checksum.h"
#include "clock.h"
#include "log.h"
#include "state_file.h"
#include "unit.h"

#define NOBODY 65534
#define SNAPSHOT "what the brain knows"

static bool failure_said;

static void
listen_for_the_failure(enum log_level level, const char *line)
{
	(void)level;
	failure_said = failure_said || strstr(line, "cannot be written") != NULL;
}

static struct keeper *
keeper_with_a_snapshot(void)
{
	struct keeper *k = keeper_new();
	struct blob bytes = {(const uint8_t *)SNAPSHOT, sizeof(SNAPSHOT)};
	uint64_t generation;

	if (k == NULL || keeper_begin(k, &(struct msg_snap_begin){.generation = 1, .size = bytes.len}) == -1 ||
	    keeper_part(k, &(struct msg_snap_part){.bytes = bytes}) == -1 ||
	    keeper_end(k, &(struct msg_snap_end){.checksum = checksum_crc32(0, bytes.p, bytes.len)}, &generation) == -1)
		unit_exit(2);
	return k;
}

/* Root may have as many as it likes. */
static void
allow_processes(rlim_t n)
{
	struct rlimit limit;

	if (getuid() == 0 && setresuid(NOBODY, NOBODY, NOBODY) == -1)
		unit_exit(3);
	if (getrlimit(RLIMIT_NPROC, &limit) == -1)
		unit_exit(3);
	limit.rlim_cur = n < limit.rlim_max ? n : limit.rlim_max;
	if (setrlimit(RLIMIT_NPROC, &limit) == -1)
		unit_exit(3);
}

static void
write_when_there_are_processes_again(const char *path)
{
	struct event_base *base = event_base_new();
	struct state_file *f = state_file_new(base, path, keeper_with_a_snapshot());
	struct stat st;

	log_set(listen_for_the_failure, LEVEL_ERROR);
	allow_processes(0);
	state_file_changed(f);
	while (!failure_said)
		event_base_loop(base, EVLOOP_ONCE);
	allow_processes(RLIM_INFINITY);
	state_file_finish(f);
	unit_exit(stat(path, &st) == 0 && st.st_size > 0 ? 0 : 1);
}

static void
what_found_no_process_to_write_it_is_written_later(void **state)
{
	char folder[] = "/tmp/test_state_file.XXXXXX", path[64];
	int status;
	pid_t pid;

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chmod(folder, S_IRWXU | S_IRWXG | S_IRWXO), 0);
	snprintf(path, sizeof(path), "%s/state", folder);
	assert_int_not_equal(pid = fork(), -1);
	if (pid == 0)
		write_when_there_are_processes_again(path);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	unlink(path);
	assert_int_equal(rmdir(folder), 0);
	assert_int_equal(status, 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_found_no_process_to_write_it_is_written_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
