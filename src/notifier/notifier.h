/*
 * The notifier: the only process that knows the bot token and talks to
 * Telegram.  One message at a time for each chat, by credit: CHAT_READY says
 * that a chat may be used, each MESSAGE is one attempt and ends in DELIVERED
 * or SEND_FAILED.  It holds nothing but what is in flight.
 *
 * Without a token each message is written to the log.
 */
#ifndef WATCHDOG_NOTIFIER_H
#define WATCHDOG_NOTIFIER_H

#include "courier.h"
#include "trial.h"

struct notifier;

struct notifier_chat {
	bool busy;      /* an attempt is in flight … */
	uint64_t seq;   /* … at this message */
	uint32_t brain; /* … of this brain */
	bool credited;  /* CHAT_READY was sent to the brain and not used yet */
};

struct notifier {
	struct role *role;
	struct courier *courier; /* NULL: messages go to the log */
	size_t n;
	struct notifier_chat chats[CHATS_MAX];
	uint32_t brain;          /* counts the links to it: an attempt may outlive the brain that asked for it */
	struct event *timer;     /* the next credit */
	struct trial trial;
	bool stopping;           /* nothing more is begun */
	struct event *linger;
};

/* For struct role_spec; role->self is a zeroed struct notifier. */
extern link_handler *const notifier_handlers[MSG_COUNT];
int notifier_prepare(struct role *role);
void notifier_prove(struct role *role);
void notifier_linked(struct role *role, enum role_id peer);
void notifier_unlinked(struct role *role, enum role_id peer);
void notifier_stop(struct role *role);

#endif
