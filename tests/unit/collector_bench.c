#include "build_config.h"

#include <sys/socket.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "collector_bench.h"
#include "unit.h"

static void say(struct bench *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void
say(struct bench *b, const char *fmt, ...)
{
	char line[2048];
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	n = strlen(line);
	while (b->said_len + n + 2 > b->said_cap) {
		b->said_cap = 2 * b->said_cap + 4096;
		b->said = realloc(b->said, b->said_cap);
		assert_non_null(b->said);
	}
	memcpy(b->said + b->said_len, line, n);
	memcpy(b->said + b->said_len + n, "\n", 2);
	b->said_len += n + 1;
}

/* What the brain hears. */

#define HEARS(name, ...) \
	static void hears_##name(void *ctx, struct link *l, uint32_t id, const union message *m) \
	{ \
		const struct msg_##name *msg = &m->name; \
		(void)l, (void)id, (void)msg; \
		say(ctx, __VA_ARGS__); \
	}

HEARS(tick_begin, "TICK_BEGIN %u%s", (unsigned)msg->tick, msg->partial ? " partial" : "")
HEARS(tick_end, "TICK_END %u", (unsigned)msg->tick)
HEARS(metrics_failed, "METRICS_FAILED %s", msg->error)
HEARS(metrics_begin, "METRICS_BEGIN %.3f %.0f", msg->generated_at, msg->failed)
HEARS(metrics_end, "METRICS_END %u%s", msg->ignored, msg->listed ? "" : " unlisted")
HEARS(mem, "MEM %.1f [%s]", msg->used_pct, msg->error)
HEARS(disk, "DISK %s %.0f missing=%d [%s] mount=%d inodes=%.0f", msg->path, msg->used_pct, msg->missing, msg->error, msg->mount, msg->inodes_pct)
HEARS(docker_failed, "DOCKER_FAILED off=%d [%s]", msg->off, msg->error)
HEARS(containers_begin, "CONTAINERS_BEGIN%s", msg->scope == SCOPE_ALL ? "" : msg->scope == SCOPE_NAMED ? " named" : " none")
HEARS(containers_end, "CONTAINERS_END %u", msg->ignored)
HEARS(containers_one_begin, "ONE_BEGIN %.4s", msg->id)
HEARS(containers_one_end, "ONE_END %.4s found=%d", msg->id, msg->found)
HEARS(unseen, "UNSEEN %d %s[%s]", msg->what, msg->name, msg->why)
HEARS(dep, "DEP %s ok=%d [%s]", msg->name, msg->ok, msg->detail)

static void
hears_agent(void *ctx, struct link *l, uint32_t id, const union message *m)
{
	struct bench *b = ctx;

	(void)l, (void)id;
	b->agents++;
	say(b, "AGENT %s %.0f [%s]", m->agent.run_id, m->agent.cpu_ticks, m->agent.name);
}

static void
hears_container(void *ctx, struct link *l, uint32_t id, const union message *m)
{
	const struct msg_container *c = &m->container;
	struct bench *b = ctx;

	(void)l, (void)id;
	b->containers++;
	say(b, "CONTAINER %s %s [%s] %d named=%d", c->name, c->state, c->health, c->exit_code, c->named);
	if (c->expect + c->severity > 0 || !isnan(c->grace) || c->label_name[0] != '\0')
		say(b, "LABELS expect=%d severity=%d grace=%g [%s]", c->expect, c->severity, c->grace, c->label_name);
}

static void
hears_container_act(void *ctx, struct link *l, uint32_t id, const union message *m)
{
	const struct msg_container_act *a = &m->container_act;
	struct bench *b = ctx;

	(void)l, (void)id;
	b->event = a->event;
	say(b, "ACT %d %.4s %s [%s] signal=%d", a->act, a->id, a->name, a->old_name, a->signal);
}

static void
hears_docker_events(void *ctx, struct link *l, uint32_t id, const union message *m)
{
	(void)l, (void)id;
	((struct bench *)ctx)->events_live = m->docker_events.live;
	((struct bench *)ctx)->heard = m->docker_events.heard;
}

static link_handler *const brain_handlers[MSG_COUNT] = {
	[MSG_TICK_BEGIN] = hears_tick_begin, [MSG_TICK_END] = hears_tick_end,
	[MSG_METRICS_FAILED] = hears_metrics_failed, [MSG_METRICS_BEGIN] = hears_metrics_begin,
	[MSG_AGENT] = hears_agent, [MSG_METRICS_END] = hears_metrics_end,
	[MSG_MEM] = hears_mem, [MSG_DISK] = hears_disk, [MSG_DOCKER_FAILED] = hears_docker_failed,
	[MSG_CONTAINERS_BEGIN] = hears_containers_begin, [MSG_CONTAINER] = hears_container,
	[MSG_DOCKER_EVENTS] = hears_docker_events,
	[MSG_CONTAINERS_ONE_BEGIN] = hears_containers_one_begin, [MSG_CONTAINERS_ONE_END] = hears_containers_one_end,
	[MSG_CONTAINER_ACT] = hears_container_act,
	[MSG_CONTAINERS_END] = hears_containers_end, [MSG_DEP] = hears_dep, [MSG_UNSEEN] = hears_unseen,
};

/* What the parent and the prober are asked. */

static void
parent_asked(void *ctx, struct link *l, uint32_t id, const union message *m)
{
	struct bench *b = ctx;

	(void)l;
	if (b->on_ask != NULL)
		b->on_ask(b, id, &m->gate_ask);
}

static void
prober_asked(void *ctx, struct link *l, uint32_t id, const union message *m)
{
	struct bench *b = ctx;

	(void)l, (void)id;
	if (b->on_probe != NULL)
		b->on_probe(b, m->probe.index);
}

static void
ignore(void *ctx, struct link *l, uint32_t id, const union message *m)
{
	(void)ctx, (void)l, (void)id, (void)m;
}

static link_handler *const parent_handlers[MSG_COUNT] = {[MSG_GATE_ASK] = parent_asked, [MSG_LOG] = ignore};
static link_handler *const prober_handlers[MSG_COUNT] = {[MSG_PROBE] = prober_asked};

/* What the collector is told. */

static void
on_gate_pipe(void *ctx, struct link *l, uint32_t id, const union message *m)
{
	gate_client_pipe(((struct bench *)ctx)->gate, id, link_take_fd(l), m->gate_pipe.activated);
}

static void
on_gate_end(void *ctx, struct link *l, uint32_t id, const union message *m)
{
	(void)l;
	gate_client_end(((struct bench *)ctx)->gate, id, &m->gate_end);
}

static void
on_probed(void *ctx, struct link *l, uint32_t id, const union message *m)
{
	(void)l, (void)id;
	host_probed(((struct bench *)ctx)->host, &m->probed);
}

static link_handler *const collector_handlers[MSG_COUNT] = {
	[MSG_GATE_PIPE] = on_gate_pipe, [MSG_GATE_END] = on_gate_end, [MSG_PROBED] = on_probed,
};

static void
broken(void *ctx, struct link *l, const char *why)
{
	(void)ctx, (void)l;
	fail_msg("a link broke: %s", why);
}

/* The collector's end of a new link to peer; the other end's descriptor goes to *far. */
static struct link *
near_end(struct bench *b, enum role_id peer, int *far)
{
	struct link_spec near = {ROLE_COLLECTOR, peer, collector_handlers, broken, b};
	struct link *l;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	l = link_new(b->role.base, fds[0], &near);
	assert_non_null(l);
	*far = fds[1];
	return l;
}

void
bench_link_heard(struct bench *b, enum role_id peer, int far)
{
	static link_handler *const *const handlers[ROLE_COUNT] = {
		[ROLE_PARENT] = parent_handlers, [ROLE_BRAIN] = brain_handlers, [ROLE_PROBER] = prober_handlers,
	};
	struct link_spec spec = {peer, ROLE_COLLECTOR, handlers[peer], broken, b};

	assert_non_null(b->far[peer] = link_new(b->role.base, far, &spec));
}

static struct link *
pair(struct bench *b, enum role_id peer)
{
	struct link *l;
	int far;

	l = near_end(b, peer, &far);
	bench_link_heard(b, peer, far);
	return l;
}

void
bench_open(struct bench *b)
{
	*b = (struct bench){0};
	config_init(&b->role.config);
	b->role.config.http_timeout = 0.5;
	b->role.config.interval = 60;
	b->role.base = event_base_new();
	assert_non_null(b->role.base);
	b->role.parent = pair(b, ROLE_PARENT);
	b->tick = tick_new(&b->role);
	b->gate = gate_client_new(&b->role);
	b->said_cap = 4096;
	b->said = calloc(1, b->said_cap);
	assert_non_null(b->said);
}

static void
tell_linked(struct bench *b, enum role_id peer)
{
	if (peer == ROLE_BRAIN)
		tick_linked(b->tick);
	else if (peer == ROLE_PROBER)
		host_prober_linked(b->host);
}

void
bench_link(struct bench *b, enum role_id peer)
{
	b->role.peer[peer] = pair(b, peer);
	tell_linked(b, peer);
}

int
bench_link_deaf(struct bench *b, enum role_id peer)
{
	int fd;

	b->role.peer[peer] = near_end(b, peer, &fd);
	tell_linked(b, peer);
	return fd;
}

void
bench_unlink(struct bench *b, enum role_id peer)
{
	link_free(b->role.peer[peer]);
	link_free(b->far[peer]);
	b->role.peer[peer] = b->far[peer] = NULL;
	if (peer == ROLE_BRAIN)
		tick_unlinked(b->tick);
	else if (peer == ROLE_PROBER)
		host_prober_unlinked(b->host);
}

void
bench_close(struct bench *b)
{
	tick_free(b->tick);
	gate_client_free(b->gate);
	host_free(b->host);
	for (int i = 0; i < ROLE_COUNT; i++) {
		link_free(b->role.peer[i]);
		link_free(b->far[i]);
	}
	link_free(b->role.parent);
	event_base_free(b->role.base);
	config_free(&b->role.config);
	free(b->said);
}

void
bench_set(struct bench *b, const char *key, const char *value)
{
	char why[256];

	if (config_set(&b->role.config, key, value, why, sizeof(why)) == -1)
		fail_msg("%s", why);
}

void
bench_run(struct bench *b, double seconds)
{
	struct timeval tv = clock_timeval(seconds);

	event_base_loopexit(b->role.base, &tv);
	event_base_dispatch(b->role.base);
}

bool
bench_hears(struct bench *b, const char *text)
{
	for (double end = clock_awake() + 5; clock_awake() < end; bench_run(b, 0.01))
		if (strstr(b->said, text) != NULL)
			return true;
	return false;
}

unsigned
bench_count(const struct bench *b, const char *text)
{
	unsigned n = 0;

	for (const char *p = b->said; (p = strstr(p, text)) != NULL; p += strlen(text))
		n++;
	return n;
}

void
bench_forget(struct bench *b)
{
	b->said[0] = '\0';
	b->said_len = b->containers = b->agents = 0;
}
