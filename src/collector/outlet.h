/*
 * The way to the brain.  What a source sees is gathered in a batch and goes
 * out whole, or, if it is a long list, in large pieces while it comes, so
 * that memory does not grow with it.  The brain is fed as fast as it reads:
 * what is too much waits here, not in the link's queue, which would break.
 */
#ifndef WATCHDOG_OUTLET_H
#define WATCHDOG_OUTLET_H

#include "role.h"

#define BATCH_MAX (10u << 20)     /* bytes of one source's messages */
#define OUTLET_AHEAD (256u << 10) /* bytes given to the link and not yet taken by the kernel */

/* Encoded messages in their order. */
struct batch;

struct batch *batch_new(void); /* never NULL */
void batch_free(struct batch *b); /* NULL is fine */

/* Append msg, a struct msg_<type>.  Returns -1, with nothing appended, if b is full or a field outside its limits. */
int batch_add(struct batch *b, enum message_type type, const void *msg);
#define BATCH_ADD(b, NAME, name, ...) batch_add(b, MSG_##NAME, &(const struct msg_##name){__VA_ARGS__})

/* Append all of from to b; from is left empty. */
void batch_move(struct batch *b, struct batch *from);

size_t batch_size(const struct batch *b); /* bytes */
void batch_clear(struct batch *b);

/* Call each for every message of b, in order, and leave b empty. */
typedef void batch_cb(void *ctx, enum message_type type, const union message *msg);
void batch_drain(struct batch *b, batch_cb *each, void *ctx);

struct outlet;

/* drained is called whenever nothing waits any more, also from inside outlet_push().  Never NULL. */
struct outlet *outlet_new(struct role *role, void (*drained)(void *ctx), void *ctx);
void outlet_free(struct outlet *o);

/* Send what is in b, now or as soon as the brain reads; b is left empty. */
void outlet_push(struct outlet *o, struct batch *b);

/* The same, but it may wait a moment, 0.05 s at most, to go together with what follows: what answers at once wakes the brain once. */
void outlet_hold(struct outlet *o, struct batch *b);

/* Bytes that wait. */
size_t outlet_waiting(const struct outlet *o);

/* The brain's link is gone: forget what waits. */
void outlet_clear(struct outlet *o);

#endif
