/*
 * A role's life, the same for every child: take the configuration from the
 * parent on descriptor 3, prepare, confine, say READY, serve until STOP or
 * the parent is gone.  A role's main.c gives one struct role_spec and its
 * handlers; everything that all roles share is here.
 */
#ifndef WATCHDOG_ROLE_H
#define WATCHDOG_ROLE_H

#include <event2/event.h>

#include "config.h"
#include "give_back.h"
#include "link.h"

/* The numbers of descriptors that the parent leaves open for a child; of the last two only role_main() knows if they are. */
#define ROLE_FD_PARENT 3
#define ROLE_FD_SECRET 4 /* notifier: a memfd of KEY=VALUE lines, read from its start */
#define ROLE_FD_CA 5     /* collector, notifier: the CA bundle, PEM */

#define ROLE_CA_MAX (4u << 20) /* bytes of that bundle, and a larger one is refused; Debian's has 220 KB */

struct role;

/* Seconds after STOP in which a role may bring to an end what it has begun; then the parent loses patience. */
#define ROLE_LINGER_S 2.0

struct role_spec {
	enum role_id id;
	/*
	 * Handlers for all links, ctx is the struct role; a message without one
	 * is a protocol error.  CONFIG, NAME, START, PING, STOP and LINK are
	 * handled by role_main().
	 */
	link_handler *const *handlers;
	/* Before the sandbox: libraries, CA store, /proc files.  The configuration is complete.  -1 is fatal (said by it). */
	int (*prepare)(struct role *role);
	/* Landlock and seccomp; NULL = not yet confined. */
	int (*confine)(struct role *role);
	/* After READY: timers, first work.  May be NULL. */
	void (*start)(struct role *role);
	/* role->peer[peer] has just become usable.  May be NULL. */
	void (*linked)(struct role *role, enum role_id peer);
	/* role->peer[peer] has just gone (it is NULL again); the parent knows.  May be NULL. */
	void (*unlinked)(struct role *role, enum role_id peer);
	/* watchdog -T: do the real work once, then call role_proved().  NULL = there is nothing to be done. */
	void (*prove)(struct role *role);
	/* STOP came; call role_leave() when ready, within ROLE_LINGER_S.  NULL = leave at once. */
	void (*stop)(struct role *role);
};

struct role {
	const struct role_spec *spec;
	struct event_base *base;
	struct link *parent;
	struct link *peer[ROLE_COUNT]; /* NULL where there is none now */
	uint32_t link_number[ROLE_COUNT]; /* of each, by its LINK */
	struct config config;
	char *names[NAMES_MAX];        /* by index; NULL if this role is not told it */
	struct msg_start start;
	struct give_back held;
	bool started, serving, leaving; /* START came; READY went; the loop ends */
	int secret_fd, ca_fd;          /* ROLE_FD_SECRET, ROLE_FD_CA; -1 = not given */
	int status_fd;                 /* /proc/self/status, opened before the sandbox */
	uint16_t calls;                /* that the filter lets through, 0 = no filter; set by confine, reported by READY */
	uint16_t landlock_abi;         /* 0 = no Landlock */
	uint16_t landlock_rules;       /* paths and ports that it grants */
	void *self;                    /* the role's own state */
};

/* All of a role's main(): returns its exit status. */
int role_main(const struct role_spec *spec, void *self);

/* End the loop; what is queued for the parent is flushed. */
void role_leave(struct role *role);

/* The end of prove. */
void role_proved(struct role *role, enum proof proof, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The index of a host name that this role was told, or -1: a literal address or unknown. */
int role_name_index(const struct role *role, const char *host);

/*
 * Send to a peer: ROLE_SEND(role, ROLE_BRAIN, MEM, mem, 0, .used_pct = 41.2, .error = "").
 * Without a link to it the message is dropped and -1 returned.
 */
int role_send(struct role *role, enum role_id peer, enum message_type type, uint32_t id, const void *msg);
#define ROLE_SEND(role, to, NAME, name, id, ...) \
	role_send(role, to, MSG_##NAME, id, &(const struct msg_##name){__VA_ARGS__})

#endif
