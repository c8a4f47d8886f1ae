/*
 * Non-blocking connects to a few addresses at once.  Reads and writes
 * nothing on them.
 */
#include "build_config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

#include "clock.h"
#include "loop.h"
#include "own_error.h"
#include "tcp_ping.h"

struct attempt {
	struct tcp_ping *ping;
	struct event *writable; /* owns the descriptor; NULL = not begun, or over */
};

struct tcp_ping {
	struct event_base *base;
	struct address_list addrs;
	uint16_t port;
	tcp_ping_cb *cb;
	void *ctx;
	struct event *next, *deadline;
	struct attempt attempts[ADDRESSES_MAX];
	size_t begun, over;
	int error, own_error; /* the first that an address ended with, and that kept one from being tried; 0 = none */
};

static void
attempt_close(struct attempt *a)
{
	if (a->writable == NULL)
		return;
	close(event_get_fd(a->writable));
	event_free(a->writable);
	a->writable = NULL;
}

void
tcp_ping_cancel(struct tcp_ping *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->begun; i++)
		attempt_close(&p->attempts[i]);
	if (p->next != NULL)
		event_free(p->next);
	if (p->deadline != NULL)
		event_free(p->deadline);
	free(p);
}

static void
ping_end(struct tcp_ping *p, int error, bool own)
{
	tcp_ping_cb *cb = p->cb;
	void *ctx = p->ctx;

	tcp_ping_cancel(p);
	cb(ctx, error, own);
}

/* What an address said of itself counts for more than that another could not be tried. */
static void
ping_failed(struct tcp_ping *p, int error)
{
	bool own = error == 0 && p->own_error != 0;

	ping_end(p, own ? p->own_error : error, own);
}

/* One address has failed: the next one need not wait. */
static void
attempt_failed(struct tcp_ping *p, int error, bool own)
{
	struct timeval now = {0};
	int *first = own ? &p->own_error : &p->error;

	if (*first == 0)
		*first = error;
	if (++p->over == p->addrs.n)
		ping_failed(p, p->error);
	else if (p->begun < p->addrs.n)
		loop_add(p->next, &now);
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct attempt *a = arg;
	int error = 0;
	socklen_t len = sizeof(error);

	(void)what;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		error = errno;
	if (error == 0) {
		ping_end(a->ping, 0, false);
		return;
	}
	attempt_close(a);
	attempt_failed(a->ping, error, false);
}

/* Returns 0 or an errno. */
static int
attempt_begin(struct attempt *a, struct sockaddr *addr, socklen_t len, uint16_t port)
{
	int fd, error;

	if (addr->sa_family == AF_INET)
		((struct sockaddr_in *)(void *)addr)->sin_port = htons(port);
	else
		((struct sockaddr_in6 *)(void *)addr)->sin6_port = htons(port);
	fd = socket(addr->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
	if (fd == -1)
		return errno;
	if (connect(fd, addr, len) == -1 && errno != EINPROGRESS) {
		error = errno;
		close(fd);
		return error;
	}
	if ((a->writable = event_new(a->ping->base, fd, EV_WRITE, on_writable, a)) == NULL) {
		close(fd);
		return ENOMEM;
	}
	loop_add(a->writable, NULL);
	return 0;
}

static void
on_next(evutil_socket_t fd, short what, void *arg)
{
	struct tcp_ping *p = arg;
	struct timeval stagger = clock_timeval(TCP_PING_STAGGER_S);
	size_t i = p->begun++;
	struct sockaddr *addr = (struct sockaddr *)&p->addrs.v[i].addr;
	int error;

	(void)fd;
	(void)what;
	p->attempts[i].ping = p;
	if (p->begun < p->addrs.n)
		loop_add(p->next, &stagger);
	error = attempt_begin(&p->attempts[i], addr, p->addrs.v[i].len, p->port);
	if (error != 0)
		attempt_failed(p, error, error_is_own(error, addr->sa_family));
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct tcp_ping *p = arg;

	(void)fd;
	(void)what;
	ping_failed(p, p->error == 0 && p->over < p->begun ? ETIMEDOUT : p->error);
}

struct tcp_ping *
tcp_ping_start(struct event_base *base, const struct address_list *addrs, uint16_t port, double timeout,
    tcp_ping_cb *cb, void *ctx)
{
	struct tcp_ping *p = calloc(1, sizeof(*p));
	struct timeval now = {0}, end = clock_timeval(timeout);

	if (p == NULL)
		return NULL;
	p->base = base;
	p->addrs = *addrs;
	p->port = port;
	p->cb = cb;
	p->ctx = ctx;
	p->next = evtimer_new(base, on_next, p);
	p->deadline = evtimer_new(base, on_deadline, p);
	if (p->next == NULL || p->deadline == NULL || event_add(p->next, &now) == -1 ||
	    event_add(p->deadline, &end) == -1) {
		tcp_ping_cancel(p);
		return NULL;
	}
	return p;
}
