/*
 * The common entry of every child.  Trusts its parent, whose configuration
 * it takes; trusts no other process.
 */
#include "build_config.h"

#include <sys/prctl.h>

#include <errno.h>
#include <fcntl.h>
#ifdef HAVE_MALLOPT
#include <malloc.h>
#endif
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "proc_status.h"
#include "role.h"
#include "utf8.h"

#define LAST_WORDS_S 0.2

static struct role the_role; /* the log sink has no other way to its link */

static void
log_to_parent(enum log_level level, const char *text)
{
	if (the_role.parent == NULL)
		return;
	SEND(the_role.parent, LOG, log, 0, .level = (uint8_t)level, .text = text);
	/* It may be the last word. */
	link_push(the_role.parent);
}

int
role_send(struct role *role, enum role_id peer, enum message_type type, uint32_t id, const void *msg)
{
	struct link *l = peer == ROLE_PARENT ? role->parent : role->peer[peer];

	return l == NULL ? -1 : link_send(l, type, id, msg);
}

void
role_leave(struct role *role)
{
	role->leaving = true;
	event_base_loopbreak(role->base);
}

int
role_name_index(const struct role *role, const char *host)
{
	for (int i = 0; i < NAMES_MAX; i++)
		if (role->names[i] != NULL && strcmp(role->names[i], host) == 0)
			return i;
	return -1;
}

static void
on_config(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	struct role *role = ctx;
	char why[256];

	(void)l;
	(void)id;
	if (config_set(&role->config, msg->config.key, msg->config.value, why, sizeof(why)) == -1)
		fatalx("configuration from the parent: %s: %s", msg->config.key, why);
}

static void
on_name(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	struct role *role = ctx;
	char **slot = &role->names[msg->name.index];

	(void)l;
	(void)id;
	free(*slot);
	if ((*slot = strdup(msg->name.host)) == NULL)
		fatal("strdup");
}

static void
on_start(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	struct role *role = ctx;

	(void)l;
	(void)id;
	role->start = msg->start;
	role->started = true;
}

static void
on_ping(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	struct role *role = ctx;

	(void)msg;
	SEND(l, PONG, pong, id, 0);
	/* We are awake anyway. */
	give_back(&role->held, clock_boot());
}

static void
on_stop(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	struct role *role = ctx;

	(void)l;
	(void)id;
	(void)msg;
	/* It may come together with START, before there is anything to be brought to an end. */
	if (role->spec->stop != NULL && role->serving)
		role->spec->stop(role);
	else
		role_leave(role);
}

void
role_proved(struct role *role, enum proof proof, const char *fmt, ...)
{
	char text[TEXT_MAX_LEN], clean[TEXT_MAX_LEN];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	utf8_clean(clean, sizeof(clean), text, strlen(text), false);
	SEND(role->parent, PROVED, proved, 0, .proof = (uint8_t)proof, .text = clean);
}

static void
on_prove(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	struct role *role = ctx;

	(void)l;
	(void)id;
	(void)msg;
	if (role->spec->prove != NULL)
		role->spec->prove(role);
	else
		role_proved(role, PROOF_HOLDS, "answers");
}

static void
unlink_peer(struct role *role, enum role_id peer, const char *why)
{
	/* why stands in the link. */
	SEND(role->parent, LINK_BROKEN, link_broken, role->link_number[peer], .peer = (uint8_t)peer, .why = why);
	link_free(role->peer[peer]);
	role->peer[peer] = NULL;
	if (role->spec->unlinked != NULL)
		role->spec->unlinked(role, peer);
}

static void
on_broken(void *ctx, struct link *l, const char *why)
{
	struct role *role = ctx;

	if (l == role->parent)
		role_leave(role);
	else
		unlink_peer(role, link_peer(l), why);
}

static link_handler on_link;

/* A role's own handlers, and over them those that all roles share. */
static link_handler *const *
handlers_of(const struct role_spec *spec)
{
	static link_handler *all[MSG_COUNT];

	memcpy(all, spec->handlers, sizeof(all));
	all[MSG_CONFIG] = on_config;
	all[MSG_NAME] = on_name;
	all[MSG_START] = on_start;
	all[MSG_PING] = on_ping;
	all[MSG_STOP] = on_stop;
	all[MSG_LINK] = on_link;
	all[MSG_PROVE] = on_prove;
	return all;
}

static struct link *
role_link(struct role *role, enum role_id peer, int fd)
{
	struct link_spec spec = {
		.self = role->spec->id,
		.peer = peer,
		.handlers = handlers_of(role->spec),
		.broken = on_broken,
		.ctx = role,
	};

	return link_new(role->base, fd, &spec);
}

static void
on_link(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	struct role *role = ctx;
	enum role_id peer = msg->link.peer;
	int fd = link_take_fd(l);

	if (fd == -1)
		fatalx("no descriptor is left for the link to %s", role_name(peer));
	if (role->peer[peer] != NULL) {
		link_free(role->peer[peer]);
		role->peer[peer] = NULL;
		if (role->spec->unlinked != NULL)
			role->spec->unlinked(role, peer);
	}
	role->peer[peer] = role_link(role, peer, fd);
	if (role->peer[peer] == NULL)
		fatal("link to %s", role_name(peer));
	role->link_number[peer] = id;
	if (role->spec->linked != NULL)
		role->spec->linked(role, peer);
}

/* A Ctrl-C or a service manager signals the whole group; a child ends by STOP or by the end of its parent. */
static void
ignore_signals(void)
{
	static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1, SIGUSR2, SIGALRM};

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
}

/* Small processes that live long: one arena, and freed memory goes back. */
static void
tune_malloc(void)
{
#ifdef HAVE_MALLOPT
	mallopt(M_ARENA_MAX, 1);
	mallopt(M_TRIM_THRESHOLD, 64 * 1024);
	mallopt(M_TOP_PAD, 16 * 1024);
	mallopt(M_MMAP_THRESHOLD, 64 * 1024);
#endif
}

/* Asked before anything else is opened, which would take a free number. */
static int
given_fd(int fd)
{
	return fcntl(fd, F_GETFD) == -1 ? -1 : fd;
}

static void
role_init(struct role *role, const struct role_spec *spec, void *self)
{
	role->secret_fd = given_fd(ROLE_FD_SECRET);
	role->ca_fd = given_fd(ROLE_FD_CA);
	role->spec = spec;
	role->self = self;
	config_init(&role->config);
	if ((role->base = event_base_new()) == NULL)
		fatalx("event loop: cannot be created");
	role->parent = role_link(role, ROLE_PARENT, ROLE_FD_PARENT);
	if (role->parent == NULL)
		fatal("link to the parent");
	link_set_phase(role->parent, PHASE_SETUP);
	/* The level comes with the configuration; what is said before is a failure. */
	log_set(log_to_parent, LEVEL_INFO);
	role->status_fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	tzset();
}

static int
say_ready(struct role *role)
{
	int status = role->status_fd;

	return SEND(role->parent, READY, ready, 0,
	    .seccomp = (uint8_t)proc_status_number(status, "\nSeccomp:", 10),
	    .no_new_privs = (uint8_t)proc_status_number(status, "\nNoNewPrivs:", 10),
	    .cap_eff = proc_status_number(status, "\nCapEff:", 16),
	    .uid = (uint32_t)proc_status_number(status, "\nUid:", 10),
	    .landlock_abi = role->landlock_abi,
	    .landlock_rules = role->landlock_rules,
	    .calls = role->calls);
}

/* Returns 0 once the role is confined and READY is on its way. */
static int
role_enter(struct role *role)
{
	while (!role->started && !role->leaving)
		if (event_base_loop(role->base, EVLOOP_ONCE) == -1)
			fatalx("event loop: failed");
	if (role->leaving)
		return -1;
	log_set(log_to_parent, role->config.log_level);
	if (role->spec->prepare != NULL && role->spec->prepare(role) == -1)
		return -1;
	if (role->spec->confine != NULL && role->spec->confine(role) == -1)
		return -1;
	if (say_ready(role) == -1)
		return -1;
	link_set_phase(role->parent, PHASE_RUN);
	return 0;
}

int
role_main(const struct role_spec *spec, void *self)
{
	struct role *role = &the_role;

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		fatal("PR_SET_DUMPABLE");
	/* A program that is run by its descriptor has that one's number for a name. */
	prctl(PR_SET_NAME, program_invocation_short_name, 0, 0, 0);
	ignore_signals();
	/* Hold no mount busy. */
	if (chdir("/") == -1)
		fatal("chdir to /");
	tune_malloc();
	role_init(role, spec, self);
	if (role_enter(role) == 0) {
		role->serving = true;
		if (spec->start != NULL)
			spec->start(role);
		if (!role->leaving && (event_base_dispatch(role->base) == -1 || !role->leaving))
			log_error("the event loop has ended by itself");
	}
	link_flush(role->parent, LAST_WORDS_S);
	/* To be told to leave before one is ready is no failure. */
	return role->leaving ? 0 : 1;
}
