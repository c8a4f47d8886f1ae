/*
 * Plain HTTP on libevent's own client, for the programs that are linked
 * without libcurl: where no https is configured, that saves the three
 * megabytes which libcurl and its libraries take in each process.  Trusts
 * neither servers nor what they answer: libevent caps head and body, and
 * every word of an error that leaves here is our own or the kernel's.
 *
 * libevent calls back from deep inside its own state machine, and may not be
 * called from there: a callback here only notes what happened and wakes the
 * transfer, which goes on from the loop.  The connections are http_pool.c's.
 */
#include "build_config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/http.h>

#include "clock.h"
#include "http_event_request.h"
#include "http_parts.h"
#include "http_pool.h"
#include "http_transfer.h"
#include "loop.h"
#include "own_error.h"
#include "utf8.h"

struct event_http {
	struct http base;
	struct http_pool pool;
};

/* What libevent's callbacks have noted of an attempt. */
struct attempt {
	struct connection *connection; /* NULL = none under way */
	struct evhttp_request *request; /* libevent's own once it was made; NULL when it is over */
	bool reused;      /* the connection had served before */
	bool sent;        /* the request's bytes were handed over: the connection stood */
	bool over;
	bool failed;
	enum evhttp_request_error error;
	int errno_then;
	bool strange;     /* what answers does not speak HTTP */
	size_t head_len;  /* bytes that came before the head was whole */
	long status;      /* 0 = not known yet */
};

struct event_transfer {
	struct http_transfer base;
	bool secure;      /* an https URL: refused */
	bool fresh;       /* a connection of its own */
	char *host, *path, *post;
	uint16_t port;
	size_t next_address;
	int failure;      /* errno of the first address that failed by itself, ETIMEDOUT = by its silence; 0 = none has */
	struct event *wake; /* the deadline of what is under way; active at once when an attempt is over */
	struct attempt attempt;
	struct evbuffer *body;
	char location[HTTP_LOCATION_MAX];
	double retry_after;
};

static struct http_pool *
pool_of(const struct event_transfer *t)
{
	return &((struct event_http *)t->base.http)->pool;
}

static void
wake(struct event_transfer *t)
{
	struct timeval now = {0};

	loop_add(t->wake, &now);
}

/* --- what libevent tells during an attempt --- */

static void
on_handed_over(void *ctx)
{
	struct event_transfer *t = ctx;

	t->attempt.sent = true;
}

/* The first line is enough for a ping. */
static void
on_bytes(void *ctx, size_t came, bool taken)
{
	struct event_transfer *t = ctx;

	if (t->attempt.status != 0)
		return;
	t->attempt.head_len += came;
	if (taken && !t->base.want_body)
		wake(t);
}

static const struct http_watch watch = {.handed_over = on_handed_over, .bytes = on_bytes};

static void
on_error(enum evhttp_request_error error, void *arg)
{
	struct event_transfer *t = arg;

	t->attempt.failed = true;
	t->attempt.error = error;
	t->attempt.errno_then = errno;
}

static void
keep_location(struct event_transfer *t, const char *value)
{
	utf8_clean(t->location, sizeof(t->location), value, strlen(value), false);
}

/* The head is there.  The body of a ping is not wanted, nor waited for; if it came with its head, the connection may serve again. */
static int
on_head(struct evhttp_request *request, void *arg)
{
	struct event_transfer *t = arg;
	struct evkeyvalq *headers = evhttp_request_get_input_headers(request);
	const char *location = evhttp_find_header(headers, "Location"), *later = evhttp_find_header(headers, "Retry-After");
	long status = evhttp_request_get_response_code(request);

	if (status < 200)
		return 0;
	/* libevent takes any number. */
	if (status > HTTP_STATUS_MAX) {
		t->attempt.strange = true;
		return -1;
	}
	t->attempt.status = status;
	t->retry_after = later == NULL ? 0 : http_retry_after(later, strlen(later));
	if (http_is_redirect(status) && location != NULL)
		keep_location(t, location);
	return 0;
}

/*
 * NULL: on_error() has been called.  Without that and without a status, the
 * connection was refused: libevent 2.1 ends so for that error alone, and
 * forgets errno on its way.
 */
static void
on_over(struct evhttp_request *request, void *arg)
{
	struct event_transfer *t = arg;
	struct attempt *a = &t->attempt;

	a->over = true;
	a->request = NULL;
	if (request == NULL || a->status == 0) {
		if (!a->failed)
			a->errno_then = ECONNREFUSED;
		a->failed = true;
	} else if (evbuffer_add_buffer(t->body, evhttp_request_get_input_buffer(request)) == -1) {
		a->failed = true;
	}
	wake(t);
}

/* --- how it ended --- */

static void
attempt_end(struct event_transfer *t, bool keep)
{
	struct attempt *a = &t->attempt;

	/* libevent frees the request with its connection. */
	if (a->connection != NULL)
		http_pool_give(pool_of(t), a->connection, keep);
	*a = (struct attempt){0};
}

/* A connection goes back to the pool before the caller asks for the next thing. */
static void
transfer_end_answered(struct event_transfer *t)
{
	struct http_result result = {
		.outcome = HTTP_ANSWERED,
		.status = t->attempt.status,
		.body = "",
		.body_len = evbuffer_get_length(t->body),
		.retry_after = t->retry_after,
		.location = t->location[0] == '\0' ? NULL : t->location,
		.error = "",
	};

	attempt_end(t, t->attempt.over && !t->attempt.failed && !t->fresh);
	if (evbuffer_add(t->body, "", 1) == -1 || (result.body = (const char *)evbuffer_pullup(t->body, -1)) == NULL)
		http_end_failed(&t->base, HTTP_LOST, "out of memory");
	else
		http_end(&t->base, &result);
}

static void
say_errno(char *buf, size_t len, int error, const char *otherwise)
{
	snprintf(buf, len, "%s", error > 0 ? strerror(error) : otherwise);
	error_after_colon(buf);
}

static void
transfer_end_late(struct event_transfer *t)
{
	const struct attempt *a = &t->attempt;

	if (!a->sent)
		http_end_failed(&t->base, HTTP_TIMEOUT_BEFORE, "timeout: no connection");
	else
		http_end_failed(&t->base, HTTP_TIMEOUT_AFTER,
		    a->status != 0 ? "timeout: the answer did not end" : "timeout: no answer");
}

/* What an address said of itself counts for more than that the last one could not be tried. */
static void
transfer_end_unconnected(struct event_transfer *t)
{
	bool own = error_is_own(t->attempt.errno_then, AF_INET);
	char text[HTTP_ERROR_LEN];

	say_errno(text, sizeof(text), own && t->failure != 0 ? t->failure : t->attempt.errno_then, "cannot connect");
	if (own && t->failure == ETIMEDOUT)
		transfer_end_late(t);
	else if (own && t->failure == 0)
		http_end_own(&t->base, text);
	else
		http_end_failed(&t->base, HTTP_NOT_SENT, text);
}

/* libevent calls a head that is too long a bad one, and a bad chunk one that is too long. */
static void
transfer_end_broken(struct event_transfer *t)
{
	const struct attempt *a = &t->attempt;

	if (!a->sent) {
		transfer_end_unconnected(t);
	} else if (a->error == EVREQ_HTTP_DATA_TOO_LONG || a->head_len > HTTP_HEAD_MAX) {
		http_end_too_large(&t->base, a->head_len);
	} else if (a->strange || a->error == EVREQ_HTTP_INVALID_HEADER) {
		http_end_failed(&t->base, HTTP_LOST, "the answer is not HTTP");
	} else if (a->errno_then == ECONNRESET) {
		http_end_failed(&t->base, HTTP_LOST, "connection reset by peer");
	} else {
		http_end_failed(&t->base, HTTP_LOST, a->status != 0 ? "the answer ended early" : "closed without an answer");
	}
}

/* --- how it begins and goes on --- */

/* An attempt that is not the last one leaves half of the time to connect to the others. */
static double
patience(const struct event_transfer *t)
{
	double spent = http_spent(&t->base), total = t->base.timeout - spent, connect = t->base.connect_timeout - spent;

	if (t->attempt.sent || connect > total)
		return total;
	return t->next_address < t->base.addrs.n ? connect / 2 : connect;
}

static void
await(struct event_transfer *t)
{
	double seconds = patience(t);
	struct timeval tv = clock_timeval(seconds > 0.001 ? seconds : 0.001);

	loop_add(t->wake, &tv);
}

static struct evhttp_request *
request_new(struct event_transfer *t)
{
	struct evhttp_request *request = evhttp_request_new(on_over, t);

	if (request == NULL)
		return NULL;
	evhttp_request_set_error_cb(request, on_error);
	evhttp_request_set_header_cb(request, on_head);
	if (http_event_fill(request, t->host, t->port, t->post) == 0)
		return request;
	evhttp_request_free(request);
	return NULL;
}

/* True if an attempt is on its way; false if memory is short. */
static bool
attempt_begin(struct event_transfer *t)
{
	struct attempt *a = &t->attempt;
	struct http_pool *pool = pool_of(t);
	bool kept = t->next_address == 0 && !t->fresh;
	struct connection *c = kept ? http_pool_take(pool, t->host, t->port, &watch, t) : NULL;

	*a = (struct attempt){.reused = c != NULL};
	evbuffer_drain(t->body, evbuffer_get_length(t->body));
	if (c == NULL)
		c = http_pool_connect(pool, t->host, t->port, &t->base.addrs.v[t->next_address++].addr, &watch, t);
	if (c == NULL)
		return false;
	a->connection = c;
	if ((a->request = request_new(t)) == NULL)
		return false;
	evhttp_connection_set_max_body_size(c->ev, (ev_ssize_t)t->base.body_max);
	await(t);
	return evhttp_make_request(c->ev, a->request, t->post != NULL ? EVHTTP_REQ_POST : EVHTTP_REQ_GET, t->path) == 0;
}

static void
attempt_again(struct event_transfer *t)
{
	attempt_end(t, false);
	if (!attempt_begin(t))
		http_end_own(&t->base, "out of memory");
}

/* With the next address; what this one said of itself is remembered. */
static void
attempt_next(struct event_transfer *t)
{
	int error = t->attempt.over ? t->attempt.errno_then : ETIMEDOUT;

	if (t->failure == 0 && !error_is_own(error, AF_INET))
		t->failure = error;
	attempt_again(t);
}

/* A kept connection may have died a moment ago; what is asked twice does no harm, what is posted twice does. */
static bool
is_stale(const struct event_transfer *t)
{
	const struct attempt *a = &t->attempt;

	return a->reused && a->status == 0 && a->error == EVREQ_HTTP_EOF && t->post == NULL;
}

/* A redirect's goal comes with the rest of the head. */
static void
note_first_line(struct attempt *a)
{
	int status = a->request == NULL ? 0 : evhttp_request_get_response_code(a->request);

	if (a->status == 0 && status >= 200 && status <= HTTP_STATUS_MAX && !http_is_redirect(status))
		a->status = status;
}

static void
on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct event_transfer *t = arg;
	struct attempt *a = &t->attempt;
	bool in_time = a->sent ? http_spent(&t->base) < t->base.timeout : http_may_connect(&t->base);

	(void)fd;
	(void)what;
	if (!t->base.want_body)
		note_first_line(a);
	if (a->status != 0 && (!t->base.want_body || (a->over && !a->failed)))
		transfer_end_answered(t);
	else if (a->over && is_stale(t) && in_time)
		attempt_again(t);
	else if (!a->sent && t->next_address < t->base.addrs.n && in_time)
		attempt_next(t);
	else if (a->over)
		transfer_end_broken(t);
	else if (a->sent && in_time)
		await(t);
	else
		transfer_end_late(t);
}

/* --- the maker --- */

static int
event_copy(struct http_transfer *transfer, const struct http_request *request)
{
	struct event_transfer *t = (struct event_transfer *)transfer;

	t->secure = request->url->scheme == SCHEME_HTTPS;
	/* A kept one may have died without a word, and then nobody knows what of the post arrived. */
	t->fresh = request->fresh || request->body != NULL;
	t->port = request->url->port;
	t->host = strdup(request->url->host);
	t->path = http_event_path(request->target != NULL ? request->target : request->url->url, request->url);
	t->post = request->body == NULL ? NULL : strdup(request->body);
	t->body = evbuffer_new();
	t->wake = evtimer_new(transfer->http->base, on_wake, t);
	if (request->proxy != NULL || t->host == NULL || t->body == NULL || t->wake == NULL)
		return -1;
	return request->body != NULL && t->post == NULL ? -1 : 0;
}

static const char *
event_begin(struct http_transfer *transfer)
{
	struct event_transfer *t = (struct event_transfer *)transfer;

	if (t->secure)
		return "https is not spoken by this program";
	if (t->path == NULL)
		return "the URL is not understood";
	t->base.own = !attempt_begin(t);
	return t->base.own ? "out of memory" : NULL;
}

static void
event_drop(struct http_transfer *transfer)
{
	struct event_transfer *t = (struct event_transfer *)transfer;

	attempt_end(t, false);
	if (t->wake != NULL)
		event_free(t->wake);
	if (t->body != NULL)
		evbuffer_free(t->body);
	free(t->host);
	free(t->path);
	free(t->post);
}

static void
event_http_free(struct http *http)
{
	struct event_http *h = (struct event_http *)http;

	http_pool_empty(&h->pool);
	free(h);
}

static const struct http_maker maker = {
	.transfer_size = sizeof(struct event_transfer),
	.copy = event_copy,
	.begin = event_begin,
	.drop = event_drop,
	.free = event_http_free,
};

struct http *
http_new(struct event_base *base, struct resolve *resolve, int ca_fd, char *why, size_t whylen)
{
	struct event_http *h = calloc(1, sizeof(*h));

	if (ca_fd != -1)
		close(ca_fd);
	if (h == NULL) {
		snprintf(why, whylen, "out of memory");
		return NULL;
	}
	http_init(&h->base, &maker, base, resolve);
	http_pool_init(&h->pool, base);
	return &h->base;
}

void
http_on_idle_closed(struct http *http, http_idle_closed *cb, void *ctx)
{
	struct event_http *h = (struct event_http *)http;

	h->pool.idle_closed = cb;
	h->pool.idle_closed_ctx = ctx;
}
