/*
 * The state file.  Trusts the path, which the configuration gives, and
 * nothing that is found there.
 */
#include "build_config.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "descriptors.h"
#include "log.h"
#include "loop.h"
#include "state_file.h"

#define OVERTAKEN 255    /* the writer's exit status; others are errno */
#define LOOK_EVERY_MS 10
#define MS 1000000L      /* in nanoseconds */

struct state_file {
	char *path, *beside, *folder;
	struct keeper *keeper;
	struct event *timer;
	pid_t writer;     /* 0 = none */
	double began;     /* the last writing, awake clock; 0 = none yet */
	bool changed;     /* since then */
	bool failing, hangs;
};

static void on_timer(evutil_socket_t fd, short what, void *arg);

struct state_file *
state_file_new(struct event_base *base, const char *path, struct keeper *k)
{
	struct state_file *f = calloc(1, sizeof(*f));
	const char *slash = strrchr(path, '/');

	if (f == NULL)
		return NULL;
	/* Our own: the configuration's goes with the first reload. */
	f->path = strdup(path);
	f->keeper = k;
	f->timer = evtimer_new(base, on_timer, f);
	f->folder = slash == NULL ? strdup(".") : strndup(path, slash == path ? 1 : (size_t)(slash - path));
	if ((f->beside = malloc(strlen(path) + sizeof(STATE_FILE_SUFFIX))) != NULL)
		sprintf(f->beside, "%s" STATE_FILE_SUFFIX, path);
	if (f->timer != NULL && f->path != NULL && f->folder != NULL && f->beside != NULL)
		return f;
	state_file_free(f);
	return NULL;
}

void
state_file_free(struct state_file *f)
{
	if (f == NULL)
		return;
	if (f->timer != NULL)
		event_free(f->timer);
	free(f->path);
	free(f->beside);
	free(f->folder);
	free(f);
}

/* --- reading --- */

static const char *
what_is_wrong_with(const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return "it is no regular file";
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return "it belongs to somebody else";
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return "others can write it";
	return NULL;
}

/* What the reading process says: with the exit status READ_WRONG there is text. */
enum { READ_WELL, READ_NOTHING, READ_WRONG };
#define SAID_MAX 128

static int
read_file(struct state_file *f, char said[SAID_MAX])
{
	int fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	const char *wrong;
	struct stat st;

	if (fd == -1 && errno == ENOENT)
		return READ_NOTHING;
	if (fd == -1 || fstat(fd, &st) == -1)
		wrong = strerror(errno);
	else if ((wrong = what_is_wrong_with(&st)) == NULL)
		wrong = keeper_read_image(f->keeper, fd, st.st_size);
	if (wrong != NULL)
		snprintf(said, SAID_MAX, "%s", wrong);
	return wrong == NULL ? READ_WELL : READ_WRONG;
}

/* --- writing --- */

static int
write_beside(const struct state_file *f)
{
	int fd, rc;

	if (unlink(f->beside) == -1 && errno != ENOENT)
		return errno;
	if ((fd = open(f->beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR)) == -1)
		return errno;
	if ((rc = keeper_write_image(f->keeper, fd)) == 1)
		return OVERTAKEN;
	return rc == -1 || fsync(fd) == -1 || close(fd) == -1 ? errno : 0;
}

static int
put_in_place(const struct state_file *f)
{
	int folder;

	if (rename(f->beside, f->path) == -1 || (folder = open(f->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return errno;
	/* Not every file system can. */
	return fsync(folder) == -1 && errno != EINVAL ? errno : 0;
}

/* --- a process of our own, which a hanging disk may keep --- */

/* Nothing of the parent's is held open by one that hangs, and no signal of the parent's is taken for it. */
static void
become_helper(const struct state_file *f)
{
	int keep = keeper_fd(f->keeper);

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	(void)descriptors_close_but(0, &keep, 1); /* it is written all the same */
}

/* As fork(). */
static pid_t
fork_helper(const struct state_file *f)
{
	sigset_t all, before;
	pid_t pid;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	if ((pid = fork()) == 0)
		become_helper(f);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return pid;
}

/* Returns the pid once it has ended, 0 if it still runs at until, -1 if there is no such process. */
static pid_t
await_helper(pid_t helper, int *status, double until)
{
	const struct timespec pause = {.tv_nsec = LOOK_EVERY_MS * MS};
	pid_t pid;

	while ((pid = waitpid(helper, status, WNOHANG)) == 0 && clock_awake() <= until)
		nanosleep(&pause, NULL);
	return pid;
}

/* Returns NULL, or what is wrong, which may stand in said. */
static const char *
read_in_helper(struct state_file *f, char said[SAID_MAX])
{
	pid_t pid = fork_helper(f), ended;
	int status = 0;

	if (pid == 0)
		_exit(read_file(f, said));
	if (pid == -1)
		return strerror(errno);
	ended = await_helper(pid, &status, clock_awake() + STATE_FILE_READ_S);
	if (ended == pid && WIFEXITED(status)) {
		keeper_look_again(f->keeper);
		return WEXITSTATUS(status) == READ_WRONG ? said : NULL;
	}
	/* Who has ended has a number that may be somebody else's by now. */
	if (ended != pid)
		kill(pid, SIGKILL);
	return ended == pid ? "the process that read it was killed" : "it does not answer";
}

void
state_file_load(struct state_file *f)
{
	char *said = mmap(NULL, SAID_MAX, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const char *wrong = said == MAP_FAILED ? strerror(errno) : read_in_helper(f, said);

	if (wrong != NULL)
		log_error("%s: this state cannot be used (%s): starting without it, alerts may repeat", f->path, wrong);
	else if (keeper_has_snapshot(f->keeper))
		log_info("going on from the state in %s", f->path);
	if (said != MAP_FAILED)
		munmap(said, SAID_MAX);
}

static void
write_in_helper(struct state_file *f)
{
	int error = write_beside(f);

	_exit(error != 0 ? error : put_in_place(f));
}

static void
say_failure(struct state_file *f, int error)
{
	if (!f->failing)
		log_error("%s: the state cannot be written: %s; going on without it", f->path, strerror(error));
	f->failing = true;
}

static void
start_writer(struct state_file *f)
{
	if ((f->writer = fork_helper(f)) == 0)
		write_in_helper(f);
	f->began = clock_awake();
	f->changed = false;
	f->hangs = false;
	if (f->writer == -1) {
		f->writer = 0;
		f->changed = true; /* as after any other failure */
		say_failure(f, errno);
	}
}

static void
look_again_in(struct state_file *f, double seconds)
{
	struct timeval tv = clock_timeval(seconds);

	loop_add(f->timer, &tv);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct state_file *f = arg;

	(void)fd;
	(void)what;
	if (f->writer == 0 && f->changed) {
		start_writer(f);
		look_again_in(f, STATE_FILE_HANGS_S);
	} else if (f->writer != 0 && !f->hangs) {
		f->hangs = true;
		log_error("%s: writing the state takes over %.0f s; going on without it", f->path, STATE_FILE_HANGS_S);
	}
}

void
state_file_changed(struct state_file *f)
{
	double since;

	if (f == NULL)
		return;
	f->changed = true;
	since = f->began == 0 ? STATE_FILE_EVERY_S : clock_awake() - f->began;
	if (f->writer == 0)
		look_again_in(f, since < STATE_FILE_EVERY_S ? STATE_FILE_EVERY_S - since : 0);
}

bool
state_file_reaped(struct state_file *f, pid_t pid, int status)
{
	int error = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;

	if (f == NULL || f->writer != pid)
		return false;
	f->writer = 0;
	event_del(f->timer);
	if (error == 0) {
		if (f->failing || f->hangs)
			log_info("%s: the state is written again", f->path);
		f->failing = f->hangs = false;
	} else {
		f->changed = true; /* with the next one, or at the end */
		if (error != OVERTAKEN)
			say_failure(f, error);
	}
	if (f->changed && error != 0)
		look_again_in(f, f->failing ? STATE_FILE_HANGS_S : STATE_FILE_EVERY_S);
	else if (f->changed)
		state_file_changed(f);
	return true;
}

/* Returns false if it still runs when the time is up. */
static bool
await_writer(struct state_file *f, double until)
{
	int status = 0;
	pid_t pid = f->writer == 0 ? -1 : await_helper(f->writer, &status, until);

	if (pid > 0)
		state_file_reaped(f, pid, status);
	return pid != 0;
}

void
state_file_finish(struct state_file *f)
{
	double until = clock_awake() + STATE_FILE_LAST_S;

	if (f == NULL || !keeper_has_snapshot(f->keeper))
		return;
	if (await_writer(f, until) && f->changed)
		start_writer(f);
	if (!await_writer(f, until))
		log_error("%s: the last state could not be written in %.0f s", f->path, STATE_FILE_LAST_S);
}
