/*
 * The control socket: a path in the file system where watchdogctl(8) finds
 * the daemon.  The parent listens, asks the kernel who has come
 * (SO_PEERCRED, SO_PEERGROUPS, see socket(7) and unix(7)), and hands the
 * connection to the brain.  It reads nothing of it.
 *
 * Whoever may open the socket (mode 0660) may ask; root, the daemon's own
 * users and members of the socket's group may also change something.
 */
#ifndef WATCHDOG_PARENT_CONTROL_H
#define WATCHDOG_PARENT_CONTROL_H

#include <event2/event.h>

#include "config.h"
#include "link.h"
#include "privileges.h"

#define CONTROL_CLIENTS_UID_MAX 24 /* of CONTROL_CLIENTS_MAX for one uid */
#define CONTROL_ROOT_RESERVE 8     /* of them that only root gets */
#define CONTROL_ACCEPTS_MAX 100    /* a second; the others wait in the kernel */

struct control;

/*
 * Make the socket, and its folder if that alone is missing; a stale socket is
 * replaced, one that answers is not.  Before capabilities are given up: it
 * goes to the group of the children's user.  NULL if there is no path, or
 * with a line in the log that says why nobody will be heard.
 */
struct control *control_new(const struct config *config, const struct identity *id);

/* What control_serve() asks of the daemon. */
struct control_daemon {
	/* The brain's link, NULL if it cannot take a client; *why is then a word for the client: "disabled" or "restarting". */
	struct link *(*brain)(void *ctx, const char **why);
	void *ctx;
};

/* Take clients.  Returns 0 or -1; c may be NULL. */
int control_serve(struct control *c, struct event_base *base, const struct control_daemon *d);

/* The brain has closed a connection; it has died, and with it all. */
void control_gone(struct control *c, uint32_t id);
void control_forget(struct control *c);

/* Remove the socket, if it is still this one.  NULL is fine. */
void control_free(struct control *c);

#endif
