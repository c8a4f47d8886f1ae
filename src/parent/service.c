/*
 * The service manager's protocol.  Its environment is trusted for nothing:
 * anybody may have started us with anything.
 */
#include "build_config.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "service.h"

#define LISTEN_FIRST 3 /* SD_LISTEN_FDS_START */
#define FD_NAME_MAX 256
#define PATIENCE_US 250000
#define USEC 1000000.0
#define WATCHDOG_MAX_S (366 * 86400.0)

struct handed {
	int fd; /* -1 = taken */
	char name[FD_NAME_MAX];
};

struct service {
	int socket; /* -1 = nobody listens */
	struct sockaddr_un to;
	socklen_t to_len;
	double watchdog;
	bool failing;
	struct handed handed[SERVICE_LISTEN_MAX];
	unsigned nhanded;
};

/* --- the environment --- */

/* For free(), NULL if it is not set.  It is gone from the environment afterwards. */
static char *
take_variable(const char *name)
{
	const char *value = getenv(name);
	char *copy = value == NULL || value[0] == '\0' ? NULL : strdup(value);

	unsetenv(name);
	return copy;
}

/* Digits alone; true if the variable is set and is such a number. */
static bool
take_number(const char *name, uint64_t max, uint64_t *number)
{
	char *text = take_variable(name), *end;
	bool good = false;

	if (text == NULL)
		return false;
	errno = 0;
	*number = strtoull(text, &end, 10);
	good = text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && *number <= max;
	if (!good)
		log_warning("environment: %s: expected a number, found \"%.64s\"; ignored", name, text);
	free(text);
	return good;
}

/* "/path" or "@abstract".  Returns -1 if it is neither. */
static int
parse_address(struct service *s, const char *text)
{
	size_t len = strlen(text);

	if ((text[0] != '/' && text[0] != '@') || len < 2 || len >= sizeof(s->to.sun_path))
		return -1;
	s->to.sun_family = AF_UNIX;
	memcpy(s->to.sun_path, text, len + 1);
	s->to_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
	if (text[0] == '@') {
		s->to.sun_path[0] = '\0';
		s->to_len--; /* an abstract name has no NUL at its end */
	}
	return 0;
}

static void
open_socket(struct service *s)
{
	char *text = take_variable("NOTIFY_SOCKET");
	const struct timeval patience = {.tv_usec = PATIENCE_US};

	s->socket = -1;
	if (text == NULL)
		return;
	if (parse_address(s, text) == -1)
		log_warning("environment: NOTIFY_SOCKET: expected /path or @name, found \"%.128s\"; the service manager hears nothing", text);
	else if ((s->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1 ||
	    setsockopt(s->socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) == -1)
		log_warning("no socket to the service manager: %s", strerror(errno));
	free(text);
}

static void
take_watchdog(struct service *s)
{
	uint64_t usec = 0, pid = 0;
	bool asked = take_number("WATCHDOG_USEC", (uint64_t)(WATCHDOG_MAX_S * USEC), &usec);

	if (take_number("WATCHDOG_PID", INT32_MAX, &pid) && (pid_t)pid != getpid())
		asked = false;
	if (asked && s->socket != -1)
		s->watchdog = (double)usec / USEC;
}

/* Names are between colons; a descriptor without one has an empty name. */
static void
name_fd(struct handed *h, const char **names)
{
	size_t len = strcspn(*names, ":");

	memset(h->name, 0, sizeof(h->name));
	if (len < sizeof(h->name))
		memcpy(h->name, *names, len);
	*names += len;
	if (**names == ':')
		++*names;
}

static void
take_fds(struct service *s)
{
	uint64_t count = 0, pid = 0;
	bool counted = take_number("LISTEN_FDS", SERVICE_LISTEN_MAX, &count);
	bool ours = take_number("LISTEN_PID", INT32_MAX, &pid) && (pid_t)pid == getpid();
	char *text = take_variable("LISTEN_FDNAMES");
	const char *names = text == NULL ? "" : text;

	for (unsigned i = 0; counted && ours && i < count; i++) {
		struct handed *h = &s->handed[s->nhanded];

		name_fd(h, &names);
		if (fcntl(LISTEN_FIRST + (int)i, F_SETFD, FD_CLOEXEC) == -1) {
			log_warning("environment: LISTEN_FDS: there is no descriptor %u", LISTEN_FIRST + i);
			continue;
		}
		h->fd = LISTEN_FIRST + (int)i;
		s->nhanded++;
	}
	free(text);
}

struct service *
service_new(void)
{
	static const char *const kin[] = {"FDSTORE", "LISTEN_PIDFDID", "NOTIFYACCESS"};
	struct service *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	take_fds(s); /* before any new descriptor could take the number of one that is missing */
	open_socket(s);
	take_watchdog(s);
	for (size_t i = 0; i < sizeof(kin) / sizeof(kin[0]); i++)
		unsetenv(kin[i]);
	return s;
}

void
service_free(struct service *s)
{
	if (s == NULL)
		return;
	for (unsigned i = 0; i < s->nhanded; i++)
		if (s->handed[i].fd != -1)
			close(s->handed[i].fd);
	if (s->socket != -1)
		close(s->socket);
	free(s);
}

/* --- descriptors --- */

size_t
service_descriptors(const struct service *s, int fds[SERVICE_DESCRIPTORS_MAX])
{
	size_t n = 0;

	fds[n++] = s->socket;
	for (unsigned i = 0; i < s->nhanded; i++)
		fds[n++] = s->handed[i].fd;
	return n;
}

int
service_take_fd(struct service *s, const char *name)
{
	for (unsigned i = 0; i < s->nhanded; i++) {
		int fd = s->handed[i].fd;

		if (fd == -1 || strcmp(s->handed[i].name, name) != 0)
			continue;
		s->handed[i].fd = -1;
		return fd;
	}
	return -1;
}

void
service_close_fds(struct service *s)
{
	for (unsigned i = 0; i < s->nhanded; i++) {
		if (s->handed[i].fd == -1)
			continue;
		log_warning("the service manager handed over a descriptor called \"%s\", which is not ours: closed", s->handed[i].name);
		close(s->handed[i].fd);
		s->handed[i].fd = -1;
	}
}

/* --- speaking --- */

bool
service_listens(const struct service *s)
{
	return s->socket != -1;
}

double
service_watchdog(const struct service *s)
{
	return s->watchdog;
}

static void
attach_fd(struct msghdr *msg, char *control, size_t len, int fd)
{
	struct cmsghdr *c;

	memset(control, 0, len);
	msg->msg_control = control;
	/* glibc has it as size_t, musl as the standard does. */
	msg->msg_controllen = (socklen_t)len;
	c = CMSG_FIRSTHDR(msg);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
}

/* To the address each time: a connection would be to a socket that may have been replaced since. */
static int
send_datagram(struct service *s, const char *text, int fd, int flags)
{
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = {(void *)(uintptr_t)text, strlen(text)};
	struct msghdr msg = {.msg_name = &s->to, .msg_namelen = s->to_len, .msg_iov = &iov, .msg_iovlen = 1};
	bool failed;

	if (s->socket == -1)
		return 0;
	if (fd != -1)
		attach_fd(&msg, control.space, sizeof(control.space), fd);
	failed = sendmsg(s->socket, &msg, flags | MSG_NOSIGNAL) == -1;
	if (failed && !s->failing)
		log_warning("the service manager cannot be told: %s", strerror(errno));
	s->failing = failed;
	return failed ? -1 : 0;
}

int
service_say(struct service *s, const char *fmt, ...)
{
	char text[SERVICE_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return send_datagram(s, text, -1, 0);
}

void
service_alive(struct service *s)
{
	send_datagram(s, "WATCHDOG=1", -1, MSG_DONTWAIT);
}

int
service_store_fd(struct service *s, const char *name, int fd, bool replace)
{
	char text[SERVICE_TEXT_MAX];

	if (replace && service_say(s, "FDSTOREREMOVE=1\nFDNAME=%s", name) == -1)
		return -1;
	snprintf(text, sizeof(text), "FDSTORE=1\nFDNAME=%s", name);
	return send_datagram(s, text, fd, 0);
}
