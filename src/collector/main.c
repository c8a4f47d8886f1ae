/*
 * The collector: looks at the application, the host, the containers and the
 * dependencies, and tells the brain what it saw.  Trusts the parent; what
 * the brain, the resolver and the prober send is held against the message
 * table, and everything else from outside against its own limits.
 */
#include "build_config.h"

#include <stdlib.h>
#include <unistd.h>

#include "confine.h"
#include "deps.h"
#include "docker.h"
#include "host.h"
#include "log.h"
#include "metrics.h"
#include "own_container.h"
#include "prove.h"

struct collector {
	struct tick *tick;
	struct resolve *resolve;
	struct http *http;
	struct gate_client *gate;
	struct metrics *metrics;
	struct host *host;
	struct docker *docker;
	struct deps *deps;
};

static struct collector *
collector_of(void *ctx)
{
	return ((struct role *)ctx)->self;
}

/* The parent passes a CA bundle only if an https URL is configured and there is one; a bad one costs https only. */
static struct http *
open_http(const struct role *role, struct resolve *resolve)
{
	char why[256];
	struct http *http = http_new(role->base, resolve, role->ca_fd, why, sizeof(why));

	if (http != NULL || role->ca_fd == -1)
		return http;
	log_error("CA certificates: %s: https cannot be verified, so it will fail", why);
	return http_new(role->base, resolve, -1, why, sizeof(why));
}

static int
prepare(struct role *role)
{
	struct collector *c = role->self;
	char own_id[OWN_CONTAINER_LEN + 1];

	own_container_read(own_id);
	c->tick = tick_new(role);
	c->resolve = resolve_new(role);
	c->http = open_http(role, c->resolve);
	if (c->resolve == NULL || c->http == NULL)
		fatalx("out of memory");
	c->gate = gate_client_new(role);
	c->metrics = metrics_new(role, c->tick, c->http);
	c->host = host_new(role, c->tick);
	c->docker = docker_new(role, c->tick, c->gate, own_id);
	c->deps = deps_new(role, c->tick, c->http, c->resolve);
	return 0;
}

static void
linked(struct role *role, enum role_id peer)
{
	struct collector *c = role->self;

	if (peer == ROLE_BRAIN)
		docker_linked(c->docker);
	else if (peer == ROLE_RESOLVER)
		resolve_linked(c->resolve);
	else if (peer == ROLE_PROBER)
		host_prober_linked(c->host);
}

static void
unlinked(struct role *role, enum role_id peer)
{
	struct collector *c = role->self;

	if (peer == ROLE_BRAIN)
		tick_unlinked(c->tick);
	else if (peer == ROLE_PROBER)
		host_prober_unlinked(c->host);
}

static void
on_tick(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	(void)l;
	(void)id;
	(void)msg;
	tick_now(collector_of(ctx)->tick);
}

static void
on_docker_told(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	(void)l;
	(void)id;
	docker_told(collector_of(ctx)->docker, msg->docker_told.event);
}

static void
on_docker_since(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	(void)l;
	(void)id;
	docker_since(collector_of(ctx)->docker, msg->docker_since.since, msg->docker_since.ago);
	tick_linked(collector_of(ctx)->tick);
}

static void
on_look_again(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	bool container = msg->look_again.kind == KIND_CONTAINER;

	(void)l;
	(void)id;
	if (container)
		docker_want_list(collector_of(ctx)->docker);
	tick_confirm(collector_of(ctx)->tick, container ? KIND_DOCKER : (enum signal_kind)msg->look_again.kind,
	    container ? "" : msg->look_again.name, -1);
}

static void
on_gate_pipe(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	gate_client_pipe(collector_of(ctx)->gate, id, link_take_fd(l), msg->gate_pipe.activated);
}

static void
on_gate_end(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	(void)l;
	gate_client_end(collector_of(ctx)->gate, id, &msg->gate_end);
}

static void
on_addresses(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	(void)l;
	(void)id;
	resolve_answer(collector_of(ctx)->resolve, &msg->addresses);
}

static void
on_probed(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	(void)l;
	(void)id;
	host_probed(collector_of(ctx)->host, &msg->probed);
}

static void
collector_prove(struct role *role)
{
	struct collector *c = role->self;

	prove_start(role, c->gate, c->host);
}

static link_handler *const handlers[MSG_COUNT] = {
	[MSG_TICK] = on_tick,
	[MSG_DOCKER_TOLD] = on_docker_told,
	[MSG_DOCKER_SINCE] = on_docker_since,
	[MSG_LOOK_AGAIN] = on_look_again,
	[MSG_GATE_PIPE] = on_gate_pipe,
	[MSG_GATE_END] = on_gate_end,
	[MSG_ADDRESSES] = on_addresses,
	[MSG_PROBED] = on_probed,
};

static const struct role_spec spec = {
	.id = ROLE_COLLECTOR,
	.handlers = handlers,
	.prepare = prepare,
	.confine = collector_confine,
	.prove = collector_prove,
	.linked = linked,
	.unlinked = unlinked,
};

int
main(void)
{
	static struct collector collector;

	return role_main(&spec, &collector);
}
