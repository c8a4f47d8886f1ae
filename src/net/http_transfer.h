/*
 * What a request is on its way, whichever of the makers of http.h has it: it
 * waits for addresses, then is the maker's until the maker ends it, and its
 * end is told once.  For the makers' files alone.
 */
#ifndef WATCHDOG_HTTP_TRANSFER_H
#define WATCHDOG_HTTP_TRANSFER_H

#include <sys/queue.h>

#include <event2/event.h>

#include "http.h"

struct http_maker {
	size_t transfer_size; /* of the maker's struct, whose first member is a struct http_transfer */
	/* Copy what the maker needs of request into its own part of t, which is 0.  -1: no memory; drop() follows. */
	int (*copy)(struct http_transfer *t, const struct http_request *request);
	/*
	 * t->addrs is there.  Returns NULL if it is on its way, else why not, for a person; t stays in either case.
	 * t->own is set to true if the reason is our own.
	 */
	const char *(*begin)(struct http_transfer *t);
	/* End what is under way and free all that is the maker's; the caller frees t. */
	void (*drop)(struct http_transfer *t);
	/* Free h; it has no transfers any more. */
	void (*free)(struct http *h);
};

/* The first member of the maker's own, which http_new() makes. */
struct http {
	const struct http_maker *maker;
	struct event_base *base;
	struct resolve *resolve;
	TAILQ_HEAD(, http_transfer) transfers; /* http_init() */
};

/* The first member of the maker's own.  Seconds are of the awake clock. */
struct http_transfer {
	TAILQ_ENTRY(http_transfer) entry;
	struct http *http;
	double connect_timeout, timeout, started;
	size_t body_max;
	bool want_body;
	http_cb *cb;
	void *ctx;
	struct resolve_query *query; /* NULL once the addresses are there */
	struct address_list addrs;
	bool own;                    /* why it cannot begin is our own trouble */
	bool ended;                  /* its end is being told */
};

/* The shared part of a maker's struct http, before all else. */
void http_init(struct http *h, const struct http_maker *maker, struct event_base *base, struct resolve *resolve);

/* Seconds since it began. */
double http_spent(const struct http_transfer *t);

/* True while neither the deadline to connect nor that for everything has passed. */
bool http_may_connect(const struct http_transfer *t);

/*
 * The ways to end a transfer, once: its caller is told, then it is freed.  The
 * first fills in result->seconds; the last says which of the two bounds it was.
 */
void http_end(struct http_transfer *t, struct http_result *result);
void http_end_failed(struct http_transfer *t, enum http_outcome outcome, const char *error);
/* Before the request went out, for a reason of our own. */
void http_end_own(struct http_transfer *t, const char *error);
void http_end_too_large(struct http_transfer *t, size_t head_len);

#endif
