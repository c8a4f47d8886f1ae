/*
 * Starting a role.  Between fork and exec the child loses every descriptor
 * but its own, its ids, its capabilities and its environment, so that
 * neither the dynamic linker nor any library of the role runs with more than
 * the role itself may have.
 */
#include "build_config.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"
#include "role.h"
#include "spawn.h"

#define FIRST_SAFE_FD 16 /* above every number that a role finds a descriptor at */

/* The roles' folder, held open: who a child has become may not be able to walk to it (a build in somebody's home). */
static int role_folder = -1;

/* What the child says of a failure, through a pipe that its exec closes. */
struct failure {
	int error;
	char step[256];
};

static void
child_fail(int report_fd, const char *step)
{
	struct failure f = {.error = errno};
	ssize_t n;

	strncpy(f.step, step, sizeof(f.step) - 1);
	n = write(report_fd, &f, sizeof(f));
	_exit(n == (ssize_t)sizeof(f) ? 127 : 126);
}

static void
child_signals(void)
{
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static int
close_from(unsigned first, unsigned keep)
{
	if (keep > first && close_range(first, keep - 1, 0) == -1)
		return -1;
	return close_range(keep + 1, ~0u, 0);
}

/* fds: what becomes descriptor 3, 4 and 5; -1 leaves that number closed. */
static const char *
child_descriptors(const int fds[3], int *report_fd)
{
	int high[3], null = open("/dev/null", O_RDWR);

	if (null == -1 || (*report_fd = fcntl(*report_fd, F_DUPFD_CLOEXEC, FIRST_SAFE_FD)) == -1)
		return "descriptors";
	for (int i = 0; i < 3; i++)
		if ((high[i] = fds[i] == -1 ? -1 : fcntl(fds[i], F_DUPFD_CLOEXEC, FIRST_SAFE_FD)) == -1 && fds[i] != -1)
			return "descriptors";
	for (int i = 0; i < 3; i++)
		if (dup2(null, i) == -1)
			return "descriptors";
	for (int i = 0; i < 3; i++) {
		if (high[i] == -1)
			close(ROLE_FD_PARENT + i);
		else if (dup2(high[i], ROLE_FD_PARENT + i) == -1)
			return "descriptors";
	}
	return close_from(ROLE_FD_CA + 1, (unsigned)*report_fd) == -1 ? "close_range" : NULL;
}

/* Only what a role needs: nothing of our own environment is secret-free by nature. */
static char **
child_environment(void)
{
	static char tz[256];
	static char *env[4];
	size_t n = 0;

	snprintf(tz, sizeof(tz), "TZ=%s", getenv("TZ") == NULL ? ":/etc/localtime" : getenv("TZ"));
	env[n++] = tz;
#ifdef WITH_SANITIZERS
	static char asan[512];

	snprintf(asan, sizeof(asan), "ASAN_OPTIONS=%s", getenv("ASAN_OPTIONS") == NULL ? "" : getenv("ASAN_OPTIONS"));
	env[n++] = asan;
#endif
	env[n] = NULL;
	return env;
}

static void
child_exec(const struct spawn_request *request, int link_fd, int report_fd, pid_t parent)
{
	const int fds[3] = {link_fd, request->secret_fd, request->ca_fd};
	char title[32], name[sizeof(title) + 8], path[sizeof(ROLEDIR) + sizeof(name)];
	char *argv[] = {title, NULL}, **env = child_environment();
	const char *failed;

	snprintf(title, sizeof(title), "watchdog-%s", role_name(request->role));
	snprintf(name, sizeof(name), "%s%s", title, request->https ? "-https" : "");
	snprintf(path, sizeof(path), "%s/%s", ROLEDIR, name);
	child_signals();
	if (fchdir(role_folder) == -1)
		child_fail(report_fd, ROLEDIR);
	if ((failed = child_descriptors(fds, &report_fd)) != NULL)
		child_fail(report_fd, failed);
	if ((failed = privileges_drop(request->identity)) != NULL)
		child_fail(report_fd, failed);
	/* After the change of ids, which clears it. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == -1)
		child_fail(report_fd, "PR_SET_PDEATHSIG");
	if (getppid() != parent)
		_exit(0);
	execve(path, argv, env);
	if (errno == EACCES)
		execve(name, argv, env);
	child_fail(report_fd, path);
}

/* Returns 0 if the exec happened, else -1 with why. */
static int
await_exec(int report_fd, pid_t pid, char *why, size_t whylen)
{
	struct failure f = {0};
	ssize_t n;

	do
		n = read(report_fd, &f, sizeof(f));
	while (n == -1 && errno == EINTR);
	if (n == 0)
		return 0;
	waitpid(pid, NULL, 0);
	f.step[sizeof(f.step) - 1] = '\0';
	snprintf(why, whylen, "%s: %s", n == (ssize_t)sizeof(f) ? f.step : "before exec", strerror(f.error));
	return -1;
}

static pid_t
fork_role(const struct spawn_request *request, int link_fd, const int report[2])
{
	pid_t self = getpid(), pid = fork();

	if (pid == 0)
		child_exec(request, link_fd, report[1], self);
	return pid;
}

int
spawn_init(void)
{
	role_folder = open(ROLEDIR, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return role_folder == -1 ? -1 : 0;
}

pid_t
spawn_role(const struct spawn_request *request, int *link_fd, char *why, size_t whylen)
{
	int link[2] = {-1, -1}, report[2] = {-1, -1};
	pid_t pid = -1;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, link) == -1 || pipe2(report, O_CLOEXEC) == -1 ||
	    (pid = fork_role(request, link[1], report)) == -1)
		snprintf(why, whylen, "%s", strerror(errno));
	if (link[1] != -1)
		close(link[1]);
	if (report[1] != -1)
		close(report[1]);
	if (pid != -1 && await_exec(report[0], pid, why, whylen) == -1)
		pid = -1;
	if (report[0] != -1)
		close(report[0]);
	if (pid == -1 && link[0] != -1)
		close(link[0]);
	*link_fd = pid == -1 ? -1 : link[0];
	return pid;
}
