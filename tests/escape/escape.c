/*
 * The escape run.  A runner plays the parent: it enters the parent's real
 * confinement, then starts for each attempt a process that goes through
 * role_main() like every child, into its role's real confinement, says READY,
 * and then tries one thing.  What came of it is read from how it ended.
 *
 *     escape [-v]
 *
 * As root: three ways of running the daemon (separate users, one ordinary
 * user, root without capabilities), and all of them once more as on a kernel
 * without Landlock.  As anybody else: what can be had of it, and the rest is
 * named.  Exit 0, 1 if anything was not as expected, 77 in a build whose
 * filters are wider than a release's.
 */
#include "build_config.h"

#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "brain/confine.h"
#include "collector/confine.h"
#include "clock.h"
#include "escape.h"
#include "log.h"
#include "notifier/confine.h"
#include "parent/confine.h"
#include "prober/confine.h"
#include "resolver/confine.h"

#define ROLE_UID 65533
#define SIBLING_UID 65532
#define ATTEMPT_S 10.0
#define BROKEN 255 /* exit status: the attempt could not even begin */
#define HUNG (-300)
#define CRASHED(sig) (-200 - (sig))
#define SKIPPED 77

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif

struct mode {
	const char *name;
	uid_t runner, role, sibling;
	bool hide_landlock;
	bool control; /* also try everything without confinement first */
};

struct column_info {
	enum role_id role, peer;
	int (*confine)(struct role *role);
};

static const struct column_info columns[COLUMNS] = {
	[BRAIN] = {ROLE_BRAIN, ROLE_COLLECTOR, brain_confine},
	[COLLECTOR] = {ROLE_COLLECTOR, ROLE_BRAIN, collector_confine},
	[NOTIFIER] = {ROLE_NOTIFIER, ROLE_BRAIN, notifier_confine},
	[RESOLVER] = {ROLE_RESOLVER, ROLE_COLLECTOR, resolver_confine},
	[PROBER] = {ROLE_PROBER, ROLE_COLLECTOR, prober_confine},
};

struct tally {
	unsigned tried, died, refused, open, worked, wrong;
};

static bool verbose;
static struct scene scene;
static struct parent_confined confined;
static const struct attempt *current; /* set before the fork */
static unsigned failures;

/* --- the process that tries --- */

static void
start(struct role *role)
{
	int rc;

	/* READY waits for the end of this turn of the loop, and there may be none. */
	link_push(role->parent);
	rc = current->run(&scene);
	if (rc != AWAIT_LINK)
		_exit(rc);
}

static void
linked(struct role *role, enum role_id peer)
{
	(void)role;
	(void)peer;
	_exit(0);
}

static void
child(const struct mode *m, const struct column_info *column, int link_fd)
{
	static link_handler *const none[MSG_COUNT];
	struct role_spec spec = {.id = column->role, .handlers = none, .confine = column->confine, .start = start, .linked = linked};

	/* What the parent does before exec. */
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	setenv("TZ", ":/etc/localtime", 1);
	if (m->role != m->runner &&
	    (setgroups(0, NULL) == -1 || setresgid(m->role, m->role, m->role) == -1 || setresuid(m->role, m->role, m->role) == -1))
		_exit(BROKEN);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == -1 || dup2(link_fd, ROLE_FD_PARENT) == -1)
		_exit(BROKEN);
	role_main(&spec, NULL);
	_exit(BROKEN);
}

/* --- the runner's side of it --- */

struct run {
	struct event_base *base;
	const struct column_info *column;
	bool ready;
	struct msg_ready report;
	int peer_fd; /* our end of the link that it is given */
	char log[4096];
};

static void
on_log(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	struct run *r = ctx;
	size_t at = strlen(r->log);

	(void)l;
	(void)id;
	snprintf(r->log + at, sizeof(r->log) - at, "    %s\n", msg->log.text);
}

static void
on_ready(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	struct run *r = ctx;
	int pair[2];

	(void)id;
	r->ready = true;
	r->report = msg->ready;
	link_set_phase(l, PHASE_RUN);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0) {
		r->peer_fd = pair[0];
		link_send_fd(l, MSG_LINK, 0, &(const struct msg_link){.peer = (uint8_t)r->column->peer}, pair[1]);
	}
}

static void
on_broken(void *ctx, struct link *l, const char *why)
{
	struct run *r = ctx;

	(void)l;
	(void)why;
	event_base_loopbreak(r->base);
}

static link_handler *const handlers[MSG_COUNT] = {[MSG_LOG] = on_log, [MSG_READY] = on_ready};

static void
send_setting(struct link *l, const char *key, const char *value)
{
	if (SEND(l, CONFIG, config, 0, .key = key, .value = value) == -1)
		fatalx("%s cannot be sent", key);
}

static void
configure(struct link *l, const char *sandbox)
{
	char url[64];

	snprintf(url, sizeof(url), "http://127.0.0.1:%u", scene.granted_port);
	send_setting(l, "WATCHDOG_SANDBOX", sandbox);
	send_setting(l, "WATCHDOG_METRICS_URL", url);
	send_setting(l, "WATCHDOG_TG_API_URL", url);
	SEND(l, START, start, 0, .chats = 0);
}

static int
outcome(pid_t pid, bool in_time)
{
	int status;

	if (!in_time)
		kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid)
		fatal("waitpid");
	if (!in_time)
		return HUNG;
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGSYS ? DIES : CRASHED(WTERMSIG(status));
	return WEXITSTATUS(status);
}

static int
attempt_in(struct run *r, const struct mode *m, const struct attempt *a, const char *sandbox)
{
	struct link_spec spec = {.self = ROLE_PARENT, .peer = r->column->role, .handlers = handlers, .broken = on_broken, .ctx = r};
	struct timeval deadline = clock_timeval(ATTEMPT_S);
	int pair[2], result;
	struct link *l;
	double begun = clock_awake();
	pid_t pid;

	r->ready = false;
	r->peer_fd = -1;
	r->log[0] = '\0';
	current = a;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1 || (pid = fork()) == -1)
		fatal("a process for an attempt");
	if (pid == 0)
		child(m, r->column, pair[1]);
	close(pair[1]);
	if ((r->base = event_base_new()) == NULL || (l = link_new(r->base, pair[0], &spec)) == NULL)
		fatalx("out of memory");
	link_set_phase(l, PHASE_SETUP);
	configure(l, sandbox);
	event_base_loopexit(r->base, &deadline);
	event_base_dispatch(r->base);
	result = outcome(pid, clock_awake() - begun < ATTEMPT_S);
	link_free(l);
	event_base_free(r->base);
	if (r->peer_fd != -1)
		close(r->peer_fd);
	return result;
}

/* --- judging --- */

static const char *
describe(int result)
{
	static char text[64];

	if (result == WORKS)
		return "it worked";
	if (result == DIES)
		return "SIGSYS";
	if (result == HUNG)
		return "nothing within 10 s";
	if (result == BROKEN)
		return "it could not begin";
	if (result < -200)
		snprintf(text, sizeof(text), "signal %d", -200 - result);
	else
		snprintf(text, sizeof(text), "%s", strerror(result));
	return text;
}

static void
wrong(const char *who, const char *what, const char *expected, const char *found)
{
	printf("  WRONG %s: %s: expected %s, found %s\n", who, what, expected, found);
	failures++;
}

/* What must come of it on this kernel. */
static int
expectation(int expected)
{
	if (expected > LANDLOCK(0))
		return expected;
	return confined.landlock_abi >= (unsigned)(LANDLOCK(0) - expected) ? EACCES : WORKS;
}

static void
judge(struct tally *t, const char *who, const struct attempt *a, int expected, int found, const char *log)
{
	int right = expectation(expected);
	char text[64];

	t->tried++;
	if (verbose)
		printf("  %-10s %-40s %s\n", who, a->what, describe(found));
	if (found != right) {
		snprintf(text, sizeof(text), "%s", describe(right));
		wrong(who, a->what, text, describe(found));
		fputs(log, stdout);
		t->wrong++;
	} else if (found == DIES)
		t->died++;
	else if (found != WORKS)
		t->refused++;
	else if (expected == WORKS)
		t->worked++;
	else
		t->open++;
}

/* That the confinement was on is taken from what the role itself reported. */
static void
judge_ready(const struct mode *m, const struct run *r)
{
	const struct msg_ready *ready = &r->report;
	const char *who = role_name(r->column->role);

	if (!r->ready) {
		wrong(who, "READY", "it to be said", "silence");
		fputs(r->log, stdout);
		return;
	}
	if (ready->seccomp != 2)
		wrong(who, "READY", "seccomp 2", "no filter");
	if (!ready->no_new_privs)
		wrong(who, "READY", "no_new_privs", "none");
	if (ready->cap_eff != 0)
		wrong(who, "READY", "no capabilities", "some");
	if (ready->uid != m->role)
		wrong(who, "READY", "the role's uid", "another");
	if (ready->calls < 10)
		wrong(who, "READY", "a list of calls", "none");
	if (ready->landlock_abi != confined.landlock_abi)
		wrong(who, "READY", "the kernel's Landlock", "another ABI");
}

/* --- the scene --- */

static void
make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);

	if (fd == -1 || write(fd, "secret\n", 7) != 7)
		fatal("%s", path);
	close(fd);
	chmod(path, 0666);
}

/* An attempt that was not held back may have changed it; where Landlock holds the runner too, nothing can have. */
static void
reset_scene(void)
{
	if (confined.landlock_abi > 0)
		return;
	rmdir(scene.moved);
	unlink(scene.moved);
	make_file(scene.file);
}

static uint16_t
listen_on_loopback(int *fd)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);

	*fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (*fd == -1 || bind(*fd, (struct sockaddr *)&at, len) == -1 || listen(*fd, 4096) == -1 ||
	    getsockname(*fd, (struct sockaddr *)&at, &len) == -1)
		fatal("a listener on loopback");
	return ntohs(at.sin_port);
}

static void
listen_as_docker(void)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(at.sun_path, scene.docker, strlen(scene.docker) + 1);
	unlink(scene.docker);
	if (fd == -1 || bind(fd, (struct sockaddr *)&at, sizeof(at)) == -1 || listen(fd, 4096) == -1 || chmod(scene.docker, 0666) == -1)
		fatal("%s", scene.docker);
}

static void
become(uid_t uid)
{
	if (uid != getuid() && (setresgid(uid, uid, uid) == -1 || setresuid(uid, uid, uid) == -1))
		fatal("uid %u", (unsigned)uid);
}

static pid_t
start_sibling(uid_t uid)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		become(uid);
		prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
		for (;;)
			pause();
	}
	return pid;
}

/* The descriptors 3 to 5 are a role's own. */
static int
high(int fd)
{
	int up = fd == -1 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 20);

	if (up == -1)
		fatal("a descriptor of the scene");
	close(fd);
	return up;
}

static void
open_descriptors(void)
{
	int pipe_fds[2], other_fds[2];

	if (pipe(pipe_fds) == -1 || pipe(other_fds) == -1 || write(other_fds[1], "x", 1) != 1)
		fatal("pipe");
	scene.docker_pipe = high(pipe_fds[0]);
	scene.other_pipe = high(other_fds[0]);
	scene.file_fd = high(open(scene.file, O_RDONLY | O_CLOEXEC));
	scene.folder_fd = high(open(scene.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	scene.meminfo_fd = high(open("/proc/meminfo", O_RDONLY | O_CLOEXEC));
	scene.epoll_fd = high(epoll_create1(EPOLL_CLOEXEC));
	scene.sibling_pidfd = high((int)syscall(SYS_pidfd_open, scene.sibling, 0));
	/* Kept open by us alone: the roles have the reading end. */
	high(pipe_fds[1]);
}

static void
make_scene(const struct mode *m)
{
	int listener, other;

	snprintf(scene.folder, sizeof(scene.folder), "/tmp/watchdog-escape-XXXXXX");
	if (mkdtemp(scene.folder) == NULL || chmod(scene.folder, 0755) == -1)
		fatal("%s", scene.folder);
	snprintf(scene.file, sizeof(scene.file), "%s/file", scene.folder);
	snprintf(scene.moved, sizeof(scene.moved), "%s/moved", scene.folder);
	snprintf(scene.docker, sizeof(scene.docker), "%s/docker.sock", scene.folder);
	make_file(scene.file);
	if (getuid() != m->role && (chown(scene.folder, m->role, m->role) == -1 || chown(scene.file, m->role, m->role) == -1))
		fatal("chown");
	listen_as_docker();
	scene.granted_port = listen_on_loopback(&listener);
	scene.other_port = listen_on_loopback(&other);
	scene.listener_fd = high(dup(listener));
	scene.sibling = start_sibling(m->sibling);
	open_descriptors();
}

/* By whoever made it, outside of every confinement. */
static void
remove_scene(const char *folder)
{
	static const char *const names[] = {"file", "moved", "docker.sock"};
	char path[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
		rmdir(path);
	}
	rmdir(folder);
}

/* --- the runner --- */

static void
drop_capabilities(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {0};

	if (syscall(SYS_capset, &head, data) == -1)
		fatal("capset");
}

/* As a kernel that has none. */
static void
hide_landlock(void)
{
	struct sock_filter code[] = {
		{BPF_LD | BPF_W | BPF_ABS, 0, 0, 0},
		{BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_landlock_create_ruleset},
		{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | ENOSYS},
		{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
	};
	struct sock_fprog prog = {sizeof(code) / sizeof(code[0]), code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0) == -1)
		fatal("a filter that hides Landlock");
}

static bool
already_filtered(void)
{
	char line[256];
	bool filtered = false;
	FILE *f = fopen("/proc/self/status", "re");

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, "Seccomp:", 8) == 0)
			filtered = strtol(line + 8, NULL, 10) != 0;
	if (f != NULL)
		fclose(f);
	return filtered;
}

/* An attempt that could not succeed anyway would prove nothing. */
static void
try_without_confinement(struct run *r, const struct mode *m, const struct attempt *table)
{
	bool around = already_filtered();

	r->column = &columns[COLLECTOR];
	for (const struct attempt *a = table; a->what != NULL; a++) {
		int found;

		if (!a->possible)
			continue;
		reset_scene();
		found = attempt_in(r, m, a, "off");
		if (found == WORKS)
			continue;
		if (around)
			printf("  not to be had here even without confinement: %s: %s\n", a->what, describe(found));
		else
			wrong("without confinement", a->what, "it to work", describe(found));
	}
	reset_scene();
}

static struct tally
try_table(struct run *r, const struct mode *m, enum column column, const struct attempt *table)
{
	struct tally t = {0};

	r->column = &columns[column];
	for (const struct attempt *a = table; a->what != NULL; a++) {
		if (a->expected[column] == NOT_HERE)
			continue;
		reset_scene();
		int found = attempt_in(r, m, a, "enforce");

		judge(&t, role_name(r->column->role), a, a->expected[column], found, r->log);
		judge_ready(m, r);
	}
	return t;
}

static void
print_row(const char *who, unsigned calls, unsigned abi, const struct tally *t, const struct tally *works)
{
	printf("  %-10s %6u %9u %9u %7u %8u %12u %12u\n", who, calls, abi, t->tried, t->died, t->refused, t->open,
	    works->worked + t->worked);
	fflush(stdout);
}

static void
try_roles(struct run *r, const struct mode *m)
{
	for (int column = 0; column < COLUMNS; column++) {
		struct tally refused = try_table(r, m, (enum column)column, attempts);
		struct tally works = try_table(r, m, (enum column)column, still_works);

		print_row(role_name(columns[column].role), r->report.calls, r->report.landlock_abi, &refused, &works);
	}
}

/* The parent's own confinement, in a process forked from it. */
static void
try_parent(void)
{
	struct tally t = {0}, none = {0};

	for (const struct attempt *a = parent_attempts; a->what != NULL; a++) {
		pid_t pid;

		reset_scene();
		if ((pid = fork()) == 0)
			_exit(a->run(&scene));
		judge(&t, "parent", a, a->expected[0], outcome(pid, true), "");
	}
	print_row("parent", confined.calls, confined.landlock_abi, &t, &none);
}

static int
runner(const struct mode *m)
{
	struct config config;
	struct run r = {0};

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	become(m->runner);
	if (m->runner == 0 && m->role == 0)
		drop_capabilities();
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	if (m->control) {
		try_without_confinement(&r, m, attempts);
		try_without_confinement(&r, m, still_works);
	}
	if (m->hide_landlock)
		hide_landlock();
	config_init(&config);
	if (parent_confine(&config, "/nonexistent", &confined) == -1)
		return 1;
	printf("  %-10s %6s %9s %9s %7s %8s %12s %12s\n", "role", "calls", "Landlock", "attempts", "killed", "refused", "not covered",
	    "still works");
	try_parent();
	try_roles(&r, m);
	return failures > 0;
}

static void
run_mode(const struct mode *m)
{
	int status = 0;
	pid_t pid;

	printf("%s%s\n", m->name, m->hide_landlock ? ", no Landlock" : "");
	fflush(stdout);
	make_scene(m);
	if ((pid = fork()) == -1)
		fatal("fork");
	if (pid == 0)
		exit(runner(m));
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		failures++;
	kill(scene.sibling, SIGKILL);
	waitpid(scene.sibling, NULL, 0);
	remove_scene(scene.folder);
}

static void
run_as_root(void)
{
	static const struct mode modes[] = {
		{"separate users", 0, ROLE_UID, SIBLING_UID, false, false},
		{"one ordinary user", ROLE_UID, ROLE_UID, ROLE_UID, false, true},
		{"root without capabilities", 0, 0, 0, false, false},
		{"separate users", 0, ROLE_UID, SIBLING_UID, true, false},
		{"one ordinary user", ROLE_UID, ROLE_UID, ROLE_UID, true, false},
	};

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		run_mode(&modes[i]);
}

/* Root in a container may lack it. */
static bool
can_change_ids(void)
{
	int status = 1;
	pid_t pid = getuid() == 0 ? fork() : -1;

	if (pid == 0)
		_exit(setresuid(ROLE_UID, ROLE_UID, ROLE_UID) == -1 ? 1 : 0);
	return pid != -1 && waitpid(pid, &status, 0) == pid && status == 0;
}

static void
run_as_user(void)
{
	uid_t me = getuid();
	const char *name = me == 0 ? "root without capabilities" : "one ordinary user";
	struct mode with = {name, me, me, me, false, me != 0}, without = {name, me, me, me, true, false};

	run_mode(&with);
	run_mode(&without);
	printf("not run, it needs root with CAP_SETUID: separate users; %s\n", me == 0 ? "one ordinary user" : "root without capabilities");
}

int
main(int argc, char *argv[])
{
	verbose = argc > 1 && strcmp(argv[1], "-v") == 0;
	if (sandbox_extra_rows > 0) {
		printf("not run: this build's filters are wider than a release's, for sanitizers or coverage\n");
		return SKIPPED;
	}
	log_set(NULL, LEVEL_ERROR);
	for (int fd = 3; fd <= 5; fd++)
		if (dup2(STDOUT_FILENO, fd) == -1)
			fatal("dup2");
	if (can_change_ids())
		run_as_root();
	else
		run_as_user();
	printf("%s\n", failures == 0 ? "nobody got out" : "FAILED");
	return failures > 0;
}
