/*
 * Connections of libevent's HTTP client: made to one address, kept while
 * idle, handed out again by host and port.  For http_event.c.
 */
#ifndef WATCHDOG_HTTP_POOL_H
#define WATCHDOG_HTTP_POOL_H

#include <sys/queue.h>

#include <event2/http.h>

#include "http.h"

/* What whoever uses a connection is told, from inside libevent: to be noted, not acted upon. */
struct http_watch {
	void (*handed_over)(void *ctx);                    /* the request's bytes: so the connection stands */
	void (*bytes)(void *ctx, size_t came, bool taken); /* of the answer; taken: libevent is taking a line or more */
};

struct connection {
	LIST_ENTRY(connection) entry; /* of the idle ones */
	struct http_pool *pool;
	struct evhttp_connection *ev;
	char *host;
	uint16_t port;
	const struct http_watch *watch; /* NULL = idle */
	void *ctx;
	double idle_since;            /* boot clock */
	bool closed;                  /* by the server; libevent would connect anew, to an address that may be old */
};

struct http_pool {
	struct event_base *base;
	LIST_HEAD(, connection) idle;
	unsigned idle_count;
	http_idle_closed *idle_closed;
	void *idle_closed_ctx;
};

/* Without connections; nobody is told yet that one closes. */
void http_pool_init(struct http_pool *pool, struct event_base *base);

/* Free all idle connections; those that are in use must have been given back. */
void http_pool_empty(struct http_pool *pool);

/* An idle connection to host and port, or NULL.  One that was idle for long is not taken: what lies between may have forgotten it. */
struct connection *http_pool_take(struct http_pool *pool, const char *host, uint16_t port, const struct http_watch *watch,
    void *ctx);

/* A new one, to this address of host; it connects with its first request.  NULL: memory is short. */
struct connection *http_pool_connect(struct http_pool *pool, const char *host, uint16_t port,
    const struct sockaddr_storage *addr, const struct http_watch *watch, void *ctx);

/* Done with it.  keep: it may serve again; else it is freed, with the request that it may still have.  Not from inside libevent. */
void http_pool_give(struct http_pool *pool, struct connection *c, bool keep);

#endif
