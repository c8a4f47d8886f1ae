/*
 * The courier carries one message at a time to a chat: request, transfer,
 * judgement, and what follows from it for later ones (pace, a chat's new id,
 * a topic that is gone).  It alone knows the token.
 */
#ifndef WATCHDOG_COURIER_H
#define WATCHDOG_COURIER_H

#include "role.h"
#include "telegram.h"
#include "updates.h"

/*
 * Seconds that an attempt may take: name look-up, TCP and TLS in
 * WATCHDOG_HTTP_TIMEOUT_S but at most COURIER_CONNECT_MAX_S, everything in
 * twice that but at most COURIER_TOTAL_MAX_S.
 */
#define COURIER_CONNECT_MAX_S 10
#define COURIER_TOTAL_MAX_S 15

struct courier;

/*
 * Take token, chats, API and proxy from role->config and load the CA
 * certificates from ROLE_FD_CA if the API speaks https; before the sandbox.
 * NULL with the reason in why.
 */
struct courier *courier_new(struct role *role, char *why, size_t whylen);
void courier_free(struct courier *c);

/* How many chats there are; they are numbered from 0. */
size_t courier_chats(const struct courier *c);

/* Why an attempt is made; a chat takes one of each kind at a time. */
enum courier_errand { COURIER_MESSAGE, COURIER_TEST, COURIER_ERRANDS };

/* How it ended.  The chat may be used for the next attempt already. */
typedef void courier_cb(void *ctx, unsigned chat, const struct telegram_reply *reply);

/*
 * Send m, once and now, whatever the pace; its chat is not looked at.  cb is
 * called exactly once, from the loop, or from inside this call if memory is
 * short.
 */
void courier_send(struct courier *c, enum courier_errand errand, unsigned chat, const struct msg_message *m,
    courier_cb *cb, void *ctx);

/* watchdog -T: reach the API, without the token.  cb is called once, from the loop or from inside this call. */
typedef void courier_reached_cb(void *ctx, bool answered, const char *error);
void courier_reach(struct courier *c, courier_reached_cb *cb, void *ctx);

/*
 * Ask once who has written to the bot; takes nothing away, so that it can be
 * asked again.  cb is called once, from the loop, with chats whose names are
 * without the token, or with an error.  Returns 0, or -1: memory is short, or
 * another such question is on its way; cb is not called then.
 */
typedef void courier_updates_cb(void *ctx, const struct updates *u);
int courier_updates(struct courier *c, courier_updates_cb *cb, void *ctx);

/* The time of the boot clock from which chat may be used again; and until when Telegram wants no request at all. */
double courier_due(const struct courier *c, unsigned chat);
double courier_flood_until(const struct courier *c);

/* Forget every back-off, but not what Telegram asked for with 429. */
void courier_forget(struct courier *c);

/* The chat's id by which it is known now if that is not the configured one, else 0; and to set it. */
int64_t courier_moved_to(const struct courier *c, unsigned chat);
void courier_move(struct courier *c, unsigned chat, int64_t new_id);

/* The resolver's messages and its link, as resolve.h has them. */
void courier_addresses(struct courier *c, const struct msg_addresses *msg);
void courier_resolver_linked(struct courier *c);

#endif
