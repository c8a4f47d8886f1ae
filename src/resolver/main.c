/*
 * The resolver: names by number to addresses, by the host's own rules
 * (getaddrinfo).  It may block, and nobody but those who ask waits for it.
 * Trusts libc's resolver with what name servers send; parses none of it.
 */
#include "build_config.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "confine.h"
#include "log.h"
#include "loop.h"
#include "requests.h"
#include "role.h"

/* libc's default is 5 s and two rounds through all servers for each name. */
#define RESOLVER_OPTIONS "timeout:2 attempts:2"

#define FLUSH_S 1

struct resolver {
	struct requests *requests;
	struct event *work;
};

/* Keep the first addresses in libc's order.  Returns the bytes used. */
static uint32_t
encode_addresses(uint8_t raw[ADDRESS_LEN * ADDRESSES_MAX], const struct addrinfo *list)
{
	uint32_t len = 0;

	for (; list != NULL && len < ADDRESS_LEN * ADDRESSES_MAX; list = list->ai_next) {
		uint8_t *at = raw + len;

		if (list->ai_family != AF_INET && list->ai_family != AF_INET6)
			continue;
		memset(at, 0, ADDRESS_LEN);
		at[0] = list->ai_family == AF_INET ? 4 : 6;
		if (at[0] == 4)
			memcpy(at + 1, &((const struct sockaddr_in *)(const void *)list->ai_addr)->sin_addr, 4);
		else
			memcpy(at + 1, &((const struct sockaddr_in6 *)(const void *)list->ai_addr)->sin6_addr, 16);
		len += ADDRESS_LEN;
	}
	return len;
}

static void
answer(struct role *role, const struct askers *askers, const struct msg_addresses *msg)
{
	for (unsigned peer = 0; peer < ROLE_COUNT; peer++)
		if (askers->asked[peer])
			role_send(role, (enum role_id)peer, MSG_ADDRESSES, askers->id[peer], msg);
}

/*
 * Blocks.  The parent hears of it first, so that it can tell a slow name
 * server from a hung process.  Returns "" or why not.
 */
static const char *
look_up(struct role *role, uint16_t index, struct addrinfo **list)
{
	const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	const char *why;
	int rc;

	SEND(role->parent, BUSY, busy, 0, .index = index);
	link_flush(role->parent, FLUSH_S);
	errno = 0;
	rc = getaddrinfo(role->names[index], NULL, &hints, list);
	why = rc == 0 ? "" : rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc);
	SEND(role->parent, IDLE, idle, 0, 0);
	log_debug("name %u: %s", index, rc == 0 ? "found" : why);
	return why;
}

static void
serve(struct role *role, const struct askers *askers)
{
	uint8_t raw[ADDRESS_LEN * ADDRESSES_MAX];
	struct msg_addresses msg = {
		.index = askers->index,
		.addresses = {raw, 0},
		.error = "this name is not in the configuration",
	};
	struct addrinfo *list = NULL;

	if (role->names[askers->index] != NULL) {
		msg.error = look_up(role, askers->index, &list);
		msg.addresses.len = encode_addresses(raw, list);
	}
	answer(role, askers, &msg);
	if (list != NULL)
		freeaddrinfo(list);
}

/* One look-up a turn: links are read in between. */
static void
on_work(evutil_socket_t fd, short what, void *arg)
{
	struct role *role = arg;
	struct resolver *self = role->self;
	const struct timeval now = {0};
	struct askers askers;

	(void)fd;
	(void)what;
	if (!requests_take(self->requests, &askers))
		return;
	serve(role, &askers);
	loop_add(self->work, &now);
}

static void
on_resolve(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	struct role *role = ctx;
	struct resolver *self = role->self;
	const struct timeval now = {0};

	if (requests_add(self->requests, link_peer(l), msg->resolve.index, id) == -1) {
		SEND(l, ADDRESSES, addresses, id, .index = msg->resolve.index, .error = "the resolver is out of memory");
		return;
	}
	loop_add(self->work, &now);
}

static void
resolver_unlinked(struct role *role, enum role_id peer)
{
	struct resolver *self = role->self;

	requests_drop(self->requests, peer);
}

static int
resolver_prepare(struct role *role)
{
	struct resolver *self = role->self;

	self->requests = requests_new();
	self->work = evtimer_new(role->base, on_work, role);
	/* libc reads it whenever it reads resolv.conf, at the first look-up and after each change of that file. */
	if (self->requests == NULL || self->work == NULL || setenv("RES_OPTIONS", RESOLVER_OPTIONS, 1) == -1) {
		log_error("out of memory");
		return -1;
	}
	return 0;
}

/* The first name that there is. */
static void
resolver_prove(struct role *role)
{
	struct addrinfo *list = NULL;
	const char *why;
	uint16_t index = 0;

	while (index < NAMES_MAX && role->names[index] == NULL)
		index++;
	if (index == NAMES_MAX) {
		role_proved(role, PROOF_SKIPPED, "no name is configured");
		return;
	}
	why = look_up(role, index, &list);
	role_proved(role, why[0] == '\0' ? PROOF_HOLDS : PROOF_FAILED, "%s: %s", role->names[index],
	    why[0] == '\0' ? "found" : why);
	if (list != NULL)
		freeaddrinfo(list);
}

int
main(void)
{
	static link_handler *const handlers[MSG_COUNT] = {[MSG_RESOLVE] = on_resolve};
	static const struct role_spec spec = {
		.id = ROLE_RESOLVER,
		.handlers = handlers,
		.prepare = resolver_prepare,
		.confine = resolver_confine,
		.prove = resolver_prove,
		.unlinked = resolver_unlinked,
	};
	struct resolver self = {0};

	return role_main(&spec, &self);
}
