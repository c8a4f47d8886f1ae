/*
 * What the resolver answers to the collector, over a real link: the first two
 * bytes say what is asked and in what pieces the frames come.  A query ends
 * once, with addresses that can be connected to, or with a reason.
 */
#include "build_config.h"

#include <sys/socket.h>

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "resolve.h"

#define PATIENCE_S 100.0
#define NAMES 2

static char *const names[NAMES] = {(char[]){"app.test"}, (char[]){"git.test"}};

static struct role role;
static unsigned ended;
static bool broken;

static void
take(void *ctx, const struct address_list *addrs, const char *error)
{
	(void)ctx;
	ended++;
	FUZZ_CHECK((addrs == NULL) == (error != NULL));
	FUZZ_CHECK(error == NULL || (error[0] != '\0' && strlen(error) < TEXT_MAX_LEN));
	for (size_t i = 0; addrs != NULL && i < addrs->n; i++) {
		int family = addrs->v[i].addr.ss_family;

		FUZZ_CHECK(family == AF_INET || family == AF_INET6);
		FUZZ_CHECK(addrs->v[i].len == (family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6)));
	}
	FUZZ_CHECK(addrs == NULL || (addrs->n > 0 && addrs->n <= ADDRESSES_MAX));
}

static struct resolve *resolve;

static void
on_addresses(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	(void)ctx;
	(void)l;
	(void)id;
	resolve_answer(resolve, &msg->addresses);
}

static link_handler *const handlers[MSG_COUNT] = {[MSG_ADDRESSES] = on_addresses};

static void
on_broken(void *ctx, struct link *l, const char *why)
{
	(void)ctx;
	(void)why;
	link_free(l);
	role.peer[ROLE_RESOLVER] = NULL;
	broken = true;
}

static void
feed(int fd, const uint8_t *data, size_t size, size_t piece)
{
	char questions[512];

	for (size_t at = 0; at < size && !broken; at += piece) {
		if (send(fd, data + at, size - at < piece ? size - at : piece, MSG_NOSIGNAL | MSG_DONTWAIT) == -1)
			return;
		event_base_loop(role.base, EVLOOP_NONBLOCK);
		while (recv(fd, questions, sizeof(questions), MSG_DONTWAIT) > 0)
			continue;
	}
}

/* Asked for before, and asked for again: what has come meanwhile is served. */
static void
ask(unsigned which)
{
	static const char *const hosts[] = {"app.test", "git.test", "::1", "unknown.test"};

	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		if ((which >> i & 1) != 0)
			FUZZ_CHECK(resolve_start(resolve, hosts[i], PATIENCE_S, take, NULL) != NULL);
	event_base_loop(role.base, EVLOOP_NONBLOCK);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct link_spec spec = {.self = ROLE_COLLECTOR, .peer = ROLE_RESOLVER, .handlers = handlers, .broken = on_broken};
	int pair[2];

	if (size < 2)
		return 0;
	fuzz_quiet_log();
	if (role.base == NULL)
		role.base = event_base_new();
	memcpy(role.names, names, sizeof(names));
	FUZZ_CHECK((resolve = resolve_new(&role)) != NULL);
	FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
	FUZZ_CHECK((role.peer[ROLE_RESOLVER] = link_new(role.base, pair[0], &spec)) != NULL);
	ended = 0;
	broken = false;
	ask(data[0]);
	feed(pair[1], data + 2, size - 2, 1 + data[1]);
	ask(data[0] >> 4u);
	FUZZ_CHECK(ended <= 8);
	resolve_free(resolve);
	link_free(role.peer[ROLE_RESOLVER]);
	role.peer[ROLE_RESOLVER] = NULL;
	close(pair[1]);
	return 0;
}
