/*
 * Starting a role.  Between fork and exec the child loses every descriptor
 * but its own, its ids, its capabilities and its environment, so that
 * neither the dynamic linker nor any library of the role runs with more than
 * the role itself may have.
 */
#include "build_config.h"

#include <sys/prctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "descriptors.h"
#include "role.h"
#include "spawn.h"

#define FIRST_SAFE_FD 16 /* above every number that a role finds a descriptor at */
#define PATH_LEN (sizeof(ROLEDIR) + 40)

/*
 * The roles' programs, held open: an upgrade under our feet does not give us
 * children of another version, whose messages are not ours; and who a child
 * has become may not be able to walk to them (a build in somebody's home).
 * By role, and whether with https; -1 = there is none.
 */
static int programs[ROLE_COUNT][2];

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

/* fds: what becomes descriptor 3, 4 and 5; -1 leaves that number closed.  The other two go on, under other numbers, until the exec. */
static const char *
child_descriptors(const int fds[3], int *program, int *report_fd)
{
	int high[3], null = open("/dev/null", O_RDWR), report = fcntl(*report_fd, F_DUPFD_CLOEXEC, FIRST_SAFE_FD);

	/* Until there is another, the one that is there says that there is none. */
	if (null == -1 || report == -1)
		return "descriptors";
	*report_fd = report;
	if ((*program = fcntl(*program, F_DUPFD_CLOEXEC, FIRST_SAFE_FD)) == -1)
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
	return descriptors_close_but(ROLE_FD_CA + 1, (const int[]){*program, *report_fd}, 2) == -1 ? "descriptors" : NULL;
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
role_path(char path[PATH_LEN], enum role_id role, bool https)
{
	snprintf(path, PATH_LEN, "%s/watchdog-%s%s", ROLEDIR, role_name(role), https ? "-https" : "");
}

static void
child_exec(const struct spawn_request *request, int link_fd, int report_fd, pid_t parent)
{
	const int fds[3] = {link_fd, request->secret_fd, request->ca_fd};
	int program = programs[request->role][request->https];
	char title[32], path[PATH_LEN];
	char *argv[] = {title, NULL}, **env = child_environment();
	const char *failed;

	role_path(path, request->role, request->https);
	snprintf(title, sizeof(title), "watchdog-%s", role_name(request->role));
	child_signals();
	if ((failed = child_descriptors(fds, &program, &report_fd)) != NULL)
		child_fail(report_fd, failed);
	if ((failed = privileges_drop(request->identity)) != NULL)
		child_fail(report_fd, failed);
	/* After the change of ids, which clears it. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == -1)
		child_fail(report_fd, "PR_SET_PDEATHSIG");
	if (getppid() != parent)
		_exit(0);
	fexecve(program, argv, env);
	child_fail(report_fd, path);
}

bool
spawn_failed(int report_fd, char *why, size_t whylen)
{
	struct failure f = {0};
	ssize_t n;

	do
		n = read(report_fd, &f, sizeof(f));
	while (n == -1 && errno == EINTR);
	/* Nothing is read: it was killed, or has become its role. */
	if (n != (ssize_t)sizeof(f))
		return false;
	f.step[sizeof(f.step) - 1] = '\0';
	snprintf(why, whylen, "%s: %s", f.step, strerror(f.error));
	return true;
}

static pid_t
fork_role(const struct spawn_request *request, int link_fd, const int report[2])
{
	pid_t self = getpid(), pid = fork();

	if (pid == 0)
		child_exec(request, link_fd, report[1], self);
	return pid;
}

/* Fills in its path.  Returns -1 with errno. */
static int
take_hold(enum role_id role, bool https, char path[PATH_LEN])
{
	int *program = &programs[role][https];

	role_path(path, role, https);
	if (*program == -1)
		*program = open(path, O_PATH | O_CLOEXEC);
	return *program;
}

int
spawn_init(void)
{
	char path[PATH_LEN];

	for (int role = ROLE_PARENT + 1; role < ROLE_COUNT; role++)
		for (int https = 0; https < 2; https++) {
			programs[role][https] = -1;
			if (take_hold((enum role_id)role, https != 0, path) == -1 && errno != ENOENT)
				return -1;
		}
	return 0;
}

static void
close_both(int fds[2])
{
	for (int i = 0; i < 2; i++)
		if (fds[i] != -1)
			close(fds[i]);
}

pid_t
spawn_role(const struct spawn_request *request, int *link_fd, int *report_fd, char *why, size_t whylen)
{
	int link[2] = {-1, -1}, report[2] = {-1, -1};
	char path[PATH_LEN];
	pid_t pid = -1;

	if (take_hold(request->role, request->https, path) == -1) {
		snprintf(why, whylen, "%s: %s", path, strerror(errno));
		return -1;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, link) == -1 || pipe2(report, O_CLOEXEC | O_NONBLOCK) == -1 ||
	    (pid = fork_role(request, link[1], report)) == -1) {
		snprintf(why, whylen, "%s", strerror(errno));
		close_both(link);
		close_both(report);
		return -1;
	}
	close(link[1]);
	close(report[1]);
	*link_fd = link[0];
	*report_fd = report[0];
	return pid;
}
