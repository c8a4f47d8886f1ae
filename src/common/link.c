/*
 * One end of a socketpair on an event loop.  Trusts its peer for nothing:
 * the header is checked before a byte is allocated, the type against the
 * table, the payload field by field.
 */
#include "build_config.h"

#include <sys/queue.h>
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/util.h>

#include "clock.h"
#include "link.h"
#include "log.h"

#define READ_CHUNK 16384
#define GATHER_BYTES 8192 /* of short messages, that leave together */
#define RECEIVED_MAX 4
#define LOST (-1)
#define READS_PER_TURN 16 /* so that one busy peer does not starve the loop */

/* Messages that leave in one piece. */
struct outgoing {
	TAILQ_ENTRY(outgoing) entry;
	int fd; /* goes with the first byte, -1 = none or gone */
	size_t cap, len, sent;
	uint8_t bytes[];
};

struct link {
	struct link_spec spec;
	void (*drained)(void *ctx, struct link *link); /* NULL = nobody waits for it */
	int fd;
	enum phase phase;
	struct event *readable, *writable;
	struct evbuffer *in;
	TAILQ_HEAD(outgoing_list, outgoing) out;
	size_t queued;
	int received[RECEIVED_MAX]; /* descriptors whose messages are not complete yet, in order; LOST = there was no room for it */
	size_t nreceived;
	int current_fd; /* of the message being handled, -1 = none or taken */
	bool full; /* the kernel takes no more for now */
	bool dispatching, doomed, broken;
	char why[128];
};

static void link_read(evutil_socket_t fd, short what, void *arg);
static void link_writable(evutil_socket_t fd, short what, void *arg);

struct link *
link_new(struct event_base *base, int fd, const struct link_spec *spec)
{
	struct link *l = calloc(1, sizeof(*l));

	if (l == NULL || evutil_make_socket_nonblocking(fd) == -1) {
		close(fd);
		free(l);
		return NULL;
	}
	l->spec = *spec;
	l->fd = fd;
	l->current_fd = -1;
	l->phase = PHASE_RUN;
	TAILQ_INIT(&l->out);
	l->in = evbuffer_new();
	l->readable = event_new(base, fd, EV_READ | EV_PERSIST, link_read, l);
	l->writable = event_new(base, fd, EV_WRITE, link_writable, l);
	if (l->in == NULL || l->readable == NULL || l->writable == NULL || event_add(l->readable, NULL) == -1) {
		link_free(l);
		return NULL;
	}
	return l;
}

static void
drop_current_fd(struct link *l)
{
	if (l->current_fd != -1)
		close(l->current_fd);
	l->current_fd = -1;
}

static void
outgoing_free(struct link *l, struct outgoing *o)
{
	TAILQ_REMOVE(&l->out, o, entry);
	l->queued -= o->len - o->sent;
	if (o->fd != -1)
		close(o->fd);
	free(o);
}

void
link_free(struct link *l)
{
	if (l == NULL)
		return;
	if (l->dispatching) {
		l->doomed = true;
		return;
	}
	if (l->readable != NULL)
		event_free(l->readable);
	if (l->writable != NULL)
		event_free(l->writable);
	if (l->in != NULL)
		evbuffer_free(l->in);
	while (!TAILQ_EMPTY(&l->out))
		outgoing_free(l, TAILQ_FIRST(&l->out));
	drop_current_fd(l);
	for (size_t i = 0; i < l->nreceived; i++)
		if (l->received[i] != LOST)
			close(l->received[i]);
	close(l->fd);
	free(l);
}

void
link_set_phase(struct link *l, enum phase phase)
{
	l->phase = phase;
}

void
link_set_drained(struct link *l, void (*drained)(void *ctx, struct link *link))
{
	l->drained = drained;
}

enum role_id
link_peer(const struct link *l)
{
	return l->spec.peer;
}

size_t
link_queued(const struct link *l)
{
	return l->queued;
}

int
link_take_fd(struct link *l)
{
	int fd = l->current_fd;

	l->current_fd = -1;
	return fd;
}

/* The owner hears of it from the loop, so that nobody's link vanishes inside a call of his own. */
static void
link_break(struct link *l, const char *why)
{
	if (l->broken)
		return;
	l->broken = true;
	snprintf(l->why, sizeof(l->why), "%s", why);
	event_del(l->writable);
	event_del(l->readable);
	event_active(l->readable, EV_TIMEOUT, 0);
}

static ssize_t
send_with_fd(struct link *l, struct outgoing *o)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec iov = {o->bytes, o->len};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof(control.bytes)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	ssize_t n;

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &o->fd, sizeof(int));
	n = sendmsg(l->fd, &msg, MSG_NOSIGNAL);
	if (n > 0) {
		close(o->fd);
		o->fd = -1;
	}
	return n;
}

/* Returns 1 if the entry is gone, 0 if the kernel takes no more for now, -1 if the link broke. */
static int
write_one(struct link *l, struct outgoing *o)
{
	ssize_t n;

	n = o->fd != -1 ? send_with_fd(l, o) : send(l->fd, o->bytes + o->sent, o->len - o->sent, MSG_NOSIGNAL);
	if (n == -1 && (errno == EAGAIN || errno == EINTR || errno == ENOBUFS))
		return 0;
	if (n == -1) {
		link_break(l, errno == EPIPE || errno == ECONNRESET ? "" : strerror(errno));
		return -1;
	}
	o->sent += (size_t)n;
	l->queued -= (size_t)n;
	if (o->sent < o->len)
		return 0;
	outgoing_free(l, o);
	return 1;
}

static void
link_write(struct link *l)
{
	struct outgoing *o;

	while (!l->broken && (o = TAILQ_FIRST(&l->out)) != NULL)
		if (write_one(l, o) != 1)
			break;
	l->full = !TAILQ_EMPTY(&l->out);
	if (!l->broken && l->full && event_add(l->writable, NULL) == -1)
		link_break(l, "out of memory");
}

static void
link_writable(evutil_socket_t fd, short what, void *arg)
{
	struct link *l = arg;

	(void)fd;
	(void)what;
	link_write(l);
	if (!l->broken && TAILQ_EMPTY(&l->out) && l->drained != NULL)
		l->drained(l->spec.ctx, l);
}

void
link_push(struct link *l)
{
	if (!l->broken && !TAILQ_EMPTY(&l->out))
		link_write(l);
}

/* Where size bytes more can go, with a descriptor or not; NULL if memory is short. */
static struct outgoing *
outgoing_with_room(struct link *l, size_t size, int fd)
{
	struct outgoing *o = TAILQ_LAST(&l->out, outgoing_list);
	size_t cap = size > GATHER_BYTES ? size : GATHER_BYTES;

	if (o != NULL && fd == -1 && o->cap - o->len >= size)
		return o;
	if ((o = malloc(sizeof(*o) + cap)) == NULL)
		return NULL;
	*o = (struct outgoing){.fd = -1, .cap = cap};
	TAILQ_INSERT_TAIL(&l->out, o, entry);
	return o;
}

/* Returns the entry that holds msg now, NULL if there is none. */
static struct outgoing *
outgoing_add(struct link *l, enum message_type type, uint32_t id, const void *msg, int fd)
{
	size_t size = message_encoded_size(type, msg), len;
	struct outgoing *o;

	if (!message_allowed(type, l->spec.self, l->spec.peer, l->phase)) {
		log_error("%s is not for %s to send to %s now", message_name(type), role_name(l->spec.self), role_name(l->spec.peer));
		return NULL;
	}
	if ((o = outgoing_with_room(l, size, fd)) == NULL) {
		link_break(l, "out of memory");
		return NULL;
	}
	if ((len = message_encode(o->bytes + o->len, o->cap - o->len, type, id, msg)) == 0) {
		if (o->len == 0)
			outgoing_free(l, o);
		log_error("%s to %s: a field is outside its limits", message_name(type), role_name(l->spec.peer));
		return NULL;
	}
	o->len += len;
	l->queued += len;
	return o;
}

int
link_send_fd(struct link *l, enum message_type type, uint32_t id, const void *msg, int fd)
{
	struct outgoing *o = l->broken ? NULL : outgoing_add(l, type, id, msg, fd);

	if (o == NULL) {
		if (fd != -1)
			close(fd);
		return -1;
	}
	if (fd != -1)
		o->fd = fd;
	/* What is gathered leaves once the handlers of this turn of the loop have said all that they have to say. */
	if (l->queued > LINK_QUEUE_MAX)
		link_break(l, "it does not read what it is sent");
	else if (!l->full && TAILQ_FIRST(&l->out) != o)
		link_write(l);
	else if (!l->full)
		event_active(l->writable, EV_WRITE, 0);
	return l->broken ? -1 : 0;
}

int
link_send(struct link *l, enum message_type type, uint32_t id, const void *msg)
{
	return link_send_fd(l, type, id, msg, -1);
}

static int
keep_received_fd(struct link *l, int fd)
{
	if (l->nreceived < RECEIVED_MAX) {
		l->received[l->nreceived++] = fd;
		return 0;
	}
	if (fd != LOST)
		close(fd);
	return -1;
}

/*
 * A descriptor comes with the bytes of its message, or ahead of them by what
 * fits into one read.  Where this process, or the host, can have no more of
 * them, the kernel drops it and sets MSG_CTRUNC (unix(7)): its message is
 * handled without it.  The same flag with our buffer full means too many.
 */
static int
keep_received_fds(struct link *l, struct msghdr *msg)
{
	int fds[RECEIVED_MAX], rc = 0;
	size_t came = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS || n > RECEIVED_MAX)
			return -1;
		memcpy(fds, CMSG_DATA(c), n * sizeof(int));
		for (size_t i = 0; i < n; i++)
			if (keep_received_fd(l, fds[i]) == -1)
				rc = -1;
		came += n;
	}
	if ((msg->msg_flags & MSG_CTRUNC) != 0 && (came == RECEIVED_MAX || keep_received_fd(l, LOST) == -1))
		rc = -1;
	return rc;
}

/* Only a child's link to its parent has room for descriptors; elsewhere the kernel drops what is sent. */
static ssize_t
link_receive(struct link *l, void *buf, size_t len)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(RECEIVED_MAX * sizeof(int))];
	} control;
	struct iovec iov = {buf, len};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof(control.bytes)};
	ssize_t n;

	if (l->spec.peer != ROLE_PARENT)
		return recv(l->fd, buf, len, 0);
	if ((n = recvmsg(l->fd, &msg, MSG_CMSG_CLOEXEC)) > 0 && keep_received_fds(l, &msg) == -1) {
		errno = EPROTO;
		return -1;
	}
	return n;
}

/*
 * Returns true if there may be more to read now; breaks the link at its end.
 * A read that did not fill its room was the last: a call less for each of
 * the few messages that mostly come.
 */
static bool
link_fill(struct link *l)
{
	struct evbuffer_iovec vec;
	size_t room;
	ssize_t n;

	if (evbuffer_reserve_space(l->in, READ_CHUNK, &vec, 1) != 1) {
		link_break(l, "out of memory");
		return false;
	}
	room = vec.iov_len;
	n = link_receive(l, vec.iov_base, room);
	if (n == 0 || (n == -1 && errno == ECONNRESET)) {
		link_break(l, "");
		return false;
	}
	if (n == -1) {
		if (errno != EAGAIN && errno != EINTR)
			link_break(l, strerror(errno));
		return false;
	}
	vec.iov_len = (size_t)n;
	evbuffer_commit_space(l->in, &vec, 1);
	return vec.iov_len == room;
}

static bool
take_received_fd(struct link *l)
{
	if (l->nreceived == 0)
		return false;
	l->current_fd = l->received[0];
	memmove(&l->received[0], &l->received[1], --l->nreceived * sizeof(int));
	return true;
}

static void
link_dispatch(struct link *l, const struct message_header *h, const uint8_t *payload)
{
	union message msg;
	char why[sizeof(l->why)];

	if (!message_allowed(h->type, l->spec.peer, l->spec.self, l->phase) || l->spec.handlers[h->type] == NULL) {
		snprintf(why, sizeof(why), "%s is not for it to send now", message_name(h->type));
		link_break(l, why);
	} else if (message_decode(&msg, h->type, payload, h->length) == -1) {
		snprintf(why, sizeof(why), "malformed %s", message_name(h->type));
		link_break(l, why);
	} else if (message_carries_fd(h->type) && !take_received_fd(l)) {
		snprintf(why, sizeof(why), "%s without a descriptor", message_name(h->type));
		link_break(l, why);
	} else {
		l->spec.handlers[h->type](l->spec.ctx, l, h->id, &msg);
		drop_current_fd(l);
	}
}

/* Returns true if a whole message was there and has been dealt with. */
static bool
link_take_message(struct link *l)
{
	struct message_header h;
	uint8_t head[MESSAGE_HEADER];
	uint8_t *whole;

	if (l->broken || l->doomed || evbuffer_copyout(l->in, head, sizeof(head)) < (ssize_t)sizeof(head))
		return false;
	if (message_header_decode(&h, head) == -1) {
		link_break(l, "malformed header");
		return false;
	}
	if (evbuffer_get_length(l->in) < MESSAGE_HEADER + h.length)
		return false;
	if ((whole = evbuffer_pullup(l->in, (ev_ssize_t)(MESSAGE_HEADER + h.length))) == NULL) {
		link_break(l, "out of memory");
		return false;
	}
	link_dispatch(l, &h, whole + MESSAGE_HEADER);
	evbuffer_drain(l->in, MESSAGE_HEADER + h.length);
	return true;
}

static void
link_read(evutil_socket_t fd, short what, void *arg)
{
	struct link *l = arg;
	bool more = true;

	(void)fd;
	if (what & EV_TIMEOUT) {
		l->spec.broken(l->spec.ctx, l, l->why);
		return;
	}
	l->dispatching = true;
	for (int turn = 0; turn < READS_PER_TURN && more && !l->broken && !l->doomed; turn++) {
		more = link_fill(l);
		while (link_take_message(l))
			continue;
		if (l->nreceived > 0 && evbuffer_get_length(l->in) == 0)
			link_break(l, "a descriptor that belongs to no message");
	}
	l->dispatching = false;
	if (l->doomed)
		link_free(l);
}

void
link_flush(struct link *l, double timeout)
{
	struct pollfd pfd = {.fd = l->fd, .events = POLLOUT};
	double end = clock_awake() + timeout;

	for (link_push(l); !l->broken && !TAILQ_EMPTY(&l->out); link_push(l)) {
		double left = end - clock_awake();

		if (left <= 0 || poll(&pfd, 1, (int)(left * 1000) + 1) == -1)
			return;
	}
}
