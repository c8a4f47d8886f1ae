/*
 * Pings.  http and https: any answer with a status under 500 is a sign of
 * life, a redirect too.  tcp: a connection that can be made.  Trusts no
 * answer: only its status and a redirect's goal are looked at.
 */
#include "build_config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "deps.h"
#include "log.h"
#include "own_error.h"
#include "tcp_ping.h"
#include "utf8.h"

/*
 * A server may go on with a connection that it has and accept no new one any
 * more: each so many looks one is made, and until one has been accepted.
 */
#define LOOKS_REUSED 5

#define HEAD_MAX (64u << 10) /* bytes of an answer, whose body is not wanted */

struct ping {
	struct source source;
	struct deps *deps;
	const struct dep *dep;
	double begun; /* boot clock */
	struct http_transfer *transfer;
	struct resolve_query *query;
	struct tcp_ping *tcp;
	unsigned reused; /* looks over a connection that may have been a kept one, since a new one was accepted */
};

struct deps {
	struct role *role;
	struct http *http;
	struct resolve *resolve;
	size_t n;
	struct ping pings[];
};

static void
say(struct ping *p, bool ok, const char *detail)
{
	char clean[TEXT_MAX_LEN + 1];

	utf8_clean(clean, sizeof(clean), detail, strlen(detail), false);
	SOURCE_SAY(&p->source, DEP, dep, .name = p->dep->name, .ok = ok, .ms = (clock_boot() - p->begun) * 1000,
	    .detail = clean);
	source_done(&p->source);
}

/* Nothing is known of it: the trouble is our own. */
static void
say_unseen(struct ping *p, const char *why)
{
	SOURCE_SAY(&p->source, UNSEEN, unseen, .what = UNSEEN_DEP, .name = p->dep->name, .why = why);
	source_done(&p->source);
}

static void
say_timeout(struct ping *p)
{
	char text[64];

	snprintf(text, sizeof(text), "no answer in %g s", p->deps->role->config.http_timeout);
	say(p, false, text);
}

static void
on_http(void *ctx, const struct http_result *r)
{
	struct ping *p = ctx;
	char text[TEXT_MAX_LEN] = "";

	p->transfer = NULL;
	if (p->reused < LOOKS_REUSED)
		p->reused++;
	else if (r->outcome == HTTP_ANSWERED)
		p->reused = 0;
	if (r->outcome == HTTP_TIMEOUT_BEFORE || r->outcome == HTTP_TIMEOUT_AFTER) {
		say_timeout(p);
		return;
	}
	if (r->own) {
		say_unseen(p, r->error);
		return;
	}
	if (r->outcome != HTTP_ANSWERED) {
		say(p, false, r->error);
		return;
	}
	if (r->status >= 300 && r->status < 400 && r->location != NULL)
		snprintf(text, sizeof(text), "%ld to %s", r->status, r->location);
	else if (r->status >= 300)
		snprintf(text, sizeof(text), "status %ld", r->status);
	say(p, r->status < 500, text);
}

static void
look_http(struct ping *p)
{
	double timeout = p->deps->role->config.http_timeout;
	struct http_request request = {
		.url = &p->dep->url,
		.connect_timeout = timeout,
		.timeout = timeout,
		.body_max = HEAD_MAX,
		.fresh = p->reused == LOOKS_REUSED,
	};

	if ((p->transfer = http_start(p->deps->http, &request, on_http, p)) == NULL)
		say_unseen(p, "out of memory");
}

static void
on_tcp(void *ctx, int error, bool own)
{
	struct ping *p = ctx;
	char text[128] = "";

	p->tcp = NULL;
	if (error == ETIMEDOUT) {
		say_timeout(p);
		return;
	}
	/* As the errors of http read. */
	if (error != 0)
		snprintf(text, sizeof(text), "%s", strerror(error));
	error_after_colon(text);
	if (own)
		say_unseen(p, text);
	else
		say(p, error == 0, text);
}

static void
on_addresses(void *ctx, const struct address_list *addrs, const char *error)
{
	struct ping *p = ctx;
	const struct role *role = p->deps->role;
	double left = p->begun + role->config.http_timeout - clock_boot();
	char text[TEXT_MAX_LEN];

	p->query = NULL;
	snprintf(text, sizeof(text), "name look-up: %s", error == NULL ? "" : error);
	if (error == resolve_silent)
		say_unseen(p, text);
	else if (addrs == NULL)
		say(p, false, text);
	else if ((p->tcp = tcp_ping_start(role->base, addrs, p->dep->url.port, left, on_tcp, p)) == NULL)
		say_unseen(p, "out of memory");
}

static void
look_tcp(struct ping *p)
{
	const struct deps *d = p->deps;

	p->query = resolve_start(d->resolve, p->dep->url.host, d->role->config.http_timeout, on_addresses, p);
	if (p->query == NULL)
		say_unseen(p, "out of memory");
}

static void
look(struct source *s)
{
	struct ping *p = (struct ping *)s;

	p->begun = clock_boot();
	if (p->dep->url.scheme == SCHEME_TCP)
		look_tcp(p);
	else
		look_http(p);
}

static void
abandon(struct source *s)
{
	struct ping *p = (struct ping *)s;

	http_cancel(p->transfer);
	resolve_cancel(p->query);
	tcp_ping_cancel(p->tcp);
	p->transfer = NULL;
	p->query = NULL;
	p->tcp = NULL;
}

struct deps *
deps_new(struct role *role, struct tick *tick, struct http *http, struct resolve *resolve)
{
	const struct dep_list *list = &role->config.deps;
	struct deps *d = calloc(1, sizeof(*d) + list->n * sizeof(d->pings[0]));

	if (d == NULL)
		fatal("dependencies");
	d->role = role;
	d->http = http;
	d->resolve = resolve;
	d->n = list->n;
	for (size_t i = 0; i < d->n; i++) {
		struct ping *p = &d->pings[i];

		*p = (struct ping){.source = {.look = look, .abandon = abandon, .kind = KIND_DEP, .name = list->v[i].name}, .deps = d, .dep = &list->v[i]};
		tick_add(tick, &p->source);
	}
	return d;
}

void
deps_free(struct deps *d)
{
	free(d);
}
