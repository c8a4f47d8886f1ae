/*
 * The control socket.  Trusts no client, and reads none: what the kernel
 * says of it, a count and a rate are all that decides here.
 */
#include "build_config.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "account_names.h"
#include "clock.h"
#include "control.h"
#include "log.h"
#include "loop.h"

#define BACKLOG 128
#define ACCEPTS_PER_TURN 8 /* so that a crowd does not starve the loop */
#define PAUSE_S 1.0        /* after too many, or when there are no descriptors */
#define GROUPS_BYTES_MAX (65536 * sizeof(gid_t)) /* NGROUPS_MAX */

struct client {
	bool present;
	uint32_t id;
	uid_t uid;
};

struct control {
	struct sockaddr_un address;
	struct stat made; /* the socket as it was made */
	int fd;
	uid_t uid;
	gid_t gid;        /* of the socket */
	struct control_daemon daemon;
	struct event *acceptable, *pause;
	struct client client[CONTROL_CLIENTS_MAX];
	uint32_t next_id;
	double second;    /* that the accepts are counted in */
	unsigned accepted;
	uid_t named_uid;  /* whose name was looked up last */
	char named[USER_MAX_LEN + 1];
};

/* --- the socket in the file system --- */

/* Only the folder itself: what lies above it is not ours to make. */
static void
make_folder(const char *path)
{
	char *folder = strdup(path), *slash = folder == NULL ? NULL : strrchr(folder, '/');

	if (slash != NULL && slash != folder) {
		*slash = '\0';
		if (mkdir(folder, 0755) == 0 && chmod(folder, 0755) == -1)
			log_warning("%s: %s", folder, strerror(errno));
	}
	free(folder);
}

/* The parent may remove files in that folder, and so, if it were the root of all, everywhere: there it may not. */
static void
warn_of_root(const char *path)
{
	if (strrchr(path, '/') == path)
		log_warning("WATCHDOG_CONTROL_SOCK: %s: it is in / and stays there when the daemon ends; a folder of its own would be right", path);
}

static bool
somebody_listens(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool answers = fd != -1 && (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 || errno == EAGAIN);

	if (fd != -1)
		close(fd);
	return answers;
}

/* Returns NULL, or why the path cannot be had. */
static const char *
clear_path(const struct sockaddr_un *address)
{
	struct stat st;

	if (lstat(address->sun_path, &st) == -1)
		return errno == ENOENT ? NULL : strerror(errno);
	if (!S_ISSOCK(st.st_mode))
		return "it is there and is no socket";
	if (somebody_listens(address))
		return "another daemon listens there";
	return unlink(address->sun_path) == -1 ? strerror(errno) : NULL;
}

/* Bound before it can be found open: the umask gives the mode, and nobody is heard before listen(). */
static const char *
bind_socket(struct control *c, const struct identity *id)
{
	mode_t before;
	int rc;

	if ((c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) == -1)
		return strerror(errno);
	before = umask(0117);
	rc = bind(c->fd, (const struct sockaddr *)&c->address, sizeof(c->address));
	umask(before);
	if (rc == -1)
		return strerror(errno);
	if (id->separate && lchown(c->address.sun_path, (uid_t)-1, id->gid) == -1)
		return strerror(errno);
	if (lstat(c->address.sun_path, &c->made) == -1 || listen(c->fd, BACKLOG) == -1)
		return strerror(errno);
	c->uid = id->uid;
	c->gid = c->made.st_gid;
	return NULL;
}

struct control *
control_new(const struct config *config, const struct identity *id)
{
	struct control *c;
	const char *why;

	if (config->control_sock == NULL)
		return NULL;
	if ((c = calloc(1, sizeof(*c))) == NULL)
		fatal("control socket");
	c->fd = -1;
	c->named_uid = (uid_t)-1;
	c->address.sun_family = AF_UNIX;
	/* Its length was checked with the configuration (SUN_PATH_MOST). */
	snprintf(c->address.sun_path, sizeof(c->address.sun_path), "%s", config->control_sock);
	warn_of_root(config->control_sock);
	make_folder(config->control_sock);
	if ((why = clear_path(&c->address)) == NULL && (why = bind_socket(c, id)) == NULL)
		return c;
	log_warning("WATCHDOG_CONTROL_SOCK: %s: %s: watchdogctl cannot ask this daemon", config->control_sock, why);
	control_free(c);
	return NULL;
}

void
control_free(struct control *c)
{
	struct stat st;

	if (c == NULL)
		return;
	if (c->acceptable != NULL)
		event_free(c->acceptable);
	if (c->pause != NULL)
		event_free(c->pause);
	if (c->made.st_ino != 0 && lstat(c->address.sun_path, &st) == 0 && st.st_ino == c->made.st_ino && st.st_dev == c->made.st_dev)
		unlink(c->address.sun_path);
	if (c->fd != -1)
		close(c->fd);
	free(c);
}

/* --- who has come --- */

static bool
in_group(int fd, gid_t gid)
{
	socklen_t len = GROUPS_BYTES_MAX;
	gid_t *groups = malloc(len);
	bool found = false;

	/* Before Linux 4.13 there is no such question: then only the primary group counts. */
	if (groups != NULL && getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) == 0)
		for (size_t i = 0; i < len / sizeof(*groups); i++)
			found = found || groups[i] == gid;
	free(groups);
	return found;
}

static uint8_t
rights_of(const struct control *c, int fd, const struct ucred *who)
{
	bool ours = who->uid == 0 || who->uid == c->uid || who->uid == getuid() || who->gid == c->gid;

	return ours || in_group(fd, c->gid) ? CONTROL_MAY_READ | CONTROL_MAY_CHANGE : CONTROL_MAY_READ;
}

static const char *
name_of(struct control *c, uid_t uid)
{
	if (uid != c->named_uid && uid == 0)
		snprintf(c->named, sizeof(c->named), "root");
	else if (uid != c->named_uid)
		account_name_user(uid, c->named, sizeof(c->named));
	c->named_uid = uid;
	return c->named;
}

/* A free place, or NULL: too many are there, or too many of this one. */
static struct client *
place_for(struct control *c, uid_t uid)
{
	struct client *free_place = NULL;
	unsigned all = 0, same = 0;

	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		if (!c->client[i].present) {
			free_place = &c->client[i];
			continue;
		}
		all++;
		same += c->client[i].uid == uid;
	}
	if (same >= CONTROL_CLIENTS_UID_MAX || (uid != 0 && all >= CONTROL_CLIENTS_MAX - CONTROL_ROOT_RESERVE))
		return NULL;
	return free_place;
}

/* --- clients --- */

/* One constant line, in the form of the brain's answers; it fits into an empty socket, or is lost. */
static void
turn_away(int fd, const char *why)
{
	char line[128];
	int n = snprintf(line, sizeof(line), "{\"end\":true,\"exit\":75,\"refused\":\"%s\"}\n", why);

	if (send(fd, line, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL) == -1)
		log_debug("control: a client left before it was turned away");
	close(fd);
}

static void
hand_over(struct control *c, int fd, const struct ucred *who)
{
	const char *why = "crowded";
	struct client *place = place_for(c, who->uid);
	struct link *brain = place == NULL ? NULL : c->daemon.brain(c->daemon.ctx, &why);
	struct msg_control_client msg = {.uid = who->uid, .gid = who->gid, .pid = (uint32_t)who->pid};

	if (brain == NULL) {
		turn_away(fd, why);
		return;
	}
	msg.rights = rights_of(c, fd, who);
	msg.user = name_of(c, who->uid);
	*place = (struct client){true, c->next_id++, who->uid};
	if (link_send_fd(brain, MSG_CONTROL_CLIENT, place->id, &msg, fd) == -1)
		place->present = false;
}

static void
take_client(struct control *c, int fd)
{
	struct ucred who;
	socklen_t len = sizeof(who);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == -1) {
		log_warning("control: a client without credentials: %s", strerror(errno));
		close(fd);
		return;
	}
	hand_over(c, fd, &who);
}

/* Rest until the second is over. */
static void
rest(struct control *c)
{
	struct timeval tv = clock_timeval(PAUSE_S);

	event_del(c->acceptable);
	loop_add(c->pause, &tv);
}

static void
on_pause_over(evutil_socket_t fd, short what, void *arg)
{
	struct control *c = arg;

	(void)fd;
	(void)what;
	loop_add(c->acceptable, NULL);
}

static bool
too_many(struct control *c)
{
	double now = clock_awake();

	if (now - c->second >= 1) {
		c->second = now;
		c->accepted = 0;
	}
	return c->accepted++ >= CONTROL_ACCEPTS_MAX;
}

static void
on_acceptable(evutil_socket_t listener, short what, void *arg)
{
	struct control *c = arg;

	(void)what;
	for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
		int fd;

		if (too_many(c)) {
			rest(c);
			return;
		}
		if ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) != -1) {
			take_client(c, fd);
			continue;
		}
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
			log_warning("control: accept: %s", strerror(errno));
			rest(c);
		}
		return;
	}
}

int
control_serve(struct control *c, struct event_base *base, const struct control_daemon *d)
{
	if (c == NULL)
		return 0;
	c->daemon = *d;
	c->acceptable = event_new(base, c->fd, EV_READ | EV_PERSIST, on_acceptable, c);
	c->pause = evtimer_new(base, on_pause_over, c);
	return c->acceptable == NULL || c->pause == NULL ? -1 : event_add(c->acceptable, NULL);
}

void
control_gone(struct control *c, uint32_t id)
{
	for (size_t i = 0; c != NULL && i < CONTROL_CLIENTS_MAX; i++)
		if (c->client[i].present && c->client[i].id == id)
			c->client[i].present = false;
}

void
control_forget(struct control *c)
{
	for (size_t i = 0; c != NULL && i < CONTROL_CLIENTS_MAX; i++)
		c->client[i].present = false;
}
