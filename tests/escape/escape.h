/*
 * What is tried from inside each role's confinement, and what must come of it.
 */
#ifndef WATCHDOG_ESCAPE_H
#define WATCHDOG_ESCAPE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "roles.h"

/* What an attempt finds around it; made before the confinement. */
struct scene {
	char folder[64], file[96], moved[96], socket[96], docker[96]; /* all open to the role's user */
	uint16_t granted_port, other_port;                            /* somebody listens at both */
	pid_t sibling;                                                /* a process of the same user where users are not separate */
	int sibling_pidfd;
	int docker_pipe;                                              /* the read end, as the gate hands it out */
	int file_fd, folder_fd, meminfo_fd, listener_fd, epoll_fd, other_pipe; /* opened before, as a role does */
};

/* What may come of an attempt, besides an errno. */
#define WORKS 0
#define DIES (-1)               /* of SIGSYS */
#define LANDLOCK(abi) (-10 - (abi)) /* EACCES where the kernel has this ABI, else it works: not covered there */
#define NOT_HERE (-100)         /* not tried in this role */

enum column { BRAIN, COLLECTOR, NOTIFIER, RESOLVER, PROBER, COLUMNS };

struct attempt {
	const char *what;
	/* Returns 0 if it could be done, else an errno. */
	int (*run)(const struct scene *s);
	/* Without confinement it works: else the attempt itself would prove nothing. */
	bool possible;
	int expected[COLUMNS];
};

/* what == NULL at the end. */
extern const struct attempt attempts[];        /* to be refused */
extern const struct attempt still_works[];     /* what a role lives by */
extern const struct attempt parent_attempts[]; /* under the parent's own confinement: the first column counts */

/* An attempt's run may return this: wait for a LINK message instead, its arrival is the success. */
#define AWAIT_LINK 1000

#endif
