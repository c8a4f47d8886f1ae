/*
 * A link: one end of a socketpair to another process of this program, on an
 * event loop.  What comes in is held against the table in messages.h before
 * a handler sees it; what goes out is queued, LINK_QUEUE_MAX bytes at most,
 * and leaves at the end of the loop's turn, so that what handlers say one by
 * one wakes its reader once.
 *
 * A link that breaks (end of file, an error, a message that is malformed or
 * not allowed, a full queue) reads and writes nothing more and reports that
 * once, from the loop, never from inside link_send().  The owner then frees it.
 */
#ifndef WATCHDOG_LINK_H
#define WATCHDOG_LINK_H

#include <event2/event.h>

#include "messages.h"

#define LINK_QUEUE_MAX (16u << 20) /* a snapshot of the largest state goes in at once */

struct link;

/* msg lives until the handler returns.  The handler may free the link. */
typedef void link_handler(void *ctx, struct link *link, uint32_t id, const union message *msg);

struct link_spec {
	enum role_id self, peer;
	link_handler *const *handlers; /* MSG_COUNT entries; a type without one is a protocol error */
	void (*broken)(void *ctx, struct link *link, const char *why); /* why: "" for a plain end of file */
	void *ctx;
};

/*
 * Take over fd, a connected stream socket, which is made non-blocking and
 * closed with the link.  The phase is RUN.  Returns NULL if memory is short
 * (fd is then closed).
 */
struct link *link_new(struct event_base *base, int fd, const struct link_spec *spec);

/* NULL is fine.  What is queued is lost. */
void link_free(struct link *link);

/* The phase that incoming and outgoing messages are held against. */
void link_set_phase(struct link *link, enum phase phase);

/* Be called from the loop, with the spec's ctx, whenever the kernel has taken all that was queued.  It may send, but not free the link. */
void link_set_drained(struct link *link, void (*drained)(void *ctx, struct link *link));

enum role_id link_peer(const struct link *link);

/*
 * Queue msg, a struct msg_<type>.  Returns 0, or -1: the link is broken, the
 * queue is full or memory is short (the link then breaks, so that no message
 * is missing among others that arrive), or msg is outside the table's limits
 * or not ours to send now (said in the log: that is our own error).
 */
int link_send(struct link *link, enum message_type type, uint32_t id, const void *msg);

/* As link_send(), for a type that carries a descriptor; fd is taken over, on failure too. */
int link_send_fd(struct link *link, enum message_type type, uint32_t id, const void *msg, int fd);

/* SEND(link, PROBE, id, .index = 3): the fields checked by the compiler. */
#define SEND(link, NAME, name, id, ...) link_send(link, MSG_##NAME, id, &(const struct msg_##name){__VA_ARGS__})

/* Bytes queued and not yet taken by the kernel. */
size_t link_queued(const struct link *link);

/*
 * In the handler of a message that carries a descriptor: take it over (else it
 * is closed after the handler).  -1: it came, but there was no room for it in
 * this process or on this host.
 */
int link_take_fd(struct link *link);

/* Write now what is queued, as much of it as the kernel takes: for what may be the last word, or before a call that may block. */
void link_push(struct link *link);

/* Write what is queued, waiting at most timeout seconds; for the last words of a process. */
void link_flush(struct link *link, double timeout);

#endif
