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

#include <sys/queue.h>
#include <sys/socket.h>

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/http.h>

#include "clock.h"
#include "http.h"
#include "http_parts.h"
#include "http_pool.h"
#include "loop.h"
#include "url.h"
#include "utf8.h"

struct http {
	struct event_base *base;
	struct resolve *resolve;
	TAILQ_HEAD(, http_transfer) transfers;
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
	size_t head_len;  /* bytes that came before the head was whole */
	long status;      /* 0 = not known yet */
};

struct http_transfer {
	TAILQ_ENTRY(http_transfer) entry;
	struct http *http;
	bool secure;      /* an https URL: refused */
	char *host, *path, *post;
	uint16_t port;
	double connect_timeout, timeout, started;
	size_t body_max;
	bool want_body;
	http_cb *cb;
	void *ctx;

	struct resolve_query *query;
	struct address_list addrs;
	size_t next_address;
	struct event *wake; /* the deadline of what is under way; active at once when an attempt is over */
	struct attempt attempt;
	bool ended;
	struct evbuffer *body;
	char location[HTTP_LOCATION_MAX];
	double retry_after;
};

static void
wake(struct http_transfer *t)
{
	struct timeval now = {0};

	loop_add(t->wake, &now);
}

/* --- what libevent tells during an attempt --- */

static void
on_handed_over(void *ctx)
{
	struct http_transfer *t = ctx;

	t->attempt.sent = true;
}

/* The first line is enough for a ping. */
static void
on_bytes(void *ctx, size_t came, bool taken)
{
	struct http_transfer *t = ctx;

	if (t->attempt.status != 0)
		return;
	t->attempt.head_len += came;
	if (taken && !t->want_body)
		wake(t);
}

static const struct http_watch watch = {.handed_over = on_handed_over, .bytes = on_bytes};

static void
on_error(enum evhttp_request_error error, void *arg)
{
	struct http_transfer *t = arg;

	t->attempt.failed = true;
	t->attempt.error = error;
	t->attempt.errno_then = errno;
}

static void
keep_location(struct http_transfer *t, const char *value)
{
	utf8_clean(t->location, sizeof(t->location), value, strlen(value), false);
}

/* The head is there.  A negative value ends the attempt: the body of a ping is not wanted. */
static int
on_head(struct evhttp_request *request, void *arg)
{
	struct http_transfer *t = arg;
	struct evkeyvalq *headers = evhttp_request_get_input_headers(request);
	const char *location = evhttp_find_header(headers, "Location"), *later = evhttp_find_header(headers, "Retry-After");
	long status = evhttp_request_get_response_code(request);

	if (status < 200)
		return 0;
	t->attempt.status = status;
	t->retry_after = later == NULL ? 0 : http_retry_after(later, strlen(later));
	if (http_is_redirect(status) && location != NULL)
		keep_location(t, location);
	return t->want_body ? 0 : -1;
}

/*
 * NULL: on_error() has been called.  Without that and without a status, the
 * connection was refused: libevent 2.1 ends so for that error alone, and
 * forgets errno on its way.
 */
static void
on_over(struct evhttp_request *request, void *arg)
{
	struct http_transfer *t = arg;
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
attempt_end(struct http_transfer *t, bool keep)
{
	struct attempt *a = &t->attempt;

	/* libevent frees the request with its connection. */
	if (a->connection != NULL)
		http_pool_give(&t->http->pool, a->connection, keep);
	*a = (struct attempt){0};
}

static void
transfer_free(struct http_transfer *t)
{
	TAILQ_REMOVE(&t->http->transfers, t, entry);
	resolve_cancel(t->query);
	attempt_end(t, false);
	if (t->wake != NULL)
		event_free(t->wake);
	if (t->body != NULL)
		evbuffer_free(t->body);
	free(t->host);
	free(t->path);
	free(t->post);
	free(t);
}

/* The one place where a transfer ends by itself. */
static void
transfer_end(struct http_transfer *t, struct http_result *result)
{
	result->seconds = clock_awake() - t->started;
	t->ended = true;
	t->cb(t->ctx, result);
	transfer_free(t);
}

static void
transfer_end_failed(struct http_transfer *t, enum http_outcome outcome, const char *error)
{
	transfer_end(t, &(struct http_result){.outcome = outcome, .body = "", .error = error});
}

/* A connection goes back to the pool before the caller asks for the next thing. */
static void
transfer_end_answered(struct http_transfer *t)
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

	attempt_end(t, t->attempt.over && !t->attempt.failed);
	if (evbuffer_add(t->body, "", 1) == -1 || (result.body = (const char *)evbuffer_pullup(t->body, -1)) == NULL)
		transfer_end_failed(t, HTTP_LOST, "out of memory");
	else
		transfer_end(t, &result);
}

static void
say_errno(char *buf, size_t len, int error, const char *otherwise)
{
	snprintf(buf, len, "%s", error > 0 ? strerror(error) : otherwise);
	buf[0] = (char)tolower((unsigned char)buf[0]);
}

/* libevent calls a head that is too long a bad one, and a bad chunk one that is too long. */
static void
transfer_end_broken(struct http_transfer *t)
{
	const struct attempt *a = &t->attempt;
	char text[HTTP_ERROR_LEN];

	if (!a->sent) {
		say_errno(text, sizeof(text), a->errno_then, "cannot connect");
		transfer_end_failed(t, HTTP_NOT_SENT, text);
	} else if (a->error == EVREQ_HTTP_DATA_TOO_LONG || a->head_len > HTTP_HEAD_MAX) {
		snprintf(text, sizeof(text), "the answer is larger than %zu bytes",
		    a->head_len > HTTP_HEAD_MAX ? (size_t)HTTP_HEAD_MAX : t->body_max);
		transfer_end_failed(t, HTTP_TOO_LARGE, text);
	} else if (a->error == EVREQ_HTTP_INVALID_HEADER) {
		transfer_end_failed(t, HTTP_LOST, "the answer is not HTTP");
	} else if (a->errno_then == ECONNRESET) {
		transfer_end_failed(t, HTTP_LOST, "connection reset by peer");
	} else {
		transfer_end_failed(t, HTTP_LOST, a->status != 0 ? "the answer ended early" : "closed without an answer");
	}
}

static void
transfer_end_late(struct http_transfer *t)
{
	const struct attempt *a = &t->attempt;

	if (!a->sent)
		transfer_end_failed(t, HTTP_TIMEOUT_BEFORE, "timeout: no connection");
	else
		transfer_end_failed(t, HTTP_TIMEOUT_AFTER,
		    a->status != 0 ? "timeout: the answer did not end" : "timeout: no answer");
}

/* --- how it begins and goes on --- */

static double
spent(const struct http_transfer *t)
{
	return clock_awake() - t->started;
}

/* An attempt that is not the last one leaves half of the time to connect to the others. */
static double
patience(const struct http_transfer *t)
{
	double total = t->timeout - spent(t), connect = t->connect_timeout - spent(t);

	if (t->attempt.sent || connect > total)
		return total;
	return t->next_address < t->addrs.n ? connect / 2 : connect;
}

static void
await(struct http_transfer *t)
{
	double seconds = patience(t);
	struct timeval tv = clock_timeval(seconds > 0.001 ? seconds : 0.001);

	loop_add(t->wake, &tv);
}

static int
add_headers(struct http_transfer *t, struct evhttp_request *request)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
	const char *form = strchr(t->host, ':') != NULL ? "[%s]:%u" : "%s:%u";
	char host[HOST_MAX_LEN + 16];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(host, sizeof(host), form, t->host, t->port);
#pragma GCC diagnostic pop
	if (evhttp_add_header(headers, "Host", host) == -1 ||
	    evhttp_add_header(headers, "User-Agent", "watchdog/" PACKAGE_VERSION) == -1 ||
	    evhttp_add_header(headers, "Accept", "*/*") == -1)
		return -1;
	if (t->post == NULL)
		return 0;
	if (evhttp_add_header(headers, "Content-Type", "application/json") == -1)
		return -1;
	return evbuffer_add(evhttp_request_get_output_buffer(request), t->post, strlen(t->post));
}

static struct evhttp_request *
request_new(struct http_transfer *t)
{
	struct evhttp_request *request = evhttp_request_new(on_over, t);

	if (request == NULL)
		return NULL;
	evhttp_request_set_error_cb(request, on_error);
	evhttp_request_set_header_cb(request, on_head);
	if (add_headers(t, request) == 0)
		return request;
	evhttp_request_free(request);
	return NULL;
}

/* True if an attempt is on its way; false if memory is short. */
static bool
attempt_begin(struct http_transfer *t)
{
	struct attempt *a = &t->attempt;
	struct http_pool *pool = &t->http->pool;
	struct connection *c = t->next_address == 0 ? http_pool_take(pool, t->host, t->port, &watch, t) : NULL;

	*a = (struct attempt){.reused = c != NULL};
	evbuffer_drain(t->body, evbuffer_get_length(t->body));
	if (c == NULL)
		c = http_pool_connect(pool, t->host, t->port, &t->addrs.v[t->next_address++].addr, &watch, t);
	if (c == NULL)
		return false;
	a->connection = c;
	if ((a->request = request_new(t)) == NULL)
		return false;
	evhttp_connection_set_max_body_size(c->ev, (ev_ssize_t)t->body_max);
	await(t);
	return evhttp_make_request(c->ev, a->request, t->post != NULL ? EVHTTP_REQ_POST : EVHTTP_REQ_GET, t->path) == 0;
}

static void
attempt_again(struct http_transfer *t)
{
	attempt_end(t, false);
	if (!attempt_begin(t))
		transfer_end_failed(t, HTTP_NOT_SENT, "out of memory");
}

/* A kept connection may have died a moment ago; what is asked twice does no harm, what is posted twice does. */
static bool
is_stale(const struct http_transfer *t)
{
	const struct attempt *a = &t->attempt;

	return a->reused && a->status == 0 && a->error == EVREQ_HTTP_EOF && t->post == NULL;
}

/* A redirect's goal comes with the rest of the head. */
static void
note_first_line(struct attempt *a)
{
	int status = a->request == NULL ? 0 : evhttp_request_get_response_code(a->request);

	if (a->status == 0 && status >= 200 && !http_is_redirect(status))
		a->status = status;
}

static void
on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct http_transfer *t = arg;
	struct attempt *a = &t->attempt;
	bool in_time = spent(t) < t->timeout && (a->sent || spent(t) < t->connect_timeout);

	(void)fd;
	(void)what;
	if (!t->want_body)
		note_first_line(a);
	if (a->status != 0 && (!t->want_body || (a->over && !a->failed)))
		transfer_end_answered(t);
	else if (a->over && is_stale(t) && in_time)
		attempt_again(t);
	else if (!a->sent && t->next_address < t->addrs.n && in_time)
		attempt_again(t);
	else if (a->over)
		transfer_end_broken(t);
	else if (a->sent && in_time)
		await(t);
	else
		transfer_end_late(t);
}

static void
on_addresses(void *ctx, const struct address_list *addrs, const char *error)
{
	struct http_transfer *t = ctx;
	bool late = spent(t) >= t->connect_timeout || spent(t) >= t->timeout;
	char text[HTTP_ERROR_LEN];

	t->query = NULL;
	if (addrs == NULL) {
		snprintf(text, sizeof(text), "name look-up: %s", error);
		transfer_end_failed(t, late ? HTTP_TIMEOUT_BEFORE : HTTP_NOT_SENT, text);
	} else if (t->secure) {
		transfer_end_failed(t, HTTP_NOT_SENT, "https is not spoken by this program");
	} else if (t->path == NULL) {
		transfer_end_failed(t, HTTP_NOT_SENT, "the URL is not understood");
	} else {
		t->addrs = *addrs;
		if (!attempt_begin(t))
			transfer_end_failed(t, HTTP_NOT_SENT, "out of memory");
	}
}

/* True if libevent finds in the URL the host and port that we look up: two parsers that disagree are an old trick. */
static bool
same_place(const struct evhttp_uri *uri, const struct url *url)
{
	const char *host = evhttp_uri_get_host(uri), *scheme = evhttp_uri_get_scheme(uri);
	size_t len = host == NULL ? 0 : strlen(host);
	int port = evhttp_uri_get_port(uri);

	if (scheme == NULL || strcasecmp(scheme, "http") != 0 || evhttp_uri_get_userinfo(uri) != NULL || len == 0 ||
	    (port == -1 ? 80 : port) != url->port)
		return false;
	if (host[0] == '[' && len > 2)
		return strlen(url->host) == len - 2 && strncasecmp(host + 1, url->host, len - 2) == 0;
	return strcasecmp(host, url->host) == 0;
}

/* What stands in the request's first line, or NULL if target is not below url. */
static char *
path_of(const char *target, const struct url *url)
{
	struct evhttp_uri *uri = evhttp_uri_parse(target);
	const char *path = uri == NULL ? NULL : evhttp_uri_get_path(uri), *query;
	size_t len = strlen(target) + 2;
	char *text = NULL;

	if (uri != NULL && same_place(uri, url) && (text = malloc(len)) != NULL) {
		query = evhttp_uri_get_query(uri);
		snprintf(text, len, "%s%s%s", path == NULL || *path == '\0' ? "/" : path, query == NULL ? "" : "?",
		    query == NULL ? "" : query);
	}
	if (uri != NULL)
		evhttp_uri_free(uri);
	return text;
}

static int
transfer_copy(struct http_transfer *t, const struct http_request *request)
{
	t->secure = request->url->scheme == SCHEME_HTTPS;
	t->port = request->url->port;
	t->host = strdup(request->url->host);
	t->path = path_of(request->target != NULL ? request->target : request->url->url, request->url);
	t->post = request->body == NULL ? NULL : strdup(request->body);
	t->body = evbuffer_new();
	t->wake = evtimer_new(t->http->base, on_wake, t);
	return t->host == NULL || t->body == NULL || t->wake == NULL || (request->body != NULL && t->post == NULL) ? -1 : 0;
}

struct http_transfer *
http_start(struct http *h, const struct http_request *request, http_cb *cb, void *ctx)
{
	struct http_transfer *t = calloc(1, sizeof(*t));
	double wait = request->connect_timeout < request->timeout ? request->connect_timeout : request->timeout;

	if (t == NULL)
		return NULL;
	*t = (struct http_transfer){
		.http = h,
		.connect_timeout = request->connect_timeout,
		.timeout = request->timeout,
		.started = clock_awake(),
		.body_max = request->body_max,
		.want_body = request->want_body,
		.cb = cb,
		.ctx = ctx,
	};
	TAILQ_INSERT_TAIL(&h->transfers, t, entry);
	if (request->proxy != NULL || transfer_copy(t, request) == -1 ||
	    (t->query = resolve_start(h->resolve, request->url->host, wait, on_addresses, t)) == NULL) {
		transfer_free(t);
		return NULL;
	}
	return t;
}

void
http_on_idle_closed(struct http *h, http_idle_closed *cb, void *ctx)
{
	h->pool.idle_closed = cb;
	h->pool.idle_closed_ctx = ctx;
}

void
http_cancel(struct http_transfer *t)
{
	/* In its own callback it is over anyway. */
	if (t != NULL && !t->ended)
		transfer_free(t);
}

struct http *
http_new(struct event_base *base, struct resolve *resolve, int ca_fd, char *why, size_t whylen)
{
	struct http *h = calloc(1, sizeof(*h));

	if (ca_fd != -1)
		close(ca_fd);
	if (h == NULL) {
		snprintf(why, whylen, "out of memory");
		return NULL;
	}
	h->base = base;
	h->resolve = resolve;
	TAILQ_INIT(&h->transfers);
	http_pool_init(&h->pool, base);
	return h;
}

void
http_free(struct http *h)
{
	if (h == NULL)
		return;
	while (!TAILQ_EMPTY(&h->transfers))
		transfer_free(TAILQ_FIRST(&h->transfers));
	http_pool_empty(&h->pool);
	free(h);
}
