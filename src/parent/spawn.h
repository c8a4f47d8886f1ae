/*
 * Starting one role: fork, become harmless, exec.
 */
#ifndef WATCHDOG_SPAWN_H
#define WATCHDOG_SPAWN_H

#include <sys/types.h>

#include <stdbool.h>

#include "privileges.h"
#include "roles.h"

struct spawn_request {
	enum role_id role;
	const struct identity *identity;
	int secret_fd; /* given to the role as descriptor 4; -1 = none */
	int ca_fd;     /* as descriptor 5; -1 = none */
	bool https;    /* the role's program with libcurl; setup_needs_https() */
};

/*
 * Take hold of the programs in ROLEDIR, while we may still go wherever it is.
 * They are what is run from then on, whatever comes to lie there; one that is
 * missing is looked for again when it is to start.  Returns -1 with errno if
 * they cannot be reached.
 */
int spawn_init(void);

/*
 * Start ROLEDIR/watchdog-<role>, or its -https, by fexecve(3); ps(1) shows
 * watchdog-<role> for both.  Returns its pid and, in *link_fd, our end of a
 * socketpair whose other end is its descriptor 3; or -1 with the reason in
 * why.  Nobody waits for the exec, which a disk may hold up: once the process
 * has ended, *report_fd has for spawn_failed() what it says of a failure.
 */
pid_t spawn_role(const struct spawn_request *request, int *link_fd, int *report_fd, char *why, size_t whylen);

/* True if the process has ended without its exec, with the reason in why. */
bool spawn_failed(int report_fd, char *why, size_t whylen);

#endif
