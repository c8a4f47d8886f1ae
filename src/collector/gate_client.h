/*
 * Our side of the gate: docker's answers asked of the parent by number, each
 * coming through a pipe of its own.
 */
#ifndef WATCHDOG_GATE_CLIENT_H
#define WATCHDOG_GATE_CLIENT_H

#include "role.h"

struct gate_client;
struct gate_call;

struct gate_sink {
	/* Bytes of the answer, HTTP head and all.  false: enough, the call is over without end(). */
	bool (*bytes)(void *ctx, const char *bytes, size_t len);
	/* The call is over.  GATE_COMPLETE: the engine closed the connection and all bytes have been given. */
	void (*end)(void *ctx, const struct msg_gate_end *end);
};

struct gate_client *gate_client_new(struct role *role); /* never NULL */
void gate_client_free(struct gate_client *g); /* NULL is fine; cancels every call */

/*
 * Ask.  The sink is called from the loop, never from inside this call, and
 * end() at most once; there is no deadline but the parent's.  NULL: the
 * question could not be sent.
 */
struct gate_call *gate_call_start(struct gate_client *g, const struct msg_gate_ask *ask, const struct gate_sink *sink,
    void *ctx);
/* Read no more of the answer, and read on; the gate and the engine then wait.  NULL is fine. */
void gate_call_pause(struct gate_call *c);
void gate_call_resume(struct gate_call *c);

void gate_call_cancel(struct gate_call *c); /* NULL is fine */

/* Whether it was init that listened when the last call was connected: to ask is then to start the engine. */
bool gate_client_activated(const struct gate_client *g);

/* For the role's tables: GATE_PIPE (fd is taken over; -1: there was no room for it) and GATE_END.  Those of a call that is over are dropped. */
void gate_client_pipe(struct gate_client *g, uint32_t id, int fd, bool activated);
void gate_client_end(struct gate_client *g, uint32_t id, const struct msg_gate_end *msg);

#endif
