/*
 * One client of the control socket and the whole of them, for the parts of
 * the server: control_client.c (connections), control_verbs.c (answers),
 * control_serve.c (whose turn it is).
 *
 * A function that may free the client says so; nothing is done with it
 * afterwards.
 */
#ifndef WATCHDOG_CONTROL_CLIENT_H
#define WATCHDOG_CONTROL_CLIENT_H

#include <sys/queue.h>

#include <event2/buffer.h>

#include "control_request.h"
#include "control_serve.h"

enum client_state {
	CLIENT_ASKING,  /* its request is not whole yet */
	CLIENT_WAITING, /* to be answered */
	CLIENT_TESTING, /* its test message is on its way */
	CLIENT_WATCHING,
	CLIENT_RECORDING,
	CLIENT_LEAVING  /* when it has read its answer */
};

struct client {
	TAILQ_ENTRY(client) entry;
	struct control *control;
	enum client_state state;
	uint32_t id;
	int fd;
	uint8_t rights;
	char user[USER_MAX_LEN + 1];
	struct event *readable, *writable, *deadline;
	struct evbuffer *out;
	struct control_request request;
	bool broken; /* to be freed, but not from inside its own answer */
	size_t got;
	char in[REQUEST_MAX];
};

TAILQ_HEAD(clients, client);

struct control {
	struct control_host host;
	struct control_facts facts;
	struct clients clients; /* in the order in which they are answered */
	size_t queued;          /* bytes for all of them */
	struct event *serve;    /* the next answer */
	double pause_until;     /* boot clock */
	bool roles_asked, frame_due;
	unsigned recorders;
	double no_test_before;  /* boot clock: one test message at a time, and not one behind the other */
};

/* --- control_client.c --- */

/* Close the connection and tell the parent; for a fault of the client's, why goes to the debug log.  Both free k. */
void client_free(struct client *k);
void client_drop(struct client *k, const char *why);

/* Seconds until it is dropped. */
void client_deadline(struct client *k, double seconds);

/*
 * A line of an answer (an answer_line, ctx is the client); one that cannot be
 * kept breaks the client, who then sees an answer without an end.
 */
void client_line(void *ctx, const char *line);

/* What was answered goes out.  May free k. */
void client_answered(struct client *k);

/* The last line, then the end.  May free k. */
void client_end(struct client *k, int exit_status, const char *member, const char *text);

/* --- control_verbs.c --- */

/* Answer its request.  May free k. */
void client_answer(struct client *k);

/* Show one that watches how it is now.  May free k. */
void client_frame(struct client *k);

/* --- control_serve.c --- */

/* Somebody waits to be answered. */
void serve_soon(struct control *c);

#endif
