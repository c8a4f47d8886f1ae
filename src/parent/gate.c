/*
 * The gate to docker.sock.  Trusts neither side: the collector may ask only
 * what gate_request.c can build, at a bounded rate and in a bounded number;
 * docker's bytes are moved, never read.  The docker socket is not half-closed
 * after the request: engines take that as a cancellation.
 */
#include "build_config.h"

#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/buffer.h>

#include "account_names.h"
#include "clock.h"
#include "gate.h"
#include "gate_request.h"
#include "log.h"

#define SPLICE_CHUNK 65536
#define SPLICES_PER_TURN 16
#define CONNECT_RETRY_S 0.05 /* a full backlog is EAGAIN on a UNIX socket, and no event says when it is not */

struct request {
	TAILQ_ENTRY(request) entry;
	struct gate *gate;
	uint32_t id;
	enum gate_op op;
	int sock, pipe_in, pipe_out; /* pipe_out: the read end, until it is given away; -1 = none */
	struct evbuffer *out;
	size_t bytes;
	struct event *sock_event, *pipe_event, *deadline, *retry;
};

struct gate {
	struct event_base *base;
	const struct config *config;
	struct link *collector;
	TAILQ_HEAD(, request) requests;
	unsigned parallel;
	double tokens, refilled;
	bool strange; /* this collector has asked for what makes no sense, as the log says */
};

static void send_request(struct request *r);
static void on_answer(evutil_socket_t fd, short what, void *arg);
static void on_pipe(evutil_socket_t fd, short what, void *arg);
static void on_deadline(evutil_socket_t fd, short what, void *arg);
static void on_retry(evutil_socket_t fd, short what, void *arg);

struct gate *
gate_new(struct event_base *base, const struct config *config)
{
	struct gate *g = calloc(1, sizeof(*g));

	if (g == NULL)
		return NULL;
	g->base = base;
	g->config = config;
	g->tokens = GATE_BURST;
	g->refilled = clock_awake();
	TAILQ_INIT(&g->requests);
	return g;
}

void
gate_configure(struct gate *g, const struct config *config)
{
	g->config = config;
}

static void
free_event(struct event **ev)
{
	if (*ev != NULL)
		event_free(*ev);
	*ev = NULL;
}

static void
request_free(struct request *r)
{
	struct gate *g = r->gate;

	TAILQ_REMOVE(&g->requests, r, entry);
	g->parallel--;
	free_event(&r->sock_event);
	free_event(&r->pipe_event);
	free_event(&r->deadline);
	free_event(&r->retry);
	if (r->sock != -1)
		close(r->sock);
	if (r->pipe_in != -1)
		close(r->pipe_in);
	if (r->pipe_out != -1)
		close(r->pipe_out);
	evbuffer_free(r->out);
	free(r);
}

/* A person who lacks a right wants to know which: the group, if it is the group that may. */
static void
name_owning_group(const char *path, char *text, size_t len)
{
	struct stat st;

	if (stat(path, &st) == 0 && (st.st_mode & S_IWGRP) != 0)
		account_name_group(st.st_gid, text, len);
}

static void
say_end(struct gate *g, uint32_t id, enum gate_end how, int error)
{
	char group[64] = "";

	if (how == GATE_DENIED)
		name_owning_group(g->config->docker_sock, group, sizeof(group));
	SEND(g->collector, GATE_END, gate_end, id, .how = (uint8_t)how, .error = error, .group = group);
}

/* Whoever called listen(2) is the peer: init, if a socket unit waits in the engine's place. */
static bool
is_activated(int sock)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	return getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 && peer.pid == 1;
}

/* The read end, away to the collector; returns -1 if there is nobody to take it. */
static int
give_pipe(struct request *r)
{
	struct msg_gate_pipe msg = {.activated = is_activated(r->sock)};
	int fd = r->pipe_out;

	r->pipe_out = -1;
	return link_send_fd(r->gate->collector, MSG_GATE_PIPE, r->id, &msg, fd);
}

static void
request_end(struct request *r, enum gate_end how, int error)
{
	if (r->pipe_out != -1)
		give_pipe(r);
	say_end(r->gate, r->id, how, error);
	request_free(r);
}

static enum gate_end
end_of_errno(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR: return GATE_NO_SOCKET;
	case EACCES:
	case EPERM: return GATE_DENIED;
	case ECONNREFUSED: return GATE_REFUSED;
	default: return GATE_FAILED;
	}
}

static int
expect(struct request *r, struct event **ev, int fd, short what, event_callback_fn fn)
{
	free_event(ev);
	*ev = event_new(r->gate->base, fd, what, fn, r);
	return *ev == NULL ? -1 : event_add(*ev, NULL);
}

static int
arm(struct request *r, struct event **ev, event_callback_fn fn, double seconds)
{
	struct timeval tv = clock_timeval(seconds);

	if (*ev == NULL && (*ev = evtimer_new(r->gate->base, fn, r)) == NULL)
		return -1;
	return event_add(*ev, &tv);
}

/* Returns 0 if connected, 1 if to be tried again, -1 with errno. */
static int
try_connect(struct request *r)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	const char *path = r->gate->config->docker_sock;

	if (strlen(path) >= sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(sun.sun_path, path);
	if (r->sock == -1 && (r->sock = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	if (connect(r->sock, (struct sockaddr *)&sun, sizeof(sun)) == 0)
		return 0;
	return errno == EAGAIN || errno == EINTR ? 1 : -1;
}

static void
connect_or_retry(struct request *r)
{
	int rc = try_connect(r);

	if (rc == 0)
		send_request(r);
	else if (rc == -1 || arm(r, &r->retry, on_retry, CONNECT_RETRY_S) == -1)
		request_end(r, end_of_errno(errno), errno);
}

static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	connect_or_retry(arg);
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	request_end(arg, GATE_DEADLINE, ETIMEDOUT);
}

/* Readable on a pipe's write end: its reader has closed. */
static int
watch_reader(struct request *r)
{
	return expect(r, &r->pipe_event, r->pipe_in, EV_READ, on_pipe);
}

/*
 * The request is out: make the pipe, let the answer flow.  Its read end is
 * given away with the first bytes, so that a short answer wakes the collector
 * once; at once where it may be long until there are any.  An answer that may
 * stay open has had its deadline.
 */
static int
open_pipe(struct request *r)
{
	int fds[2];

	if (pipe2(fds, O_NONBLOCK | O_CLOEXEC) == -1)
		return -1;
	r->pipe_out = fds[0];
	r->pipe_in = fds[1];
	if (!gate_limits(r->op)->deadline) {
		free_event(&r->deadline);
		if (give_pipe(r) == -1 || watch_reader(r) == -1)
			return -1;
	}
	return expect(r, &r->sock_event, r->sock, EV_READ | EV_PERSIST, on_answer);
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	send_request(arg);
}

static void
send_request(struct request *r)
{
	struct evbuffer_iovec vec;
	ssize_t n;

	if (evbuffer_peek(r->out, -1, NULL, &vec, 1) < 1)
		vec.iov_len = 0;
	n = send(r->sock, vec.iov_base, vec.iov_len, MSG_NOSIGNAL);
	if (n > 0)
		evbuffer_drain(r->out, (size_t)n);
	if (n == -1 && errno != EAGAIN && errno != EINTR)
		request_end(r, GATE_FAILED, errno);
	else if ((evbuffer_get_length(r->out) > 0 ? expect(r, &r->sock_event, r->sock, EV_WRITE, on_writable) : open_pipe(r)) == -1)
		request_end(r, GATE_FAILED, errno);
}

/* splice says EAGAIN for an empty socket and for a full pipe alike. */
static void
wait_for_room(struct request *r)
{
	struct pollfd pfd = {.fd = r->pipe_in, .events = POLLOUT};

	if (poll(&pfd, 1, 0) == 1)
		return;
	event_del(r->sock_event);
	if (expect(r, &r->pipe_event, r->pipe_in, EV_WRITE, on_pipe) == -1)
		request_end(r, GATE_FAILED, ENOMEM);
}

static void
on_answer(evutil_socket_t fd, short what, void *arg)
{
	struct request *r = arg;
	size_t cap = gate_limits(r->op)->bytes_max;
	ssize_t n = 1;

	(void)what;
	for (int i = 0; i < SPLICES_PER_TURN && n > 0; i++) {
		n = splice(fd, NULL, r->pipe_in, NULL, SPLICE_CHUNK, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
		if (n > 0)
			r->bytes += (size_t)n;
		if (cap > 0 && r->bytes > cap) {
			request_end(r, GATE_TOO_LARGE, EFBIG);
			return;
		}
	}
	if (n == 0)
		request_end(r, GATE_COMPLETE, 0);
	else if (n == -1 && errno == EPIPE)
		request_end(r, GATE_ABANDONED, 0);
	else if (n == -1 && errno != EAGAIN && errno != EINTR)
		request_end(r, GATE_FAILED, errno);
	else if (r->bytes > 0 && r->pipe_out != -1 && (give_pipe(r) == -1 || watch_reader(r) == -1))
		request_end(r, GATE_FAILED, ENOMEM);
	else if (n == -1)
		wait_for_room(r);
}

/* The pipe has room again, or its reader is gone (then the next splice says so, but docker may never send). */
static void
on_pipe(evutil_socket_t fd, short what, void *arg)
{
	struct request *r = arg;
	struct pollfd pfd = {.fd = fd};

	if (poll(&pfd, 1, 0) == 1 && (pfd.revents & POLLERR)) {
		request_end(r, GATE_ABANDONED, 0);
		return;
	}
	if ((what & EV_WRITE) && (watch_reader(r) == -1 ||
	    event_add(r->sock_event, NULL) == -1))
		request_end(r, GATE_FAILED, ENOMEM);
}

static bool
take_token(struct gate *g)
{
	double now = clock_awake();

	g->tokens += (now - g->refilled) * GATE_RATE;
	if (g->tokens > GATE_BURST)
		g->tokens = GATE_BURST;
	g->refilled = now;
	if (g->tokens < 1)
		return false;
	g->tokens -= 1;
	return true;
}

static bool
events_open(const struct gate *g)
{
	const struct request *r;

	TAILQ_FOREACH(r, &g->requests, entry)
		if (r->op == GATE_EVENTS)
			return true;
	return false;
}

static bool
may_ask(struct gate *g, enum gate_op op)
{
	return take_token(g) && g->parallel < GATE_PARALLEL && !(op == GATE_EVENTS && events_open(g));
}

static struct request *
request_new(struct gate *g, uint32_t id, enum gate_op op)
{
	struct request *r = calloc(1, sizeof(*r));

	if (r == NULL || (r->out = evbuffer_new()) == NULL) {
		free(r);
		return NULL;
	}
	r->gate = g;
	r->id = id;
	r->op = op;
	r->sock = r->pipe_in = r->pipe_out = -1;
	TAILQ_INSERT_TAIL(&g->requests, r, entry);
	g->parallel++;
	return r;
}

static int
build(struct request *r, const struct msg_gate_ask *ask)
{
	if (gate_request_build(r->out, ask, r->gate->config) == 0)
		return 0;
	if (errno == EINVAL && !r->gate->strange) {
		r->gate->strange = true;
		log_warning("the collector asked docker for %u in a form that makes no sense", ask->op);
		errno = EINVAL;
	}
	return -1;
}

/* Docker is to be left alone: not even a collector that was taken over gets to it. */
static bool
is_off(const struct gate *g)
{
	return g->config->containers.n == 0;
}

void
gate_ask(struct gate *g, struct link *collector, uint32_t id, const struct msg_gate_ask *ask)
{
	struct request *r;

	g->collector = collector;
	if (is_off(g)) {
		say_end(g, id, GATE_FAILED, EPERM);
		return;
	}
	if (!may_ask(g, ask->op)) {
		say_end(g, id, GATE_BUSY, 0);
		return;
	}
	if ((r = request_new(g, id, ask->op)) == NULL) {
		say_end(g, id, GATE_FAILED, ENOMEM);
	} else if (build(r, ask) == -1 || arm(r, &r->deadline, on_deadline, g->config->http_timeout) == -1) {
		request_end(r, GATE_FAILED, errno);
	} else {
		connect_or_retry(r);
	}
}

void
gate_abandon(struct gate *g)
{
	while (!TAILQ_EMPTY(&g->requests))
		request_free(TAILQ_FIRST(&g->requests));
	g->collector = NULL;
	g->strange = false;
}

void
gate_free(struct gate *g)
{
	if (g == NULL)
		return;
	gate_abandon(g);
	free(g);
}
