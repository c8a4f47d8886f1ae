/*
 * HTTP and HTTPS requests, addresses from resolve.h.  Redirects are never
 * followed; no environment variable and no file is read after http_new();
 * HTTPS always verifies.  Connections are kept alive and reused.
 *
 * http_transfer.c begins and ends them; between, they are one of two makers':
 * http_curl.c's, which can do all of it, or http_event.c's, which can do plain
 * http to the host itself, without a user name.  A program is linked with one
 * of them; the parent starts the one that the configuration needs.
 */
#ifndef WATCHDOG_HTTP_H
#define WATCHDOG_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "config.h"
#include "resolve.h"

struct http;
struct http_transfer;

/*
 * ca_fd: the certificates that https is verified against, PEM, read to its
 * end and closed; -1 = none, an https request then fails.  resolve must
 * outlive the result.  Initialises libraries, so before the sandbox.
 * Returns NULL with the reason in why.
 */
struct http *http_new(struct event_base *base, struct resolve *resolve, int ca_fd, char *why, size_t whylen);

/* Cancels what is in flight.  Not from a callback.  NULL is fine. */
void http_free(struct http *h);

struct http_request {
	const struct url *url;    /* whose scheme, host and port say where to connect */
	const char *target;       /* the whole URL to ask for if it is more than url->url; NULL = that */
	const char *body;         /* POST with Content-Type application/json; NULL = GET */
	const struct url *proxy;  /* NULL = none */
	double connect_timeout;   /* seconds; name look-up, TCP and TLS */
	double timeout;           /* seconds, for everything */
	size_t body_max;          /* bytes of answer that are kept; more ends the transfer with HTTP_TOO_LARGE */
	bool fresh;               /* over a connection of its own: no kept one is used, and it is not kept; what is posted always is */
	bool want_body;           /* false: the transfer ends as soon as the status is known (a ping) */
};

enum http_outcome {
	HTTP_ANSWERED,   /* a status came, and the whole body where it was wanted */
	HTTP_NOT_SENT,   /* look-up, connect or TLS failed: nothing of the request went out */
	HTTP_LOST,       /* the request went out in part or whole, no complete answer came */
	HTTP_TIMEOUT_BEFORE, /* the deadline passed before anything went out */
	HTTP_TIMEOUT_AFTER,  /* … after */
	HTTP_TOO_LARGE
};

struct http_result {
	enum http_outcome outcome;
	long status;              /* 0 unless HTTP_ANSWERED */
	const char *body;         /* NUL-terminated, body_len bytes; valid during the call */
	size_t body_len;
	double retry_after;       /* seconds of the Retry-After header, 0 = none */
	const char *location;     /* of a redirect, or NULL */
	double seconds;           /* how long it took */
	/* Nothing is known of the other side: this host or process had no descriptor, memory or port left (own_error.h), or no resolver. */
	bool own;
	/* For a person, without the URL: "connection refused", "certificate: self-signed certificate"; "" if answered. */
	const char *error;
};

typedef void http_cb(void *ctx, const struct http_result *result);

/*
 * Begin a request; what it points to is copied.  cb is called exactly once,
 * from the loop, never from inside this call, unless the transfer is
 * cancelled first.  Returns NULL if memory is short.
 */
struct http_transfer *http_start(struct http *h, const struct http_request *request, http_cb *cb, void *ctx);

/*
 * Be told when a server closes a connection that was kept and idle: it may
 * have ended.  http_curl.c never tells.  From inside the callback nothing may
 * be asked of h.
 */
typedef void http_idle_closed(void *ctx, const char *host, uint16_t port);
void http_on_idle_closed(struct http *h, http_idle_closed *cb, void *ctx);

/* At any time, in any callback; in the transfer's own it does nothing.  NULL is fine. */
void http_cancel(struct http_transfer *t);

#endif
