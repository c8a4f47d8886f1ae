/*
 * Batches of messages, and the queue of them that feeds the brain's link.
 */
#include "build_config.h"

#include <stdlib.h>

#include <event2/buffer.h>

#include "clock.h"
#include "log.h"
#include "loop.h"
#include "outlet.h"

#define RETRY_S 0.01
#define HOLD_S 0.05           /* from the first piece that is held to the time when it leaves */
#define HELD_MAX (64u << 10)

struct batch {
	struct evbuffer *bytes;
};

struct outlet {
	struct role *role;
	struct batch *waiting;
	struct event *later; /* when to go on, or when what is held leaves */
	void (*drained)(void *ctx);
	void *ctx;
};

struct batch *
batch_new(void)
{
	struct batch *b = malloc(sizeof(*b));

	if (b == NULL || (b->bytes = evbuffer_new()) == NULL)
		fatal("batch");
	return b;
}

void
batch_free(struct batch *b)
{
	if (b == NULL)
		return;
	evbuffer_free(b->bytes);
	free(b);
}

size_t
batch_size(const struct batch *b)
{
	return evbuffer_get_length(b->bytes);
}

void
batch_clear(struct batch *b)
{
	evbuffer_drain(b->bytes, evbuffer_get_length(b->bytes));
}

void
batch_move(struct batch *b, struct batch *from)
{
	if (evbuffer_add_buffer(b->bytes, from->bytes) == -1)
		fatal("batch");
}

int
batch_add(struct batch *b, enum message_type type, const void *msg)
{
	size_t size = message_encoded_size(type, msg);
	struct evbuffer_iovec vec;

	if (evbuffer_get_length(b->bytes) + size > BATCH_MAX)
		return -1;
	if (evbuffer_reserve_space(b->bytes, (ev_ssize_t)size, &vec, 1) != 1)
		fatal("batch");
	if ((vec.iov_len = message_encode(vec.iov_base, size, type, 0, msg)) == 0)
		return -1;
	return evbuffer_commit_space(b->bytes, &vec, 1);
}

/* The first message of b; what it points to lives until it is dropped.  Returns its whole size, 0 if there is none. */
static size_t
batch_first(struct batch *b, enum message_type *type, union message *msg)
{
	struct message_header h;
	uint8_t *whole = evbuffer_pullup(b->bytes, MESSAGE_HEADER);

	if (whole == NULL || message_header_decode(&h, whole) == -1)
		return 0;
	whole = evbuffer_pullup(b->bytes, (ev_ssize_t)(MESSAGE_HEADER + h.length));
	if (whole == NULL || message_decode(msg, h.type, whole + MESSAGE_HEADER, h.length) == -1)
		return 0;
	*type = h.type;
	return MESSAGE_HEADER + h.length;
}

void
batch_drain(struct batch *b, batch_cb *each, void *ctx)
{
	enum message_type type;
	union message msg;
	size_t size;

	while ((size = batch_first(b, &type, &msg)) > 0) {
		each(ctx, type, &msg);
		evbuffer_drain(b->bytes, size);
	}
}

static void
outlet_run(evutil_socket_t fd, short what, void *arg)
{
	struct outlet *o = arg;
	struct link *brain = o->role->peer[ROLE_BRAIN];
	struct timeval soon = clock_timeval(RETRY_S);
	enum message_type type;
	union message msg;
	size_t size;

	(void)fd;
	(void)what;
	while (brain != NULL && link_queued(brain) < OUTLET_AHEAD) {
		if ((size = batch_first(o->waiting, &type, &msg)) == 0)
			break;
		if (link_send(brain, type, 0, &msg) == -1) {
			outlet_clear(o);
			return;
		}
		evbuffer_drain(o->waiting->bytes, size);
	}
	event_del(o->later);
	if (evbuffer_get_length(o->waiting->bytes) == 0)
		o->drained(o->ctx);
	else if (brain != NULL)
		loop_add(o->later, &soon);
}

struct outlet *
outlet_new(struct role *role, void (*drained)(void *ctx), void *ctx)
{
	struct outlet *o = calloc(1, sizeof(*o));

	if (o == NULL || (o->later = evtimer_new(role->base, outlet_run, o)) == NULL)
		fatal("outlet");
	o->role = role;
	o->drained = drained;
	o->ctx = ctx;
	o->waiting = batch_new();
	return o;
}

void
outlet_free(struct outlet *o)
{
	event_free(o->later);
	batch_free(o->waiting);
	free(o);
}

/* Returns false, with b dropped, if there is no brain. */
static bool
outlet_add(struct outlet *o, struct batch *b)
{
	if (o->role->peer[ROLE_BRAIN] == NULL) {
		batch_clear(b);
		return false;
	}
	if (evbuffer_add_buffer(o->waiting->bytes, b->bytes) == -1)
		fatal("outlet");
	return true;
}

void
outlet_push(struct outlet *o, struct batch *b)
{
	if (outlet_add(o, b))
		outlet_run(-1, EV_TIMEOUT, o);
}

void
outlet_hold(struct outlet *o, struct batch *b)
{
	struct timeval hold = clock_timeval(HOLD_S);

	if (!outlet_add(o, b))
		return;
	if (outlet_waiting(o) > HELD_MAX)
		outlet_run(-1, EV_TIMEOUT, o);
	else if (!evtimer_pending(o->later, NULL))
		loop_add(o->later, &hold);
}

size_t
outlet_waiting(const struct outlet *o)
{
	return batch_size(o->waiting);
}

void
outlet_clear(struct outlet *o)
{
	batch_clear(o->waiting);
	event_del(o->later);
}
