/*
 * Connections, in use and idle.  libevent makes them when the first request
 * is made, and would make them again by itself when a server has closed one:
 * a closed one is therefore never used again.
 */
#include "build_config.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "clock.h"
#include "http_parts.h"
#include "http_pool.h"

#define IDLE_MAX 16
#define IDLE_MAX_S 118.0 /* as libcurl has it */
#define NEVER_S 86400 /* libevent's own timeouts; a transfer's deadline ends it */

static void
connection_free(struct connection *c)
{
	if (c == NULL)
		return;
	if (c->ev != NULL) {
		evhttp_connection_set_closecb(c->ev, NULL, NULL);
		evhttp_connection_free(c->ev);
	}
	free(c->host);
	free(c);
}

static void
on_close(struct evhttp_connection *ev, void *arg)
{
	struct connection *c = arg;

	(void)ev;
	c->closed = true;
	if (c->watch == NULL && c->pool->idle_closed != NULL)
		c->pool->idle_closed(c->pool->idle_closed_ctx, c->host, c->port);
}

/* The first byte into the output: libevent writes the request when the connection stands, and nothing before. */
static void
on_output(struct evbuffer *output, const struct evbuffer_cb_info *info, void *arg)
{
	struct connection *c = arg;

	(void)output;
	if (info->n_added > 0 && c->watch != NULL)
		c->watch->handed_over(c->ctx);
}

static void
on_input(struct evbuffer *input, const struct evbuffer_cb_info *info, void *arg)
{
	struct connection *c = arg;

	(void)input;
	if (c->watch != NULL)
		c->watch->bytes(c->ctx, info->n_added, info->n_deleted > 0);
}

/* Where libevent 2.1 finds no memory for a buffer of its own, it frees what it has not set up yet, and crashes. */
static struct evhttp_connection *
connect_to(struct event_base *base, const struct sockaddr_storage *addr, uint16_t port)
{
	struct evhttp_connection *ev = NULL;
	struct bufferevent *bytes;
	char text[INET6_ADDRSTRLEN];

	if (http_address_text(addr, text, sizeof(text)) == -1 || (bytes = bufferevent_socket_new(base, -1, 0)) == NULL)
		return NULL;
	if ((ev = evhttp_connection_base_bufferevent_new(base, NULL, bytes, text, port)) == NULL)
		bufferevent_free(bytes);
	return ev;
}

static int
watch_buffers(struct connection *c)
{
	struct bufferevent *bytes = evhttp_connection_get_bufferevent(c->ev);

	if (evbuffer_add_cb(bufferevent_get_output(bytes), on_output, c) == NULL ||
	    evbuffer_add_cb(bufferevent_get_input(bytes), on_input, c) == NULL)
		return -1;
	return 0;
}

struct connection *
http_pool_connect(struct http_pool *pool, const char *host, uint16_t port, const struct sockaddr_storage *addr,
    const struct http_watch *watch, void *ctx)
{
	struct connection *c = calloc(1, sizeof(*c));

	if (c == NULL || (c->host = strdup(host)) == NULL || (c->ev = connect_to(pool->base, addr, port)) == NULL ||
	    watch_buffers(c) == -1) {
		connection_free(c);
		return NULL;
	}
	c->pool = pool;
	c->port = port;
	c->watch = watch;
	c->ctx = ctx;
	evhttp_connection_set_timeout(c->ev, NEVER_S);
	evhttp_connection_set_max_headers_size(c->ev, HTTP_HEAD_MAX);
	evhttp_connection_set_closecb(c->ev, on_close, c);
	return c;
}

static bool
is_stale(const struct connection *c)
{
	return c->closed || clock_boot() - c->idle_since > IDLE_MAX_S;
}

/* Those that were closed meanwhile are dropped on the way. */
struct connection *
http_pool_take(struct http_pool *pool, const char *host, uint16_t port, const struct http_watch *watch, void *ctx)
{
	struct connection *c, *next, *found = NULL;

	for (c = LIST_FIRST(&pool->idle); c != NULL; c = next) {
		next = LIST_NEXT(c, entry);
		if (!is_stale(c) && (found != NULL || c->port != port || strcasecmp(c->host, host) != 0))
			continue;
		LIST_REMOVE(c, entry);
		pool->idle_count--;
		if (is_stale(c))
			connection_free(c);
		else
			found = c;
	}
	if (found != NULL) {
		found->watch = watch;
		found->ctx = ctx;
	}
	return found;
}

void
http_pool_give(struct http_pool *pool, struct connection *c, bool keep)
{
	c->watch = NULL;
	if (!keep || c->closed || pool->idle_count >= IDLE_MAX) {
		connection_free(c);
		return;
	}
	c->idle_since = clock_boot();
	LIST_INSERT_HEAD(&pool->idle, c, entry);
	pool->idle_count++;
}

void
http_pool_init(struct http_pool *pool, struct event_base *base)
{
	*pool = (struct http_pool){.base = base};
	LIST_INIT(&pool->idle);
}

void
http_pool_empty(struct http_pool *pool)
{
	struct connection *c;

	while ((c = LIST_FIRST(&pool->idle)) != NULL) {
		LIST_REMOVE(c, entry);
		connection_free(c);
	}
	pool->idle_count = 0;
}
