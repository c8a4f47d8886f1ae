/*
 * How a request begins and ends, the same for both makers of http.h.  Trusts
 * no server; the words of a failed look-up are the resolver's.
 */
#include "build_config.h"

#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "http_parts.h"
#include "http_transfer.h"

double
http_spent(const struct http_transfer *t)
{
	return clock_awake() - t->started;
}

bool
http_may_connect(const struct http_transfer *t)
{
	double spent = http_spent(t);

	return spent < t->connect_timeout && spent < t->timeout;
}

/* --- how it ends --- */

static void
transfer_free(struct http_transfer *t)
{
	TAILQ_REMOVE(&t->http->transfers, t, entry);
	resolve_cancel(t->query);
	t->http->maker->drop(t);
	free(t);
}

/* The one place where a transfer ends by itself. */
void
http_end(struct http_transfer *t, struct http_result *result)
{
	result->seconds = http_spent(t);
	t->ended = true;
	t->cb(t->ctx, result);
	transfer_free(t);
}

void
http_end_failed(struct http_transfer *t, enum http_outcome outcome, const char *error)
{
	http_end(t, &(struct http_result){.outcome = outcome, .body = "", .error = error});
}

void
http_end_own(struct http_transfer *t, const char *error)
{
	http_end(t, &(struct http_result){.outcome = HTTP_NOT_SENT, .body = "", .error = error, .own = true});
}

void
http_end_too_large(struct http_transfer *t, size_t head_len)
{
	char text[HTTP_ERROR_LEN];

	snprintf(text, sizeof(text), "the answer is larger than %zu bytes",
	    head_len > HTTP_HEAD_MAX ? (size_t)HTTP_HEAD_MAX : t->body_max);
	http_end_failed(t, HTTP_TOO_LARGE, text);
}

void
http_cancel(struct http_transfer *t)
{
	/* In its own callback it is over anyway. */
	if (t != NULL && !t->ended)
		transfer_free(t);
}

/* --- how it begins --- */

static void
on_addresses(void *ctx, const struct address_list *addrs, const char *error)
{
	struct http_transfer *t = ctx;
	char text[HTTP_ERROR_LEN];

	t->query = NULL;
	if (addrs == NULL) {
		snprintf(text, sizeof(text), "name look-up: %s", error);
		if (error == resolve_silent)
			http_end_own(t, text);
		else
			http_end_failed(t, HTTP_NOT_SENT, text);
		return;
	}
	t->addrs = *addrs;
	if ((error = t->http->maker->begin(t)) != NULL)
		http_end(t, &(struct http_result){.outcome = HTTP_NOT_SENT, .body = "", .error = error, .own = t->own});
}

struct http_transfer *
http_start(struct http *h, const struct http_request *request, http_cb *cb, void *ctx)
{
	struct http_transfer *t = calloc(1, h->maker->transfer_size);
	const struct url *first = request->proxy != NULL ? request->proxy : request->url;
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
	if (h->maker->copy(t, request) == -1 ||
	    (t->query = resolve_start(h->resolve, first->host, wait, on_addresses, t)) == NULL) {
		transfer_free(t);
		return NULL;
	}
	return t;
}

/* --- the whole --- */

void
http_init(struct http *h, const struct http_maker *maker, struct event_base *base, struct resolve *resolve)
{
	*h = (struct http){.maker = maker, .base = base, .resolve = resolve};
	TAILQ_INIT(&h->transfers);
}

void
http_free(struct http *h)
{
	if (h == NULL)
		return;
	while (!TAILQ_EMPTY(&h->transfers))
		transfer_free(TAILQ_FIRST(&h->transfers));
	h->maker->free(h);
}
