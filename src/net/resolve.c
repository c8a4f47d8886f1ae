/*
 * The asking end of the resolver process.  Trusts the resolver to name
 * addresses and for nothing else: what is not an address is a failed answer.
 *
 * Every query ends in one place, its own timer: an answer, a patience that
 * has run out, or a host that needs no asking only set that timer to now.
 */
#include "build_config.h"

#include <sys/queue.h>

#include <netinet/in.h>

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "loop.h"
#include "resolve.h"

/* How long a query waits for the resolver when it has an old answer to fall back on. */
#define STALE_PATIENCE_S 0.5
#define ERROR_MAX 128

struct resolve_query {
	TAILQ_ENTRY(resolve_query) entry;
	struct resolve *resolve;
	struct name *name; /* NULL: literal, or not a name that we may ask for */
	struct sockaddr_storage literal;
	socklen_t literal_len;
	struct event *timer;
	resolve_cb *cb;
	void *ctx;
	bool waiting; /* for the resolver; the timer is how long */
};

/* What is known of one name. */
struct name {
	uint16_t index;
	bool asked; /* and not yet answered */
	double asked_at, answered_at;
	struct address_list list; /* n is 0 until there was a good answer */
	char error[ERROR_MAX];    /* of the last answer, "" if it was good */
};

struct resolve {
	struct role *role;
	uint32_t last_id;
	double heard_at; /* any answer, boot clock; 0 = none yet */
	struct name *names[NAMES_MAX];
	TAILQ_HEAD(, resolve_query) queries;
};

const char resolve_silent[] = "the resolver does not answer";

struct resolve *
resolve_new(struct role *role)
{
	struct resolve *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->role = role;
	TAILQ_INIT(&r->queries);
	return r;
}

void
resolve_free(struct resolve *r)
{
	if (r == NULL)
		return;
	while (!TAILQ_EMPTY(&r->queries))
		resolve_cancel(TAILQ_FIRST(&r->queries));
	for (size_t i = 0; i < NAMES_MAX; i++)
		free(r->names[i]);
	free(r);
}

void
resolve_cancel(struct resolve_query *q)
{
	if (q == NULL)
		return;
	TAILQ_REMOVE(&q->resolve->queries, q, entry);
	if (q->timer != NULL)
		event_free(q->timer);
	free(q);
}

/*
 * There is no address.  A name that had no answer while others had one waits
 * for name servers, as does one whose last answer was that they are silent.
 */
static const char *
why_not(const struct resolve *r, const struct name *name)
{
	if (name->error[0] != '\0')
		return name->error;
	return name->asked && r->heard_at > name->asked_at ? "no answer from a name server in time" : resolve_silent;
}

static void
query_end(evutil_socket_t fd, short what, void *arg)
{
	struct resolve_query *q = arg, done = *q;
	struct address_list one = {.n = 1};
	const struct address_list *list = NULL;
	const char *error = "this name is not in the configuration";

	(void)fd;
	(void)what;
	if (q->literal_len > 0) {
		one.v[0].addr = q->literal;
		one.v[0].len = q->literal_len;
		list = &one;
	} else if (q->name != NULL) {
		list = q->name->list.n > 0 ? &q->name->list : NULL;
		error = why_not(q->resolve, q->name);
	}
	resolve_cancel(q);
	done.cb(done.ctx, list, list == NULL ? error : NULL);
}

static socklen_t
literal_address(struct sockaddr_storage *addr, const char *host)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	char bare[INET6_ADDRSTRLEN];
	size_t len = strlen(host);
	bool brackets = len > 2 && host[0] == '[' && host[len - 1] == ']';

	if (inet_pton(AF_INET, host, &in.sin_addr) == 1) {
		memcpy(addr, &in, sizeof(in));
		return sizeof(in);
	}
	snprintf(bare, sizeof(bare), "%.*s", (int)(brackets ? len - 2 : len), brackets ? host + 1 : host);
	if (len >= sizeof(bare) || inet_pton(AF_INET6, bare, &in6.sin6_addr) != 1)
		return 0;
	memcpy(addr, &in6, sizeof(in6));
	return sizeof(in6);
}

static int
name_of_host(struct resolve *r, struct resolve_query *q, const char *host)
{
	int index;

	if ((q->literal_len = literal_address(&q->literal, host)) > 0 || (index = role_name_index(r->role, host)) == -1)
		return 0;
	if (r->names[index] == NULL && (r->names[index] = calloc(1, sizeof(struct name))) == NULL)
		return -1;
	q->name = r->names[index];
	q->name->index = (uint16_t)index;
	return 0;
}

static void
ask(struct resolve *r, struct name *name)
{
	if (ROLE_SEND(r->role, ROLE_RESOLVER, RESOLVE, resolve, ++r->last_id, .index = name->index) == -1)
		return;
	name->asked = true;
	name->asked_at = clock_boot();
}

/* How long this query may wait for the resolver; 0 = it can be answered now. */
static double
patience(struct resolve *r, struct resolve_query *q, double timeout)
{
	struct name *name = q->name;
	double now = clock_boot(), most;

	if (name == NULL || (name->list.n > 0 && now - name->answered_at < RESOLVE_FRESH_S))
		return 0;
	if (!name->asked)
		ask(r, name);
	q->waiting = true;
	if (name->list.n == 0)
		return timeout;
	most = name->asked ? name->asked_at + STALE_PATIENCE_S - now : 0;
	return most < timeout ? most : timeout;
}

struct resolve_query *
resolve_start(struct resolve *r, const char *host, double timeout, resolve_cb *cb, void *ctx)
{
	struct resolve_query *q = calloc(1, sizeof(*q));
	struct timeval tv;

	if (q == NULL)
		return NULL;
	*q = (struct resolve_query){.resolve = r, .cb = cb, .ctx = ctx, .timer = evtimer_new(r->role->base, query_end, q)};
	TAILQ_INSERT_TAIL(&r->queries, q, entry);
	if (q->timer == NULL || name_of_host(r, q, host) == -1) {
		resolve_cancel(q);
		return NULL;
	}
	tv = clock_timeval(patience(r, q, timeout));
	if (evtimer_add(q->timer, &tv) == -1) {
		resolve_cancel(q);
		return NULL;
	}
	return q;
}

/* Append the ADDRESS_LEN bytes at raw; what is no address is left out. */
static void
list_add(struct address_list *list, const uint8_t *raw)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};

	memcpy(&in.sin_addr, raw + 1, sizeof(in.sin_addr));
	memcpy(&in6.sin6_addr, raw + 1, sizeof(in6.sin6_addr));
	if (list->n == ADDRESSES_MAX || (raw[0] != 4 && raw[0] != 6))
		return;
	memset(&list->v[list->n], 0, sizeof(list->v[0]));
	list->v[list->n].len = raw[0] == 4 ? sizeof(in) : sizeof(in6);
	memcpy(&list->v[list->n].addr, raw[0] == 4 ? (const void *)&in : &in6, list->v[list->n].len);
	list->n++;
}

static void
name_take_answer(struct name *name, const struct msg_addresses *msg)
{
	const uint8_t *raw = msg->addresses.p;
	struct address_list list = {0};

	for (size_t at = 0; at + ADDRESS_LEN <= msg->addresses.len; at += ADDRESS_LEN)
		list_add(&list, raw + at);
	if (list.n == 0) {
		snprintf(name->error, sizeof(name->error), "%s", msg->error[0] != '\0' ? msg->error : "no address");
		return;
	}
	name->error[0] = '\0';
	name->list = list;
	name->answered_at = clock_boot();
}

static bool
any_is_asked(const struct resolve *r)
{
	struct resolve_query *q;

	TAILQ_FOREACH(q, &r->queries, entry)
		if (q->waiting && q->name->asked)
			return true;
	return false;
}

/* Name servers are silent, which concerns no name more than another. */
static bool
is_silence(const struct name *name)
{
	return name->list.n == 0 && strcmp(name->error, gai_strerror(EAI_AGAIN)) == 0;
}

/*
 * Names are looked up one by one, and all that waits may wait for the same
 * servers: who hears of their silence does so together with the others, so
 * that it is told once and not by and by.
 */
static void
end_answered(struct resolve *r)
{
	bool more = any_is_asked(r);
	struct timeval now = {0};
	struct resolve_query *q;

	TAILQ_FOREACH(q, &r->queries, entry)
		if (q->waiting && !q->name->asked && !(more && is_silence(q->name))) {
			q->waiting = false;
			loop_add(q->timer, &now);
		}
}

void
resolve_answer(struct resolve *r, const struct msg_addresses *msg)
{
	struct name *name = msg->index < NAMES_MAX ? r->names[msg->index] : NULL;

	if (name == NULL || !name->asked) {
		log_debug("the resolver sent addresses that nobody asked for");
		return;
	}
	name->asked = false;
	r->heard_at = clock_boot();
	name_take_answer(name, msg);
	end_answered(r);
}

static bool
is_awaited(const struct resolve *r, const struct name *name)
{
	struct resolve_query *q;

	TAILQ_FOREACH(q, &r->queries, entry)
		if (q->name == name && q->waiting)
			return true;
	return false;
}

void
resolve_linked(struct resolve *r)
{
	for (size_t i = 0; i < NAMES_MAX; i++) {
		struct name *name = r->names[i];

		if (name == NULL)
			continue;
		name->asked = false;
		if (is_awaited(r, name))
			ask(r, name);
	}
}
