/*
 * Calls through the gate.  A call is over when the parent has said why
 * (GATE_END) and, if all went well, the pipe has been read to its end: the
 * two come by different ways, in any order.
 */
#include "build_config.h"

#include <sys/queue.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/util.h>

#include "gate_client.h"
#include "log.h"
#include "loop.h"

#define READ_SIZE 16384
#define READS_PER_TURN 8 /* so that a long answer does not starve the loop */

struct gate_call {
	TAILQ_ENTRY(gate_call) entry;
	struct gate_client *client;
	const struct gate_sink *sink;
	void *ctx;
	uint32_t id;
	struct event *readable; /* owns the pipe; NULL before it has come and after its end */
	bool ended;             /* GATE_COMPLETE has come */
	bool read_to_end;
	bool paused;
};

struct gate_client {
	struct role *role;
	uint32_t last_id;
	bool activated;
	bool has_no_room; /* for a pipe: said in the log */
	TAILQ_HEAD(, gate_call) calls;
};

struct gate_client *
gate_client_new(struct role *role)
{
	struct gate_client *g = calloc(1, sizeof(*g));

	if (g == NULL)
		fatal("gate");
	g->role = role;
	TAILQ_INIT(&g->calls);
	return g;
}

void
gate_client_free(struct gate_client *g)
{
	if (g == NULL)
		return;
	while (!TAILQ_EMPTY(&g->calls))
		gate_call_cancel(TAILQ_FIRST(&g->calls));
	free(g);
}

struct gate_call *
gate_call_start(struct gate_client *g, const struct msg_gate_ask *ask, const struct gate_sink *sink,
    void *ctx)
{
	struct gate_call *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	if (++g->last_id == 0)
		g->last_id = 1;
	*c = (struct gate_call){.client = g, .sink = sink, .ctx = ctx, .id = g->last_id};
	if (role_send(g->role, ROLE_PARENT, MSG_GATE_ASK, c->id, ask) == -1) {
		free(c);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&g->calls, c, entry);
	return c;
}

static void
close_pipe(struct gate_call *c)
{
	int fd;

	if (c->readable == NULL)
		return;
	fd = event_get_fd(c->readable);
	event_free(c->readable);
	close(fd);
	c->readable = NULL;
}

void
gate_call_cancel(struct gate_call *c)
{
	if (c == NULL)
		return;
	close_pipe(c);
	TAILQ_REMOVE(&c->client->calls, c, entry);
	free(c);
}

void
gate_call_pause(struct gate_call *c)
{
	if (c == NULL || c->paused)
		return;
	c->paused = true;
	if (c->readable != NULL)
		event_del(c->readable);
}

void
gate_call_resume(struct gate_call *c)
{
	if (c == NULL || !c->paused)
		return;
	c->paused = false;
	if (c->readable != NULL)
		loop_add(c->readable, NULL);
}

static const struct msg_gate_end complete = {.how = GATE_COMPLETE, .group = ""};

static void
call_end(struct gate_call *c, const struct msg_gate_end *end)
{
	const struct gate_sink *sink = c->sink;
	void *ctx = c->ctx;

	gate_call_cancel(c);
	sink->end(ctx, end);
}

static void
call_failed(struct gate_call *c, int error)
{
	call_end(c, &(const struct msg_gate_end){.how = GATE_FAILED, .error = error, .group = ""});
}

/* Returns true if there may be more to read now. */
static bool
read_some(struct gate_call *c, int fd)
{
	char buf[READ_SIZE];
	ssize_t n = read(fd, buf, sizeof(buf));

	if (n > 0 && !c->sink->bytes(c->ctx, buf, (size_t)n)) {
		gate_call_cancel(c);
		return false;
	}
	if (n > 0)
		return !c->paused;
	if (n == -1 && (errno == EAGAIN || errno == EINTR)) {
		loop_add(c->readable, NULL);
		return false;
	}
	if (n == -1) {
		call_failed(c, errno);
		return false;
	}
	close_pipe(c);
	c->read_to_end = true;
	if (c->ended)
		call_end(c, &complete);
	return false;
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct gate_call *c = arg;

	(void)what;
	for (int turn = 0; turn < READS_PER_TURN; turn++)
		if (!read_some(c, fd))
			return;
	loop_add(c->readable, NULL);
}

static struct gate_call *
find_call(struct gate_client *g, uint32_t id)
{
	struct gate_call *c;

	TAILQ_FOREACH(c, &g->calls, entry)
		if (c->id == id)
			return c;
	return NULL;
}

bool
gate_client_activated(const struct gate_client *g)
{
	return g->activated;
}

/* The parent's end of it broke when it was dropped: what it says of that call is no news. */
static void
pipe_lost(struct gate_client *g, struct gate_call *c)
{
	if (!g->has_no_room)
		log_warning("no descriptor is left for docker's answer: it cannot be read until there is one");
	g->has_no_room = true;
	if (c != NULL)
		call_failed(c, EMFILE);
}

void
gate_client_pipe(struct gate_client *g, uint32_t id, int fd, bool activated)
{
	struct gate_call *c = find_call(g, id);

	g->activated = activated;
	if (fd == -1) {
		pipe_lost(g, c);
		return;
	}
	g->has_no_room = false;
	if (c == NULL || c->readable != NULL || c->read_to_end || evutil_make_socket_nonblocking(fd) == -1) {
		close(fd);
		return;
	}
	if ((c->readable = event_new(g->role->base, fd, EV_READ | EV_PERSIST, on_readable, c)) == NULL)
		fatalx("gate: the pipe cannot be watched");
	/* It comes with its first bytes, and often with all of them: the loop need not be told of it before they are read. */
	if (!c->paused)
		event_active(c->readable, EV_READ, 0);
}

void
gate_client_end(struct gate_client *g, uint32_t id, const struct msg_gate_end *msg)
{
	struct gate_call *c = find_call(g, id);

	if (c == NULL)
		return;
	if (msg->how != GATE_COMPLETE)
		call_end(c, msg);
	else if (c->read_to_end)
		call_end(c, &complete);
	else if (c->readable == NULL)
		call_failed(c, EPROTO); /* an answer without a pipe */
	else
		c->ended = true;
}
