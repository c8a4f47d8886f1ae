/*
 * The clients of the control socket, as the parent hands them over.  Each
 * asks one thing on its connection and gets lines of JSON, the last of which
 * is {"end": true, "exit": N, …}; "watch" goes on until one side ends it.
 *
 * A client is given time and memory within the constants below; one that
 * sends garbage, half a request or too much, or does not read, loses its
 * connection.  Requests are answered one at a time, in their order, and
 * between them the loop belongs to the brain's own work for PAUSE_FACTOR
 * times as long as the last one took: a crowd of clients cannot starve it.
 */
#ifndef WATCHDOG_CONTROL_SERVE_H
#define WATCHDOG_CONTROL_SERVE_H

#include <event2/event.h>

#include "brain.h"
#include "control_answer.h"
#include "control_request.h"

#define CLIENT_REQUEST_S 10.0            /* for a whole request */
#define CLIENT_STALL_S 10.0              /* without reading a byte of what waits for it */
#define CLIENT_QUEUE_MAX (8u << 20)      /* bytes that wait for one client */
#define CLIENTS_QUEUE_MAX (24u << 20)    /* for all */
#define TESTED_S 120.0                   /* a test message that nobody says the end of */
#define TEST_GAP_S 3.0                   /* between two of them */
#define PAUSE_FACTOR 4

/* What the role lends. */
struct control_host {
	struct event_base *base;
	struct brain *brain;
	/* Send to the parent. */
	void (*tell_parent)(void *ctx, enum message_type type, uint32_t id, const void *msg);
	/* Bring the brain's clock up to date; before anything is answered. */
	void (*wake)(void *ctx);
	/* Somebody records now, or nobody does any more. */
	void (*recording)(void *ctx, bool on);
	/* An order was given and will be taken: for the recording. */
	void (*ordered)(void *ctx, const struct control_request *r, const char *who);
	/* An order has changed the brain: keep that, and tell what there is to tell. */
	void (*changed)(void *ctx);
	void *ctx;
	/* Seconds; 0 = CLIENT_REQUEST_S, CLIENT_STALL_S.  Tests have less patience. */
	double request_s, stall_s;
};

struct control;

/* NULL if memory is short.  host is copied; what it points to must outlive it. */
struct control *control_new(const struct control_host *host);
void control_free(struct control *c);

/* For the facts that only the role sees. */
struct control_facts *control_facts(struct control *c);

/* The parent's messages.  fd is taken over; -1: there was no room for it. */
void control_client(struct control *c, uint32_t id, const struct msg_control_client *who, int fd);
void control_role_info(struct control *c, const struct msg_role_info *info);
void control_roles_end(struct control *c);
void control_tested(struct control *c, bool ok, const char *text);

/* A line of a recording, NULL = it has a hole: to all who record, or they are cut off. */
void control_recorded(struct control *c, const char *line);

/* A tick has ended: who watches is shown. */
void control_tick_ended(struct control *c);

#endif
