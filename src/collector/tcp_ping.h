/*
 * Can a TCP connection be made?  All addresses of a host are tried: the next
 * one 250 ms after the last, or as soon as the last has failed (the idea of
 * RFC 8305); the first that connects decides.  Nothing is ever sent.
 */
#ifndef WATCHDOG_TCP_PING_H
#define WATCHDOG_TCP_PING_H

#include "resolve.h"

#define TCP_PING_STAGGER_S 0.25

struct tcp_ping;

/*
 * error: 0 = connected, or the first address's errno, ETIMEDOUT if none answered in time.  own: it could not even be
 * tried, for want of something of this host's (own_error.h), so it says nothing of the other side.
 */
typedef void tcp_ping_cb(void *ctx, int error, bool own);

/*
 * cb is called exactly once, from the loop, never from inside this call,
 * after timeout seconds at the latest, unless cancelled.  addrs is copied.
 * Returns NULL only if memory is short.
 */
struct tcp_ping *tcp_ping_start(struct event_base *base, const struct address_list *addrs, uint16_t port,
    double timeout, tcp_ping_cb *cb, void *ctx);
void tcp_ping_cancel(struct tcp_ping *p); /* NULL is fine */

#endif
