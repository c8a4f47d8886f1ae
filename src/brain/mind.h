/*
 * The brain as a role, for its parts: main.c (its life, and the parent),
 * hear_collector.c, hear_notifier.c, hear_client.c.
 */
#ifndef WATCHDOG_MIND_H
#define WATCHDOG_MIND_H

#include "brain.h"
#include "control_serve.h"
#include "keep.h"
#include "recorder.h"
#include "role.h"

struct mind {
	struct role *role;
	struct brain brain;
	struct keep keep;
	struct control *control;
	struct recorder recorder;
	struct event *gather, *turn, *due, *linger;
	bool stopping; /* nothing more is sent */
	bool urgent;  /* something for the outbox's sake that a snapshot must hold now */
	bool drained; /* said */
	enum list_scope scope; /* of docker's list that comes in */
	bool shown;   /* the table of the first tick */
};

/* Tell the brain what time it is.  Before anything that concerns it. */
void mind_wake(struct mind *m);

/* What time alone brings, once an interval: with the tick, so that nobody wakes for it, or without one if none comes. */
void mind_turn(struct mind *m);

/* What was decided so far may leave. */
void mind_flush(struct mind *m);

/* Compose, keep, send: after everything that may have changed something. */
void mind_pump(struct mind *m);

/* A handler of one message, ctx is the role: time is told to the brain before, what follows is done after. */
#define HANDLER(name, expression) \
	link_handler name; \
	void \
	name(void *ctx, struct link *link, uint32_t id, const union message *msg) \
	{ \
		struct mind *m = ((struct role *)ctx)->self; \
		struct brain *b = &m->brain; \
\
		(void)link; \
		(void)id; \
		(void)msg; \
		(void)b; \
		mind_wake(m); \
		expression; \
		mind_pump(m); \
	}

/* The same for what a recording holds. */
#define SEEN(NAME, name, expression) HANDLER(name, (expression, recorder_take(&m->recorder, MSG_##NAME, msg, b->clock)))

/* What the notifier says. */
link_handler on_chat_ready, on_delivered, on_send_failed, on_chat_moved;

/* There is a notifier, which may not know where chats have moved to; there is none any more. */
void mind_notifier_linked(struct mind *m);
void mind_notifier_lost(struct mind *m);

/* There is a collector: it waits for this. */
void mind_collector_linked(struct mind *m);

/* What the collector says, and what the parent says of the control socket's clients. */
link_handler on_tick_begin, on_tick_end, on_metrics_failed, on_metrics_begin, on_agent, on_metrics_end,
    on_mem, on_disk, on_docker_failed, on_containers_begin, on_container, on_containers_end, on_docker_events,
    on_one_begin, on_one_end, on_container_act, on_dep, on_unseen, on_control_client, on_role_info, on_roles_end,
    on_control_tested;

/* Ready for clients.  Returns 0, or -1 if memory is short. */
int mind_serve(struct mind *m);

#endif
