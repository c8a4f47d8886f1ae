/*
 * The paths that are not looked at, because a look at them did not come back.
 *
 * A prober that hangs is killed.  If it dies, its path is asked again after
 * DEAD_PATH_RETRY_S; if not even SIGKILL ends it, when the kernel lets it go at
 * last.  Until then the probers that follow get a list without that path, so
 * that one dead file system costs one prober and not one after the other.
 */
#ifndef WATCHDOG_DEAD_PATHS_H
#define WATCHDOG_DEAD_PATHS_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ABANDONED_MAX 4          /* probers that not even SIGKILL ends */
#define DEAD_PATH_RETRY_S 300.0  /* the restarts that this costs are fewer than those that are an alarm */

struct dead_paths {
	size_t n;
	double *since; /* by index of WATCHDOG_DISK_PATHS: left out since then, awake clock; 0 = asked */
	struct {
		pid_t pid;
		size_t path; /* n or more: none of the list */
	} abandoned[ABANDONED_MAX];
	size_t nabandoned;
	bool changed;  /* there is a path to be asked again that the prober that runs has not in its list */
};

/* A list of n paths, all to be asked; who has been left behind is in none of them.  Returns 0, or -1 if memory is short. */
int dead_paths_reset(struct dead_paths *d, size_t n);
void dead_paths_free(struct dead_paths *d);

/* This path did not answer; now: clock_awake().  An index outside the list is ignored. */
void dead_paths_leave_out(struct dead_paths *d, size_t path, double now);

/* Whether the next prober's list is to lack it. */
bool dead_paths_is_left_out(const struct dead_paths *d, size_t path);

/* Leave a process behind that hangs in this path and does not die.  False: there are ABANDONED_MAX already. */
bool dead_paths_abandon(struct dead_paths *d, pid_t pid, size_t path);

/* The process has ended after all: its path is asked again.  False: it is not one of those. */
bool dead_paths_reaped(struct dead_paths *d, pid_t pid);

/* Have those asked again that nobody hangs in and that have been left out for long enough. */
void dead_paths_retry(struct dead_paths *d, double now);

#endif
