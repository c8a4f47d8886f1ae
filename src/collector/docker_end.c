/*
 * Why a look at docker ended without an answer, in words.  Trusts the parent
 * for the reasons why a call ended.
 */
#include "build_config.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "docker.h"
#include "docker_look.h"
#include "log.h"
#include "own_error.h"

void
docker_say_late(struct docker *d)
{
	char text[128];

	/* Neither deadline knows who was waited for. */
	if (d->held_up) {
		docker_say_failed(d, HOW_UNSEEN, "its list came faster than it could be taken in");
		return;
	}
	if (d->op == GATE_VERSION)
		snprintf(text, sizeof(text), "no answer to /version in %g s: the engine or its containerd hangs",
		    d->role->config.http_timeout);
	else
		snprintf(text, sizeof(text), "no complete answer in %g s", d->role->config.http_timeout);
	docker_say_failed(d, HOW_FAILED, text);
}

/* Not a word of it in the configuration, and never there: this host has no docker. */
static void
no_socket(struct docker *d)
{
	if (d->role->config.containers_given || d->seen) {
		docker_say_failed(d, HOW_FAILED, "no socket: docker is not running, or WATCHDOG_DOCKER_SOCK names another file");
		return;
	}
	if (d->off_until == 0)
		log_info("docker: no socket, so containers are not watched; looked for again each minute");
	d->off_until = clock_boot() + DOCKER_LOOK_AGAIN_S;
	docker_say_failed(d, HOW_OFF, "no socket");
}

/* What is not here is told otherwise. */
static const char *const reasons[GATE_END_COUNT] = {
	[GATE_REFUSED] = "connection refused",
	[GATE_BUSY] = "too many requests at once",
	[GATE_TOO_LARGE] = "the answer is too large",
	[GATE_ABANDONED] = "incomplete reply",
};

static void
say_denied(struct docker *d, const char *group)
{
	char text[TEXT_MAX_LEN];

	if (group[0] == '\0')
		snprintf(text, sizeof(text),
		    "permission denied: the socket is its owner's alone, so the daemon must run as that user");
	else
		snprintf(text, sizeof(text), "permission denied: the daemon's user is not in group %s, which owns the socket",
		    group);
	docker_say_failed(d, HOW_FAILED, text);
}

static bool
is_own(const struct msg_gate_end *end)
{
	return end->how == GATE_BUSY || (end->how == GATE_FAILED && error_is_own(end->error, AF_UNIX));
}

void
docker_say_end(struct docker *d, const struct msg_gate_end *end)
{
	enum gate_end how = end->how;

	if (how == GATE_NO_SOCKET)
		no_socket(d);
	else if (how == GATE_DEADLINE)
		docker_say_late(d);
	else if (how == GATE_DENIED)
		say_denied(d, end->group);
	else
		docker_say_failed(d, is_own(end) ? HOW_UNSEEN : HOW_FAILED,
		    reasons[how] != NULL ? reasons[how] : strerror(end->error != 0 ? end->error : EIO));
}
