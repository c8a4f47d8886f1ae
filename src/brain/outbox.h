/*
 * What is to be said: every transition, until each chat has it.
 *
 * A transition waits; when a chat has credit, what waits for it becomes one
 * message (digest.h); the message is offered to the notifier once a snapshot
 * that holds it is confirmed; when it is delivered its transitions are done.
 * Nothing is ever dropped to make room: past OUTBOX_MAX the changes of one
 * signal fold into its last one and a count.
 */
#ifndef WATCHDOG_OUTBOX_H
#define WATCHDOG_OUTBOX_H

#include <sys/queue.h>

#include "alert.h"
#include "messages.h"

#define OUTBOX_MAX 10000               /* transitions */
#define OUTBOX_BYTES_MAX (1u << 20)    /* of their keys and details */
#define MARKS 20480                    /* different incident marks; then they come again */
#define MARK_TEXT 4                    /* "k3f" with its NUL */
#define MESSAGE_MARKS_MAX 6            /* shown under one message */
#define LATE_S 60.0                    /* a message that leaves later than that says so */
#define GATHER_S 1.0                   /* the first transition of a tick waits so long for the others */

struct transition {
	TAILQ_ENTRY(transition) entry;
	enum signal_kind kind;
	enum action action;
	bool gone;            /* a recovery because the signal is no more */
	uint32_t batch;       /* those that leave together */
	uint32_t mark;
	uint32_t folded;      /* earlier changes of the same signal that this one stands for */
	double decided, wall; /* when, by the boot clock and the wall clock */
	double since_wall;    /* when the trouble began */
	double lasted;        /* seconds since then */
	uint64_t amount, total; /* an edge: how many more, and in all; amount 0 = no edge */
	uint16_t waiting;     /* chats that it is still to be told to, one bit each */
	uint16_t carried;     /* of those: where it is part of the message under way */
	const char *key, *detail;
};

TAILQ_HEAD(transitions, transition);

struct outbox {
	struct transitions waiting;
	size_t count, bytes;
	uint32_t batch;       /* the open one */
	double batch_since;   /* its first transition, boot clock; NaN = it is empty */
	uint32_t batch_mark;  /* its new alerts share an incident; MARKS = none yet */
	uint32_t next_mark;
	unsigned chats;
};

/* chats: 1 to CHATS_MAX.  first_mark: any number.  Free with outbox_free(). */
void outbox_init(struct outbox *o, unsigned chats, uint32_t first_mark);
void outbox_free(struct outbox *o);

/* The incident of an alert decided now: alerts of one batch are one incident. */
uint32_t outbox_mark(struct outbox *o);

/* A mark as a person sees it, without the '#': a letter, then two letters or digits. */
void outbox_mark_text(char buf[MARK_TEXT], uint32_t mark);

/* Queue a copy of t for every chat.  Returns 0, or -1 if memory is short. */
int outbox_add(struct outbox *o, const struct transition *t);

/* Close the batch: what is in it may leave. */
void outbox_flush(struct outbox *o);

#endif
